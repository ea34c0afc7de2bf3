"""Two packets in a hundred lost and 30 ms of jitter: the citizen is still understood, answered and connected."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baresip_operator import operator
from listening import likeness, spoken, transcript
from lossy_relay import LossyNetwork
from rtp_peer import RATE
from sipp_caller import Citizen, Dial, calling
from whole_product import cases, lines, whole_product

from conversation import Knowledge
from frontdesk.web.services import Services

pytestmark = pytest.mark.telephony

QUESTION = "居住证怎么办理"
ANSWER_SECONDS = 6
"""Seconds of the answer that are read back."""


async def said(services: Services, text: str) -> np.ndarray:
    assert services.voice is not None
    return np.frombuffer(await services.voice.voice.speak(text, RATE), np.int16)


async def answer_to(citizen: Citizen, folder: Path) -> str:
    """Until the front desk has answered a line of the citizen's; what it answered."""
    while True:
        stored = lines(folder)
        spoken = [at for at, (speaker, _) in enumerate(stored) if speaker == "citizen"]
        if spoken and len(stored) > spoken[0] + 1:
            return stored[spoken[0] + 1][1]
        await asyncio.sleep(0.02)


async def read_back(citizen: Citizen, seconds: float) -> str:
    """What the phone hears from now on, written down."""
    citizen.sound.forget()
    await citizen.sound.speaks()
    while len(citizen.sound.in_order()) < seconds * RATE:  # noqa: ASYNC110 - the sound is looked at
        await asyncio.sleep(0.02)
    return transcript(citizen.sound.in_order())


async def test_a_question_is_answered_aloud(exchange: Any, knowledge: Knowledge, tmp_path: Path) -> None:
    network = LossyNetwork(loss=0.02, jitter=0.03)
    async with (
        whole_product(exchange, knowledge, tmp_path) as services,
        calling(tmp_path, exchange.layout.sip_port, network=network) as citizen,
    ):
        question = await said(services, QUESTION)
        await citizen.sound.speaks()
        await citizen.sound.say(question)
        answer = await answer_to(citizen, tmp_path)
        heard = await read_back(citizen, ANSWER_SECONDS)
    assert network.lost > 0
    assert "居住证" in answer
    assert len(heard) > 8
    wording = spoken(knowledge, answer)
    assert likeness(wording, heard) > 70, (wording, heard)


async def test_danger_reaches_a_person(exchange: Any, knowledge: Knowledge, tmp_path: Path) -> None:
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op110", exchange.passwords["op110"], sip) as phone,
        whole_product(exchange, knowledge, tmp_path) as services,
        calling(
            tmp_path, sip, Dial("110", "13900006666"), network=LossyNetwork(loss=0.02, jitter=0.03, seed=2)
        ) as citizen,
    ):
        cry = await said(services, "有人拿刀砍人")
        await citizen.sound.speaks()
        await citizen.sound.say(cry)
        number = (await phone.shows(r"X-Case-Id: (\S+)"))[1]
        await citizen.sound.hears_only(1000)
        (case,) = await cases(services, "13900006666")
        assert (case.number, case.queue, case.priority) == (number, "110", "P1")
