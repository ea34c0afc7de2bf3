"""The citizen's socket over a real connection: reconnecting, resending, vanishing, strange frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from web_server import World, broken_store, running

from bot.webchat import WireGone
from frontdesk.web.wire import MAX_MESSAGE, BrowserWire


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as made:
        yield made


class Page:
    """A page's side of the socket."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.lines: list[dict[str, Any]] = []
        self.acks: dict[str, int] = {}
        self.errors: list[tuple[str | None, str]] = []

    async def say(self, client_id: str, text: str) -> None:
        await self.socket.send_json({"type": "say", "client_id": client_id, "text": text})

    async def hear(self) -> None:
        """Everything up to the answer to a ping."""
        await self.socket.send_json({"type": "ping"})
        while (frame := await self.socket.receive_json(timeout=10))["type"] != "pong":
            self._take(frame)

    async def until(self, seq: int) -> None:
        while not self.lines or self.lines[-1]["seq"] < seq:
            self._take(await self.socket.receive_json(timeout=10))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "message":
                self.lines.append(frame["message"])
            case "ack":
                self.acks[frame["client_id"]] = frame["seq"]
            case "error":
                self.errors.append((frame["client_id"], frame["error"]["code"]))


async def connect(world: World, conversation: str, after: int = 0) -> Page:
    path = f"/api/conversations/{conversation}/socket?after={after}"
    return Page(await world.client.ws_connect(path, max_msg_size=0))


async def test_talking(world: World) -> None:
    page = await connect(world, await world.conversation())
    await page.say("client-0001", "身份证丢了")
    await page.until(3)
    assert [(line["seq"], line["speaker"]) for line in page.lines] == [
        (1, "frontdesk"),
        (2, "citizen"),
        (3, "frontdesk"),
    ]
    await page.hear()
    assert page.acks == {"client-0001": 2}
    assert set(page.lines[1]) == {"seq", "speaker", "text", "at", "payload", "client_id"}


async def test_reconnecting_continues_after_the_last_line(world: World) -> None:
    conversation = await world.conversation()
    page = await connect(world, conversation)
    for number in range(6):
        await page.say(f"client-{number:04}", f"第{number}句")
    await page.until(13)
    await page.socket.close()
    again = await connect(world, conversation, after=9)
    await again.until(13)
    assert [line["seq"] for line in again.lines] == [10, 11, 12, 13]


async def test_resending_after_a_lost_acknowledgement(world: World) -> None:
    conversation = await world.conversation()
    page = await connect(world, conversation)
    await page.say("client-0001", "着火了")
    await page.until(3)
    _tear(page.socket)
    again = await connect(world, conversation, after=1)
    await again.say("client-0001", "着火了")
    await again.until(3)
    await again.hear()
    assert again.acks == {"client-0001": 2}
    assert [line["seq"] for line in again.lines] == [2, 3]
    assert world.conversations.turns == 2


async def test_vanishing_in_the_middle_of_a_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = await world.conversation()
    reached, go_on = asyncio.Event(), asyncio.Event()
    handle = world.conversations.handle

    async def slow(*given: Any, **named: Any) -> Any:
        reached.set()
        await go_on.wait()
        return await handle(*given, **named)

    monkeypatch.setattr(world.conversations, "handle", slow)
    page = await connect(world, conversation)
    await page.say("client-0001", "救命")
    await reached.wait()
    _tear(page.socket)
    go_on.set()
    again = await connect(world, conversation, after=1)
    await again.say("client-0001", "救命")
    await again.until(3)
    await again.hear()
    lines = await world.conversations.transcript(conversation)
    assert [line.text for line in lines] == ["您好，请讲", "救命", "听到：救命"]
    assert again.acks == {"client-0001": 2}


async def test_two_tabs_see_the_same(world: World) -> None:
    conversation = await world.conversation()
    first, second = await connect(world, conversation), await connect(world, conversation)
    await first.say("client-0001", "一")
    await second.say("client-0002", "二")
    await first.until(5)
    await second.until(5)
    assert [line["seq"] for line in first.lines] == [1, 2, 3, 4, 5]
    assert first.lines == second.lines


