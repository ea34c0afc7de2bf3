"""A citizen who hangs up before anybody answers is called back: from our line, from the queue, whoever was down."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from baresip_operator import operator
from places import empty, in_queue
from sipp_caller import Dial, calling
from talkers import FrontDesk

from handoff.abandoned import Abandoned
from handoff.ports import StoreUnavailable
from ivr.asterisk.abandoned import read

pytestmark = pytest.mark.telephony

CASE = "202601020007"


class Records:
    """Keeps what it is told; at first the store does not answer so many times."""

    def __init__(self, refusals: int = 0) -> None:
        self.calls: asyncio.Queue[Abandoned] = asyncio.Queue()
        self._refusals = refusals

    async def record(self, call: Abandoned) -> None:
        if self._refusals:
            self._refusals -= 1
            raise StoreUnavailable("down")
        self.calls.put_nowait(call)


def kept(exchange: Any) -> list[str]:
    """What Asterisk's database holds of calls that nobody answered."""
    with sqlite3.connect(exchange.layout.root / "lib" / "astdb.sqlite3") as database:
        found = database.execute("SELECT value FROM astdb WHERE key LIKE '/abandoned/%'").fetchall()
    return [value for (value,) in found]


async def keeps(exchange: Any, entries: int) -> None:
    """Until Asterisk's database holds so many; it writes a little later than it says."""
    while len(kept(exchange)) != entries:  # noqa: ASYNC110 - the file is asked, it does not tell
        await asyncio.sleep(0.05)


async def test_who_gives_up_in_the_queue_is_told_with_the_case(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    desk, records = FrontDesk(), Records(refusals=1)
    async with open_desk(desk, abandoned=records):
        async with calling(tmp_path, exchange.layout.sip_port, Dial("110", "13900005555")) as citizen:
            _, switchboard = await (talker := await desk.calls.get()).started
            await switchboard.hand_over("110", CASE, "asked")
            await in_queue(ari, "police")
            await talker.released.wait()
            await citizen.hang_up()
        told = await records.calls.get()
        assert (told.case, told.number, told.line, told.queue, told.trunk) == (
            CASE, "13900005555", "110", "110", "trunk",
        )  # fmt: skip
        await keeps(exchange, 0)


async def test_an_entry_stays_until_it_was_recorded(exchange: Any, open_desk: Any, ari: Any, tmp_path: Path) -> None:
    async with calling(tmp_path, exchange.layout.sip_port) as citizen:
        await in_queue(ari, "human")
        await citizen.hang_up()
    await empty(ari)
    await keeps(exchange, 1)
    async with open_desk(FrontDesk(), abandoned=Records(refusals=1000)):
        await asyncio.sleep(3)
    assert len(kept(exchange)) == 1
    records = Records()
    async with open_desk(FrontDesk(), abandoned=records):
        await records.calls.get()
        await keeps(exchange, 0)


async def test_who_gives_up_while_the_product_is_down_is_told_when_it_is_back(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    async with calling(tmp_path, exchange.layout.sip_port, Dial("12345", "anonymous")) as citizen:
        await in_queue(ari, "human")
        await citizen.hang_up()
    await empty(ari)
    records = Records()
    async with open_desk(FrontDesk(), abandoned=records):
        told = await records.calls.get()
        assert (told.case, told.number, told.line, told.queue) == (None, None, "12345", "12345")
        await keeps(exchange, 0)


async def test_who_was_answered_has_not_given_up(exchange: Any, open_desk: Any, ari: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(), exchange.layout.sip_port
    async with operator(tmp_path, "op12345", exchange.passwords["op12345"], sip), open_desk(desk):
        async with calling(tmp_path, sip) as citizen:
            _, switchboard = await (await desk.calls.get()).started
            await switchboard.hand_over("12345", CASE, "asked")
            await citizen.sound.hears(1000)
            await citizen.hang_up()
        await empty(ari)
        await asyncio.sleep(2)
        assert not kept(exchange)


@pytest.mark.parametrize("entry", ["", "a|b", "c|1|110|police|trunk|later", "1|2|3|4|5|6|7"])
def test_what_is_no_entry_is_none(entry: str) -> None:
    assert read("x", entry) is None
