"""Speaking into an answer: from the caller's first sound to the last of the prompt.

Both ends are taken at the phone, so Asterisk's own 20 ms clock and its way back are in the figure.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.report import show
from bench.telephone.desk import Stopwatch, timed_desk
from bench.telephone.rig import Exchange, exchange_in, no_asterisk, say_all
from bench.timing import Timing
from frontdesk.telephony import NoAsterisk
from ivr.activity import WINDOW, WebRtcActivity
from ivr.turns import Timing as Turns

from rtp_peer import RATE, RtpPeer  # isort: skip  bench.telephone.rig puts tests/telephony on the path
from sipp_caller import Dial, calling  # isort: skip

QUESTION = "居住证怎么办理"
LIMIT = 0.060
"""Beyond the activity window, the time that turn taking wants to have heard a voice for."""
AUDIBLE = 300
QUIET = 0.5
"""Seconds without sound after which the prompt counts as ended."""


def activity_window(pcm: np.ndarray) -> float:
    """Seconds from the sentence's start until turn taking, fed with it alone, has heard enough to interrupt."""
    wanted = Turns().barge_in_after
    voiced = 0.0
    for at, verdict in enumerate(WebRtcActivity(RATE).feed(pcm.tobytes()), start=1):
        voiced += WINDOW if verdict else 0.0
        if voiced >= wanted - WINDOW / 2:
            return at * WINDOW
    raise RuntimeError("the sentence is never taken for a voice")


async def _last_sound(phone: RtpPeer) -> float:
    """The moment at which the last audible packet before a pause came."""
    last, seen = time.perf_counter(), len(phone.heard)
    while time.perf_counter() - last < QUIET:
        await asyncio.sleep(0.001)
        fresh = phone.heard[seen:]
        seen += len(fresh)
        if np.any(np.abs(fresh) > AUDIBLE):
            last = time.perf_counter()
    return last


async def _interrupt(folder: Path, exchange: Exchange, watch: Stopwatch, pcm: np.ndarray, times: int) -> list[float]:
    """Seconds from our first voiced sample to the prompt's last sound."""
    seconds: list[float] = []
    async with calling(folder, exchange.layout.sip_port, Dial(), show=False) as citizen:
        for _ in range(times):
            known = len(watch.turns)
            citizen.sound.forget()
            await citizen.sound.speaks()
            await asyncio.sleep(1.2)  # well inside a sentence of the prompt
            began = time.perf_counter()
            await citizen.sound.say(pcm)
            seconds.append(await _last_sound(citizen.sound) - began)
            async with asyncio.timeout(20):
                while len(watch.turns) == known:  # noqa: ASYNC110  the stopwatch is read, not waited for
                    await asyncio.sleep(0.005)
        await citizen.hang_up()
    return seconds


async def _measure(folder: Path, times: int) -> tuple[list[float], float]:
    sound = (await say_all(folder, (QUESTION,)))[QUESTION]
    pcm = sound[int(np.argmax(np.abs(sound) > AUDIBLE)) :]
    async with exchange_in(folder) as exchange, timed_desk(folder, exchange) as watch:
        return await _interrupt(folder, exchange, watch, pcm, times), activity_window(pcm)


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as place:
        try:
            seconds, window = asyncio.run(_measure(Path(place), 3 if quick else 20))
        except NoAsterisk as error:
            no_asterisk(error)
    beyond = [each - window for each in seconds]

    def row(what: str, values: list[float], limit: str) -> tuple[str, ...]:
        timing = Timing(tuple(values))
        return what, f"{timing.median * 1000:.0f}", f"{max(values) * 1000:.0f}", limit

    show(
        f"Barge-in: {len(seconds)} times into a prompt, at the caller's phone",
        ("what", "median ms", "longest ms", "limit"),
        [
            row("first sound of the caller → last sound of the prompt", seconds, f"{(LIMIT + window) * 1000:.0f}"),
            ("activity window: voice heard long enough", f"{window * 1000:.0f}", "", ""),
            row("beyond the window", beyond, f"{LIMIT * 1000:.0f}"),
        ],
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
