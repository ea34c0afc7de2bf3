"""What the SQLite file must survive: a full or failing disk, a second server, kill -9, waiting too long."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from frontdesk.storage import (
    Database,
    DatabaseInUse,
    DatabaseTooNew,
    SqlStore,
    current,
    head,
    open_store,
    upgrade,
)
from frontdesk.storage.link import linked
from frontdesk.storage.tables import metadata
from handoff import lifecycle
from handoff.case import Case, CaseDraft, Channel, Origin
from handoff.ports import AuditEntry, Conversation, StoreUnavailable
from handoff.testing import MemoryStore

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from frontdesk.storage import open_store
from handoff import lifecycle
from handoff.case import CaseDraft, Channel, Origin
from handoff.ports import AuditEntry, Conversation

async def main(url):
    now = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    draft = CaseDraft(
        origin=Origin(channel=Channel.SHELL), title="路灯不亮", queue="12345", route="12345_help",
        priority="P3", quotes=("灯" * 500,),
    )
    async with open_store(url) as store:
        while True:
            async with store.transaction() as tx:
                number = await tx.cases.next_number(now)
                await tx.conversations.put(Conversation(
                    id=number, channel="shell", state="{}", created_at=now, updated_at=now
                ))
                await tx.conversations.append(number, "citizen", "灯" * 500, now)
                await tx.cases.add(lifecycle.file(draft, number, "1234", now))
                await tx.audit.append(AuditEntry(at=now, actor="test", action="filed", subject=number))
            print(number, flush=True)

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "frontdesk.db"


@asynccontextmanager
async def opened(path: Path, busy_seconds: float = 5.0) -> AsyncIterator[tuple[Database, SqlStore]]:
    database = Database(f"sqlite:///{path}", busy_seconds=busy_seconds)
    try:
        await upgrade(database)
        yield database, SqlStore(database)
    finally:
        await database.close()


def new_case(number: str, words: str = "灯") -> Case:
    draft = CaseDraft(
        origin=Origin(channel=Channel.SHELL),
        title="路灯不亮",
        queue="12345",
        route="12345_help",
        priority="P3",
        quotes=(words,),
    )
    return lifecycle.file(draft, number, "1234", NOW)


async def write(store: SqlStore | MemoryStore, words: str) -> str:
    """A turn as the service writes it: the citizen's line first, the case after it."""
    async with store.transaction() as tx:
        number = await tx.cases.next_number(NOW)
        conversation = Conversation(id=number, channel="shell", state="{}", created_at=NOW, updated_at=NOW)
        await tx.conversations.put(conversation)
        await tx.conversations.append(number, "citizen", "灯坏了", NOW)
        await tx.cases.add(new_case(number, words))
        await tx.audit.append(AuditEntry(at=NOW, actor="test", action="filed", subject=number))
    return number


async def stored(store: SqlStore) -> list[str]:
    """Numbers in the store, after proof that each case is whole: case, line and audit entry."""
    async with store.reading() as tx:
        numbers = sorted(case.number for case in await tx.cases.recent(None, limit=100_000))
        audited = sorted(entry.subject for entry in await tx.audit.recent(limit=100_000))
        assert audited == numbers
        for number in numbers:
            assert len(await tx.conversations.messages(number)) == 1
    return numbers


def rows(path: Path, query: str, parameters: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, parameters).fetchall()


