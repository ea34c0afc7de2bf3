"""What a call is, what a session works with, and who may look on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from conversation import Action, Event, ServedTurn
from handoff import Channel, Queue
from handoff.ports import Message
from ivr.activity import Activity, WebRtcActivity
from ivr.ports import Line, RecogniserPool, Switchboard, Voice
from ivr.tape import TappableLine
from ivr.turns import Timing, TurnEvent

HOLD = 30.0
"""Seconds a caller who asked for a person waits with us before the call goes to the desk's own queue."""


STILL = 10.0
"""Seconds of the wall clock without any sound from an open line after which a person takes the call."""


class Conversations(Protocol):
    """What a call needs of `conversation.ConversationService`."""

    async def open(
        self,
        channel: Channel,
        *,
        entry: Queue | None = None,
        caller_number: str | None = None,
        trunk: str | None = None,
        conversation: str | None = None,
    ) -> str:
        """A new conversation with its greeting stored; returns its id."""

    async def of_case(self, number: str) -> str | None:
        """The conversation that this case came from, to go on with; None if there is none."""

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
    trunk: str | None = None
    """The trunk that a telephone call came through."""
    case: str | None = None
    """Number of the case whose conversation goes on: a person in a desk's own queue gave the caller back to us."""
    hold: float | None = HOLD
    """None: the caller waits here for as long as it takes."""
    still: float = STILL


@dataclass(frozen=True)
class CallPorts:
    """Everything one call works with."""

    line: Line
    ears: RecogniserPool
    voice: Voice
    switchboard: Switchboard
    conversations: Conversations
    activity: Callable[[int], Activity] = WebRtcActivity
    """Voice activity for a line of this rate."""
    timing: Timing = field(default_factory=Timing)


class Observer(Protocol):
    """Looks on: captions, traces, measurements. Must return at once and never raise."""

    def opened(self, conversation: str) -> None:
        """The call's conversation is stored under this id, its greeting as line 1."""

    def partial(self, text: str) -> None:
        """The caller is saying this; it may still change."""

    def turn(self, event: TurnEvent) -> None:
        """Turn taking decided something; times are seconds of audio since the call began."""

    def key(self, digit: str) -> None:
        """The caller pressed a key."""

    def hushed(self) -> None:
        """We fell silent because the caller speaks."""

    def decided(self, actions: Sequence[Action], heard: int, said: Sequence[Message]) -> None:
        """The engine has answered. `heard`: seq of the caller's stored line, 0 if none; `said`: the stored answer."""

    def speaking(self, text: str) -> None:
        """The first sound of this text goes to the line now."""

    def handed_over(self, reason: str) -> None:
        """The call goes to a desk's queue, without us."""

    def person(self, name: str | None) -> None:
        """A person is on the line, or (None) no longer."""

    def closed(self) -> None:
        """The caller has hung up."""


class Watch:
    """Looks on and does nothing; a base for those who want to see only some of it."""

    def opened(self, conversation: str) -> None:
        """Ignored."""

    def partial(self, text: str) -> None:
        """Ignored."""

    def turn(self, event: TurnEvent) -> None:
        """Ignored."""

    def key(self, digit: str) -> None:
        """Ignored."""

    def hushed(self) -> None:
        """Ignored."""

    def decided(self, actions: Sequence[Action], heard: int, said: Sequence[Message]) -> None:
        """Ignored."""

    def speaking(self, text: str) -> None:
        """Ignored."""

    def handed_over(self, reason: str) -> None:
        """Ignored."""

    def person(self, name: str | None) -> None:
        """Ignored."""

    def closed(self) -> None:
        """Ignored."""


class Together:
    """Several who look on, as one."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def opened(self, conversation: str) -> None:
        """Told to each."""
        for each in self._observers:
            each.opened(conversation)

    def partial(self, text: str) -> None:
        """Told to each."""
        for each in self._observers:
            each.partial(text)

    def turn(self, event: TurnEvent) -> None:
        """Told to each."""
        for each in self._observers:
            each.turn(event)

    def key(self, digit: str) -> None:
        """Told to each."""
        for each in self._observers:
            each.key(digit)

    def hushed(self) -> None:
        """Told to each."""
        for each in self._observers:
            each.hushed()

    def decided(self, actions: Sequence[Action], heard: int, said: Sequence[Message]) -> None:
        """Told to each."""
        for each in self._observers:
            each.decided(actions, heard, said)

    def speaking(self, text: str) -> None:
        """Told to each."""
        for each in self._observers:
            each.speaking(text)

    def handed_over(self, reason: str) -> None:
        """Told to each."""
        for each in self._observers:
            each.handed_over(reason)

    def person(self, name: str | None) -> None:
        """Told to each."""
        for each in self._observers:
            each.person(name)

    def closed(self) -> None:
        """Told to each."""
        for each in self._observers:
            each.closed()


@dataclass(frozen=True)
class Attended:
    """A call with somebody looking on. `announcement`: what the caller must be told before anything else."""

    line: Line
    observer: Observer
    announcement: str | None = None


class CallKeeper(Protocol):
    """Keeps what happens in calls, and their sound where that is wished for."""

    def attend(self, line: TappableLine, call: Call) -> AbstractAsyncContextManager[Attended]:
        """Look on for as long as the context is open. Never fails because something cannot be kept."""


class Unattended:
    """A keeper that keeps nothing."""

    @asynccontextmanager
    async def attend(self, line: TappableLine, call: Call) -> AsyncIterator[Attended]:
        """The call as it is."""
        yield Attended(line, Watch())
