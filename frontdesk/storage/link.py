"""The connection of one transaction, as the repositories see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.base import Executable

from frontdesk.storage.engine import Database
from frontdesk.storage.failures import translate

_T = TypeVar("_T")


class Link:
    """Runs statements. After a failed one the transaction can only be rolled back.

    SQLite may have rolled back by itself on a full disk; running on would then write piece by piece.
    """

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self.writing = writing
        self._failure: Exception | None = None

    async def run(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Execute. Raises StoreUnavailable, StaleVersion, or SQLAlchemy's error for a fault of ours."""
        self.require_intact()
        try:
            return await _whole(self._connection.execute(statement, parameters))
        except (DBAPIError, OSError) as error:
            self._failure = translate(error)
            if self._failure is error:
                raise
            raise self._failure from error

    def require_intact(self) -> None:
        """Raise the earlier failure again, if there was one."""
        if self._failure is not None:
            raise self._failure

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """INSERT with `on_conflict_…`, which both databases spell alike and plain SQL lacks."""
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    async def add(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert a row; False, and nothing changed, if its key is taken."""
        inserted = await self.run(self.insert(table).values(**row).on_conflict_do_nothing())
        return inserted.rowcount == 1


@asynccontextmanager
async def linked(database: Database, *, writing: bool) -> AsyncIterator[Link]:
    """A transaction: commits on normal exit, rolls back on any exception, cancellation included."""
    opening, inside = True, False
    try:
        async with _begun(database.writer if writing else database.reader) as connection:
            link = Link(connection, writing=writing)
            opening, inside = False, True
            yield link
            inside = False
            link.require_intact()
    except (DBAPIError, PoolTimeout, OSError) as error:
        # Inside, the link has translated already and what passes here belongs to the caller.
        translated = error if inside else translate(error, opening=opening)
        if translated is error:
            raise
        raise translated from error


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    connection = engine.connect()
    try:
        await _whole(connection.start())
        await _whole(connection.begin().start())
        yield connection
        await _whole(connection.commit())
    finally:
        if connection.sync_connection is not None:
            # Rolls back what was not committed.
            await _whole(connection.close())


async def _whole(step: Coroutine[Any, Any, _T]) -> _T:
    """Let a step of the driver finish before a cancellation takes effect.

    A SQLite statement that is abandoned midway keeps the write lock until the garbage collector finds it.
    """
    task = asyncio.ensure_future(step)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # has been seen; the cancellation matters more
        raise cancelled
    return task.result()
