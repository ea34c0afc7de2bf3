"""Twice as many callers as can be heard: who is one too many gets a person at once, and nobody else notices.

The capacity is set low, so that the callers themselves do not need the machine; what the recogniser bears is measured
by bench.telephone.capacity.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.report import show
from bench.telephone.rig import Exchange, exchange_in, no_asterisk, product, say_all
from bench.timing import Timing
from frontdesk.telephony import NoAsterisk

from baresip_operator import operator  # isort: skip  bench.telephone.rig puts tests/telephony on the path
from rtp_peer import RATE  # isort: skip
from sipp_caller import Citizen, Dial, calling  # isort: skip

QUESTION = "居住证怎么办理"
CAPACITY = 4
EXTRA_LIMIT = 2.0
DEGRADED_LIMIT = 1.25
"""Longest median wait of an admitted caller with the extra callers there, over the median without them."""
OPERATOR = 1000
TURNS = 5


async def _wait_for_answer(citizen: Citizen, sound: Any) -> float:
    """Seconds from the end of the question, as spoken, until the answer is heard, the pause in between included."""
    await citizen.sound.say(sound)
    await asyncio.sleep(len(sound) / RATE)
    ended = time.perf_counter()
    citizen.sound.forget()
    async with asyncio.timeout(20):
        await citizen.sound.speaks()
    return time.perf_counter() - ended


async def _admitted(
    folder: Path, exchange: Exchange, sound: Any, turns: int, crowded: asyncio.Event, ready: asyncio.Barrier
) -> tuple[list[float], list[float]]:
    """Waits of one heard caller, alone among the admitted and then with the extra callers there."""
    folder.mkdir()  # noqa: ASYNC240  one folder a caller
    async with calling(folder, exchange.layout.sip_port, Dial(), show=False) as citizen:
        await citizen.sound.speaks()
        await asyncio.sleep(1.5)
        calm = []
        for _ in range(turns):
            calm.append(await _wait_for_answer(citizen, sound))
            await asyncio.sleep(1.5)
        await ready.wait()
        await crowded.wait()
        busy = []
        for _ in range(turns):
            busy.append(await _wait_for_answer(citizen, sound))
            await asyncio.sleep(1.5)
        await ready.wait()
        await citizen.hang_up()
    return calm, busy


async def _extra(folder: Path, exchange: Exchange, done: asyncio.Event) -> float:
    """Seconds from dialling until an operator is heard; stays on the line until `done`."""
    folder.mkdir()  # noqa: ASYNC240  one folder a caller
    async with calling(folder, exchange.layout.sip_port, Dial(), show=False) as citizen:
        began = time.perf_counter()
        async with asyncio.timeout(30):
            await citizen.sound.hears_only(OPERATOR)
        took = time.perf_counter() - began
        await done.wait()
        await citizen.hang_up()
    return took


async def _measure(folder: Path, capacity: int, turns: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds: extra callers to a person; admitted callers' waits without and with them."""
    sound = (await say_all(folder, (QUESTION,)))[QUESTION]
    phones = tuple(f"op{number}" for number in range(capacity))
    everybody = {"110": ("op110",), "12345": phones}
    listed = "[" + ",".join(f'"PJSIP/{name}"' for name in phones) + "]"
    async with exchange_in(folder, operators=everybody) as exchange, asyncio.TaskGroup() as group:  # noqa: SIM117
        async with (
            product(folder, exchange, voice_capacity=str(capacity), phones_12345=listed),
            _all_phones(folder, exchange, phones),
        ):
            crowded, done, ready = asyncio.Event(), asyncio.Event(), asyncio.Barrier(capacity + 1)
            heard = [
                group.create_task(_admitted(folder / f"in{at}", exchange, sound, turns, crowded, ready))
                for at in range(capacity)
            ]
            await ready.wait()
            extra = [group.create_task(_extra(folder / f"extra{at}", exchange, done)) for at in range(capacity)]
            crowded.set()
            await ready.wait()
            done.set()
            seconds = list(await asyncio.gather(*extra))
            waits = await asyncio.gather(*heard)
    calm = [each for alone, _ in waits for each in alone]
    return seconds, calm, [each for _, busy in waits for each in busy]


@asynccontextmanager
async def _all_phones(folder: Path, exchange: Exchange, names: tuple[str, ...]) -> AsyncIterator[None]:
    """A phone for each extra caller, answering by itself."""
    async with AsyncExitStack() as stack:
        for name in names:
            await stack.enter_async_context(operator(folder, name, exchange.passwords[name], exchange.layout.sip_port))
        yield


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    capacity, turns = (2, 2) if quick else (CAPACITY, TURNS)
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as place:
        try:
            extra, calm, busy = asyncio.run(_measure(Path(place), capacity, turns))
        except NoAsterisk as error:
            no_asterisk(error)
    before, after = Timing(tuple(calm)), Timing(tuple(busy))
    show(
        f"Twice the capacity: {capacity} callers heard, {len(extra)} more come at once",
        ("what", "median s", "longest s", "limit"),
        [
            (
                "one too many: dialled → a person is heard",
                f"{Timing(tuple(extra)).median:.2f}",
                f"{max(extra):.2f}",
                f"longest {EXTRA_LIMIT:.0f}",
            ),
            ("heard callers: end of speech → answer, before", f"{before.median:.2f}", f"{max(calm):.2f}", ""),
            (
                "heard callers: the same with the others there",
                f"{after.median:.2f}",
                f"{max(busy):.2f}",
                f"median {before.median * DEGRADED_LIMIT:.2f}",
            ),
        ],
        ["The wait includes the pause of 0.8 s that ends a turn."],
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
