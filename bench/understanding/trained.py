"""The road not taken: a linear model trained on the same features, beside the prototype matcher.

Not part of `python -m bench`: it needs scikit-learn, which the product does not. `pip install scikit-learn` first.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from bench.report import show
from bench.sentences import Sentence, sentences
from bench.understanding.noise import noisy
from frontdesk.knowledge import load_knowledge
from frontdesk.settings import home
from intents.matcher import Matcher, features
from intents.normalise import normalise

Ranking = Callable[[Sequence[str]], list[list[str]]]


def main() -> None:
    """Train, measure and print. Neither side gets rules, tilts or thresholds."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
        from sklearn.svm import LinearSVC  # noqa: PLC0415
    except ImportError:
        sys.exit("needs scikit-learn: pip install scikit-learn")
    catalogue = load_knowledge(home() / "config").catalogue
    texts = [normalise(example) for intent in catalogue for example in intent.examples]
    labels = [intent.id for intent in catalogue for _ in intent.examples]

    started = time.perf_counter()
    matcher = Matcher(catalogue)
    built = time.perf_counter() - started

    started = time.perf_counter()
    vectors = TfidfVectorizer(analyzer=lambda text: list(features(text).elements()), sublinear_tf=True)
    model = LinearSVC(C=0.5).fit(vectors.fit_transform(texts), labels)
    trained = time.perf_counter() - started

    def by_prototype(asked: Sequence[str]) -> list[list[str]]:
        return [[candidate.intent for candidate in matcher.rank(text, 3)] for text in asked]

    def by_model(asked: Sequence[str]) -> list[list[str]]:
        best = (-model.decision_function(vectors.transform(asked))).argsort(axis=1)[:, :3]
        return [[str(model.classes_[at]) for at in row] for row in best]

    rows = [
        _row(kind, parity, rate, by_prototype, by_model)
        for rate in (0.0, 0.2)
        for kind in ("consult", "matter")
        for parity in (0, 1)
    ]
    show(
        "Prototype matcher / LinearSVC on the same features: %",
        ("sentences", "n", "first", "among first 3"),
        rows,
        [f"ready after: prototype {built:.1f} s, LinearSVC {trained:.1f} s"],
    )


def _row(kind: str, parity: int, rate: float, ours: Ranking, theirs: Ranking) -> list[str]:
    lines = [line for line in sentences() if line.kind == kind and line.at % 2 == parity]
    asked = [normalise(noisy(line.text, rate, line.at) if rate else line.text) for line in lines]
    mine, other = ours(asked), theirs(asked)
    name = f"{kind}, {('even', 'odd')[parity]} lines, {f'{rate:.0%} noise' if rate else 'clean'}"
    return [name, str(len(lines)), *(f"{_share(lines, mine, k)} / {_share(lines, other, k)}" for k in (1, 3))]


def _share(lines: Sequence[Sentence], ranked: Sequence[Sequence[str]], count: int) -> str:
    hits = sum(line.intent in row[:count] for line, row in zip(lines, ranked, strict=True))
    return f"{100 * hits / len(lines):.1f}"


if __name__ == "__main__":
    main()
