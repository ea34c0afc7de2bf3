"""What a sentence is made of, for likeness: characters, folded syllables, concepts.

Names of features start with their kind: `1` `2` `3` for character n-grams, `~1` `~2` `~3` for syllable n-grams, `@` for
concepts of the lexicon.
"""

from __future__ import annotations

import re
from collections import Counter

from intents.lexicon import Lexicon
from intents.normalise import strip_fillers
from intents.pinyin import folded

WEIGHTS = {"1": 1.0, "2": 0.8, "3": 0.4, "~1": 1.2, "~2": 1.0, "~3": 0.4, "@": 1.0}
"""By kind. Syllables weigh as much as characters: what is misheard still sounds alike (bench/understanding)."""
_SIZES = (1, 2, 3)
_CODES = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][a-z0-9]{5,6}|\d{6,}")
"""Plates, phone and case numbers say nothing about the intent."""
_UNIT = re.compile(r"[a-z]+|\S")


def features(text: str, lexicon: Lexicon) -> Counter[str]:
    """Features of normalised text, with how often each occurs. A Latin word counts as one character."""
    plain = _CODES.sub("", strip_fillers(text))
    units = _UNIT.findall(plain)
    sounds = folded(plain)
    found: Counter[str] = Counter()
    for size in _SIZES:
        found.update(f"{size}{' '.join(units[at : at + size])}" for at in range(len(units) - size + 1))
    for size in _SIZES:
        found.update(f"~{size}{'-'.join(sounds[at : at + size])}" for at in range(len(sounds) - size + 1))
    found.update(f"@{concept}" for concept in lexicon.concepts(plain))
    return found


def weight_of(feature: str) -> float:
    """How much features of this kind count."""
    return WEIGHTS[feature[:2] if feature[0] == "~" else feature[0]]


def words_of(feature: str) -> str:
    """The characters that a feature stands for; "" for a syllable feature, the concept's name for a concept."""
    if feature.startswith("~"):
        return ""
    return feature[1:].replace(" ", "")
