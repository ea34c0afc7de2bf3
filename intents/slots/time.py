"""When it happened: the phrase as said (昨天晚上十点多, 三天前, 从上周开始, 已经两个小时了)."""

from __future__ import annotations

import re
from functools import lru_cache

from intents.slots.kinds import kind, matches
from intents.slots.slot import Find

_N = r"(?:\d{1,4}|[零〇一二两三四五六七八九十百俩仨]{1,4})"
_PART = (
    r"(?:大?清早(?:上)?|一大早|凌晨|清晨|早上|早晨|上午|中午|午后|下午|傍晚|晚上|夜里(?!头)"
    r"|大?半夜(?:三更|里)?|下半夜|(?<!楼)上半夜|夜里头|大白天|天刚?没?亮|早高峰|晚高峰|晌午|深夜|晚间"
    r"|夜间|后半夜)"
)
_CLOCK = (
    rf"(?:{_N}点(?:半|整|[一三]刻|{_N}分?|几分)?(?:钟)?(?:多|左右|前后|不到)?|十几点"
    rf"|\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:左右)?)"
)
_DAY = (
    r"(?:今天|今日|今儿个?|今早|今晨|今晚|昨天|昨日|昨儿个?|昨个|今个|昨半夜|头天|前儿|昨晚"
    r"|昨夜|昨早|前天|前晚|大前天|当天|当晚|那天|前日)"
)
_WEEK = (
    r"(?:(?:上上|上|这|本)个?(?:周|礼拜|星期)(?:[一二三四五六日天末]|[1-6])?|(?:周|礼拜"
    r"|星期)[一二三四五六日天末])"
)
_MONTH = (
    r"(?:上上?个?月|这个月|本月|(?:\d{1,2}|[一二三四五六七八九十]{1,2})月份?|腊月|正月|年底|年初|月初|月底|春节|国庆节?|五一|中秋节?"
    r"|清明|元旦|端午|年前|年后|年三十|大年初[一二三四五六七]|除夕|暑假|寒假|开学那天|过年"
    r"(?:前|后|的时候)?(?=到|[,.就回那])|过年(?:前|后|的时候))"
)
_DATE = rf"(?:(?:{_MONTH})(?:{_N}[号日]|初{_N}|中旬|底|初)?)"
_YEAR = (
    r"(?:去年|前年|大前年|今年|(?<![一二两三四五六七八九十])[零〇九八一二][零〇一二三四五六七八九几]年"
    r"|[12][09]\d\d年|二[零〇][一二][零〇一二三四五六七八九]年)"
)
_SPAN = (
    rf"(?:(?:不到|将近|近|快)?(?:{_N}|半|好几|几|十几|十来)(?:多)?(?:个)?(?:半)?(?:多)?(?:分钟|刻钟|小时|钟头|天"
    r"|晚上|夜|星期|礼拜|周|月|年)(?:多)?)"
)
_EVERY = r"(?:(?:每天|每日|每晚|每周末?|每个?月|每个?周末|每到周末|天天|夜夜|隔三差五|一到晚上)(?:都)?)"
_FUTURE = r"(?!再|来|打给|打电话|联系|回|能|可以|给我|办)"
_ANCHORED = (
    rf"(?:{_YEAR}{_DATE}?|{_DATE}|{_WEEK}|{_DAY})(?:那天|前后|假期|期间)?(?:的)?(?:{_DAY})?{_PART}?(?:的)?{_CLOCK}?"
)

