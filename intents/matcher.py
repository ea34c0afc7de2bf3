"""Which intents a sentence is about: a learnt model, and rapidfuzz for sentences that nearly stand in the catalogue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from intents.catalogue import Catalogue, Consult, Matter, Outside, Smalltalk
from intents.encoder import Meaning
from intents.features import features, words_of
from intents.lexicon import Lexicon
from intents.model import Model, Scores
from intents.normalise import normalise

_SHORTEST_NEAR_EXACT = 6
_NEAR_EXACT = 94.0
"""rapidfuzz ratio above which a sentence is an example of the catalogue (a typo, a missing particle)."""
_NEAR_EXACT_AMONG = 5
_STEEPNESS, _MIDDLE = 3.0, 0.0
_URGENCY = (0.626, 4.288, 1.689, -0.719)
"""Of the alarm, the lead of the best urgent intent in total and in cosine, and 1."""
_NOTHING = 0.02
_WORDS_SHOWN = 8


@dataclass(frozen=True)
class Candidate:
    """An intent with how well it fits (0..1, 1 for an example of the catalogue), and why.

    `total` is the model's value behind `score`; `cosine` says how much of the sentence the intent knows at all,
    `inside` how much more than the best intent that is none of our business (smalltalk, outside).
    """

    intent: str
    score: float
    words: tuple[str, ...] = ()
    nearest: str = ""
    total: float = field(default=0.0, compare=False)
    cosine: float = field(default=0.0, compare=False)
    inside: float = field(default=0.0, compare=False)


class Weighed:
    """A sentence weighed against every intent."""

    def __init__(self, matcher: Matcher, text: str, scores: Scores) -> None:
        self._matcher = matcher
        self._text = text
        self._scores = scores

    def best(self, limit: int = 5, *, exact: bool = True) -> list[Candidate]:
        """Best first. With `exact`, a sentence that is (nearly) an example of the catalogue goes to its intent."""
        total, cosine = self._scores.total, self._scores.cosine
        none_of_ours = self._matcher.none_of_ours
        beside = float(cosine[none_of_ours].max()) if len(none_of_ours) else 0.0
        order = [int(row) for row in np.argsort(-total, kind="stable")[: limit + _NEAR_EXACT_AMONG]]
        best = [row for row in order if cosine[row] > _NOTHING]
        example = self._matcher.example(self._text, best[:_NEAR_EXACT_AMONG]) if exact else None
        if example is not None:
            best = [example, *(row for row in best if row != example)]
        return [
            Candidate(
                self._matcher.intents[row],
                1.0 if row == example else _score(float(total[row])),
                total=float(total[row]),
                cosine=float(cosine[row]),
                inside=float(cosine[row]) - beside,
            )
            for row in best[:limit]
        ]

    def urgency(self, urgent: frozenset[str]) -> float:
        """Chance (0..1) that it is about one of these urgent intents, whichever.

        Logistic fit on bench/understanding/dev.jsonl and the even lines of config/evaluation/zh.jsonl.
        """
        rows = self._matcher.rows(urgent)
        if not len(rows) or len(rows) == len(self._scores.total):
            return float(bool(len(rows)))
        others = np.ones(len(self._scores.total), dtype=bool)
        others[rows] = False
        lead = float(self._scores.total[rows].max() - self._scores.total[others].max())
        closer = float(self._scores.cosine[rows].max() - self._scores.cosine[others].max())
        weights = (self._scores.alarm, lead, closer, 1.0)
        return 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(_URGENCY, weights, strict=True))))


class Matcher:
    """Pure. `model` must have been trained for this catalogue: its labels are the intents in catalogue order.

    `meaning`: a plugged-in sentence encoder, if there is one.
    """

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon, model: Model, meaning: Meaning | None = None) -> None:
        self.intents = tuple(intent.id for intent in catalogue)
        self._rows = {intent: row for row, intent in enumerate(self.intents)}
        self._lexicon = lexicon
        self._model = model
        self._meaning = meaning
        self._examples = [[normalise(example) for example in intent.examples] for intent in catalogue]
        self.none_of_ours = np.array(
            [row for row, intent in enumerate(catalogue) if isinstance(intent, Outside | Smalltalk)], dtype=np.int64
        )
        self._exact = {
            text.replace(" ", ""): row
            for row, examples in reversed(list(enumerate(self._examples)))
            for text in reversed(examples)
        }

    def weigh(self, text: str, tilt: Mapping[str, float] | None = None) -> Weighed:
        """All intents for normalised text. `tilt` is added to the model's value of the intents it names."""
        scores = self._model.scores(features(self._lexicon.reread(text), self._lexicon))
        if self._meaning is not None:
            scores.total[:] += self._meaning.added(text)
        for intent, extra in (tilt or {}).items():
            scores.total[self._rows[intent]] += extra
        return Weighed(self, text, scores)

    def rank(self, text: str, limit: int = 5, tilt: Mapping[str, float] | None = None) -> list[Candidate]:
        """Best intents for normalised text; a sentence that is (nearly) an example goes to its intent."""
        return self.weigh(text, tilt).best(limit)

    def explain(self, text: str, candidate: Candidate) -> Candidate:
        """The candidate with the words that carried it and its most similar example."""
        row = self._rows[candidate.intent]
        counts = features(self._lexicon.reread(text), self._lexicon)
        carried = [words_of(feature) for value, feature in self._model.contributions(counts, row) if value > 0]
        words = _longest([word for word in carried if word][:_WORDS_SHOWN])
        nearest = max(self._examples[row], key=lambda example: fuzz.ratio(text, example))
        return replace(candidate, words=words, nearest=nearest)

    def example(self, text: str, rows: Sequence[int]) -> int | None:
        """The row of the intent that has this very sentence, or among `rows` one that differs by a typo."""
        row = self._exact.get(text.replace(" ", ""))
        if row is not None or len(text) < _SHORTEST_NEAR_EXACT:
            return row
        for likely in rows:
            if process.extractOne(text, self._examples[likely], scorer=fuzz.ratio, score_cutoff=_NEAR_EXACT):
                return likely
        return None

    @lru_cache(maxsize=16)  # noqa: B019 - a matcher lives as long as the catalogue version it was built from
    def rows(self, group: frozenset[str]) -> NDArray[np.int64]:
        """Rows of these intents."""
        return np.array([row for row, intent in enumerate(self.intents) if intent in group], dtype=np.int64)


def _score(total: float) -> float:
    return round(min(0.9999, 1 / (1 + math.exp(-_STEEPNESS * (total - _MIDDLE)))), 4)


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    """Words without those contained in a longer one, in order."""
    kept = list(words)
    return tuple(word for word in kept if not any(word != other and word in other for other in kept))


def group_of(catalogue: Catalogue, kind: type[Consult] | type[Matter]) -> frozenset[str]:
    """Ids of all intents of a kind."""
    return frozenset(intent.id for intent in catalogue if isinstance(intent, kind))
