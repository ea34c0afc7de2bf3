"""Whatever breaks on our side, the citizen is with a person: killed, stopped, absent, shut down, restarted."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from baresip_operator import operator
from places import in_queue
from sipp_caller import Dial, calling
from talkers import PROMPT, FrontDesk

pytestmark = pytest.mark.telephony

APP = Path(__file__).with_name("beeping_app.py")


class App:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def prints(self, word: str) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            if line.decode().strip() == word:
                return
        raise AssertionError(f"the app ended before {word!r}")

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)


@asynccontextmanager
async def app_process(exchange: Any) -> AsyncIterator[App]:
    address = exchange.address
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(APP), address.url, address.password, str(exchange.media_port),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(APP.parent), str(APP.parents[2])))},
    )  # fmt: skip
    app = App(process)
    try:
        await app.prints("ready")
        yield app
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_app_is_down_before_the_call(exchange: Any, ari: Any, tmp_path: Path) -> None:
    async with calling(tmp_path, exchange.layout.sip_port, Dial("110")):
        await in_queue(ari, "police")


async def test_the_app_is_killed(exchange: Any, ari: Any, tmp_path: Path) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip),
        app_process(exchange) as app,
        calling(tmp_path, sip) as citizen,
    ):
        await citizen.sound.hears(PROMPT)
        app.signal(signal.SIGKILL)
        await in_queue(ari, "human")
        await citizen.sound.hears(1000)
        assert "MEDIA-GONE" in exchange.process.log.read_text()


async def test_the_app_is_killed_while_phones_ring_and_the_case_is_kept(
    exchange: Any, ari: Any, tmp_path: Path
) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip, answers=False) as phone,
        app_process(exchange) as app,
        calling(tmp_path, sip, Dial("110")),
    ):
        await phone.shows("180 Ringing")
        app.signal(signal.SIGKILL)
        waiting = await in_queue(ari, "police")
        assert await ari.variable(waiting, "CASE") == "110-TEST-9"


async def test_the_app_hangs(exchange: Any, ari: Any, tmp_path: Path) -> None:
    before = exchange.process.log.read_text().count("DEADMAN")
    async with app_process(exchange) as app, calling(tmp_path, exchange.layout.sip_port) as citizen:
        await citizen.sound.hears(PROMPT)
        app.signal(signal.SIGSTOP)
        await in_queue(ari, "human")
        assert exchange.process.log.read_text().count("DEADMAN") == before + 1


async def test_the_app_dies_while_an_operator_talks_and_they_go_on(exchange: Any, ari: Any, tmp_path: Path) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip) as phone,
        app_process(exchange) as app,
        calling(tmp_path, sip, Dial("110")) as citizen,
    ):
        await citizen.sound.hears(1000)
        app.signal(signal.SIGKILL)
        await app.process.wait()
        await citizen.sound.quiet(8000 * 6)
        assert 1000 in citizen.sound.recent()
        await phone.hang_up()
        await in_queue(ari, "police")


async def test_a_restarted_app_sweeps_callers_to_a_person_but_leaves_talks_alone(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip),
        app_process(exchange) as app,
        calling(tmp_path, sip, Dial("110")) as with_operator,
        calling(tmp_path, sip) as alone,
    ):
        await with_operator.sound.hears(1000)
        await alone.sound.hears(PROMPT)
        dead_men = exchange.process.log.read_text().count("DEADMAN")
        app.signal(signal.SIGSTOP)
        async with open_desk(FrontDesk(), media_port=0):
            await in_queue(ari, "human")
            await with_operator.sound.quiet()
            assert 1000 in with_operator.sound.recent()
            assert exchange.process.log.read_text().count("DEADMAN") == dead_men


async def test_shutting_down_brings_callers_to_a_person(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    desk = FrontDesk()
    async with calling(tmp_path, exchange.layout.sip_port) as citizen:
        async with open_desk(desk):
            talker = await desk.calls.get()
            await citizen.sound.hears(PROMPT)
        await in_queue(ari, "human")
        assert talker.released.is_set()
