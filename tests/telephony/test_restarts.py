"""What the product stands on goes away under a call: Asterisk, the database, a recogniser. Nobody is left alone."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
from baresip_operator import operator
from database_relay import DatabaseRelay
from exchanges import Exchange, started
from places import in_queue
from rtp_peer import RATE
from sipp_caller import Citizen, Dial, calling
from whole_product import cases, lines, registered, whole_product

from conversation import Knowledge
from frontdesk.web.services import Services
from handoff import CaseState
from ivr.asterisk import Ari, open_ari

pytestmark = pytest.mark.telephony

QUESTION = "居住证怎么办理"
SHORT_SECONDS = 1.5
"""Less than a turn may take."""
POSTGRES = os.environ.get("FRONTDESK_TEST_POSTGRES")


@pytest.fixture
def own_exchange(exchange: Any, tmp_path: Path) -> Iterator[Exchange]:
    """An Asterisk that may be killed."""
    with started(tmp_path / "asterisk") as running:
        yield running


async def ask(services: Services, citizen: Citizen) -> None:
    """A question, spoken after the greeting has begun."""
    assert services.voice is not None
    await citizen.sound.speaks()
    await citizen.sound.say(np.frombuffer(await services.voice.voice.speak(QUESTION, RATE), np.int16))


async def answered(folder: Path) -> None:
    """Until an answer to the question is on disk."""
    while not any("居住证" in text for speaker, text in lines(folder) if speaker == "frontdesk"):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Nobody else can write to the database meanwhile."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=20)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def test_asterisk_is_killed_and_started_again(
    own_exchange: Exchange, knowledge: Knowledge, tmp_path: Path
) -> None:
    sip = own_exchange.layout.sip_port
    async with whole_product(own_exchange, knowledge, tmp_path) as services:
        async with calling(tmp_path, sip, Dial("12345", "13900008888")) as citizen:
            await ask(services, citizen)
            await answered(tmp_path)
            own_exchange.process.kill()
            while not (found := await cases(services, "13900008888")):  # noqa: ASYNC110 - the store does not tell
                await asyncio.sleep(0.05)
        assert services.voice is not None
        await services.voice.ears.quiet()
        while (case := found[0]).callback is None:
            found = await cases(services, "13900008888")
            await asyncio.sleep(0.05)
        assert (len(found), case.callback.number, case.callback.needed) == (1, "13900008888", True)
        await asyncio.to_thread(own_exchange.start_again)
        await registered(own_exchange)
        async with calling(tmp_path, sip) as citizen:
            await citizen.sound.speaks()


async def test_asterisk_is_killed_while_an_operators_phone_rings(
    own_exchange: Exchange, knowledge: Knowledge, tmp_path: Path
) -> None:
    sip = own_exchange.layout.sip_port
    async with (
        operator(tmp_path, "op12345", own_exchange.passwords["op12345"], sip, answers=False) as phone,
        whole_product(own_exchange, knowledge, tmp_path) as services,
        calling(tmp_path, sip, Dial("12345", "13900008889")) as citizen,
    ):
        await citizen.sound.speaks()
        await citizen.sound.press("0")
        await phone.shows("180 Ringing")
        own_exchange.process.kill()
        while (await cases(services, "13900008889"))[0].callback is None:  # noqa: ASYNC110 - the store does not tell
            await asyncio.sleep(0.05)
        (case,) = await cases(services, "13900008889")
        assert case.state is CaseState.OFFERED
        assert case.callback is not None
        assert case.callback.number == "13900008889"


async def test_a_short_lock_of_the_database_is_waited_out(exchange: Any, knowledge: Knowledge, tmp_path: Path) -> None:
    async with (
        whole_product(exchange, knowledge, tmp_path) as services,
        calling(tmp_path, exchange.layout.sip_port) as citizen,
    ):
        await ask(services, citizen)
        with locked(tmp_path / "frontdesk.sqlite"):
            await asyncio.sleep(SHORT_SECONDS)
            assert len(lines(tmp_path)) == 1
            citizen.sound.forget()
        await answered(tmp_path)
        await citizen.sound.speaks()


async def test_a_long_lock_of_the_database_brings_a_person(
    exchange: Any, ari: Ari, knowledge: Knowledge, tmp_path: Path
) -> None:
    async with (
        whole_product(exchange, knowledge, tmp_path) as services,
        calling(tmp_path, exchange.layout.sip_port, Dial(number="13900009998")) as citizen,
    ):
        await citizen.sound.speaks()
        with locked(tmp_path / "frontdesk.sqlite"):
            await ask(services, citizen)
            await in_queue(ari, "human")
        assert len(lines(tmp_path)) == 1
        assert await cases(services, "13900009998") == []
        async with calling(tmp_path, exchange.layout.sip_port) as next_citizen:
            await ask(services, next_citizen)
            await answered(tmp_path)


@asynccontextmanager
async def own_postgres() -> AsyncIterator[tuple[DatabaseRelay, str]]:
    """A fresh database, reached through a relay; dropped at the end."""
    import asyncpg

    assert POSTGRES is not None
    name = f"under_calls_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(POSTGRES)
    await admin.execute(f"CREATE DATABASE {name}")
    where = urlsplit(POSTGRES)
    relay = DatabaseRelay(where.hostname or "127.0.0.1", where.port or 5432)
    try:
        async with relay.listening() as port:
            account = where.netloc.rpartition("@")[0]
            yield relay, f"postgresql://{account}@127.0.0.1:{port}/{name}"
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@pytest.mark.skipif(POSTGRES is None, reason="set FRONTDESK_TEST_POSTGRES to a server where databases may be made")
async def test_postgresql_goes_away_and_comes_back(
    exchange: Any, ari: Ari, knowledge: Knowledge, tmp_path: Path
) -> None:
    sip = exchange.layout.sip_port
    async with own_postgres() as (relay, url), whole_product(exchange, knowledge, tmp_path, url) as services:
        async with calling(tmp_path, sip, Dial(number="13900009997")) as citizen:
            await citizen.sound.speaks()
            relay.take_away()
            await ask(services, citizen)
            await in_queue(ari, "human")
        async with calling(tmp_path, sip, Dial("110")):
            await in_queue(ari, "police")
        relay.give_back()
        assert await cases(services, "13900009997") == []
        async with calling(tmp_path, sip, Dial("12345", "13900009999")) as citizen:
            await citizen.sound.speaks()
            await citizen.sound.press("0")
            await in_queue(ari, "human")
            assert len(await cases(services, "13900009999")) == 1


async def test_a_recogniser_is_killed_in_mid_sentence(exchange: Any, knowledge: Knowledge, tmp_path: Path) -> None:
    async with (
        whole_product(exchange, knowledge, tmp_path) as services,
        open_ari(exchange.address),
        calling(tmp_path, exchange.layout.sip_port) as citizen,
    ):
        workers = [child for child in psutil.Process().children() if "ivr.worker" in " ".join(child.cmdline())]
        assert len(workers) > 1
        await ask(services, citizen)
        await asyncio.sleep(1)
        for worker in workers[:-1]:
            worker.kill()
        await answered(tmp_path)
