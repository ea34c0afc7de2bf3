"""What the front desk says by itself: the wording known before anybody calls, each with an id, a group and a title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from conversation import Knowledge
from handoff import FIELD_TITLES, FieldName
from intents.catalogue import Consult, Intent, Matter, Outside, Smalltalk
from ivr.speech import has_blanks, sentences

Group = Literal["greeting", "question", "phrase", "consult", "matter", "smalltalk"]

_DESK = "{desk}"
_QUESTIONS = ("ask", "ask_urgent", "ask_again")
_OTHERS = "其他要素"


@dataclass(frozen=True)
class FixedText:
    """One thing the front desk says. `id`: a phrase's (ask.location), a form's question, or an intent's."""

    id: str
    group: Group
    title: str
    text: str

    @property
    def recordable(self) -> bool:
        """False if it has something to fill in (a number, a name)."""
        return not has_blanks(self.text)


def spoken_texts(know: Knowledge) -> tuple[FixedText, ...]:
    """Everything, in the order of the files it comes from."""
    found = (*_phrases(know), *_form_questions(know), *map(_intent, know.catalogue))
    return tuple(each for each in found if each.text.strip())


def fixed_texts(know: Knowledge) -> tuple[str, ...]:
    """Sentences without anything to fill in, each once: phrases (for both desks), questions, answers, advice."""
    desks = tuple(know.phrases.desks.values())
    filled = (wording for each in spoken_texts(know) for wording in _filled(each.text, desks))
    found = (sentence for wording in filled for sentence in sentences(wording))
    return tuple(dict.fromkeys(sentence for sentence in found if not has_blanks(sentence)))


def _phrases(know: Knowledge) -> Iterator[FixedText]:
    for name, text in _leaves(know.phrases.model_dump(exclude={"desks"})):
        first, _, rest = name.partition(".")
        if first in _QUESTIONS:
            yield FixedText(name, "question", _field_title(rest), text)
        elif first.startswith("greeting"):
            line = name.removeprefix("greeting").removeprefix("_")
            yield FixedText(name, "greeting", f"{line} 问候".strip(), text)
        else:
            yield FixedText(name, "phrase", "常用语", text)


def _form_questions(know: Knowledge) -> Iterator[FixedText]:
    for form_id, form in know.forms.items():
        for field, text in form.ask.items():
            yield FixedText(f"form.{form_id}.{field.value}", "question", f"{form.title} · {FIELD_TITLES[field]}", text)


def _intent(intent: Intent) -> FixedText:
    match intent:
        case Consult():
            return FixedText(intent.id, "consult", intent.title, intent.answer.phone)
        case Matter():
            return FixedText(intent.id, "matter", intent.title, intent.advice)
        case Smalltalk() | Outside():
            return FixedText(intent.id, "smalltalk", intent.title, intent.reply)


def _field_title(name: str) -> str:
    return FIELD_TITLES[FieldName(name)] if name in set(FieldName) else _OTHERS


def _leaves(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", str(value)


def _filled(text: str, desks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.replace(_DESK, desk) for desk in desks) if _DESK in text else (text,)
