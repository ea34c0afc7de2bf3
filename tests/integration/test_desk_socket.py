"""The operator's socket: news of cases and conversations, leases kept alive, sessions that end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from web_server import World, running

from frontdesk.live import InProcessFeed
from frontdesk.web.desk_socket import DeskSocket
from handoff import LEASE, CaseState
from handoff.actor import Actor
from handoff.ports import Bulletin, StaleVersion


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as made:
        yield made


async def connect(world: World) -> ClientWebSocketResponse:
    socket = await world.client.ws_connect("/api/desk/socket")
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json(timeout=10) == {"type": "pong"}
    return socket


async def test_a_new_case_is_told_to_both_desks(world: World) -> None:
    for name in ("wang", "li", "zhou"):
        await world.sign_in(name)
        socket = await connect(world)
        case = await world.file("110")
        news = await socket.receive_json(timeout=10)
        assert (news["type"], news["number"]) == ("changed", case.number)
        await socket.close()


async def test_a_watched_conversation(world: World) -> None:
    from conversation.events import Said

    first, second = await world.conversation(), await world.conversation()
    await world.sign_in("wang")
    socket = await connect(world)
    await socket.send_json({"type": "watch", "conversation": first})
    told = {"type": "conversation", "conversation": first}
    assert await socket.receive_json(timeout=10) == told
    await world.conversations.handle(second, Said(alternatives=("别处",)))
    await world.conversations.handle(first, Said(alternatives=("这里",)))
    assert await socket.receive_json(timeout=10) == told
    await world.live.publish([Bulletin(topic=f"conversation:{first}", kind="typing", subject=first)])
    assert await socket.receive_json(timeout=10) == {"type": "typing", "conversation": first}
    await socket.send_json({"type": "watch", "conversation": None})
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json(timeout=10) == {"type": "pong"}
    assert f"conversation:{first}" not in world.live.topics


async def test_an_open_page_keeps_its_cases(world: World) -> None:
    case = await world.file("110")
    headers = await world.sign_in("wang")
    reply = await world.client.post(f"/api/cases/{case.number}/steps/claim", headers=headers)
    assert reply.status == 200
    socket = await connect(world)
    for _ in range(3):
        world.clock.advance(LEASE - timedelta(seconds=1))
        await socket.send_json({"type": "alive", "cases": [case.number]})
        assert await _answer(socket) == {"type": "alive", "cases": [case.number]}
        assert await world.desk.sweep() == 0
    world.clock.advance(LEASE + timedelta(seconds=1))
    assert await world.desk.sweep() == 1
    await socket.send_json({"type": "alive", "cases": [case.number, "202001010001"]})
    assert await _answer(socket) == {"type": "alive", "cases": []}
    async with world.store.reading() as tx:
        stored = await tx.cases.get(case.number)
    assert stored is not None
    assert stored.state is CaseState.OFFERED


async def test_an_open_page_keeps_its_session_until_the_shift_ends(world: World) -> None:
    await world.sign_in("wang")
    socket = await connect(world)
    for _ in range(16):
        world.clock.advance(timedelta(minutes=50))
        await socket.send_json({"type": "alive", "cases": []})
        assert (await socket.receive_json(timeout=10))["type"] == "alive"
    world.clock.advance(timedelta(minutes=50))
    await socket.send_json({"type": "alive", "cases": []})
    answer = await socket.receive_json(timeout=10)
    assert (answer["type"], answer["error"]["code"]) == ("error", "not_signed_in")
    assert (await socket.receive(timeout=10)).type is WSMsgType.CLOSE


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "null",
        '{"type": "sing"}',
        '{"type": "watch", "conversation": "\\u0000"}',
        '{"type": "alive", "cases": ["; drop"]}',
        '{"type": "alive", "cases": [' + ",".join(['"202603020001"'] * 101) + "]}",
    ],
)
async def test_bad_frames(world: World, frame: str) -> None:
    await world.sign_in("wang")
    socket = await connect(world)
    await socket.send_str(frame)
    answer = await socket.receive_json(timeout=10)
    assert (answer["type"], answer["error"]["code"]) == ("error", "bad_request")
    await socket.send_bytes(b"\x00")
    assert (await socket.receive_json(timeout=10))["type"] == "error"


async def test_a_page_that_missed_news_is_made_to_read_everything_again(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.sign_in("wang")
        socket = await connect(world)
        flood = [Bulletin(topic="desk:110", kind="claim", subject=str(number)) for number in range(300)]
        await world.live.publish(flood)
        assert (await socket.receive(timeout=10)).type is WSMsgType.CLOSE


async def test_a_locked_account_hears_nothing_more(world: World) -> None:
    await world.sign_in("wang")
    socket = await connect(world)
    await world.accounts.set_active("wang", False, by="root")
    await socket.send_json({"type": "ping"})
    assert (await socket.receive_json(timeout=10))["error"]["code"] == "not_signed_in"
    assert (await socket.receive(timeout=10)).type is WSMsgType.CLOSE


async def test_a_busy_store_is_said_and_the_socket_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object) -> None:
        raise StaleVersion("x")

    await world.sign_in("wang")
    socket = await connect(world)
    monkeypatch.setattr(world.desk, "heartbeat", busy)
    await socket.send_json({"type": "alive", "cases": ["202603020001"]})
    assert (await socket.receive_json(timeout=10))["error"]["code"] == "store_unavailable"
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json(timeout=10) == {"type": "pong"}


async def test_a_silent_page_is_gone(world: World) -> None:
    class Silent:
        closed = False

        async def receive(self) -> str | bytes | None:
            await asyncio.Event().wait()
            return None

        async def send(self, text: str) -> None:
            raise AssertionError(text)

        async def close(self) -> None:
            self.closed = True

    async def signed_in() -> bool:
        return True

    wire, who = Silent(), Actor(name="wang", queue="110", role="operator")
    socket = DeskSocket(wire, world.desk, world.live, who, signed_in=signed_in, silence=0.01)
    async with asyncio.timeout(10):
        await socket.run()
    assert wire.closed
    assert not world.live.topics


async def test_a_feed_that_closes_ends_the_socket(world: World) -> None:
    await world.sign_in("wang")
    socket = await connect(world)
    assert isinstance(world.live, InProcessFeed)
    world.live.close()
    assert (await socket.receive(timeout=10)).type is WSMsgType.CLOSE


async def _answer(socket: ClientWebSocketResponse) -> dict[str, Any]:
    """The answer to `alive`, past the news."""
    while (frame := await socket.receive_json(timeout=10))["type"] == "changed":
        pass
    return dict(frame)
