"""Stand-ins for line, ears, voice and switchboard on virtual time: a scripted caller, no clock, no model.

The caller's sound is marked: every sample of a frame names the sentence and how far it has been said, so that the
fake ears read from the audio itself what was heard.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from handoff import Priority, Queue
from ivr.activity import WINDOW
from ivr.ports import (
    Audio,
    Hypothesis,
    Key,
    LineClosed,
    LineEvent,
    OperatorAnswered,
    OperatorLeft,
    Played,
    Recognition,
)

RATE = 8000
_FRAME = int(RATE * WINDOW)
_SETTLE = 12
"""Rounds of the event loop that let every other task react before the next 20 ms."""
AHEAD = 5.0


@dataclass(frozen=True)
class Speak:
    """The caller says this; `seconds` None: a quarter of a second a character. Noise if the text is empty."""

    text: str
    seconds: float | None = None


@dataclass(frozen=True)
class Wait:
    """The caller is silent for so long."""

    seconds: float


@dataclass(frozen=True)
class Listen:
    """The caller hears the front desk out (at most so many seconds)."""

    at_most: float = 120.0


@dataclass(frozen=True)
class Happen:
    """An event of the line."""

    event: Key | OperatorAnswered | OperatorLeft


@dataclass(frozen=True)
class Do:
    """Something outside the call changes."""

    act: Callable[[], object]


Step = Speak | Wait | Listen | Happen | Do


@dataclass
class _Sound:
    text: str
    left: int
    mark: str


class ScriptedLine:
    """A Line on virtual time: the script is one side, `heard` the other.

    FakeVoice turns a text into sound of a known length; `heard` is what the caller has heard, in order, with the second
    at which each text began; an interrupted text ends with "…".
    """

    def __init__(self, *steps: Step) -> None:
        self._steps = deque(steps)
        self.texts: list[str] = []
        """Sentences of the caller; the audio refers to them by index + 1."""
        self.now = 0.0
        self.flushes: list[float] = []
        self.out: list[tuple[float, bytes]] = []
        """Sound as it was queued, with the time."""
        self.idle_since = 0.0
        self.closed = False
        self._queue: deque[_Sound] = deque()
        self._room = asyncio.Event()
        self._room.set()

    @property
    def rate(self) -> int:
        """8000."""
        return RATE

    @property
    def playing(self) -> bool:
        """Whether the caller hears the front desk."""
        return bool(self._queue)

    async def play(self, pcm: bytes, mark: str) -> None:
        """Queue sound."""
        self.out.append((self.now, pcm))
        self._queue.append(_Sound("", len(pcm) // 2, mark))
        while sum(sound.left for sound in self._queue) > AHEAD * RATE:
            self._room.clear()
            await self._room.wait()

    async def flush(self) -> None:
        """Stop."""
        self.flushes.append(self.now)
        self._queue.clear()
        self._room.set()

    async def events(self) -> AsyncIterator[LineEvent]:
        """The script, 20 ms at a time, then LineClosed."""
        await self._settle()
        while self._steps:
            async for event in self._play_out(self._steps.popleft()):
                yield event
        self.closed = True
        yield LineClosed()

    async def _play_out(self, step: Step) -> AsyncIterator[LineEvent]:
        match step:
            case Speak():
                seconds = step.seconds if step.seconds is not None else 0.25 * max(1, len(step.text))
                self.texts.append(step.text)
                frames = max(1, round(seconds / WINDOW))
                for at in range(1, frames + 1):
                    async for event in self._pass(marked(len(self.texts), at / frames)):
                        yield event
            case Wait():
                for _ in range(round(step.seconds / WINDOW)):
                    async for event in self._pass(bytes(2 * _FRAME)):
                        yield event
            case Listen():
                end = self.now + step.at_most
                async for event in self._pass(bytes(2 * _FRAME)):
                    yield event
                while self._queue and self.now < end:
                    async for event in self._pass(bytes(2 * _FRAME)):
                        yield event
            case Happen():
                yield step.event
                await self._settle()
            case Do():
                step.act()

    async def _pass(self, pcm: bytes) -> AsyncIterator[LineEvent]:
        """20 ms pass."""
        self.now += WINDOW
        room = _FRAME
        while self._queue and room:
            first = self._queue[0]
            played = min(room, first.left)
            first.left -= played
            room -= played
            if not first.left:
                self._queue.popleft()
                self._room.set()
                yield Played(first.mark)
        self._room.set()
        yield Audio(pcm)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(_SETTLE):
            await asyncio.sleep(0)


def marked(sentence: int, progress: float) -> bytes:
    """A 20 ms frame: first sample the sentence, second how far it is (0-1000), the rest a loud tone."""
    samples = (8000 * np.sin(np.arange(_FRAME) / 3)).astype("<i2")
    samples[0], samples[1] = sentence, round(progress * 1000)
    return samples.tobytes()


class MarkedActivity:
    """Voice wherever a frame is marked."""

    def feed(self, pcm: bytes) -> tuple[bool, ...]:
        """One verdict a frame."""
        size = 2 * _FRAME
        return tuple(pcm[at : at + 2] != b"\0\0" for at in range(0, len(pcm), size))


class FakeEars:
    """A pool for one line's script. `fail_at`/`overload_at`: feeding raises `error` from that sentence on."""

    def __init__(
        self, line: ScriptedLine, *, places: int = 1, error: Exception | None = None, fails_at: int = 1
    ) -> None:
        self._line = line
        self._places = places
        self._error = error
        self._fails_at = fails_at
        self.taken = 0
        self.expected: list[tuple[str, ...] | None] = []
        self.readings: dict[str, tuple[str, ...]] = {}
        """What is heard instead of a sentence, best first."""

    @property
    def capacity(self) -> int:
        """Places in all."""
        return self._places

    def admit(self, rate: int) -> Recognition | None:
        """An ear that reads the marks."""
        assert rate == RATE
        if self.taken >= self._places:
            return None
        self.taken += 1
        return _FakeRecognition(self)

    def hypotheses(self, sentence: int, progress: float) -> tuple[str, ...]:
        """What can be heard of a sentence so far."""
        if self._error is not None and sentence >= self._fails_at:
            raise self._error
        text = self._line.texts[sentence - 1]
        whole = self.readings.get(text, (text,))
        return tuple(each[: round(progress * len(each))] for each in whole)


