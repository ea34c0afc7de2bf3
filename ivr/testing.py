"""Scripted fakes of the voice channel's ports: an ear that hears what the script says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ivr.ports import Hypothesis
from ivr.recogniser import SAMPLE_BYTES, RecogniserError, RecogniserFailed


@dataclass(frozen=True)
class Utterance:
    """One thing the caller will say. `texts`: hypotheses, best first; none: a noise that is not speech.

    The partial text grows by `pace` characters a second of sound that is not silence (any sample not zero).
    `error` is raised instead of hearing it.
    """

    texts: tuple[str, ...] = ()
    pace: float = 5.0
    error: RecogniserError | None = None


def said(*texts: str) -> Utterance:
    """An utterance with these hypotheses."""
    return Utterance(texts)


class ScriptedRecognition:
    """Recognition from a script: sound that is not silence starts the next utterance, `finish` ends it."""

    def __init__(self, rate: int, script: Iterable[Utterance] = (), pool: ScriptedPool | None = None) -> None:
        self.rate = rate
        self.script = deque(script)
        self.expected: list[tuple[str, ...] | None] = []
        """What `expect` was called with, in order."""
        self.fed = 0.0
        """Seconds of sound taken, silence included."""
        self.finished = 0
        self.closed = False
        self._pool = pool
        self._voiced = 0.0

    async def feed(self, pcm: bytes) -> str:
        """Count the sound; the partial text so far."""
        self._check()
        seconds = len(pcm) / SAMPLE_BYTES / self.rate
        self.fed += seconds
        if any(pcm):
            self._voiced += seconds
        if not self._voiced or not self.script:
            return ""
        now = self.script[0]
        if now.error is not None:
            raise now.error
        return now.texts[0][: int(self._voiced * now.pace + 1e-9)] if now.texts else ""

    async def finish(self) -> tuple[Hypothesis, ...]:
        """The hypotheses of the utterance that was heard; () where only silence was fed."""
        self._check()
        self.finished += 1
        heard, self._voiced = self._voiced > 0, 0.0
        if not heard or not self.script:
            return ()
        now = self.script.popleft()
        if now.error is not None:
            raise now.error
        return tuple(Hypothesis(text) for text in now.texts)

    def expect(self, phrases: Sequence[str] | None) -> None:
        """Remember what was expected."""
        self.expected.append(None if phrases is None else tuple(phrases))

    async def close(self) -> None:
        """Give the place back, once."""
        if not self.closed:
            self.closed = True
            if self._pool is not None:
                self._pool.in_use -= 1

    def _check(self) -> None:
        if self.closed:
            raise RecogniserFailed("the call's recogniser is closed")


class ScriptedPool:
    """RecogniserPool whose calls, in the order they are admitted, follow these scripts; later calls hear nothing."""

    def __init__(self, *scripts: Iterable[Utterance], capacity: int = 1) -> None:
        self._scripts = deque(tuple(script) for script in scripts)
        self._capacity = capacity
        self.in_use = 0
        self.admitted: list[ScriptedRecognition] = []

    @property
    def capacity(self) -> int:
        """Calls that can be heard at the same time."""
        return self._capacity

    def admit(self, rate: int) -> ScriptedRecognition | None:
        """The next script's ear, or None when all are taken."""
        if self.in_use >= self._capacity:
            return None
        self.in_use += 1
        made = ScriptedRecognition(rate, self._scripts.popleft() if self._scripts else (), self)
        self.admitted.append(made)
        return made
