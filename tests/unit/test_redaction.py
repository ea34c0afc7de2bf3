from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handoff import mask_number, redact


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我电话13800138000", "我电话138****8000"),
        ("打138 0013 8000或138-0013-8000", "打138****8000或138****8000"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("幺三八零零幺三八零零零", "幺三八****八零零零"),
        ("138.0013.8000", "138****8000"),
        ("0571-87654321", "05******4321"),
        ("小灵通8765432", "小灵通****432"),
        ("身份证33010219900101123X", "身份证33************123X"),
        ("身份证330102199001011234", "身份证33************1234"),
        ("卡号6222 0212 3456 7890 123", "卡号62*************0123"),
        ("车牌浙A12345", "车牌浙A****5"),
        ("车牌浙a·d12345", "车牌浙a******5"),
        ("京A12345挂", "京A*****挂"),
        ("我叫王小明", "我叫王**"),
        ("姓名：欧阳小明，住文一路", "姓名：欧***，住文一路"),
        ("我的名字是李雷", "我的名字是李*"),
        ("我叫阿依古丽·买买提", "我叫阿*******"),
        ("我叫John Smith", "我叫J*********"),
    ],
)
def test_masks(text: str, masked: str) -> None:
    assert redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "请拨打110或12345，反诈96110",
        "110/12345联动",
        "2026-03-02 09:00 在3幢2单元1201室",
        "被骗了58000元",
        "我叫你们来处理",
        "我叫救护车",
        "一九九五年",
        "浙江杭州A座",
        "G2516高速",
    ],
)
def test_leaves_what_is_nobodys(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_no_run_of_seven_digits_survives(text: str) -> None:
    assert not re.search(r"\d{7}", redact(text))


digits = st.text("0123456789０１２３４５６７８９零一二三四五六七八九幺٣", min_size=1, max_size=24)
noise = st.text("我叫姓名是王小明浙A·- .X挂，的a\u200b\n", max_size=12)


@given(st.lists(digits | noise, max_size=6).map("".join))
def test_no_run_survives_among_names_and_plates(text: str) -> None:
    masked = redact(text)
    assert not re.search(r"\d{7}", masked)
    assert not re.search(r"[\d零〇一二三四五六七八九幺两]{7}", masked)
    assert redact(masked) == masked


@given(st.integers(10**10, 2 * 10**10 - 1), st.sampled_from(["", " ", "-", ".", "\u3000", "\u200b", "·"]), st.data())
def test_a_mobile_number_is_found_however_it_is_broken(number: int, gap: str, data: st.DataObject) -> None:
    plain = str(number)
    cuts = sorted(data.draw(st.sets(st.integers(1, 10), max_size=4)))
    broken = gap.join(plain[start:end] for start, end in zip([0, *cuts], [*cuts, 11], strict=True))
    assert plain[3:7] not in re.sub(r"\D", "", redact(f"请打{broken}找我")) or plain[3:7] in plain[:3] + plain[7:]
    assert redact(f"请打{broken}找我") == f"请打{plain[:3]}****{plain[7:]}找我"


@given(
    st.text("赵钱孙李周吴郑王冯陈褚卫", min_size=2, max_size=4), st.sampled_from(["我叫", "姓名", "姓名：", "姓名是"])
)
def test_a_name_is_gone(name: str, before: str) -> None:
    assume(len(set(name)) == len(name))
    assert name not in redact(f"{before}{name}，有事")
    assert redact(f"{before}{name}，有事") == f"{before}{name[0]}{'*' * (len(name) - 1)}，有事"


@given(
    st.sampled_from("京沪浙苏粤"),
    st.text("ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=1, max_size=1),
    st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=5, max_size=6),
)
def test_a_plate_is_gone(province: str, letter: str, rest: str) -> None:
    assert rest not in redact(f"车牌{province}{letter}{rest}撞人")


@pytest.mark.parametrize("number", ["1", "12", "8765432", "13800138000", "33010219900101123X", "6222021234567890123"])
def test_a_masked_number_hides_at_least_a_third(number: str) -> None:
    masked = mask_number(number)
    assert len(masked) == len(number)
    assert masked.count("*") >= len(number) / 3