def overwrite(path: Path, start: int, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


def open_in_another_process(path: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from frontdesk.storage import Database; Database(sys.argv[1])"
    return subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


# A full or failing disk


async def test_a_full_disk_writes_nothing_and_recovers(path: Path) -> None:
    async with opened(path) as (database, store):
        kept = [await write(store, "灯") for _ in range(3)]
        async with database.writer.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        for _ in range(5):
            with pytest.raises(StoreUnavailable, match="磁盘已满"):
                await write(store, "灯" * 50_000)
            assert await stored(store) == kept
        async with database.writer.connect() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        kept.append(await write(store, "灯" * 50_000))
        assert await stored(store) == kept
        assert kept[-1] == "202603020004"
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_swallowed_failure_still_commits_nothing(path: Path) -> None:
    async with opened(path) as (database, store):
        async with database.writer.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreUnavailable):
            async with store.transaction() as tx:
                with pytest.raises(StoreUnavailable):
                    await tx.cases.add(new_case("202603020001", "灯" * 50_000))
                with pytest.raises(StoreUnavailable):
                    await tx.cases.add(new_case("202603020002"))
        assert await stored(store) == []


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the kernel refuses the write as a failing disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_failing_disk_writes_nothing_and_recovers(path: Path) -> None:
    async with opened(path) as (_, store):
        kept = [await write(store, "灯") for _ in range(3)]
        log = path.with_name(path.name + "-wal")
        # Refused at different places of a transaction, the commit included.
        for room in range(0, 40_000, 3_000):
            with largest_file(log.stat().st_size + room), pytest.raises(StoreUnavailable):
                await write(store, "灯" * 100_000)
            assert await stored(store) == kept
        kept.append(await write(store, "灯" * 100_000))
        assert await stored(store) == kept
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_file_that_is_no_database(path: Path) -> None:
    overwrite(path, 0, b"this is a letter, not a database" * 200)
    with pytest.raises(StoreUnavailable, match="不是数据库"):
        async with open_store(f"sqlite:///{path}"):
            pass


async def test_a_damaged_file_is_named_as_such(path: Path) -> None:
    async with opened(path) as (_, store):
        await write(store, "灯" * 50_000)
    overwrite(path, 8192, b"\xff" * 200_000)
    with pytest.raises(StoreUnavailable, match="损坏"):
        async with open_store(f"sqlite:///{path}") as store, store.reading() as tx:
            await tx.cases.recent(None)


# One server


async def test_a_second_server_is_refused_and_told_why(path: Path) -> None:
    async with opened(path):
        ended = open_in_another_process(path.parent / ".." / path.parent.name / path.name)
        assert ended.returncode == 1
        assert f"DatabaseInUse: 数据库文件 {path} 正由进程 {os.getpid()} 使用" in ended.stderr
        with pytest.raises(DatabaseInUse) as refused:
            Database(f"sqlite:///{path}")
        assert (refused.value.path, refused.value.pid) == (path, os.getpid())
    async with opened(path) as (_, store):
        await store.ping()


async def test_a_short_command_works_beside_the_server(path: Path) -> None:
    async with opened(path) as (_, server):
        first = await write(server, "灯")
        async with open_store(f"sqlite:///{path}", exclusive=False) as command:
            second = await write(command, "灯")
        assert await stored(server) == [first, second]


async def test_a_short_command_does_not_change_tables_under_a_server(path: Path) -> None:
    server = Database(f"sqlite:///{path}")
    try:
        with pytest.raises(DatabaseInUse):
            async with open_store(f"sqlite:///{path}", exclusive=False):
                pass
    finally:
        await server.close()


async def test_waiting_too_long_for_another_program(path: Path) -> None:
    async with opened(path, busy_seconds=0.05) as (_, store):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="占用太久"):
                await write(store, "灯")
            assert await stored(store) == []
            other.execute("ROLLBACK")
        number = await write(store, "灯")
        assert await stored(store) == [number]


async def test_waiting_too_long_for_another_transaction(path: Path) -> None:
    async with opened(path, busy_seconds=0.05) as (_, store):
        async with store.transaction() as tx:
            await tx.cases.next_number(NOW)
            with pytest.raises(StoreUnavailable, match="太忙"):
                await write(store, "灯")
        assert await write(store, "灯") == "202603020002"


# kill -9


