"""Calls through a real Asterisk: sound both ways, keys, hanging up, overload."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from places import empty, in_queue
from rtp_peer import tone
from sipp_caller import Dial, calling
from talkers import PROMPT, Breaking, FrontDesk

from ivr.ports import Key, LineClosed, Played

pytestmark = pytest.mark.telephony


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_both_sides_hear_each_other(exchange: Any, open_desk: Any, tmp_path: Path, rate: int) -> None:
    desk = FrontDesk()
    async with open_desk(desk, rate=rate), calling(tmp_path, exchange.layout.sip_port) as citizen:
        talker = await desk.calls.get()
        await citizen.sound.hears(PROMPT)
        await citizen.sound.say(tone(1500, 3))
        await talker.hears(1500)


async def test_number_line_and_trunk_are_known(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk = FrontDesk()
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port, Dial("110", "13900002222")):
        call = (await desk.calls.get()).call
        assert (call.entry, call.caller_number, call.trunk) == ("110", "13900002222", "trunk")


async def test_a_withheld_number_is_none(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk = FrontDesk()
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port, Dial("12345", "anonymous")):
        call = (await desk.calls.get()).call
        assert (call.entry, call.caller_number) == ("12345", None)


async def test_keys_by_rfc4733(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk = FrontDesk()
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port) as citizen:
        talker = await desk.calls.get()
        await citizen.sound.hears(PROMPT)
        told = []
        for digit in "5*0#":
            await citizen.sound.press(digit)
            while Key(digit) not in told:  # a late packet of an event may be told as the same key again
                told.append(await talker.next(Key))
        assert [key for key, _ in itertools.groupby(told)] == [Key(digit) for digit in "5*0#"]


async def test_keys_by_sip_info(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk = FrontDesk()
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port, Dial(info_digits="7*")):
        talker = await desk.calls.get()
        assert await talker.next(Key) == Key("7")
        assert await talker.next(Key) == Key("*")


async def test_flush_stops_the_prompt_and_tells_which(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk = FrontDesk(seconds=60)
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port) as citizen:
        talker = await desk.calls.get()
        line, _ = await talker.started
        await citizen.sound.hears(PROMPT)
        await line.flush()
        assert await talker.next(Played) == Played("prompt", flushed=True)
        await line.play(tone(800, 0.51, line.rate).tobytes(), "after")
        assert await talker.next(Played) == Played("after")
        await citizen.sound.hears(800)
        assert PROMPT not in citizen.sound.recent()


async def test_a_prompt_is_heard_whole(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk = FrontDesk(seconds=7.005)
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port) as citizen:
        talker = await desk.calls.get()
        assert await talker.next(Played) == Played("prompt")
        loud = abs(citizen.sound.heard) > 300
        assert loud.sum() / 8000 == pytest.approx(7.0, abs=0.4)


async def test_the_citizen_hangs_up(exchange: Any, open_desk: Any, ari: Any, tmp_path: Path) -> None:
    desk = FrontDesk()
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port, Dial(hang_up_after=300)) as citizen:
        talker = await desk.calls.get()
        assert await talker.next(LineClosed) == LineClosed()
        assert await citizen.ended() == 0
        await talker.released.wait()
        await empty(ari)


async def test_we_hang_up(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk = FrontDesk()
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port) as citizen:
        talker = await desk.calls.get()
        _, switchboard = await talker.started
        await switchboard.hang_up()
        assert await talker.next(LineClosed) == LineClosed()
        assert await citizen.ended() == 0


async def test_more_calls_than_places_reach_a_person(exchange: Any, open_desk: Any, ari: Any, tmp_path: Path) -> None:
    async with open_desk(FrontDesk(places=0)), calling(tmp_path, exchange.layout.sip_port, Dial("110")):
        waiting = await in_queue(ari, "police")
        assert await ari.variable(waiting, "TAG") == "110 overload"


async def test_a_defect_brings_a_person(exchange: Any, open_desk: Any, ari: Any, tmp_path: Path) -> None:
    async with open_desk(FrontDesk(talker=Breaking)), calling(tmp_path, exchange.layout.sip_port):
        waiting = await in_queue(ari, "human")
        assert await ari.variable(waiting, "TAG") == "12345 failure"


async def test_asterisk_starts_without_a_warning(exchange: Any) -> None:
    started = exchange.process.log.read_text().partition("Asterisk Ready")[0]
    assert "WARNING" not in started
    assert "ERROR" not in started
