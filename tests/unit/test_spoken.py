"""Written Chinese to what is said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.spoken import Passage, spoken


def said(text: str) -> str:
    passages = spoken(text)
    assert all(passage.language == "zh" for passage in passages), passages
    return "".join(passage.words for passage in passages)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12345和110都能帮您接。", "幺二三四五和幺幺零都能帮您接。"),
        ("打119或120；反诈96110。", "打幺幺九或幺二零。反诈九六幺幺零。"),
        ("交管12123上查", "交管幺二幺二三上查"),
        ("电话13805711234", "电话幺三八，零五七幺，幺二三四"),
        ("110，12345，96110", "幺幺零，幺二三四五，九六幺幺零"),
        ("138-0013-8000", "幺三八，零零幺三，八零零零"),
        ("0571-12345，0571-110", "零五七幺，幺二三四五，零五七幺，幺幺零"),
        ("+86 138 0571 1234", "加八六，幺三八，零五七幺，幺二三四"),
        ("座机0571-87654321转802", "座机零五七幺，八七六五，四三二幺，转八零二"),
        ("400-800-1234", "四零零，八零零，幺二三四"),
        ("138****1234", "幺三八，中间隐去，幺二三四"),
        ("编号202611210007，查询码1234。", "编号二零二六，幺幺二幺，零零零七，查询码幺二三四。"),
        ("查询码：123456", "查询码，幺二三，四五六"),
        ("33010619900101123X", "三三零幺零六，幺九九零，零幺零幺，幺二三，艾克斯"),
        ("浙A12345", "浙诶，幺二三四五"),
        ("浙A·D12345", "浙诶，地幺二三四五"),
    ],
)
def test_numbers_that_name_something_are_read_digit_by_digit(written: str, expected: str) -> None:
    assert said(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3幢2单元502室", "三幢二单元五零二室"),
        ("文三路128号", "文三路幺二八号"),
        ("88号，100号", "八十八号，一百号"),
        ("3-2-502", "三杠二杠五零二"),
        ("3-502，3-502室", "三杠五零二，三杠五零二室"),
        ("12幢403，1单元302，A座1201", "十二幢四零三，一单元三零二，诶座幺二零幺"),
        ("12-14号楼，12-1号，1-3号线", "十二到十四号楼，十二杠一号，一到三号线"),
        ("1号楼1200人", "一号楼一千二百人"),
        ("G60 K123+400", "记六零，一百二十三公里加四百米"),
        ("K5+000，K15+050", "五公里，十五公里加五十米"),
        ("104国道", "幺零四国道"),
        ("1#楼", "一号楼"),
        ("120路公交，2号线", "幺二零路公交，二号线"),
    ],
)
def test_addresses(written: str, expected: str) -> None:
    assert said(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-21 08:30", "二零二六年十一月二十一日八点三十分"),
        ("2026年起", "二零二六年起"),
        ("2025-2026年", "二零二五到二零二六年"),
        ("25年", "二十五年"),
        ("9:00-17:00", "九点到十七点"),
        ("9:00", "九点整"),
        ("2026年3月2日 14:30", "二零二六年三月二日十四点三十分"),
        ("26年3月，90天后，90后，00后", "二六年三月，九十天后，九零后，零零后"),
        ("8:05", "八点零五分"),
        ("2点，2月2号，2个月，第2次", "两点，二月二号，两个月，第二次"),
    ],
)
def test_dates_and_times(written: str, expected: str) -> None:
    assert said(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("一本120元", "一本一百二十元"),
        ("110元，110人，120米", "一百一十元，一百一十人，一百二十米"),
        ("3,500.50元", "三千五百元五角"),
        ("0.05元", "五分"),
        ("10.05元", "十元零五分"),
        ("1.5万元，2万元", "一点五万元，两万元"),
        ("¥99，$20", "九十九元，二十美元"),
        ("3%，3-5%，3%-5%", "百分之三，百分之三到百分之五，百分之三到百分之五"),
        ("1.5倍，2倍", "一点五倍，两倍"),
        ("37至40度，-5℃，5~10℃", "三十七至四十度，零下五摄氏度，五到十摄氏度"),
        ("气温-3到5度", "气温负三到五度"),
        ("20mg/100ml", "二十毫克每一百毫升"),
        ("100㎡，120km/h，5kg", "一百平方米，一百二十公里每小时，五公斤"),
        ("5-15个工作日，5年-10年", "五到十五个工作日，五年到十年"),
        ("12、18和24个月", "十二，十八和二十四个月"),
        ("1/3，3:1，1.2.3", "三分之一，三比一，一点二点三"),
        ("12000左右", "一万两千左右"),
        ("50%，50-100", "百分之五十，五十到一百"),
        ("1元/次，20元/月，1.5万元/年", "一元每次，二十元每月，一点五万元每年"),
        ("7x24小时", "七乘二十四小时"),
    ],
)
def test_amounts(written: str, expected: str) -> None:
    assert said(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("浙里办APP，浙里办app", "浙里办诶批批，浙里办诶批批"),
        ("登录12345.gov.cn查询", "登录，幺二三四五点记欧威点西恩，查询"),
        ("BYD汽车，NFC", "必歪地汽车，恩艾弗西"),
        ("连WiFi，5G手机，4S店", "连歪发，五记手机，四艾斯店"),
        ("A4纸，C1驾照，G25高速", "诶四纸，西一驾照，记二五高速"),
        ("按1，按#键，按*结束", "按一，按井号键，按星号键结束"),
        ("“转人工”随时——有人接…真的？！", "转人工随时，有人接。真的！"),
        ("①身份证②户口本", "一，身份证二，户口本"),
        ("约翰·史密斯", "约翰史密斯"),
        ("邮箱a_1@b.com", "邮箱，诶下划线幺艾特必点康姆，"),
        ("好的😀\n再见", "好的。再见"),
    ],
)
def test_letters_and_marks(written: str, expected: str) -> None:
    assert said(written) == expected


def test_an_english_sentence_stays_english() -> None:
    assert spoken("一起听。Please stay on the line, we can help.") == (
        Passage("zh", "一起听。"),
        Passage("en", "Please stay on the line, we can help."),
    )


@pytest.mark.parametrize(
    ("written", "brands"), [("用支付宝或Alipay", ["Alipay"]), ("iPhone 15 Pro", ["iPhone", "Pro"])]
)
def test_brand_names_are_said_in_english(written: str, brands: list[str]) -> None:
    assert [passage.words for passage in spoken(written) if passage.language == "en"] == brands


@pytest.mark.parametrize("nothing", ["", "  \n", "。。。", "😀", "“”", "\ud800"])
def test_nothing_to_say(nothing: str) -> None:
    assert spoken(nothing) == ()


_MIXED = st.text(
    st.sampled_from("0123456789.:,-~/%#*+@℃¥元年月日号室幢个分两打电话编号浙ABCxyzm kgh，。？！\n()①²½１Ａ²"),
    max_size=60,
)


@given(st.one_of(st.text(max_size=80), _MIXED))
def test_only_what_the_voice_can_read_is_left(text: str) -> None:
    for passage in spoken(text):
        allowed = r"[\u3400-\u4dbf\u4e00-\u9fff，。？！]+" if passage.language == "zh" else r"[A-Za-z',.!? ]+"
        assert re.fullmatch(allowed, passage.words)
        assert not re.search(r"[，。？！]{2}", passage.words)


@given(st.integers(0, 10**16 - 1))
def test_every_amount_is_said_in_full(amount: int) -> None:
    assert re.fullmatch(r"[零一二两三四五六七八九十百千万亿]+元", said(f"{amount}元"))


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_digit_of_a_mobile_number_is_heard(number: str) -> None:
    heard = said(f"打{number}。").removeprefix("打").translate(str.maketrans("零幺二三四五六七八九", "0123456789"))
    assert re.sub(r"\D", "", heard) == number
