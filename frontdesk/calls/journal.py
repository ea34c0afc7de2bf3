"""Writes what happens in calls into the store, all calls together, about once a second.

Nothing in a call waits for it. What cannot be stored is tried again for a while, then dropped and logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from frontdesk.storage import CallEvent, CallRecord, SqlStore
from handoff.ports import StoreUnavailable
from ivr.failure import report_failure

WRITE_EVERY = 0.7
KEPT_EVENTS = 20_000
"""Events in memory, of all calls, beyond which the oldest are dropped."""

log = structlog.get_logger("frontdesk.calls")


@dataclass
class _Entry:
    record: CallRecord
    changed: bool = True
    events: list[CallEvent] = field(default_factory=list)


class Journal:
    """Take events at any time; they reach the store while `writing` is open, all of them when it closes."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._entries: dict[str, _Entry] = {}
        self._failing = False

    def begin(self, record: CallRecord) -> None:
        """A call has come in."""
        self._entries[record.id] = _Entry(record)

    def opened(self, call: str, conversation: str) -> None:
        """The call's conversation is known."""
        self._change(call, conversation=conversation)

    def add(self, call: str, event: CallEvent) -> None:
        """Something happened."""
        if (entry := self._entries.get(call)) is not None:
            entry.events.append(event)

    def end(self, call: str, at: datetime) -> None:
        """The call is over."""
        self._change(call, ended_at=at)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write for as long as the context is open, and once more at its end."""
        task = asyncio.create_task(self._write_on())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.write()

    async def write(self) -> None:
        """Write what has come since the last time, in one transaction."""
        due = [(entry, len(entry.events), entry.record) for entry in self._entries.values() if _is_due(entry)]
        if not due:
            return
        try:
            async with self._store.transaction() as tx:
                for entry, count, record in due:
                    if entry.changed:
                        await tx.calls.put(record)
                    await tx.calls.append(record.id, entry.events[:count])
        except StoreUnavailable:
            self._failed()
            return
        except Exception as error:  # noqa: BLE001  a fault of ours here must not end the keeping of all calls
            report_failure(log, "call_events_not_stored", error)
            self._failed()
            return
        self._failing = False
        for entry, count, record in due:
            del entry.events[:count]
            entry.changed = entry.record is not record
            if record.ended_at is not None and not _is_due(entry):
                self._entries.pop(record.id, None)

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY)
            await self.write()

    def _change(self, call: str, **changes: object) -> None:
        if (entry := self._entries.get(call)) is not None:
            entry.record = entry.record.model_copy(update=changes)
            entry.changed = True

    def _failed(self) -> None:
        if not self._failing:
            log.error("what happens in calls cannot be stored now", calls=len(self._entries))
        self._failing = True
        dropped = 0
        while sum(len(entry.events) for entry in self._entries.values()) > KEPT_EVENTS:
            longest = max(self._entries.values(), key=lambda entry: len(entry.events))
            dropped += len(longest.events)
            longest.events.clear()
        if dropped:
            log.error("what happened in calls is lost", events=dropped)


def _is_due(entry: _Entry) -> bool:
    return entry.changed or bool(entry.events)
