"""Calls from the page: one socket a call, sound in binary frames."""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from bot import webchat
from frontdesk.web.errors import ApiError
from frontdesk.web.limits import LIMITS
from frontdesk.web.openapi import PUBLIC, Api
from frontdesk.web.security import client_address
from frontdesk.web.services import SERVICES
from frontdesk.web.throttle import address_key
from frontdesk.web.validation import read_query
from frontdesk.web.wire import SEND_WITHIN, BrowserWire, open_wire
from handoff import Channel, Queue
from ivr.webcall import WebCall
from ivr.webphone import WireGone

api = Api("calls")


class Dialled(BaseModel):
    """The line that the caller chose, if any."""

    entry: Annotated[Queue | None, Field()] = None


@api.operation(
    "GET", "/api/call/socket", "Call the front desk (WebSocket: PCM 16 kHz mono and JSON)", roles=PUBLIC, query=Dialled,
    errors=("too_many", "no_voice"), socket=True,
)  # fmt: skip
async def call_socket(request: web.Request) -> web.StreamResponse:
    """One call, from the first sound to the last. Limited per address as conversations are."""
    entry = read_query(request, Dialled).entry
    services = request.app[SERVICES]
    if services.voice is None:
        raise ApiError("no_voice", "这台服务器现在不能接网页电话，请用文字对话，或直接拨打12345、110")
    request.app[LIMITS].opens.spend(address_key(client_address(request)))
    async with open_wire(request, "call", compress=False) as wire:
        conversation = await services.conversations.open(Channel.WEBPHONE, entry=entry)
        await WebCall(_SoundWire(wire), services.voice, conversation, entry).run()
    return wire.response


class _SoundWire:
    """`ivr.webphone.CallWire` over a browser's socket."""

    def __init__(self, wire: BrowserWire) -> None:
        self._wire = wire

    async def receive(self) -> str | bytes | None:
        return await self._wire.receive()

    async def send(self, text: str) -> None:
        try:
            await self._wire.send(text)
        except webchat.WireGone as error:
            raise WireGone from error

    async def send_bytes(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await self._wire.response.send_bytes(data)
        except (ConnectionError, TimeoutError, RuntimeError) as error:
            raise WireGone from error
