"""The safety screen: what counts as danger now, what only mentions it, and what is too unclear to tell."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_samples import screen

from conversation import Knowledge
from handoff import RiskFlag
from intents.safety import Danger, Flag, SafetyDataError, SafetyScreen, parse_safety


@pytest.fixture(scope="module")
def small() -> SafetyScreen:
    return screen()


def heard(small: SafetyScreen, *hypotheses: str) -> list[tuple[str, bool]]:
    return [(danger.matter, danger.sure) for danger in small.screen(hypotheses)]


FIRE, FIGHT, SUICIDE, GAS = ("fire", True), ("weapon_fight", True), ("suicide_self", True), ("gas_smell", True)


@pytest.mark.parametrize(
    ("words", "dangers"),
    [
        ("我家着火了", [FIRE]),
        ("他砍人，手里有刀", [FIGHT]),
        ("刀呢，他在追我", [FIGHT]),
        ("刀丢了", []),
        ("煤气漏了", [GAS]),
        ("我 家 着 火 了", [FIRE]),
        ("我家著火瞭，煤氣味", [GAS]),
        ("楼道起火。他拿刀砍我", [FIRE, FIGHT]),
        ("拿刀。他在追我", []),
    ],
    ids=str,
)
def test_a_rule_needs_all_its_elements_in_one_sentence(
    small: SafetyScreen, words: str, dangers: list[tuple[str, bool]]
) -> None:
    assert heard(small, words) == dangers


def test_a_danger_carries_the_sentence_and_the_words(small: SafetyScreen) -> None:
    assert small.screen(["你好。他拿刀  砍我！快来"]) == (
        Danger("weapon_fight", "weapon", "他拿刀 砍我", ("刀", "砍"), True),
    )


def test_unless_bars_a_rule_but_only_that_one(small: SafetyScreen) -> None:
    assert heard(small, "烧烤店起火") == []
    assert heard(small, "烧烤店里有人拿刀砍人") == [FIGHT]


@pytest.mark.parametrize("words", ["没着火", "没有着火只是有烟", "不是着火", "没有煤气味", "没有拿刀砍人"])
def test_denied_danger_is_masked(small: SafetyScreen, words: str) -> None:
    assert heard(small, words) == []


def test_a_denial_hides_nothing_else(small: SafetyScreen) -> None:
    assert heard(small, "没着火，是他拿刀砍人") == [FIGHT]
    assert small.without_negated("没着火 他来了") == "他来了"
    assert small.without_negated("没着火") == "没着火"


def test_idioms_are_no_danger_and_hide_none(small: SafetyScreen) -> None:
    rules = [{"matter": "fire", "flag": "fire", "all": ["火"]}]
    idiomatic = screen(concepts={}, rules=rules)
    assert heard(idiomatic, "一起吃火锅别发火") == []
    assert heard(idiomatic, "吃火锅的时候房子着火") == [FIRE]
    assert heard(small, "气死我了，厨房着火了") == [FIRE]


def test_calm_ends_everything_but_self_harm(small: SafetyScreen) -> None:
    assert heard(small, "按错了，以为着火") == []
    assert heard(small, "按错了，我不想活了") == [SUICIDE]
    assert small.is_calm("刚才是虛驚一場")
    assert not small.is_calm("着火了")


def test_fiction_is_no_danger_of_any_kind(small: SafetyScreen) -> None:
    assert heard(small, "电视剧里着火了") == []
    assert heard(small, "演习，有人不想活了") == []
    assert heard(small, "看电视剧。我家着火了") == [FIRE]


@pytest.mark.parametrize(
    ("words", "dangers"),
    [
        ("着火会不会判", []),
        ("万一着火怎么办", []),
        ("万一着火怎么办，现在已经着火了", [FIRE]),
        ("煤气味怎么办理", [GAS]),
        ("不想活了会不会判", [SUICIDE]),
    ],
    ids=str,
)
def test_questions_block_unless_it_is_live_or_the_rule_keeps(
    small: SafetyScreen, words: str, dangers: list[tuple[str, bool]]
) -> None:
    assert heard(small, words) == dangers


@pytest.mark.parametrize(
    ("words", "dangers"),
    [
        ("去年着火了", []),
        ("以前他拿刀砍我", []),
        ("去年着火，现在又着火了", [FIRE]),
        ("以前就不想活了", [SUICIDE]),
        ("去年煤气漏了", []),
    ],
    ids=str,
)
def test_the_past_blocks_unless_it_is_live_or_the_rule_keeps(
    small: SafetyScreen, words: str, dangers: list[tuple[str, bool]]
) -> None:
    assert heard(small, words) == dangers


def test_live_words_inside_a_denial_do_not_count(small: SafetyScreen) -> None:
    denied = screen(negated=["现在没事"])
    assert heard(denied, "去年着火，现在没事") == []
    assert denied.is_live("正在烧")


@pytest.mark.parametrize(
    ("words", "dangers"),
    [
        ("我要点个外卖", [("silent_call", False)]),
        ("我要投诉点外卖的", []),
        ("锅糊了有烟", [("fire", False)]),
        ("锅糊了", []),
        ("万一点个外卖会不会判", []),
        ("电视剧里点外卖", []),
        ("点个外卖，他拿刀砍我", [FIGHT, ("silent_call", False)]),
    ],
    ids=str,
)
def test_doubts_ask_and_never_decide(small: SafetyScreen, words: str, dangers: list[tuple[str, bool]]) -> None:
    assert heard(small, words) == dangers


def test_homophones_become_a_second_reading_in_their_context(small: SafetyScreen) -> None:
    (danger,) = small.screen(["我要轻声"])
    assert (danger.matter, danger.sure, danger.quote, danger.heard_as) == (
        "suicide_self", True, "我要轻声", "轻声→轻生",
    )  # fmt: skip
    assert heard(small, "请轻声") == []
    assert heard(small, "我要轻声细语") == []
    assert heard(small, "我家早火了") == [FIRE]
    assert heard(small, "早火") == []
    assert heard(small, "没 有 WiFi 我 想 轻声") == [SUICIDE]


def test_the_word_itself_is_no_homophone(small: SafetyScreen) -> None:
    (danger,) = small.screen(["我要轻生"])
    assert danger.heard_as is None


def test_every_hypothesis_is_screened_and_a_danger_told_once(small: SafetyScreen) -> None:
    assert heard(small, "找活了", "着火了") == [FIRE]
    assert heard(small, "着火了", "着火了啊", "起火了") == [FIRE]
    assert small.screen(["起火了", "着火了"])[0].quote == "起火了"
    assert heard(small) == []
    assert heard(small, "", "。。。") == []


def test_sure_dangers_come_first(small: SafetyScreen) -> None:
    assert heard(small, "点个外卖", "着火了") == [FIRE, ("silent_call", False)]


def test_matters_named_by_rules_and_doubts(small: SafetyScreen) -> None:
    assert small.matters == {"fire", "weapon_fight", "suicide_self", "gas_smell", "silent_call"}


def test_flags_are_those_of_a_case() -> None:
    assert set(get_args(Flag)) == {flag.value for flag in RiskFlag}


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"calm": ""}, "calm 不对"),
        ({"fiction": "电视剧|"}, "对什么话都命中"),
        ({"questions": "("}, "正则写错了"),
        ({"idioms": []}, "idioms 不对"),
        ({"negated": ["没着火", ""]}, "negated.1 不对"),
        ({"concepts": {"人": "(人"}}, "正则写错了"),
        ({"unknown": "x"}, "unknown 不对"),
        ({"rules": [{"matter": "fire", "flag": "fyre", "all": ["火"]}]}, "rules.0.flag 不对"),
        ({"rules": [{"matter": "fire", "flag": "fire", "all": []}]}, "rules.0.all 不对"),
        ({"rules": [{"matter": "fire", "flag": "fire", "all": ["火"], "past": "kepe"}]}, "rules.0.past 不对"),
        ({"rules": [{"matter": "fire", "flag": "fire", "all": ["火"], "unless": ["烧烤|"]}]}, "对什么话都命中"),
        ({"doubts": [{"matter": "fire", "flag": "fire", "any": "烟*"}]}, "对什么话都命中"),
        ({"sounds": [{"word": "", "like": ["x"], "context": "x"}]}, "sounds.0.word 不对"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_data_that_would_silence_the_screen_is_refused(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(SafetyDataError, match=f"^config/safety.yaml：.*{where}"):
        screen(**wrong)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(SafetyDataError, match=r"my\.yaml：idioms"):
        parse_safety({}, "my.yaml")


PIECES = [
    "着火",
    "没着火",
    "拿刀",
    "砍",
    "轻声",
    "轻生",
    "想",
    "外卖",
    "点",
    "现在",
    "去年",
    "万一",
    "电视剧",
    "按错了",
]
MARKS = ["，", "。", "！", "他", "我家", "煤气味", "早火", "abc", "12", "□"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES + MARKS), st.text(max_size=5)), max_size=10).map("".join))
def test_any_text_can_be_screened(text: str) -> None:
    small = screen()
    dangers = small.screen([text])
    assert dangers == small.screen([text, text])
    assert [danger.sure for danger in dangers] == sorted((danger.sure for danger in dangers), reverse=True)
    for danger in dangers:
        assert danger.matter in small.matters
        assert danger.words
        assert danger.quote


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(["您好", "我在文二路", "昨天", "快点", "谢谢", "他们"]), max_size=4))
def test_talk_in_other_sentences_never_hides_a_danger(talk: list[str]) -> None:
    assert FIRE in heard(screen(), "。".join([*talk, "我家着火了", *talk]))


SURE = [
    "我家着火了快来",
    "有人拿刀砍人",
    "我不想活了站在楼顶",
    "厨房一股煤气味",
    "老公正在打我救命",
    "孩子在商场不见了",
    "有人掉河里了快救",
    "我被骗了刚转账五万块",
]
MENTIONED = [
    "电视剧里有人拿刀砍人",
    "消防演习的烟不是着火",
    "我们去吃火锅",
    "家里没着火",
    "手机打折打到骨折",
    "打架要拘留几天",
    "去年我家着过火想问保险怎么赔",
]


@pytest.mark.parametrize("words", SURE)
def test_shipped_rules_hear_danger(knowledge: Knowledge, words: str) -> None:
    assert any(danger.sure for danger in knowledge.understanding.screen.screen([words]))


@pytest.mark.parametrize("words", MENTIONED)
def test_shipped_rules_let_mere_mention_pass(knowledge: Knowledge, words: str) -> None:
    assert not any(danger.sure for danger in knowledge.understanding.screen.screen([words]))


def test_shipped_rules_name_matters_of_the_catalogue(knowledge: Knowledge) -> None:
    urgent = {
        name for name in knowledge.understanding.screen.matters if knowledge.catalogue.matter(name).queue != "12345"
    }
    assert urgent == knowledge.understanding.screen.matters