async def test_the_operator_is_heard_at_once(world: World) -> None:
    conversation = await world.conversation()
    case = await world.file("110", conversation)
    page = await connect(world, conversation)
    headers = await world.sign_in("wang")
    for name, body in (("claim", None), ("message", {"text": "民警在路上"})):
        reply = await world.client.post(f"/api/cases/{case.number}/steps/{name}", json=body, headers=headers)
        assert reply.status == 200
    await page.until(4)
    said = page.lines[-1]
    assert (said["speaker"], said["text"], said["payload"]["by"]) == ("operator", "民警在路上", "wang")


async def test_a_full_disk_is_said_and_the_line_can_be_sent_again(world: World) -> None:
    page = await connect(world, await world.conversation())
    world.conversations.failing = broken_store()
    await page.say("client-0001", "你好")
    await page.hear()
    assert page.errors == [("client-0001", "store_unavailable")]
    world.conversations.failing = None
    await page.say("client-0001", "你好")
    await page.hear()
    assert page.acks == {"client-0001": 2}


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("😀🚔", "😀🚔"),
        ("ياردەم", "ياردەم"),
        ("坏\x00\x1b[2J字", "坏[2J字"),
        ("\u202e反", "反"),
        ("'; DROP TABLE cases; --<script>", "'; DROP TABLE cases; --<script>"),
        ("长" * 4000, "长" * 4000),
    ],
)
async def test_what_is_stored(world: World, text: str, stored: str) -> None:
    page = await connect(world, await world.conversation())
    await page.say("client-0001", text)
    await page.until(2)
    assert page.lines[1]["text"] == stored


async def test_what_is_refused(world: World) -> None:
    page = await connect(world, await world.conversation())
    await page.say("client-0001", "长" * 10_000)
    await page.say("client-0002", " \n ")
    await page.say("short", "你好")
    await page.socket.send_bytes(b"\x89PNG")
    await page.socket.send_str("{")
    await page.socket.send_json({"type": "dance", "client_id": "client-0003"})
    await page.say("client-0004", "还在")
    await page.hear()
    assert page.errors == [
        ("client-0001", "too_long"),
        ("client-0002", "invalid"),
        (None, "bad_request"),
        (None, "bad_request"),
        (None, "bad_request"),
        ("client-0003", "bad_request"),
    ]
    assert page.acks == {"client-0004": 2}


async def test_invalid_utf8_ends_the_socket_and_nothing_else(world: World) -> None:
    conversation = await world.conversation()
    page = await connect(world, conversation)
    await page.until(1)
    assert page.socket._writer is not None
    await page.socket._writer.send_frame(b'{"type": "say", "text": "\xff"}', WSMsgType.TEXT)
    message = await page.socket.receive(timeout=10)
    assert (message.type, page.socket.close_code) == (WSMsgType.CLOSE, 1007)
    again = await connect(world, conversation)
    await again.until(1)


async def test_an_enormous_frame_ends_the_socket(world: World) -> None:
    conversation = await world.conversation()
    page = await connect(world, conversation)
    await page.until(1)
    await page.socket.send_str("x" * (MAX_MESSAGE + 1))
    message = await page.socket.receive(timeout=10)
    assert (message.type, page.socket.close_code) == (WSMsgType.CLOSE, 1009)
    assert len(await world.conversations.transcript(conversation)) == 1


async def test_stopping_the_server_sends_pages_elsewhere(world: World) -> None:
    page = await connect(world, await world.conversation())
    await page.until(1)
    app = world.client.app
    assert app is not None
    stopping = asyncio.create_task(app.shutdown())
    message = await page.socket.receive(timeout=10)
    assert (message.type, page.socket.close_code) == (WSMsgType.CLOSE, 1001)
    await stopping


async def test_nothing_stays_behind(world: World) -> None:
    conversation = await world.conversation()
    for _ in range(3):
        page = await connect(world, conversation)
        await page.until(1)
        _tear(page.socket)
    async with asyncio.timeout(10):
        while world.live.topics:
            await world.client.get("/healthz")


async def test_a_browser_that_does_not_take_its_frames_is_gone() -> None:
    class Stuck:
        async def send_str(self, _: str) -> None:
            await asyncio.Event().wait()

    wire = BrowserWire(Stuck(), send_within=0.01)  # type: ignore[arg-type]
    with pytest.raises(WireGone):
        await wire.send("x")


def _tear(socket: ClientWebSocketResponse) -> None:
    """Cut the connection without a word."""
    connection = socket._response.connection
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()
