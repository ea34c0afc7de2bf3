"""Likeness: the right intent first, deterministic, and explained with words that really stand in the sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_samples import ENTRIES, consult, danger, matter, small_knowledge, smalltalk
from language_samples import matcher as matcher_of

from conversation import Knowledge
from intents.catalogue import Catalogue, Consult, Matter
from intents.lexicon import Lexicon
from intents.matcher import Candidate, Matcher, group_of
from intents.normalise import normalise

SENTENCES = st.text(
    st.one_of(
        st.sampled_from("身份证丢了路灯不亮着火楼上砸地板音乐举报赌场怎么办多少钱"), st.characters(codec="utf-8")
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return small_knowledge().understanding.matcher


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_example_finds_its_intent_with_certainty(matcher: Matcher, entry: Consult) -> None:
    for example in entry.examples:
        best, *_ = matcher.rank(normalise(example))
        assert (best.intent, best.score) == (entry.id, 1.0)


def test_an_example_with_a_word_dropped_is_still_the_example(matcher: Matcher) -> None:
    assert matcher.rank("楼上半夜在砸地板吵得睡不着")[0] == Candidate("night_noise", 1.0)


def test_an_example_is_itself_before_it_is_another_one_without_its_courtesies() -> None:
    catalogue = Catalogue([smalltalk("thanks", "好的谢谢"), smalltalk("fine", "好的", "知道了")])
    ranked = matcher_of(catalogue).rank
    assert [ranked(words)[0].intent for words in ("好的谢谢", "好的", "知道了谢谢")] == ["thanks", "fine", "fine"]


def test_likeness_alone_never_reaches_certainty_of_another_intent(matcher: Matcher) -> None:
    ranked = matcher.weigh("补办身份证多少钱").best(exact=False)
    assert ranked[0].intent == "id_card_fee"
    assert ranked[0].score < 1.0


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("门口那盏路灯又不亮了", "street_light"),
        ("身份证掉了咋补", "id_card"),
        ("隔壁半夜放音乐", "night_noise"),
        ("有人聚众赌博想举报", "tip_off"),
        ("楼上砸地扳睡不着", "night_noise"),
        ("路登坏了", "street_light"),
    ],
)
def test_other_words_and_homophones_are_recognised(matcher: Matcher, words: str, intent: str) -> None:
    assert matcher.weigh(words).best(exact=False)[0].intent == intent


def test_strange_sentences_score_low(matcher: Matcher) -> None:
    ranked = matcher.rank("量子纠缠与黑洞辐射")
    assert all(candidate.score < 0.15 for candidate in ranked)


def test_nothing_in_common_is_no_candidate(matcher: Matcher) -> None:
    assert matcher.rank("zzzz qqqq") == []
    assert matcher.rank("") == []


def test_tilt_favours_a_group() -> None:
    catalogue = Catalogue([consult("ask", "放音乐到几点"), matter("report", "放音乐到三点")])
    matcher = matcher_of(catalogue)
    consults, matters = group_of(catalogue, Consult), group_of(catalogue, Matter)
    assert (consults, matters) == (frozenset({"ask"}), frozenset({"report"}))
    assert matcher.rank("放音乐", tilt=dict.fromkeys(consults, 0.5))[0].intent == "ask"
    assert matcher.rank("放音乐", tilt=dict.fromkeys(matters, 0.5))[0].intent == "report"


def test_urgency_does_not_suffer_from_urgent_intents_that_cannot_be_told_apart() -> None:
    catalogue = Catalogue([danger("fire", "厨房冒烟"), danger("smoke", "阳台冒烟"), consult("card", "身份证丢了")])
    matcher = matcher_of(catalogue)
    both = frozenset({"fire", "smoke"})
    smoke = matcher.weigh("冒烟")
    assert smoke.urgency(both) > 0.5 > matcher.weigh("身份证").urgency(both)
    assert smoke.urgency(both) > smoke.urgency(frozenset({"fire"}))
    assert smoke.urgency(frozenset()) == 0.0
    assert smoke.urgency(frozenset(catalogue.kinds)) == 1.0


def test_another_name_of_the_thing_finds_the_intent() -> None:
    catalogue = Catalogue([consult("licence", "驾驶证到期怎么换"), consult("booklet", "户口簿破了怎么换")])
    assert matcher_of(catalogue, Lexicon({"驾驶证": ("红派司",)})).rank("我的红派司")[0].intent == "licence"


def test_a_misheard_term_is_read_as_meant() -> None:
    catalogue = Catalogue([consult("residence", "居住证怎么办"), consult("opus", "看一本巨著")])
    with_names = matcher_of(catalogue, Lexicon({}, {"居住证": ("巨著证",)}))
    assert with_names.rank("巨著证")[0].intent == "residence"


def test_keywords_and_title_help_but_examples_weigh_more() -> None:
    catalogue = Catalogue(
        [
            matter("lamp", "杆子上的灯泡不亮", title="路灯", keywords=("黑灯瞎火",)),
            matter("dog", "遛狗不牵绳", title="养犬"),
        ]
    )
    matcher = matcher_of(catalogue)
    assert matcher.rank("瞎火的路段")[0].intent == "lamp"


def test_limit_and_order(matcher: Matcher) -> None:
    ranked = matcher.rank("身份证音乐路灯举报有人", limit=3)
    assert len(ranked) == 3
    assert [c.score for c in ranked] == sorted((c.score for c in ranked), reverse=True)


def test_explanation_names_words_of_the_sentence_and_an_example(matcher: Matcher) -> None:
    text = "小区门口路灯不亮好几天"
    best = matcher.explain(text, matcher.weigh(text).best(exact=False)[0])
    assert best.intent == "street_light"
    assert best.nearest == "我们小区门口的路灯不亮"
    assert "灯" in "".join(best.words)
    assert all(word in text for word in best.words)


@settings(max_examples=100, deadline=None)
@given(SENTENCES)
def test_scores_are_sane_and_repeatable(text: str) -> None:
    matcher = small_knowledge().understanding.matcher
    form = normalise(text)
    ranked = matcher.rank(form)
    assert ranked == matcher.rank(form)
    assert len({candidate.intent for candidate in ranked}) == len(ranked) <= 5
    assert all(0 < candidate.score <= 1 for candidate in ranked)
    for candidate in ranked:
        assert all(word in form.replace(" ", "") for word in matcher.explain(form, candidate).words)


def test_the_shipped_catalogue_finds_its_own_examples(knowledge: Knowledge) -> None:
    matcher = knowledge.understanding.matcher
    asked = [(intent.id, normalise(intent.examples[0])) for intent in knowledge.catalogue]
    lost = [(intent, text) for intent, text in asked if matcher.rank(text)[0].intent != intent]
    assert not lost
