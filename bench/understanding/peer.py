"""The peer: the most similar example by rapidfuzz ratio decides everything. No rules, no threshold, no questions."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from intents.catalogue import Catalogue, Matter, Outside, Smalltalk
from intents.normalise import normalise


@dataclass(frozen=True)
class Guess:
    """The intents of the most similar examples, best first, and what the first of them brings."""

    intents: tuple[str, ...]
    queue: str | None
    priority: str | None
    in_scope: bool


class NearestExample:
    """extractOne over all examples of the catalogue (extract, for the best three intents)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        pairs = [(normalise(example), intent.id) for intent in catalogue for example in intent.examples]
        self._texts = [text for text, _ in pairs]
        self._intents = [intent for _, intent in pairs]

    def guess(self, text: str) -> Guess:
        """The nearest example's intent."""
        found = process.extract(normalise(text), self._texts, scorer=fuzz.ratio, limit=40)
        intents = tuple(dict.fromkeys(self._intents[index] for _, _, index in found))[:3]
        first = self._catalogue[intents[0]]
        matter = first if isinstance(first, Matter) else None
        return Guess(
            intents,
            matter.queue if matter else None,
            matter.priority if matter else None,
            not isinstance(first, Outside | Smalltalk),
        )
