"""The product itself on a real call: greeting, a question asked aloud and answered, and a person with the case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baresip_operator import operator
from places import in_queue
from rtp_peer import RATE
from sipp_caller import Dial, calling

from conversation import Knowledge
from frontdesk.compose import composed
from frontdesk.rendering import opened_mouth
from frontdesk.settings import Settings
from frontdesk.voice import VoiceDesk, opened_voice
from frontdesk.web.services import Services
from handoff import Case, CaseState

pytestmark = pytest.mark.telephony

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def product(open_desk: Any, knowledge: Knowledge, folder: Path) -> AsyncIterator[tuple[Services, VoiceDesk]]:
    settings = Settings(database_url=f"sqlite+aiosqlite:///{folder}/frontdesk.sqlite")
    async with (
        composed(settings, knowledge) as services,
        opened_mouth(ROOT) as mouth,
        opened_voice(ROOT, mouth) as voice,
    ):
        assert voice is not None
        async with open_desk(voice.reception(services.conversations)):
            yield services, voice


async def case_of(services: Services, number: str) -> Case:
    async with services.store.reading() as tx:
        found = await tx.cases.get(number)
    assert found is not None
    return found


async def test_key_0_rings_a_person_with_a_case(
    exchange: Any, open_desk: Any, knowledge: Knowledge, tmp_path: Path
) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone,
        product(open_desk, knowledge, tmp_path) as (services, _),
        calling(tmp_path, sip, Dial("12345", "13900004444")) as citizen,
    ):
        await citizen.sound.speaks()
        await citizen.sound.press("0")
        number = (await phone.shows(r"X-Case-Id: (\d+)"))[1]
        case = await case_of(services, number)
        assert (case.state, case.origin.caller_number) == (CaseState.OFFERED, "13900004444")
        await citizen.sound.hears(1000)


async def test_danger_said_aloud_on_110_rings_the_police_phone(
    exchange: Any, open_desk: Any, knowledge: Knowledge, tmp_path: Path
) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip) as phone,
        product(open_desk, knowledge, tmp_path) as (services, voice),
        calling(tmp_path, sip, Dial("110")) as citizen,
    ):
        sentence = np.frombuffer(await voice.voice.speak("有人拿刀砍人", RATE), np.int16)
        await citizen.sound.speaks()
        await citizen.sound.say(sentence)
        case = await case_of(services, (await phone.shows(r"X-Case-Id: (\S+)"))[1])
        assert (case.queue, case.priority) == ("110", "P1")
        await citizen.sound.hears(1000)


async def test_a_person_of_the_queue_gives_the_caller_back_to_the_same_conversation(
    exchange: Any, open_desk: Any, ari: Any, knowledge: Knowledge, tmp_path: Path
) -> None:
    sip = exchange.layout.sip_port
    async with product(open_desk, knowledge, tmp_path) as (services, _), calling(tmp_path, sip) as citizen:
        await citizen.sound.speaks()
        await citizen.sound.press("0")
        number = await ari.variable(await in_queue(ari, "human"), "CASE")
        async with operator(tmp_path, "op12345", exchange.passwords["op12345"], sip) as phone:
            await citizen.sound.hears_only(1000)
            await phone.press("*9")
            await phone.shows(r"BYE sip:")
        conversation = (await case_of(services, number)).origin.conversation
        assert conversation is not None
        while True:
            lines = await services.conversations.transcript(conversation)
            if lines[-1].text == knowledge.phrases.operator_left:
                break
            await asyncio.sleep(0.1)
        citizen.sound.forget()
        await citizen.sound.speaks()
        async with services.store.reading() as tx:
            assert [case.number for case in await tx.cases.recent(None)] == [number]
