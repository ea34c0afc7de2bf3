"""One call's ear: sound in order to a worker, bounds on how far it may lag, and again to another when a worker is lost.

The sound of an utterance is kept until the utterance is answered, so that a worker that dies costs the caller at most
a pause. Everything here happens on one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ivr.ports import Hypothesis
from ivr.recogniser import SAMPLE_BYTES, Limits, RecogniserError, RecogniserFailed, RecogniserOverloaded

CHUNK = 1.0
"""Seconds of sound sent at once at most: more would look like a worker that hangs."""
KEPT = 60.0
"""Seconds of an utterance kept for another worker; the sound before is lost with the worker that heard it."""
LOST_WORKERS = 2
"""Workers that may be lost while decoding one utterance; its sound may be what kills them."""

log = structlog.get_logger("ivr.recogniser")

Answer = asyncio.Future[tuple[Hypothesis, ...]]


class Worker(Protocol):
    """A worker as a call sees it. Each sound() and end() is answered by one call of the lane's methods."""

    @property
    def silent(self) -> bool:
        """It has answered nobody lately though it should have: the pool is about to judge it."""

    def sound(self, lane: Lane, pcm: bytes) -> None:
        """Decode; answered by Lane.partial or Lane.broke."""

    def end(self, lane: Lane, pcm: bytes, expected: Sequence[str]) -> None:
        """Decode and end the utterance; answered by Lane.heard or Lane.broke."""

    def leave(self, lane: Lane) -> None:
        """The call is over. Only when nothing of it is unanswered."""


@dataclass(slots=True)
class _Utterance:
    """Counts are bytes of `pcm`."""

    pcm: bytearray = field(default_factory=bytearray)
    sent: int = 0
    decoded: int = 0
    answer: Answer | None = None
    """Set where the utterance has ended."""
    expected: tuple[str, ...] = ()
    lost_workers: int = 0


