"""Strange things through the real socket: each gets an answer or a clear error, and the conversation goes on."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType
from citizen import Citizen
from running_server import RunningServer

QUESTION = "身份证丢了怎么补办"
ADDRESSES = itertools.count(1)


@pytest.fixture
async def citizen(server: RunningServer) -> AsyncIterator[Citizen]:
    async with aiohttp.ClientSession() as session:
        yield await Citizen(session, server.url, address=f"203.0.113.{next(ADDRESSES)}").open()


async def goes_on(citizen: Citizen) -> None:
    """A consultation is answered, and the record holds what the citizen was shown, no more and no less."""
    assert await citizen.say(QUESTION)
    assert "idcard_lost" in [line["payload"].get("answers") for line in citizen.lines]
    assert await citizen.transcript() == citizen.lines


def refusal(citizen: Citizen, code: str) -> dict[str, Any]:
    assert [error["error"]["code"] for error in citizen.errors] == [code]
    error = citizen.errors[0]["error"]
    assert set(error) == {"code", "message", "field", "request_id"}
    assert error["request_id"]
    assert len(citizen.lines) == 1, "a refused line is not on the record"
    return dict(citizen.errors[0])


async def hear_refusal(citizen: Citizen, code: str) -> dict[str, Any]:
    while await citizen.hear() != "error":
        pass
    await citizen.catch_up()
    return refusal(citizen, code)


@pytest.mark.parametrize(
    "text",
    ["", "   \n\t ", "\x00\x01\x1b\x7f", "\u202e\u2066\ufeff", "\u200b\u200d", "\ud800"],
    ids=["empty", "blank", "control", "bidi", "zero-width", "half-character"],
)
async def test_nothing_readable(citizen: Citizen, text: str) -> None:
    await citizen.say(text, "client-0001")
    refused = refusal(citizen, "invalid")
    assert refused["client_id"] == "client-0001"
    assert "没有看到文字" in refused["error"]["message"]
    await goes_on(citizen)


async def test_ten_thousand_characters(citizen: Citizen) -> None:
    await citizen.say("吵" * 10_000, "client-0001")
    refused = refusal(citizen, "too_long")
    assert refused["client_id"] == "client-0001"
    assert "10000 字" in refused["error"]["message"]
    assert "最多 4000 字" in refused["error"]["message"]
    await goes_on(citizen)


async def test_the_longest_line_that_is_taken(citizen: Citizen) -> None:
    text = "楼上一直吵。" * 666 + "吵吵吵吵"
    assert len(text) == 4000
    assert await citizen.say(text)
    assert citizen.errors == []
    assert citizen.lines[1]["text"] == text


async def test_emoji_only(citizen: Citizen) -> None:
    answer = await citizen.say("😀🚔👨‍👩‍👧")
    assert answer
    assert citizen.lines[1]["text"] == "😀🚔👨‍👩‍👧"
    assert "case" not in citizen.lines[-1]["payload"]
    await goes_on(citizen)


async def test_control_characters_among_words(citizen: Citizen) -> None:
    answer = await citizen.say("\x1b[2J身份\x00证丢了\x07怎么\r补办\x9d")
    assert any("身份证" in line for line in answer)
    stored = (await citizen.transcript())[1]["text"]
    assert stored == "[2J身份证丢了怎么\n补办"


async def test_right_to_left_text(citizen: Citizen) -> None:
    assert await citizen.say("ياردەم كېرەك")
    assert citizen.lines[1]["text"] == "ياردەم كېرەك"
    await goes_on(citizen)


async def test_markup_stays_text(citizen: Citizen) -> None:
    text = "<script>alert(1)</script>'; DROP TABLE cases; --"
    assert await citizen.say(text)
    assert citizen.lines[1]["text"] == text
    await goes_on(citizen)


async def test_a_binary_frame(citizen: Citizen) -> None:
    assert citizen.socket is not None
    await citizen.socket.send_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    refused = await hear_refusal(citizen, "bad_request")
    assert refused["client_id"] is None
    assert "只能收文字" in refused["error"]["message"]
    await goes_on(citizen)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        '{"type": "say", "client_id": "client-0001", "text": "身份证',
        "null",
        "[]",
        "42",
        '{"type": "shout"}',
        "[" * 20_000,
        '{"type": "say"}',
    ],
    ids=["nothing", "brace", "cut", "null", "list", "number", "unknown", "deep", "no-id"],
)
async def test_broken_json(citizen: Citizen, raw: str) -> None:
    assert citizen.socket is not None
    await citizen.socket.send_str(raw)
    refused = await hear_refusal(citizen, "bad_request")
    assert "格式不对" in refused["error"]["message"]
    await goes_on(citizen)


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"type": "say", "text": 42}, "text"),
        ({"type": "choose", "key": ""}, "key"),
        ({"type": "locate", "latitude": 91, "longitude": 0}, "latitude"),
        ({"type": "locate", "latitude": 30.2, "longitude": "此处"}, "longitude"),
    ],
    ids=["text", "key", "latitude", "longitude"],
)
async def test_a_frame_with_a_wrong_field(citizen: Citizen, frame: dict[str, Any], field: str) -> None:
    await citizen.frame({"client_id": "client-0001", **frame})
    refused = await hear_refusal(citizen, "bad_request")
    assert refused["client_id"] == "client-0001"
    assert refused["error"]["field"].endswith(field)
    await goes_on(citizen)


async def test_invalid_utf8_ends_the_socket_but_not_the_conversation(citizen: Citizen) -> None:
    """RFC 6455 leaves no other answer to a text frame that is no text."""
    await citizen.say("身份证丢了")
    before = list(citizen.lines)
    assert citizen.socket is not None
    await citizen.socket.send_frame(b'{"type": "say", "text": "\xff\xfe\xd6\xd0"}', WSMsgType.TEXT)
    closing = await citizen.socket.receive(timeout=10)
    assert closing.type is WSMsgType.CLOSE
    assert closing.data == WSCloseCode.INVALID_TEXT
    await citizen.connect()
    assert await citizen.transcript() == before
    await goes_on(citizen)


async def test_a_frame_beyond_all_measure_ends_the_socket_but_not_the_conversation(citizen: Citizen) -> None:
    """Whether the browser still reads the reason depends on how much of the frame was on its way."""
    assert citizen.socket is not None
    await citizen.catch_up()
    with suppress(ConnectionError):
        await citizen.frame({"type": "say", "client_id": "client-0001", "text": "吵" * 400_000})
    ended = await citizen.socket.receive(timeout=10)
    assert ended.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR)
    await citizen.connect()
    await goes_on(citizen)


async def test_many_lines_at_once_are_all_answered_in_order(citizen: Citizen) -> None:
    texts = [f"第{number}句：{QUESTION}" for number in range(1, 9)]
    sent = [await citizen.send(text) for text in texts]
    for client_id in sent:
        await citizen.settle(client_id)
    said = [line["text"] for line in citizen.lines if line["speaker"] == "citizen"]
    assert said == texts
    assert [citizen.acked[client_id] for client_id in sent] == sorted(citizen.acked.values())
    assert await citizen.transcript() == citizen.lines


async def test_one_socket_misbehaving_does_not_touch_another(server: RunningServer, citizen: Citizen) -> None:
    async with aiohttp.ClientSession() as session:
        other = await Citizen(session, server.url, address="198.51.100.7").open()
        assert citizen.socket is not None
        for _ in range(5):
            await citizen.socket.send_bytes(b"\x00" * 1000)
        await goes_on(other)
