"""A real Asterisk on loopback addresses, shared by the tests of this folder."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from places import empty
from talkers import FrontDesk

from frontdesk.telephony import Layout, NoAsterisk, RunningAsterisk, find_asterisk, render
from ivr.asterisk import Ari, AriAddress, Calls, MediaServer, open_ari

ROOT = Path(__file__).parents[2]
TEST_SECONDS = 40


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


def _free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Exchange:
    """The running Asterisk, with what one needs to call it and to command it."""

    layout: Layout
    passwords: dict[str, str]
    process: RunningAsterisk
    media_port: int

    @property
    def address(self) -> AriAddress:
        return AriAddress(self.layout.ari_url, self.passwords["ari"])


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Asterisk, once for all tests of the session."""
    for program, package in (("sipp", "sip-tester"), ("baresip", "baresip-core")):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: apt-get install {package}")
    try:
        asterisk = find_asterisk(ROOT)
    except NoAsterisk:
        pytest.skip("no Asterisk: frontdesk asterisk fetch")
    media_port, first = _free_port(), 24000 + 500 * (os.getpid() % 14)
    layout = Layout(
        root=tmp_path_factory.mktemp("asterisk"),
        sip_port=_free_port(socket.SOCK_DGRAM),
        ari_port=_free_port(),
        media_uri=f"ws://127.0.0.1:{media_port}/media",
        rtp_ports=(first, first + 499),
        operators={"110": ("op110",), "12345": ("op12345",)},
    )
    passwords = dict(render(ROOT / "config" / "asterisk", layout, asterisk))
    process = RunningAsterisk(asterisk, layout)
    process.wait_ready()
    yield Exchange(layout, passwords, process, media_port)
    process.stop()


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
        reception: FrontDesk, *, rate: int = 8000, ring_seconds: int = 20, media_port: int = exchange.media_port
    ) -> AsyncIterator[Calls]:
        media = MediaServer()
        async with open_ari(exchange.address) as own, media.listening("127.0.0.1", media_port):
            calls = Calls(own, media, reception, exchange.layout.desks, rate=rate, ring_seconds=ring_seconds)
            async with calls.answering():
                await calls.connected.wait()
                yield calls

    return opened
