"""From a message to a stored case, on SQLite with synchronous FULL, beside a bare INSERT + COMMIT on the same disk."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.machine import filesystem
from bench.report import show
from bench.timing import Timing, time_awaits, time_calls
from conversation import ConversationService, Engine, Knowledge, Said
from frontdesk.knowledge import load_knowledge
from frontdesk.live import InProcessFeed
from frontdesk.settings import home
from frontdesk.storage import open_store
from handoff import Channel

MESSAGE = "文三路100号3幢楼下有人拿刀在砍人"
"""Filed in one turn: citizen's line, case, day's number, audit entry, two or three replies, state."""


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    count = 50 if quick else 500
    know = load_knowledge(home() / "config")
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        where = Path(folder)
        filed, document = asyncio.run(_filing(know, where / "frontdesk.sqlite", count))
        bare = _bare(where / "bare.sqlite", document, count)
        kind = filesystem(where)
    engine = Engine(know)
    fresh = engine.start(Channel.WEBCHAT)
    thinking = time_calls(
        lambda _: engine.handle(fresh, Said(alternatives=(MESSAGE,)), datetime.now(UTC)), range(count)
    )
    show(
        f"Storage: {count} messages, each a P1 case on disk before it is answered ({kind})",
        ("what", "per second", "median ms", "p99 ms"),
        [
            ("sqlite3 INSERT + COMMIT of one case document (peer)", *bare.cells()),
            ("engine.handle alone, of the same message", *thinking.cells()),
            ("message → stored case → stored replies", *filed.cells()),
        ],
        ["Both databases: journal_mode WAL, synchronous FULL."],
    )


async def _filing(know: Knowledge, file: Path, count: int) -> tuple[Timing, str]:
    """Times, and one of the stored documents."""
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        service = ConversationService(Engine(know), store, InProcessFeed(), lambda: datetime.now(UTC))
        opened = [await service.open(Channel.WEBCHAT) for _ in range(count)]
        timing = await time_awaits(
            lambda conversation: service.handle(conversation, Said(alternatives=(MESSAGE,))), opened
        )
        async with store.reading() as tx:
            cases = await tx.cases.recent(None, limit=count)
            counted = await tx.cases.counts()
    if sum(counted.values()) != count:
        raise RuntimeError(f"{count} messages left {sum(counted.values())} cases: the figure would mean nothing")
    return timing, cases[0].model_dump_json()


def _bare(file: Path, document: str, count: int) -> Timing:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE cases (number TEXT PRIMARY KEY, document TEXT NOT NULL)")

        def insert(number: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO cases VALUES (?, ?)", (str(number), document))
            connection.execute("COMMIT")

        return time_calls(insert, range(count))


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
