"""Both sides of a call on one timeline. The caller's sound, as it arrives, is the clock: it never pauses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from ivr.ports import Line, LineEvent

_SAMPLE_BYTES = 2


class Tape:
    """Places what we play beside what arrives: at once, or after what is queued already; a flush takes back the rest.

    Pure: no clock, no I/O. Seconds are seconds of the caller's sound since the call began.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._heard = 0
        self._queue = bytearray()

    @property
    def now(self) -> float:
        """Seconds of sound that have arrived."""
        return self._heard / _SAMPLE_BYTES / self.rate

    @property
    def ends(self) -> float:
        """The second at which everything queued will have been played: where the next sound begins."""
        return (self._heard + len(self._queue)) / _SAMPLE_BYTES / self.rate

    def play(self, pcm: bytes) -> None:
        """This follows what is queued."""
        self._queue += pcm

    def flush(self) -> None:
        """What has not been played never will be."""
        self._queue.clear()

    def hear(self, pcm: bytes) -> bytes:
        """Time passes; returns what we played meanwhile: as many bytes, silence where there was nothing."""
        size = len(pcm)
        played = bytes(self._queue[:size])
        del self._queue[:size]
        self._heard += size
        return played + bytes(size - len(played))


class TappableLine(Line, Protocol):
    """A line that shows the caller's sound the moment it arrives, before anybody has taken it."""

    def listen_in(self, tap: Callable[[bytes], None]) -> None:
        """Call this with every piece of PCM from the start of the call; it returns at once and never raises."""


class TapedLine:
    """A line as it is, with a tape running along. `record` gets both sides: what arrived, what was played meanwhile."""

    def __init__(self, line: TappableLine, tape: Tape, record: Callable[[bytes, bytes], None] | None = None) -> None:
        self._line = line
        self._tape = tape
        self._record = record
        line.listen_in(self._arrived)

    @property
    def rate(self) -> int:
        """Samples per second of both directions."""
        return self._line.rate

    def events(self) -> AsyncIterator[LineEvent]:
        """Everything that happens on the line."""
        return self._line.events()

    async def play(self, pcm: bytes, mark: str) -> None:
        """Queue sound."""
        self._tape.play(pcm)
        await self._line.play(pcm, mark)

    async def flush(self) -> None:
        """Stop playing at once."""
        self._tape.flush()
        await self._line.flush()

    def _arrived(self, pcm: bytes) -> None:
        played = self._tape.hear(pcm)
        if self._record is not None:
            self._record(pcm, played)
