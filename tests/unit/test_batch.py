"""The batch contracts: one JSON line in, one JSON line out, also for lines that are wrong."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_samples import small_knowledge
from typer.testing import CliRunner

from frontdesk.batch import FIELDS, BatchError, explain, replay
from frontdesk.cli import app
from handoff.testing import FixedClock

LAMP, PLACE, FIRE = "路灯坏了好几天没人修", "文二路12号", "我家厨房着火了"
EXPLAINED = {
    "decision", "intent", "candidates", "queue", "route", "priority", "linkage", "fields", "regions", "why",
}  # fmt: skip
REPLAYED = {"id", "turns", "answered", "questions", "case"}
CASE = {
    "matter", "title", "queue", "route", "priority", "linkage", "fields", "quotes", "risks",
    "consent", "also_asked", "missing", "summary",
}  # fmt: skip


def explained(text: str) -> dict[str, Any]:
    return explain(small_knowledge(), text)


async def replayed(*turns: str, **more: Any) -> dict[str, Any]:
    return await replay(small_knowledge(), {"turns": list(turns), **more}, FixedClock())


class TestExplain:
    def test_a_danger(self) -> None:
        result = explained(f"{PLACE}{FIRE}")
        assert result["decision"] == "handoff"
        assert (result["intent"], result["queue"], result["route"], result["priority"]) == (
            "fire", "110", "linkage_119", "P1",
        )  # fmt: skip
        assert result["linkage"] == ["119"]
        assert result["fields"]["location"] == PLACE
        assert result["why"] == ["险情：着火"]

    def test_a_consultation_goes_nowhere(self) -> None:
        result = explained("身份证丢了怎么补办")
        assert (result["decision"], result["intent"]) == ("answer", "id_card")
        assert (result["queue"], result["route"], result["priority"], result["linkage"]) == (None, None, None, [])

    def test_what_raised_a_matter_is_among_the_reasons(self) -> None:
        result = explained("邻居堵在门口推推搡搡，受伤了")
        assert (result["priority"], result["route"]) == ("P1", "110_emergency")
        assert "有人受伤" in result["why"]

    def test_what_is_asked_first_shows_where_its_intent_would_go(self) -> None:
        cry = explained("救命啊快来人")
        assert (cry["decision"], cry["queue"], cry["priority"]) == ("clarify", "110", "P1")
        opening = explained("我要点个外卖")
        assert (opening["decision"], opening["intent"]) == ("clarify", "opening")
        assert (opening["route"], opening["priority"]) == ("clarify", "P4")

    @pytest.mark.parametrize(
        ("words", "decision"), [("帮我写一篇作文，他打我", "clarify"), ("有人打我，他有刀", "handoff")]
    )
    def test_danger_of_a_lesser_matter_is_p1_of_110(self, words: str, decision: str) -> None:
        from language_samples import understanding

        from conversation import Knowledge

        small = small_knowledge()
        lesser = understanding(rules=[{"matter": "night_noise", "flag": "violence", "all": ["打我"]}], doubts=[])
        know = Knowledge(lesser, small.triage, small.forms, small.phrases)
        result = explain(know, words)
        assert (result["decision"], result["intent"], result["queue"], result["route"], result["priority"]) == (
            decision, "night_noise", "110", "110_emergency", "P1",
        )  # fmt: skip

    def test_the_chosen_intent_leads_the_candidates(self) -> None:
        result = explained("路灯坏了好几天没人修，还有邻居堵在门口推推搡搡")
        assert result["candidates"][0]["intent"] == result["intent"] == "neighbour_fight"

    @settings(max_examples=80, deadline=None)
    @given(st.one_of(st.text(max_size=20), st.sampled_from([LAMP, FIRE, "转人工", "早上好呀", "点个外卖", ""])))
    def test_the_keys_never_change_and_the_line_is_json(self, text: str) -> None:
        result = explained(text)
        assert set(result) == EXPLAINED
        assert tuple(result["fields"]) == FIELDS
        assert result["why"]
        assert len(result["candidates"]) <= 5
        assert all(0 <= candidate["score"] <= 1 for candidate in result["candidates"])
        assert (result["queue"] is None) == (result["priority"] is None)
        assert json.loads(json.dumps(result, ensure_ascii=False, allow_nan=False)) == result

    def test_fields_are_ten_and_the_name_is_none_of_them(self) -> None:
        assert len(FIELDS) == 10
        assert "name" not in FIELDS


class TestReplay:
    async def test_a_whole_conversation(self) -> None:
        result = await replayed(LAMP, PLACE, "可以", id="n-1", channel="web")
        assert set(result) == REPLAYED
        assert result["id"] == "n-1"
        assert [turn["citizen"] for turn in result["turns"]] == [LAMP, PLACE, "可以"]
        assert result["turns"][0]["said"] == ["«ask location»"]
        assert result["questions"] == 3
        assert set(result["case"]) == CASE
        case = result["case"]
        assert (case["matter"], case["queue"], case["consent"], case["priority"]) == (
            "street_light", "12345", True, "P4",
        )  # fmt: skip
        assert case["fields"] == {"location": PLACE, "event": LAMP, "time": "好几天", "ongoing": True}
        assert case["quotes"][:2] == [LAMP, PLACE]
        assert PLACE in case["summary"]

    async def test_a_consultation_leaves_no_case(self) -> None:
        result = await replayed("身份证丢了怎么补办", "那要多少钱")
        assert (result["answered"], result["questions"], result["case"]) == (["id_card", "id_card_fee"], 0, None)
        assert result["id"] is None

    async def test_the_last_case_counts(self) -> None:
        result = await replayed(LAMP, PLACE, "可以", "不想说", FIRE)
        assert result["case"]["matter"] == "fire"
        assert result["case"]["risks"] == ["fire"]
        assert result["case"]["consent"] is None
        assert "location" in result["case"]["missing"]

    async def test_an_empty_turn_is_silence(self) -> None:
        result = await replayed("", "  ", "")
        assert result["turns"][0] == {"citizen": "", "said": ["«silence_first»"]}
        assert result["case"]["matter"] == "demand_human"

    async def test_the_line_decides_what_silence_means(self) -> None:
        assert (await replayed("", "", "", entry="110"))["case"]["priority"] == "P1"
        assert (await replayed("", "", "", entry=110))["case"]["queue"] == "110"
        assert (await replayed("", "", "", entry=12345))["case"]["queue"] == "12345"
        assert (await replayed("", "", "", entry=""))["case"]["queue"] == "12345"

    async def test_after_the_last_turn_the_line_goes_dead(self) -> None:
        assert (await replayed("我要点个外卖"))["case"]["priority"] == "P1"

    @pytest.mark.parametrize("channel", ["voice", "phone", "webphone"])
    async def test_on_the_telephone_fewer_questions(self, channel: str) -> None:
        spoken = await replayed(LAMP, PLACE, "可以", channel=channel)
        assert spoken["questions"] == 2

    @pytest.mark.parametrize("channel", ["web", "chat", "text", "webchat", "sms", None])
    async def test_text_channels(self, channel: str | None) -> None:
        assert (await replayed(LAMP, PLACE, "可以", channel=channel))["questions"] == 3

    async def test_no_turns_at_all(self) -> None:
        assert await replayed() == {"id": None, "turns": [], "answered": [], "questions": 0, "case": None}

    @pytest.mark.parametrize(
        ("request_", "message"),
        [
            ({}, "turns 应当是一组文字"),
            ({"turns": "身份证丢了"}, "turns 应当是一组文字"),
            ({"turns": ["好", 1]}, "turns 应当是一组文字"),
            ({"turns": {"a": "b"}}, "turns 应当是一组文字"),
            ({"turns": [], "channel": "fax"}, "channel 写的是 'fax'.*webchat"),
            ({"turns": [], "channel": ["web"]}, "channel 写的是"),
            ({"turns": [], "entry": "120"}, "entry 写的是 '120'.*110、12345"),
            ({"turns": [], "entry": ["110"]}, "entry 写的是"),
        ],
    )
    async def test_what_does_not_fit_is_named(self, request_: dict[str, Any], message: str) -> None:
        with pytest.raises(BatchError, match=message):
            await replay(small_knowledge(), request_, FixedClock())

    async def test_two_runs_tell_the_same(self) -> None:
        turns = ("身份证丢了怎么补办", "我要点个外卖", "没有", LAMP, PLACE)
        assert await replayed(*turns) == await replayed(*turns)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in ("explain", "replay"):
        monkeypatch.setattr(import_module(f"frontdesk.cli.{name}"), "configured_knowledge", small_knowledge)
    return CliRunner()


def run(command: CliRunner, name: str, *lines: bytes) -> list[dict[str, Any]]:
    result = command.invoke(app, [name, "--jsonl"], input=b"\n".join(lines) + b"\n", catch_exceptions=False)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


BAD = [
    b"not json",
    b'["text"]',
    b"{}",
    b'{"text": 3, "turns": 3}',
    b"\xff\xfe",
    b'{"text": null, "turns": null}',
    b"[" * 3000,
    b'{"text": "\\ud800", "turns": ["\\ud800"]}',
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_line_is_answered_in_its_place_and_the_next_one_is_served(command: CliRunner, bad: bytes) -> None:
    good = json.dumps({"id": 7, "text": LAMP, "turns": [LAMP]}).encode()
    for name in ("explain", "replay"):
        wrong, right = run(command, name, bad, b"", good)
        assert wrong["error"]["code"] == "bad_line"
        assert wrong["error"]["message"].startswith("第1行")
        assert right["id"] == 7
        assert "error" not in right


def test_explain_hands_back_what_came_with_the_sentence(command: CliRunner) -> None:
    (answer,) = run(command, "explain", json.dumps({"text": FIRE, "mine": [1, 2]}).encode())
    assert set(answer) == EXPLAINED | {"text", "mine"}
    assert (answer["text"], answer["mine"]) == (FIRE, [1, 2])


def test_a_bad_conversation_keeps_its_id(command: CliRunner) -> None:
    (answer,) = run(command, "replay", b'{"id": "x", "turns": "?"}')
    assert answer["id"] == "x"
    assert "turns" in answer["error"]["message"]
