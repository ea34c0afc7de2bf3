"""Worker processes that hear calls: how many they admit, who hears whom, and a new one for each that is lost."""

from __future__ import annotations

import asyncio
import signal
import statistics
from pathlib import Path
from typing import Self

import structlog

from ivr.capacity import calls_at, processors, threads_each
from ivr.failure import first_of
from ivr.lanes import Lane
from ivr.recogniser import Limits, ModelUnusable, RecogniserFailed, RecogniserOverloaded
from ivr.worker_link import Model
from ivr.worker_process import Recipe, WorkerProcess

WORKERS = 2
"""So that the loss of one leaves one."""
LOOK = 0.25
"""Seconds between looks at the workers."""
STEADY = 60.0
"""A worker lost after so many seconds is replaced at once; sooner, later and later."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before the second and before any further replacement."""

log = structlog.get_logger("ivr.recogniser")


class VoskPool:
    """RecogniserPool over worker processes with one model each. Made by `start`."""

    def __init__(self, recipe: Recipe, workers: int, limits: Limits) -> None:
        self._recipe, self._size, self._limits = recipe, workers, limits
        self._live: list[WorkerProcess] = []
        self._taken: set[Lane] = set()
        self._homeless: dict[Lane, int] = {}  # calls whose worker was lost -> looks since then
        self._tasks: list[asyncio.Task[None]] = []
        self._missing: set[str] = set()
        self._whole = 0
        self.speed = 0.0
        """Seconds of sound that all workers decode a second; 0 if it was not measured."""

    @classmethod
    async def start(
        cls,
        folder: Path,
        clip: Path,
        *,
        workers: int = WORKERS,
        capacity: int | None = None,
        limits: Limits | None = None,
    ) -> Self:
        """Start and warm the workers and, unless told the capacity, measure it on a clip. Raises ModelUnusable."""
        pool = cls(Recipe(folder, clip, threads_each(workers)), workers, limits or Limits())
        try:
            await pool._begin(capacity)
        except BaseException:
            await pool.close()
            raise
        return pool

    @property
    def capacity(self) -> int:
        """Calls that can be heard at the same time by the workers alive."""
        return self._whole * len(self._live) // self._size

    @property
    def in_use(self) -> int:
        """Places taken, closing calls included until their decoding has stopped."""
        return len(self._taken)

    @property
    def model(self) -> Model:
        """What the workers told of their model. While one is alive."""
        return self._live[0].model

    @property
    def workers(self) -> tuple[WorkerProcess, ...]:
        """The workers alive."""
        return tuple(self._live)

    def admit(self, rate: int) -> Lane | None:
        """A lane for a call at this rate (samples a second), or None when all are taken or all workers lag."""
        well = [worker for worker in self._live if not worker.late]
        if self.in_use >= self.capacity or not well:
            log.warning(
                "no recogniser free: the caller goes to a person",
                capacity=self.capacity,
                in_use=self.in_use,
                workers=len(self._live),
                late=len(self._live) - len(well),
            )
            return None
        lane = Lane(rate, self._limits, self._release)
        self._taken.add(lane)
        min(well, key=lambda worker: worker.load).admit(lane)
        return lane

    async def close(self) -> None:
        """End the workers; calls still open fail."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        workers, self._live = self._live, []
        for worker in workers:
            self._orphan(worker)
        for lane in tuple(self._taken):
            lane.lose(RecogniserFailed("the recogniser is shutting down"))
        self._homeless.clear()
        await asyncio.gather(*(worker.end_process() for worker in workers))

    async def _begin(self, capacity: int | None) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._size):
                    group.create_task(self._started())
        except BaseExceptionGroup as group_of:
            raise first_of(group_of) from group_of
        if not self.model.takes_grammar:
            log.warning(
                "this voice model takes no list of expected answers; speech is decoded freely",
                model=self._recipe.folder.name,
            )
        self._whole = await self._measured() if capacity is None else capacity
        self._tasks = [asyncio.create_task(self._kept(worker)) for worker in self._live]
        self._tasks.append(asyncio.create_task(self._watch()))

    async def _started(self) -> WorkerProcess:
        worker = await WorkerProcess.started(self._recipe, self._report)
        self._live.append(worker)
        return worker

    async def _measured(self) -> int:
        costs = await asyncio.gather(*(worker.measured() for worker in self._live))
        self.speed = processors() / statistics.fmean(costs)
        capacity = calls_at(self.speed)
        log.info(
            "voice capacity measured", model=self._recipe.folder.name, speed=round(self.speed, 1), capacity=capacity
        )
        if capacity == 0:
            log.error("this machine cannot hear one call in real time with this model; every call goes to a person")
        return capacity

    async def _kept(self, worker: WorkerProcess) -> None:
        """Replace one worker whenever it is lost."""
        loop = asyncio.get_running_loop()
        wait, began = 0.0, loop.time()
        while True:
            status = await worker.ended()
            self._live.remove(worker)
            log.error("a recogniser worker is lost", status=named(status), calls=worker.load, left=len(self._live))
            self._orphan(worker)
            self._rehouse()
            wait = 0.0 if loop.time() - began > STEADY else wait
            worker, wait = await self._replaced(wait)
            began = loop.time()
            log.info("a recogniser worker is back", workers=len(self._live))
            self._rehouse()

    async def _replaced(self, wait: float) -> tuple[WorkerProcess, float]:
        """A new worker, begun after so many seconds; and how long to wait the next time."""
        while True:
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, max(FIRST_WAIT, 2 * wait))
            try:
                return await self._started(), wait
            except (ModelUnusable, OSError) as error:
                log.error("a recogniser worker cannot be started again", reason=str(error), next_try_s=wait)  # noqa: TRY400

    async def _watch(self) -> None:
        """Replace workers that hang; calls do not wait for a new worker for ever."""
        patience = round(self._limits.silent / LOOK)
        while True:
            await asyncio.sleep(LOOK)
            for worker in self._live:
                worker.look()
                if worker.silence > patience:
                    log.error("a recogniser worker hangs and is ended", silent_s=self._limits.silent)
                    worker.kill()
            for lane, looks in tuple(self._homeless.items()):
                self._homeless[lane] = looks + 1
                if looks > patience:
                    del self._homeless[lane]
                    lane.lose(RecogniserOverloaded("its worker was lost, and no other has room"))

    def _orphan(self, worker: WorkerProcess) -> None:
        for lane in worker.lanes:
            lane.orphaned()
            if not lane.lost:
                self._homeless[lane] = 0

    def _rehouse(self) -> None:
        """Calls of lost workers go on where there is room, and fail where no worker is left."""
        room = -(-self._whole // self._size)
        for lane in tuple(self._homeless):
            if not self._live:
                del self._homeless[lane]
                lane.lose(RecogniserFailed("no recogniser worker is alive"))
                continue
            worker = min(self._live, key=lambda one: one.load)
            if worker.load < room:
                del self._homeless[lane]
                worker.admit(lane)

    def _release(self, lane: Lane) -> None:
        self._taken.discard(lane)
        self._homeless.pop(lane, None)
        if self._homeless:
            self._rehouse()

    def _report(self, characters: str) -> None:
        """Phrases with these can only be heard freely. Each is logged once."""
        new = set(characters) - self._missing
        if new:
            self._missing |= new
            log.warning("expected phrases left out: not in the model's words", missing="".join(sorted(new)))


def named(status: int) -> str:
    """An exit status for people."""
    return signal.Signals(-status).name if status < 0 else str(status)