class _FakeRecognition:
    def __init__(self, ears: FakeEars) -> None:
        self._ears = ears
        self._heard: dict[int, float] = {}
        self._open = True

    async def feed(self, pcm: bytes) -> str:
        assert self._open
        for at in range(0, len(pcm), 2 * _FRAME):
            sentence, progress = np.frombuffer(pcm[at : at + 4], dtype="<i2")
            if sentence:
                self._heard[int(sentence)] = float(progress) / 1000
                self._ears.hypotheses(int(sentence), 0)
        return next(iter(self._texts()), "")

    async def finish(self) -> tuple[Hypothesis, ...]:
        texts = self._texts()
        self._heard.clear()
        return tuple(Hypothesis(text, 0.9) for text in texts)

    def expect(self, phrases: Sequence[str] | None) -> None:
        self._ears.expected.append(None if phrases is None else tuple(phrases))

    async def close(self) -> None:
        assert self._open
        self._open = False
        self._ears.taken -= 1

    def _texts(self) -> tuple[str, ...]:
        parts = [self._ears.hypotheses(sentence, progress) for sentence, progress in self._heard.items()]
        longest = max((len(part) for part in parts), default=0)
        joined = ("".join(part[min(n, len(part) - 1)] for part in parts) for n in range(longest))
        return tuple(text for text in joined if text)


@dataclass
class FakeVoice:
    """A tenth of a second a character. Keeps what it was asked to speak."""

    spoken: list[str] = field(default_factory=list)
    manners: list[tuple[bool, bool]] = field(default_factory=list)
    error: Exception | None = None
    seconds: float = 0.1

    async def speak(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> bytes:
        """Sound of the text's length."""
        if self.error is not None:
            raise self.error
        self.spoken.append(text)
        self.manners.append((slow, loud))
        return b"\1\1" * int(rate * self.seconds * len(text))

    async def stream(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> AsyncIterator[bytes]:
        """The same, in one piece."""
        yield await self.speak(text, rate, slow=slow, loud=loud)


@dataclass
class FakeSwitchboard:
    """Keeps what was asked of it."""

    rings: list[tuple[Queue, str, Priority]] = field(default_factory=list)
    handed_over: list[tuple[Queue, str | None, Literal["asked", "overload", "failure"]]] = field(default_factory=list)
    noted: list[tuple[Queue, str]] = field(default_factory=list)
    hung_up: bool = False
    error: Exception | None = None

    async def ring(self, queue: Queue, case: str, priority: Priority) -> None:
        """Noted."""
        if self.error is not None:
            raise self.error
        self.rings.append((queue, case, priority))

    async def note_case(self, queue: Queue, case: str) -> None:
        """Noted."""
        self.noted.append((queue, case))

    async def hand_over(self, queue: Queue, case: str | None, reason: Literal["asked", "overload", "failure"]) -> None:
        """Noted."""
        self.handed_over.append((queue, case, reason))

    async def hang_up(self) -> None:
        """Noted."""
        self.hung_up = True
