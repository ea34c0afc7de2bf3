"""A value that may have been misheard is said back once, and the citizen's answer settles it.

The place needs none of this: it is said back when consent is asked.
"""

from __future__ import annotations

import re

from conversation.actions import Action, Ask, Choice
from conversation.state import AskedReadBack, OpenMatter
from conversation.turn import Outcome, Turn, change
from handoff import Channel, FieldName, FieldValue, Source

UNSURE = 0.6
"""A number heard with less confidence is said back."""

_NUMBERS = (FieldName.PHONE, FieldName.PLATE, FieldName.AMOUNT)
_VOICE = frozenset({Channel.PHONE, Channel.WEBPHONE})
_SOUNDS_ALIKE = re.compile(r"^[四十一七](?:[十百千万块]|$)")
"""Sums whose first figure recognisers take for another: 四/十, 一/七."""


def doubtful(turn: Turn, opened: OpenMatter) -> FieldName | None:
    """The first field said so unclearly that it has to be said back, and was not yet."""
    for name in (*_NUMBERS, FieldName.NAME):
        value = opened.fields.get(name)
        if value is not None and value.source is Source.SAID and name not in opened.read_back:
            unsure = name in _NUMBERS and value.confidence is not None and value.confidence < UNSURE
            if unsure or (turn.state.channel in _VOICE and _misheard(turn, name, value)):
                return name
    return None


def say_back(turn: Turn, opened: OpenMatter, name: FieldName, lead: tuple[Action, ...] = ()) -> Outcome:
    """Ask whether the value was heard rightly."""
    phrases = turn.know.phrases
    value = opened.fields[name].value
    told = f"{value:.10g}元" if name is FieldName.AMOUNT and isinstance(value, float | int) else str(value)
    if name is FieldName.NAME and (surname := _surname(turn, opened.fields[name])):
        told = f"{told}，{surname}"
    question = Ask(
        text=phrases.read_back.format(value=told),
        slot=name.value,
        choices=(Choice(key="1", label=phrases.read_back_yes), Choice(key="2", label=phrases.read_back_no)),
    )
    marked = opened.model_copy(update={"read_back": (*opened.read_back, name)})
    return Outcome(change(turn.state, open=marked, pending=AskedReadBack(slot=name)), (*lead, question))


def _misheard(turn: Turn, name: FieldName, value: FieldValue) -> bool:
    if name is FieldName.NAME:
        return _surname(turn, value) is not None
    return name is FieldName.AMOUNT and _SOUNDS_ALIKE.match(value.quote or "") is not None


def _surname(turn: Turn, value: FieldValue) -> str | None:
    """How to tell this surname from the one that sounds like it: 黄 → 草头黄."""
    return turn.know.phrases.read_back_surnames.get(str(value.value).removeprefix("姓")[:1])
