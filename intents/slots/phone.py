"""A telephone number: mobile, landline with area code, 400; written, grouped, or read out digit by digit."""

from __future__ import annotations

import re

from intents.slots.misheard import UNSURE, digits_by_sound
from intents.slots.numbers import SPOKEN_DIGIT, read_out
from intents.slots.slot import Find

_RUN = re.compile(rf"(?:\+86[\s-]?|\(0\d{{2,3}}\))?[{SPOKEN_DIGIT}](?:[\s,.、-]?[{SPOKEN_DIGIT}])*")
_TIGHT_RUN = re.compile(rf"(?:\+86[\s-]?|\(0\d{{2,3}}\))?[{SPOKEN_DIGIT}](?:[\s-]?[{SPOKEN_DIGIT}])*")
_DIGIT = re.compile(rf"[{SPOKEN_DIGIT}]")
_SHORTEST = 7
_MISHEARD_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_MOBILE = re.compile(r"(?:86)?(1[3-9]\d{9})")
_AREA = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-9]\d{6,7}")
_SERVICE = re.compile(r"[48]00\d{7}")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_CONTEXT = re.compile(r"电话|座机|号码|手机|联系|回电|回拨|打给?我|我号|拨")
_OTHERS = re.compile(
    r"(?:他|她|对方|骗子|那个人|老板|房东|司机|中介|客服|来电|陌生)[^,.我]{0,6}$|(?:别|不要"
    r"|不用)打[^,.]{0,4}$"
)
_NOT_PHONE = re.compile(r"(?:身份证|卡|账|帐|单|订单|运单|快递|工单|编|证|学|案|微信|QQ)号?(?:号|码|是|为)*[^,.]{0,2}$")
_CORRECTION = re.compile(r"(?:不对|说错|错了|应该是|改成|更正)[^.]{0,8}$")


def _number(digits: str, *, lenient: bool) -> tuple[str, float] | None:
    """The number that the whole run of digits is, and how sure we are."""
    if match := _MOBILE.fullmatch(digits):
        return match[1], 0.97
    if _AREA.fullmatch(digits):
        return digits, 0.95
    if _SERVICE.fullmatch(digits):
        return digits, 0.85
    if lenient and _LOCAL.fullmatch(digits):
        return digits, 0.7
    return None


def find(text: str, *, lenient: bool = False) -> Find | None:
    """The caller's number, else another number in the sentence. `lenient`: it was asked for."""
    if len(_DIGIT.findall(text)) < _SHORTEST:
        return None
    best: Find | None = None
    for run in (*_TIGHT_RUN.finditer(text), *_RUN.finditer(text)):
        before = text[max(0, run.start() - 12) : run.start()]
        after = text[run.end() : run.end() + 1]
        if _NOT_PHONE.search(before) or after in ("x", "X"):
            continue
        found = _number(read_out(run[0]), lenient=lenient or bool(_CONTEXT.search(before)))
        if found is None:
            continue
        digits, confidence = found
        if _OTHERS.search(before):
            confidence -= 0.4
        if best is None or confidence > best.confidence or _CORRECTION.search(before):
            best = Find(digits, run.start(), run.end(), confidence)
    return best or _by_sound(text)


def _by_sound(text: str) -> Find | None:
    """A mobile number of which some digits were written as other characters."""
    read, sure = digits_by_sound(text)
    for match in _MISHEARD_MOBILE.finditer(read):
        if sure[slice(*match.span())].count("1") >= _SHORTEST and not _NOT_PHONE.search(text[: match.start()]):
            return Find(match[0], *match.span(), UNSURE)
    return None
