"""Stand-ins for the ports, for tests and trials: no disk, no wall clock.

Documents are kept as JSON, as a database would: what a test reads back went through the same round trip.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import from_json, to_json

from handoff.case import Case, CaseState, Queue
from handoff.numbers import case_day, case_number
from handoff.ports import (
    AuditEntry,
    Bulletin,
    Conversation,
    Message,
    Speaker,
    StaleVersion,
    StoreUnavailable,
)
from handoff.search import search_terms, search_text

SUBSCRIBER_LIMIT = 1000
"""Bulletins that wait for a slow subscriber; the oldest are dropped beyond it."""


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Now."""
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Move on; returns the new time."""
        self.now += by
        return self.now


@dataclass
class _Tables:
    conversations: dict[str, Conversation] = field(default_factory=dict)
    messages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    client_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    audit: dict[int, str] = field(default_factory=dict)

    def copy(self) -> _Tables:
        return replace(self, **{table.name: dict(getattr(self, table.name)) for table in fields(self)})


class MemoryConversations:
    """ConversationRepository in memory."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def get(self, conversation: str) -> Conversation | None:
        """The stored conversation, or None."""
        return self._tables.conversations.get(conversation)

    async def put(self, conversation: Conversation) -> None:
        """Insert or replace; messages stay."""
        self._tables.conversations[conversation.id] = conversation

    async def append(
        self,
        conversation: str,
        speaker: Speaker,
        text: str,
        at: datetime,
        *,
        client_id: str | None = None,
        payload: dict[str, Any] | None = None,
    ) -> Message:
        """Add a line with the next seq; a client_id stored before returns that line and adds nothing.

        Raises LookupError if the conversation was never put.
        """
        if client_id is not None:
            known = await self.find(conversation, client_id)
            if known is not None:
                return known
        if conversation not in self._tables.conversations:
            raise LookupError(f"no conversation {conversation}")
        lines = self._tables.messages.get(conversation, ())
        message = Message(
            conversation=conversation,
            seq=len(lines) + 1,
            speaker=speaker,
            text=text,
            at=at,
            client_id=client_id,
            payload=from_json(to_json(payload or {})),
        )
        self._tables.messages[conversation] = (*lines, message.model_dump_json())
        if client_id is not None:
            self._tables.client_ids[conversation, client_id] = message.seq
        return message

    async def find(self, conversation: str, client_id: str) -> Message | None:
        """The message that this sender id already stored, if any."""
        seq = self._tables.client_ids.get((conversation, client_id))
        if seq is None:
            return None
        return Message.model_validate_json(self._tables.messages[conversation][seq - 1])

    async def messages(self, conversation: str, after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Lines with seq > after, in order."""
        lines = self._tables.messages.get(conversation, ())[max(after, 0) :][:limit]
        return [Message.model_validate_json(line) for line in lines]


class MemoryCases:
    """CaseRepository in memory."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def next_number(self, day: datetime) -> str:
        """A number nobody else gets; a rollback gives it back."""
        key = case_day(day)
        self._tables.days[key] = self._tables.days.get(key, 0) + 1
        return case_number(key, self._tables.days[key])

    async def add(self, case: Case) -> None:
        """Store a new case. Raises StaleVersion if its number is taken."""
        if case.number in self._tables.cases:
            raise StaleVersion(f"{case.number} 已经存在")
        self._write(case)

    async def get(self, number: str) -> Case | None:
        """The case, or None."""
        document = self._tables.cases.get(number)
        return None if document is None else Case.model_validate_json(document)

    async def save(self, case: Case) -> None:
        """Replace version case.version - 1 by this one. Raises StaleVersion if that is not the stored one."""
        if self._tables.versions.get(case.number) != case.version - 1:
            raise StaleVersion(f"{case.number} 刚被别人改过，请重新打开再操作")
        self._write(case)

    async def waiting(self, queue: Queue, limit: int = 200) -> Sequence[Case]:
        """Offered and returned cases of a desk, by priority then waiting time."""
        states = (CaseState.OFFERED, CaseState.RETURNED)
        return self._where(lambda case: case.queue == queue and case.state in states, _urgency)[:limit]

    async def mine(self, assignee: str, limit: int = 200) -> Sequence[Case]:
        """Cases that this operator works on, by priority then time."""
        states = (CaseState.ACCEPTED, CaseState.IN_PROGRESS)
        return self._where(lambda case: case.assignee == assignee and case.state in states, _urgency)[:limit]

    async def recent(self, queue: Queue | None, limit: int = 50) -> Sequence[Case]:
        """Latest changed cases of a desk (None: both), whatever their state."""
        found = self._where(lambda case: queue is None or case.queue == queue, _change)
        return found[::-1][:limit]

    async def callbacks(self, queue: Queue, limit: int = 200) -> Sequence[Case]:
        """Cases of a desk whose citizen has to be called back, longest waiting first."""
        return self._where(
            lambda case: case.queue == queue and case.callback is not None and case.callback.needed,
            lambda case: (case.callback.since if case.callback else case.created_at, case.number),
        )[:limit]

    async def lapsed(self, now: datetime, limit: int = 100) -> Sequence[Case]:
        """Accepted cases whose lease has run out at `now`, longest first."""
        return self._where(
            lambda case: case.state is CaseState.ACCEPTED and case.lease_until is not None and case.lease_until <= now,
            lambda case: (case.lease_until,),
        )[:limit]

    async def search(self, text: str, limit: int = 50) -> Sequence[Case]:
        """Cases that contain every word of the text, latest changed first; none for an empty text."""
        terms = search_terms(text)
        if not terms:
            return []
        found = self._where(lambda case: all(term in search_text(case) for term in terms), _change)
        return found[::-1][:limit]

    async def by_idempotency_key(self, key: str) -> tuple[str, str] | None:
        """(case number, fingerprint of the request) that this key created, if any."""
        return self._tables.keys.get(key)

    async def remember_key(self, key: str, number: str, fingerprint: str, at: datetime) -> None:
        """Bind an idempotency key to the case it created. Raises StaleVersion if it is bound already."""
        if key in self._tables.keys:
            raise StaleVersion("同一个幂等键刚被另一个请求使用，请重试")
        self._tables.keys[key] = (number, fingerprint)

    def _write(self, case: Case) -> None:
        self._tables.cases[case.number] = case.model_dump_json()
        self._tables.versions[case.number] = case.version

    def _where(self, wanted: Callable[[Case], bool], order: Callable[[Case], Any]) -> list[Case]:
        everything = map(Case.model_validate_json, self._tables.cases.values())
        return sorted(filter(wanted, everything), key=order)


def _urgency(case: Case) -> tuple[Any, ...]:
    return case.priority, case.offered_at, case.number


def _change(case: Case) -> tuple[Any, ...]:
    return case.updated_at, case.number


class MemoryAudit:
    """AuditLog in memory."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def append(self, entry: AuditEntry) -> None:
        """Add an entry."""
        self._tables.audit[len(self._tables.audit)] = entry.model_dump_json()

    async def recent(self, subject: str | None = None, limit: int = 200) -> Sequence[AuditEntry]:
        """Latest entries first, all or of one subject."""
        entries = map(AuditEntry.model_validate_json, reversed(self._tables.audit.values()))
        return [entry for entry in entries if subject is None or entry.subject == subject][:limit]


class MemoryTransaction:
    """A working copy of all tables."""

    def __init__(self, tables: _Tables) -> None:
        self._conversations = MemoryConversations(tables)
        self._cases = MemoryCases(tables)
        self._audit = MemoryAudit(tables)

    @property
    def conversations(self) -> MemoryConversations:
        """Conversations and messages."""
        return self._conversations

    @property
    def cases(self) -> MemoryCases:
        """Cases."""
        return self._cases

    @property
    def audit(self) -> MemoryAudit:
        """Audit trail."""
        return self._audit


class MemoryStore:
    """Store in memory; transactions run one after the other, on a copy that a commit puts in place.

    While `failure` holds a message, every commit raises StoreUnavailable with it and changes nothing.
    """

    def __init__(self) -> None:
        self.failure: str | None = None
        self._tables = _Tables()
        self._turn = asyncio.Lock()

    def transaction(self) -> AbstractAsyncContextManager[MemoryTransaction]:
        """Read and write; commits on normal exit, rolls back on any exception. Must not be nested."""
        return self._transaction()

    def reading(self) -> AbstractAsyncContextManager[MemoryTransaction]:
        """One consistent view that waits for nobody; what is written to it is lost."""
        return self._reading()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[MemoryTransaction]:
        async with self._turn:
            copy = self._tables.copy()
            yield MemoryTransaction(copy)
            if self.failure is not None:
                raise StoreUnavailable(self.failure)
            self._tables = copy

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[MemoryTransaction]:
        yield MemoryTransaction(self._tables.copy())


class MemoryLiveFeed:
    """LiveFeed inside one process. Keeps everything that was published in `published`."""

    def __init__(self) -> None:
        self.published: list[Bulletin] = []
        self._subscribers: list[tuple[frozenset[str], asyncio.Queue[Bulletin]]] = []

    async def publish(self, bulletins: Sequence[Bulletin]) -> None:
        """Tell all subscribers; never waits for a slow one."""
        self.published.extend(bulletins)
        for bulletin in bulletins:
            for topics, queue in self._subscribers:
                if bulletin.topic in topics:
                    if queue.full():
                        queue.get_nowait()
                    queue.put_nowait(bulletin)

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[AsyncIterator[Bulletin]]:
        """Bulletins of these topics from entering the context on, as an endless async iterator."""
        return self._subscribe(frozenset(topics))

    @asynccontextmanager
    async def _subscribe(self, topics: frozenset[str]) -> AsyncIterator[AsyncIterator[Bulletin]]:
        subscriber = (topics, asyncio.Queue[Bulletin](SUBSCRIBER_LIMIT))
        self._subscribers.append(subscriber)
        try:
            yield _drain(subscriber[1])
        finally:
            self._subscribers = [other for other in self._subscribers if other is not subscriber]


async def _drain(queue: asyncio.Queue[Bulletin]) -> AsyncIterator[Bulletin]:
    while True:
        yield await queue.get()
