"""The web application on a SQLite file, with a conversation service that only echoes."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from conversation.events import Event, Said
from frontdesk.accounts import Accounts, Role, SessionRules
from frontdesk.live import InProcessFeed
from frontdesk.phone_board import PhoneBoard
from frontdesk.prompt_desk import PromptDesk
from frontdesk.recordings import Archive
from frontdesk.storage import SqlStore, open_store
from frontdesk.web import Services, WebSettings, build_app
from handoff import Case, CaseDraft, Channel, FieldName, FieldValue, Origin, Queue, Source
from handoff.actor import Actor
from handoff.desk import DeskService
from handoff.ports import Bulletin, Clock, Conversation, Message, Speaker, StoreUnavailable, Transaction
from handoff.testing import FixedClock
from intents.catalogue import Guidance, Matter

PASSWORD = "correct horse battery"
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PHONES: dict[Queue, tuple[str, ...]] = {"110": ("op110", "op111"), "12345": ("op12345",)}
ROLES: dict[str, Role] = {
    "wang": "operator-110",
    "li": "operator-12345",
    "zhou": "supervisor",
    "root": "admin",
}
NOISE = Matter(
    id="noise_complaint",
    kind="matter",
    category="环境",
    title="噪音扰民",
    examples=("楼上太吵",),
    queue="12345",
    route="12345_complaint",
    priority="P4",
    form="noise",
    consent=True,
    advice="请先不要上门理论。",
    guidance=Guidance(ask=("几点开始吵",), say=("我们会联系物业",)),
)


@dataclass(frozen=True)
class EchoTurn:
    seq: int


class EchoService:
    """Stores the citizen's line and an echo. Also the desk's way back to the citizen."""

    def __init__(self, store: SqlStore, live: InProcessFeed, clock: FixedClock) -> None:
        self._store, self._live, self._clock = store, live, clock
        self._numbers = itertools.count(1)
        self.failing: Exception | None = None
        self.turns = 0

    async def open(
        self,
        channel: Channel,
        *,
        entry: Queue | None = None,
        caller_number: str | None = None,
        conversation: str | None = None,
    ) -> str:
        name = conversation or f"conversation-{next(self._numbers):06}"
        now = self._clock()
        async with self._store.transaction() as tx:
            await tx.conversations.put(
                Conversation(id=name, channel=channel.value, state="{}", created_at=now, updated_at=now)
            )
            await tx.conversations.append(name, "frontdesk", "您好，请讲", now)
        return name

    async def handle(self, conversation: str, event: Event, *, client_id: str | None = None) -> EchoTurn:
        self.turns += 1
        if self.failing is not None:
            raise self.failing
        text = event.text if isinstance(event, Said) else event.kind
        async with self._store.transaction() as tx:
            if client_id is not None:
                stored = await tx.conversations.find(conversation, client_id)
                if stored is not None:
                    return EchoTurn(stored.seq)
            line = await tx.conversations.append(conversation, "citizen", text, self._clock(), client_id=client_id)
            await tx.conversations.append(conversation, "frontdesk", f"听到：{text[:20]}", self._clock())
        await self._live.publish([self._news(conversation)])
        return EchoTurn(line.seq)

    async def transcript(self, conversation: str, after: int = 0) -> Sequence[Message]:
        async with self._store.reading() as tx:
            return await tx.conversations.messages(conversation, after, limit=5)

    async def joined(self, tx: Transaction, case: Case, operator: str) -> Sequence[Bulletin]:
        return await self.tell(tx, case, f"{operator} 已接入")

    async def left(self, tx: Transaction, case: Case) -> Sequence[Bulletin]:
        return await self.tell(tx, case, "前台继续为您服务")

    async def tell(
        self, tx: Transaction, case: Case, text: str, *, speaker: Speaker = "frontdesk", by: str | None = None
    ) -> Sequence[Bulletin]:
        conversation = case.origin.conversation
        if conversation is None:
            return []
        payload: dict[str, Any] = {"by": by} if by else {}
        await tx.conversations.append(conversation, speaker, text, self._clock(), payload=payload)
        return [self._news(conversation)]

    def _news(self, conversation: str) -> Bulletin:
        return Bulletin(topic=f"conversation:{conversation}", kind="message", subject=conversation)


@dataclass
class World:
    """A running application and what is behind it."""

    client: TestClient[Any, Any]
    store: SqlStore
    accounts: Accounts
    live: InProcessFeed
    clock: FixedClock
    conversations: EchoService
    desk: DeskService
    phones: PhoneBoard
    csrf: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, name: str) -> dict[str, str]:
        """Sign the client in; returns the headers that changes need."""
        self.client.session.cookie_jar.clear()
        reply = await self.client.post("/api/session", json={"name": name, "password": PASSWORD})
        assert reply.status == 200, await reply.text()
        return {"X-CSRF-Token": (await reply.json())["csrf"]}

    async def conversation(self) -> str:
        reply = await self.client.post("/api/conversations", json={})
        assert reply.status == 201, await reply.text()
        return str((await reply.json())["conversation"])

    async def file(self, queue: Queue = "110", conversation: str | None = None, **changes: Any) -> Case:
        """A case as the front desk files it."""
        draft = sample_draft(queue, self.clock(), conversation).model_copy(update=changes)
        case, _ = await self.desk.create(draft, Actor(name="frontdesk", queue=queue, role="operator"), None)
        return case


def sample_draft(queue: Queue, now: datetime, conversation: str | None = None) -> CaseDraft:
    quote = "在解放路12号，有人打架"
    return CaseDraft(
        origin=Origin(channel=Channel.WEBCHAT, conversation=conversation, caller_number="13800005678"),
        matter="noise_complaint",
        title="打架" if queue == "110" else "噪音扰民",
        queue=queue,
        route="110_nonemergency" if queue == "110" else "12345_complaint",
        priority="P2",
        fields={FieldName.LOCATION: FieldValue(value="解放路12号", source=Source.SAID, quote=quote, at=now)},
        quotes=(quote,),
    )


@asynccontextmanager
async def running(
    folder: Path,
    settings: WebSettings | None = None,
    *,
    rules: SessionRules | None = None,
    prompts: Callable[[SqlStore, Clock], PromptDesk] | None = None,
    call_recordings: Archive | None = None,
) -> AsyncIterator[World]:
    """The application on a database in `folder`, with one account per role."""
    async with open_store(f"sqlite:///{folder}/frontdesk.db") as store:
        clock, live = FixedClock(), InProcessFeed()
        conversations = EchoService(store, live, clock)
        desk = DeskService(store, live, clock, conversations)
        accounts = Accounts(store, clock, hasher=CHEAP_HASHER, rules=rules)
        for name, role in ROLES.items():
            await accounts.create(name, PASSWORD, role, by="test")
        phones = PhoneBoard(live, PHONES)
        services = Services(
            conversations=conversations,
            desk=desk,
            accounts=accounts,
            store=store,
            live=live,
            clock=clock,
            phones=phones,
            matter=lambda intent: NOISE if intent == NOISE.id else None,
            settings=settings or WebSettings(),
            prompts=None if prompts is None else prompts(store, clock),
            call_recordings=call_recordings,
        )
        client = TestClient(TestServer(build_app(services)), cookie_jar=CookieJar(unsafe=True))
        async with client:
            yield World(client, store, accounts, live, clock, conversations, desk, phones)


async def error_of(reply: ClientResponse, status: int, code: str) -> dict[str, Any]:
    body = await reply.json()
    assert (reply.status, body["error"]["code"]) == (status, code), body
    error = body["error"]
    assert set(body) == {"error"}
    assert set(error) <= {"code", "message", "field", "request_id"}
    assert error["message"]
    assert error["request_id"] == reply.headers["X-Request-Id"]
    assert reply.content_type == "application/json"
    return dict(error)


def broken_store() -> StoreUnavailable:
    return StoreUnavailable("disk full")
