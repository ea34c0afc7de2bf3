"""Expected phrases as a run-time grammar: each phrase cut into words that the model knows. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivr.hypotheses import UNKNOWN

LONGEST_WORD = 8
"""Characters; hotline models hold few longer words."""


@dataclass(frozen=True)
class Grammar:
    """Phrases as words separated by spaces, and the characters for which the model has no word."""

    phrases: tuple[str, ...]
    missing: frozenset[str]

    def as_json(self) -> str:
        """The list that Vosk takes, open to anything else through [unk]."""
        return json.dumps([*self.phrases, UNKNOWN], ensure_ascii=False)


def grammar(phrases: Sequence[str], knows: Callable[[str], bool]) -> Grammar:
    """Phrases that the model can say. One with a character outside every word is left out and its character named."""
    kept: dict[str, None] = {}
    missing: set[str] = set()
    for phrase in phrases:
        written = "".join(character for character in phrase if character.isalnum())
        if not written:
            continue
        words, unknown = _cut(written, knows)
        if unknown:
            missing.update(unknown)
        else:
            kept[" ".join(words)] = None
    return Grammar(tuple(kept), frozenset(missing))


def _cut(text: str, knows: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """The fewest known words that spell the text; and the characters that no word covers."""
    best: list[tuple[int, int, list[str], list[str]]] = [(0, 0, [], [])]
    for end in range(1, len(text) + 1):
        ways = []
        for start in range(max(0, end - LONGEST_WORD), end):
            lost, count, words, unknown = best[start]
            piece = text[start:end]
            if knows(piece):
                ways.append((lost, count + 1, [*words, piece], unknown))
            elif len(piece) == 1:
                ways.append((lost + 1, count, words, [*unknown, piece]))
        best.append(min(ways, key=lambda way: way[:2]))
    return best[-1][2], best[-1][3]
