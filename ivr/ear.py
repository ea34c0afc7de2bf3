"""One call's hearing: audio in small batches to the recogniser, what was said out of it, once per turn."""

from __future__ import annotations

from collections.abc import Sequence

from conversation import Said
from ivr.ports import Hypothesis, Recognition

BATCH = 0.1
"""Seconds of sound handed over at once."""
AGAIN_AFTER = 1.2
"""Seconds of voice from which a reply to a closed question is also heard without the list of expected words."""
_KEPT = 30.0
_RESET = 10.0
"""Seconds without any word after which the recogniser starts afresh: its search must not grow while nobody speaks."""
_SAMPLE_BYTES = 2


class Ear:
    """Keeps the partial text of the running turn. Errors of the recogniser pass through."""

    def __init__(self, recognition: Recognition, rate: int) -> None:
        self._recognition = recognition
        self._bytes = rate * _SAMPLE_BYTES
        self._waiting = bytearray()
        self._turn = bytearray()
        self._heard = 0
        self._phrases: tuple[str, ...] | None = None
        self.partial = ""
        """The text so far, without spaces."""

    def expect(self, phrases: Sequence[str] | None) -> None:
        """Words likely in the next turn; None for free speech."""
        self._phrases = None if phrases is None else tuple(phrases)
        self._recognition.expect(self._phrases)

    async def feed(self, pcm: bytes) -> None:
        """Take sound at the line's rate; `partial` follows."""
        self._waiting += pcm
        if len(self._waiting) >= BATCH * self._bytes:
            await self._pass_on()

    async def rest(self) -> None:
        """Nobody is speaking: after a while without words start afresh."""
        if not self.partial and self._heard > _RESET * self._bytes:
            await self.forget()

    async def forget(self) -> None:
        """What was heard so far was no turn."""
        self._waiting.clear()
        if self._heard:
            await self._recognition.finish()
        self._clear()

    async def finish(self, voiced: float) -> Said | None:
        """The turn is over: what was said, or None. `voiced`: seconds of voice in it.

        A long or unmatched reply to a closed question is heard again freely: a cry for help must not become 是.
        """
        if self._waiting:
            await self._pass_on()
        last = self.partial
        found = await self._recognition.finish() if self._heard else ()
        if self._phrases is not None and self._turn and (voiced >= AGAIN_AFTER or not found):
            found = (*await self._freely(), *found)
        self._clear()
        return said_of(found or (Hypothesis(last),))

    async def close(self) -> None:
        """Give the recogniser back."""
        await self._recognition.close()

    async def _pass_on(self) -> None:
        pcm = bytes(self._waiting)
        self._waiting.clear()
        self._heard += len(pcm)
        if self._phrases is not None:
            self._turn += pcm
            del self._turn[: max(0, len(self._turn) - int(_KEPT * self._bytes))]
        self.partial = await self._recognition.feed(pcm)

    async def _freely(self) -> tuple[Hypothesis, ...]:
        self._recognition.expect(None)
        try:
            await self._recognition.feed(bytes(self._turn))
            return await self._recognition.finish()
        finally:
            self._recognition.expect(self._phrases)

    def _clear(self) -> None:
        self._turn.clear()
        self._heard = 0
        self.partial = ""


def said_of(hypotheses: Sequence[Hypothesis]) -> Said | None:
    """The event for these hypotheses, without empty and repeated ones; None if nothing is left."""
    texts = tuple(dict.fromkeys(text for hypothesis in hypotheses if (text := hypothesis.text.strip())))
    if not texts:
        return None
    confidence = next(each.confidence for each in hypotheses if each.text.strip())
    sure = confidence if confidence is not None and 0 <= confidence <= 1 else None
    return Said(alternatives=texts, confidence=sure)
