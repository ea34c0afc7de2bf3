"""What a call session works with, as protocols: the line, the ears, the mouth, the switchboard.

Audio everywhere is signed 16-bit little-endian mono PCM. Times are seconds of audio, not of the wall clock.
`ivr.testing` has scripted fakes of all of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # recogniser workers use the types of sound and need nothing of cases
    from handoff import Priority, Queue


@dataclass(frozen=True)
class Audio:
    """Sound from the caller, at the line's rate."""

    pcm: bytes


@dataclass(frozen=True)
class Key:
    """A key the caller pressed: 0-9, * or #."""

    digit: str


@dataclass(frozen=True)
class Played:
    """Everything queued up to this mark has left the line (or was flushed: `flushed`)."""

    mark: str
    flushed: bool = False


@dataclass(frozen=True)
class OperatorAnswered:
    """A person picked up and can now be heard by the caller."""

    name: str


@dataclass(frozen=True)
class OperatorLeft:
    """The last person hung up and the caller is still there."""


@dataclass(frozen=True)
class LineClosed:
    """The caller is gone, or (`handed_over`) with a person without us: a desk's queue has the call now."""

    handed_over: bool = False
    lost: bool = False
    """Nobody hung up: the telephone exchange broke down, and the caller with it."""


LineEvent = Audio | Key | Played | OperatorAnswered | OperatorLeft | LineClosed


class Line(Protocol):
    """One call's media: Asterisk's external media or a browser's microphone."""

    @property
    def rate(self) -> int:
        """Samples per second of both directions (8000 or 16000)."""

    def events(self) -> AsyncIterator[LineEvent]:
        """Everything that happens on the line, in order, ending after LineClosed."""

    async def play(self, pcm: bytes, mark: str) -> None:
        """Queue sound; Played(mark) follows when it has been heard. Returns when at most 5 s are queued ahead."""

    async def flush(self) -> None:
        """Stop playing at once and forget what is queued (barge-in)."""


@dataclass(frozen=True)
class Hypothesis:
    """What may have been said, without the recogniser's spaces. Confidence is a hint, never a gate."""

    text: str
    confidence: float | None = None


class Recognition(Protocol):
    """One call's ear. Streams audio; ends an utterance only when told to."""

    async def feed(self, pcm: bytes) -> str:
        """Take sound (at the line's rate); returns the partial text so far, "" if none."""

    async def finish(self) -> tuple[Hypothesis, ...]:
        """End the utterance: hypotheses, best first; the last partial if the final came back empty; () if nothing."""

    def expect(self, phrases: Sequence[str] | None) -> None:
        """Words likely in the next utterance (yes/no, choices); None for free speech."""

    async def close(self) -> None:
        """Give the place back to the pool."""


class RecogniserPool(Protocol):
    """Admission control: a call that cannot be heard in real time must go to a person at once."""

    def admit(self, rate: int) -> Recognition | None:
        """An ear for a call at this rate, or None when all are taken."""

    @property
    def capacity(self) -> int:
        """Calls that can be heard at the same time."""


class Voice(Protocol):
    """Turns words into sound."""

    def stream(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> AsyncIterator[bytes]:
        """PCM of the text at this rate, piece by piece: the first sounds while the next is still being made.

        Rendered sentences come from the cache without synthesis.
        """

    async def speak(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> bytes:
        """The same, whole."""


class Switchboard(Protocol):
    """Brings people into a call and hands it over."""

    async def ring(self, queue: Queue, case: str, priority: Priority) -> None:
        """Ring the desk's operators while the caller goes on talking to us; OperatorAnswered follows on the line."""

    async def note_case(self, queue: Queue, case: str) -> None:
        """Keep the case's number with the call, so that whoever takes it sees the case even if we die. Never raises."""

    async def hand_over(self, queue: Queue, case: str | None, reason: Literal["asked", "overload", "failure"]) -> None:
        """Give the call to the desk's queue for good; we are out of it."""

    async def hang_up(self) -> None:
        """End the call politely."""
