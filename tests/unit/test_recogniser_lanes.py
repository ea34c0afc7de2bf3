"""The pool of decoding threads: admission, order, bounds, failures. Engines are fakes that wait to be released."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from ivr.lanes import Lane, LanePool
from ivr.ports import Hypothesis
from ivr.recogniser import Limits, RecogniserFailed, RecogniserOverloaded

RATE = 8000
PIECE = b"\x01\x00" * (RATE // 10)


class Engine:
    """Counts what it gets; decodes only while `go` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.busy = threading.Event()
        self.sound = b""
        self.expected: list[tuple[str, ...]] = []
        self.breaks = False

    def accept(self, pcm: bytes) -> str:
        self.busy.set()
        self.go.wait()
        if self.breaks:
            raise ValueError("秘密")
        self.sound += pcm
        return f"{len(self.sound)}"

    def finish(self, expected: Sequence[str]) -> tuple[Hypothesis, ...]:
        self.go.wait()
        self.expected.append(tuple(expected))
        heard, self.sound = f"{len(self.sound)}", b""
        return (Hypothesis(heard),)


@asynccontextmanager
async def pool(*engines: Engine, capacity: int = 1, limits: Limits | None = None) -> AsyncIterator[LanePool]:
    waiting = list(engines)
    made = LanePool(lambda _: waiting.pop(0), capacity=capacity, workers=2, limits=limits)
    try:
        yield made
    finally:
        for engine in engines:
            engine.go.set()
        await made.close()


def admitted(of: LanePool) -> Lane:
    lane = of.admit(RATE)
    assert lane is not None
    return lane


async def until(condition: Callable[[], bool]) -> None:
    """Let decoding threads report until this holds."""
    for _ in range(1_000_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("never came true")


async def held(engine: Engine, lane: Lane) -> None:
    """A piece of the call is on a decoding thread and stays there."""
    engine.go.clear()
    await lane.feed(PIECE)
    await asyncio.to_thread(engine.busy.wait)


async def test_calls_beyond_capacity_are_refused_until_one_ends() -> None:
    async with pool(Engine(), Engine(), Engine(), capacity=2) as calls:
        first, _ = admitted(calls), admitted(calls)
        assert calls.admit(RATE) is None
        await first.close()
        await first.close()
        assert calls.in_use == 1
        assert calls.admit(RATE) is not None


async def test_a_place_is_free_only_when_its_decoding_has_stopped() -> None:
    engine = Engine()
    async with pool(engine, Engine()) as calls:
        lane = admitted(calls)
        await held(engine, lane)
        await lane.close()
        assert calls.admit(RATE) is None
        engine.go.set()
        await until(lambda: calls.in_use == 0)
        assert calls.admit(RATE) is not None


async def test_all_sound_of_an_utterance_is_decoded_in_order_before_it_ends() -> None:
    engine = Engine()
    async with pool(engine) as calls:
        lane = admitted(calls)
        lane.expect(("是", "不是"))
        for _ in range(10):
            await lane.feed(PIECE[:320])
        assert await lane.finish() == (Hypothesis("3200"),)
        lane.expect(None)
        assert await lane.finish() == (Hypothesis("0"),)
        assert engine.expected == [("是", "不是"), ()]
        assert lane.behind == 0


async def test_sound_after_the_end_belongs_to_the_next_utterance() -> None:
    engine = Engine()
    async with pool(engine) as calls:
        lane = admitted(calls)
        await held(engine, lane)
        first = asyncio.create_task(lane.finish())
        await asyncio.sleep(0)
        assert await lane.feed(PIECE + PIECE) == ""
        second = asyncio.create_task(lane.finish())
        await asyncio.sleep(0)
        engine.go.set()
        assert await first == (Hypothesis("1600"),)
        assert await second == (Hypothesis("3200"),)


async def test_the_partial_text_arrives_with_later_sound() -> None:
    engine = Engine()
    async with pool(engine) as calls:
        lane = admitted(calls)
        await lane.feed(PIECE)
        await until(lambda: lane.behind == 0)
        assert await lane.feed(b"") == "1600"


async def test_a_call_too_far_behind_reports_overload_and_stays_lost() -> None:
    engine = Engine()
    async with pool(engine, limits=Limits(behind=1.0)) as calls:
        lane = admitted(calls)
        await held(engine, lane)
        for _ in range(9):
            await lane.feed(PIECE)
        ending = asyncio.create_task(lane.finish())
        await asyncio.sleep(0)
        with pytest.raises(RecogniserOverloaded):
            await lane.feed(PIECE)
        with pytest.raises(RecogniserOverloaded):
            await ending
        engine.go.set()
        with pytest.raises(RecogniserOverloaded):
            await lane.finish()
        await lane.close()


async def test_one_slow_call_does_not_stop_another() -> None:
    slow, quick = Engine(), Engine()
    async with pool(slow, quick, capacity=2) as calls:
        behind, well = admitted(calls), admitted(calls)
        await held(slow, behind)
        await well.feed(PIECE)
        assert await well.finish() == (Hypothesis("1600"),)


async def test_an_end_that_never_comes_is_overload() -> None:
    engine = Engine()
    async with pool(engine, limits=Limits(finish=0.0)) as calls:
        lane = admitted(calls)
        await held(engine, lane)
        with pytest.raises(RecogniserOverloaded):
            await lane.finish()


async def test_a_broken_engine_is_a_failure_without_the_words_in_it() -> None:
    engine = Engine()
    engine.breaks = True
    async with pool(engine) as calls:
        lane = admitted(calls)
        await lane.feed(PIECE)
        with pytest.raises(RecogniserFailed) as caught:
            await lane.finish()
        assert "秘密" not in str(caught.value)
        with pytest.raises(RecogniserFailed):
            await lane.feed(PIECE)
        await lane.close()
        assert calls.in_use == 0


async def test_an_engine_that_does_not_start_is_a_failure() -> None:
    async with pool() as calls:
        lane = admitted(calls)
        with pytest.raises(RecogniserFailed):
            await lane.finish()


async def test_a_closed_pool_or_call_fails_at_once() -> None:
    async with pool(Engine(), Engine(), capacity=2) as calls:
        closed, open_still = admitted(calls), admitted(calls)
        await closed.close()
        with pytest.raises(RecogniserFailed):
            await closed.feed(PIECE)
        await calls.close()
        with pytest.raises(RecogniserFailed):
            await open_still.feed(PIECE)
        with pytest.raises(RecogniserFailed):
            await open_still.finish()


async def test_closing_while_an_end_is_awaited_wakes_it() -> None:
    engine = Engine()
    async with pool(engine) as calls:
        lane = admitted(calls)
        await held(engine, lane)
        ending = asyncio.create_task(lane.finish())
        await asyncio.sleep(0)
        await lane.close()
        with pytest.raises(RecogniserFailed):
            await ending
