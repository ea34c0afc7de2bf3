"""A worker process as the front desk sees it: started, asked, watched, ended."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from ivr.lanes import Lane
from ivr.recogniser import ModelUnusable
from ivr.worker_link import Frame, Frames, Kind, Model, pack_end, packed, unpack_heard

START = 180.0
"""Seconds that loading a model may take: a large one from a slow disk."""
LATE = 4
"""Looks (see WorkerProcess.look) without the oldest answer that make a worker late, or without any, silent."""

log = structlog.get_logger("ivr.recogniser")


@dataclass(frozen=True)
class Recipe:
    """What every worker of a pool is made of. `clip`: a WAV file that it warms on."""

    folder: Path
    clip: Path
    threads: int


class WorkerProcess(asyncio.Protocol):
    """`ivr.lanes.Worker`. Made by `started`; used from one event loop."""

    def __init__(self, recipe: Recipe, missing: Callable[[str], None]) -> None:
        self._recipe, self._missing = recipe, missing
        self._loop = asyncio.get_running_loop()
        self._frames = Frames()
        self._process: Process | None = None
        self._transport: asyncio.Transport | None = None
        self._ready: asyncio.Future[Model] = self._loop.create_future()
        self._measured: asyncio.Future[float] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._ears: dict[Lane, int] = {}
        self._lanes: dict[int, Lane] = {}
        self._last_ear = 0
        self._looks = 0
        self._owed: dict[int, int] = {}  # ear -> the look before it was asked; the oldest first
        self._last_answer = 0

    @classmethod
    async def started(cls, recipe: Recipe, missing: Callable[[str], None]) -> WorkerProcess:
        """A worker that is loaded and warm. `missing` is told characters that the model has no word for.

        Raises ModelUnusable.
        """
        worker = cls(recipe, missing)
        try:
            await worker._start()
        except BaseException:
            await worker.end_process()
            raise
        return worker

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None, "only a started worker leaves started()"
        return self._process.pid

    @property
    def model(self) -> Model:
        """The model it loaded."""
        return self._ready.result()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The calls it hears."""
        return tuple(self._ears)

    @property
    def load(self) -> int:
        """How many calls it hears."""
        return len(self._ears)

    @property
    def silent(self) -> bool:
        """It has answered nobody lately though it should have."""
        return self.silence >= LATE

    @property
    def silence(self) -> int:
        """Looks since it last answered, while an answer is owed; else 0."""
        if not self._owed:
            return 0
        return self._looks - max(self._last_answer, next(iter(self._owed.values())))

    @property
    def late(self) -> bool:
        """Its oldest answer is overdue: it has more to do than it can."""
        return bool(self._owed) and self._looks - next(iter(self._owed.values())) >= LATE

    def look(self) -> None:
        """Called by the pool at equal intervals: time is counted in them, so that a pause of ours is no lag of its."""
        self._looks += 1

    async def measured(self) -> float:
        """Processor seconds that a second of sound costs here. Once, before the first call."""
        self._write(Kind.MEASURE)
        return await self._measured

    async def ended(self) -> int:
        """Its exit status, once the process is gone; below 0: the signal that ended it."""
        await self._ended.wait()
        assert self._process is not None, "only a started worker leaves started()"
        return await self._process.wait()

    async def end_process(self) -> None:
        """Kill it, unless it is gone, and wait until it is: it holds nothing that matters."""
        if self._transport is not None:
            self._transport.abort()
        if self._process is not None:
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        """End the process at once; `ended` tells when it is gone."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)  # Process.kill would race for the exit status

    # ivr.lanes.Worker

    def admit(self, lane: Lane) -> None:
        """Hear this call from now on."""
        self._last_ear += 1
        ear = self._last_ear
        self._ears[lane], self._lanes[ear] = ear, lane
        self._write(Kind.OPEN, ear, str(lane.rate).encode())
        lane.join(self)

    def sound(self, lane: Lane, pcm: bytes) -> None:
        """Decode; answered by Lane.partial or Lane.broke."""
        self._ask(Kind.SOUND, lane, pcm)

    def end(self, lane: Lane, pcm: bytes, expected: Sequence[str]) -> None:
        """Decode and end the utterance; answered by Lane.heard or Lane.broke."""
        self._ask(Kind.END, lane, pack_end(expected, pcm))

    def leave(self, lane: Lane) -> None:
        """The call is over."""
        ear = self._ears.pop(lane)
        del self._lanes[ear]
        self._write(Kind.CLOSE, ear)

    # asyncio.Protocol

    def connection_made(self, transport: Any) -> None:
        """The socket is ours."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers."""
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except (ValueError, KeyError) as error:
            log.error("a recogniser worker makes no sense and is ended", error=type(error).__name__)  # noqa: TRY400
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        """The process is gone or about to be."""
        self.kill()
        self._ended.set()
        for waiting in (self._ready, self._measured):
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the worker ended"))
                waiting.exception()  # nobody may be waiting for it

    # Inside

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                # A session of its own: Ctrl+C in a terminal reaches the front desk only, which then ends its calls.
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "ivr.worker",
                    str(self._recipe.folder),
                    str(self._recipe.clip),
                    str(self._recipe.threads),
                    stdin=theirs.fileno(),
                    stdout=DEVNULL,
                    stderr=DEVNULL,
                    start_new_session=True,
                    env=environment(),
                )
                await self._loop.create_unix_connection(lambda: self, sock=ours)
            except BaseException:
                ours.close()
                raise
        try:
            async with asyncio.timeout(START):
                await self._ready
        except TimeoutError as error:
            raise ModelUnusable(
                f"语音模型 {self._recipe.folder} 装了 {START:.0f} 秒还没有装好：机器太慢或内存不够"
            ) from error
        except ConnectionResetError as error:
            assert self._process is not None, "it was started above"
            raise ModelUnusable(
                f"语音模型 {self._recipe.folder} 一装载，识别进程就结束了（状态 {await self._process.wait()}）："
                "文件已损坏或内存不够，请重新下载"
            ) from error

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.PARTIAL:
                self._answered(frame.ear).partial(frame.text)
            case Kind.HEARD:
                self._answered(frame.ear).heard(unpack_heard(frame.body))
            case Kind.BROKE:
                self._answered(frame.ear).broke(frame.text)
            case Kind.MISSING:
                self._missing(frame.text)
            case Kind.READY:
                self._ready.set_result(Model.unpacked(frame.body))
            case Kind.UNUSABLE:
                self._ready.set_exception(ModelUnusable(frame.text))
            case Kind.MEASURED:
                self._measured.set_result(float(frame.text))
            case _:
                raise ValueError(f"{frame.kind.name} is no answer")

    def _answered(self, ear: int) -> Lane:
        del self._owed[ear]
        self._last_answer = self._looks
        return self._lanes[ear]

    def _ask(self, kind: Kind, lane: Lane, body: bytes) -> None:
        ear = self._ears[lane]
        self._owed[ear] = self._looks
        self._write(kind, ear, body)

    def _write(self, kind: Kind, ear: int = 0, body: bytes = b"") -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packed(kind, ear, body))


def environment() -> dict[str, str]:
    """Ours without the front desk's settings, some of which are secret; numeric libraries keep to their thread."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    return {**ours, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
