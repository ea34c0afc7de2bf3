"""Counts the calls that are being heard, so that work which can wait does not compete with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ivr.ports import Hypothesis, RecogniserPool, Recognition


class CountedEars:
    """A RecogniserPool in front of another."""

    def __init__(self, ears: RecogniserPool) -> None:
        self._ears = ears
        self._in_use = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def capacity(self) -> int:
        """Calls that can be heard at the same time."""
        return self._ears.capacity

    async def quiet(self) -> None:
        """Wait until no call is being heard."""
        await self._quiet.wait()

    def admit(self, rate: int) -> Recognition | None:
        """An ear for a call at this rate, or None when all are taken."""
        ear = self._ears.admit(rate)
        if ear is None:
            return None
        self._in_use += 1
        self._quiet.clear()
        return _CountedEar(ear, self)

    def given_back(self) -> None:
        """One call fewer."""
        self._in_use -= 1
        if self._in_use == 0:
            self._quiet.set()


class _CountedEar:
    def __init__(self, ear: Recognition, pool: CountedEars) -> None:
        self._ear = ear
        self._pool: CountedEars | None = pool

    async def feed(self, pcm: bytes) -> str:
        return await self._ear.feed(pcm)

    async def finish(self) -> tuple[Hypothesis, ...]:
        return await self._ear.finish()

    def expect(self, phrases: Sequence[str] | None) -> None:
        self._ear.expect(phrases)

    async def close(self) -> None:
        """Give the place back, once."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.given_back()
        await self._ear.close()
