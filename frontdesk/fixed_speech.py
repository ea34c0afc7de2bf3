"""The wording that is known before anybody calls: what is rendered when a catalogue is published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conversation import Knowledge
from intents.catalogue import Consult, Matter, Outside, Smalltalk
from ivr.speech import sentences

_DESK = "{desk}"
_OPEN = re.compile(r"\{\w+\}")


def fixed_texts(know: Knowledge) -> tuple[str, ...]:
    """Sentences without anything to fill in, each once: phrases (for both desks), questions, answers, advice."""
    desks = tuple(know.phrases.desks.values())
    found = (sentence for text in _texts(know) for each in _filled(text, desks) for sentence in sentences(each))
    return tuple(dict.fromkeys(sentence for sentence in found if not _OPEN.search(sentence)))


def recordable(know: Knowledge) -> Mapping[str, str]:
    """What an admin may record, by id: phrases (greeting, ask.location) and intents (ss_card)."""
    wordings = dict(_leaves(know.phrases.model_dump(exclude={"desks"}))) | dict(_intents(know))
    return {name: text for name, text in wordings.items() if not _OPEN.search(text)}


def _texts(know: Knowledge) -> Iterator[str]:
    yield from (text for _, text in _leaves(know.phrases.model_dump(exclude={"desks"})))
    yield from (text for form in know.forms.values() for text in form.ask.values())
    yield from (text for _, text in _intents(know))


def _intents(know: Knowledge) -> Iterator[tuple[str, str]]:
    for intent in know.catalogue:
        match intent:
            case Consult():
                yield intent.id, intent.answer.phone
            case Matter():
                yield intent.id, intent.advice
            case Smalltalk() | Outside():
                yield intent.id, intent.reply


def _leaves(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", str(value)


def _filled(text: str, desks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.replace(_DESK, desk) for desk in desks) if _DESK in text else (text,)
