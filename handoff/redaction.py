"""Masks personal data in free text, for logs and for displays that need no identity.

Covers phone, ID-card and bank-card numbers (also spaced, full-width, or spoken as Chinese digits),
number plates, and names after 我叫 or 姓名. It errs towards masking: no run of seven digits is left.
"""

from __future__ import annotations

import re

_DIGIT = r"[\d零〇一二三四五六七八九幺两]"
_GAP = r"[ \t\u00a0\u3000\u200b\u2060\ufeff\-‐-―－.·_]{1,3}"
_NUMBER = re.compile(rf"{_DIGIT}(?:(?:{_GAP})?{_DIGIT}){{6,}}[Xx]?")
_DATE = re.compile(r"(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}(?: \d{1,2})?")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][ ·.\-]?[A-Z][ ·.\-]?"
    r"[A-Z\d]{4,5}[A-Z\d挂学警港澳领]",
    re.IGNORECASE,
)
_HAN = r"[\u3400-\u9fff]"
_NOT_A_NAME = "(?!你|您|他|她|它|咱|了|不|过|救|警|人|车|物业|保安|医生|朋友|老公|老婆|邻居)"
_NAME = re.compile(
    rf"(我叫|我的名字[是叫]|姓名[是为叫]?[ :：]*|名叫|名字[是叫][ :：]*){_NOT_A_NAME}"
    rf"({_HAN}{{1,5}}(?:[·•]{_HAN}{{1,10}})+|{_HAN}{{2,4}}|[A-Za-z]{{2,}}(?:[ .'-]+[A-Za-z]+)*)"
)
_IDENTITY_LENGTH, _MOBILE_LENGTH = 18, 11


def redact(text: str) -> str:
    """The text with numbers, plates and names masked; masking twice changes nothing more."""
    masked = _NUMBER.sub(_number, text)
    masked = _PLATE.sub(lambda found: _starred(found[0], 2, 1), masked)
    return _NAME.sub(lambda found: found[1] + _starred(found[2], 1, 0), masked)


def mask_number(number: str) -> str:
    """One phone, ID-card or bank-card number: enough is left to recognise it, not to use it."""
    if len(number) == _MOBILE_LENGTH:
        return _starred(number, 3, 4)
    if len(number) >= _IDENTITY_LENGTH - 6:
        return _starred(number, 2, 4)
    return _starred(number, 0, min(4, len(number) // 2))


def _number(found: re.Match[str]) -> str:
    whole = found[0]
    if _DATE.fullmatch(whole):
        return whole
    return mask_number(re.sub(_GAP, "", whole))


def _starred(text: str, head: int, tail: int) -> str:
    hidden = max(len(text) - head - tail, 1)
    return text[:head] + "*" * hidden + (text[len(text) - tail :] if tail else "")
