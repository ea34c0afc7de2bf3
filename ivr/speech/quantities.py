"""Digits that measure something: dates, times, money, shares, temperatures, units, ranges and plain numbers."""

from __future__ import annotations

import re

from ivr.speech.numerals import NUMBER, counted, digits, quantity, telephone
from ivr.speech.rule import Rule, rule

_ALONE = r"(?<![\d.])"
_ENDS = r"(?!\d|\.\d)"
_DASH = r"\s*[-~–—]\s*"
_WORD_ENDS = r"(?![A-Za-z]|(?<=g)[网手信套])"
_MEASURE = (
    r"(?:个|年(?!级)|次|天|倍|小时|点|分(?![之贝])|元|块|周(?!岁)|周岁|岁|人|名|位|家|种|项|张|份|条|件|套|辆|台|本|米|公里|千米|平方|层|"
    r"万|千|亿|斤|公斤|吨|只|间|句|遍|遭|笔|户|部|所|处|片|场|起|批|门|口|头|棵|米|厘米|毫米|克|千克|毫升|升|寸|秒|度|季|架|艘|盒|瓶|包|箱|袋|代|成)"
)
_UNITS = {
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "km2": "平方公里",
    "m2": "平方米",
    "m3": "立方米",
    "cm": "厘米",
    "mm": "毫米",
    "km": "公里",
    "m": "米",
    "kg": "公斤",
    "mg": "毫克",
    "ml": "毫升",
    "g": "克",
    "L": "升",
    "t": "吨",
    "kWh": "度",
    "kW": "千瓦",
    "kV": "千伏",
    "V": "伏",
    "W": "瓦",
    "dB": "分贝",
    "GB": "吉字节",
    "MB": "兆字节",
    "h": "小时",
    "min": "分钟",
    "KM": "公里",
    "KG": "公斤",
    "Kg": "公斤",
    "ML": "毫升",
    "mL": "毫升",
    "CM": "厘米",
    "MM": "毫米",
}
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_CURRENCIES = {"¥": "元", "￥": "元", "$": "美元", "€": "欧元", "£": "英镑", "RMB": "元", "CNY": "元"}
_CURRENCY = "|".join(re.escape(sign) for sign in _CURRENCIES)


def _date(match: re.Match[str]) -> str:
    year, month, day = match[1], int(match[2]), int(match[3])
    return f"{digits(year)}年{quantity(str(month))}月{quantity(str(day))}日"


def _clock(hours: str, minutes: str, seconds: str | None) -> str:
    said = f"{counted(str(int(hours)))}点"
    if int(minutes):
        said += f"{'零' if minutes[0] == '0' else ''}{quantity(str(int(minutes)))}分"
    elif not seconds:
        said += "整"
    if seconds and int(seconds):
        said += f"{'零分' if not int(minutes) else ''}{quantity(str(int(seconds)))}秒"
    return said


def _time(match: re.Match[str]) -> str:
    return _clock(match[1], match[2], match[3])


def _times(match: re.Match[str]) -> str:
    first, last = _clock(match[1], match[2], None), _clock(match[3], match[4], None)
    return f"{first.removesuffix('整')}到{last.removesuffix('整')}"


def _money(amount: str, unit: str) -> str:
    """Yuan with exactly two decimals are said as 元角分; amounts in 万 or with one decimal as they are written."""
    whole, _, cents = amount.replace(",", "").partition(".")
    if unit != "元" or len(cents) != 2:
        return f"{counted(amount)}{unit}"
    said = f"{counted(whole)}元" if int(whole) or not int(cents) else ""
    said += f"{digits(cents[0])}角" if cents[0] != "0" else ("零" if said and cents[1] != "0" else "")
    return said + (f"{digits(cents[1])}分" if cents[1] != "0" else "")


def _signed_money(match: re.Match[str]) -> str:
    return _money(match[2], (match[3] or "") + _CURRENCIES[match[1].upper()])


def _range(match: re.Match[str]) -> str:
    """Only the dash becomes a word here; the numbers and their units are left to the rules after this one."""
    first, last = (float(number.replace(",", "")) for number in (match[1], match[3]))
    return f"{match[1]}{match[2]}{'到' if first < last else '杠'}"


def _shares(match: re.Match[str]) -> str:
    whole = "百" if match[3] == "%" else "千"
    return f"{whole}分之{quantity(match[1])}到{whole}分之{quantity(match[2])}"


def _fraction(match: re.Match[str]) -> str:
    top, bottom = match[1], match[2]
    if 0 < int(top) < int(bottom):
        return f"{quantity(bottom)}分之{quantity(top)}"
    return f"{quantity(top)}，{quantity(bottom)}"