class Lane:
    """`ivr.ports.Recognition` of one call. `release` gives its place back, once."""

    def __init__(self, rate: int, limits: Limits, release: Callable[[Lane], None]) -> None:
        self.rate = rate
        self._limits, self._release = limits, release
        self._bytes_per_second = rate * SAMPLE_BYTES
        self._piece = int(limits.piece * rate) * SAMPLE_BYTES
        self._chunk = int(CHUNK * rate) * SAMPLE_BYTES
        self._kept = int(KEPT * rate) * SAMPLE_BYTES
        self._worker: Worker | None = None
        self._asked = False
        self._utterances: deque[_Utterance] = deque()
        self._partial = ""
        self._expected: tuple[str, ...] = ()
        self._deadline: asyncio.Timeout | None = None
        self._catching_up = 0.0
        self._lost: RecogniserError | None = None
        self._closed = False

    @property
    def behind(self) -> float:
        """Seconds of sound not decoded yet."""
        return sum(len(one.pcm) - one.decoded for one in self._utterances) / self._bytes_per_second

    @property
    def lost(self) -> bool:
        """Whether this call is no longer heard."""
        return self._lost is not None or self._closed

    async def feed(self, pcm: bytes) -> str:
        """Queue sound for decoding; returns the latest partial text, at most a piece old when nothing lags.

        Raises RecogniserOverloaded when too much waits, RecogniserFailed when the engine broke.
        """
        self._check()
        utterance = self._open_utterance()
        utterance.pcm += pcm
        over = min(len(utterance.pcm) - self._kept, utterance.decoded)
        if over > 0:
            del utterance.pcm[:over]
            utterance.sent -= over
            utterance.decoded -= over
        self._bound()
        self._pump()
        return self._partial

    async def finish(self) -> tuple[Hypothesis, ...]:
        """End the utterance. Raises as feed does; also RecogniserOverloaded when the answer takes too long."""
        self._check()
        answer: Answer = asyncio.get_running_loop().create_future()
        utterance = self._open_utterance()
        utterance.answer, utterance.expected = answer, self._expected
        self._partial = ""
        self._pump()
        try:
            async with asyncio.timeout(self._limits.finish) as self._deadline:
                return await answer
        except TimeoutError as error:
            self.lose(RecogniserOverloaded(f"no end of the utterance after {self._limits.finish} s"))
            raise RecogniserOverloaded("the end of the utterance was not decoded in time") from error
        finally:
            self._deadline = None

    def expect(self, phrases: Sequence[str] | None) -> None:
        """Phrases likely from now on, until changed; None for free speech."""
        self._expected = tuple(phrases or ())

    async def close(self) -> None:
        """Forget what waits. The place is free once the piece being decoded is done."""
        if self._closed:
            return
        self._closed = True
        self._drop(RecogniserFailed("the call's recogniser is closed"))
        if not self._asked:
            self._leave()

    # For the pool and the worker

    def join(self, worker: Worker) -> None:
        """Go on in this worker: what is not answered yet is decoded from its beginning."""
        self._worker = worker
        self._catching_up = self.behind
        self._pump()

    def orphaned(self) -> None:
        """The worker is gone; join() or lose() follows unless the call is over."""
        self._worker = None
        asked, self._asked = self._asked, False
        if self._closed:
            self._leave()
            return
        for utterance in self._utterances:
            utterance.sent = utterance.decoded = 0
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._limits.finish)
        if asked and self._utterances:
            head = self._utterances[0]
            head.lost_workers += 1
            if head.lost_workers > LOST_WORKERS:
                self.lose(RecogniserFailed(f"{head.lost_workers} workers ended while decoding one utterance"))

    def partial(self, text: str) -> None:
        """Answer: the text of the utterance so far."""
        if self._answered():
            head = self._utterances[0]
            head.decoded = head.sent
            self._partial = "" if head.answer is not None else text
            self._pump()

    def heard(self, hypotheses: tuple[Hypothesis, ...]) -> None:
        """Answer: the utterance."""
        if self._answered():
            answer = self._utterances.popleft().answer
            if answer is not None and not answer.done():
                answer.set_result(hypotheses)
            self._pump()

    def broke(self, error: str) -> None:
        """Answer: the engine failed."""
        if self._answered():
            self.lose(RecogniserFailed(f"the recogniser broke: {error}"))

    def lose(self, error: RecogniserError) -> None:
        """This call is no longer heard."""
        if self.lost:
            return
        log.error("a call is no longer heard", reason=str(error), behind_s=round(self.behind, 2))
        self._lost = error
        self._drop(error)

    # Inside

    def _check(self) -> None:
        if self._closed:
            raise RecogniserFailed("the call's recogniser is closed")
        if self._lost is not None:
            raise self._lost

    def _open_utterance(self) -> _Utterance:
        if not self._utterances or self._utterances[-1].answer is not None:
            self._utterances.append(_Utterance())
        return self._utterances[-1]

    def _bound(self) -> None:
        """Overload is what this call's own worker cannot decode; a worker that hangs is the pool's to replace."""
        behind = self.behind
        if behind <= self._limits.behind:
            self._catching_up = 0.0
            return
        judged = self._worker is not None and not self._worker.silent
        if judged and behind > self._limits.behind + self._catching_up:
            self.lose(RecogniserOverloaded(f"{behind:.1f} s of sound wait to be decoded"))
            self._check()

    def _pump(self) -> None:
        """Send the next piece if the worker owes no answer and there is enough to do."""
        if self._asked or self._worker is None or not self._utterances:
            return
        head = self._utterances[0]
        waiting = len(head.pcm) - head.sent
        if head.answer is None and waiting < self._piece:
            return
        size = min(waiting, self._chunk)
        pcm = bytes(head.pcm[head.sent : head.sent + size])
        head.sent += size
        self._asked = True
        if head.answer is not None and size == waiting:
            self._worker.end(self, pcm, head.expected)
        else:
            self._worker.sound(self, pcm)

    def _answered(self) -> bool:
        """Whether the answer still matters."""
        self._asked = False
        if self._closed:
            self._leave()
        return not self.lost

    def _drop(self, error: RecogniserError) -> None:
        for utterance in self._utterances:
            if utterance.answer is not None and not utterance.answer.done():
                utterance.answer.set_exception(error)
        self._utterances.clear()

    def _leave(self) -> None:
        if self._worker is not None:
            self._worker.leave(self)
            self._worker = None
        self._release(self)
