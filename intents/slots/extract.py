"""Every field that one sentence fills, and the field that one answer fills."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from intents.regions import Gazetteer
from intents.slots import (
    amount,
    demand,
    injury,
    name,
    ongoing,
    people,
    phone,
    place,
    plate,
    replies,
    time,
    weapon,
)
from intents.slots.heard import Heard, hear
from intents.slots.slot import Find, Slot, SlotName, SlotValue

__all__ = ["Slot", "SlotName", "SlotValue", "extract", "parse_reply"]


class _Extractor(Protocol):
    def __call__(self, text: str, *, lenient: bool = False) -> Find | None: ...


_EXTRACTORS: dict[SlotName, _Extractor] = {
    "location": place.find,
    "time": time.find,
    "people": people.find,
    "injury": injury.find,
    "weapon": weapon.find,
    "ongoing": ongoing.find,
    "phone": phone.find,
    "plate": plate.find,
    "amount": amount.find,
    "demand": demand.find,
    "name": name.find,
}
_YES_NO: frozenset[SlotName] = frozenset({"injury", "weapon", "ongoing"})
_MAY_BE_UNKNOWN: frozenset[SlotName] = frozenset({"injury", "weapon", "ongoing", "location", "name", "demand"})


_SURE_PLACE = 0.5
"""A place found with less confidence gives way to a town of the gazetteer."""


def extract(text: str, regions: Gazetteer | None = None) -> tuple[Slot, ...]:
    """At most one slot a name, the best of each, in the order of the case's fields. `regions` locate the place."""
    heard = hear(text)
    found = ((slot, extractor(heard.text)) for slot, extractor in _EXTRACTORS.items())
    slots = (heard.slot(slot, find) for slot, find in found if find)
    return tuple(slots) if regions is None else _located(heard, tuple(slots), regions)


def _located(heard: Heard, slots: tuple[Slot, ...], regions: Gazetteer) -> tuple[Slot, ...]:
    """The slots with the place put on the map: misheard names of regions corrected, bare names of towns found."""
    place = next((slot for slot in slots if slot.name == "location"), None)
    if (place is None or place.confidence < _SURE_PLACE) and (town := regions.town_said(heard.text)):
        place = heard.slot("location", Find(heard.text[slice(*town)], *town, _SURE_PLACE))
    if place is None:
        return slots
    found = located(place, regions)
    return (found, *(slot for slot in slots if slot.name != "location"))


def located(place: Slot, regions: Gazetteer) -> Slot:
    """The place with its regions, and with a misheard region in its value put right."""
    said = regions.correct(str(place.value))
    return replace(place, value=said, regions=regions.locate(said))


def parse_reply(name: SlotName, text: str, regions: Gazetteer | None = None) -> Slot | None:
    """The field's value in the answer to a question about it; None if the answer does not give one."""
    heard = hear(text)
    find = _reply(name, heard.text)
    slot = heard.slot(name, find) if find else None
    return located(slot, regions) if slot and regions and name == "location" else slot


def _reply(slot: SlotName, text: str) -> Find | None:
    if slot == "location":
        return replies.location(text)
    find = _EXTRACTORS[slot](text) or (
        None if slot in _MAY_BE_UNKNOWN and replies.unknown(text) else _EXTRACTORS[slot](text, lenient=True)
    )
    if find is None and slot in _YES_NO and not replies.unknown(text):
        return replies.yes_no(text)
    return find
