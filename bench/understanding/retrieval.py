"""Finding the stored question that a text asks: BM25 over characters and folded syllables, by an inverted index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from intents.normalise import normalise
from intents.pinyin import folded

SATURATION, LENGTH = 1.2, 0.4
"""BM25's k1 and b. b, and the share of the syllables, were chosen on every third query of LCQMC."""
SYLLABLES = 0.8
_SYLLABLE = "~"


class QuestionIndex:
    """A sparse matrix by term: a query adds up the rows of its own terms only."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [_terms(text) for text in texts]
        self._numbers = {
            term: number for number, term in enumerate(dict.fromkeys(term for each in counts for term in each))
        }
        terms = np.array([self._numbers[term] for each in counts for term in each])
        often = np.array([count for each in counts for count in each.values()], dtype=np.float64)
        starts = np.cumsum([0, *map(len, counts)])
        length = np.array([each.total() for each in counts])
        relative = np.repeat(length / length.mean(), np.diff(starts))
        met = np.bincount(terms, minlength=len(self._numbers))
        rarity = np.log(1 + (len(texts) - met + 0.5) / (met + 0.5))
        share = np.array([SYLLABLES if term.startswith(_SYLLABLE) else 1.0 for term in self._numbers])
        value = often * (SATURATION + 1) / (often + SATURATION * (1 - LENGTH + LENGTH * relative))
        table = sparse.csr_matrix((value * (rarity * share)[terms], terms, starts), (len(texts), len(self._numbers)))
        self._rows = table.T.tocsr()

    def find(self, text: str) -> int:
        """Number of the likeliest question, -1 if nothing is in common."""
        known = [self._numbers[term] for term in _terms(text) if term in self._numbers]
        return int(np.asarray(self._rows[known].sum(axis=0)).argmax()) if known else -1


def _terms(text: str) -> Counter[str]:
    plain = normalise(text)
    return Counter([*plain.replace(" ", ""), *(f"{_SYLLABLE}{syllable}" for syllable in folded(plain))])
