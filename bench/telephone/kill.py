"""The product is killed, or stopped, at random moments of a call: how long until the caller hears a person.

A person is an operator's phone that answers by itself. The moments are random with a fixed seed, from dialling on.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.report import show
from bench.telephone.rig import Exchange, Product, exchange_in, no_asterisk, product, say_all
from bench.timing import Timing
from frontdesk.telephony import NoAsterisk

from baresip_operator import operator  # isort: skip  bench.telephone.rig puts tests/telephony on the path
from sipp_caller import Citizen, Dial, calling  # isort: skip

QUESTION = "居住证怎么办理"
LAST_MOMENT = 12.0
"""Seconds after dialling: the greeting, the question, the end of the turn and the answer all lie before it."""
KILL_LIMIT = 1.0
STOP_LIMIT = 6.0
OPERATOR = 1000
"""Hz of the operator's voice."""


async def _talk(citizen: Citizen, sound: Any) -> None:
    """A caller who asks into the greeting, and asks again."""
    await citizen.sound.speaks()
    while True:
        await asyncio.sleep(1.5)
        await citizen.sound.say(sound)
        await asyncio.sleep(len(sound) / 8000 + 2)


async def _until_a_person(
    folder: Path, exchange: Exchange, running: Product, moment: float, number: signal.Signals, sound: Any
) -> float:
    """Seconds from the signal until the operator is heard."""
    async with calling(folder, exchange.layout.sip_port, Dial(), show=False) as citizen:
        talking = asyncio.create_task(_talk(citizen, sound))
        try:
            await asyncio.sleep(moment)
            os.kill(running.pid, number)
            began = time.perf_counter()
            async with asyncio.timeout(30):
                await citizen.sound.hears_only(OPERATOR)
            return time.perf_counter() - began
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            await citizen.hang_up()


async def _measure(folder: Path, number: signal.Signals, moments: list[float]) -> list[float]:
    sound = (await say_all(folder, (QUESTION,)))[QUESTION]
    seconds: list[float] = []
    async with exchange_in(folder) as exchange:
        layout = exchange.layout
        async with operator(folder, "op12345", exchange.passwords["op12345"], layout.sip_port):
            for moment in moments:
                async with product(folder, exchange) as running:
                    try:
                        seconds.append(await _until_a_person(folder, exchange, running, moment, number, sound))
                    finally:
                        await running.kill()
    return seconds


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    chance = random.Random(12345)  # noqa: S311  moments, not secrets
    kills = sorted(chance.uniform(0, LAST_MOMENT) for _ in range(2 if quick else 10))
    stops = sorted(chance.uniform(2, LAST_MOMENT) for _ in range(1 if quick else 3))
    rows = []
    for what, number, moments, limit in (
        ("kill -9 → a person is heard", signal.SIGKILL, kills, KILL_LIMIT),
        ("SIGSTOP → a person is heard", signal.SIGSTOP, stops, STOP_LIMIT),
    ):
        with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as place:
            try:
                timing = Timing(tuple(asyncio.run(_measure(Path(place), number, moments))))
            except NoAsterisk as error:
                no_asterisk(error)
        rows.append(
            (what, str(len(timing.seconds)), f"{timing.median:.2f}", f"{max(timing.seconds):.2f}", f"{limit:.0f}")
        )
        print(what, " ".join(f"{at:.1f}s:{took:.2f}" for at, took in zip(moments, timing.seconds, strict=True)))
    show(
        f"The product dies in a call, at random moments up to {LAST_MOMENT:.0f} s after dialling",
        ("what", "callers, all with a person", "median s", "longest s", "limit"),
        rows,
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
