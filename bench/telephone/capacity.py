"""What hearing costs beside Vosk alone: processor time of calls, calls heard in real time, and twice too many.

Both sides decode the same sound as fast as it is spoken. The peer is Vosk in this process, a thread for each call and
nothing around it; ours is the product's pool with its worker processes, fed in frames of a telephone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path

import structlog
import vosk

from bench.report import show
from frontdesk.settings import home
from frontdesk.voice_models import VoiceModels
from ivr.capacity import processors
from ivr.lanes import Lane
from ivr.recogniser import SAMPLE_BYTES, Limits
from ivr.speech import open_voice
from ivr.vosk_model import ALTERNATIVES, model_rate
from ivr.vosk_recogniser import VoskPool

SENTENCES = (
    "我想问一下居住证怎么办理",
    "楼上邻居半夜噪音扰民，已经一个星期了，打过电话也没有人来处理",
    "身份证丢了怎么补办",
    "小区门口的路灯坏了好几天，晚上走路很不方便",
    "转人工",
)
PAUSE = 0.8
"""Seconds of silence before and after each sentence."""
FRAME = 0.02
"""Seconds of sound that a telephone sends at once."""
PIECE = Limits().piece
"""Seconds of sound that either side decodes at once."""
LAG = 0.5
"""Seconds behind the caller at the end that still count as real time."""
CPU_LIMIT, CALLS_LIMIT = 1.10, 0.90
WITHIN = 0.03
"""The search for the most calls ends when this share of them is left open."""


@dataclass(frozen=True)
class Run:
    """Calls in real time: processor seconds spent, seconds of sound decoded, the worst lag at each moment looked at."""

    spent: float
    decoded: float
    lags: list[float]

    @property
    def cost(self) -> float:
        """Processor seconds for a second of sound."""
        return self.spent / self.decoded

    @property
    def in_time(self) -> bool:
        """Whether all calls were heard in real time to the end."""
        return self.lags[-1] <= LAG


@dataclass(frozen=True)
class Sound:
    """What every caller says, over and over: utterances as PCM."""

    utterances: tuple[bytes, ...]
    rate: int

    def pieces(self, seconds: float) -> Iterator[tuple[bytes, bool]]:
        """Without end: so much sound, and whether an utterance ends with it."""
        size = int(seconds * self.rate) * SAMPLE_BYTES
        for pcm in cycle(self.utterances):
            for start in range(0, len(pcm), size):
                yield pcm[start : start + size], start + size >= len(pcm)


class BareCall:
    """A call decoded by Vosk alone, on a thread of its own."""

    def __init__(self, model: vosk.Model, sound: Sound, seconds: float, delay: float) -> None:
        self._recogniser = vosk.KaldiRecognizer(model, sound.rate)
        self._recogniser.SetMaxAlternatives(ALTERNATIVES)
        self._pieces = sound.pieces(PIECE)
        self._count = round(seconds / PIECE)
        self._delay = delay
        self.done = 0

    def run(self, began: float) -> float:
        """How far behind the caller it was at the end, in seconds. Gives up when far behind."""
        late = 0.0
        while self.done < self._count:
            self.done += 1
            due = began + self._delay + self.done * PIECE
            if (wait := due - time.perf_counter()) > 0:
                time.sleep(wait)
            pcm, ends = next(self._pieces)
            if self._recogniser.AcceptWaveform(pcm):
                self._recogniser.Result()
            else:
                self._recogniser.PartialResult()
            if ends:
                self._recogniser.FinalResult()
            late = time.perf_counter() - due
            if late > 4 * LAG:
                break
        return late


class PoolCall:
    """A call heard by the pool."""

    def __init__(self, lane: Lane, sound: Sound, delay: float) -> None:
        self._lane = lane
        self._frames = sound.pieces(FRAME)
        self._delay = delay
        self._fed = 0
        self._ending: asyncio.Task[object] | None = None
        self.lags: list[float] = []

    @property
    def decoded(self) -> float:
        """Seconds of sound."""
        return self._fed * FRAME - self._lane.behind

    async def follow(self, spoken: float) -> None:
        """Feed what was said in so many seconds since the beginning."""
        if self._ending is not None:
            if not self._ending.done():
                return
            self._ending.result()
            self._ending = None
        said = int((spoken - self._delay) / FRAME)
        while self._fed < said:
            self._fed += 1
            pcm, ends = next(self._frames)
            await self._lane.feed(pcm)
            if ends:
                self._ending = asyncio.create_task(self._lane.finish())
                break
        self.lags.append(self._lane.behind + (said - self._fed) * FRAME)

    async def close(self) -> None:
        """Give the place back."""
        if self._ending is not None:
            await asyncio.gather(self._ending, return_exceptions=True)
        await self._lane.close()


def bare(model: vosk.Model, sound: Sound, calls: int, seconds: float) -> Run:
    """Calls decoded by Vosk alone."""
    waiting = [BareCall(model, sound, seconds, PIECE * number / calls) for number in range(calls)]
    with ThreadPoolExecutor(calls) as threads:
        began, spent = time.perf_counter() + 0.1, time.process_time()
        lags = list(threads.map(lambda call: call.run(began), waiting))
        spent = time.process_time() - spent
    return Run(spent, sum(call.done for call in waiting) * PIECE, [max(lags)])


async def pooled(pool: VoskPool, sound: Sound, calls: int, seconds: float) -> Run:
    """The same calls heard by the pool: processor time of all its processes and of this one."""
    lanes = [pool.admit(sound.rate) for _ in range(calls)]
    open_calls = [PoolCall(lane, sound, PIECE * n / calls) for n, lane in enumerate(lanes) if lane is not None]
    assert len(open_calls) == calls, "the pool was told to admit them"
    began, spent = time.perf_counter(), _spent(pool)
    try:
        while (spoken := time.perf_counter() - began) < seconds:
            for call in open_calls:
                await call.follow(spoken)
            if max(call.lags[-1] for call in open_calls if call.lags) > 4 * LAG:
                break
            await asyncio.sleep(FRAME)
        took = _spent(pool) - spent
        moments = zip(*(call.lags for call in open_calls), strict=False)
        return Run(took, sum(call.decoded for call in open_calls), [max(lags) for lags in moments])
    finally:
        await asyncio.gather(*(call.close() for call in open_calls))
        while pool.in_use:  # noqa: ASYNC110  the pool tells nobody
            await asyncio.sleep(FRAME)


def _spent(pool: VoskPool) -> float:
    """Processor seconds of this process and of the workers so far."""
    threads = chain.from_iterable(Path(f"/proc/{worker.pid}/task").iterdir() for worker in pool.workers)
    spent = sum(int((thread / "schedstat").read_text("ascii").split()[0]) for thread in threads)
    return time.process_time() + spent / 1e9


def most(calls: int, holds: Callable[[int], bool]) -> int:
    """The most calls for which this holds, searched from a guess; 0 if none."""
    low, high, step = 0, 0, max(1, calls // 4)
    while not high or high - low > max(1, WITHIN * high):
        tried = (low + high) // 2 if high and low else calls
        if holds(tried):
            low, calls = tried, tried + step
        else:
            high, calls = tried, tried - step
        if calls <= 0 or high == 1:
            return low
    return low


def _sound(rate: int) -> Sound:
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        voice = open_voice(Path(folder))
        try:
            quiet = bytes(int(PAUSE * rate) * SAMPLE_BYTES)
            return Sound(tuple(quiet + asyncio.run(voice.speak(text, rate)) + quiet for text in SENTENCES), rate)
        finally:
            voice.close()


def _ready(folder: Path, clip: Path, capacity: int | None) -> VoskPool:
    return _LOOP.run(VoskPool.start(folder, clip, capacity=capacity, limits=Limits(behind=60, finish=60)))


_LOOP = asyncio.Runner()


def _cost(model: vosk.Model, pool: VoskPool, sound: Sound, calls: int, seconds: float, rounds: int) -> tuple[str, ...]:
    """Processor seconds of a call, in turns, so that both sides see the same machine."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(bare(model, sound, calls, seconds).cost)
        ours.append(_LOOP.run(pooled(pool, sound, calls, seconds)).cost)
    ratio = statistics.median(mine / bare_one for mine, bare_one in zip(ours, theirs, strict=True))
    return (
        f"processor ms for a second of a call, {calls} calls",
        f"{1000 * statistics.median(theirs):.1f}",
        f"{1000 * statistics.median(ours):.1f}",
        f"{ratio:.2f}",
        f"≤ {CPU_LIMIT:.2f}",
    )


