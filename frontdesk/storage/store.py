"""Transactions on a SQL database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import sqlalchemy as sa

from frontdesk.storage.accounts import SqlAccounts
from frontdesk.storage.audit import SqlAudit
from frontdesk.storage.calls import SqlCalls
from frontdesk.storage.cases import SqlCases
from frontdesk.storage.conversations import SqlConversations
from frontdesk.storage.engine import BUSY_SECONDS, Database
from frontdesk.storage.link import Link, linked
from frontdesk.storage.migrate import upgrade


class SqlTransaction:
    """Everything that is written, or read, together."""

    def __init__(self, link: Link) -> None:
        self._conversations = SqlConversations(link)
        self._cases = SqlCases(link)
        self._audit = SqlAudit(link)
        self._accounts = SqlAccounts(link)
        self._calls = SqlCalls(link)

    @property
    def conversations(self) -> SqlConversations:
        """Conversations and messages."""
        return self._conversations

    @property
    def cases(self) -> SqlCases:
        """Cases."""
        return self._cases

    @property
    def audit(self) -> SqlAudit:
        """Audit trail."""
        return self._audit

    @property
    def accounts(self) -> SqlAccounts:
        """Users, sessions, failed sign-ins."""
        return self._accounts

    @property
    def calls(self) -> SqlCalls:
        """Calls and what happened in them."""
        return self._calls


class SqlStore:
    """Store on SQLite or PostgreSQL. Raises StoreUnavailable when the database cannot answer.

    Transactions must not be nested: the inner one would wait for the outer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def transaction(self) -> AbstractAsyncContextManager[SqlTransaction]:
        """Read and write; commits on normal exit, rolls back on any exception, cancellation included."""
        return self._open(writing=True)

    def reading(self) -> AbstractAsyncContextManager[SqlTransaction]:
        """One consistent view that waits for no writer; writing in it raises StoreUnavailable."""
        return self._open(writing=False)

    async def ping(self) -> None:
        """Prove that the database answers."""
        async with linked(self._database, writing=False) as link:
            await link.run(sa.text("SELECT 1"))

    @asynccontextmanager
    async def _open(self, *, writing: bool) -> AsyncIterator[SqlTransaction]:
        async with linked(self._database, writing=writing) as link:
            yield SqlTransaction(link)


@asynccontextmanager
async def open_store(
    url: str, *, exclusive: bool = True, busy_seconds: float = BUSY_SECONDS
) -> AsyncIterator[SqlStore]:
    """The store at `url`, brought up to date, open while the context is.

    `exclusive=False` is for short commands beside a running server on the same SQLite file.
    Raises DatabaseInUse, DatabaseTooNew, ValueError for a wrong URL, StoreUnavailable.
    """
    database = Database(url, exclusive=exclusive, busy_seconds=busy_seconds)
    try:
        await upgrade(database)
        yield SqlStore(database)
    finally:
        await database.close()
