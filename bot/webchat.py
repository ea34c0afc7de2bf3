"""The citizen's socket in the web page: protocol only, over an abstract wire.

A line is acknowledged after it is committed; every stored line reaches the browser exactly once per
socket, in seq order, whoever wrote it. A browser that vanishes or cannot keep up is dropped: what it
missed is in the store, and it continues from the last seq it saw.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any, Literal, Protocol

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.failure import report_failure
from bot.pace import Pace
from bot.plain_text import plain_text
from conversation.events import Event, Keyed, Located, Said
from handoff.ports import Bulletin, LiveFeed, Message, StoreUnavailable

MAX_TEXT = 4000
MAX_FRAME = 64 * 1024
TYPING = "typing"
_CLIENT_ID = r"^[A-Za-z0-9_-]{8,64}$"
_RETRY_SECONDS = 1.0
_TYPING_SECONDS = 2.0

log = structlog.get_logger("bot.webchat")

ClientId = Annotated[str, Field(pattern=_CLIENT_ID)]


class WireGone(Exception):
    """The browser is gone, or takes nothing any more."""


class Wire(Protocol):
    """One open socket."""

    async def receive(self) -> str | bytes | None:
        """The next frame; None once the socket is closed."""

    async def send(self, text: str) -> None:
        """Send a text frame. Raises WireGone, also when the browser does not take it in time."""

    async def close(self) -> None:
        """Close the socket; a pending receive returns None."""


class StoredTurn(Protocol):
    """What the service says about a turn it has committed."""

    @property
    def seq(self) -> int:
        """Seq of the citizen's line, 0 if the event stored none."""


class Conversations(Protocol):
    """What this channel needs of `conversation.service.ConversationService`."""

    async def handle(self, conversation: str, event: Event, *, client_id: str | None = None) -> StoredTurn:
        """Carry out one event; the same client_id takes effect once."""

    async def transcript(self, conversation: str, after: int = 0) -> Sequence[Message]:
        """Lines with seq > after, in order; maybe not all of them at once."""


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True)


class SayFrame(_Frame):
    """The citizen typed a line."""

    type: Literal["say"]
    client_id: ClientId
    text: str


class ChooseFrame(_Frame):
    """The citizen tapped a choice."""

    type: Literal["choose"]
    client_id: ClientId
    key: Annotated[str, AfterValidator(plain_text), Field(min_length=1, max_length=64)]
    label: str = Field(default="", max_length=200)


class LocateFrame(_Frame):
    """The citizen shared a position (WGS 84 degrees, metres)."""

    type: Literal["locate"]
    client_id: ClientId
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class TypingFrame(_Frame):
    """The citizen is typing."""

    type: Literal["typing"]


class PingFrame(_Frame):
    """Is anybody there? Also brings whatever the socket may have missed."""

    type: Literal["ping"]


Frame = Annotated[SayFrame | ChooseFrame | LocateFrame | TypingFrame | PingFrame, Field(discriminator="type")]
_FRAME: TypeAdapter[SayFrame | ChooseFrame | LocateFrame | TypingFrame | PingFrame] = TypeAdapter(Frame)


