"""Keeping calls: traces always, recordings if the environment holds a key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from frontdesk.calls.journal import Journal
from frontdesk.calls.keeper import Keeper
from frontdesk.recordings import Archive, keyring, sweeping
from frontdesk.storage import SqlStore
from handoff.ports import Clock

log = structlog.get_logger("frontdesk.calls")


@dataclass(frozen=True)
class Keeping:
    """Who looks on at calls, and where their recordings are."""

    keeper: Keeper
    archive: Archive


@asynccontextmanager
async def keeping(folder: Path, days: int, store: SqlStore, clock: Clock, announcement: str) -> AsyncIterator[Keeping]:
    """Calls are kept while the context is open, recordings in `folder` for so many days. Raises KeyRefused."""
    archive = Archive(folder, keyring())
    if archive.records:
        log.info("calls are recorded", days=days)
    else:
        log.warning("calls are not recorded: FRONTDESK_RECORDING_KEY is not set")
    journal = Journal(store)
    sweeper = asyncio.create_task(sweeping(archive, store, clock, days))
    try:
        async with journal.writing():
            yield Keeping(Keeper(journal, archive, clock, announcement), archive)
    finally:
        sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await sweeper
