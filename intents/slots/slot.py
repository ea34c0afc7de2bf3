"""The slot a citizen's words fill, and the raw find an extractor returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from intents.regions import Region

SlotName = Literal[
    "location",
    "time",
    "people",
    "injury",
    "weapon",
    "ongoing",
    "phone",
    "plate",
    "amount",
    "demand",
    "name",
]

SlotValue = str | bool | float


class Find(NamedTuple):
    """A value and where it was read, as positions in the folded text of a `Heard`."""

    value: SlotValue
    start: int
    end: int
    confidence: float


@dataclass(frozen=True)
class Slot:
    """A value with the exact words (`cleaned[start:end]`) it was read from.

    A location also has the region it lies in; several regions are namesakes that the words do not tell apart.
    """

    name: SlotName
    value: SlotValue
    quote: str
    confidence: float
    start: int
    end: int
    regions: tuple[Region, ...] = ()
