"""Numbers in words: as a quantity (一百二十, 两个), or digit by digit as read on the telephone (幺二零)."""

from __future__ import annotations

import cn2an

NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
"""A written quantity, with or without thousands separators and decimals."""

_LONGEST = 16
"""Digits of the longest whole number that is read as a quantity; longer ones are read digit by digit."""
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_TELEPHONE = _DIGITS | {"1": "幺"}


def digits(text: str) -> str:
    """Each digit by its name: 2026 -> 二零二六. Characters that are no digit are dropped."""
    return "".join(_DIGITS.get(character, "") for character in text)


def telephone(text: str) -> str:
    """Each digit as read on the telephone, one as 幺: 12110 -> 幺二幺幺零."""
    return "".join(_TELEPHONE.get(character, "") for character in text)


def groups(text: str, *sizes: int) -> str:
    """Telephone digits with a pause between groups of these sizes; what is left over is one more group."""
    parts, start = [], 0
    for size in sizes:
        parts.append(text[start : start + size])
        start += size
    parts.append(text[start:])
    return "，".join(telephone(part) for part in parts if part)


def evenly(text: str, most: int = 4) -> str:
    """Telephone digits in groups of at most `most`, as even as can be; five stay together: 123456 -> 幺二三，四五六."""
    count = 1 if len(text) == most + 1 else max(1, -(-len(text) // most))
    size, longer = divmod(len(text), count)
    return groups(text, *([size + 1] * longer + [size] * (count - longer)))


def quantity(text: str) -> str:
    """A quantity: 1,200.5 -> 一千二百点五. A leading zero (007) or too many digits are read one by one."""
    whole, _, decimals = text.replace(",", "").partition(".")
    tail = f"点{digits(decimals)}" if decimals else ""
    if len(whole) > _LONGEST or (len(whole) > 1 and whole.startswith("0")):
        return f"{telephone(whole)}{tail}"
    words = str(cn2an.an2cn(whole))
    words = words.removeprefix("一") if words.startswith("一十") else words
    for unit in "千万亿":
        words = words.replace(f"二{unit}", f"两{unit}")
    return f"{words.replace('十两', '十二')}{tail}"


def counted(text: str) -> str:
    """A quantity before a measure word: 2 -> 两."""
    return "两" if text == "2" else quantity(text)
