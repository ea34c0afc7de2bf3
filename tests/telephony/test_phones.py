"""What operators' telephones do is told, whoever rings them: the product, or a queue of the dialplan."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from baresip_operator import operator
from sipp_caller import Dial, calling
from talkers import FrontDesk

from ivr.asterisk import PhoneCall

pytestmark = pytest.mark.telephony

CASE = "202601020007"
NUMBER = "13900006666"


class Watcher:
    def __init__(self) -> None:
        self.news: asyncio.Queue[tuple[str, PhoneCall | None]] = asyncio.Queue()

    def phone(self, name: str, call: PhoneCall | None) -> None:
        self.news.put_nowait((name, call))

    async def next(self) -> tuple[str, PhoneCall | None]:
        return await self.news.get()


async def rings_and_talks(watcher: Watcher, phone: str) -> None:
    assert await watcher.next() == (phone, PhoneCall(CASE, NUMBER, talking=False))
    assert await watcher.next() == (phone, PhoneCall(CASE, NUMBER, talking=True))


async def test_a_phone_that_we_ring(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip, watcher = FrontDesk(), exchange.layout.sip_port, Watcher()
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip) as phone,
        open_desk(desk, watcher=watcher),
        calling(tmp_path, sip, Dial("110", NUMBER)),
    ):
        _, switchboard = await (await desk.calls.get()).started
        await switchboard.ring("110", CASE, "P1")
        await rings_and_talks(watcher, "op110")
        await phone.hang_up()
        assert await watcher.next() == ("op110", None)
        await asyncio.sleep(1)
        assert watcher.news.empty(), "a telephone at rest stays at rest"


async def test_a_phone_that_the_queue_rings(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip, watcher = FrontDesk(), exchange.layout.sip_port, Watcher()
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        open_desk(desk, watcher=watcher),
        calling(tmp_path, sip, Dial("12345", NUMBER)),
    ):
        _, switchboard = await (await desk.calls.get()).started
        await switchboard.hand_over("12345", CASE, "asked")
        await rings_and_talks(watcher, "op12345")
        await phone.hang_up()
        assert await watcher.next() == ("op12345", None)


async def test_a_call_that_goes_on_is_known_after_a_restart(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip, watcher = FrontDesk(), exchange.layout.sip_port, Watcher()
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip),
        calling(tmp_path, sip, Dial("12345", NUMBER)) as citizen,
    ):
        async with open_desk(desk):
            _, switchboard = await (await desk.calls.get()).started
            await switchboard.hand_over("12345", CASE, "asked")
            await citizen.sound.hears(1000)
        async with open_desk(desk, watcher=watcher):
            assert await watcher.next() == ("op12345", PhoneCall(CASE, NUMBER, talking=True))
