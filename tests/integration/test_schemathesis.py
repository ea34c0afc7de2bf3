"""Generated requests against the running application, signed in: no crash, nothing undocumented."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from web_server import running

from frontdesk.web import WebSettings
from frontdesk.web.app import APIS
from frontdesk.web.openapi import document
from handoff.actor import Actor

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
UNLIMITED = WebSettings(opens_per_minute=10**6, lookups_per_minute=10**6, wrong_digits_per_hour=10**6)

schema = schemathesis.openapi.from_dict(document(APIS))


@dataclass
class Running:
    """Where the application listens, who is signed in, and what there is to be found."""

    url: str
    token: str
    csrf: str
    conversation: str
    case: Callable[[bool], str]
    """The number of a fresh case, claimed or not."""


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The application in a thread of its own: schemathesis calls it without an event loop."""
    started: Queue[tuple[Running, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(tmp_path_factory.mktemp("web"), started)))
    thread.start()
    found, loop, stop = started.get(timeout=60)
    yield found
    loop.call_soon_threadsafe(stop.set)
    thread.join(timeout=60)


async def _serve(folder: Path, started: Queue[Any]) -> None:
    async with running(folder, UNLIMITED) as world:
        conversation = await world.conversation()
        loop = asyncio.get_running_loop()
        token, session, _ = await world.accounts.sign_in("wang", "correct horse battery", "192.0.2.1")
        stop = asyncio.Event()
        url = str(world.client.make_url("/")).rstrip("/")

        async def file(claimed: bool) -> str:
            case = await world.file("110", conversation)
            if claimed:
                await world.desk.claim(case.number, Actor(name="wang", queue="110", role="operator"))
            return case.number

        def case(claimed: bool) -> str:
            return asyncio.run_coroutine_threadsafe(file(claimed), loop).result(timeout=60)

        started.put((Running(url, token, session.csrf, conversation, case), loop, stop))
        await stop.wait()


_turns = itertools.count()


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
def test_generated_requests(case: schemathesis.Case, application: Running) -> None:
    if next(_turns) % 2:  # half of the requests find something
        if "number" in case.path_parameters:
            case.path_parameters["number"] = application.case(not case.path.endswith("/claim"))
        if "conversation" in case.path_parameters:
            case.path_parameters["conversation"] = application.conversation
    signing_out = (case.method, case.path) == ("DELETE", "/api/session")
    cookies = {} if signing_out else {"frontdesk_session": application.token}
    response = case.call(base_url=application.url, cookies=cookies, headers={"X-CSRF-Token": application.csrf})
    case.validate_response(response, checks=CHECKS)
    assert response.headers["x-request-id"]
    if response.status_code >= 400:
        assert response.json()["error"]["message"]
