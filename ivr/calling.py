"""What a call is, what a session works with, and who may look on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from conversation import Action, Event, ServedTurn
from handoff import Channel, Queue
from handoff.ports import Message
from ivr.activity import Activity, WebRtcActivity
from ivr.ports import Line, RecogniserPool, Switchboard, Voice
from ivr.turns import Timing, TurnEvent

HOLD = 30.0
"""Seconds a caller who asked for a person waits with us before the call goes to the desk's own queue."""


class Conversations(Protocol):
    """What a call needs of `conversation.ConversationService`."""

    async def open(
        self,
        channel: Channel,
        *,
        entry: Queue | None = None,
        caller_number: str | None = None,
        conversation: str | None = None,
    ) -> str:
        """A new conversation with its greeting stored; returns its id."""

    async def handle(self, conversation: str, event: Event, *, client_id: str | None = None) -> ServedTurn:
        """Carry out one event."""

    async def transcript(self, conversation: str, after: int = 0) -> Sequence[Message]:
        """Lines with seq > after."""


@dataclass(frozen=True)
class Call:
    """What is known when the call comes in. `conversation` if one is open already, else the session opens it."""

    channel: Channel
    entry: Queue | None = None
    caller_number: str | None = None
    conversation: str | None = None
    hold: float | None = HOLD
    """None: the caller waits here for as long as it takes."""


@dataclass(frozen=True)
class CallPhrases:
    """The engine's words that change how we speak for the rest of the call."""

    slower: str
    louder: str


@dataclass(frozen=True)
class CallPorts:
    """Everything one call works with."""

    line: Line
    ears: RecogniserPool
    voice: Voice
    switchboard: Switchboard
    conversations: Conversations
    phrases: CallPhrases
    activity: Callable[[int], Activity] = WebRtcActivity
    """Voice activity for a line of this rate."""
    timing: Timing = field(default_factory=Timing)


class Observer(Protocol):
    """Looks on: captions, traces, measurements. Must return at once and never raise."""

    def partial(self, text: str) -> None:
        """The caller is saying this; it may still change."""

    def turn(self, event: TurnEvent) -> None:
        """Turn taking decided something; times are seconds of audio since the call began."""

    def decided(self, actions: Sequence[Action]) -> None:
        """The engine has answered."""

    def person(self, name: str | None) -> None:
        """A person is on the line, or (None) no longer."""

    def closed(self) -> None:
        """The caller has hung up."""


class Watch:
    """Looks on and does nothing; a base for those who want to see only some of it."""

    def partial(self, text: str) -> None:
        """Ignored."""

    def turn(self, event: TurnEvent) -> None:
        """Ignored."""

    def decided(self, actions: Sequence[Action]) -> None:
        """Ignored."""

    def person(self, name: str | None) -> None:
        """Ignored."""

    def closed(self) -> None:
        """Ignored."""