def run_and_kill(path: Path, cases: int) -> list[str]:
    """Start the writer, let it print so many numbers, kill it in mid-work; all numbers it printed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, f"sqlite:///{path}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        printed = [writer.stdout.readline().strip() for _ in range(cases)]
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read()
    # A last line without its end was cut while it was printed.
    return printed + [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]


async def test_kill_9_loses_no_number_that_was_given_out(path: Path) -> None:
    told: list[str] = []
    for _ in range(3):
        cases = random.randint(1, 40)  # noqa: S311
        told += [line.strip() for line in await asyncio.to_thread(run_and_kill, path, cases)]
        assert all(told)
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]
        async with opened(path) as (_, store):
            numbers = await stored(store)
        assert set(told) <= set(numbers)
        assert numbers == [f"20260302{n:04d}" for n in range(1, len(numbers) + 1)]


# What the tables hold to


async def test_the_audit_trail_cannot_be_changed(path: Path) -> None:
    async with opened(path) as (database, store):
        number = await write(store, "灯")
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM cases"):
            with pytest.raises(IntegrityError, match="is not allowed"):
                async with database.writer.begin() as connection:
                    await connection.exec_driver_sql(statement)
        assert await stored(store) == [number]
        async with store.reading() as tx:
            assert [entry.actor for entry in await tx.audit.recent()] == ["test"]


async def test_reading_cannot_write(path: Path) -> None:
    async with opened(path) as (_, store):
        with pytest.raises(StoreUnavailable, match="只读"):
            async with store.reading() as tx:
                await tx.cases.add(new_case("202603020001"))
        assert await stored(store) == []


async def test_queues_are_read_through_their_indexes(path: Path) -> None:
    seen: list[str] = []
    async with opened(path) as (database, store), store.reading() as tx:

        @event.listens_for(database.reader.sync_engine, "before_cursor_execute")
        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        await tx.cases.waiting("110")
        await tx.cases.mine("wang")
        await tx.cases.lapsed(NOW)
        await tx.cases.recent("110")
        await tx.cases.recent(None)
    indexes = ("cases_waiting", "cases_worked_on", "cases_leased", "cases_recent_by_queue", "cases_recent")
    for statement, index in zip(seen, indexes, strict=True):
        plan = rows(path, f"EXPLAIN QUERY PLAN {statement}", ("110",) * statement.count("?"))
        assert [detail for *_, detail in plan if f"USING INDEX {index} (" in f"{detail} ("], plan
        assert "TEMP B-TREE" not in str(plan)


async def test_only_the_owner_may_read_the_file(path: Path) -> None:
    async with opened(path) as (_, store):
        await write(store, "灯")
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file


async def test_commits_reach_the_disk(path: Path) -> None:
    async with opened(path) as (database, _), database.writer.connect() as connection:
        for pragma, expected in {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}.items():
            assert (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one() == expected


# Migrations


async def test_migrations_make_the_tables_that_the_code_expects(path: Path) -> None:
    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with opened(path) as (database, _):
        assert await current(database) == head()
        async with database.writer.connect() as connection:
            assert await connection.run_sync(difference) == []


async def test_an_empty_file_has_no_revision_and_upgrading_twice_is_harmless(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    try:
        assert await current(database) is None
        assert await upgrade(database) == head()
        assert await upgrade(database) == head()
    finally:
        await database.close()


async def test_a_failed_migration_leaves_the_file_as_it_was(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("CREATE TABLE users (id INTEGER)")
        foreign.commit()
    with pytest.raises(Exception, match="already exists"):
        async with open_store(f"sqlite:///{path}"):
            pass
    assert rows(path, "SELECT name FROM sqlite_master") == [("users",)]


async def test_a_database_of_a_later_version_is_left_alone(path: Path) -> None:
    async with opened(path):
        pass
    with closing(sqlite3.connect(path)) as later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
        later.commit()
    with pytest.raises(DatabaseTooNew, match="9999"):
        async with open_store(f"sqlite:///{path}"):
            pass


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "frontdesk.db", "postgresql+psycopg2x"]
)
def test_addresses_that_cannot_work_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"SQLite|数据库"):
        Database(url)


# The stand-in fails as the real one does


async def test_memory_store_can_be_told_to_fail() -> None:
    store = MemoryStore()
    store.failure = "磁盘已满"
    with pytest.raises(StoreUnavailable, match="磁盘已满"):
        await write(store, "灯")
    store.failure = None
    assert await write(store, "灯") == "202603020001"


async def test_a_transaction_cancelled_within_a_statement_frees_the_database(path: Path) -> None:
    slow = sa.text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n"
    )
    async with opened(path, busy_seconds=0.2) as (database, store):

        async def long_transaction() -> None:
            async with linked(database, writing=True) as link:
                await link.run(slow)

        task = asyncio.create_task(long_transaction())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as kept_with_its_frames:
            await task
        assert await write(store, "之后") in await stored(store)
        assert kept_with_its_frames.value is not None
