"""What the front desk says on a line: in order, interruptible, and able to go on where it was interrupted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from ivr.ports import Line, Voice

PIECE = 1.0
"""Seconds of sound between two marks: how exactly the place of an interruption is known."""
BREATH = 0.3
"""Seconds of silence between two texts."""
_SAMPLE_BYTES = 2


class Mouth:
    """Speaks texts one after the other. `run` must be running; what fails in it is an error of the call."""

    def __init__(self, line: Line, voice: Voice, began: Callable[[str], None] | None = None) -> None:
        """`began` is told each text whose first sound goes to the line now."""
        self._line = line
        self._voice = voice
        self._began = began
        self._beginning: str | None = None
        self.slow = False
        self.loud = False
        self._texts: deque[str] = deque()
        self._speech: AsyncIterator[bytes] | None = None
        """Of the text that is being said: what was not fetched yet."""
        self._pieces: deque[bytes] = deque()
        self._flying: dict[str, bytes] = {}
        self._silenced = False
        self._marks = 0
        self._spoken = 0
        self._wake = asyncio.Event()

    @property
    def talking(self) -> bool:
        """Whether something is, or is about to be, heard."""
        return not self._silenced and self._unfinished

    @property
    def _unfinished(self) -> bool:
        return bool(self._texts or self._speech or self._pieces or self._flying)

    @property
    def spoken(self) -> int:
        """How many pieces of sound were given to the line so far."""
        return self._spoken

    def say(self, *texts: str) -> None:
        """Add to what is said. What was interrupted before is forgotten."""
        if self._silenced:
            self._forget()
        self._texts.extend(text for text in texts if text.strip())
        self._wake.set()

    async def hush(self) -> None:
        """Stop at once (barge-in); `resume` goes on where it stopped."""
        if not self._unfinished or self._silenced:
            return
        self._silenced = True
        self._pieces.extendleft(reversed(self._flying.values()))
        self._flying.clear()
        await self._line.flush()

    def resume(self) -> None:
        """It was nothing: go on, from at most PIECE seconds before the interruption."""
        self._silenced = False
        self._wake.set()

    async def drop(self) -> None:
        """Stop and forget everything."""
        audible = bool(self._flying)
        self._forget()
        if audible:
            await self._line.flush()

    def played(self, mark: str) -> None:
        """The line has played up to this mark; marks of flushed sound are unknown here and ignored."""
        self._flying.pop(mark, None)

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            if self._silenced or not (self._pieces or self._speech or self._texts):
                self._wake.clear()
                await self._wake.wait()
            elif self._pieces:
                await self._play(self._pieces.popleft())
            elif self._speech is not None:
                await self._fetch(self._speech)
            else:
                self._begin(self._texts.popleft())

    async def _play(self, piece: bytes) -> None:
        self._marks += 1
        mark = f"m{self._marks}"
        self._flying[mark] = piece
        self._spoken += 1
        await self._line.play(piece, mark)

    def _begin(self, text: str) -> None:
        """What follows something that is still heard begins a breath later."""
        if self._flying:
            self._pieces.append(bytes(_SAMPLE_BYTES * round(BREATH * self._line.rate)))
        self._beginning = text
        self._speech = self._voice.stream(text, self._line.rate, slow=self.slow, loud=self.loud)

    async def _fetch(self, speech: AsyncIterator[bytes]) -> None:
        """The next part of what is being said; an interruption meanwhile does not lose it, `drop` does."""
        pcm = await anext(speech, None)
        if self._speech is not speech:
            return
        if pcm is None:
            self._speech = None
            return
        if self._beginning is not None and self._began is not None:
            self._began(self._beginning)
        self._beginning = None
        size = int(self._line.rate * PIECE) * _SAMPLE_BYTES
        self._pieces.extend(pcm[at : at + size] for at in range(0, len(pcm), size))

    def _forget(self) -> None:
        self._texts.clear()
        self._speech = None
        self._pieces.clear()
        self._flying.clear()
        self._silenced = False
