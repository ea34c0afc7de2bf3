"""Which intents a sentence is about: a learnt model, and rapidfuzz for sentences that nearly stand in the catalogue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from intents.catalogue import Catalogue, Consult, Matter, Outside, Smalltalk
from intents.encoder import Meaning
from intents.features import features, words_of
from intents.lexicon import Lexicon
from intents.model import Model, Scores
from intents.normalise import normalise, strip_fillers
from intents.pinyin import folded

_SHORTEST_NEAR_EXACT = 6
_SHORTEST_SOUND = 3
"""Syllables from which a sentence that sounds like an example is taken for it."""
_NEAR_EXACT = 94.0
"""rapidfuzz ratio above which a sentence is an example of the catalogue (a typo, a missing particle)."""
_NEAR_EXACT_AMONG = 5
_CONSIDERED = 16
_STEEPNESS = 3.0
_URGENCY = (0.801, 5.204, 0.355, -0.875)
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
        rows = self._order[:limit]
        example = self._example if exact else None
        if example is not None:
            rows = [example, *(row for row in self._order if row != example)][:limit]
        return [self._candidate(row, certain=row == example) for row in rows]

    @cached_property
    def _order(self) -> list[int]:
        order = np.argsort(-self._scores.total, kind="stable")[:_CONSIDERED]
        return [int(row) for row in order if self._scores.cosine[row] > _NOTHING]

    @cached_property
    def _example(self) -> int | None:
        return self._matcher.example(self._text, self._order[:_NEAR_EXACT_AMONG])

    @cached_property
    def _beside(self) -> float:
        none_of_ours = self._matcher.none_of_ours
        return float(self._scores.cosine[none_of_ours].max()) if len(none_of_ours) else 0.0

    def _candidate(self, row: int, *, certain: bool) -> Candidate:
        total, cosine = float(self._scores.total[row]), float(self._scores.cosine[row])
        score = 1.0 if certain else _score(total)
        return Candidate(self._matcher.intents[row], score, total=total, cosine=cosine, inside=cosine - self._beside)

    def urgency(self, urgent: frozenset[str]) -> float:
        """Chance (0..1) that it is about one of these urgent intents, whichever.

        Logistic fit on bench/understanding/dev.jsonl and the even lines of config/evaluation/zh.jsonl.
        """
        rows, others = self._matcher.split(urgent)
        if not len(rows) or not len(others):
            return float(bool(len(rows)))
        total, cosine = self._scores.total, self._scores.cosine
        lead, closer = total[rows].max() - total[others].max(), cosine[rows].max() - cosine[others].max()
        weights = (self._scores.alarm, float(lead), float(closer), 1.0)
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
        self._exact: dict[str, int] = {}
        self._sounding: dict[tuple[str, ...], int] = {}
        listed = [(row, example) for row, examples in enumerate(self._examples) for example in examples]
        for row, example in listed:
            self._exact.setdefault(example.replace(" ", ""), row)
        for row, example in listed:  # 好的 is itself before it is 好的谢谢 without the courtesy
            self._exact.setdefault(_bare(example), row)
            self._sounding.setdefault(folded(_bare(example)), row)

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
        bare = _bare(text)
        row = self._exact.get(text.replace(" ", ""), self._exact.get(bare))
        if row is None and len(bare) >= _SHORTEST_SOUND:
            row = self._sounding.get(folded(bare))
        if row is not None or len(text) < _SHORTEST_NEAR_EXACT:
            return row
        for likely in rows:
            if process.extractOne(text, self._examples[likely], scorer=fuzz.ratio, score_cutoff=_NEAR_EXACT):
                return likely
        return None

    @lru_cache(maxsize=16)  # noqa: B019 - a matcher lives as long as the catalogue version it was built from
    def split(self, group: frozenset[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of these intents, and of all others."""
        member = np.array([intent in group for intent in self.intents], dtype=bool)
        return np.flatnonzero(member), np.flatnonzero(~member)


def _bare(text: str) -> str:
    """Normalised text without hesitation, courtesies and spaces."""
    return strip_fillers(text).replace(" ", "")


def _score(total: float) -> float:
    return round(min(0.9999, 1 / (1 + math.exp(-_STEEPNESS * total))), 4)


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    """Words without those contained in a longer one, in order."""
    kept = list(words)
    return tuple(word for word in kept if not any(word != other and word in other for other in kept))


def group_of(catalogue: Catalogue, kind: type[Consult] | type[Matter]) -> frozenset[str]:
    """Ids of all intents of a kind."""
    return frozenset(intent.id for intent in catalogue if isinstance(intent, kind))
