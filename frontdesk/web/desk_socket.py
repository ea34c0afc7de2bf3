"""The operator's socket: tells the page what changed, and keeps the leases of its cases alive.

Only news passes here, never content: the page reads what changed over the API.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Annotated, Any, Literal, Protocol

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.webchat import TYPING, Wire, WireGone
from frontdesk.live import RELOAD
from frontdesk.phone_board import PHONES_TOPIC
from handoff.actor import Actor
from handoff.ports import Bulletin, LiveFeed, StaleVersion, StoreUnavailable

DESK_TOPICS = ("desk:110", "desk:12345")
MAX_HELD = 100
SILENCE = 60.0
"""Seconds without a frame after which a page counts as gone; pages say `alive` every 10 seconds."""

log = structlog.get_logger("frontdesk.web")


class Leases(Protocol):
    """What the socket needs of `handoff.desk.DeskService`."""

    async def heartbeat(self, numbers: Iterable[str], actor: Actor) -> tuple[str, ...]:
        """Renew the leases of these cases; returns those that are still this operator's."""


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True)


class WatchFrame(_Frame):
    """Follow this conversation, or none."""

    type: Literal["watch"]
    conversation: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{8,64}$")] | None


class AliveFrame(_Frame):
    """The page is open with these cases claimed."""

    type: Literal["alive"]
    cases: Annotated[list[Annotated[str, Field(pattern=r"^[0-9]{9,20}$")]], Field(max_length=MAX_HELD)]


class PingFrame(_Frame):
    """Is anybody there?"""

    type: Literal["ping"]


_FRAME: TypeAdapter[WatchFrame | AliveFrame | PingFrame] = TypeAdapter(
    Annotated[WatchFrame | AliveFrame | PingFrame, Field(discriminator="type")]
)


class DeskSocket:
    """One open desk page. `run` returns when the page is gone, silent or signed out."""

    def __init__(
        self,
        wire: Wire,
        leases: Leases,
        live: LiveFeed,
        actor: Actor,
        *,
        signed_in: Callable[[], Awaitable[bool]],
        request_id: str = "",
        silence: float = SILENCE,
    ) -> None:
        self._wire = wire
        self._leases = leases
        self._live = live
        self._actor = actor
        self._signed_in = signed_in
        self._request_id = request_id
        self._silence = silence
        self._watching: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until the page is gone or signed out."""
        async with self._live.subscribe(*DESK_TOPICS, PHONES_TOPIC) as bulletins:
            news = asyncio.create_task(self._tell(bulletins, _desk_news))
            try:
                await self._read()
            except WireGone:
                log.info("desk_socket_gone", request_id=self._request_id)
            finally:
                await self._stop(news)
                await self._stop(self._watching)

    async def _read(self) -> None:
        """Until the page is gone, silent for too long, or signed out."""
        while (raw := await self._next()) is not None and await self._handle(raw):
            pass
        await self._wire.close()

    async def _next(self) -> str | bytes | None:
        try:
            async with asyncio.timeout(self._silence):
                return await self._wire.receive()
        except TimeoutError:
            log.info("desk_socket_silent", request_id=self._request_id)
            return None

    async def _handle(self, raw: str | bytes) -> bool:
        """False when the socket has to end."""
        try:
            frame = _FRAME.validate_json(raw)
        except ValidationError:
            await self._refuse("bad_request", "消息格式不对，请刷新页面")
            return True
        try:
            if not await self._signed_in():
                await self._refuse("not_signed_in", "登录已过期，请重新登录")
                return False
            match frame:
                case WatchFrame():
                    await self._watch(frame.conversation)
                case PingFrame():
                    await self._send({"type": "pong"})
                case AliveFrame():
                    await self._renew(frame.cases)
        except (StoreUnavailable, StaleVersion):
            await self._refuse("store_unavailable", "系统暂时存不进数据，正在重试")
        return True

    async def _renew(self, numbers: list[str]) -> None:
        held = await self._leases.heartbeat(numbers, self._actor) if numbers else ()
        for number in numbers:
            if number not in held:
                await self._send({"type": "changed", "kind": "lost", "number": number})
        await self._send({"type": "alive", "cases": list(held)})

    async def _watch(self, conversation: str | None) -> None:
        await self._stop(self._watching)
        self._watching = None
        if conversation is not None:
            self._watching = asyncio.create_task(self._follow(conversation))
            # The page may have read the conversation before it was followed.
            await self._send({"type": "conversation", "conversation": conversation})

    async def _follow(self, conversation: str) -> None:
        async with self._live.subscribe(f"conversation:{conversation}") as bulletins:
            await self._tell(bulletins, lambda bulletin: _conversation_news(bulletin, conversation))

    async def _tell(self, bulletins: AsyncIterator[Bulletin], news: Callable[[Bulletin], dict[str, Any]]) -> None:
        over = True
        try:
            async for bulletin in bulletins:
                if bulletin.kind == RELOAD.kind:
                    return  # the page reads everything again when it reconnects
                await self._send(news(bulletin))
        except WireGone:
            log.info("desk_socket_dropped", request_id=self._request_id)
        except asyncio.CancelledError:
            over = False
            raise
        finally:
            if over:
                await self._wire.close()

    async def _stop(self, task: asyncio.Task[None] | None) -> None:
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    async def _refuse(self, code: str, message: str) -> None:
        error = {"code": code, "message": message, "request_id": self._request_id}
        await self._send({"type": "error", "error": error})

    async def _send(self, document: dict[str, Any]) -> None:
        await self._wire.send(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def _desk_news(bulletin: Bulletin) -> dict[str, Any]:
    if bulletin.topic == PHONES_TOPIC:
        return {"type": "phone", "phone": bulletin.subject, "state": bulletin.kind}
    return {"type": "changed", "kind": bulletin.kind, "number": bulletin.subject}


def _conversation_news(bulletin: Bulletin, conversation: str) -> dict[str, Any]:
    kind = "typing" if bulletin.kind == TYPING else "conversation"
    return {"type": kind, "conversation": conversation}
