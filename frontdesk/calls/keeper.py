"""Looks on at every call: its trace into the store, its sound into a recording where a key is set."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from frontdesk.calls.journal import Journal
from frontdesk.calls.trace import CallTrace
from frontdesk.recordings import Archive, Recorder
from frontdesk.storage import CallRecord
from handoff.ports import Clock
from ivr.calling import Attended, Call
from ivr.failure import report_failure
from ivr.tape import Tape, TapedLine, TappableLine

END_WITHIN = 10.0
"""Seconds the disk may take for the last second of a recording."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz"

log = structlog.get_logger("frontdesk.calls")


def new_call_id() -> str:
    """Letters only: easy to type, and logs mask long runs of digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


class Keeper:
    """`ivr.calling.CallKeeper`. `announcement`: what callers hear where they are recorded."""

    def __init__(self, journal: Journal, archive: Archive, clock: Clock, announcement: str) -> None:
        self._journal = journal
        self._archive = archive
        self._clock = clock
        self._announcement = announcement

    @asynccontextmanager
    async def attend(self, line: TappableLine, call: Call) -> AsyncIterator[Attended]:
        """Look on while the context is open."""
        record = CallRecord(
            id=new_call_id(),
            conversation=call.conversation,
            channel=call.channel.value,
            line=call.entry,
            trunk=call.trunk,
            started_at=self._clock(),
        )
        self._journal.begin(record)
        tape = Tape(line.rate)
        trace = CallTrace(
            tape,
            lambda event: self._journal.add(record.id, event),
            lambda conversation: self._journal.opened(record.id, conversation),
            resumed=call.case is not None,
        )
        recorder = await self._recorder(record.id, record.started_at, line.rate, trace)
        writing = None if recorder is None else asyncio.create_task(recorder.run())
        if recorder is not None:
            trace.announced(self._announcement)
        try:
            yield Attended(
                TapedLine(line, tape, None if recorder is None else recorder.record),
                trace,
                None if recorder is None else self._announcement,
            )
        finally:
            self._journal.end(record.id, self._clock())
            if recorder is not None and writing is not None:
                recorder.end()
                await _ended(writing)

    async def _recorder(self, call: str, started_at: datetime, rate: int, trace: CallTrace) -> Recorder | None:
        if not self._archive.records:
            return None
        try:
            writer = await asyncio.to_thread(self._archive.create, call, started_at, rate)
        except OSError as error:
            report_failure(log, "recording_failed", error, reason=error.strerror)
            trace.recording_failed()
            return None
        return Recorder(writer, trace.recording_failed)


async def _ended(writing: asyncio.Task[None]) -> None:
    """The call is over; a disk that does not answer must not keep it."""
    done, _ = await asyncio.wait({writing}, timeout=END_WITHIN)
    if not done:
        writing.cancel()
        log.error("a recording could not be ended in time")
    elif (error := writing.exception()) is not None:
        report_failure(log, "recording_failed", error)
