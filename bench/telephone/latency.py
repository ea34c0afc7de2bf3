"""How long a caller waits: from the decided end of speech to the first sound of the answer, on real calls."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bench.report import show
from bench.telephone.desk import Stopwatch, Turn, parts, timed_desk
from bench.telephone.rig import RATE, Exchange, exchange_in, no_asterisk, say_all
from bench.timing import Timing
from frontdesk.telephony import NoAsterisk

from sipp_caller import Dial, calling  # isort: skip  bench.telephone.rig puts tests/telephony on the path

QUESTIONS = (
    "居住证怎么办理",
    "身份证丢了怎么补办",
    "公积金怎么提取",
    "社保卡丢了怎么办",
    "护照怎么办理",
)
MEDIAN_LIMIT = 0.150
P95_LIMIT = 0.400
ANSWER_SECONDS = 20.0


def p95(seconds: list[float]) -> float:
    """The value that one in twenty exceeds."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))]


async def _call(folder: Path, exchange: Exchange, watch: Stopwatch, sound: dict[str, object]) -> list[float]:
    """One call with every question, each asked into the answer before; when the phone heard each answer."""
    heard: list[float] = []
    async with calling(folder, exchange.layout.sip_port, Dial(), show=False) as citizen:
        await citizen.sound.speaks()
        await asyncio.sleep(1)
        for question in QUESTIONS:
            known = len(watch.turns)
            await citizen.sound.say(sound[question])
            async with asyncio.timeout(ANSWER_SECONDS):
                while len(watch.turns) == known:  # noqa: ASYNC110  the stopwatch is read, not waited for
                    await asyncio.sleep(0.001)
                citizen.sound.forget()
                await citizen.sound.speaks()
            heard.append(time.perf_counter())
            await asyncio.sleep(1.5)
        await citizen.hang_up()
    return heard


async def _measure(folder: Path, rounds: int) -> tuple[list[Turn], list[float]]:
    sound = await say_all(folder, QUESTIONS)
    async with exchange_in(folder) as exchange, timed_desk(folder, exchange) as watch:
        await _call(folder, exchange, watch, sound)  # warms the caches: the limit is for wording rendered ahead
        watch.turns.clear()
        heard: list[float] = []
        for _ in range(rounds):
            heard += await _call(folder, exchange, watch, sound)
        turns = list(watch.turns)
    return turns, [at - turn.played for at, turn in zip(heard, turns, strict=True)]


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as place:
        try:
            turns, line = asyncio.run(_measure(Path(place), 1 if quick else 8))
        except NoAsterisk as error:
            no_asterisk(error)
    whole = [each.played - each.decided for each in turns]

    def row(what: str, seconds: list[float], *limits: str) -> tuple[str, ...]:
        timing = Timing(tuple(seconds))
        cells = (f"{timing.median * 1000:.1f}", f"{p95(seconds) * 1000:.1f}", f"{max(seconds) * 1000:.1f}")
        return (what, *cells, *(limits or ("",)))

    show(
        f"Waiting: {len(turns)} turns through Asterisk and Vosk, each asked into the answer before",
        ("what", "median ms", "p95 ms", "longest ms", "limit"),
        [
            row(
                "decided → first answer audio leaves the app",
                whole,
                f"median {MEDIAN_LIMIT * 1000:.0f}, p95 {P95_LIMIT * 1000:.0f}",
            ),
            *(row(f"  {part}", seconds) for part, seconds in parts(turns).items()),
            row("after that: Asterisk, until the phone hears it", line),
        ],
        [f"Answered: {sum(each.answered for each in turns)} of {len(turns)}; sound at {RATE} Hz."],
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
