"""kill -9 in the middle of filing cases: whatever a citizen was told or had acknowledged is there afterwards."""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from citizen import Citizen
from running_server import RunningServer

ROUNDS = 3
CITIZENS = 4
STORIES = (
    ("现在都凌晨一点了楼上还在放音乐", "文二路翠苑小区12幢403", "可以", "13800005678"),
    ("我家门口的路灯坏了", "文三路100号门口", "可以", "不留了"),
    ("有人拿刀砍人", "解放路12号", "有人受伤", "有刀"),
    ("转人工", "身份证丢了怎么补办", "我在文一路", "快一点"),
)
ADDRESSES = itertools.count(1)
GONE = (aiohttp.ClientError, ConnectionError, aiohttp.WSMessageTypeError)
"""How a client sees that the server died: refused, reset, or the socket closed instead of a frame."""


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path, trusted_proxies='["127.0.0.0/8"]')
    server.start()
    yield server
    server.kill()


class Countdown:
    """Kills the server just after a number of lines went out, at some point of the work on the last one."""

    def __init__(self, server: RunningServer, chance: random.Random) -> None:
        self._server = server
        self._left = chance.randrange(4, 40)
        self._delay = chance.uniform(0, 0.02)
        self.reached = False

    async def line_sent(self) -> None:
        self._left -= 1
        if self._left == 0:
            await asyncio.sleep(self._delay)
            await asyncio.to_thread(self._server.kill)
            self.reached = True


async def talk(session: aiohttp.ClientSession, server: RunningServer, story: int, end: Countdown) -> list[Citizen]:
    """One conversation after the other until the server is gone."""
    met: list[Citizen] = []
    try:
        while True:
            citizen = Citizen(session, server.url, address=f"10.0.{next(ADDRESSES)}.1")
            await citizen.open()
            met.append(citizen)
            for text in STORIES[story]:
                client_id = await citizen.send(text)
                await end.line_sent()
                await citizen.settle(client_id)
            assert not citizen.errors
    except GONE:
        return met


async def go_on(citizen: Citizen) -> None:
    """What the page does after a break: reconnect after the last line seen, send again what was not acknowledged."""
    await citizen.connect()
    for client_id in [each for each in citizen.sent if each not in citizen.acked]:
        await citizen.send(citizen.sent[client_id], client_id)
        await citizen.settle(client_id)
    await citizen.catch_up()


def check_record(citizen: Citizen, record: list[dict[str, Any]]) -> None:
    assert record == citizen.lines, "seen and stored are the same, without gap or repetition"
    by_id = {line["client_id"]: line for line in record if line["client_id"]}
    said = [line for line in record if line["speaker"] == "citizen"]
    assert [line["client_id"] for line in said] == list(citizen.sent), "every line once, in the order it was sent"
    for client_id, text in citizen.sent.items():
        assert (by_id[client_id]["text"], by_id[client_id]["seq"]) == (text, citizen.acked[client_id])
    speakers = [line["speaker"] for line in record]
    assert speakers[0] == "frontdesk"
    for line, following in itertools.pairwise([*speakers, "citizen"]):
        assert (line, following) != ("citizen", "citizen"), "a line and its answer are written together"


async def check_cases(session: aiohttp.ClientSession, server: RunningServer, citizen: Citizen) -> None:
    for number, code in citizen.told.items():
        query = {"number": number, "digits": code}
        headers = {"X-Forwarded-For": citizen.address}
        async with session.get(f"{server.url}/api/status", params=query, headers=headers) as reply:
            assert reply.status == 200, f"the citizen was told {number}, which does not exist"
            assert (await reply.json())["number"] == number


def check_database(file: Path) -> set[str]:
    """Case numbers in the file."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        holes = "SELECT conversation FROM messages GROUP BY conversation HAVING count(*) != max(seq) OR min(seq) != 1"
        assert database.execute(holes).fetchall() == []
        orphans = "SELECT id FROM conversations WHERE case_number NOT IN (SELECT number FROM cases)"
        assert database.execute(orphans).fetchall() == []
        return {number for (number,) in database.execute("SELECT number FROM cases")}


async def test_nothing_told_is_lost(mortal: RunningServer) -> None:
    told: dict[str, str] = {}
    for round_number in range(ROUNDS):
        end = Countdown(mortal, random.Random(round_number))  # noqa: S311  moments, not secrets
        async with aiohttp.ClientSession() as session:
            talks = [talk(session, mortal, story, end) for story in range(CITIZENS)]
            citizens = [citizen for met in await asyncio.gather(*talks) for citizen in met]
        assert end.reached
        assert any(citizen.acked for citizen in citizens)
        await asyncio.to_thread(mortal.start)
        async with aiohttp.ClientSession() as session:
            for citizen in citizens:
                citizen.session = session
                await go_on(citizen)
                check_record(citizen, await citizen.transcript())
                await check_cases(session, mortal, citizen)
                assert not told.keys() & citizen.told.keys(), "a number was given out twice"
                told |= citizen.told
    assert told
    assert check_database(mortal.database) >= told.keys()
    assert not mortal.troubles
