"""From a sentence to a decision: safety before control before likeness, and always with a reason."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_samples import ENTRIES, muddled, small_knowledge, understanding

from conversation import Knowledge
from intents.catalogue import Catalogue
from intents.cues import Control
from intents.matcher import Candidate
from intents.understanding import (
    ANSWER_AT,
    CLOSE_CALL_AT,
    OFFER_AT,
    Decision,
    Reading,
    Understanding,
    confidence_of,
)


def read(*hypotheses: str, before: tuple[str, ...] = ()) -> Reading:
    return small_knowledge().understanding.read(hypotheses, before)


@pytest.mark.parametrize(
    ("words", "decision", "intent"),
    [
        ("身份证丢了怎么补办", Decision.ANSWER, "id_card"),
        ("路灯坏了好几天没人修", Decision.HANDOFF, "street_light"),
        ("我要反映一个情况", Decision.CLARIFY, "opening"),
        ("早上好呀", Decision.SMALLTALK, "hello"),
        ("帮我写一篇作文作业", Decision.REJECT, None),
        ("我不要机器人转人工", Decision.CONTROL, "demand_human"),
        ("再说一遍", Decision.CONTROL, None),
        ("我家着火了", Decision.HANDOFF, "fire"),
        ("我要点个外卖", Decision.CLARIFY, "opening"),
        ("zzzz", Decision.REJECT, None),
        ("。。。", Decision.REJECT, None),
        ("", Decision.REJECT, None),
    ],
)
def test_decisions(words: str, decision: Decision, intent: str | None) -> None:
    reading = read(words)
    assert (reading.decision, reading.intent) == (decision, intent)
    assert reading.why


def test_a_named_thing_out_of_scope_is_refused_by_name() -> None:
    reading = read("帮我写一篇作文作业")
    assert reading.candidates[0].intent == "homework"
    assert reading.confidence >= ANSWER_AT


def test_safety_comes_before_control_and_likeness() -> None:
    reading = read("转人工，我家着火了")
    assert (reading.decision, reading.intent) == (Decision.HANDOFF, "fire")
    assert reading.danger is not None
    assert reading.doubt is None


def test_a_doubt_comes_before_control() -> None:
    reading = read("点个外卖，转人工")
    assert reading.decision is Decision.CLARIFY
    assert reading.danger is None
    assert reading.doubt is not None
    assert reading.doubt.matter == "silent_call"


def test_any_hypothesis_may_hold_the_danger_but_the_best_is_quoted() -> None:
    reading = read("我家在那里", "我家着火了")
    assert reading.danger is not None
    assert reading.danger.quote == "我家着火了"
    assert reading.text == "我家在那里"


def test_a_useless_best_hypothesis_does_not_hide_the_second() -> None:
    assert read("", "路灯坏了好几天没人修").intent == "street_light"


def test_danger_told_in_pieces() -> None:
    assert read("砍人了").danger is None
    reading = read("砍人了", before=("您好", "他有刀"))
    assert reading.danger is not None
    assert (reading.danger.matter, reading.danger.quote) == ("weapon_fight", "砍人了")


def test_a_danger_told_before_is_not_new_with_every_line() -> None:
    assert read("好的谢谢", before=("他拿刀砍人",)).danger is None
    assert read("我在文二路", before=("他拿刀砍人",)).danger is None


def test_a_danger_told_long_ago_is_not_put_together() -> None:
    assert read("砍人了", before=("他有刀", "在文二路", "穿黑衣服")).danger is None


def test_likeness_to_urgent_examples_is_danger_without_a_rule() -> None:
    reading = read("有人在街上砍")
    assert reading.danger is not None
    assert (reading.danger.matter, reading.danger.words) == ("weapon_fight", ())


def test_urgent_likeness_of_the_past_is_only_a_doubt() -> None:
    reading = read("去年有人在街上砍人")
    assert reading.danger is None
    assert reading.doubt is not None
    assert reading.decision is Decision.CLARIFY


def test_urgent_likeness_that_is_over_is_only_a_doubt() -> None:
    reading = read("我家厨房着火了，虚惊一场")
    assert reading.danger is None
    assert reading.doubt is not None


def test_a_scene_of_a_film_is_no_emergency() -> None:
    reading = read("电视剧里有人在街上砍人")
    assert reading.dangers == ()
    assert reading.decision is Decision.REJECT


def test_a_film_while_it_really_happens_is_one() -> None:
    reading = read("我在看电视剧，现在有人在街上砍人")
    assert reading.decision is Decision.HANDOFF
    assert reading.intent == "weapon_fight"


def test_a_sentence_of_three_characters_proves_no_danger() -> None:
    assert read("街上").dangers == ()


def test_a_bare_cry_is_a_doubt_and_a_named_danger_leads() -> None:
    assert read("救命啊快来人").doubt is not None
    reading = read("救命啊快来人，我家着火了")
    assert reading.danger is not None
    assert reading.danger.matter == "fire"


def test_an_example_of_the_catalogue_is_no_control() -> None:
    entries = [e for e in ENTRIES if e.id != "street_light"]
    lamp = next(e for e in ENTRIES if e.id == "street_light")
    taught = understanding([*entries, lamp.model_copy(update={"examples": ("不是这个意思的路灯",)})])
    reading = taught.read(["不是这个意思的路灯"])
    assert (reading.decision, reading.control) == (Decision.HANDOFF, None)
    assert taught.read(["不是这个意思"]).control is Control.NOT_THAT


def test_several_things_in_one_sentence_the_urgent_one_leads() -> None:
    reading = read("身份证丢了怎么补办，还有邻居堵在门口推推搡搡")
    assert (reading.decision, reading.intent, reading.also) == (Decision.HANDOFF, "neighbour_fight", ("id_card",))


def test_several_things_of_the_same_weight_in_the_order_told() -> None:
    reading = read("路灯坏了好几天没人修，另外身份证丢了怎么补办")
    assert (reading.intent, reading.also) == ("street_light", ("id_card",))


def test_between_the_thresholds_it_asks_back() -> None:
    reading = read(muddled(OFFER_AT, CLOSE_CALL_AT))
    assert reading.decision is Decision.CLARIFY


def test_below_the_threshold_it_is_unmatched() -> None:
    reading = read(muddled(0.01, OFFER_AT))
    assert reading.candidates
    assert (reading.decision, reading.intent) == (Decision.REJECT, None)


def test_confidence_grows_with_lead_and_with_what_is_known_of_the_sentence() -> None:
    def sure(*totals: float, cosine: float = 0.1, inside: float = 0.0) -> float:
        return confidence_of(
            [Candidate(str(at), 0.3, total=each, cosine=cosine, inside=inside) for at, each in enumerate(totals)]
        )

    assert confidence_of([]) == 0.0
    assert confidence_of([Candidate("an example", 1.0), Candidate("another", 0.99)]) == 1.0
    assert sure(-0.4) <= sure(-0.4, -0.41) < sure(-0.4, -0.5) < sure(-0.4, -0.7)
    assert sure(-0.4, -0.5, cosine=0.1) < sure(-0.4, -0.5, cosine=0.2)
    assert sure(-0.4, -0.5, inside=-0.1) < sure(-0.4, -0.5, inside=0.1)


def test_rules_about_unknown_matters_are_refused() -> None:
    with pytest.raises(ValueError, match="gas_smell"):
        understanding([entry for entry in ENTRIES if entry.id != "gas_smell"])


def test_reasons_name_what_was_heard() -> None:
    assert read("我家着火了").why == ("险情：着火",)
    assert "轻声→轻生" in read("我要轻声").why[0]
    assert "点个外卖" in read("我要点个外卖").why[0]
    assert "human" in read("转人工").why[0]
    assert "路灯不亮" in read("路灯坏了好几天没人修").why[0]


def test_a_reading_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read("你好").intent = "fire"  # type: ignore[misc]


SAYINGS = ["我家", "着火了", "没着火", "他拿刀砍人", "路灯不亮", "身份证", "怎么办理", "去年", "现在", "转人工"]
MORE = [
    "点外卖",
    "另外",
    "还有",
    "电视剧",
    "虚惊一场",
    "救命",
    "不想活了",
    "嗯",
    "zz",
    "\u202e",
    "😀",
    "，",
    "。",
    "12",
]
TEXTS = st.lists(st.one_of(st.sampled_from(SAYINGS + MORE), st.text(max_size=6)), max_size=8).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, max_size=3))
def test_any_sentence_has_a_consistent_reading(hypotheses: list[str], before: list[str]) -> None:
    know: Understanding = small_knowledge().understanding
    reading = know.read(hypotheses, before)
    assert reading == know.read(hypotheses, before)
    assert reading.why
    assert 0.0 <= reading.confidence <= 1.0
    if reading.danger is not None:
        assert (reading.decision, reading.intent) == (Decision.HANDOFF, reading.danger.matter)
    if reading.doubt is not None:
        assert reading.decision is Decision.CLARIFY
    match reading.decision:
        case Decision.ANSWER:
            assert know.catalogue.consult(reading.intent or "")
        case Decision.HANDOFF:
            assert know.catalogue.matter(reading.intent or "")
        case Decision.SMALLTALK:
            assert know.catalogue.kinds[reading.intent or ""] == "smalltalk"
        case Decision.CONTROL:
            assert reading.control is not None
        case Decision.CLARIFY:
            assert reading.intent in know.catalogue
        case Decision.REJECT:
            assert reading.intent is None


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_a_sure_danger_stays_whatever_else_was_misheard(noise: str) -> None:
    assert read(noise, "我家着火了").danger is not None


def test_an_empty_catalogue_is_no_catalogue() -> None:
    with pytest.raises(ValueError, match=r"config/safety\.yaml"):
        Understanding(Catalogue([]), small_knowledge().understanding.screen, small_knowledge().understanding.matcher)


@pytest.mark.parametrize(
    ("words", "decision", "intent"),
    [
        ("身份证丢了怎么补办", Decision.ANSWER, None),
        ("楼上半夜还在砸地板", Decision.HANDOFF, None),
        ("有人拿刀在砍人", Decision.HANDOFF, "weapon_fight"),
        ("电视剧里有人拿刀砍人", Decision.REJECT, None),
        ("转人工", Decision.CONTROL, "demand_human"),
        ("外国人工作居留许可怎么办", Decision.ANSWER, "foreigner_visa"),
    ],
)
def test_the_shipped_knowledge_decides_alike(
    knowledge: Knowledge, words: str, decision: Decision, intent: str | None
) -> None:
    reading = knowledge.understanding.read([words])
    assert reading.decision is decision
    assert intent is None or reading.intent == intent
