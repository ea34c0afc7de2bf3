"""A sum of money in yuan: 五千块, 3万, 三万六, 1.5万, 八九千 (the lower bound), 二十多万."""

from __future__ import annotations

import re

from intents.slots.numbers import parse_number
from intents.slots.slot import Find

_CN = "零〇一二两三四五六七八九十百千万亿"
_NEXT_WORD = r"(?!(?<=[万千百])[一两二三四五六七八九](?:个(?:月|星期|礼拜|季度|学期)|年|学期|次))"
"""In 八千一个月 the last digit counts months."""
_EACH = r"(?!(?<=[万千百][一二两三四五六七八九])一(?:张|个|斤|位|次|份|晚|天|年|月|件|桌|碗|瓶|箱|小时|平))"
"""In 一百二一张 the last figure counts tickets."""
_SUM = re.compile(
    rf"(?P<number>(?:\d+(?:,\d{{3}})*(?:\.\d+)?|[{_CN}])(?:(?:(?<=[{_CN}])\d+(?:\.\d+)?)|{_NEXT_WORD}{_EACH}[{_CN}wWkK]|个(?=[wW万亿](?![a-zA-Z])))*)"
    r"(?P<vague>[多来几把](?=[万千百块元]))?(?P<scale>[万千百])?(?P<odd>多|出头|不到|左右)?"
    r"(?P<half>个?半)?(?P<unit>块(?:钱|多钱)?|快(?:钱|(?=[,.!?\s不没]|$))|元(?:钱|整)?|钱|大洋|人民币|rmb)?"
    r"(?P<jiao>(?<=[块元])[一二三四五六七八九\d](?:角|毛|(?![个十百千万点块元年月天次号斤米条只件张人位楼一二三四五六七八九\d])))?",
    re.IGNORECASE,
)
_NOT_MONEY = re.compile(
    r"^"
    r"(?:[个楼层成倍度遍把根号栋幢室名位人岁年月日天点秒时周次遍米公里斤克吨升平亩度路线座台辆张条只件本份瓶箱步套户种期届"
    r"代届章杯碗口页字句集级届]|小时|平方|钟头|分(?![一两二三四五六七八九十几\d]+[次期批])|几个|来个|多个|多人|名|多名|多平|亿|%|[a-zA-Z:])"
)
_MONEY = re.compile(
    r"(?:骗|门票|票价|挂号|押金|定金|订金|转[了账给]?|欠|赔|退|充值?|花|扣|罚款?|交|付|收|价|工资|薪|费|款|钱"
    r"|租金|保证金|学费|油费|路费|菜钱|被[^,.]{0,3}|亏|盗|刷|多收|讹|敲|租|工钱|抵|欠条|尾|金额"
    r"|损失|诈|借|还[了我]?"
    r"|汇|打[了给]|被盗|偷|少了|卖|买|投[了资]|要|共|一共|总共|合计|大概|差不多|贷|存|余额|现金|本金|补)"
    r"[^,.;!?\d]{0,7}$"
)
_OVERCHARGED = re.compile(r"(?:多收|多扣|少给|少找|罚|骗|欠|赔)了?[我你他她]?们?$")
"""What stands right before a small sum said without its unit: 多收四十."""
_COLLOQUIAL = re.compile(rf"[{_CN}]+[万千百][一二两三四五六七八九]")
_RANGE = re.compile(r"(?:^|(?<=[万千百十]))([一二两三四五六七八九])([二三四五六七八九])(?=[十百千万])")
_SCALES = {"万": 10_000.0, "千": 1_000.0, "百": 100.0}
_DIGIT = re.compile(r"[一二两三四五六七八九十\d]")
_SMALL = re.compile(r"块[钱一二三四五六七八九\d]|元|[收花交退罚付要扣给][^,.]{0,3}[块]")
_AFTER = re.compile(r"^[^,.]{0,4}(?:打给|转给|汇给|打过去|转过去|转走|不给|不退|没了|押金|工资|货款|现金|本金|定金)")
_LONGEST_PLAIN = 7
"""More bare digits than this are a number of something else."""
_PREFIX_NO = re.compile(r"(?:第|周|星期|礼拜|初|号|[A-Za-z])$")


def _value(match: re.Match[str]) -> tuple[float, float] | None:
    """Yuan, and a penalty for vagueness."""
    said = match["number"].replace(",", "").replace("个", "").rstrip("零〇") or match["number"]
    said = re.sub("[wW]", "万", re.sub("[kK]", "千", said))
    plain = _RANGE.sub(r"\1", said)
    value = parse_number(plain)
    if value is None:
        return None
    if match["scale"]:
        value *= _SCALES[match["scale"]]
    if match["half"] and plain[-1] in _SCALES:
        value += _SCALES[plain[-1]] / 2
    if match["jiao"]:
        value += (parse_number(match["jiao"][0]) or 0.0) / 10
    vague = 0.2 if plain != said else 0.1 if match["vague"] or match["odd"] else 0.0
    return value, vague


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The best sum in the sentence. `lenient`: a bare number counts, since money was asked for."""
    best: Find | None = None
    for match in _SUM.finditer(text):
        before, after = text[max(0, match.start() - 12) : match.start()], text[match.end() : match.end() + 4]
        if _PREFIX_NO.search(before) or (not match["unit"] and _NOT_MONEY.match(after)):
            continue
        found = _value(match)
        if found is None or not 0 < found[0] < 1e11:
            continue
        value, vague = found
        if not match["unit"] and match["number"].isdigit() and len(match["number"]) > _LONGEST_PLAIN:
            continue
        big = any(unit in match[0] for unit in "万千百wWkK")
        counted = _DIGIT.search(match["number"]) or (match["unit"] and (match["vague"] or before.endswith("上")))
        if not counted or (value < 10 and not _SMALL.search(text[max(0, match.start() - 4) : match.end()])):
            continue
        if match["unit"] in ("钱",) and not big:
            continue
        if match["unit"]:
            confidence = 0.95
        elif _COLLOQUIAL.fullmatch(match["number"]) and _MONEY.search(before):
            confidence = 0.9
        elif big and (_MONEY.search(before) or _COLLOQUIAL.fullmatch(match["number"])):
            confidence = 0.8
        elif re.search(r"[万千]", match[0]) and value >= 1000:
            confidence = 0.65
        elif _AFTER.match(after + text[match.end() + 4 : match.end() + 10]) and value >= 50:
            confidence = 0.7
        elif lenient or _overcharge(before, value, after) or _usual(before, value, match["number"]):
            confidence = 0.6
        else:
            continue
        confidence -= vague
        if best is None or confidence > best.confidence:
            best = Find(value, match.start(), match.end(), round(confidence, 2))
    return best


def _overcharge(before: str, value: float, after: str) -> bool:
    """A small sum that ends its clause right after what was done with it: 多收四十."""
    return value >= 10 and _OVERCHARGED.search(before) is not None and not re.match(r"[^,.!?\s]", after)


def _usual(before: str, value: float, number: str) -> bool:
    """A larger sum after a word of money."""
    return value >= 50 and _MONEY.search(before) is not None and (_plain(number, value) or _said(number))


def _said(number: str) -> bool:
    """Spoken with a unit, so not a telephone or hotline number."""
    return len(number) >= 2 and any(unit in number for unit in "十百千万")


def _plain(number: str, value: float) -> bool:
    """Written digits that may be a sum: not a hotline, a year or a telephone number."""
    return number.isdigit() and len(number) <= 7 and value not in (110, 119, 120, 122, 12345, 96110, 12315, 12333)
