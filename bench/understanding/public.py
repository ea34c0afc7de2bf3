"""The public sets, clean and misheard: the product's features and training beside rapidfuzz and a linear SVM.

Only training parts are learnt from; nothing was chosen on the test parts. Rasa DIET and the goals are quoted from the
README of ../shared/data, not measured here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from bench.report import show
from bench.understanding.public_sets import (
    FOLDER,
    NOISE,
    Labelled,
    Questions,
    customer_service,
    frequent_questions,
    small_talk,
    smp2017,
)
from bench.understanding.retrieval import QuestionIndex
from frontdesk.knowledge import lexicon_of
from frontdesk.settings import home
from intents.features import features
from intents.lexicon import Lexicon
from intents.normalise import normalise
from intents.training import Document, train

QUOTED = {
    "smp2017": ("87.4/84.9/80.1/75.1", "89/–/87/86"),
    "small-talk": ("82.2/79.2/72.1/67.7", "82/–/81/80"),
    "cic": ("–", "82/–/79/78"),
    "faq": ("–", "86/–/84/83"),
    "outside": ("68.6/–/67.1/–", "91/–/89/–"),
}
"""Rasa DIET 3.6 and the goal, % at 0/10/20/30 % errors."""
HELD_OUT = 8
"""Labels that are left out of training and count as out of scope, in rotation."""


@dataclass(frozen=True)
class Guess:
    """The label of a text, and how sure (any scale, larger is surer)."""

    label: int
    sure: float


Guesser = Callable[[Sequence[str]], list[Guess]]
Maker = Callable[[Sequence[str], Sequence[int], int, Lexicon], Guesser]


def product(texts: Sequence[str], labels: Sequence[int], count: int, lexicon: Lexicon) -> Guesser:
    """The product. Sure: best total plus share of known features, as chosen on the dev part of SMP2017."""
    model = train([Document(label, _features(text, lexicon)) for text, label in zip(texts, labels, strict=True)], count)

    def guess(asked: Sequence[str]) -> list[Guess]:
        found = []
        for text in asked:
            counts = _features(text, lexicon)
            total = model.scores(counts).total
            known = sum(feature in model.space.numbers for feature in counts) / max(1, len(counts))
            found.append(Guess(int(total.argmax()), float(total.max()) + known))
        return found

    return guess


def nearest(texts: Sequence[str], labels: Sequence[int], _count: int, _lexicon: Lexicon) -> Guesser:
    """rapidfuzz extractOne by ratio."""

    def guess(asked: Sequence[str]) -> list[Guess]:
        found = (process.extractOne(text, texts, scorer=fuzz.ratio) for text in asked)
        return [Guess(labels[at], score) for _, score, at in found]

    return guess


def separator(texts: Sequence[str], labels: Sequence[int], _count: int, _lexicon: Lexicon) -> Guesser:
    """A linear SVM over the tf-idf of one to three characters."""
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    machine = LinearSVC(C=1.0, random_state=0).fit(vectors.fit_transform(texts), labels)

    def guess(asked: Sequence[str]) -> list[Guess]:
        values = machine.decision_function(vectors.transform(asked))
        return [
            Guess(int(machine.classes_[at]), float(row[at])) for row, at in zip(values, values.argmax(1), strict=True)
        ]

    return guess


PEERS: tuple[tuple[str, Maker], ...] = (("product", product), ("extractOne", nearest), ("linear SVM", separator))


def main(*, quick: bool = False) -> None:
    """Measure and print; says so where there is no data."""
    if not FOLDER.is_dir():
        print(f"Public sets: not measured, there is no {FOLDER}. They may not be part of the project.")
        return
    lexicon = lexicon_of(home() / "config")
    rates = NOISE[:1] if quick else NOISE
    sets = (smp2017(), small_talk()) if quick else (smp2017(), small_talk(), customer_service())
    for each in sets:
        rows = [_accuracy(name, make, each, rates, lexicon) for name, make in PEERS]
        _shown(f"{each.name}: accuracy, {len(each.names)} labels, {len(each.wanted)} asked", each.name, rates, rows)
    if quick:
        return
    _retrieval(frequent_questions())
    _out_of_scope(smp2017(), lexicon)


def _features(text: str, lexicon: Lexicon) -> dict[str, int]:
    return features(lexicon.reread(normalise(text)), lexicon)


def _accuracy(name: str, make: Maker, each: Labelled, rates: Sequence[int], lexicon: Lexicon) -> list[str]:
    number = {label: at for at, label in enumerate(each.names)}
    wanted = np.array([number.get(label, -1) for label in each.wanted])
    started = time.perf_counter()
    guess = make(each.texts, [number[label] for label in each.labels], len(number), lexicon)
    ready = time.perf_counter() - started
    shares = [np.mean(np.array([found.label for found in guess(each.asked[rate])]) == wanted) for rate in rates]
    return [name, *(f"{100 * share:.1f}" for share in shares), f"{ready:.1f}"]


def _shown(title: str, key: str, rates: Sequence[int], rows: list[list[str]]) -> None:
    diet, goal = QUOTED[key]
    quoted = [
        [name, *(figure for figure, rate in zip(figures.split("/"), NOISE, strict=False) if rate in rates)]
        for name, figures in (("Rasa DIET (quoted)", diet), ("goal (quoted)", goal))
    ]
    columns = ("%", *(f"{rate}% errors" if rate else "clean" for rate in rates), "ready after s")
    show(title, columns, [*rows, *([*row, *[""] * (len(columns) - len(row))] for row in quoted)])


def _retrieval(questions: Questions) -> None:
    started = time.perf_counter()
    index = QuestionIndex(questions.texts)
    ready = time.perf_counter() - started

    def theirs(text: str) -> int:
        return int(process.extractOne(text, questions.texts, scorer=fuzz.ratio)[2])

    rows = []
    for name, find, after in (("characters + syllables", index.find, f"{ready:.1f}"), ("extractOne", theirs, "0.0")):
        shares = [
            np.mean([find(text) in gold for text, gold in zip(questions.asked[rate], questions.wanted, strict=True)])
            for rate in NOISE
        ]
        rows.append([name, *(f"{100 * share:.1f}" for share in shares), after])
    _shown(f"LCQMC: right question first, {len(questions.texts)} questions, 1500 queries", "faq", NOISE, rows)


def _out_of_scope(each: Labelled, lexicon: Lexicon) -> None:
    """AUROC of sureness: test sentences of labels left out of training against the others; mean over rotations."""
    rows = []
    names = sorted(each.names)
    rounds = [frozenset(names[at : at + HELD_OUT]) for at in range(0, len(names) - HELD_OUT + 1, HELD_OUT)]
    for name, make in PEERS:
        areas: list[list[float]] = []
        started = time.perf_counter()
        for held in rounds:
            number = {label: at for at, label in enumerate(label for label in each.names if label not in held)}
            kept = [(t, number[label]) for t, label in zip(each.texts, each.labels, strict=True) if label in number]
            guess = make([t for t, _ in kept], [label for _, label in kept], len(number), lexicon)
            known = [label in number for label in each.wanted]
            areas.append([_area(known, [g.sure for g in guess(each.asked[rate])]) for rate in NOISE])
        mean = np.array(areas).mean(axis=0)
        rows.append([name, *(f"{100 * area:.1f}" for area in mean), f"{time.perf_counter() - started:.1f}"])
    title = f"smp2017, {HELD_OUT} labels held out, {len(rounds)} rotations: AUROC of sureness (quoted: other 8 labels)"
    _shown(title, "outside", NOISE, rows)


def _area(known: Sequence[bool], sure: Sequence[float]) -> float:
    asked: NDArray[np.bool_] = np.array(known)
    return float(roc_auc_score(asked, sure))


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
