"""A real Asterisk on loopback addresses, shared by the tests of this folder."""

from __future__ import annotations

import asyncio
import functools
import inspect
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from exchanges import ROOT, Exchange, started
from places import empty
from talkers import FrontDesk

from frontdesk.telephony import NoAsterisk, find_asterisk
from ivr.asterisk import Ari, Calls, MediaServer, open_ari

TEST_SECONDS = 90


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "telephony: places calls through a real Asterisk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No call takes longer than this, however slow the machine: a bound, not a measurement."""
    for item in items:
        if isinstance(item, pytest.Function) and item.path.parent == Path(__file__).parent:
            function = item.obj
            if inspect.iscoroutinefunction(function):
                item.obj = _bounded(function)


def _bounded(function: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(function)
    async def bounded(*arguments: object, **named: object) -> None:
        async with asyncio.timeout(TEST_SECONDS):
            await function(*arguments, **named)

    return bounded


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Asterisk, once for all tests of the session."""
    for program, package in (("sipp", "sip-tester"), ("baresip", "baresip-core")):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: apt-get install {package}")
    try:
        find_asterisk(ROOT)
    except NoAsterisk:
        pytest.skip("no Asterisk: frontdesk asterisk fetch")
    with started(tmp_path_factory.mktemp("asterisk")) as running:
        yield running


@pytest.fixture(autouse=True)
def _nobody_left(request: pytest.FixtureRequest) -> None:
    """Calls of an earlier test are over, and none of them is to be called back."""
    if "exchange" not in request.fixturenames:
        return
    process = request.getfixturevalue("exchange").process
    process.cli("channel request hangup all")
    until = time.monotonic() + 10
    while "0 active channels" not in process.cli("core show channels") and time.monotonic() < until:
        time.sleep(0.1)
    process.cli("database deltree abandoned")


@pytest.fixture
async def ari(exchange: Exchange) -> AsyncIterator[Ari]:
    """A second pair of eyes on Asterisk; every call left over is ended after the test."""
    async with open_ari(exchange.address) as client:
        yield client
        for channel in await client.channels():
            await client.hang_up(channel["id"])
        await empty(client)


FrontDeskOpener = Callable[..., AbstractAsyncContextManager[Calls]]


@pytest.fixture
def open_desk(exchange: Exchange, ari: Ari) -> FrontDeskOpener:
    """Opens the product's side with a reception of the test's own."""

    @asynccontextmanager
    async def opened(
        reception: FrontDesk,
        *,
        rate: int = 8000,
        ring_seconds: int = 20,
        media_port: int = exchange.media_port,
        **more: Any,
    ) -> AsyncIterator[Calls]:
        media = MediaServer()
        async with open_ari(exchange.address) as own, media.listening("127.0.0.1", media_port):
            calls = Calls(own, media, reception, exchange.layout.desks, rate=rate, ring_seconds=ring_seconds, **more)
            async with calls.answering():
                await calls.connected.wait()
                yield calls

    return opened
