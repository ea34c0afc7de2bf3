"""Fields of a case from what was said: every value keeps its quote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import get_args

from conversation.replies import declines_to_say, there_is
from conversation.state import OpenMatter, State
from handoff import BOOLEAN_FIELDS, FieldName, FieldValue, Source
from handoff.forms import Form
from intents.regions import Gazetteer
from intents.slots import Slot, SlotName, extract, parse_reply

_SLOTS: dict[FieldName, SlotName] = {FieldName(name): name for name in get_args(SlotName)}

_CORRECTION = re.compile(r"(?:错了?|更正|改|不过|应该)[^是成为]{0,6}(?:是|成|为)(?P<new>.+)$")

_REFUSED = re.compile(r"^(?:不对|不是的?|错了?|没有|不)[呀啊的了]?[，,。.、\s]*(?:应该)?是?")

SURE_PLACE = 0.5
"""A place heard with less confidence than this is asked for."""


def heard(text: str, now: datetime, regions: Gazetteer | None = None) -> dict[FieldName, FieldValue]:
    """Fields said in free text. Places that are only hinted at (家里, 楼上) are left to be asked."""
    return {
        FieldName(slot.name): _value(slot, now)
        for slot in extract(text, regions)
        if slot.name != "location" or slot.confidence >= SURE_PLACE
    }


def answer_to(slot: FieldName, text: str, now: datetime, regions: Gazetteer | None = None) -> FieldValue | None:
    """The value in a reply to a question about this field; None if there is none in it."""
    if slot in BOOLEAN_FIELDS:
        found = parse_reply(_SLOTS[slot], text)
        if found is not None:
            return _value(found, now)
        answer = None if declines_to_say(text) else there_is(text)
        return None if answer is None else FieldValue(value=answer, source=Source.SAID, quote=text, at=now)
    found = parse_reply(_SLOTS[slot], text, regions)
    return None if found is None else _value(found, now)


def corrected_part(text: str) -> str:
    """不对，是七百 → 七百: what comes after a no and the word that brings the right value."""
    return _REFUSED.sub("", text.strip()) or text


def corrected_place(text: str, now: datetime) -> dict[FieldName, FieldValue]:
    """说错了，是近江家园9园: after a correction, what only a reply to "where" would make a place is one."""
    named = _CORRECTION.search(text)
    place = None if named is None else answer_to(FieldName.LOCATION, named["new"], now)
    if place is None or place.confidence is None or place.confidence <= SURE_PLACE:
        return {}
    return {FieldName.LOCATION: place}


def event(words: str, otherwise: str, now: datetime) -> FieldValue:
    """What happened, in the citizen's own words; `otherwise` is what we noticed when nothing was said."""
    if words:
        return FieldValue(value=words[:500], source=Source.SAID, quote=words[:500], at=now)
    return FieldValue(value=otherwise, source=Source.INFERRED, at=now)


def known_from_channel(state: State, now: datetime) -> dict[FieldName, FieldValue]:
    """What the channel knows without asking: the caller's number, a shared position."""
    known: dict[FieldName, FieldValue] = {}
    if state.caller_number:
        known[FieldName.PHONE] = FieldValue(value=state.caller_number, source=Source.LOOKED_UP, at=now)
    if state.located is not None:
        known[FieldName.LOCATION] = state.located
    return known


def missing(form: Form, matter: OpenMatter) -> tuple[FieldName, ...]:
    """Required fields still unknown and not given up, in the form's order."""
    return tuple(slot for slot in form.slots if slot not in matter.fields and slot not in matter.asked)


def unfilled(form: Form, fields: Mapping[FieldName, FieldValue]) -> tuple[FieldName, ...]:
    """Required fields without a value: what the operator has to find out."""
    return tuple(slot for slot in form.slots if slot not in fields)


def merged(
    old: Mapping[FieldName, FieldValue],
    new: Mapping[FieldName, FieldValue],
    replace: Iterable[FieldName] = (),
) -> dict[FieldName, FieldValue]:
    """New values fill gaps and replace the named fields; a first account is not overwritten in passing."""
    renewed = set(replace)
    kept = {name: value for name, value in new.items() if name not in old or name in renewed}
    return {**old, **kept}


def _value(slot: Slot, now: datetime) -> FieldValue:
    return FieldValue(value=slot.value, source=Source.SAID, quote=slot.quote, confidence=slot.confidence, at=now)
