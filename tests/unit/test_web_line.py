"""The line of the page's telephone without a network: the microphone is the clock."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ivr.ports import Audio, Key, LineClosed, LineEvent, OperatorAnswered, OperatorLeft, Played
from ivr.webphone import RATE, People, WebLine, WireGone

SECOND = bytes(2 * RATE)
FRAME = bytes(2 * RATE // 50)


class Page:
    """The other end of the socket."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.frames: list[dict[str, Any]] = []
        self.sound = 0
        self.gone = False

    async def receive(self) -> str | bytes | None:
        return await self.inbox.get()

    async def send(self, text: str) -> None:
        if self.gone:
            raise WireGone
        self.frames.append(json.loads(text))

    async def send_bytes(self, data: bytes) -> None:
        if self.gone:
            raise WireGone
        self.sound += len(data)

    def says(self, *frames: dict[str, Any] | bytes | str) -> None:
        for frame in frames:
            self.inbox.put_nowait(json.dumps(frame) if isinstance(frame, dict) else frame)


async def events(line: WebLine) -> list[LineEvent]:
    return [event async for event in line.events()]


async def call(*frames: dict[str, Any] | bytes | str) -> list[LineEvent]:
    page = Page()
    line = WebLine(page)
    page.says(*frames)
    page.inbox.put_nowait(None)
    await line.read()
    return await events(line)


async def test_sound_keys_and_the_end() -> None:
    found = await call(FRAME, {"type": "key", "digit": "1"}, {"type": "hangup"}, FRAME)
    assert found == [Audio(FRAME), Key("1"), LineClosed()]


@pytest.mark.parametrize("bad", ["", "{}", "[]", '{"type":"key","digit":"12"}', b"", b"\0", bytes(4 * RATE)])
async def test_what_no_page_sends_is_ignored(bad: str | bytes) -> None:
    assert await call(bad, FRAME) == [Audio(FRAME), LineClosed()]


async def test_played_marks() -> None:
    page = Page()
    line = WebLine(page)
    await line.play(SECOND, "a")
    await line.play(SECOND, "b")
    assert page.sound == 2 * len(SECOND)
    assert [frame["mark"] for frame in page.frames] == ["a", "b"]
    page.says({"type": "played", "mark": "b"}, {"type": "played", "mark": "a"}, {"type": "hangup"})
    await line.read()
    assert await events(line) == [Played("a"), Played("b"), LineClosed()]


async def test_marks_that_the_page_forgets_count_as_played() -> None:
    line = WebLine(Page())
    await line.play(SECOND, "a")
    for _ in range(3):
        await line.put(Audio(SECOND))
    line.close()
    assert Played("a") in await events(line)


async def test_flushed_sound_is_not_reported() -> None:
    page = Page()
    line = WebLine(page)
    await line.play(SECOND, "a")
    await line.flush()
    page.says({"type": "played", "mark": "a"}, {"type": "hangup"})
    await line.read()
    assert await events(line) == [LineClosed()]
    assert page.frames[-1] == {"type": "flush"}


async def test_play_waits_for_the_caller_and_is_freed_by_a_flush() -> None:
    line = WebLine(Page())
    playing = asyncio.create_task(line.play(SECOND * 7, "a"))
    await asyncio.sleep(0)
    assert not playing.done()
    await line.flush()
    await playing


async def test_a_page_that_is_gone_ends_the_call() -> None:
    page = Page()
    line = WebLine(page)
    page.gone = True
    await line.play(SECOND * 7, "a")
    assert await events(line) == [LineClosed()]


async def test_people_come_and_go_once() -> None:
    line = WebLine(Page())
    people = People(line)
    for payload, speaker in (
        ({}, "frontdesk"),
        ({"joined": True}, "frontdesk"),
        ({"by": "li"}, "operator"),
        ({"left": True}, "frontdesk"),
        ({"left": True}, "frontdesk"),
    ):
        await people.follow(payload, speaker)
    line.close()
    assert await events(line) == [OperatorAnswered(""), OperatorLeft(), LineClosed()]
