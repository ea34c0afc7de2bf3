"""What happens in calls reaches the store: in batches, after a failure too, on both databases."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from test_store_contract import postgresql

from frontdesk.calls import Journal
from frontdesk.storage import CallEvent, CallRecord, SqlStore, SqlTransaction, open_store
from handoff.ports import StoreUnavailable

BEGAN = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class Faltering:
    """A store whose writing can be made to fail."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.failing = False

    def transaction(self) -> AbstractAsyncContextManager[SqlTransaction]:
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[SqlTransaction]:
        if self.failing:
            raise StoreUnavailable("disk full")
        async with self._store.transaction() as tx:
            yield tx


def event(seq: int) -> CallEvent:
    return CallEvent(seq=seq, at=float(seq), kind="key", detail={"digit": "1"})


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    if request.param == "sqlite":
        async with open_store(f"sqlite:///{tmp_path}/frontdesk.db") as opened:
            yield opened
        return
    url = os.environ.get("FRONTDESK_TEST_POSTGRES")
    if url is None:
        pytest.skip("FRONTDESK_TEST_POSTGRES is not set: no PostgreSQL to test on")
    async with postgresql(url) as opened:
        yield opened


async def test_events_outlive_a_store_that_was_away(store: SqlStore) -> None:
    faltering: Any = Faltering(store)
    journal = Journal(faltering)
    journal.begin(CallRecord(id="abcdefgh", channel="phone", started_at=BEGAN))
    journal.add("abcdefgh", event(1))
    faltering.failing = True
    await journal.write()
    journal.add("abcdefgh", event(2))
    journal.opened("abcdefgh", "conversation-1")
    faltering.failing = False
    async with journal.writing():
        journal.add("abcdefgh", event(3))
        journal.end("abcdefgh", BEGAN + timedelta(seconds=9))
    journal.add("abcdefgh", event(4))  # after the end: nothing is known of the call any more
    await journal.write()
    async with store.reading() as tx:
        (call,) = await tx.calls.recent()
        assert await tx.calls.of_conversation("conversation-1") == [call]
        assert [each.seq for each in await tx.calls.events("abcdefgh")] == [1, 2, 3]
    assert (call.conversation, call.ended_at) == ("conversation-1", BEGAN + timedelta(seconds=9))


async def test_a_call_that_goes_on_is_written_as_far_as_it_is(store: SqlStore) -> None:
    journal = Journal(store)
    journal.begin(CallRecord(id="abcdefgh", channel="webphone", conversation="conversation-1", started_at=BEGAN))
    journal.add("abcdefgh", event(1))
    await journal.write()
    async with store.reading() as tx:
        call = await tx.calls.get("abcdefgh")
        assert call is not None
        assert call.ended_at is None
        assert await tx.calls.events("abcdefgh") == [event(1)]
        assert await tx.calls.get("hgfedcba") is None
