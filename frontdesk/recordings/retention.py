"""Recordings are deleted when their time is over, and every deletion is in the audit trail."""

from __future__ import annotations

import asyncio

import structlog

from frontdesk.recordings.archive import Archive, keep_since, remove
from frontdesk.storage import SqlStore
from handoff.ports import AuditEntry, Clock, StoreUnavailable
from ivr.failure import report_failure

EVERY_SECONDS = 24 * 3600.0

log = structlog.get_logger("frontdesk.recordings")


async def sweep(archive: Archive, store: SqlStore, clock: Clock, days: int) -> int:
    """Delete what is older than so many days; returns how many. Raises StoreUnavailable, OSError."""
    now = clock()
    old = await asyncio.to_thread(lambda: list(archive.older_than(keep_since(now, days))))
    for call, started_at, path in old:
        # The file goes last: a deletion that cannot be audited does not take place.
        async with store.transaction() as tx:
            record = await tx.calls.get(call)
            stored = await tx.conversations.get(record.conversation) if record and record.conversation else None
            number = None if stored is None else stored.case_number
            detail = {"call": call, "started_at": started_at.isoformat(), "days": days}
            await tx.audit.append(
                AuditEntry(
                    at=now,
                    actor="frontdesk",
                    action="recording_deleted",
                    subject=number or f"call:{call}",
                    detail=detail,
                )
            )
            await asyncio.to_thread(remove, path)
    return len(old)


async def sweeping(archive: Archive, store: SqlStore, clock: Clock, days: int) -> None:
    """Now and once a day, until cancelled."""
    while True:
        try:
            deleted = await sweep(archive, store, clock, days)
        except (StoreUnavailable, OSError) as error:
            report_failure(log, "old_recordings_not_deleted", error)
        else:
            if deleted:
                log.info("old recordings deleted", recordings=deleted)
        await asyncio.sleep(EVERY_SECONDS)
