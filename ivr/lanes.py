"""A pool of decoding threads with one lane a call: admission, order within a call, bounds on how far one may lag.

Lanes are used from one event loop; only Decoder methods run on the threads.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from ivr.ports import Hypothesis
from ivr.recogniser import SAMPLE_BYTES, Decoder, Limits, RecogniserError, RecogniserFailed, RecogniserOverloaded

log = structlog.get_logger("ivr.recogniser")

Answer = asyncio.Future[tuple[Hypothesis, ...]]


@dataclass
class _Job:
    """Sound in the order it came; `answer` set where an utterance ends after it."""

    pcm: bytearray = field(default_factory=bytearray)
    answer: Answer | None = None
    expected: tuple[str, ...] = ()


class LanePool:
    """RecogniserPool over any Decoder. `open_decoder(rate)` runs on a decoding thread."""

    def __init__(
        self, open_decoder: Callable[[int], Decoder], *, capacity: int, workers: int, limits: Limits | None = None
    ) -> None:
        self._open = open_decoder
        self._capacity = capacity
        self._limits = limits or Limits()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="recogniser")
        self._taken = 0

    @property
    def capacity(self) -> int:
        """Calls that can be heard at the same time."""
        return self._capacity

    @property
    def in_use(self) -> int:
        """Places taken, closing calls included until their decoding has stopped."""
        return self._taken

    def admit(self, rate: int) -> Lane | None:
        """A lane for a call at this rate (samples a second), or None when all are taken."""
        if self._taken >= self._capacity:
            log.warning("no recogniser free: the caller goes to a person", capacity=self._capacity)
            return None
        self._taken += 1
        return Lane(lambda: self._open(rate), self._threads, rate, self._limits, self._release)

    def _release(self) -> None:
        self._taken -= 1

    async def close(self) -> None:
        """Stop the threads after the pieces they are decoding."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)


class Lane:
    """Recognition of one call: sound is decoded in order, one piece at a time, while the call goes on."""

    def __init__(
        self,
        open_decoder: Callable[[], Decoder],
        threads: ThreadPoolExecutor,
        rate: int,
        limits: Limits,
        release: Callable[[], None],
    ) -> None:
        self._open, self._threads, self._limits, self._release = open_decoder, threads, limits, release
        self._bytes_per_second = rate * SAMPLE_BYTES
        self._decoder: Decoder | None = None
        self._jobs: deque[_Job] = deque()
        self._running: _Job | None = None
        self._partial = ""
        self._expected: tuple[str, ...] = ()
        self._lost: RecogniserError | None = None
        self._closed = False

    @property
    def behind(self) -> float:
        """Seconds of sound not decoded yet."""
        waiting = sum(len(job.pcm) for job in self._jobs) + (len(self._running.pcm) if self._running else 0)
        return waiting / self._bytes_per_second

    async def feed(self, pcm: bytes) -> str:
        """Queue sound for decoding; returns the latest partial text, at most a piece old when nothing lags.

        Raises RecogniserOverloaded when too much waits, RecogniserFailed when the engine broke.
        """
        self._check()
        if not self._jobs or self._jobs[-1].answer is not None:
            self._jobs.append(_Job())
        self._jobs[-1].pcm += pcm
        if self.behind > self._limits.behind:
            self._lose(RecogniserOverloaded(f"{self.behind:.1f} s of sound wait to be decoded"))
            self._check()
        self._pump()
        self._check()
        return self._partial

    async def finish(self) -> tuple[Hypothesis, ...]:
        """End the utterance. Raises as feed does; also RecogniserOverloaded when the answer takes too long."""
        self._check()
        answer: Answer = asyncio.get_running_loop().create_future()
        if not self._jobs or self._jobs[-1].answer is not None:
            self._jobs.append(_Job())
        self._jobs[-1].answer, self._jobs[-1].expected = answer, self._expected
        self._partial = ""
        self._pump()
        try:
            async with asyncio.timeout(self._limits.finish):
                return await answer
        except TimeoutError as error:
            self._lose(RecogniserOverloaded(f"no end of the utterance after {self._limits.finish} s"))
            raise RecogniserOverloaded("the end of the utterance was not decoded in time") from error

    def expect(self, phrases: Sequence[str] | None) -> None:
        """Phrases likely from now on, until changed; None for free speech."""
        self._expected = tuple(phrases or ())

    async def close(self) -> None:
        """Forget what waits. The place is free once the piece being decoded is done."""
        if self._closed:
            return
        self._closed = True
        self._drop(RecogniserFailed("the call's recogniser is closed"))
        if self._running is None:
            self._leave()

    def _check(self) -> None:
        if self._closed:
            raise RecogniserFailed("the call's recogniser is closed")
        if self._lost is not None:
            raise self._lost

    def _pump(self) -> None:
        """Start the next job if the lane is idle and there is enough to do."""
        if self._running is not None or not self._jobs:
            return
        enough = self._limits.piece * self._bytes_per_second
        if self._jobs[0].answer is None and len(self._jobs[0].pcm) < enough:
            return
        job = self._running = self._jobs.popleft()
        try:
            done = asyncio.get_running_loop().run_in_executor(self._threads, self._decode, job)
        except RuntimeError as error:  # the pool has been closed
            self._running = None
            self._jobs.appendleft(job)
            self._lose(RecogniserFailed(str(error)))
            return
        done.add_done_callback(lambda future: self._done(job, future))

    def _decode(self, job: _Job) -> tuple[str, tuple[Hypothesis, ...]]:
        """On a decoding thread."""
        if self._decoder is None:
            self._decoder = self._open()
        partial = self._decoder.accept(bytes(job.pcm)) if job.pcm else ""
        return ("", self._decoder.finish(job.expected)) if job.answer is not None else (partial, ())

    def _done(self, job: _Job, future: asyncio.Future[tuple[str, tuple[Hypothesis, ...]]]) -> None:
        self._running = None
        error = RecogniserFailed("the recogniser is shutting down") if future.cancelled() else future.exception()
        if self._closed:
            self._leave()
        elif error is not None:
            if job.answer is not None:
                self._jobs.appendleft(job)  # so that its answer fails with the others
            broken = RecogniserFailed(f"the recogniser broke: {type(error).__name__}")
            broken.__cause__ = error
            self._lose(broken)
        else:
            partial, heard = future.result()
            ending = any(waiting.answer is not None for waiting in self._jobs)
            self._partial = "" if ending else partial
            if job.answer is not None and not job.answer.done():
                job.answer.set_result(heard)
            if self._lost is None:
                self._pump()

    def _lose(self, error: RecogniserError) -> None:
        """This call is no longer heard."""
        log.error("a call is no longer heard", reason=str(error), behind_s=round(self.behind, 2))
        self._lost = error
        self._drop(error)

    def _drop(self, error: RecogniserError) -> None:
        answers = [job.answer for job in (*self._jobs, *((self._running,) if self._running else ()))]
        self._jobs.clear()
        for answer in answers:
            if answer is not None and not answer.done():
                answer.set_exception(error)

    def _leave(self) -> None:
        self._decoder = None
        self._release()