def _sustained(
    model: vosk.Model, pool: VoskPool, sound: Sound, guess: int, seconds: float, rounds: int
) -> tuple[str, ...]:
    """The most calls whose lag stays within LAG, a core."""
    cores = processors()
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(most(guess, lambda calls: bare(model, sound, calls, seconds).in_time))
        ours.append(most(guess, lambda calls: _LOOP.run(pooled(pool, sound, calls, seconds)).in_time))
    alone, heard = statistics.median(theirs), statistics.median(ours)
    return (
        "calls a core heard in real time",
        f"{alone / cores:.1f}",
        f"{heard / cores:.1f}",
        f"{heard / max(1, alone):.2f}",
        f"≥ {CALLS_LIMIT:.2f}",
    )


async def _refused(pool: VoskPool, sound: Sound, seconds: float) -> list[tuple[str, ...]]:
    """All admitted calls at once while as many again ask in vain."""
    capacity = pool.capacity
    running = asyncio.create_task(pooled(pool, sound, capacity, seconds))
    await asyncio.sleep(0.1)
    refusals, let_in = [], 0
    for _ in range(capacity):
        began = time.perf_counter()
        let_in += pool.admit(sound.rate) is not None
        refusals.append(time.perf_counter() - began)
        await asyncio.sleep(seconds / 2 / capacity)
    lags = (await running).lags
    half = len(lags) // 2
    first, second = statistics.median(lags[:half]), statistics.median(lags[half:])
    return [
        (f"admitted beyond the measured {capacity}, of {capacity} more", "", f"{let_in}", "", "0"),
        ("slowest refusal, ms", "", f"{1000 * max(refusals):.2f}", "", "≤ 2000"),
        ("worst lag of admitted calls, median of first half, s", "", f"{first:.2f}", "", ""),
        ("the same, second half, s", "", f"{second:.2f}", f"{second / first:.2f}", f"≤ {LAG} s"),
    ]


