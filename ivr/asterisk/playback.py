"""What is queued in Asterisk for one call: known from its marks alone, never from a clock.

Asterisk's queue holds 20 s and silently drops what is beyond, so a mark follows every stretch of sound and at most
five seconds are ever unacknowledged.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass

AHEAD_SECONDS = 5.0
STRETCH_SECONDS = 0.5
SAMPLE_BYTES = 2


@dataclass(frozen=True)
class _Stretch:
    size: int
    mark: str | None


class PlaybackQueue:
    """Bytes sent but not yet heard. Marks are short ids of our own: Asterisk ignores text over 128 bytes."""

    def __init__(self, rate: int) -> None:
        self._limit = int(rate * AHEAD_SECONDS) * SAMPLE_BYTES
        self._ids = itertools.count(1)
        self._pending: dict[str, _Stretch] = {}
        self._ahead = 0
        self._changed = asyncio.Event()
        self._open = True
        self._flowing = True
        self.generation = 0
        """Counts flushes: sound of an earlier generation must not be sent any more."""

    @property
    def ahead(self) -> int:
        """Bytes on their way to the caller."""
        return self._ahead

    def sent(self, size: int, mark: str | None) -> str:
        """A stretch went out; returns the id of the mark to send after it."""
        name = f"m{next(self._ids)}"
        self._pending[name] = _Stretch(size, mark)
        self._ahead += size
        return name

    def heard(self, name: str) -> str | None:
        """Asterisk processed a mark; returns the caller's mark that ended there, if any. Flushed ids are ignored."""
        stretch = self._pending.pop(name, None)
        if stretch is None:
            return None
        self._ahead -= stretch.size
        self._changed.set()
        return stretch.mark

    def flush(self) -> tuple[str, ...]:
        """Forget everything; returns the marks that will not be heard, in order."""
        marks = tuple(stretch.mark for stretch in self._pending.values() if stretch.mark is not None)
        self._pending.clear()
        self._ahead = 0
        self.generation += 1
        self._changed.set()
        return marks

    def pause(self) -> None:
        """Asterisk's queue is full (MEDIA_XOFF)."""
        self._flowing = False

    def resume(self) -> None:
        """Asterisk's queue has room (MEDIA_XON)."""
        self._flowing = True
        self._changed.set()

    def close(self) -> None:
        """Nobody listens any more: room() returns at once."""
        self._open = False
        self._changed.set()

    async def room(self, size: int) -> bool:
        """Wait until `size` bytes may be sent; False if the queue was flushed or closed meanwhile."""
        generation = self.generation
        while self._open and self.generation == generation:
            if self._flowing and (self._ahead == 0 or self._ahead + size <= self._limit):
                return True
            self._changed.clear()
            await self._changed.wait()
        return False
