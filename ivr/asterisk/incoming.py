"""What Asterisk tells about a call that has just come in, and what the product is asked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from handoff import QUEUES, Queue
from ivr.ports import Switchboard
from ivr.tape import TappableLine

Desks = Mapping[Queue, Sequence[str]]
"""Endpoints of each desk's phones, e.g. {"110": ("PJSIP/op110",)}."""

NO_CASE = "nocase-"
"""How CASE in extensions.conf begins for a call without a case."""

QUEUE_NAMES: Mapping[Queue, str] = {"110": "police", "12345": "human"}
"""A desk's queue in queues.conf."""


@dataclass(frozen=True)
class Incoming:
    """A citizen's call."""

    id: str
    """Asterisk's channel id."""
    channel: str
    """Asterisk's channel name, e.g. PJSIP/trunk-00000001."""
    entry: Queue | None
    """The line that was dialled."""
    caller_number: str | None
    """As shown by the network; the call-back number. None if withheld."""
    trunk: str
    """The endpoint in pjsip.conf that the call came through."""
    case: str | None = None
    """Of a caller whom a person in a queue gave back: the case whose conversation goes on."""

    @property
    def desk(self) -> Queue:
        """The desk of the dialled line; unknown lines belong to 12345."""
        return self.entry or "12345"


class Admitted(Protocol):
    """A call that has a place. `release` is called exactly once, whatever happened."""

    async def converse(self, line: TappableLine, switchboard: Switchboard) -> None:
        """Talk until LineClosed. An exception, or returning while the citizen is on the line, brings a person."""

    async def release(self) -> None:
        """Give the place back."""


class Reception(Protocol):
    """Decides whether the product can take a call now."""

    def admit(self, call: Incoming) -> Admitted | None:
        """A place for the call, or None: it goes to a person at once."""


def incoming(event: Mapping[str, Any]) -> Incoming:
    """From the StasisStart of a citizen's channel; its arguments are `call`, dialled line, trunk, and case if any."""
    channel = event["channel"]
    line, trunk, case = (*event["args"][1:4], "", "", "")[:3]
    number = channel["caller"]["number"]
    return Incoming(
        id=channel["id"],
        channel=channel["name"],
        entry=next((queue for queue in QUEUES if queue == line), None),
        caller_number=number if any(character.isdigit() for character in number) else None,
        trunk=trunk,
        case=known_case(case),
    )


def known_case(text: str) -> str | None:
    """The case number in the dialplan's CASE; None for the stand-in of a call that has no case."""
    return None if not text or text.startswith(NO_CASE) else text
