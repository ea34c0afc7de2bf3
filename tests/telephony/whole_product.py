"""The product as `frontdesk serve` composes it, on the tests' Asterisk, with data of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from exchanges import ROOT, Exchange

from conversation import Knowledge
from frontdesk.compose import composed
from frontdesk.settings import Settings
from frontdesk.web.services import Services
from handoff import Case
from ivr.asterisk import open_ari

READY_SECONDS = 30


@asynccontextmanager
async def whole_product(
    exchange: Exchange, knowledge: Knowledge, folder: Path, database_url: str | None = None
) -> AsyncIterator[Services]:
    """Open until Asterisk may send calls, then yields."""
    place = folder / "home"
    if not place.exists():
        place.mkdir()
        for name in ("config", "models"):
            (place / name).symlink_to(ROOT / name, target_is_directory=True)
    settings = Settings(
        database_url=database_url or f"sqlite+aiosqlite:///{folder}/frontdesk.sqlite",
        telephone=True,
        ari_url=exchange.layout.ari_url,
        ari_password=exchange.passwords["ari"],
        media_port=exchange.media_port,
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FRONTDESK_HOME", str(place))
        async with composed(settings, knowledge) as services:
            await registered(exchange)
            yield services


async def registered(exchange: Exchange) -> None:
    """Until the product has told Asterisk that it takes calls."""
    async with open_ari(exchange.address) as ari, asyncio.timeout(READY_SECONDS):
        while not await ari.command("GET", "/applications"):  # noqa: ASYNC110 - Asterisk is asked
            await asyncio.sleep(0.02)


def lines(folder: Path) -> list[tuple[str, str]]:
    """(speaker, text) of the conversation that was opened last, as they are on disk."""
    with closing(sqlite3.connect(f"file:{folder}/frontdesk.sqlite?mode=ro", uri=True)) as connection:
        return connection.execute(
            "SELECT speaker, text FROM messages WHERE conversation = "
            "(SELECT id FROM conversations ORDER BY created_at DESC LIMIT 1) ORDER BY seq"
        ).fetchall()


async def cases(services: Services, number: str) -> list[Case]:
    """The cases of this caller, latest first. Of others there may be more: earlier callers who gave up in the queue."""
    async with services.store.reading() as tx:
        return [case for case in await tx.cases.recent(None) if case.origin.caller_number == number]
