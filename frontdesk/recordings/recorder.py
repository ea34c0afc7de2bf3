"""Records one call while it goes on: never in its way, and told when the disk takes nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import structlog

from frontdesk.recordings import alaw
from frontdesk.recordings.sealed import SealedWriter

BACKLOG = 20
"""Seconds of sound that may wait for a slow disk before the recording is given up."""
_SAMPLE_BYTES = 2

log = structlog.get_logger("frontdesk.recordings")


class Recorder:
    """Takes both sides through `record`; `run` writes them, a second at a time, outside the event loop."""

    def __init__(self, writer: SealedWriter, failed: Callable[[], None]) -> None:
        """`failed` is called once if the rest of the call cannot be recorded."""
        self._writer = writer
        self._failed = failed
        self._left = bytearray()
        self._right = bytearray()
        self._second = writer.header.chunk_frames * _SAMPLE_BYTES
        self._seconds: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._given_up = False

    def record(self, left: bytes, right: bytes) -> None:
        """The next piece of both sides, equally long."""
        if self._given_up:
            return
        self._left += left
        self._right += right
        while len(self._left) >= self._second:
            self._seconds.put_nowait(self._take(self._second))
        if self._seconds.qsize() > BACKLOG:
            self._give_up("the disk is too slow")

    def end(self) -> None:
        """Nothing more comes: `run` writes what is left and returns."""
        self._seconds.put_nowait(None)

    async def run(self) -> None:
        """Until `end`."""
        try:
            while (second := await self._seconds.get()) is not None:
                if not self._given_up:
                    await asyncio.to_thread(self._writer.append, alaw.encode(second))
            if not self._given_up:
                await asyncio.to_thread(self._writer.close, alaw.encode(self._take(self._whole)))
        except OSError as error:
            self._give_up(error.strerror or type(error).__name__)
        finally:
            self._writer.abandon()

    @property
    def _whole(self) -> int:
        return len(self._left) // _SAMPLE_BYTES * _SAMPLE_BYTES

    def _take(self, size: int) -> bytes:
        """The next bytes of both sides, interleaved."""
        sides = [np.frombuffer(bytes(side[:size]), dtype="<i2") for side in (self._left, self._right)]
        del self._left[:size], self._right[:size]
        return np.column_stack(sides).tobytes()

    def _give_up(self, reason: str) -> None:
        if self._given_up:
            return
        self._given_up = True
        log.error("recording failed, the call goes on", reason=reason)
        self._failed()
