"""Bringing a database to the tables that this version of the product expects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from frontdesk.storage.engine import Database
from frontdesk.storage.failures import translate

_POSTGRESQL_LOCK = 0x110_12345
"""Advisory lock that lets one node at a time migrate."""


class DatabaseTooNew(RuntimeError):
    """A later version of the product has changed the tables; this one must not touch them."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"数据库的结构版本 {revision} 比本程序认识的 {head()} 新：请升级程序，或恢复升级前的备份。")
        self.revision = revision


def head() -> str:
    """The revision this version of the product expects."""
    revision = _scripts().get_current_head()
    if revision is None:
        raise RuntimeError("no migrations in the package")
    return revision


async def current(database: Database) -> str | None:
    """The revision of the database; None if it is empty. Raises StoreUnavailable."""
    return await _within(database, _revision)


async def upgrade(database: Database) -> str:
    """Apply what is missing, all or nothing; returns the revision.

    Raises DatabaseTooNew, StoreUnavailable, and DatabaseInUse if a server works on the old tables.
    """
    if await current(database) != head():
        with database.alone():
            await _within(database, _upgrade)
    return head()


async def _within(database: Database, step: Callable[[Connection], str | None]) -> str | None:
    opening = True
    try:
        async with database.writer.begin() as connection:
            opening = False
            return await connection.run_sync(step)
    except (DBAPIError, PoolTimeout, OSError) as error:
        translated = translate(error, opening=opening)
        if translated is error:
            raise
        raise translated from error


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> str | None:
    if connection.dialect.name == "postgresql":
        # Another node may be at it: wait as long as its migration takes.
        connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRESQL_LOCK)))
    revision = _revision(connection)
    if revision == head():
        return revision
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise DatabaseTooNew(revision)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return _revision(connection)


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
