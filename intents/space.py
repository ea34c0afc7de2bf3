"""The vector space of sentences: features to unit tf-idf vectors over a vocabulary."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.features import weight_of

Indices = NDArray[np.int32]
Values = NDArray[np.float32]
_UNKNOWN = 0.5
"""Share of a rare feature's weight that a never seen one has in a vector's length."""


@dataclass(frozen=True)
class Space:
    """Features by number, with their weight (inverse document frequency times the weight of their kind)."""

    numbers: Mapping[str, int]
    weights: Values
    rarest: float
    """Inverse document frequency of a feature that no example has."""

    def vector(self, counts: Mapping[str, int]) -> tuple[Indices, Values]:
        """Unit vector: numbers and values of the known features.

        Unknown features take part in the length only, so that strange sentences are like nothing.
        """
        numbers: list[int] = []
        often: list[int] = []
        unknown = 0.0
        for feature, count in counts.items():
            number = self.numbers.get(feature)
            if number is None:
                unknown += weight_of(feature) ** 2
            else:
                numbers.append(number)
                often.append(count)
        known = np.array(numbers, dtype=np.int32)
        values = self.weights[known] * (1 + np.log(np.array(often, dtype=np.float32)))
        length = math.sqrt(float(values @ values) + unknown * (self.rarest * _UNKNOWN) ** 2) or 1.0
        return known, values / np.float32(length)


def space_of(documents: Sequence[Counter[str]]) -> Space:
    """The space that these documents span."""
    frequency: Counter[str] = Counter()
    for counts in documents:
        frequency.update(counts.keys())
    total = len(documents)
    weights = [(math.log((1 + total) / (1 + seen)) + 1) * weight_of(feature) for feature, seen in frequency.items()]
    numbers = {feature: number for number, feature in enumerate(frequency)}
    return Space(numbers, np.array(weights, dtype=np.float32), math.log(1 + total) + 1)