_WHEN = rf"(?:{_ANCHORED}|{_PART}{_CLOCK}?|{_CLOCK}|放学|开学|上班|下班|出门|吃完?饭|搬来)"
_KINDS = (
    kind(
        rf"(?:从)?{_WHEN}(?:出门|走|出去)?(?:就)?(?:一直)?到(?:现在|今天|{_ANCHORED}|{_PART}{_CLOCK}?|{_CLOCK})",
        0.97,
        "到",
    ),
    kind(rf"{_EVERY}{_PART}?{_CLOCK}(?:一直)?到{_PART}?{_CLOCK}", 1.0, "到"),
    kind(
        rf"(?:从)?(?:{_ANCHORED}|{_PART}{_CLOCK}|(?<=从){_PART}|(?<=从){_CLOCK})(?:开始|起)(?![打敲响施放吵闹]|[来床])",
        0.96,
        "始起",
    ),
    kind(rf"(?:{_YEAR}{_DATE}?|{_DATE}|{_WEEK}|{_DAY})(?:{_DAY})?(?:的)?{_PART}?(?:的)?{_CLOCK}", 0.95, "点:"),
    kind(rf"(?:{_EVERY}{_PART}?{_CLOCK}?)", 0.8, "每天夜隔到"),
    kind(rf"(?:大约|大概|差不多)?{_SPAN}(?:之前|以前|前)", 0.88, "前"),
    kind(r"刚才|刚刚|方才|前两天|前几天|前些天|前阵子|前段时间|前一阵|这两天|这几天|最近几天", 0.85, "刚方前这最"),
    kind(_ANCHORED + _FUTURE, 0.85),
    kind(rf"{_PART}(?:的)?{_CLOCK}", 0.8, "点:"),
    kind(rf"(?:已经|都)(?:有)?(?:快)?{_SPAN}了", 0.75, "了"),
    kind(r"一整(?:天|夜|晚上?|宿)|整夜|一晚上|通宵", 0.7, "整宿夜晚通"),
    kind(_SPAN + "(?=了)", 0.6, "了"),
    kind(r"(?<![第这那上下本每])" + _SPAN + r"(?=[,.!?\s]|$|[就才没不])", 0.52, "钟时头天晚夜期拜周月年"),
    kind(r"刚(?=[跑走被发撞抢打偷摔着起来掉看到转])|刚(?=发生|有人)", 0.6, "刚"),
    kind(_CLOCK, 0.55, "点:"),
    kind(_PART + _FUTURE, 0.4, "早晚晨午夜清凌傍天晌"),
    kind(r"现在|此刻|这会儿?", 0.4, "现此这"),
    kind(r"最近|近期", 0.35, "最近"),
)
_NOT_TIME = re.compile(r"(?:早点|有点|一点也|差点|快点|晚点|地点|要点|零点[一二三四五六七八九])")
_REPLY_NO = re.compile(r"不知道|不清楚|不记得|忘了|记不|说不|没有")


@lru_cache(maxsize=8)
def _matches(text: str) -> tuple[tuple[re.Match[str], float], ...]:
    """Every phrase of time; asked twice of one sentence, for its time and for its place."""
    return matches(_KINDS, text)


def spans(text: str) -> list[tuple[int, int]]:
    """Where the sentence speaks of time at all, for extractors that must not read those words."""
    return [match.span() for match, weight in _matches(text) if weight >= 0.55 and _real(match, text)]


def _real(match: re.Match[str], text: str) -> bool:
    if match[0] in ("一点", "两点", "三点") and not text[: match.start()].endswith(("在", "是", "晚上", "下午")):
        return False
    around = text[max(0, match.start() - 1) : match.end() + 1]
    return not _NOT_TIME.search(around) or len(match[0]) > 3


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The most specific time phrase, the first one said if several are equal."""
    best: Find | None = None
    for match, confidence in _matches(text):
        if best is not None and (best.start <= match.start() and match.end() <= best.end):
            continue
        if (lenient or _real(match, text)) and (best is None or confidence > best.confidence + 0.02):
            said = match[0].removesuffix("的")
            best = Find(said.replace(" ", ""), match.start(), match.start() + len(said), confidence)
    if best is None and lenient and not _REPLY_NO.search(text):
        return _loose(text)
    return best


_LOOSE = re.compile(rf"(?:明天|后天|{_SPAN}|刚|一直|不久|早就|[一二三四五六七八九十\d]{{1,3}}[号日])")


def _loose(text: str) -> Find | None:
    match = _LOOSE.search(text)
    return Find(match[0], *match.span(), 0.5) if match else None
