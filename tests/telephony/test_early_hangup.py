"""The citizen hangs up at every kind of moment: nothing of the call stays behind, and what is on disk is right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from baresip_operator import operator
from places import empty
from rtp_peer import RATE
from sipp_caller import Citizen, Dial, calling
from whole_product import cases, whole_product

from conversation import Knowledge
from frontdesk.web.services import Services
from handoff import CaseState
from ivr.asterisk import Ari

pytestmark = pytest.mark.telephony

CALLS = 40
SIDE_BY_SIDE = 4
SLACK_HANDLES = 6
"""Pools of connections and threads are filled when they are first needed."""

QUESTION = "居住证怎么办理"
Moment = Callable[[Citizen, Ari, np.ndarray], Awaitable[None]]


async def while_it_rings(_: Citizen, ari: Ari, __: np.ndarray) -> None:
    while not await ari.channels():  # noqa: ASYNC110 - Asterisk is asked
        await asyncio.sleep(0.001)


async def before_media(_: Citizen, ari: Ari, __: np.ndarray) -> None:
    while len(await ari.channels()) < 2:  # noqa: ASYNC110 - Asterisk is asked
        await asyncio.sleep(0.001)


async def when_answered(_: Citizen, ari: Ari, __: np.ndarray) -> None:
    while not any(one["state"] == "Up" and "trunk" in one["name"] for one in await ari.channels()):  # noqa: ASYNC110
        await asyncio.sleep(0.001)


async def in_the_greeting(citizen: Citizen, _: Ari, __: np.ndarray) -> None:
    await citizen.sound.speaks()


async def in_mid_sentence(citizen: Citizen, _: Ari, question: np.ndarray) -> None:
    await citizen.sound.speaks()
    await citizen.sound.say(question)
    await asyncio.sleep(1)


MOMENTS: tuple[Moment, ...] = (while_it_rings, before_media, when_answered, in_the_greeting, in_mid_sentence)


CALL_MODULES = ("asterisk/call.py", "asterisk/media.py", "asterisk/switchboard.py", "session.py", "mouth.py", "ear.py")


def of_a_call(task: asyncio.Task[Any]) -> bool:
    coroutine: Any = task.get_coro()
    return coroutine.cr_code.co_filename.endswith(tuple(f"ivr/{name}" for name in CALL_MODULES))


async def said(services: Services) -> np.ndarray:
    assert services.voice is not None
    return np.frombuffer(await services.voice.voice.speak(QUESTION, RATE), np.int16)


class Rest:
    """What an idle product holds, to be found again after calls."""

    def __init__(self, services: Services, ari: Ari) -> None:
        assert services.voice is not None
        self._ears: Any = services.voice.ears
        self._ari = ari
        self._handles = psutil.Process().num_fds()

    async def is_back(self) -> None:
        """Until no channel, no bridge, no ear and no task of a call is left. Handles are compared at the end."""
        await empty(self._ari)
        while await self._ari.bridges():  # noqa: ASYNC110 - Asterisk is asked
            await asyncio.sleep(0.01)
        await self._ears.quiet()
        while self._ears._ears.in_use or any(map(of_a_call, asyncio.all_tasks())):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    @property
    def more_handles(self) -> int:
        return psutil.Process().num_fds() - self._handles


async def test_nothing_stays_behind_whenever_the_citizen_hangs_up(
    exchange: Any, ari: Ari, knowledge: Knowledge, tmp_path: Path
) -> None:
    sip = exchange.layout.sip_port
    async with whole_product(exchange, knowledge, tmp_path) as services:
        rest, question = Rest(services, ari), await said(services)
        for moment in MOMENTS:
            async with calling(tmp_path, sip, Dial(number="13900007776")) as citizen:
                await moment(citizen, ari, question)
                await citizen.hang_up()
            await rest.is_back()
        assert await cases(services, "13900007776") == []


@pytest.mark.parametrize("answers", [False, True], ids=["while the phone rings", "as the operator answers"])
async def test_the_case_tells_that_the_citizen_gave_up(
    exchange: Any, ari: Ari, knowledge: Knowledge, tmp_path: Path, answers: bool
) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip, answers=answers) as phone,
        whole_product(exchange, knowledge, tmp_path) as services,
    ):
        rest = Rest(services, ari)
        async with calling(tmp_path, sip, Dial("12345", "13900007777")) as citizen:
            await citizen.sound.speaks()
            await citizen.sound.press("0")
            await phone.shows(r"SIP/2.0 200 OK[^\x00]*INVITE" if answers else "180 Ringing")
            await citizen.hang_up()
        await rest.is_back()
        (case,) = await cases(services, "13900007777")
        assert case.origin.caller_number == "13900007777"
        assert case.state is CaseState.OFFERED
        if not answers:
            assert case.callback is not None
            assert case.callback.number == "13900007777"


async def test_many_calls_leave_nothing(exchange: Any, ari: Ari, knowledge: Knowledge, tmp_path: Path) -> None:
    sip = exchange.layout.sip_port
    async with whole_product(exchange, knowledge, tmp_path) as services:

        async def caller(folder: Path, count: int) -> None:
            folder.mkdir(exist_ok=True)  # noqa: ASYNC240
            for at in range(count):
                async with calling(folder, sip, show=False) as citizen:
                    await (in_mid_sentence if at % 5 == 0 else in_the_greeting)(citizen, ari, question)
                    await citizen.hang_up()

        async def callers(count: int) -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(SIDE_BY_SIDE):
                    group.create_task(caller(tmp_path / f"caller{number}", count // SIDE_BY_SIDE))

        idle, question = Rest(services, ari), await said(services)
        await callers(2 * SIDE_BY_SIDE)  # fills the pools
        await idle.is_back()
        rest = Rest(services, ari)
        await callers(CALLS)
        await rest.is_back()
        assert rest.more_handles <= SLACK_HANDLES
