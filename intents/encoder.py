"""A sentence encoder that a city may plug in: vectors that lie close for sentences of one meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from intents.catalogue import Catalogue
from intents.normalise import normalise

ENCODER_SHARE = 1.0
"""Weight of the cosine to an intent's centroid beside the model's total."""

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Whatever turns sentences into vectors. Pure and thread-safe."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text."""
        ...


class Meaning:
    """What an encoder adds to the matcher. `centroids`: a row of length 1 for each intent, in catalogue order."""

    def __init__(self, encoder: Encoder, centroids: Vectors) -> None:
        self.centroids = centroids
        self._encoder = encoder

    def added(self, text: str) -> Vectors:
        """What is added to every intent's total for normalised text.

        The mean over all intents is taken off: encoders give unrelated sentences cosines far from 0, and the totals
        must keep the level that confidence was fitted to.
        """
        cosines = self.centroids @ self._encoder.encode([text])[0]
        return np.asarray(ENCODER_SHARE * (cosines - cosines.mean()), dtype=np.float32)


def centroids_of(catalogue: Catalogue, encoder: Encoder) -> Vectors:
    """The direction of the mean of each intent's examples. Slow: all examples pass through the encoder."""
    rows = []
    for intent in catalogue:
        mean = encoder.encode([normalise(example) for example in intent.examples]).mean(axis=0)
        rows.append(mean / max(float(np.linalg.norm(mean)), 1e-9))
    return np.array(rows, dtype=np.float32)
