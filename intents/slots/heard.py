"""The sentence as the extractors read it: folded width, script and recogniser spaces, with a way back.

Every character of `text` knows its place in the cleaned sentence, so a quote is the citizen's own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

from intents.normalise import MAX_LENGTH, clean
from intents.slots.slot import Find, Slot, SlotName

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, ord("。"): ord(".")}
_CJK = re.compile(r"[\u3400-\u9fff]")
_WORD_LENGTH = 3.2
"""Recognisers put a space after every word; people one after a clause: run length tells."""
_MIN_SPACES = 3

BREAK = r"[\s,.!?;:、\"'“”‘’()《》…~—]"


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@dataclass(frozen=True)
class Heard:
    """A cleaned sentence, its folded form, and the position in `cleaned` of each folded character."""

    cleaned: str
    text: str
    places: tuple[int, ...]

    def slot(self, name: SlotName, find: Find) -> Slot:
        """The find with its quote taken from the cleaned sentence."""
        start, end = self.places[find.start], self.places[find.end - 1] + 1
        return Slot(name, find.value, self.cleaned[start:end], find.confidence, start, end)


def _spoken_spaces(text: str) -> bool:
    runs = text.split(" ")
    return len(runs) > _MIN_SPACES and sum(map(len, runs)) / len(runs) <= _WORD_LENGTH


def hear(text: str) -> Heard:
    """Clean and fold one sentence; only its first `MAX_LENGTH` characters are read."""
    cleaned = clean(text[: MAX_LENGTH * 2])
    wide = cleaned[:MAX_LENGTH].translate(_WIDTH)
    drop_all = _spoken_spaces(wide)
    kept: list[int] = []
    for index, character in enumerate(wide):
        if character == " ":
            before, after = wide[index - 1 : index], wide[index + 1 : index + 2]
            cjk = (bool(_CJK.match(before)), bool(_CJK.match(after)))
            if (drop_all and any(cjk)) or cjk in ((True, False), (False, True)):
                continue
        kept.append(index)
    folded = "".join(wide[index] for index in kept)
    simple = _simplifier().convert(folded)
    return Heard(cleaned, simple if len(simple) == len(folded) else folded, tuple(kept))
