"""The peers: the most similar example, or a linear model, decides everything. No rules, no threshold, no questions."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from frontdesk.evaluation import Outcome, Sentence
from intents.catalogue import Catalogue, Consult, Matter
from intents.normalise import normalise
from intents.understanding import Decision

_RANKED = 3


class NearestExample:
    """rapidfuzz extractOne over all examples of the catalogue (extract, for the best three intents)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._texts, self._intents = _examples(catalogue)

    def outcome(self, sentence: Sentence, text: str) -> Outcome:
        """What comes of the sentence, heard as `text`."""
        found = process.extract(normalise(text), self._texts, scorer=fuzz.ratio, limit=40)
        ranked = tuple(dict.fromkeys(self._intents[index] for _, _, index in found))
        return _outcome(self._catalogue, sentence, text, ranked[:_RANKED], found[0][1] / 100)


class LinearMachine:
    """A linear SVM over the tf-idf of one to three characters of all examples."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        texts, intents = _examples(catalogue)
        self._vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        self._machine = LinearSVC(C=1.0, random_state=0).fit(self._vectors.fit_transform(texts), intents)

    def outcome(self, sentence: Sentence, text: str) -> Outcome:
        """What comes of the sentence, heard as `text`."""
        (values,) = self._machine.decision_function(self._vectors.transform([normalise(text)]))
        best = (-values).argsort()[:_RANKED]
        ranked = tuple(str(self._machine.classes_[at]) for at in best)
        return _outcome(self._catalogue, sentence, text, ranked, min(1.0, max(0.0, (1 + float(values[best[0]])) / 2)))


def _examples(catalogue: Catalogue) -> tuple[list[str], list[str]]:
    pairs = [(normalise(example), intent.id) for intent in catalogue for example in intent.examples]
    return [text for text, _ in pairs], [intent for _, intent in pairs]


def _outcome(catalogue: Catalogue, sentence: Sentence, text: str, ranked: Sequence[str], sure: float) -> Outcome:
    first = catalogue[ranked[0]]
    matter = first if isinstance(first, Matter) else None
    decision = Decision.ANSWER if isinstance(first, Consult) else Decision.HANDOFF if matter else Decision.REJECT
    return Outcome(
        sentence,
        text,
        decision,
        first.id,
        tuple(ranked),
        matter.queue if matter else None,
        matter.priority if matter else None,
        confidence=sure,
        outside=first.kind in ("outside", "smalltalk"),
    )
