"""Calls for half an hour: does memory, or the number of open handles, grow? `--minutes N` for another time."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.report import show
from bench.telephone.rig import Exchange, exchange_in, no_asterisk, product, say_all
from frontdesk.telephony import NoAsterisk

from baresip_operator import operator  # isort: skip  bench.telephone.rig puts tests/telephony on the path
from sipp_caller import Citizen, Dial, calling  # isort: skip

QUESTION = "居住证怎么办理"
DANGER = "有人拿刀砍人"
SIDE_BY_SIDE = 2
WARM_UP = 0.5
"""Share of the time: until then the bounded stores fill: what was just said (8 MiB), the database's pages."""
GROWTH_LIMIT_MIB = 10.0
"""After warm-up: what caches and allocators may still move."""
CALL_SECONDS = 60.0


@dataclass(frozen=True)
class Sample:
    """One look at a process and its children."""

    minute: float
    calls: int
    memory: float
    """MiB that belong to it alone (USS): shared libraries do not count."""
    handles: int
    threads: int


def look(pid: int, minute: float, calls: int) -> Sample:
    """Now."""
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    return Sample(
        minute,
        calls,
        sum(each.memory_full_info().uss for each in family) / 2**20,
        sum(each.num_fds() for each in family),
        sum(each.num_threads() for each in family),
    )


def growth(samples: list[Sample]) -> tuple[float, int]:
    """(MiB, handles) between the first and the last third of the samples after warm-up: the least of each."""
    warm = [each for each in samples if each.minute >= WARM_UP * samples[-1].minute]
    third = max(1, len(warm) // 3)
    early, late = warm[:third], warm[-third:]
    return (
        min(each.memory for each in late) - min(each.memory for each in early),
        min(each.handles for each in late) - min(each.handles for each in early),
    )


async def _ask(citizen: Citizen, sound: dict[str, Any]) -> None:
    """A question, its answer, good-bye."""
    await citizen.sound.say(sound[QUESTION])
    await asyncio.sleep(len(sound[QUESTION]) / 8000 + 1)
    citizen.sound.forget()
    await citizen.sound.speaks()
    await asyncio.sleep(1)


async def _person(citizen: Citizen, _: dict[str, Any]) -> None:
    """Key 0, and until the operator is heard."""
    await citizen.sound.press("0")
    await citizen.sound.hears_only(1000)


async def _danger(citizen: Citizen, sound: dict[str, Any]) -> None:
    """Danger said aloud, and until the operator is heard."""
    await citizen.sound.say(sound[DANGER])
    await citizen.sound.hears_only(1000)


async def _nothing(_: Citizen, __: dict[str, Any]) -> None:
    """Hangs up in the greeting."""


KINDS = (("12345", _ask), ("12345", _person), ("110", _danger), ("12345", _nothing))


async def _caller(folder: Path, exchange: Exchange, sound: dict[str, Any], placed: list[int]) -> None:
    """One call after the other, each of another kind."""
    folder.mkdir()  # noqa: ASYNC240  one folder a caller
    while True:
        number = len(placed)
        placed.append(number)
        line, kind = KINDS[number % len(KINDS)]
        async with calling(folder, exchange.layout.sip_port, Dial(line), show=False) as one:
            async with asyncio.timeout(CALL_SECONDS):
                await one.sound.speaks()
                await kind(one, sound)
            await one.hang_up()
        for file in folder.glob("citizen-*"):  # noqa: ASYNC240
            file.unlink()


@asynccontextmanager
async def _callers(folder: Path, exchange: Exchange, sound: dict[str, Any]) -> AsyncIterator[list[int]]:
    placed: list[int] = []
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_caller(folder / f"caller{at}", exchange, sound, placed)) for at in range(SIDE_BY_SIDE)
        ]
        try:
            yield placed
        finally:
            for task in tasks:
                task.cancel()


async def _soak(minutes: float, folder: Path) -> tuple[list[Sample], list[Sample]]:
    """Looks at the product and at Asterisk: before the first call, every minute, after the last."""
    sound = await say_all(folder, (QUESTION, DANGER))
    ours: list[Sample] = []
    theirs: list[Sample] = []
    async with exchange_in(folder) as exchange, product(folder, exchange) as running:
        words = exchange.passwords
        sip = exchange.layout.sip_port

        def note(minute: float, calls: int) -> None:
            ours.append(look(running.pid, minute, calls))
            theirs.append(look(exchange.process.pid, minute, calls))
            us, asterisk = ours[-1], theirs[-1]
            print(
                f"{minute:5.1f} min {calls:5} calls   product {us.memory:6.1f} MiB {us.handles:4} handles "
                f"{us.threads:3} threads   Asterisk {asterisk.memory:6.1f} MiB {asterisk.handles:4} handles",
                flush=True,
            )

        async with (
            operator(folder, "op110", words["op110"], sip),
            operator(folder, "op12345", words["op12345"], sip),
        ):
            note(0.0, 0)
            began = time.monotonic()
            async with _callers(folder, exchange, sound) as placed:
                for minute in range(1, max(1, round(minutes)) + 1):
                    await asyncio.sleep(max(0.0, began + minute * 60 * min(1.0, minutes) - time.monotonic()))
                    note(minute * min(1.0, minutes), len(placed))
        await asyncio.sleep(2)
        note((time.monotonic() - began) / 60, len(placed))
    return ours, theirs


def main(*, quick: bool = False, minutes: float = 30.0) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as place:
        try:
            ours, theirs = asyncio.run(_soak(0.5 if quick else minutes, Path(place)))
        except NoAsterisk as error:
            no_asterisk(error)
    grown, handles = growth(ours)
    show(
        f"Soak: {ours[-1].calls} calls in {ours[-1].minute:.0f} minutes, {SIDE_BY_SIDE} at a time",
        ("what", "start", "end", "growth after warm-up", "limit"),
        [
            (
                "product, MiB of its own",
                f"{ours[0].memory:.1f}",
                f"{ours[-1].memory:.1f}",
                f"{grown:+.1f}",
                f"{GROWTH_LIMIT_MIB:+.0f}",
            ),
            ("product, open handles", str(ours[0].handles), str(ours[-1].handles), f"{handles:+}", "0"),
            ("product, threads", str(ours[0].threads), str(ours[-1].threads), "", ""),
            (
                "Asterisk, MiB of its own",
                f"{theirs[0].memory:.1f}",
                f"{theirs[-1].memory:.1f}",
                f"{growth(theirs)[0]:+.1f}",
                "",
            ),
            ("Asterisk, open handles", str(theirs[0].handles), str(theirs[-1].handles), f"{growth(theirs)[1]:+}", ""),
        ],
        ["Growth: least of the last third less least of the first third of the samples in the second half."],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.telephone.soak")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--minutes", type=float, default=30.0)
    given = parser.parse_args()
    main(quick=given.quick, minutes=given.minutes)
