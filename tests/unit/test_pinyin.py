"""Syllables: what accented speech confuses is equal, what differs stays apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.normalise import normalise
from intents.pinyin import fold, folded, syllables


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shan", "san"),
        ("zhang", "zan"),
        ("cheng", "cen"),
        ("ling", "nin"),
        ("lan", "nan"),
        ("guang", "guan"),
        ("liang", "nian"),
        ("hu", "wu"),
        ("huang", "wang"),
    ],
)
def test_confusable_syllables_fold_together(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("ma", "ba"), ("shi", "xi"), ("ren", "wen"), ("dao", "tao"), ("hua", "wa")])
def test_other_syllables_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_one_syllable_a_character_and_latin_words_whole() -> None:
    assert syllables("abc 12 楼") == ("abc", "1", "2", "lou")


def test_homophones_of_a_danger_sound_alike() -> None:
    assert folded("轻生") == folded("轻声") == folded("清生")
    assert folded("轻生") != folded("跳楼")


@settings(max_examples=150, deadline=None)
@given(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("着火砍人 ktv120")), max_size=40))
def test_any_sentence_has_syllables(text: str) -> None:
    form = normalise(text)
    sounds = syllables(form)
    assert len(folded(form)) == len(sounds)
    assert bool(sounds) == bool(form)
    assert not any(sound.isspace() for sound in sounds)


@given(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5))
@settings(max_examples=150, deadline=None)
def test_folding_twice_changes_nothing(character: str) -> None:
    (sound,) = folded(character)
    assert fold(sound) == sound
