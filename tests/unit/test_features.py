"""What a sentence is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.features import WEIGHTS, features, weight_of, words_of
from intents.lexicon import Lexicon
from intents.normalise import normalise

NONE = Lexicon()


def test_characters_syllables_and_concepts() -> None:
    found = features("补驾照", Lexicon({"驾驶证": ("驾照",)}))
    assert found["1补"] == found["2驾 照"] == found["3补 驾 照"] == 1
    assert found["~2bu-jia"] == found["~3bu-jia-zao"] == 1
    assert found["@驾驶证"] == 1


def test_plates_and_numbers_say_nothing_about_the_intent() -> None:
    assert features("浙a12345", NONE) == features("", NONE)
    assert features("电话13800138000路灯", NONE) == features("电话路灯", NONE)
    assert features("路灯", NONE) != features("电话路灯", NONE)


def test_accents_sound_alike() -> None:
    alike = {name for name in features("山上", NONE) if name.startswith("~")}
    assert alike == {name for name in features("三桑", NONE) if name.startswith("~")}


@pytest.mark.parametrize(
    ("feature", "words"), [("1灯", "灯"), ("2路 灯", "路灯"), ("~2lu-den", ""), ("@驾驶证", "驾驶证")]
)
def test_words_behind_a_feature(feature: str, words: str) -> None:
    assert words_of(feature) == words


@given(st.text(max_size=60))
def test_every_feature_has_a_weight(text: str) -> None:
    for feature in features(normalise(text), NONE):
        assert weight_of(feature) in WEIGHTS.values()
