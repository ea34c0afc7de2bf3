"""The whole application while the database cannot grow, and after there is space again.

SQLite's own limit of pages stands for the full disk: it fails with the same error at the same moment.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from citizen import Citizen
from running_server import database_url

from conversation import Knowledge
from frontdesk.compose import wire
from frontdesk.settings import Settings
from frontdesk.storage import Database, SqlStore, upgrade
from frontdesk.web.app import build_app

LONG = "楼上半夜一直吵，睡不着。" * 300
UNLIMITED = 1_073_741_823


@dataclass
class Disk:
    """The file behind the application."""

    database: Database

    async def fill(self) -> None:
        """No page more than there are."""
        await self._limit(1)

    async def free(self) -> None:
        await self._limit(UNLIMITED)

    async def _limit(self, pages: int) -> None:
        async with self.database.writer.begin() as connection:  # the only connection that writes
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


@dataclass
class World:
    disk: Disk
    session: ClientSession
    url: str

    async def citizen(self) -> Citizen:
        return await Citizen(self.session, self.url).open()


@pytest.fixture
async def world(tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[World]:
    settings = Settings(database_url=database_url(tmp_path / "frontdesk.sqlite"))
    database = Database(settings.database_url)
    await upgrade(database)
    try:
        services = wire(settings, knowledge, SqlStore(database))
        async with TestServer(build_app(services)) as server, ClientSession() as session:
            yield World(Disk(database), session, str(server.make_url("")).rstrip("/"))
    finally:
        await database.close()


async def talk_until_refused(citizen: Citizen, text: str = LONG) -> str:
    """The same line until it finds no space; returns its client id."""
    for _ in range(20):
        client_id = str(uuid.uuid4())
        await citizen.say(text, client_id)
        if client_id not in citizen.acked:
            return client_id
    raise AssertionError("the disk never filled up")


async def test_a_line_that_finds_no_space_is_refused_and_taken_later(world: World) -> None:
    citizen = await world.citizen()
    await citizen.say("你好")
    await world.disk.fill()
    refused = await talk_until_refused(citizen)
    error = citizen.errors[0]
    assert error["client_id"] == refused
    assert error["error"]["code"] == "store_unavailable"
    assert "会自动重发" in error["error"]["message"]
    assert "110" in error["error"]["message"]
    assert refused not in citizen.acked
    assert await citizen.transcript() == citizen.lines, "reading goes on, and nothing of the refused line is there"
    assert refused not in [line["client_id"] for line in citizen.lines]

    await world.disk.free()
    citizen.errors.clear()
    assert await citizen.say(LONG, refused), "answered now"
    assert not citizen.errors
    said = [line["client_id"] for line in citizen.lines if line["speaker"] == "citizen"]
    assert said == list(citizen.sent), "every line once, in order"
    assert await citizen.transcript() == citizen.lines


async def test_no_case_number_is_told_while_the_disk_is_full(world: World) -> None:
    citizen = await world.citizen()
    await citizen.say("我家门口的路灯坏了")
    await citizen.say("文三路100号门口")
    other = await world.citizen()
    await world.disk.fill()
    await talk_until_refused(other)
    await talk_until_refused(other, "好吵")  # what is left of the last pages
    await citizen.say("可以", "client-0001")
    assert [error["error"]["code"] for error in citizen.errors] == ["store_unavailable"]
    assert not citizen.told

    before = dict(other.told)
    await world.disk.free()
    citizen.errors.clear()
    await citizen.say("可以", "client-0001")
    ((number, code),) = citizen.told.items()
    async with world.session.get(f"{world.url}/api/status", params={"number": number, "digits": code}) as reply:
        assert reply.status == 200
        assert int(number[-4:]) == len(before) + 1, "the failed attempt used up no number"


async def test_requests_get_the_same_clear_error(world: World) -> None:
    citizen = await world.citizen()
    await world.disk.fill()
    await talk_until_refused(citizen)
    for _ in range(50):  # small rows may still fit into pages that are there
        async with world.session.post(f"{world.url}/api/conversations", json={}) as reply:
            if reply.status == 201:
                continue
            body = await reply.json()
            assert (reply.status, body["error"]["code"]) == (503, "store_unavailable")
            assert body["error"]["request_id"] == reply.headers["X-Request-Id"]
            break
    else:
        raise AssertionError("the disk never filled up")
    async with world.session.get(f"{world.url}/") as page:
        assert page.status == 200, "the page with the number of 110 is there all the same"
    await world.disk.free()
    assert (await (await world.citizen()).say("身份证丢了怎么补办"))[0]
