"""研判分流: where a matter goes, and what raises it. The priority never falls."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_samples import TRIAGE, triage

from conversation import Knowledge
from handoff import Priority
from handoff.triage import Routing, Triage, TriageError, parse_triage
from intents.catalogue import Matter


def rules(*raises: dict[str, Any]) -> Triage:
    return parse_triage({"routes": TRIAGE["routes"], "raises": list(raises)})


def route(words: str = "", name: str = "night_noise", priority: Priority = "P3", **changes: Any) -> Routing:
    content = {"queue": "110", "route": "110_nonemergency", "linkage": ("物业",), **changes}
    return triage().route(name, content["queue"], content["route"], priority, content["linkage"], words)


def test_without_a_raise_the_catalogue_entry_stands() -> None:
    assert route("楼上很吵") == Routing("110", "110_nonemergency", "P3", ("物业",))
    assert not route().urgent


def test_a_queue_of_its_own_wins_over_the_route() -> None:
    assert route(queue="12345").queue == "12345"
    assert route(queue="any", route="12345_help").queue == "12345"
    assert route(queue="any", route="clarify_emergency").queue == "110"


def test_words_raise_priority_and_route_and_say_why() -> None:
    assert route("楼上动手了") == Routing("110", "110_emergency", "P2", ("物业",), ("动手了",))


def test_a_raise_holds_only_for_its_matters() -> None:
    assert route("楼上动手了", name="tip_off").priority == "P3"


def test_a_raise_without_matters_holds_for_all() -> None:
    everywhere = rules({"why": "急", "words": "快死了", "priority": "P1"})
    assert everywhere.route("anything", "110", "110_nonemergency", "P4", (), "他快死了").priority == "P1"


def test_unless_bars_a_raise() -> None:
    assert route("他流血了", "neighbour_fight", "P2", route="110_emergency").urgent
    assert not route("他流血，但没受伤", "neighbour_fight", "P2", route="110_emergency").urgent


def test_a_raise_to_the_same_or_a_lower_priority_changes_nothing() -> None:
    assert route("楼上动手了", priority="P2") == Routing("110", "110_nonemergency", "P2", ("物业",))
    assert route("楼上动手了", priority="P1").why == ()


def test_p1_of_the_other_desk_is_led_by_110() -> None:
    routing = route("灯砸到人", "street_light", "P4", queue="12345", route="12345_help", linkage=())
    assert routing == Routing("110", "joint_110_lead", "P1", ("120",), ("砸到人",))


def test_several_raises_add_up() -> None:
    both = rules(
        {"why": "一", "words": "甲", "priority": "P3", "linkage": ["城管"]},
        {"why": "二", "words": "乙", "priority": "P2", "linkage": ["城管", "120"]},
    )
    routing = both.route("x", "12345", "12345_help", "P4", (), "甲乙")
    assert (routing.priority, routing.linkage, routing.why) == ("P2", ("城管", "120"), ("一", "二"))
    assert routing.queue == "12345"


def test_matters_named_in_raises_are_known() -> None:
    assert triage().matters == {"neighbour_fight", "night_noise", "street_light"}


@pytest.mark.parametrize(
    ("raises", "message"),
    [
        ({"why": "x", "words": "(", "priority": "P1"}, "第1条的正则写错了"),
        ({"why": "x", "words": "x", "unless": "[", "priority": "P1"}, "第1条的正则写错了"),
        ({"why": "x", "words": "x", "priority": "P1", "route": "moon"}, "第1条的 route moon"),
        ({"why": "x", "words": "x", "priority": "P0"}, r"raises\.0\.priority"),
        ({"why": "x", "words": "x", "priority": "P1", "more": 1}, r"raises\.0\.more"),
        ({"words": "x", "priority": "P1"}, r"raises\.0\.why"),
    ],
)
def test_mistakes_are_named(raises: dict[str, Any], message: str) -> None:
    with pytest.raises(TriageError, match=f"config/triage.yaml：.*{message}"):
        rules(raises)


def test_a_route_to_no_desk_is_refused() -> None:
    with pytest.raises(TriageError, match=r"routes\.moon\.queue"):
        parse_triage({"routes": {"moon": {"title": "x", "queue": "119", "who": "x", "form": "x"}}})


WORDS = st.lists(st.sampled_from(["流血", "没受伤", "动手", "砸到人", "，", "楼上"]), max_size=6).map("".join)


@settings(max_examples=150, deadline=None)
@given(WORDS, st.sampled_from(["night_noise", "neighbour_fight", "street_light", "tip_off"]), st.sampled_from("1234"))
def test_priority_only_rises_and_p1_is_of_110(words: str, name: str, level: str) -> None:
    priority: Priority = {"1": "P1", "2": "P2", "3": "P3", "4": "P4"}[level]  # type: ignore[assignment]
    routing = triage().route(name, "any", "12345_help", priority, ("物业",), words)
    assert routing.priority <= priority
    assert routing.linkage[0] == "物业"
    assert routing.route in triage().routes
    if routing.urgent:
        assert routing.queue == "110"
    if routing.priority < priority:
        assert routing.why


def test_shipped_rules_know_every_route_of_the_catalogue(knowledge: Knowledge) -> None:
    matters = [intent for intent in knowledge.catalogue if isinstance(intent, Matter)]
    assert {matter.route for matter in matters} <= set(knowledge.triage.routes)
    assert knowledge.triage.matters <= {matter.id for matter in matters}
    for rule in knowledge.triage.routes.values():
        assert rule.form in knowledge.forms


def test_shipped_rules_never_send_p1_to_12345(knowledge: Knowledge) -> None:
    for matter in (intent for intent in knowledge.catalogue if isinstance(intent, Matter)):
        routing = knowledge.triage.route(
            matter.id,
            matter.queue,
            matter.route,
            matter.priority,
            matter.linkage,
            "有人受伤流血，拿刀，着火冒烟，动不了",
        )
        assert routing.priority <= matter.priority
        assert routing.queue == "110" or not routing.urgent, matter.id
