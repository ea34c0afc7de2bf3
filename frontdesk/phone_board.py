"""What the operators' telephones do now, for the desk's pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from handoff import Queue
from handoff.ports import Bulletin, LiveFeed
from ivr.asterisk import PhoneCall

PHONES_TOPIC = "phones"
"""Topic of the bulletins; their subject is the telephone."""


class Exchange(Protocol):
    """What the desk can have done to a call (`ivr.asterisk.phones.Phones`)."""

    async def hand_back(self, phone: str) -> None:
        """Give the citizen back to the front desk. Raises ivr.asterisk.NotTalking, AriError."""


class PhoneBoard:
    """`ivr.asterisk.PhoneWatcher`. `exchange` is there while we take calls."""

    def __init__(self, live: LiveFeed, phones: Mapping[Queue, Sequence[str]]) -> None:
        self._live = live
        self._phones = phones
        self._calls: dict[str, PhoneCall] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self.exchange: Exchange | None = None

    def of(self, queue: Queue) -> tuple[str, ...]:
        """The telephones of a desk."""
        return tuple(self._phones.get(queue, ()))

    def call(self, phone: str) -> PhoneCall | None:
        """What this telephone is doing; None: it is at rest."""
        return self._calls.get(phone)

    def phone(self, name: str, call: PhoneCall | None) -> None:
        """Remember it and tell the pages."""
        if call is None:
            self._calls.pop(name, None)
        else:
            self._calls[name] = call
        kind = "rest" if call is None else "talking" if call.talking else "ringing"
        telling = asyncio.create_task(self._live.publish([Bulletin(topic=PHONES_TOPIC, kind=kind, subject=name)]))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)
