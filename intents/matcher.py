"""Which intents a sentence is about: one damped prototype an intent over characters and folded syllables.

An intent's prototype adds the tf-idf vectors of its examples and title, with every weight damped (power 0.35)
so that what many examples share in passing does not outweigh the rare word that tells intents apart.
A query is compared by cosine through an inverted index. Everything is deterministic; nothing is trained.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from intents.catalogue import Catalogue, Consult, Matter
from intents.normalise import normalise, strip_fillers
from intents.pinyin import folded

_DAMPING = 0.35
_TITLE_WEIGHT = 0.8
_KEYWORD_WEIGHT = 0.5
_CHARACTER_WEIGHTS = {1: 1.8, 2: 1.0, 3: 0.4}
_SYLLABLE_WEIGHTS = {2: 0.55, 3: 0.2}
"""By n-gram size. People rarely repeat an example's phrases, but they do use its characters (bench/understanding)."""
_CODES = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][a-z0-9]{5,6}|\d{6,}")
"""Plates, phone and case numbers say nothing about the intent."""
_SHORTEST_NEAR_EXACT = 6
_UNIT = re.compile(r"[a-z]+|\S")
_SEPARATOR = "\u200a"
_EXACT = 94.0
"""rapidfuzz ratio above which a sentence is an example of the catalogue (a typo, a missing particle)."""


@dataclass(frozen=True)
class Candidate:
    """An intent with its cosine (0..1), the words that carried it, and the most similar example."""

    intent: str
    score: float
    words: tuple[str, ...] = ()
    nearest: str = ""


def features(text: str) -> Counter[str]:
    """Character 1- to 3-grams and folded-syllable 2- and 3-grams (prefixed ~) of normalised text.

    A Latin word counts as one character: its letters say nothing.
    """
    plain = _CODES.sub("", strip_fillers(text))
    units = _UNIT.findall(plain)
    sounds = folded(plain)
    found: Counter[str] = Counter(
        _SEPARATOR.join(units[at : at + size]) for size in (1, 2, 3) for at in range(len(units) - size + 1)
    )
    found.update("~" + "-".join(sounds[at : at + size]) for size in (2, 3) for at in range(len(sounds) - size + 1))
    return found


