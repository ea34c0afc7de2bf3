"""Callers who hung up in the dialplan's queue: written down by the dialplan in Asterisk's own database, fetched here.

The database outlives both of us. An entry is deleted only after it was recorded, and recording twice has no effect.
Only a channel can read that database, so a Local channel that nobody hears is opened when there is something to read.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

import structlog

from handoff import QUEUES, Queue
from handoff.abandoned import Abandoned
from handoff.ports import StaleVersion, StoreUnavailable
from ivr.asterisk import names
from ivr.asterisk.ari import Ari, AriError, NotInStasis
from ivr.asterisk.incoming import QUEUE_NAMES, known_case

FAMILY = "abandoned"
LATEST = "ABANDONED"
"""Global variable that changes with every entry."""
READER = "reader"
"""Argument of the Stasis application for the channel that reads."""
COLLECT_SECONDS = 3.0
READER_SECONDS = 3.0
_SERIAL = itertools.count(1)

log = structlog.get_logger("ivr.abandoned")


class AbandonedRecord(Protocol):
    """Keeps calls that nobody answered (`handoff.abandoned.AbandonedCalls`)."""

    async def record(self, call: Abandoned) -> None:
        """Once, however often it is told. Raises StaleVersion, StoreUnavailable."""


async def collect_forever(ari: Ari, record: AbandonedRecord) -> None:
    """Now, and then within seconds of every new entry, until cancelled."""
    collected: str | None = None
    while True:
        try:
            latest = await ari.global_variable(LATEST)
            if latest != collected:
                await _collect(ari, record)
                collected = latest
        except (AriError, TimeoutError) as error:
            log.warning("abandoned calls stay in Asterisk for now", reason=repr(error))
        except (StoreUnavailable, StaleVersion):
            log.warning("abandoned calls stay in Asterisk until the store answers")
        await asyncio.sleep(COLLECT_SECONDS)


async def _collect(ari: Ari, record: AbandonedRecord) -> None:
    """Record and forget what the dialplan wrote down. Raises AriError, TimeoutError, StaleVersion, StoreUnavailable."""
    async with _reader(ari) as channel:
        keys = await ari.variable(channel, f"DB_KEYS({FAMILY})")
        for key in filter(None, keys.split(",")):
            call = read(key, await ari.variable(channel, f"DB({FAMILY}/{key})"))
            if call is None:
                log.error("an abandoned call cannot be read and is dropped", call=key)
            else:
                await record.record(call)
            await ari.variable(channel, f"DB_DELETE({FAMILY}/{key})")


@asynccontextmanager
async def _reader(ari: Ari) -> AsyncIterator[str]:
    """A channel of ours that may read the database; it ends by itself if we die."""
    channel = names.reader(ari.app, next(_SERIAL))
    await ari.originate(channel, "Local/s@ledger/n", caller="", args=READER, seconds=5, variables={})
    try:
        async with asyncio.timeout(READER_SECONDS):
            while not await _ready(ari, channel):  # noqa: ASYNC110 - its StasisStart reaches the calls, not us
                await asyncio.sleep(0.02)
        yield channel
    finally:
        await ari.hang_up(channel)


async def _ready(ari: Ari, channel: str) -> bool:
    try:
        await ari.variable(channel, "UNIQUEID")
    except NotInStasis:
        return False
    return True


def read(key: str, entry: str) -> Abandoned | None:
    """From `case|number|line|queue|trunk|epoch`; None if it is not that."""
    parts = entry.split("|")
    if len(parts) != 6 or not parts[5].isdigit():
        return None
    case, number, line, queue, trunk, epoch = parts
    dialled: Queue = next((each for each in QUEUES if each == line), "12345")
    return Abandoned(
        id=key,
        case=known_case(case),
        number=number if any(character.isdigit() for character in number) else None,
        line=dialled,
        queue=next((each for each, name in QUEUE_NAMES.items() if name == queue), dialled),
        trunk=trunk or None,
        at=datetime.fromtimestamp(int(epoch), UTC),
    )
