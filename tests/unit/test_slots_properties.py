"""What holds for every sentence, however strange."""

from __future__ import annotations

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from intents.normalise import clean
from intents.slots import SlotName, extract, parse_reply

NAMES: tuple[SlotName, ...] = get_args(SlotName)
PIECES = [
    "我在",
    "文三路",
    "西湖区",
    "12幢",
    "三楼",
    "二零一",
    "门口",
    "有人",
    "拿刀",
    "没拿刀",
    "受伤",
    "没人",
    "流血",
    "昨天",
    "晚上",
    "十点多",
    "三个人",
    "两男一女",
    "五千块",
    "3万",
    "一百五",
    "13800001234",
    "幺三八零零零零",
    "0571-88001234",
    "浙A12345",
    "浙a d1234",
    "警",
    "我叫",
    "张三",
    "希望",
    "要求",
    "能不能",
    "还在",
    "已经走了",
    "的",
    "了",
    ",",
    "。",
    " ",
    "，",
    "G60",
    "高速",
    "往杭州方向",
    "112公里",
    "地铁",
    "2号线",
    "B口",
    "28路",
    "公交车",
    "路口",
    "和",
    "跟",
    "家里",
    "网上",
    "楼上",
    "不知道",
    "没有",
    "Ａ",
    "１",
    "門",
    "龍",
    "\u200b",
    "\ud800",
    "😀",
]
SENTENCES = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join),
)


@settings(max_examples=400, deadline=None)
@given(SENTENCES)
def test_extract_is_total_and_quotes_are_the_citizens_words(text: str) -> None:
    slots = extract(text)
    cleaned = clean(text)
    assert len({slot.name for slot in slots}) == len(slots)
    for slot in slots:
        assert slot.quote == cleaned[slot.start : slot.end] != ""
        assert 0 <= slot.confidence <= 1
    assert slots == extract(text)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), SENTENCES)
def test_reply_is_total_and_fills_the_field_asked_for(name: SlotName, text: str) -> None:
    slot = parse_reply(name, text)
    if slot is not None:
        assert slot.name == name
        assert slot.quote == clean(text)[slot.start : slot.end] != ""
        assert 0 <= slot.confidence <= 1
    assert slot == parse_reply(name, text)


@settings(max_examples=300, deadline=None)
@given(st.one_of(SENTENCES, st.text(alphabet="0123456789幺一二三零洞 -+()电话", max_size=40)))
def test_phone_is_only_digits(text: str) -> None:
    for slot in (*extract(text), parse_reply("phone", text)):
        if slot is not None and slot.name == "phone":
            assert isinstance(slot.value, str)
            assert slot.value.isascii() and slot.value.isdigit()
            assert 7 <= len(slot.value) <= 12


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(PIECES))
def test_long_repetition_is_read(piece: str) -> None:
    assert extract(piece * 3000) == extract(piece * 3000)


_SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_number_read_out_is_the_number_written(number: str) -> None:
    written, spoken = (
        next(slot.value for slot in extract(f"我电话是{said}") if slot.name == "phone")
        for said in (number, number.translate(_SPOKEN))
    )
    assert written == spoken == number


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[A-HJ-NP-Z][0-9]{5}", fullmatch=True))
def test_a_plate_read_out_is_the_plate_written(rest: str) -> None:
    written, spoken = (
        next(slot.value for slot in extract(f"车牌浙{said},堵着门") if slot.name == "plate")
        for said in (rest, rest.translate(_SPOKEN))
    )
    assert written == spoken == f"浙{rest}"


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=10, max_value=99_999))
def test_a_sum_said_in_words_is_the_sum_in_figures(yuan: int) -> None:
    written, spoken = (
        next(slot.value for slot in extract(f"被骗了{said}元") if slot.name == "amount")
        for said in (yuan, _words(yuan))
    )
    assert written == spoken == yuan


def _words(number: int) -> str:
    """Two to five figures as they are said: 10203 -> 一万零二百零三."""
    said = ""
    for figure, unit in zip(f"{number:05}", ("万", "千", "百", "十", ""), strict=True):
        if figure != "0":
            said += "零一二三四五六七八九"[int(figure)] + unit
        elif said and not said.endswith("零"):
            said += "零"
    return said.rstrip("零")
