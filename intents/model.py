"""What was learnt from labelled sentences: how much every feature speaks for every label (see `intents.training`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.space import Indices, Space, Values

PROTOTYPE_SHARE = 2.0
"""Weight of the prototypes' cosine beside the separator's decision value."""


@dataclass(frozen=True)
class Scores:
    """Of every label: `total` decides; `cosine` (0..1) says how well its prototype is met at all.

    `alarm` is above 0 for a sentence more like those of urgent labels than like the rest (log odds).
    """

    total: Values
    cosine: Values
    alarm: float


@dataclass(frozen=True)
class Model:
    """A sparse table with a row for each feature of the space: labels, prototype weights, separator weights."""

    space: Space
    labels: int
    starts: NDArray[np.int64]
    columns: NDArray[np.int16]
    prototype: Values
    separator: Values
    bias: Values
    alarm: Values
    """Weight of each feature of the space for the alarm."""
    alarm_bias: float

    def scores(self, counts: Mapping[str, int]) -> Scores:
        """Scores of a sentence."""
        numbers, values = self.space.vector(counts)
        entries, weights = self._entries(numbers, values)
        columns = self.columns[entries]
        cosine = np.bincount(columns, weights * self.prototype[entries], self.labels)
        separated = np.bincount(columns, weights * self.separator[entries], self.labels)
        total = PROTOTYPE_SHARE * cosine + separated + self.bias
        alarm = float(values @ self.alarm[numbers]) + self.alarm_bias
        return Scores(total.astype(np.float32), cosine.astype(np.float32), alarm)

    def contributions(self, counts: Mapping[str, int], label: int) -> list[tuple[float, str]]:
        """What each feature of the sentence adds to the label's total, most first."""
        found = []
        for feature in counts:
            number = self.space.numbers.get(feature)
            if number is None:
                continue
            row = slice(int(self.starts[number]), int(self.starts[number + 1]))
            at = np.flatnonzero(self.columns[row] == label)
            if len(at):
                entry = row.start + int(at[0])
                weight = PROTOTYPE_SHARE * float(self.prototype[entry]) + float(self.separator[entry])
                found.append((weight * float(self.space.weights[number]), feature))
        return sorted(found, key=lambda pair: (-pair[0], pair[1]))

    def _entries(self, numbers: Indices, values: Values) -> tuple[NDArray[np.int64], Values]:
        """Positions in the table of all entries of these rows, with the row's value for each."""
        begins, ends = self.starts[numbers], self.starts[numbers + 1]
        counts = ends - begins
        offsets = np.repeat(begins - np.concatenate(([0], np.cumsum(counts)[:-1])), counts) if len(counts) else counts
        return offsets + np.arange(counts.sum()), np.repeat(values, counts)