def _memory(pid: int) -> float:
    """MiB that a worker alone takes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    private = [int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))]
    return sum(private) / 1024


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    models = VoiceModels(home())
    chosen = models.chosen()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # refusals are expected
    seconds, rounds = (4.0, 1) if quick else (12.0, 3)
    pool = _ready(chosen.folder, models.clip, None)
    measured, worker = pool.capacity, _memory(pool.workers[0].pid)
    rows: list[tuple[str, ...]] = []
    try:
        overload = _LOOP.run(_refused(pool, _sound(8000), seconds))
    finally:
        _LOOP.run(pool.close())
    model = vosk.Model(str(chosen.folder))
    for rate in (8000,) if quick else (8000, 16000):
        sound = _sound(rate)
        pool = _ready(chosen.folder, models.clip, 100 * measured)
        try:
            told = f", line at {rate // 1000} kHz"
            for row in (
                _cost(model, pool, sound, max(1, measured // 2), seconds, rounds),
                _sustained(model, pool, sound, max(1, measured), seconds, 1 if quick else rounds),
            ):
                rows.append((row[0] + told, *row[1:]))
        finally:
            _LOOP.run(pool.close())
    show(
        f"Hearing calls: {chosen.name} ({model_rate(chosen.folder) // 1000} kHz), as fast as they are spoken",
        ("what", "Vosk alone", "our pool", "ours / alone", "limit"),
        [*rows, *overload],
        (
            f"capacity measured at the start: {measured} calls ({measured / processors():.1f} a core), "
            f"{len(os.sched_getaffinity(0))} cores; a worker takes {worker:.0f} MiB of its own",
        ),
    )
    _LOOP.close()


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
