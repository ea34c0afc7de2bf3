"""Recogniser workers that die, hang or go away under calls; real processes with the test voice model."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from spoken import spoken
from structlog.testing import capture_logs

from ivr.lanes import Lane
from ivr.ports import Hypothesis
from ivr.recogniser import Limits, ModelUnusable, RecogniserFailed, RecogniserOverloaded
from ivr.vosk_recogniser import VoskPool
from ivr.worker_process import WorkerProcess

MODELS = Path(__file__).parents[2] / "models"
FOLDER = MODELS / "test-cmn-8k"
CLIP = MODELS / "clip-cmn-8k.wav"
PATIENT = Limits(behind=600, finish=600, silent=60)  # a loaded test machine must not change what is heard
SENTENCE = "楼上邻居半夜噪音扰民"
RATE = 8000
FRAME = RATE // 50 * 2
DEADLINE = 120.0


@asynccontextmanager
async def started(*, workers: int = 2, capacity: int | None = 8, limits: Limits = PATIENT) -> AsyncIterator[VoskPool]:
    pool = await VoskPool.start(FOLDER, CLIP, workers=workers, capacity=capacity, limits=limits)
    try:
        yield pool
    finally:
        await pool.close()


def admitted(pool: VoskPool) -> Lane:
    lane = pool.admit(RATE)
    assert lane is not None
    return lane


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  processes set no events
            await asyncio.sleep(0.02)


async def say(lane: Lane, pcm: bytes, meanwhile: Callable[[], None] | None = None) -> tuple[Hypothesis, ...]:
    """What is heard; `meanwhile` happens in the middle of the utterance, with a piece of it being decoded."""
    for start in range(0, len(pcm), FRAME):
        await lane.feed(pcm[start : start + FRAME])
        await asyncio.sleep(0)
        if meanwhile is not None and start >= len(pcm) // 2:
            await until(lambda: lane.behind < 0.3)
            meanwhile()
            meanwhile = None
    return await lane.finish()


def texts(heard: tuple[Hypothesis, ...]) -> list[str]:
    return [one.text for one in heard]


async def test_a_worker_killed_in_the_middle_of_an_utterance_changes_nothing_that_is_heard() -> None:
    pcm = spoken(SENTENCE, RATE)
    async with started() as pool:
        undisturbed = await say(admitted(pool), pcm)
        lane = admitted(pool)
        with capture_logs() as logs:
            heard = await say(lane, pcm, lambda: kill_all(worker_of(pool, lane)))
            await until(lambda: len(pool.workers) == 2)
        assert texts(heard)[0] == texts(undisturbed)[0] == SENTENCE
        lost = [line for line in logs if line["event"] == "a recogniser worker is lost"]
        assert [line["status"] for line in lost] == ["SIGKILL"]
        assert texts(await say(lane, pcm))[0] == SENTENCE


def processes(pool: VoskPool) -> list[int]:
    return [worker.pid for worker in pool.workers]


def worker_of(pool: VoskPool, lane: Lane) -> list[int]:
    return [worker.pid for worker in pool.workers if lane in worker.lanes]


def kill_all(processes: list[int], number: signal.Signals = signal.SIGKILL) -> None:
    for pid in processes:
        os.kill(pid, number)


async def test_a_worker_killed_while_the_end_is_awaited_answers_from_another() -> None:
    pcm = spoken(SENTENCE, RATE)
    async with started() as pool:
        lane = admitted(pool)
        kill_all(worker_of(pool, lane), signal.SIGSTOP)
        ending = asyncio.create_task(say(lane, pcm))
        await until(lambda: lane.behind > len(pcm) / 2 / RATE - 1)
        kill_all(worker_of(pool, lane))
        assert texts(await ending)[0] == SENTENCE


async def test_a_worker_that_hangs_is_replaced_and_its_call_goes_on() -> None:
    pcm = spoken(SENTENCE, RATE)
    async with started(limits=Limits(behind=600, finish=600, silent=1.0)) as pool:
        lane = admitted(pool)
        before = worker_of(pool, lane)
        with capture_logs() as logs:
            heard = await say(lane, pcm, lambda: kill_all(before, signal.SIGSTOP))
            await until(lambda: len(pool.workers) == 2 and not set(before) & set(processes(pool)))
        assert texts(heard)[0] == SENTENCE
        assert "a recogniser worker hangs and is ended" in {line["event"] for line in logs}
        assert not [pid for pid in before if psutil.pid_exists(pid)]


async def test_capacity_follows_the_workers_alive() -> None:
    async with started(capacity=8) as pool:
        assert pool.capacity == 8
        kill_all(processes(pool)[:1])
        await until(lambda: pool.capacity == 4)
        lanes = [admitted(pool) for _ in range(4)]
        assert pool.admit(RATE) is None
        await until(lambda: pool.capacity == 8)
        lanes += [admitted(pool) for _ in range(4)]
        assert pool.admit(RATE) is None
        assert {worker.load for worker in pool.workers} == {4}


async def test_without_any_worker_calls_fail_at_once_and_none_is_admitted() -> None:
    async with started() as pool:
        talking, resting = admitted(pool), admitted(pool)
        await talking.feed(spoken(SENTENCE, RATE)[: RATE * 2])
        ending = asyncio.create_task(talking.finish())
        await asyncio.sleep(0)
        kill_all(processes(pool))
        with pytest.raises(RecogniserFailed):
            await ending
        await until(lambda: resting.lost)
        with pytest.raises(RecogniserFailed, match="alive"):
            await resting.feed(bytes(FRAME))
        assert (pool.capacity, pool.admit(RATE)) == (0, None)
        await talking.close()
        await resting.close()
        assert pool.in_use == 0
        await until(lambda: len(pool.workers) == 2)
        assert texts(await say(admitted(pool), spoken(SENTENCE, RATE)))[0] == SENTENCE


async def test_calls_that_no_other_worker_has_room_for_wait_for_the_new_one() -> None:
    pcm = spoken(SENTENCE, RATE)
    async with started(capacity=2) as pool:
        first, second = admitted(pool), admitted(pool)
        one, other = await asyncio.gather(say(first, pcm, lambda: kill_all(worker_of(pool, first))), say(second, pcm))
        assert texts(one)[0] == texts(other)[0] == SENTENCE


async def test_they_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> WorkerProcess:
        return await asyncio.get_running_loop().create_future()

    async with started(capacity=2, limits=Limits(behind=600, finish=600, silent=1.0)) as pool:
        first, _ = admitted(pool), admitted(pool)
        monkeypatch.setattr(WorkerProcess, "started", never)
        kill_all(worker_of(pool, first))
        with pytest.raises(RecogniserOverloaded):
            await say(first, bytes(RATE * 2))


async def test_workers_end_with_the_process_that_started_them() -> None:
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from ivr.vosk_recogniser import VoskPool\n"
        "async def main():\n"
        f"    pool = await VoskPool.start(Path({str(FOLDER)!r}), Path({str(CLIP)!r}), capacity=2)\n"
        "    print(*(worker.pid for worker in pool.workers), flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    workers = [int(pid) for pid in (await parent.stdout.readline()).split()]
    assert len(workers) == 2
    parent.kill()
    await parent.wait()
    await until(lambda: not any(running(pid) for pid in workers))


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_shutting_down_leaves_no_process_and_fails_open_calls() -> None:
    async with started() as pool:
        workers, lane = processes(pool), admitted(pool)
        kill_all([workers[0]], signal.SIGSTOP)
    assert not any(psutil.pid_exists(pid) for pid in workers)
    with pytest.raises(RecogniserFailed):
        await lane.feed(bytes(FRAME))
    assert pool.admit(RATE) is None


async def test_a_model_that_ends_its_process_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending = tmp_path / "python"
    ending.write_text("#!/bin/sh\nkill -SEGV $$\n")
    ending.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(ending))
    with pytest.raises(ModelUnusable, match=FOLDER.name):
        await VoskPool.start(FOLDER, CLIP)


async def test_workers_know_none_of_the_front_desks_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_ARI_PASSWORD", "secret")
    async with started() as pool:
        for pid in processes(pool):
            assert not [name for name in psutil.Process(pid).environ() if name.startswith("FRONTDESK_")]


async def test_many_calls_leave_nothing_behind() -> None:
    pcm = spoken("转人工", RATE, before=0.1, after=0.1)
    own = psutil.Process()
    async with started(workers=1, capacity=2) as pool:
        worker = psutil.Process(processes(pool)[0])

        async def calls(count: int) -> tuple[int, int, int]:
            for _ in range(count):
                lane = admitted(pool)
                await lane.feed(pcm)
                await lane.finish()
                await lane.close()
            return worker.memory_info().rss, worker.num_fds(), own.num_fds()

        rounds = [await calls(150)]  # the allocator's pools have grown to their size by then
        rounds += [await calls(80) for _ in range(3)]
    assert pool.in_use == 0
    for place in (1, 2):
        assert rounds[-1][place] <= rounds[0][place] + 5, "240 calls more"
    # A leak grows in every round; the allocator now and then in one.
    grown = [later[0] - earlier[0] for earlier, later in itertools.pairwise(rounds)]
    assert min(grown) < 2**20, grown


async def test_lost_workers_leave_no_handles() -> None:
    own = psutil.Process()
    async with started() as pool:
        before = own.num_fds()
        kill_all(processes(pool)[:1])
        await until(lambda: len(pool.workers) == 1)
        await until(lambda: len(pool.workers) == 2)
        await until(lambda: own.num_fds() <= before)
