"""Expected phrases cut into the model's words."""

from __future__ import annotations

import json

from ivr.grammar import grammar

WORDS = {"居住证", "居住", "证", "怎么", "办理", "先", "不", "转", "可以"}


def test_the_fewest_known_words_spell_a_phrase() -> None:
    made = grammar(["居住证怎么办理？", "先不转"], WORDS.__contains__)
    assert made.phrases == ("居住证 怎么 办理", "先 不 转")
    assert not made.missing


def test_a_phrase_with_an_unknown_character_is_left_out_and_the_character_named() -> None:
    made = grammar(["可以", "龘可以"], WORDS.__contains__)
    assert made.phrases == ("可以",)
    assert made.missing == {"龘"}


def test_empty_and_repeated_phrases_count_once() -> None:
    assert grammar(["可以", "可以。", "？"], WORDS.__contains__).phrases == ("可以",)


def test_anything_else_stays_hearable() -> None:
    assert json.loads(grammar(["可以"], WORDS.__contains__).as_json()) == ["可以", "[unk]"]
