"""All calls of this process: from Asterisk's events to a task for each call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

from ivr.asterisk.abandoned import READER, AbandonedRecord, collect_forever
from ivr.asterisk.ari import Ari, AriError
from ivr.asterisk.call import Call
from ivr.asterisk.incoming import Desks, Reception, incoming
from ivr.asterisk.media import MediaServer
from ivr.asterisk.phones import Phones, PhoneWatcher
from ivr.asterisk.sweep import sweep_orphans
from ivr.asterisk.switchboard import RING_SECONDS, AsteriskSwitchboard

RETRY_SECONDS = 1.0

log = structlog.get_logger("ivr.calls")


class Calls:
    """Answers calls while `answering()` is open. When it closes, every citizen is brought to a person."""

    def __init__(
        self,
        ari: Ari,
        media: MediaServer,
        reception: Reception,
        desks: Desks,
        *,
        rate: int = 8000,
        ring_seconds: int = RING_SECONDS,
        watcher: PhoneWatcher | None = None,
        abandoned: AbandonedRecord | None = None,
    ) -> None:
        """`watcher` is told what operators' telephones do, `abandoned` who gave up in a queue."""
        self._ari = ari
        self._media = media
        self._reception = reception
        self._desks = desks
        self._rate = rate
        self._ring_seconds = ring_seconds
        self._by_channel: dict[str, Call] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._errands: set[asyncio.Task[None]] = set()
        self._abandoned = abandoned
        self.phones = Phones(ari, desks, watcher)
        self.connected = asyncio.Event()
        """Asterisk sends us calls."""

    @property
    def active(self) -> int:
        """Calls that this process looks after now."""
        return len(self._tasks)

    def with_case(self, case: str) -> AsteriskSwitchboard | None:
        """The call about this case, to bring in the other desk; None if it is not ours (any more)."""
        for call in self._by_channel.values():
            if call.switchboard.case == case and not call.switchboard.left:
                return call.switchboard
        return None

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Take calls while the context is open; reconnects to Asterisk for as long as it takes."""
        listener = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            await self._bring_all_to_people()
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            await self._bring_all_to_people()
            await self._sweep()

    async def _listen(self) -> None:
        while True:
            try:
                await sweep_orphans(self._ari, self._tasks)
                async with self._ari.events() as events:
                    await self.phones.follow()
                    log.info("taking calls")
                    self.connected.set()
                    await self._hear(events)
                log.error("Asterisk closed the events websocket")
            except AriError as error:
                log.warning("no calls from Asterisk", reason=str(error))
            finally:
                self.connected.clear()
            await self._part_from_lost()
            await self._bring_all_to_people()
            await asyncio.sleep(RETRY_SECONDS)

    async def _hear(self, events: AsyncIterator[Mapping[str, Any]]) -> None:
        collecting = (
            None if self._abandoned is None else asyncio.create_task(collect_forever(self._ari, self._abandoned))
        )
        try:
            async for event in events:
                self._dispatch(event)
        finally:
            if collecting is not None:
                collecting.cancel()
                await asyncio.gather(collecting, return_exceptions=True)

    def _dispatch(self, event: Mapping[str, Any]) -> None:
        channel = event.get("channel")
        if not isinstance(channel, dict):
            return
        self.phones.told(event)
        call = self._by_channel.get(channel["id"])
        if call is not None:
            call.told(event)
        elif event["type"] == "StasisStart":
            self._started(event)

    def _started(self, event: Mapping[str, Any]) -> None:
        if event["args"][:1] == ["call"]:
            self._begin(event)
        elif event["args"][:1] != [READER]:
            name = str(event["channel"]["id"])
            log.info("a leg without a call is hung up", channel=name)
            errand = asyncio.create_task(self._remove(name))
            self._errands.add(errand)
            errand.add_done_callback(self._errands.discard)

    def _begin(self, event: Mapping[str, Any]) -> None:
        arrived = incoming(event)
        mine = [arrived.id]
        call: Call | None = None

        def watch(channel: str) -> None:
            mine.append(channel)
            if call is not None:
                self._by_channel[channel] = call

        call = Call(
            self._ari,
            self._media,
            arrived,
            self._desks,
            rate=self._rate,
            ring_seconds=self._ring_seconds,
            watch=watch,
        )
        for channel in mine:
            self._by_channel[channel] = call
        log.info("call", call=arrived.id, entry=arrived.entry, trunk=arrived.trunk)
        task = asyncio.create_task(call.run(self._reception))
        self._tasks[arrived.id] = task

        def ended(_: asyncio.Task[None]) -> None:
            self._tasks.pop(arrived.id, None)
            for channel in mine:
                self._by_channel.pop(channel, None)
            log.info("call over", call=arrived.id)

        task.add_done_callback(ended)

    async def _part_from_lost(self) -> None:
        """Calls that Asterisk does not have any more: it broke down with them. They are written up for a call-back."""
        try:
            there = {str(channel["id"]) for channel in await self._ari.channels()}
        except AriError:
            there = set()
        gone = [name for name in self._tasks if name not in there]
        for name in gone:
            self._by_channel[name].lose()
        if gone:
            log.error("Asterisk lost calls", calls=len(gone))
            await asyncio.gather(*(self._tasks[name] for name in gone), return_exceptions=True)

    async def _bring_all_to_people(self) -> None:
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _sweep(self) -> None:
        """Calls that slipped in while we were closing."""
        try:
            await sweep_orphans(self._ari)
        except AriError as error:
            log.warning("no last sweep, left to the dialplan", reason=str(error))

    async def _remove(self, channel: str) -> None:
        try:
            await self._ari.hang_up(channel)
        except AriError as error:
            log.warning("a leg without a call stays", channel=channel, reason=str(error))
