"""The citizen's socket without a network: order, exactly once, acknowledgement after commit, vanishing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pace import Pace
from bot.plain_text import plain_text
from bot.webchat import MAX_TEXT, ChatSocket, FrameRefused, WireGone, event_of, read_frame
from conversation.events import Event, Keyed, Located, Said
from frontdesk.live import InProcessFeed
from handoff.ports import Bulletin, Message, StoreUnavailable

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class FakeWire:
    """Frames in from a queue; frames out to a list until `breaks_after` of them."""

    def __init__(self, breaks_after: int | None = None) -> None:
        self._inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.breaks_after = breaks_after
        self.closed = False

    def say(self, client_id: str, text: str = "你好") -> None:
        self.push({"type": "say", "client_id": client_id, "text": text})

    def push(self, frame: dict[str, Any] | str | bytes) -> None:
        self._inbox.put_nowait(json.dumps(frame) if isinstance(frame, dict) else frame)

    def vanish(self) -> None:
        self._inbox.put_nowait(None)

    async def receive(self) -> str | bytes | None:
        return None if self.closed else await self._inbox.get()

    async def send(self, text: str) -> None:
        await asyncio.sleep(0)
        if self.closed or (self.breaks_after is not None and len(self.sent) >= self.breaks_after):
            raise WireGone
        self.sent.append(json.loads(text))

    async def close(self) -> None:
        self.closed = True
        self._inbox.put_nowait(None)

    def lines(self) -> list[dict[str, Any]]:
        return [frame["message"] for frame in self.sent if frame["type"] == "message"]

    def acks(self) -> dict[str, int]:
        return {frame["client_id"]: frame["seq"] for frame in self.sent if frame["type"] == "ack"}

    def errors(self) -> list[tuple[str | None, str]]:
        return [(frame["client_id"], frame["error"]["code"]) for frame in self.sent if frame["type"] == "error"]


class Seq:
    def __init__(self, seq: int) -> None:
        self.seq = seq


class Talk:
    """A conversation in a list. Pages of two lines, to see that all pages are read."""

    def __init__(self, live: InProcessFeed) -> None:
        self.live = live
        self.stored: list[Message] = []
        self.failing: list[Exception] = []
        self.unreadable = 0
        self.events: list[Event] = []

    async def handle(self, conversation: str, event: Event, *, client_id: str | None = None) -> Seq:
        await asyncio.sleep(0)
        if self.failing:
            raise self.failing.pop()
        for line in self.stored:
            if client_id is not None and line.client_id == client_id:
                return Seq(line.seq)
        self.events.append(event)
        text = event.text if isinstance(event, Said) else event.kind
        seq = self._store("citizen", text, client_id)
        self._store("frontdesk", f"听到 {text}")
        await self._tell()
        return Seq(seq)

    async def operator(self, text: str) -> None:
        self._store("operator", text)
        await self._tell()

    async def transcript(self, conversation: str, after: int = 0) -> Sequence[Message]:
        await asyncio.sleep(0)
        if self.unreadable:
            self.unreadable -= 1
            raise StoreUnavailable("x")
        return self.stored[after : after + 2]

    def _store(self, speaker: Any, text: str, client_id: str | None = None) -> int:
        seq = len(self.stored) + 1
        line = Message(conversation="c", seq=seq, speaker=speaker, text=text, at=NOW, client_id=client_id)
        self.stored.append(line)
        return seq

    async def _tell(self) -> None:
        await self.live.publish([Bulletin(topic="conversation:c", kind="lines", subject="c")])


class Browser:
    """One socket being served."""

    def __init__(self, talk: Talk, after: int = 0, breaks_after: int | None = None) -> None:
        self.wire = FakeWire(breaks_after)
        socket = ChatSocket(self.wire, talk, talk.live, "c", after=after, pace=Pace(1000, 1000))
        self.task = asyncio.create_task(socket.run())

    async def until(self, count: int) -> None:
        """Until so many frames were sent, or the socket is over."""
        async with asyncio.timeout(10):
            while len(self.wire.sent) < count and not self.task.done():
                await asyncio.wait([self.task], timeout=0)

    async def leave(self) -> None:
        self.wire.vanish()
        async with asyncio.timeout(10):
            await self.task


@pytest.fixture
def talk() -> Talk:
    return Talk(InProcessFeed())


async def test_every_line_once_and_in_order(talk: Talk) -> None:
    await talk.operator("您好")
    browser = Browser(talk)
    browser.wire.say("client-0001", "一")
    browser.wire.say("client-0002", "二")
    await browser.until(7)
    await talk.operator("三")
    await browser.until(8)
    await browser.leave()
    assert [line["seq"] for line in browser.wire.lines()] == [1, 2, 3, 4, 5, 6]
    assert browser.wire.acks() == {"client-0001": 2, "client-0002": 4}
    assert browser.wire.lines()[1]["client_id"] == "client-0001"
    assert "conversation" not in browser.wire.lines()[0]


async def test_continues_after_the_last_line_seen(talk: Talk) -> None:
    for text in "一二三四五":
        await talk.operator(text)
    browser = Browser(talk, after=3)
    await browser.until(2)
    await browser.leave()
    assert [line["seq"] for line in browser.wire.lines()] == [4, 5]


async def test_a_long_conversation_comes_whole(talk: Talk) -> None:
    for text in "一二三四五六七":
        await talk.operator(text)
    browser = Browser(talk)
    await browser.until(7)
    await browser.leave()
    assert "".join(line["text"] for line in browser.wire.lines()) == "一二三四五六七"


async def test_the_same_line_again_is_acknowledged_and_not_repeated(talk: Talk) -> None:
    browser = Browser(talk)
    browser.wire.say("client-0001")
    browser.wire.say("client-0001")
    await browser.until(4)
    await browser.leave()
    assert [line["seq"] for line in browser.wire.lines()] == [1, 2]
    assert [frame["seq"] for frame in browser.wire.sent if frame["type"] == "ack"] == [1, 1]


async def test_nothing_is_acknowledged_that_was_not_stored(talk: Talk) -> None:
    talk.failing = [RuntimeError("secret"), StoreUnavailable("disk full")]
    browser = Browser(talk)
    for _ in range(3):
        browser.wire.say("client-0001")
    await browser.until(5)
    await browser.leave()
    assert browser.wire.errors() == [("client-0001", "store_unavailable"), ("client-0001", "internal")]
    assert "secret" not in json.dumps(browser.wire.sent)
    assert browser.wire.acks() == {"client-0001": 1}


async def test_news_that_got_lost_come_with_the_next_ping(talk: Talk) -> None:
    browser = Browser(talk)
    await browser.until(0)
    talk._store("operator", "没有人通知")
    browser.wire.push({"type": "ping"})
    await browser.until(2)
    await browser.leave()
    assert [frame["type"] for frame in browser.wire.sent] == ["pong", "message"]


async def test_an_unreadable_store_delays_and_loses_nothing(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.webchat._RETRY_SECONDS", 0)
    await talk.operator("您好")
    talk.unreadable = 3
    browser = Browser(talk)
    await browser.until(1)
    await browser.leave()
    assert [line["text"] for line in browser.wire.lines()] == ["您好"]


async def test_a_browser_that_takes_nothing_is_dropped(talk: Talk) -> None:
    for text in "一二三":
        await talk.operator(text)
    browser = Browser(talk, breaks_after=1)
    async with asyncio.timeout(10):
        await browser.task
    assert browser.wire.closed
    assert not talk.live.topics


async def test_a_crash_in_delivery_ends_the_socket_and_is_not_swallowed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(conversation: str, after: int = 0) -> Sequence[Message]:
        raise ZeroDivisionError

    monkeypatch.setattr(talk, "transcript", crash)
    browser = Browser(talk)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(10):
            await browser.task
    assert browser.wire.closed


async def test_typing_is_told_but_not_too_often(talk: Talk) -> None:
    async with talk.live.subscribe("conversation:c") as bulletins:
        browser = Browser(talk)
        for _ in range(5):
            browser.wire.push({"type": "typing"})
        browser.wire.push({"type": "ping"})
        await browser.until(1)
        assert (await anext(bulletins)).kind == "typing"
        await talk.operator("在")
        assert (await anext(bulletins)).kind == "lines"
        await browser.leave()


async def test_choices_and_places(talk: Talk) -> None:
    browser = Browser(talk)
    browser.wire.push({"type": "choose", "client_id": "client-0001", "key": "yes", "label": "同意\x00"})
    place = {"type": "locate", "client_id": "client-0002", "latitude": 30.9, "longitude": 120.1}
    browser.wire.push({**place, "accuracy": 20.5})
    await browser.until(6)
    await browser.leave()
    assert talk.events == [
        Keyed(key="yes", label="同意"),
        Located(latitude=30.9, longitude=120.1, accuracy=20.5),
    ]


SAY = '{"type": "say", "client_id": "client-0001"'
CHOOSE = '{"type": "choose", "client_id": "client-0001"'
LOCATE = '{"type": "locate", "client_id": "client-0001", "longitude": 1'


@pytest.mark.parametrize(
    ("raw", "client_id", "code"),
    [
        ("", None, "bad_request"),
        ("{", None, "bad_request"),
        ("[1]", None, "bad_request"),
        ("[" * 50_000, None, "bad_request"),
        (b"\x00\x01", None, "bad_request"),
        ('{"type": "shout", "client_id": "client-0001"}', "client-0001", "bad_request"),
        ('{"type": "say", "text": "x"}', None, "bad_request"),
        ('{"type": "say", "client_id": 7, "text": "x"}', None, "bad_request"),
        (f"{SAY}}}", "client-0001", "bad_request"),
        (f'{SAY}, "text": ""}}', "client-0001", "invalid"),
        (f'{SAY}, "text": " \\u0000\\u200b\\n "}}', "client-0001", "invalid"),
        (f'{SAY}, "text": "\\ud800"}}', "client-0001", "invalid"),
        (f'{SAY}, "text": "{"长" * 10_000}"}}', "client-0001", "too_long"),
        (f'{SAY}, "text": "{"长" * 70_000}"}}', "client-0001", "too_long"),
        (f'{CHOOSE}, "key": "\\ud800"}}', "client-0001", "bad_request"),
        (f'{LOCATE}, "latitude": NaN}}', "client-0001", "bad_request"),
        (f'{LOCATE}, "latitude": 91}}', "client-0001", "bad_request"),
        (f'{LOCATE}, "latitude": 1e999}}', "client-0001", "bad_request"),
        (f'{LOCATE}, "latitude": 1{"0" * 400}}}', "client-0001", "bad_request"),
        (f'{LOCATE}, "latitude": 1{"0" * 9000}}}', None, "bad_request"),
    ],
)
def test_bad_frames_are_answered(raw: str | bytes, client_id: str | None, code: str) -> None:
    with pytest.raises(FrameRefused) as caught:
        read_frame(raw)
    assert (caught.value.client_id, caught.value.code) == (client_id, code)
    if code == "too_long":
        assert str(MAX_TEXT) in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("😀👨‍👩‍👧🇨🇳", "😀👨‍👩‍👧🇨🇳"),
        ("مرحبا", "مرحبا"),
        ("ياردەم قىلىڭلار", "ياردەم قىلىڭلار"),
        ("\u202e反着\u202c写\x07", "反着写"),
        ("一\r\n二\u2028三", "一\n二\n三"),
        ("\ufeff 你好 \x00", "你好"),
        ("e\u0301", "é"),
        ("a" + "\n" * 50 + "b", "a\n\n\nb"),
        ("长" * MAX_TEXT, "长" * MAX_TEXT),
    ],
)
def test_what_is_typed_is_what_is_stored(typed: str, stored: str) -> None:
    frame = read_frame(json.dumps({"type": "say", "client_id": "client-0001", "text": typed}))
    assert event_of(frame) == Said(alternatives=(stored,))  # type: ignore[arg-type]


@given(st.text())
def test_cleaning_is_final(raw: str) -> None:
    text = plain_text(raw)
    assert plain_text(text) == text
    assert "\x00" not in text
    text.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.one_of(st.text(), st.binary(), JSON.map(json.dumps)))
def test_no_frame_crashes_the_reader(raw: str | bytes) -> None:
    try:
        read_frame(raw)
    except FrameRefused as refusal:
        assert str(refusal)


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.integers(1, 3)),
        st.tuples(st.just("operator"), st.integers(1, 3)),
        st.tuples(st.just("break"), st.integers(0, 8)),
        st.tuples(st.just("leave"), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(ACTIONS)
def test_whatever_breaks_nothing_is_lost_or_repeated(actions: list[tuple[str, int]]) -> None:
    asyncio.run(_talk_on_a_bad_line(actions))


async def _talk_on_a_bad_line(actions: list[tuple[str, int]]) -> None:
    """A page that resends what is not acknowledged and continues after the last seq it saw."""
    talk = Talk(InProcessFeed())
    seen: list[int] = []
    unacknowledged: list[str] = []
    typed = 0

    async def connect(breaks_after: int | None) -> Browser:
        browser = Browser(talk, after=seen[-1] if seen else 0, breaks_after=breaks_after)
        for client_id in unacknowledged:
            browser.wire.say(client_id, client_id)
        return browser

    async def collect(browser: Browser) -> None:
        browser.wire.push({"type": "ping"})
        while not browser.task.done() and not any(f["type"] == "pong" for f in browser.wire.sent):
            await asyncio.wait([browser.task], timeout=0)
        await browser.leave()
        for line in browser.wire.lines():
            seen.append(line["seq"])
            if line["client_id"] in unacknowledged:
                unacknowledged.remove(line["client_id"])
        for client_id in browser.wire.acks():
            if client_id in unacknowledged:
                unacknowledged.remove(client_id)

    browser = await connect(None)
    for action, count in actions:
        match action:
            case "type":
                for _ in range(count):
                    typed += 1
                    unacknowledged.append(f"client-{typed:04}")
                    browser.wire.say(unacknowledged[-1], unacknowledged[-1])
            case "operator":
                for _ in range(count):
                    await talk.operator("在")
                    await asyncio.sleep(0)
            case _:
                await collect(browser)
                browser = await connect(count if action == "break" else None)
    await collect(browser)
    browser = await connect(None)
    await collect(browser)
    assert unacknowledged == []
    assert seen == list(range(1, len(talk.stored) + 1))
    said = [line.client_id for line in talk.stored if line.speaker == "citizen"]
    assert sorted(said) == [f"client-{number:04}" for number in range(1, typed + 1)]  # type: ignore[type-var]