class Matcher:
    """Built from a catalogue in about a second; then pure."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._intents = [intent.id for intent in catalogue]
        self._examples: dict[str, list[str]] = {
            intent.id: [normalise(example) for example in intent.examples] for intent in catalogue
        }
        documents: list[tuple[int, float, Counter[str]]] = []
        for row, intent in enumerate(catalogue):
            documents += [(row, 1.0, features(example)) for example in self._examples[intent.id]]
            documents.append((row, _TITLE_WEIGHT, features(normalise(intent.title))))
            if isinstance(intent, Matter):
                documents += [(row, _KEYWORD_WEIGHT, features(normalise(word))) for word in intent.keywords]
        frequency: Counter[str] = Counter()
        total = 0
        for _, weight, counts in documents:
            if weight == 1.0:
                total += 1
                frequency.update(counts.keys())
        self._idf = {
            feature: (math.log((1 + total) / (1 + seen)) + 1) * _kind_weight(feature)
            for feature, seen in frequency.items()
        }
        self._unknown_idf = math.log(1 + total) + 1
        self._postings = self._index(documents)
        self._flat = [(normalised, intent) for intent, examples in self._examples.items() for normalised in examples]
        self._flat_texts = [text for text, _ in self._flat]
        self._exact = {text.replace(" ", ""): intent for text, intent in reversed(self._flat)}

    def _index(self, documents: Iterable[tuple[int, float, Counter[str]]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        sums: list[defaultdict[str, float]] = [defaultdict(float) for _ in self._intents]
        for row, weight, counts in documents:
            vector = self._vector(counts)
            for feature, value in vector.items():
                sums[row][feature] += weight * value
        postings: dict[str, list[tuple[int, float]]] = {}
        for row, prototype in enumerate(sums):
            damped = {feature: value**_DAMPING for feature, value in prototype.items()}
            norm = math.sqrt(sum(value * value for value in damped.values())) or 1.0
            for feature, value in damped.items():
                postings.setdefault(feature, []).append((row, value / norm))
        return {
            feature: (
                np.array([row for row, _ in entries], dtype=np.int32),
                np.array([value for _, value in entries], dtype=np.float32),
            )
            for feature, entries in postings.items()
        }

    def _vector(self, counts: Counter[str]) -> dict[str, float]:
        """Unit tf-idf vector; unseen features take part in the length, so strange sentences score low."""
        weights = {
            feature: (1 + math.log(count)) * self._idf.get(feature, self._unknown_idf * _kind_weight(feature) * 0.5)
            for feature, count in counts.items()
        }
        norm = math.sqrt(sum(value * value for value in weights.values())) or 1.0
        return {feature: value / norm for feature, value in weights.items()}

    def rank(
        self,
        text: str,
        limit: int = 5,
        tilt: Sequence[tuple[frozenset[str], float]] = (),
        *,
        exact: bool = True,
    ) -> list[Candidate]:
        """Best intents for normalised text. `tilt` multiplies the scores of groups of intents.

        With `exact`, a sentence that is (nearly) an example of the catalogue goes to its intent.
        """
        vector = self._vector(features(text))
        scores = np.zeros(len(self._intents), dtype=np.float32)
        for feature, weight in vector.items():
            entry = self._postings.get(feature)
            if entry is not None:
                scores[entry[0]] += weight * entry[1]
        for group, factor in tilt:
            scores[self._rows(group)] *= factor
        best = np.argsort(-scores, kind="stable")[:limit]
        known = (self._exact.get(text.replace(" ", "")) or self._near_exact(text, best.tolist())) if exact else None
        if known is not None:
            scores[self._intents.index(known)] = 1.0
            best = np.argsort(-scores, kind="stable")[:limit]
        return [Candidate(self._intents[row], round(float(scores[row]), 4)) for row in best if scores[row] > 0.02]

    def explain(self, text: str, candidate: Candidate) -> Candidate:
        """The candidate with the words that carried it and its most similar example."""
        row = self._intents.index(candidate.intent)
        weights: list[tuple[float, str]] = []
        for feature, weight in self._vector(features(text)).items():
            entry = self._postings.get(feature)
            if entry is None or feature.startswith("~"):
                continue
            at = int(np.searchsorted(entry[0], row))
            if at < len(entry[0]) and entry[0][at] == row:
                weights.append((weight * float(entry[1][at]), feature))
        weights.sort(key=lambda pair: (-pair[0], pair[1]))
        nearest = max(self._examples[candidate.intent], key=lambda example: fuzz.ratio(text, example))
        words = _longest(word.replace(_SEPARATOR, "") for _, word in weights[:8])
        return Candidate(candidate.intent, candidate.score, words, nearest)

    def nearest(self, text: str) -> tuple[str, str, float]:
        """(example, intent, rapidfuzz ratio 0..100) of the most similar example of all."""
        found = process.extractOne(text, self._flat_texts, scorer=fuzz.ratio)
        assert found is not None, "a catalogue has at least one example"
        return found[0], self._flat[found[2]][1], found[1]

    def _near_exact(self, text: str, rows: list[int]) -> str | None:
        """The intent, among these rows, of an example that differs from the text by a typo."""
        if len(text) < _SHORTEST_NEAR_EXACT:
            return None
        for row in rows:
            intent = self._intents[row]
            if process.extractOne(text, self._examples[intent], scorer=fuzz.ratio, score_cutoff=_EXACT):
                return intent
        return None

    @lru_cache(maxsize=64)  # noqa: B019 - a matcher lives as long as the catalogue version it was built from
    def _rows(self, group: frozenset[str]) -> np.ndarray:
        return np.array([row for row, intent in enumerate(self._intents) if intent in group], dtype=np.int32)


def _kind_weight(feature: str) -> float:
    if feature.startswith("~"):
        return _SYLLABLE_WEIGHTS[feature.count("-") + 1]
    return _CHARACTER_WEIGHTS[feature.count(_SEPARATOR) + 1]


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    """Words without those contained in a longer one, in order."""
    kept = list(words)
    return tuple(word for word in kept if not any(word != other and word in other for other in kept))


def group_of(catalogue: Catalogue, kind: type[Consult] | type[Matter]) -> frozenset[str]:
    """Ids of all intents of a kind."""
    return frozenset(intent.id for intent in catalogue if isinstance(intent, kind))
