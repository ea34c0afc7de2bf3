"""People on the call: ringing phones, the queue, three-way, and who stays when somebody leaves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from baresip_operator import operator
from places import empty, in_queue
from rtp_peer import tone
from sipp_caller import Dial, calling
from talkers import PROMPT, FrontDesk, Talker

from ivr.ports import LineClosed, OperatorAnswered, OperatorLeft, Switchboard

pytestmark = pytest.mark.telephony

CASE = "110-20260102-0007"


async def talking(desk: FrontDesk) -> tuple[Talker, Switchboard]:
    talker = await desk.calls.get()
    return talker, (await talker.started)[1]


async def test_the_phone_shows_the_case_and_all_hear_each_other(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(seconds=5), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip) as phone,
        open_desk(desk),
        calling(tmp_path, sip, Dial("110", "13900003333")) as citizen,
    ):
        talker, switchboard = await talking(desk)
        await switchboard.ring("110", CASE, "P1")
        assert (await phone.shows(r"X-Case-Id: (\S+)"))[1] == CASE
        assert (await phone.shows(r'From: "([^"]*)" <sip:(\d+)@')).groups() == (f"{CASE} 110", "13900003333")
        assert await talker.next(OperatorAnswered) == OperatorAnswered("op110")
        await citizen.sound.hears(1000)
        await talker.hears(1000)
        await citizen.sound.say(tone(1500, 2))
        await talker.hears(1500)


async def test_when_the_operator_leaves_the_bot_goes_on(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(seconds=1), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        open_desk(desk),
        calling(tmp_path, sip) as citizen,
    ):
        talker, switchboard = await talking(desk)
        line, _ = await talker.started
        await switchboard.ring("12345", CASE, "P3")
        await citizen.sound.hears(1000)
        await phone.hang_up()
        while not isinstance(await talker.events.get(), OperatorLeft):
            pass
        await line.play(tone(PROMPT, 3, line.rate).tobytes(), "again")
        await citizen.sound.hears(PROMPT)


async def test_three_way_and_either_desk_may_leave(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(seconds=1), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip, frequency=1000) as first,
        operator(tmp_path, "op110", exchange.passwords["op110"], sip, frequency=1900) as second,
        open_desk(desk) as calls,
        calling(tmp_path, sip) as citizen,
    ):
        talker, switchboard = await talking(desk)
        await switchboard.ring("12345", CASE, "P3")
        await citizen.sound.hears(1000)
        await calls.with_case(CASE).ring("110", CASE, "P2")
        await citizen.sound.hears(1000, 1900)
        await first.hang_up()
        await citizen.sound.quiet()
        await citizen.sound.hears(1900)
        assert 1000 not in citizen.sound.recent()
        await second.hang_up()
        while not isinstance(await talker.events.get(), OperatorLeft):
            pass


async def test_citizen_hangs_up_and_the_operators_phone_is_free(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    desk, sip = FrontDesk(seconds=1), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip) as phone,
        open_desk(desk),
        calling(tmp_path, sip, Dial("110", hang_up_after=2500)),
    ):
        talker, switchboard = await talking(desk)
        await switchboard.ring("110", CASE, "P1")
        assert await talker.until_closed() == LineClosed()
        await phone.shows(r"BYE sip:")
        await talker.released.wait()
        await empty(ari)


async def test_nobody_answers_then_the_queue_has_the_call(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    desk, sip = FrontDesk(), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip, answers=False) as phone,
        open_desk(desk, ring_seconds=2),
        calling(tmp_path, sip, Dial("110")) as citizen,
    ):
        talker, switchboard = await talking(desk)
        await switchboard.ring("110", CASE, "P1")
        await phone.shows("180 Ringing")
        await citizen.sound.hears(PROMPT)
        assert await talker.until_closed() == LineClosed(handed_over=True)
        waiting = await in_queue(ari, "police")
        assert await ari.variable(waiting, "CASE") == CASE
        await phone.shows(r"(?s)CANCEL.*INVITE sip.*X-Case-Id: " + CASE)


async def test_no_phone_is_registered_then_the_queue_has_the_call(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    desk = FrontDesk()
    async with open_desk(desk), calling(tmp_path, exchange.layout.sip_port):
        talker, switchboard = await talking(desk)
        await switchboard.ring("12345", CASE, "P3")
        assert await talker.until_closed() == LineClosed(handed_over=True)
        await in_queue(ari, "human")


async def test_handed_over_call_is_answered_from_the_queue(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    desk, sip = FrontDesk(), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        open_desk(desk) as calls,
        calling(tmp_path, sip) as citizen,
    ):
        talker, switchboard = await talking(desk)
        await switchboard.hand_over("12345", CASE, "asked")
        assert await talker.until_closed() == LineClosed(handed_over=True)
        assert (await phone.shows(r"X-Case-Id: (\S+)"))[1] == CASE
        await citizen.sound.hears(1000)
        await talker.released.wait()
        await asyncio.sleep(0)
        assert calls.active == 0
        await phone.hang_up()
        assert await citizen.ended() == 0
