"""One call's hearing: sound to the recogniser as it comes, what was said out of it once per turn."""

from __future__ import annotations

from collections.abc import Sequence

from conversation import Said
from ivr.ports import Hypothesis, Recognition

RESET = 10.0
"""Seconds without any word after which the recogniser starts afresh: its search must not grow while nobody speaks."""
_SAMPLE_BYTES = 2


class Ear:
    """Keeps the partial text of the running turn. Errors of the recogniser pass through."""

    def __init__(self, recognition: Recognition, rate: int) -> None:
        self._recognition = recognition
        self._bytes_per_second = rate * _SAMPLE_BYTES
        self._heard = 0
        self.partial = ""
        """The text of the turn so far, without spaces."""

    def expect(self, phrases: Sequence[str] | None) -> None:
        """Phrases likely in the next turn; None for free speech."""
        self._recognition.expect(phrases)

    async def feed(self, pcm: bytes) -> None:
        """Take sound at the line's rate; `partial` follows."""
        self._heard += len(pcm)
        self.partial = await self._recognition.feed(pcm)

    async def rest(self) -> None:
        """Nobody is speaking: start afresh once that has lasted."""
        if not self.partial and self._heard > RESET * self._bytes_per_second:
            await self.forget()

    async def forget(self) -> None:
        """What was heard since the last turn was none."""
        if self._heard:
            await self._recognition.finish()
        self._clear()

    async def finish(self) -> Said | None:
        """The turn is over: what was said, or None."""
        last = self.partial
        found = await self._recognition.finish() if self._heard else ()
        self._clear()
        return said_of(found or (Hypothesis(last),))

    async def close(self) -> None:
        """Give the recogniser back."""
        await self._recognition.close()

    def _clear(self) -> None:
        self._heard = 0
        self.partial = ""


def said_of(hypotheses: Sequence[Hypothesis]) -> Said | None:
    """The event for these hypotheses, without empty and repeated ones; None if nothing is left."""
    spoken = [each for each in hypotheses if each.text.strip()]
    if not spoken:
        return None
    texts = tuple(dict.fromkeys(each.text.strip() for each in spoken))
    confidence = spoken[0].confidence
    return Said(alternatives=texts, confidence=confidence if confidence is not None and 0 <= confidence <= 1 else None)
