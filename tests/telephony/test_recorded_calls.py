"""A recorded telephone call: announced, both sides on the file, the operator beside the citizen, and its trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baresip_operator import operator
from exchanges import Exchange
from listening import likeness, transcript
from rtp_peer import RATE, RtpPeer, decode, frequencies
from sipp_caller import Dial, calling
from whole_product import whole_product

from conversation import Knowledge
from frontdesk.recordings import fresh_key
from frontdesk.storage import CallEvent, CallRecord
from frontdesk.web.services import Services
from ivr.speech import open_voice

pytestmark = pytest.mark.telephony

QUESTION = "身份证丢了怎么补办"


async def kept(
    services: Services, wanted: Callable[[CallRecord, Sequence[CallEvent]], bool]
) -> tuple[CallRecord, Sequence[CallEvent]]:
    """The latest call, once what is kept of it is like this. The test's own time limit bounds it."""
    while True:
        async with services.store.reading() as tx:
            calls = await tx.calls.recent(1)
            events = await tx.calls.events(calls[0].id) if calls else ()
        if calls and wanted(calls[0], events):
            return calls[0], events
        await asyncio.sleep(0.1)


def has(kind: str, **detail: Any) -> Callable[[CallRecord, Sequence[CallEvent]], bool]:
    def found(_: CallRecord, events: Sequence[CallEvent]) -> bool:
        return any(each.kind == kind and detail.items() <= each.detail.items() for each in events)

    return found


async def silence(sound: RtpPeer) -> None:
    """Until the greeting is over: nothing but silence was heard for a while."""
    while True:
        await sound.quiet(RATE)
        if not np.any(np.abs(sound.heard) > 300):
            return


async def sides(services: Services, call: CallRecord) -> tuple[np.ndarray, np.ndarray]:
    """What is on the recording, which must be whole: left and right."""
    archive = services.call_recordings
    assert archive is not None
    reader = await asyncio.to_thread(archive.open, call.id, call.started_at)
    try:
        assert (reader.complete, reader.header.rate) == (True, RATE)
        sound = b"".join(reader.chunk(index) for index in range(reader.chunks))
    finally:
        reader.close()
    return decode(sound[0::2]), decode(sound[1::2])


async def test_a_call_is_announced_recorded_and_traced(
    exchange: Exchange, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_RECORDING_KEY", fresh_key())
    voice = open_voice(tmp_path)
    question = np.frombuffer(await voice.speak(QUESTION, RATE), np.int16)
    voice.close()
    sip = exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip),
        whole_product(exchange, knowledge, tmp_path) as services,
        calling(tmp_path, sip, Dial("12345", "13900004444")) as citizen,
    ):
        await kept(services, has("speaking", line=1))
        await silence(citizen.sound)
        await citizen.sound.say(question)
        _, events = await kept(services, has("decided"))
        heard_at = next(each.detail["heard_at"] for each in events if "heard_at" in each.detail)
        await kept(services, has("speaking", line=3))
        await citizen.sound.press("0")
        _, events = await kept(services, has("person_joined"))
        joined_at = next(each.at for each in events if each.kind == "person_joined")
        await citizen.sound.hears(1000)
        await asyncio.sleep(1)  # the operator's tone, to be found on the recording
        await citizen.hang_up()
        call, events = await kept(services, lambda call, _: call.ended_at is not None)
        left, right = await sides(services, call)
    assert (call.channel, call.line, call.trunk) == ("phone", "12345", "trunk")
    kinds = [each.kind for each in events]
    assert kinds.index("announcement") < kinds.index("speaking") < kinds.index("decided") < kinds.index("key")
    assert [each.detail["digit"] for each in events if each.kind == "key"] == ["0"]
    ended = next(each.at for each in events if each.kind == "turn_ended")
    said = transcript(left[int((heard_at - 0.4) * RATE) : int(ended * RATE)])
    assert likeness(QUESTION, said) >= 85, said
    announced = next(each.at for each in events if each.kind == "announcement")
    greeted = next(each.at for each in events if each.kind == "speaking")
    assert np.abs(right[int(announced * RATE) : int(greeted * RATE)]).max() > 1000
    assert 1000 in frequencies(left[int((joined_at + 0.4) * RATE) :][: RATE // 2]), "the operator is on the left"


async def test_without_a_key_nothing_is_recorded_or_announced(
    exchange: Exchange, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRONTDESK_RECORDING_KEY", raising=False)
    sip = exchange.layout.sip_port
    async with (
        whole_product(exchange, knowledge, tmp_path) as services,
        calling(tmp_path, sip, Dial("12345", "13900004444")) as citizen,
    ):
        _, events = await kept(services, has("speaking", line=1))
        await citizen.hang_up()
        call, events = await kept(services, lambda call, _: call.ended_at is not None)
        assert services.call_recordings is not None
        assert not services.call_recordings.folder.exists()
    assert "announcement" not in [each.kind for each in events]
    assert call.conversation is not None
