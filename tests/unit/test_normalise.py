"""The canonical form of a sentence: one for every way of typing the same words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.normalise import MAX_LENGTH, clean, normalise, readable, strip_fillers

SENTENCES = st.text(
    st.one_of(
        st.characters(codec="utf-8"), st.sampled_from("救命着火 楼上的，。！?１２Ａｂ啊嗯氣洩臺\u200b\u202e\t\n")
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("煤 氣 洩 漏", "煤气泄漏"),
        ("１１０ Ａｂｃ", "110 abc"),
        ("我 家 在 3 号 楼", "我家在3号楼"),
        ("Ⅳ号楼", "iv号楼"),
        ("救命！！！", "救命"),
        ("着\u200b火", "着火"),
        ("着\u202e火", "着火"),
        ("a_b", "a b"),
        ("hello，  World", "hello world"),
        ("浙A·12345", "浙a 12345"),
        ("电话 138 0013 8000", "电话138 0013 8000"),
        ("。。。", ""),
        ("\x00", ""),
    ],
)
def test_one_form_for_every_way_of_typing(typed: str, form: str) -> None:
    assert normalise(typed) == form


def test_repeated_letters_shrink_but_digits_count() -> None:
    assert normalise("快快快快来") == "快快来"
    assert normalise("转了100000块") == "转了100000块"


def test_quoting_keeps_script_case_and_punctuation() -> None:
    assert clean("  煤氣，\t漏了！\u200bＡb ") == "煤氣， 漏了！Ａb"


@pytest.mark.parametrize(
    ("form", "left"),
    [
        ("嗯那个嗯我想问一下啊", "那个我想问一下"),
        ("你好我想落户", "我想落户"),
        ("嗯嗯", "嗯嗯"),
        ("啊", "啊"),
        ("那个", "那个"),
    ],
)
def test_hesitation_goes_and_content_stays(form: str, left: str) -> None:
    assert strip_fillers(form) == left


def test_readable_needs_one_letter_digit_or_character() -> None:
    assert readable("？好")
    assert readable("7")
    assert not readable(" 。！\u200b ")


def test_a_very_long_sentence_is_cut() -> None:
    assert len(normalise("我想问问关于落户的事情" * 1000)) <= MAX_LENGTH


@settings(max_examples=150, deadline=None)
@given(SENTENCES)
def test_normalising_twice_changes_nothing(text: str) -> None:
    form = normalise(text)
    assert normalise(form) == form
    assert form == form.strip()
    assert "  " not in form


@settings(max_examples=100, deadline=None)
@given(SENTENCES)
def test_a_quote_is_printable_and_stable(text: str) -> None:
    quote = clean(text)
    assert clean(quote) == quote
    assert not any(unicodedata.category(character) == "Cc" for character in quote)


@settings(max_examples=100, deadline=None)
@given(SENTENCES)
def test_stripping_fillers_never_empties_a_sentence(text: str) -> None:
    form = normalise(text)
    assert bool(strip_fillers(form)) == bool(form)
