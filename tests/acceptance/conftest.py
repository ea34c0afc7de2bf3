"""One running server for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from running_server import RunningServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Shared: never stop it. Citizens choose their address, so that they do not use up each other's limits."""
    running = RunningServer(tmp_path_factory.mktemp("server"), trusted_proxies='["127.0.0.0/8"]')
    running.start()
    yield running
    assert running.stop() == 0
    assert not running.troubles
