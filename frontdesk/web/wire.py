"""A browser's WebSocket as the protocols see it: text in, text out, or gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bot.failure import report_failure
from bot.webchat import WireGone
from frontdesk.web.errors import ApiError
from frontdesk.web.metrics import METRICS
from frontdesk.web.requests import request_id, route_of

HEARTBEAT = 20.0
SEND_WITHIN = 10.0
MAX_MESSAGE = 256 * 1024

SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("sockets", set)

log = structlog.get_logger("frontdesk.web")


class BrowserWire:
    """`bot.webchat.Wire` over aiohttp. A browser that takes nothing for SEND_WITHIN seconds is gone."""

    def __init__(self, response: web.WebSocketResponse, send_within: float = SEND_WITHIN) -> None:
        self.response = response
        self._send_within = send_within

    async def receive(self) -> str | bytes | None:
        """The next frame; None once the socket is closed, whoever closed it."""
        message = await self.response.receive()
        if message.type is WSMsgType.TEXT or message.type is WSMsgType.BINARY:
            data: str | bytes = message.data
            return data
        return None

    async def send(self, text: str) -> None:
        """Send a text frame. Raises WireGone."""
        try:
            async with asyncio.timeout(self._send_within):
                await self.response.send_str(text)
        except (ConnectionError, TimeoutError, RuntimeError) as error:
            raise WireGone from error

    async def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Close the socket; a pending receive returns None."""
        await self.response.close(code=code, message=reason.encode())


@asynccontextmanager
async def open_wire(request: web.Request, kind: str, *, compress: bool = True) -> AsyncIterator[BrowserWire]:
    """The request's socket, counted while open. Raises ApiError if it asks for none.

    An error inside closes the socket with 1011: there is no other answer any more.
    """
    response = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=MAX_MESSAGE, compress=compress)
    if not response.can_prepare(request).ok:
        raise ApiError("upgrade_required", "这个地址只接受 WebSocket 连接")
    await response.prepare(request)
    sockets = request.app[SOCKETS]
    sockets.add(response)
    wire = BrowserWire(response)
    try:
        with request.app[METRICS].open_socket(kind):
            yield wire
    except Exception as error:  # noqa: BLE001  an upgraded request has no error answer
        report_failure(log, "socket_failed", error, request_id=request_id(request), route=route_of(request))
        await wire.close(WSCloseCode.INTERNAL_ERROR)
    finally:
        sockets.discard(response)
        await wire.close()


async def close_all(app: web.Application) -> None:
    """Signal on_shutdown: browsers reconnect to whoever comes next."""
    sockets = app[SOCKETS]
    closing = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(sockets)]
    await asyncio.gather(*closing, return_exceptions=True)
