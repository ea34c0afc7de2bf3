"""Numbers as people say them: 三万六, 两千五, 1.5万, 十二; and digit strings read out one by one."""

from __future__ import annotations

import re

_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_TOKEN = re.compile(r"\d{1,15}(?:\.\d{1,6})?|.")

NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万])"
"""One token of a number; a number is one or more of these."""
SPOKEN_DIGIT = "0-9零〇一二三四五六七八九幺妖洞两拐"
"""Inside of a character class: one digit, written or read out."""


SPOKEN = {
    **{str(digit): str(digit) for digit in range(10)},
    **dict(zip("零〇洞一幺妖二两三四五六七拐八九", "0001112234567789", strict=True)),
}
"""Every character read out as a digit, and the digit."""
_REPEATED = re.compile(r"([两二三四五六])个([0-9零〇一二三四五六七八九幺妖洞拐])")


def read_out(text: str) -> str:
    """Digits of a string said one by one: 幺三九 -> 139, 三个八 -> 888. Anything else is dropped."""
    text = _REPEATED.sub(lambda match: match[2] * _DIGITS[match[1]], text)
    return "".join(SPOKEN[character] for character in text if character in SPOKEN)


def parse_number(text: str) -> float | None:
    """Value of a written, mixed or shortened number (三万六 = 36000); None if it is not one."""
    total = section = 0.0
    digit: float | None = None
    last_unit = 1
    for token in _TOKEN.findall(text):
        if token[0] in "0123456789":
            digit = float(token)
        elif token in ("零", "〇"):
            last_unit, digit = 1, 0.0 if digit is None and not section and not total else digit
        elif token in _DIGITS:
            digit = float(_DIGITS[token])
        elif token in _UNITS:
            last_unit = _UNITS[token]
            section += (1.0 if digit is None else digit) * last_unit
            digit = None
        elif token in _BIG:
            last_unit = _BIG[token]
            section += digit or 0.0
            total += (section or 1.0) * last_unit
            section, digit = 0.0, None
        else:
            return None
    if digit is not None:
        section += digit * last_unit / 10 if last_unit > 10 and digit < 10 else digit
    return total + section if text else None
