"""Everything the web server works with, handed over by the composition."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot import webchat
from frontdesk.accounts import Accounts
from frontdesk.phone_board import PhoneBoard
from frontdesk.prompt_desk import PromptDesk
from frontdesk.recordings import Archive
from frontdesk.storage import SqlStore
from frontdesk.web.settings import WebSettings
from handoff import Channel, Queue
from handoff.desk import DeskService
from handoff.ports import Clock, LiveFeed
from intents.catalogue import Matter
from ivr.webcall import WebCallPorts


class Conversations(webchat.Conversations, Protocol):
    """What the web needs of `conversation.service.ConversationService`."""

    async def open(
        self,
        channel: Channel,
        *,
        entry: Queue | None = None,
        caller_number: str | None = None,
        conversation: str | None = None,
    ) -> str:
        """A new conversation with its greeting stored; returns its unguessable id."""


@dataclass(frozen=True)
class Services:
    """One of each, shared by all requests."""

    conversations: Conversations
    desk: DeskService
    accounts: Accounts
    store: SqlStore
    live: LiveFeed
    clock: Clock
    phones: PhoneBoard
    """The operators' telephones."""
    matter: Callable[[str], Matter | None]
    """The published matter of this id: guidance for the operator."""
    case_counts: Callable[[], Awaitable[Mapping[tuple[str, str], int]]] | None = None
    """How many cases there are by (queue, state), for /metrics."""
    prompts: PromptDesk | None = None
    """What the front desk says by itself, and its recordings."""
    speech: Callable[[], tuple[int, int]] | None = None
    """Fixed sentences that are rendered, and how many there are, for /metrics."""
    voice: WebCallPorts | None = None
    """What calls from the page need; None where this machine has no voice."""
    voice_notice: str | None = None
    """What callers must be told about the voice model."""
    call_recordings: Archive | None = None
    """Recordings of calls."""
    settings: WebSettings = field(default_factory=WebSettings)


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
