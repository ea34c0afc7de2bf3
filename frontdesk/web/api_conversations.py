"""Conversations for the citizen's page: open one, read it, talk in it."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from bot.webchat import ChatSocket
from frontdesk.web.errors import ApiError
from frontdesk.web.limits import LIMITS
from frontdesk.web.metrics import METRICS
from frontdesk.web.openapi import PUBLIC, Api
from frontdesk.web.replies import reply
from frontdesk.web.requests import request_id
from frontdesk.web.security import client_address
from frontdesk.web.services import SERVICES
from frontdesk.web.throttle import address_key
from frontdesk.web.typed import Body, conversation_id
from frontdesk.web.validation import read_body, read_query
from frontdesk.web.wire import open_wire
from handoff import Channel, Queue
from handoff.ports import Message

api = Api("conversations")


class OpenConversation(Body):
    """The door the citizen came through, if they chose one."""

    entry: Queue | None = None


class Opened(BaseModel):
    """The new conversation. Whoever knows its id may read it and talk in it."""

    conversation: str


class After(BaseModel):
    """Lines with a seq above this one."""

    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Messages(BaseModel):
    """Lines in order; ask again with the last seq until none come."""

    messages: tuple[Message, ...]


@api.operation(
    "POST", "/api/conversations", "Open a conversation", roles=PUBLIC, body=OpenConversation, reply=Opened,
    statuses=(201,), body_optional=True, errors=("too_many",),
)  # fmt: skip
async def open_conversation(request: web.Request) -> web.Response:
    """Opens a conversation with its greeting. Limited per address."""
    body = await read_body(request, OpenConversation, optional=True)
    request.app[LIMITS].opens.spend(address_key(client_address(request)))
    conversation = await request.app[SERVICES].conversations.open(Channel.WEBCHAT, entry=body.entry)
    return reply(Opened(conversation=conversation), status=201)


@api.operation(
    "GET", "/api/conversations/{conversation}/messages", "Read a conversation", roles=PUBLIC, query=After,
    reply=Messages, errors=("not_found",),
)  # fmt: skip
async def read_messages(request: web.Request) -> web.Response:
    """Lines after a seq."""
    conversation = await _existing(request)
    after = read_query(request, After).after
    lines = await request.app[SERVICES].conversations.transcript(conversation, after)
    return reply(Messages(messages=tuple(lines)))


@api.operation(
    "GET", "/api/conversations/{conversation}/socket", "Talk in a conversation (WebSocket)", roles=PUBLIC,
    query=After, errors=("not_found",), socket=True,
)  # fmt: skip
async def chat_socket(request: web.Request) -> web.StreamResponse:
    """Every line after `after` exactly once and in order; a line sent is acknowledged once it is stored."""
    conversation = await _existing(request)
    after = read_query(request, After).after
    services, metrics = request.app[SERVICES], request.app[METRICS]
    async with open_wire(request, "chat") as wire:
        socket = ChatSocket(
            wire,
            services.conversations,
            services.live,
            conversation,
            after=after,
            request_id=request_id(request),
            observe=metrics.chat,
        )
        await socket.run()
    return wire.response


async def _existing(request: web.Request) -> str:
    conversation = conversation_id(request)
    async with request.app[SERVICES].store.reading() as tx:
        if await tx.conversations.get(conversation) is None:
            raise ApiError("not_found", "没有这个对话，请重新开始")
    return conversation
