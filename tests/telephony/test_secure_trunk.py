"""A trunk over TLS with SRTP: understood and answered aloud, and nothing on the wire is in the clear."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baresip_citizen import LEAD_SECONDS, secure_call
from exchanges import Exchange, free_port, started
from listening import likeness, spoken, transcript
from rtp_peer import RATE
from whole_product import lines, whole_product

from conversation import Knowledge
from frontdesk.telephony.certificate import CERTIFICATE
from ivr.asterisk import open_ari

pytestmark = pytest.mark.telephony

QUESTION = "居住证怎么办理"
ANSWER_SECONDS = 10
"""Seconds of the answer that are listened to."""
_TAG = 10
"""Bytes that AES_CM_128_HMAC_SHA1_80 adds to each packet."""


@pytest.fixture(scope="module")
def secured(exchange: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Another Asterisk, with the encrypted trunk. TLS connections of the phone come from 127.0.0.1."""
    folder = tmp_path_factory.mktemp("secured")
    with started(folder, secure_trunk_sources=("127.0.0.1",), tls_port=free_port()) as running:
        yield running


@asynccontextmanager
async def packets(ports: tuple[int, int]) -> AsyncIterator[list[bytes]]:
    """UDP payloads to and from these ports meanwhile. Capturing takes root: elsewhere the list stays empty."""
    found: list[bytes] = []
    try:
        capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    except PermissionError:
        yield found
        return
    capture.setblocking(False)
    capture.bind(("lo", 0))
    loop = asyncio.get_running_loop()

    def arrived() -> None:
        frame = capture.recv(4096)
        ip = frame[14:]
        udp = ip[(ip[0] & 15) * 4 :]
        ends = (int.from_bytes(udp[:2]), int.from_bytes(udp[2:4]))
        if ip[9] == socket.IPPROTO_UDP and any(ports[0] <= end <= ports[1] for end in ends):
            found.append(udp[8:])

    loop.add_reader(capture, arrived)
    try:
        yield found
    finally:
        loop.remove_reader(capture)
        capture.close()


def sound_in(packets: list[bytes]) -> list[bytes]:
    """RTP packets of a 20 ms A-law stream, encrypted or not."""
    return [one for one in packets if len(one) >= 172 and one[0] == 0x80 and one[1] & 0x7F == 8]


async def test_answered_aloud_and_encrypted(secured: Exchange, knowledge: Knowledge, tmp_path: Path) -> None:
    certificate = secured.layout.root / "tls" / CERTIFICATE
    async with whole_product(secured, knowledge, tmp_path) as services, open_ari(secured.address) as ari:
        assert services.voice is not None
        question = np.frombuffer(await services.voice.voice.speak(QUESTION, RATE), np.int16)
        async with (
            packets(secured.layout.rtp_ports) as wire,
            secure_call(tmp_path, secured.layout.tls_port, certificate, question) as citizen,
        ):
            offered = await citizen.shows(r"(?s)INVITE sip:12345.*?m=audio \d+ (\S+).*?a=crypto:\d+ (\S+)")
            assert offered.groups() == ("RTP/SAVP", "AES_CM_128_HMAC_SHA1_80")
            await citizen.shows(r"(?s)SIP/2.0 200 OK.*?CSeq: \d+ INVITE")
            (channel,) = [one for one in await ari.channels() if one["name"].startswith("PJSIP/secure")]
            assert await ari.variable(channel["id"], "CHANNEL(rtp,secure)") == "1"
            assert await ari.variable(channel["id"], "CHANNEL(pjsip,secure)") == "1"
            while len(stored := lines(tmp_path)) < 3:  # noqa: ASYNC110 - greeting, question, answer on disk
                await asyncio.sleep(0.05)
            greeting = len(citizen.heard())
            await asyncio.sleep(ANSWER_SECONDS)
    heard = citizen.heard()
    answer = spoken(knowledge, stored[2][1])
    assert "居住证" in answer
    read = transcript(heard[greeting:])
    assert likeness(answer, read) > 70, (answer, read)
    assert len(heard) > LEAD_SECONDS * RATE
    assert all(len(one) == 172 + _TAG for one in sound_in(wire))
    assert not wire or len(sound_in(wire)) > 200


async def test_sound_in_the_clear_is_refused(secured: Exchange, tmp_path: Path) -> None:
    certificate = secured.layout.root / "tls" / CERTIFICATE
    async with secure_call(
        tmp_path, secured.layout.tls_port, certificate, np.zeros(RATE, np.int16), encrypted=False
    ) as citizen:
        await citizen.shows(r"SIP/2.0 488 ")


def test_asterisk_starts_with_it_without_a_warning(secured: Exchange) -> None:
    started_with = secured.process.log.read_text().partition("Asterisk Ready")[0]
    assert "WARNING" not in started_with
    assert "ERROR" not in started_with