def _degrees(match: re.Match[str]) -> str:
    return f"{'零下' if match[1] else ''}{quantity(match[2])}摄氏度"


def _in_units(match: re.Match[str]) -> str:
    return f"{counted(match[1])}{_UNITS[match[2]]}"


def _per(match: re.Match[str]) -> str:
    base = f"{quantity(match[3])}{_UNITS[match[4]]}" if match[3] else _UNITS[match[4]]
    return f"{_in_units(match)}每{base}"


def _coded(match: re.Match[str]) -> str:
    """Digits after letters: G25, A4. A single one keeps its ordinary name."""
    return f"{match[1]}{digits(match[2]) if len(match[2]) == 1 else telephone(match[2])}"


def _versioned(match: re.Match[str]) -> str:
    return "点".join(quantity(part) for part in match[0].split("."))


DATES: tuple[Rule, ...] = (
    rule(
        r"(?<!\d)((?:19|20)\d{2})(?:-|/|\.)(0?[1-9]|1[0-2])(?:-|/|\.)(0[1-9]|[12]\d|3[01]|[1-9])日?(?![\d.-]*\d)T?",
        _date,
    ),
    rule(
        rf"(?<!\d)((?:19|20)\d{{2}})年?(?:{_DASH}|至|到)((?:19|20)\d{{2}})年",
        lambda match: f"{digits(match[1])}到{digits(match[2])}年",
    ),
    rule(r"(?<!\d)(\d{2})年(?=(?:0?[1-9]|1[0-2])月)", lambda match: f"{digits(match[1])}年"),
    rule(r"(?<!\d)([5-9]0|00)后(?!\d)", lambda match: f"{digits(match[1])}后"),
    rule(r"(?<![\d.])((?:19|20)\d{2})年(?![多来])", lambda match: f"{digits(match[1])}年"),
    rule(rf"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?:{_DASH}|至|到)([01]?\d|2[0-4]):([0-5]\d)(?![\d:])", _times),
    rule(r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\d:])", _time),
)
"""Applied first: dates look like many other things."""

QUANTITIES: tuple[Rule, ...] = (
    rule(r"(?<=[元角分块天次个件吨度])\s*/\s*(?=[次个件张份人名户月年季周天日吨度平立半小])", lambda _: "每"),
    rule(rf"({_CURRENCY})\s*({NUMBER})(万|亿)?元?", _signed_money),
    rule(rf"{_ALONE}({NUMBER})[%‰]?{_DASH}({NUMBER})([%‰])", _shares),
    rule(rf"(?<![\d.-])({NUMBER})({_UNIT}|°[Cc]|[\u4e00-\u9fff]{{0,2}}){_DASH}(?=({NUMBER})(?!-))", _range),
    rule(rf"{_ALONE}({NUMBER})((?:万|亿)?元)", lambda match: _money(match[1], match[2])),
    rule(rf"{_ALONE}({NUMBER})%", lambda match: f"百分之{quantity(match[1])}"),
    rule(rf"{_ALONE}({NUMBER})‰", lambda match: f"千分之{quantity(match[1])}"),
    rule(rf"{_ALONE}([-−])?({NUMBER})\s*°[Cc]", _degrees),
    rule(rf"{_ALONE}({NUMBER})\s*({_UNIT})/({NUMBER})?({_UNIT}){_WORD_ENDS}", _per),
    rule(rf"{_ALONE}({NUMBER})\s*({_UNIT}){_WORD_ENDS}", _in_units),
    rule(r"(?<![A-Za-z\d])([A-Za-z]{1,4})-?(\d{1,6})(?![\d.])", _coded),
    rule(r"(?<![\d.])\d+(?:\.\d+){2,}(?!\d)", _versioned),
    rule(r"(?<![\d./])(\d{1,4})\s*[/⁄]\s*(\d{1,4})(?![\d./])", _fraction),
    rule(rf"{_ALONE}({NUMBER})\s*:\s*({NUMBER}){_ENDS}", lambda match: f"{quantity(match[1])}比{quantity(match[2])}"),
    rule(rf"(?<![\d.十第])2(?={_MEASURE})", lambda _: "两"),
    rule(rf"(?:^|(?<=[\s(，。为是到至温]))[-−]({NUMBER})", lambda match: f"负{quantity(match[1])}"),
    rule(NUMBER, lambda match: quantity(match[0])),
    rule(r"\d+", lambda match: digits(match[0])),
)
"""Applied last; leaves no digit."""
