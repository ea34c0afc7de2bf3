"""What does not change the meaning must not hide a danger: a filler, a space, a courtesy, a like-sounding character."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversation import Knowledge
from frontdesk.evaluation.noise import alike
from intents.catalogue import Matter

FILLERS = ("嗯", "呃", "啊，", "喂，", "哎，")
COURTESIES = ("您好，", "麻烦一下，", "打扰了，", "请")
THANKS = ("，谢谢", "，谢谢你们", "，麻烦了", "")
LONG_ENOUGH = 8
"""Characters from which one wrong character leaves enough to understand."""


@pytest.fixture(scope="module")
def dangers(knowledge: Knowledge) -> list[str]:
    """Examples of P1 matters that ring 110 at once."""
    urgent = [intent for intent in knowledge.catalogue if isinstance(intent, Matter) and intent.priority == "P1"]
    said = [example for intent in urgent for example in intent.examples]
    return [text for text in said if knowledge.understanding.read([text]).danger is not None]


def heard(knowledge: Knowledge, text: str) -> bool:
    return bool(knowledge.understanding.read([text]).dangers)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_courtesy_and_hesitation_hide_no_danger(knowledge: Knowledge, dangers: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(dangers))
    before = data.draw(st.sampled_from((*FILLERS, *COURTESIES, "")))
    after = data.draw(st.sampled_from(THANKS))
    assert heard(knowledge, f"{before}{text}{after}")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_recognisers_spaces_hide_no_danger(knowledge: Knowledge, dangers: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(dangers))
    assert heard(knowledge, " ".join(text) if not any(letter.isascii() for letter in text) else text)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_one_character_misheard_hides_no_danger(knowledge: Knowledge, dangers: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([each for each in dangers if len(each) >= LONG_ENOUGH]))
    at = data.draw(st.sampled_from([at for at in range(len(text)) if alike(text[at])] or [0]))
    other = data.draw(st.sampled_from(alike(text[at]) or (text[at],)))
    assert heard(knowledge, text[:at] + other + text[at + 1 :])
