"""Learning from labelled sentences.

Two views are added. The *prototype* of a label sums the vectors of its sentences, every weight damped so that what
many of them share in passing does not outweigh the rare word that tells labels apart: it generalises from few
sentences. The *separator* is a linear support vector machine (one against the rest): it learns from many sentences
which words tell close labels apart. Both are linear, so they are one sparse table. Same input, same model.

Slow to import (scikit-learn): only those who train should.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from intents.catalogue import Catalogue, Matter
from intents.features import features
from intents.lexicon import Lexicon
from intents.model import Model
from intents.normalise import normalise
from intents.space import Indices, Space, Values, space_of

TITLE_WEIGHT = 0.8
KEYWORD_WEIGHT = 0.5
DAMPING = 0.5
REGULARISATION = 1.0
ALARM_REGULARISATION = 10.0
SEEN_TWICE = 2
"""Features of fewer sentences are left to the prototypes."""
SMALLEST = 0.004
"""Separator weights below this share of the largest are dropped."""


@dataclass(frozen=True)
class Document:
    """A labelled sentence as features. `weight` 1 for an example; less for titles and keywords."""

    label: int
    counts: Counter[str]
    weight: float = 1.0


def train_catalogue(catalogue: Catalogue, lexicon: Lexicon) -> Model:
    """The model of a catalogue; labels are its intents in order."""
    documents = []
    for label, intent in enumerate(catalogue):
        for example in dict.fromkeys(map(normalise, intent.examples)):
            documents.append(Document(label, features(lexicon.reread(example), lexicon)))
        documents.append(Document(label, features(normalise(intent.title), lexicon), TITLE_WEIGHT))
        for keyword in intent.keywords if isinstance(intent, Matter) else ():
            documents.append(Document(label, features(normalise(keyword), lexicon), KEYWORD_WEIGHT))
    urgent = [label for label, intent in enumerate(catalogue) if isinstance(intent, Matter) and intent.priority == "P1"]
    return train(documents, len(catalogue), urgent)


def train(documents: Sequence[Document], labels: int, urgent: Collection[int] = ()) -> Model:
    """The model of these documents; every label from 0 to `labels` - 1 should have one of weight 1.

    `urgent` labels are those that raise the alarm.
    """
    space = space_of([document.counts for document in documents if document.weight == 1.0])
    vectors = _table([space.vector(document.counts) for document in documents], len(space.numbers))
    label = np.array([document.label for document in documents])
    weight = np.array([document.weight for document in documents])
    prototypes = _prototypes(vectors, label, weight, labels)
    examples = weight == 1.0
    separator, bias = _separator(vectors[examples], label[examples], labels)
    alarm, alarm_bias = _alarm(vectors[examples], np.isin(label[examples], list(urgent)))
    return _combined(space, labels, prototypes, separator, bias, alarm, alarm_bias)


def _table(vectors: Sequence[tuple[Indices, Values]], width: int) -> Any:
    starts = np.concatenate(([0], np.cumsum([len(numbers) for numbers, _ in vectors])))
    numbers = np.concatenate([numbers for numbers, _ in vectors])
    values = np.concatenate([values for _, values in vectors])
    return sparse.csr_matrix((values, numbers, starts), shape=(len(vectors), width))


def _prototypes(vectors: Any, label: NDArray[Any], weight: NDArray[Any], labels: int) -> Any:
    """Labels x features, rows of length 1."""
    members = sparse.csr_matrix((weight, (label, np.arange(len(label)))), shape=(labels, len(label)))
    sums = (members @ vectors).tocsr()
    sums.data **= DAMPING
    lengths = np.sqrt(np.asarray(sums.multiply(sums).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-9)) @ sums


def _separator(vectors: Any, label: NDArray[Any], labels: int) -> tuple[Any, Values]:
    """Labels x features and bias. With a single label there is nothing to separate."""
    bias = np.zeros(labels, dtype=np.float32)
    present = np.unique(label)
    seen = np.asarray((vectors > 0).sum(axis=0)).ravel()
    kept = np.flatnonzero(seen >= SEEN_TWICE)
    if len(present) < 2 or not len(kept):
        return sparse.csr_matrix((labels, vectors.shape[1]), dtype=np.float32), bias
    machine = LinearSVC(C=REGULARISATION, tol=1e-2, random_state=0)
    with warnings.catch_warnings():  # a small catalogue has few examples for each label, and that is fine
        warnings.filterwarnings("ignore", "The number of unique classes is greater than", UserWarning)
        machine.fit(vectors[:, kept], label)
    weights, intercept = machine.coef_, machine.intercept_
    if len(present) == 2:  # one machine decides between two
        weights, intercept = np.vstack([-weights, weights]), np.array([-intercept[0], intercept[0]])
    weights[np.abs(weights) < SMALLEST * np.abs(weights).max()] = 0
    narrow = sparse.coo_matrix(weights)
    bias[:] = -1.0  # as sure as the machine ever is that it is not this one
    bias[present] = intercept
    table = sparse.csr_matrix(
        (narrow.data, (present[narrow.row], kept[narrow.col])), shape=(labels, vectors.shape[1]), dtype=np.float32
    )
    return table, bias


def _alarm(vectors: Any, urgent: NDArray[np.bool_]) -> tuple[Values, float]:
    """Feature weights and bias of a logistic regression: urgent sentences against all others, both sides equal."""
    if urgent.all() or not urgent.any():
        return np.zeros(vectors.shape[1], dtype=np.float32), -10.0
    machine = LogisticRegression(C=ALARM_REGULARISATION, class_weight="balanced", solver="liblinear", random_state=0)
    machine.fit(vectors, urgent)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def _combined(
    space: Space, labels: int, prototypes: Any, separator: Any, bias: Values, alarm: Values, alarm_bias: float
) -> Model:
    """Both tables over the union of their entries, by feature."""
    pattern = (abs(prototypes) + abs(separator)).T.tocsr()
    pattern.sort_indices()
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    columns = pattern.indices
    by_feature = [np.asarray(table.T.tocsr()[rows, columns]).ravel() for table in (prototypes, separator)]
    return Model(
        space,
        labels,
        pattern.indptr.astype(np.int64),
        columns.astype(np.int16),
        by_feature[0].astype(np.float32),
        by_feature[1].astype(np.float32),
        bias.astype(np.float32),
        alarm,
        alarm_bias,
    )
