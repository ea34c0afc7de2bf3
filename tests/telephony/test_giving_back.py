"""A person in the queue gives the citizen back: the same conversation goes on, or the next person takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from baresip_operator import operator
from places import in_queue
from rtp_peer import tone
from sipp_caller import Citizen, calling
from talkers import PROMPT, FrontDesk

from ivr.asterisk import Calls, NotTalking

pytestmark = pytest.mark.telephony

CASE = "202601020007"


async def into_the_queue(desk: FrontDesk, citizen: Citizen, case: str | None = CASE) -> None:
    """Handed over, and talking to the operator of the queue."""
    talker = await desk.calls.get()
    _, switchboard = await talker.started
    await switchboard.hand_over("12345", case, "asked")
    await citizen.sound.hears(1000)
    await talker.released.wait()


async def test_the_operators_key_brings_the_case_back(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        open_desk(desk),
        calling(tmp_path, sip) as citizen,
    ):
        await into_the_queue(desk, citizen)
        await phone.press("*9")
        again = await desk.calls.get()
        assert again.call.case == CASE
        assert (again.call.entry, again.call.trunk) == ("12345", "trunk")
        await citizen.sound.hears(PROMPT)
        await phone.shows(r"BYE sip:")


async def test_the_desks_button_brings_the_case_back(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip),
        open_desk(desk) as calls,
        calling(tmp_path, sip) as citizen,
    ):
        await into_the_queue(desk, citizen)
        await calls.phones.hand_back("op12345")
        assert (await desk.calls.get()).call.case == CASE
        await citizen.sound.hears(PROMPT)


async def test_a_call_without_a_case_comes_back_without_one(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        open_desk(desk),
        calling(tmp_path, sip) as citizen,
    ):
        await into_the_queue(desk, citizen, case=None)
        await phone.press("*9")
        assert (await desk.calls.get()).call.case is None


async def test_the_front_desk_is_gone_then_the_next_person_has_the_call(
    exchange: Any, open_desk: Any, ari: Any, tmp_path: Path
) -> None:
    desk, sip = FrontDesk(), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        calling(tmp_path, sip) as citizen,
    ):
        async with open_desk(desk):
            await into_the_queue(desk, citizen)
        await phone.press("*9")
        await phone.shows(r"(?s)BYE sip:.*INVITE sip.*X-Case-Id: " + CASE)
        waiting = await in_queue(ari, "human")
        assert await ari.variable(waiting, "CASE") == CASE


async def test_the_key_works_on_our_own_bridge_too(exchange: Any, open_desk: Any, tmp_path: Path) -> None:
    desk, sip = FrontDesk(seconds=1), exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        open_desk(desk),
        calling(tmp_path, sip) as citizen,
    ):
        talker = await desk.calls.get()
        line, switchboard = await talker.started
        await switchboard.ring("12345", CASE, "P3")
        await citizen.sound.hears(1000)
        await phone.press("*9")
        await phone.shows(r"BYE sip:")
        await citizen.sound.quiet()
        await line.play(tone(PROMPT, 3, line.rate).tobytes(), "again")
        await citizen.sound.hears(PROMPT)


async def test_a_phone_at_rest_has_nobody_to_give_back(open_desk: Any) -> None:
    async with open_desk(FrontDesk()) as calls:
        assert isinstance(calls, Calls)
        with pytest.raises(NotTalking):
            await calls.phones.hand_back("op12345")