class FrameRefused(Exception):
    """A frame that cannot be handled; the citizen is told `code` and the message."""

    def __init__(self, code: str, message: str, client_id: str | None, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.client_id = client_id
        self.field = field


def read_frame(raw: str | bytes) -> Frame:
    """The frame in a socket message. Raises FrameRefused."""
    if isinstance(raw, bytes):
        raise FrameRefused("bad_request", "这里只能收文字，不能收文件或二进制内容", None)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise FrameRefused("bad_request", "消息格式不对，请刷新页面后重发", None) from None
    client_id = _client_id(document)
    if len(raw) > MAX_FRAME:
        raise FrameRefused("too_long", f"一条消息最多 {MAX_TEXT} 字，请分成几条发", client_id, "text")
    try:
        frame = _FRAME.validate_python(document)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"][1:])
        raise FrameRefused("bad_request", "消息格式不对，请刷新页面后重发", client_id, where or None) from None
    if isinstance(frame, SayFrame):
        return _readable(frame)
    return frame


def event_of(frame: SayFrame | ChooseFrame | LocateFrame) -> Event:
    """What happened, in the conversation's words."""
    match frame:
        case SayFrame():
            return Said(alternatives=(frame.text,))
        case ChooseFrame():
            return Keyed(key=frame.key, label=plain_text(frame.label) or None)
        case LocateFrame():
            return Located(latitude=frame.latitude, longitude=frame.longitude, accuracy=frame.accuracy)


def message_frame(message: Message) -> dict[str, Any]:
    """A stored line as the page gets it."""
    return {"type": "message", "message": message.model_dump(mode="json", exclude={"conversation"})}


class ChatSocket:
    """One browser in one conversation. `run` returns when the browser is gone."""

    def __init__(
        self,
        wire: Wire,
        conversations: Conversations,
        live: LiveFeed,
        conversation: str,
        *,
        after: int = 0,
        request_id: str = "",
        observe: Callable[[str], None] = lambda _: None,
        pace: Pace | None = None,
    ) -> None:
        self._wire = wire
        self._conversations = conversations
        self._live = live
        self._conversation = conversation
        self._sent = after
        self._request_id = request_id
        self._observe = observe
        self._pace = pace or Pace()
        self._typing = Pace(burst=1, per_second=1 / _TYPING_SECONDS)
        self._order = asyncio.Lock()

    async def run(self) -> None:
        """Serve until the browser is gone."""
        async with self._live.subscribe(f"conversation:{self._conversation}") as bulletins:
            pump = asyncio.create_task(self._pump(bulletins))
            try:
                await self._read()
            except WireGone:
                log.info("chat_socket_gone", request_id=self._request_id)
            finally:
                async with self._order:  # never cancelled while it reads from the store
                    pump.cancel()
                await asyncio.wait([pump])
            if not pump.cancelled():
                pump.result()

    async def _pump(self, bulletins: AsyncIterator[Bulletin]) -> None:
        """Deliver what is stored, now and whenever the feed says that there is more."""
        try:
            await self._catch_up_patiently()
            async for bulletin in bulletins:
                if bulletin.kind != TYPING:
                    await self._catch_up_patiently()
        except WireGone:
            log.info("chat_socket_dropped", request_id=self._request_id)
        finally:
            await self._wire.close()

    async def _catch_up_patiently(self) -> None:
        while True:
            try:
                return await self._catch_up()
            except StoreUnavailable:
                log.warning("chat_transcript_unavailable", request_id=self._request_id)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _catch_up(self) -> None:
        async with self._order:
            while messages := await self._conversations.transcript(self._conversation, self._sent):
                for message in messages:
                    await self._send(message_frame(message))
                    self._sent = message.seq
                    self._observe("sent")

    async def _read(self) -> None:
        while (raw := await self._wire.receive()) is not None:
            wait = self._pace.wait()
            if wait > 0:  # a flood waits in the socket; nothing is refused or lost
                await asyncio.sleep(wait)
            try:
                await self._handle(read_frame(raw))
            except FrameRefused as refusal:
                self._observe("refused")
                await self._refuse(refusal.code, str(refusal), refusal.client_id, refusal.field)

    async def _handle(self, frame: Frame) -> None:
        match frame:
            case PingFrame():
                await self._send({"type": "pong"})
                await self._catch_up_or_wait()
            case TypingFrame():
                if self._typing.take() == 0:
                    topic = f"conversation:{self._conversation}"
                    await self._live.publish([Bulletin(topic=topic, kind=TYPING, subject=self._conversation)])
            case _:
                await self._take(frame)

    async def _take(self, frame: SayFrame | ChooseFrame | LocateFrame) -> None:
        try:
            turn = await self._conversations.handle(self._conversation, event_of(frame), client_id=frame.client_id)
        except StoreUnavailable:
            log.warning("chat_line_not_stored", request_id=self._request_id)
            await self._refuse(
                "store_unavailable", "暂时没能收下这句话，会自动重发；情况紧急请直接拨打110", frame.client_id
            )
            return
        except Exception as error:  # noqa: BLE001  the browser must learn that its line was not taken
            report_failure(log, "chat_turn_failed", error, request_id=self._request_id)
            await self._refuse("internal", "这句话没有处理成功，请再发一次；情况紧急请直接拨打110", frame.client_id)
            return
        self._observe("received")
        await self._send({"type": "ack", "client_id": frame.client_id, "seq": turn.seq})
        await self._catch_up_or_wait()

    async def _catch_up_or_wait(self) -> None:
        try:
            await self._catch_up()
        except StoreUnavailable:
            log.warning("chat_transcript_unavailable", request_id=self._request_id)

    async def _refuse(self, code: str, message: str, client_id: str | None, field: str | None = None) -> None:
        error = {"code": code, "message": message, "field": field, "request_id": self._request_id}
        await self._send({"type": "error", "client_id": client_id, "error": error})

    async def _send(self, document: dict[str, Any]) -> None:
        await self._wire.send(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def _client_id(document: object) -> str | None:
    found = document.get("client_id") if isinstance(document, dict) else None
    return found if isinstance(found, str) and re.fullmatch(_CLIENT_ID, found) else None


def _readable(frame: SayFrame) -> SayFrame:
    text = plain_text(frame.text)
    if not text:
        raise FrameRefused("invalid", "没有看到文字，请写一句再发", frame.client_id, "text")
    if len(text) > MAX_TEXT:
        raise FrameRefused(
            "too_long",
            f"这条有 {len(text)} 字，一条最多 {MAX_TEXT} 字，请分成几条发；您写的还在输入框里",
            frame.client_id,
            "text",
        )
    return frame.model_copy(update={"text": text})
