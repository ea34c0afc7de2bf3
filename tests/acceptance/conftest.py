"""One running server for the tests that leave it as they found it, and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from pages import chromium
from playwright.async_api import Browser
from running_server import RunningServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Shared: never stop it. Citizens choose their address, so that they do not use up each other's limits."""
    running = RunningServer(tmp_path_factory.mktemp("server"), trusted_proxies='["127.0.0.0/8"]')
    running.start()
    yield running
    assert running.stop() == 0
    assert not running.troubles


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched
