"""Who waits in a desk's own queue hears their place, in the product's voice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import in_queue
from rtp_peer import RtpPeer
from sipp_caller import calling

from frontdesk.telephony.announcements import PHRASES, lay_out_sounds

pytestmark = pytest.mark.telephony


def likeness(heard: np.ndarray, clip: np.ndarray) -> float:
    """How well the clip is contained in what was heard: 1 is exactly."""
    if len(heard) < len(clip):
        return 0.0
    sound, wanted = heard.astype(float), clip.astype(float)
    size = 1 << (len(sound) + len(wanted)).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(wanted, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(sound**2)))
    windows = energy[len(wanted) :] - energy[: -len(wanted)]
    best = product[: len(windows)] / np.sqrt(np.maximum(windows, 1.0) * np.sum(wanted**2))
    return float(best.max())


async def hears_clip(sound: RtpPeer, clip: Path) -> None:
    wanted = np.frombuffer(await asyncio.to_thread(clip.read_bytes), np.int16)
    while likeness(sound.heard, wanted) < 0.9:  # noqa: ASYNC110 - the search is too long for every packet
        await asyncio.sleep(0.2)


async def test_the_second_caller_hears_that_they_are_second(exchange: Any, ari: Any, tmp_path: Path) -> None:
    sounds, sip = exchange.layout.root / "data" / "sounds" / "zh", exchange.layout.sip_port
    async with calling(tmp_path, sip):
        await in_queue(ari, "human")
        async with calling(tmp_path, sip) as second:
            for name in ("queue-thereare", "digits/2", "queue-callswaiting"):
                await hears_clip(second.sound, sounds / f"{name}.sln")


async def test_the_first_caller_hears_that_they_are_next(exchange: Any, ari: Any, tmp_path: Path) -> None:
    async with calling(tmp_path, exchange.layout.sip_port) as citizen:
        await hears_clip(citizen.sound, exchange.layout.root / "data/sounds/zh/queue-youarenext.sln")


def test_a_file_put_in_place_of_ours_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "share"
    (data / "sounds" / "en").mkdir(parents=True)
    folder = lay_out_sounds(tmp_path / "root", data) / "sounds" / "zh"
    assert all((folder / f"{name}.sln").stat().st_size > 1000 for name in PHRASES)
    (folder / "queue-youarenext.sln").unlink()
    (folder / "queue-youarenext.wav").write_bytes(b"own")
    lay_out_sounds(tmp_path / "root", data)
    assert not (folder / "queue-youarenext.sln").exists()
    assert (folder.parent / "en").resolve() == (data / "sounds" / "en").resolve()
