"""Digits that name something: telephone, case and identity numbers, plates, houses. Read one by one, in groups."""

from __future__ import annotations

import re

from ivr.speech.numerals import evenly, groups, quantity, telephone
from ivr.speech.rule import Rule, rule

_NOT_INSIDE = r"(?<![\d.])"
_ENDS = r"(?!\d|\.\d|\s*[元万亿])"
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_COUNTED = (
    "元块角万千百亿个人名位家米平方公厘毫克升斤吨度岁周年月日天小时分秒次倍条件张份本辆台套户层间楼幢栋号室路弄多余左"
)
"""After one of these the digits are an amount or an address, not a number to dial."""
_SERVICE = r"11[0-24-9]|12[02]|999|100\d{2}|11[158]\d{2}|12[1-9]\d{2}(?<!00)|12110|12395|96\d{3,4}|95\d{3}"
_NAMED = r"编号|单号|工号|警号|卡号|账号|证号|车牌号?|查询码|验证码|密码|尾号|号码|区号|后四位|QQ|微信号?|邮编"
_DIALLED = r"电话|热线|短信|拨打|拨|打|呼叫|叫|接通|转"


def _mobile(match: re.Match[str]) -> str:
    country = "加八六，" if match[1] else ""
    number = re.sub(r"\D", "", match[2])
    return f"{country}{groups(number, 3, 4)}"


def _masked(match: re.Match[str]) -> str:
    return f"{telephone(match[1])}，中间隐去，{telephone(match[2])}"


def _landline(match: re.Match[str]) -> str:
    area, number, extension = match[1], re.sub(r"\D", "", match[2]), match[3]
    said = f"{telephone(area)}，{groups(number, 4)}"
    return f"{said}，转{telephone(extension)}" if extension else said


def _case(match: re.Match[str]) -> str:
    return groups(match[0], 4, 4)


def _identity(match: re.Match[str]) -> str:
    last = "，艾克斯" if match[0][-1] in "Xx" else ""
    return groups(match[0].rstrip("Xx"), 6, 4, 4) + last


def _plate(match: re.Match[str]) -> str:
    place, body = match[1], match[2]
    # a pause keeps the two halves apart: 浙A，一二三四五
    said = "".join(telephone(character) or character for character in body)
    return f"{place}，{said}"


def _house(match: re.Match[str]) -> str:
    number, unit = match[1], match[2]
    short = len(number) < 3 or (number.endswith("00") and unit in ("号", "弄", "路"))
    return f"{quantity(number) if short and number[0] != '0' else telephone(number)}{unit}"


def _houses(match: re.Match[str]) -> str:
    """12-14号楼 is a run of houses, 12-1号 one house with a second number; 3-502室 is house and room."""
    first, last, unit = match.groups()
    if unit in ("室", "房") and len(last) > 2:
        return f"{_numbered(first)}杠{telephone(last)}{unit}"
    return f"{_numbered(first)}{'到' if int(first) < int(last) else '杠'}{_numbered(last)}{unit}"


def _numbered(number: str) -> str:
    return telephone(number) if len(number) > 2 or number.startswith("0") else quantity(number)


def _stake(match: re.Match[str]) -> str:
    """K123+400 on a motorway: kilometres and metres."""
    metres = int(match[2])
    return f"，{quantity(str(int(match[1])))}公里{f'加{quantity(str(metres))}米' if metres else ''}"


def _dashed(match: re.Match[str]) -> str:
    return "杠".join(telephone(part) if len(part) > 2 else quantity(part) for part in match[0].split("-"))


IDENTIFIERS: tuple[Rule, ...] = (
    rule(rf"{_NOT_INSIDE}[1-9]\d{{16}}[\dXx]{_ENDS}", _identity),
    rule(rf"{_NOT_INSIDE}\d{{16,19}}{_ENDS}", lambda match: evenly(match[0])),
    rule(rf"{_NOT_INSIDE}20\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{4,6}}{_ENDS}", _case),
    rule(rf"{_NOT_INSIDE}(\+?86[- ]?)?(1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}){_ENDS}", _mobile),
    rule(rf"{_NOT_INSIDE}(\d{{1,8}})\*{{2,}}(\d{{1,6}}){_ENDS}", _masked),
    rule(
        rf"{_NOT_INSIDE}\(?(0\d{{2,3}})[-) ]+(\d{{3,4}}[- ]?\d{{3,4}})(?:[- ]?转?[- ]?(\d{{1,5}}))?{_ENDS}", _landline
    ),
    rule(
        rf"{_NOT_INSIDE}(0\d{{2,3}})[- ]?({_SERVICE}){_ENDS}(?!-)",
        lambda match: f"{telephone(match[1])}，{telephone(match[2])}",
    ),
    rule(rf"{_NOT_INSIDE}(0\d{{2,3}})(\d{{7,8}})(){_ENDS}", _landline),
    rule(
        rf"{_NOT_INSIDE}([48]00)[- ]?(\d{{3}})[- ]?(\d{{4}}){_ENDS}",
        lambda match: "，".join(telephone(part) for part in match.groups()),
    ),
    rule(
        rf"([{_PROVINCE}][A-HJ-NP-Za-hj-np-z])[·.\- •・]?"
        r"([A-HJ-NP-Za-hj-np-z0-9]{4,6}[警学挂港澳领]?)(?![A-Za-z0-9])",
        _plate,
    ),
    rule(
        rf"({_NAMED})(是|为|:|：)?\s*(\d{{1,12}}){_ENDS}",
        lambda match: f"{match[1]}{'，' if match[2] in (':', '：') else match[2] or ''}{evenly(match[3])}",
    ),
    rule(
        rf"({_DIALLED})({_SERVICE}){_ENDS}(?![%:/-]|\s*[元块万多余])", lambda match: f"{match[1]}{telephone(match[2])}"
    ),
    rule(
        rf"{_NOT_INSIDE}(?<![第:/-])(?:{_SERVICE}){_ENDS}(?![%:/-]|\s*[{_COUNTED}A-Za-z])",
        lambda match: telephone(match[0]),
    ),
    rule(r"(?<![A-Za-z\d])[Kk](\d{1,4})\+(\d{1,3})(?!\d)", _stake),
    rule(r"(?<!\d)(\d{3})(?=国道|省道|县道)", lambda match: telephone(match[1])),
    rule(
        r"(?<![\d.-])(\d{1,4})[-~–—](\d{1,5})(号楼|号院|号线|号|幢|栋|单元|室|房)(?![\d.])",
        _houses,
    ),
    # 3-502 is a room; 50-100 stays a range
    rule(
        rf"(?<![\d.-])(\d{{1,2}})-(\d{{2,3}}[1-9])(?![\d.-]|[{_COUNTED}%])",
        lambda match: f"{quantity(match[1])}杠{telephone(match[2])}",
    ),
    rule(
        rf"(幢|栋|号楼|单元|[A-Za-z\u4e00-\u9fff]座)(\d{{3,4}})(?![\d.]|[{_COUNTED}])",
        lambda match: f"{match[1]}{telephone(match[2])}",
    ),
    rule(r"(?<![\d.])(\d{1,5})#(?=[楼幢栋门机]|$)", lambda match: f"{match[1]}号"),
    rule(r"(?<![\d.])(\d{1,5})(号楼|号院|号线|号|幢|栋|单元|室|弄|路公交|路车|路)(?![\d.])", _house),
    rule(r"(?<![\d.-])\d{1,4}-\d{1,4}-\d{1,5}(?:-\d{1,5})*(?![\d.-])", _dashed),
)
"""Applied before quantities; dates must already be words."""
