"""A value that may have been misheard is said back once; the answer settles it."""

from __future__ import annotations

import pytest
from language_samples import Talk

from conversation.state import AskedConsent, AskedReadBack, AskedSlot
from handoff import Channel, FieldName

LAMP = "路灯坏了好几天没人修"
PLACE = "文二路12号"
MISHEARD_PHONE = "我电话幺三八零零幺三巴零零零"


def doubted(said: str = MISHEARD_PHONE, **how: object) -> Talk:
    talk = Talk(**how).say(f"{LAMP}，在{PLACE}，{said}")  # type: ignore[arg-type]
    assert isinstance(talk.state.pending, AskedReadBack)
    return talk


def value(talk: Talk, field: FieldName) -> object:
    assert talk.state.open is not None
    return talk.state.open.fields[field].value


def test_an_unclear_number_is_said_back_before_anything_else_is_asked() -> None:
    talk = doubted()
    assert talk.texts == ["«read_back»[13800138000]"]
    assert talk.offered == ["对", "不对"]


@pytest.mark.parametrize("yes", ["对", "对的没错", "是的"])
def test_a_yes_goes_on_and_the_value_is_sure(yes: str) -> None:
    talk = doubted().say(yes)
    assert isinstance(talk.state.pending, AskedConsent)
    assert talk.state.open is not None
    assert talk.state.open.fields[FieldName.PHONE].confidence == 1.0


def test_keys_answer_too() -> None:
    assert isinstance(doubted().key("1").state.pending, AskedConsent)
    assert doubted().key("2").state.pending == AskedSlot(slot=FieldName.PHONE)


@pytest.mark.parametrize("said", ["不对，是13900139000", "13900139000", "错了，应该是幺三九零零幺三九零零零"])
def test_the_right_value_replaces_it_and_is_not_said_back_again(said: str) -> None:
    talk = doubted().say(said)
    assert value(talk, FieldName.PHONE) == "13900139000"
    assert isinstance(talk.state.pending, AskedConsent)


def test_a_bare_no_asks_again() -> None:
    talk = doubted().say("不对")
    assert talk.texts == ["«ask phone»"]
    assert value(talk.say("13900139000"), FieldName.PHONE) == "13900139000"


def test_what_is_neither_leaves_the_value_and_goes_on() -> None:
    talk = doubted().say("嗯那个")
    assert value(talk, FieldName.PHONE) == "13800138000"
    assert isinstance(talk.state.pending, AskedConsent)


def test_figures_that_sound_alike_are_said_back_on_the_telephone_only() -> None:
    said = "被多收了四百块"
    talk = doubted(said, channel=Channel.PHONE)
    assert talk.texts == ["«read_back»[400元]"]
    assert value(talk.say("不对，是十块"), FieldName.AMOUNT) == 10
    assert isinstance(Talk().say(f"{LAMP}，在{PLACE}，{said}").state.pending, AskedConsent)


def test_surnames_that_sound_alike_are_said_back_on_the_telephone_only() -> None:
    talk = doubted("我姓黄", channel=Channel.PHONE)
    assert talk.texts == ["«read_back»[姓黄，草头黄]"]
    assert value(talk.say("不是，姓王"), FieldName.NAME) == "姓王"
    assert isinstance(Talk().say(f"{LAMP}，在{PLACE}，我姓黄").state.pending, AskedConsent)


def test_danger_waits_for_no_number() -> None:
    talk = Talk().say(f"我家厨房着火了，{MISHEARD_PHONE}")
    assert "handoff" in talk.kinds
    assert not isinstance(talk.state.pending, AskedReadBack)
