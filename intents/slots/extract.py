"""Every field that one sentence fills, and the field that one answer fills."""

from __future__ import annotations

from typing import Protocol

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
from intents.slots.heard import hear
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


def extract(text: str) -> tuple[Slot, ...]:
    """At most one slot a name, the best of each, in the order of the case's fields."""
    heard = hear(text)
    found = ((slot, extractor(heard.text)) for slot, extractor in _EXTRACTORS.items())
    return tuple(heard.slot(slot, find) for slot, find in found if find)


def parse_reply(name: SlotName, text: str) -> Slot | None:
    """The field's value in the answer to a question about it; None if the answer does not give one."""
    heard = hear(text)
    find = _reply(name, heard.text)
    return heard.slot(name, find) if find else None


def _reply(slot: SlotName, text: str) -> Find | None:
    if slot == "location":
        return replies.location(text)
    find = _EXTRACTORS[slot](text) or (
        None if slot in _MAY_BE_UNKNOWN and replies.unknown(text) else _EXTRACTORS[slot](text, lenient=True)
    )
    if find is None and slot in _YES_NO and not replies.unknown(text):
        return replies.yes_no(text)
    return find
