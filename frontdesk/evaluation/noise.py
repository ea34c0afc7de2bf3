"""Simulated recognition errors: characters that sound alike, now and then one lost or doubled.

Not a recogniser. Real errors come in runs, follow a language model and prefer frequent words; these fall on
single characters, evenly. They compare versions of the product, they do not predict what a telephone will do.
"""

from __future__ import annotations

import random
from functools import cache

from pypinyin import Style, lazy_pinyin

RATES = (0.0, 0.1, 0.2, 0.3)
"""Shares of characters hit that are reported."""
SEED = 110_12345
_REPLACED, _LOST = 0.85, 0.10
"""Of the hit characters; the rest is doubled."""


@cache
def _sounds() -> dict[str, tuple[str, ...]]:
    """The 3755 common characters of GB 2312, by toneless syllable."""
    common = [
        bytes((0xA1 + row, 0xA1 + cell)).decode("gb2312")
        for row in range(15, 55)
        for cell in range(94 - 5 * (row == 54))
    ]
    found: dict[str, list[str]] = {}
    for character in common:
        found.setdefault(_syllable(character), []).append(character)
    return {syllable: tuple(characters) for syllable, characters in found.items()}


@cache
def _syllable(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.NORMAL)[0])


def noisy(text: str, rate: float, at: int) -> str:
    """The text with about this share (0..1) of its Chinese characters hit. Same arguments, same result.

    `at`: the sentence's number, so that equal sentences are hit differently. Rate 0 changes nothing.
    """
    chance = random.Random(f"{SEED}/{rate}/{at}")  # noqa: S311  repeatable on purpose
    return "".join(
        _hit(character, chance) if _is_han(character) and chance.random() < rate else character for character in text
    )


def alike(character: str) -> tuple[str, ...]:
    """Other common characters of the same toneless syllable; none for what is not Chinese."""
    return tuple(other for other in _sounds().get(_syllable(character), ()) if other != character)


def _hit(character: str, chance: random.Random) -> str:
    kind = chance.random()
    others = alike(character)
    if kind < _REPLACED and others:
        return chance.choice(others)
    return "" if kind < _REPLACED + _LOST else character * 2


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"
