"""Short replies: yes, no, don't know, the second one; and what only sounds like them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversation.replies import agrees, chosen, declines_to_say, endangered, there_is, yes_or_no

TITLES = ("身份证补办", "我要反映：路灯不亮", "噪声时间规定")


@pytest.mark.parametrize(
    "words", ["是", "是的", "好的", "嗯", "可以", "行", "OK", "１", "没问题", "没有意见", "麻烦您了", "有"]
)
def test_yes(words: str) -> None:
    assert yes_or_no(words) is True


@pytest.mark.parametrize("words", ["不是", "没有", "不用了", "先不转", "算了", "2", "否", "没有，不用了", "拒绝"])
def test_no(words: str) -> None:
    assert yes_or_no(words) is False


@pytest.mark.parametrize("words", ["文二路12号", "", "。。。", "路灯坏了", "我想问问"])
def test_neither(words: str) -> None:
    assert yes_or_no(words) is None


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("可以", True),
        ("好的，转吧", True),
        ("没有意见", True),
        ("当然可以", True),
        ("不可以", False),
        ("不要", False),
        ("先不转", False),
        ("可以，不过等一下再说", None),
        ("好像不太行", None),
        ("可以吗", None),
        ("可以不留电话吗", None),
        ("要多久", None),
        ("不是彩虹城是彩虹豪庭", None),
        ("文二路12号", None),
    ],
)
def test_consent_is_a_yes_that_is_not_taken_back(words: str, reply: bool | None) -> None:
    assert agrees(words) is reply


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("有", True),
        ("有，快来救我", True),
        ("是的", True),
        ("没有", False),
        ("没有危险，谢谢", False),
        ("现在很安全", False),
        ("不是", False),
        ("2", False),
        ("不知道", None),
        ("不清楚", None),
        ("不敢说", None),
        ("不行了快来", None),
        ("别打我", None),
        ("没气了", None),
        ("不方便", None),
        ("文二路12号", None),
    ],
)
def test_only_a_plain_no_means_no_danger(words: str, reply: bool | None) -> None:
    assert endangered(words) is reply


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("有", True),
        ("有一个人受伤", True),
        ("没有", False),
        ("不是", False),
        ("可以", None),
        ("好的", None),
        ("", None),
    ],
)
def test_whether_there_is_something(words: str, reply: bool | None) -> None:
    assert there_is(words) is reply


@pytest.mark.parametrize("words", ["不清楚", "我也说不清楚", "没看清", "忘了", "不想说", "保密", "记不得了"])
def test_declining_to_say(words: str) -> None:
    assert declines_to_say(words)


@pytest.mark.parametrize("words", ["文二路12号", "没有", "有两个人", ""])
def test_an_answer_is_no_declining(words: str) -> None:
    assert not declines_to_say(words)


@pytest.mark.parametrize(
    ("words", "index"),
    [
        ("1", 0),
        ("2", 1),
        ("３", 2),
        ("4", -1),
        ("第一个", 0),
        ("二", 1),
        ("第三项", 2),
        ("中间那个", 1),
        ("最后一个", 2),
        ("身份证补办", 0),
        ("身份证 补办！", 0),
        ("我要反映路灯不亮", 1),
        ("噪声的时间规定", 2),
        ("都不是", -1),
        ("以上都不是", -1),
        ("第四个", -1),
        ("不对", -1),
        ("文二路12号", None),
        ("5", None),
        ("", None),
    ],
)
def test_choosing_by_key_ordinal_or_words(words: str, index: int | None) -> None:
    assert chosen(words, TITLES) == index


def test_choosing_among_fewer_titles() -> None:
    assert chosen("3", TITLES[:2]) == -1
    assert chosen("最后一个", TITLES[:2]) == 1
    assert chosen("2", TITLES[:1]) == -1
    assert chosen("第三个", TITLES[:2]) is None


REPLIES = st.lists(
    st.one_of(
        st.sampled_from([*"是不没有好对12可以吗别先转了，。", "第二个", "都不是", "不知道", "等一下"]),
        st.text(max_size=4),
    ),
    max_size=6,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(REPLIES)
def test_any_reply_can_be_read(text: str) -> None:
    assert chosen(text, TITLES) in (None, -1, 0, 1, 2)
    assert yes_or_no(text) in (None, True, False)
    assert agrees(text) in (None, True, False)
    if endangered(text) is False:
        assert yes_or_no(text) is False
    if there_is(text) is False:
        assert yes_or_no(text) is False
