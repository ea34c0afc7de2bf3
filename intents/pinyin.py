"""Syllables of a sentence, folded by the confusions of Zhejiang-accented Mandarin.

Equal are 平舌 and 翘舌, 前鼻音 and 后鼻音, n and l, 黄 and 王, 胡 and 吴. Tones are dropped: recognisers confuse them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_FINALS = (("iang", "ian"), ("uang", "uan"), ("ing", "in"), ("eng", "en"), ("ang", "an"))
_TOKEN = re.compile(r"[a-z]+|\d|.")


@lru_cache(maxsize=20_000)
def _character(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.NORMAL)[0])


def syllables(text: str) -> tuple[str, ...]:
    """Toneless syllables of normalised text, one a character; Latin words and digits stay whole."""
    return tuple(
        _character(piece) if len(piece) == 1 and piece > "\u3400" else piece
        for piece in _TOKEN.findall(text)
        if not piece.isspace()
    )


@lru_cache(maxsize=4_000)
def fold(syllable: str) -> str:
    """The syllable with confusable initials and finals made equal: shang -> san, lin -> nin, hu -> wu."""
    if syllable in ("hu", "wu"):
        return "wu"
    if syllable in ("huang", "wang"):
        return "wan"
    for initial, plain in _INITIALS:
        if syllable.startswith(initial):
            syllable = plain + syllable[2:]
            break
    if syllable[:1] == "l":
        syllable = "n" + syllable[1:]
    for final, plain in _FINALS:
        if syllable.endswith(final):
            return syllable[: -len(final)] + plain
    return syllable


def folded(text: str) -> tuple[str, ...]:
    """Folded syllables of normalised text."""
    return tuple(fold(syllable) for syllable in syllables(text))
