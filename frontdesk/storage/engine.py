"""The database behind a URL: a way to write and a way to read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from frontdesk.storage.lock import FileLock

BUSY_SECONDS = 5.0
"""How long a transaction waits for its turn before the store counts as unavailable."""

READERS = 4


class Database:
    """Engines of one database, open from construction until `close`.

    `exclusive` takes the lock of a SQLite file: servers do, short commands beside a running one need not.
    Raises DatabaseInUse, ValueError for a URL that cannot work, OSError if the folder cannot be made.
    """

    def __init__(self, url: str, *, exclusive: bool = True, busy_seconds: float = BUSY_SECONDS) -> None:
        parsed = _parse(url)
        self.kind = cast(Literal["sqlite", "postgresql"], parsed.get_backend_name())
        self.path: Path | None = None
        self._lock: FileLock | None = None
        if self.kind == "sqlite":
            self.path = _prepare_file(parsed)
            self._lock = FileLock(self.path) if exclusive else None
            # One connection writes: its pool is the fair queue in which transactions wait.
            self.writer = _sqlite_engine(self.path, busy_seconds, writing=True)
            self.reader = _sqlite_engine(self.path, busy_seconds, writing=False)
        else:
            self.writer = _postgresql_engine(parsed, busy_seconds)
            self.reader = self.writer.execution_options(postgresql_readonly=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of the file for a while, if not held anyway. Raises DatabaseInUse."""
        lock = FileLock(self.path) if self.path is not None and self._lock is None else None
        try:
            yield
        finally:
            if lock is not None:
                lock.release()

    async def close(self) -> None:
        """Close all connections, then let the next server in."""
        await self.writer.dispose()
        await self.reader.dispose()
        if self._lock is not None:
            self._lock.release()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = "postgresql" if parsed.drivername == "postgres" else parsed.get_backend_name()
    except ArgumentError as error:
        raise ValueError("数据库地址写法不对，例如 sqlite:///var/frontdesk.db") from error
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    if backend not in drivers:
        raise ValueError(f"不支持 {backend} 数据库，请用 sqlite:///文件 或 postgresql://主机/库名")
    return parsed.set(drivername=drivers[backend])


def _prepare_file(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ValueError("SQLite 需要一个文件路径，例如 sqlite:///var/frontdesk.db")
    # Resolved, so that two names of one file share one lock.
    path = Path(url.database).expanduser().resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Cases hold personal data: created for this account only; SQLite gives its side files the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return path


def _as_is(document: str) -> str:
    """Documents cross as JSON text: pydantic writes and reads them."""
    return document


def _sqlite_engine(path: Path, busy_seconds: float, *, writing: bool) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        # None: the driver opens no transaction by itself, `begin` below does.
        connect_args={"isolation_level": None, "timeout": busy_seconds},
        pool_size=1 if writing else READERS,
        max_overflow=0,
        pool_timeout=busy_seconds,
        json_serializer=_as_is,
        json_deserializer=_as_is,
    )
    pragmas = [f"busy_timeout = {int(busy_seconds * 1000)}", "foreign_keys = ON", "synchronous = FULL"]
    pragmas.append("journal_mode = WAL" if writing else "query_only = ON")

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE: wait for the write lock at the start, never fail on it in the middle.
        connection.execute(sa.text("BEGIN IMMEDIATE" if writing else "BEGIN"))

    return engine


def _postgresql_engine(url: URL, busy_seconds: float) -> AsyncEngine:
    return create_async_engine(
        url,
        connect_args={
            "timeout": busy_seconds,
            "server_settings": {
                "application_name": "frontdesk",
                "lock_timeout": str(int(busy_seconds * 1000)),
                "idle_in_transaction_session_timeout": "60000",
            },
        },
        pool_size=10,
        max_overflow=10,
        pool_timeout=busy_seconds,
        pool_pre_ping=True,
        json_serializer=_as_is,
        json_deserializer=_as_is,
    )
