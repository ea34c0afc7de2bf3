"""Tiny conversations to hold a real call with: they play a tone and write down what happens on the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
from rtp_peer import frequencies, tone

from ivr.asterisk import Incoming
from ivr.ports import Audio, Line, LineClosed, LineEvent, Switchboard

PROMPT = 450
"""Hz of our voice."""


class Talker:
    """Admitted call: plays `seconds` of tone, keeps every event that is not sound."""

    def __init__(self, call: Incoming, seconds: float) -> None:
        self.call = call
        self.events: asyncio.Queue[LineEvent] = asyncio.Queue()
        self.started: asyncio.Future[tuple[Line, Switchboard]] = asyncio.get_running_loop().create_future()
        self.released = asyncio.Event()
        self._seconds = seconds
        self._heard = np.zeros(0, np.int16)
        self._sound = asyncio.Condition()
        self._rate = 8000

    async def converse(self, line: Line, switchboard: Switchboard) -> None:
        self._rate = line.rate
        self.started.set_result((line, switchboard))
        playing = asyncio.create_task(line.play(tone(PROMPT, self._seconds, line.rate).tobytes(), "prompt"))
        try:
            async for event in line.events():
                if isinstance(event, Audio):
                    async with self._sound:
                        self._heard = np.concatenate((self._heard, np.frombuffer(event.pcm, "<i2")))[-self._rate :]
                        self._sound.notify_all()
                else:
                    self.events.put_nowait(event)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    async def release(self) -> None:
        self.released.set()

    async def hears(self, frequency: int) -> None:
        async with self._sound:
            await self._sound.wait_for(lambda: frequency in frequencies(self._heard[-self._rate // 5 :], self._rate))

    async def next(self, kind: type[LineEvent]) -> LineEvent:
        """The next event, which must be of this kind."""
        event = await self.events.get()
        assert isinstance(event, kind), event
        return event

    async def until_closed(self) -> LineClosed:
        while True:
            event = await self.events.get()
            if isinstance(event, LineClosed):
                return event


class Breaking(Talker):
    """A conversation with a defect."""

    async def converse(self, line: Line, switchboard: Switchboard) -> None:
        raise RuntimeError("defect")


class FrontDesk:
    """Reception: `places` calls at a time."""

    def __init__(
        self, places: int = 10, seconds: float = 30.0, talker: Callable[[Incoming, float], Talker] = Talker
    ) -> None:
        self.calls: asyncio.Queue[Talker] = asyncio.Queue()
        self._places = places
        self._seconds = seconds
        self._talker = talker

    def admit(self, call: Incoming) -> Talker | None:
        if self._places == 0:
            return None
        self._places -= 1
        talker = self._talker(call, self._seconds)
        self.calls.put_nowait(talker)
        return talker
