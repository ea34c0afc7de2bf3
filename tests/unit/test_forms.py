"""Forms: which fields are asked, in which order, and what a wrong file is told."""

from __future__ import annotations

from typing import Any

import pytest
from language_samples import FORMS, forms

from conversation import Knowledge
from handoff import BOOLEAN_FIELDS, FieldName
from handoff.forms import FormsError, parse_forms
from intents.catalogue import Matter


def test_fields_keep_their_order_and_own_wording() -> None:
    assert forms()["report"].slots == (FieldName.LOCATION, FieldName.INJURY)
    assert forms()["report"].after == (FieldName.PHONE,)
    assert forms()["care"].ask == {FieldName.LOCATION: "«care location»"}
    assert forms()["wish"].slots == ()


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ({"title": "求助", "slots": ["place"]}, r"help\.slots\.0"),
        ({"title": "求助", "ask": {"where": "在哪"}}, r"help\.ask\.where"),
        ({"title": "求助", "slot": ["location"]}, r"help\.slot "),
        ({"slots": ["location"]}, r"help\.title"),
        ({"title": "求助", "slots": "location"}, r"help\.slots"),
    ],
)
def test_mistakes_name_the_form_and_the_known_fields(form: dict[str, Any], where: str) -> None:
    with pytest.raises(FormsError, match=rf"^forms\.yaml：{where}.*location、"):
        parse_forms({**FORMS, "help": form}, "forms.yaml")


def test_shipped_forms_ask_for_the_place_first_in_danger(knowledge: Knowledge) -> None:
    urgent = [
        intent for intent in knowledge.catalogue
        if isinstance(intent, Matter) and intent.priority == "P1" and not intent.form.startswith("fraud")
    ]  # fmt: skip
    assert urgent
    assert {knowledge.forms[matter.form].slots[0] for matter in urgent} == {FieldName.LOCATION}


def test_shipped_forms_ask_nothing_twice_and_have_words_for_everything(knowledge: Knowledge) -> None:
    for name, form in knowledge.forms.items():
        listed = [*form.slots, *form.optional, *form.after]
        assert len(set(listed)) == len(listed), name
        assert set(form.ask) <= set(form.slots) | set(form.after), name
        for slot in [*form.slots, *form.after]:
            assert knowledge.phrases.ask[slot.value]
            assert knowledge.phrases.ask_urgent[slot.value]


def test_shipped_questions_stay_short_for_the_telephone(knowledge: Knowledge) -> None:
    for slot in BOOLEAN_FIELDS:
        assert knowledge.phrases.ask[slot.value].endswith("？")
    asked = [*knowledge.phrases.ask.values(), *knowledge.phrases.ask_urgent.values()]
    asked += [text for form in knowledge.forms.values() for text in form.ask.values()]
    assert [text for text in asked if max(len(part) for part in text.split("。")) > 40] == []
