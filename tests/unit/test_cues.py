"""Cues tilt, controls steer; a sentence that merely contains such a word steers nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversation import Knowledge
from intents.catalogue import Consult, Matter
from intents.cues import Control, read_control, read_cues
from intents.normalise import normalise
from intents.understanding import HUMAN_MATTER


@pytest.mark.parametrize(
    ("words", "control"),
    [
        ("转人工", Control.HUMAN),
        ("人工", Control.HUMAN),
        ("人工客服", Control.HUMAN),
        ("我不要机器人，找个真人", Control.HUMAN),
        ("换个活人来", Control.HUMAN),
        ("给我接话务员", Control.HUMAN),
        ("帮我转110", Control.HUMAN),
        ("转12345", Control.HUMAN),
        ("你听不懂我在讲什么，还是给我转人工服务吧谢谢", Control.HUMAN),
        ("再说一遍", Control.REPEAT),
        ("没听清楚，你再说一次", Control.REPEAT),
        ("你刚才说什么", Control.REPEAT),
        ("慢一点说", Control.SLOWER),
        ("你讲得太快了", Control.SLOWER),
        ("大声一点", Control.LOUDER),
        ("你声音太小了", Control.LOUDER),
        ("我说错了", Control.CORRECT),
        ("不对，应该是五号楼", Control.CORRECT),
        ("不是三号楼，应该是五号楼", Control.CORRECT),
        ("更正一下电话", Control.CORRECT),
        ("不是这个意思", Control.NOT_THAT),
        ("我不是问这个", Control.NOT_THAT),
        ("都不是", Control.NOT_THAT),
        ("算了", Control.CANCEL),
        ("不办了", Control.CANCEL),
        ("再见", Control.BYE),
        ("没有别的了", Control.BYE),
    ],
)
def test_control_words(words: str, control: Control) -> None:
    assert read_control(normalise(words)) is control


@pytest.mark.parametrize(
    "words",
    [
        "人工智能是什么",
        "人工湖里水臭",
        "外国人工作居留许可怎么办",
        "人工授精能报销吗",
        "装修完不付人工",
        "老板拖欠工人工资",
        "医院能不能多开几个人工窗口",
        "想找个人来说和说和",
        "出院小结写错了，病名都不是我的",
        "真人秀在哪里报名",
        "我要投诉公交话务员态度差",
        "空调坏了找人来修",
        "户口本改一下名字",
        "这应该是物业管吧",
        "打错了钱想要回来",
        "车子开太快了",
        "老人走路慢慢的",
        "广播声音太小",
        "地铁广播听不清",
        "没看清车牌",
        "这件事拖得我要疯了",
        "挂号取消",
        "他打完人就挂了电话",
        "再见面他还打我",
        "",
    ],
)
def test_a_sentence_about_something_is_no_control(words: str) -> None:
    assert read_control(normalise(words)) is None


def test_long_sentences_carry_content() -> None:
    assert read_control("我说错了") is Control.CORRECT
    assert read_control("我说错了那个地方其实是在文二路和学院路的交叉口旁边的便利店") is None
    assert read_control("我在文二路等了半天也没有人来你们还是给我转人工") is Control.HUMAN
    assert read_control("人工" + "很" * 40) is None


def test_no_shipped_example_of_a_consultation_or_matter_is_taken_for_a_control(knowledge: Knowledge) -> None:
    taken = [
        (intent.id, example)
        for intent in knowledge.catalogue
        if isinstance(intent, Consult | Matter) and intent.id != HUMAN_MATTER
        for example in intent.examples
        if read_control(normalise(example)) is not None
    ]
    assert not taken


@pytest.mark.parametrize(
    ("words", "asks", "reports"),
    [
        ("几点以后算扰民", True, False),
        ("楼上现在还在砸", False, True),
        ("请问我要投诉怎么办", False, True),
        ("路灯坏了要求来修", False, True),
        ("现在几点下班", True, False),
        ("文二路十二号", False, False),
    ],
)
def test_asking_and_reporting(words: str, asks: bool, reports: bool) -> None:
    cues = read_cues(words)
    assert (cues.asks, cues.reports) == (asks, reports)


def test_each_cue_gives_the_words_that_showed_it() -> None:
    cues = read_cues("昨天电视剧里没着火怎么办现在投诉")
    assert (cues.past, cues.fiction, cues.negation) == ("昨天", "电视剧", "没")
    assert (cues.question, cues.happening, cues.report) == ("怎么", "现在", "投诉")
    assert read_cues("文二路十二号").question is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_text_has_cues(text: str) -> None:
    form = normalise(text)
    cues = read_cues(form)
    found = (cues.question, cues.happening, cues.report, cues.past, cues.fiction, cues.negation)
    assert all(words is None or words in form for words in found)
    assert read_control(form) in (None, *Control)
    assert not (cues.asks and cues.reports)
