"""What the desks need from the outside world, as protocols.

`frontdesk.storage` implements them on SQL; `handoff.testing` in memory.
A transaction commits as a whole or leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from handoff.case import Case, Queue

Speaker = Literal["citizen", "frontdesk", "operator"]


class Message(BaseModel):
    """One line of a conversation. `seq` counts from 1 within it and never has a gap."""

    model_config = ConfigDict(frozen=True)

    conversation: str
    seq: int
    speaker: Speaker
    text: str
    at: datetime
    client_id: str | None = Field(default=None, description="sender's own id; the same id is stored once")
    payload: dict[str, Any] = Field(
        default_factory=dict, description="what a channel may render besides the text: choices, provenance, case"
    )


class Conversation(BaseModel):
    """A conversation as stored: the engine's state is opaque here."""

    model_config = ConfigDict(frozen=True)

    id: str
    channel: str
    state: str = Field(description="JSON of conversation.State")
    case_number: str | None = None
    created_at: datetime
    updated_at: datetime


class AuditEntry(BaseModel):
    """One action of a person or of the system on their behalf. Append-only."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = Field(default_factory=dict)


class StaleVersion(RuntimeError):
    """Somebody else changed the case first; read it again and decide again."""


class StoreUnavailable(RuntimeError):
    """The store cannot take anything now (disk full, database gone). Nothing was written."""


class ConversationRepository(Protocol):
    """Conversations and their messages."""

    async def get(self, conversation: str) -> Conversation | None:
        """The stored conversation, or None."""

    async def put(self, conversation: Conversation) -> None:
        """Insert or replace."""

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
        """Add a line with the next seq."""

    async def find(self, conversation: str, client_id: str) -> Message | None:
        """The message that this sender id already stored, if any."""

    async def messages(self, conversation: str, after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Lines with seq > after, in order."""


class CaseRepository(Protocol):
    """Cases. Documents are versioned; nothing is ever deleted."""

    async def next_number(self, day: datetime) -> str:
        """A number nobody else gets: YYYYMMDD and at least four digits of the day's count."""

    async def add(self, case: Case) -> None:
        """Store a new case."""

    async def get(self, number: str) -> Case | None:
        """The case, or None."""

    async def save(self, case: Case) -> None:
        """Replace version case.version - 1 by this one. Raises StaleVersion if that is not the stored one."""

    async def waiting(self, queue: Queue, limit: int = 200) -> Sequence[Case]:
        """Offered and returned cases of a desk, by priority then waiting time."""

    async def mine(self, assignee: str, limit: int = 200) -> Sequence[Case]:
        """Open cases this operator works on."""

    async def recent(self, queue: Queue | None, limit: int = 50) -> Sequence[Case]:
        """Latest changed cases of a desk (None: both), whatever their state."""

    async def callbacks(self, queue: Queue, limit: int = 200) -> Sequence[Case]:
        """Cases of a desk whose citizen has to be called back, longest waiting first, whatever their state."""

    async def lapsed(self, now: datetime, limit: int = 100) -> Sequence[Case]:
        """Accepted cases whose lease ran out before `now`."""

    async def search(self, text: str, limit: int = 50) -> Sequence[Case]:
        """Cases whose number, title, place or words contain the text."""

    async def by_idempotency_key(self, key: str) -> tuple[str, str] | None:
        """(case number, fingerprint of the request) that this key created, if any."""

    async def remember_key(self, key: str, number: str, fingerprint: str, at: datetime) -> None:
        """Bind an idempotency key to the case it created."""


class AuditLog(Protocol):
    """Append-only trail."""

    async def append(self, entry: AuditEntry) -> None:
        """Add an entry."""

    async def recent(self, subject: str | None = None, limit: int = 200) -> Sequence[AuditEntry]:
        """Latest entries first, all or of one subject."""


class Transaction(Protocol):
    """Everything that is written together."""

    @property
    def conversations(self) -> ConversationRepository:
        """Conversations and messages."""

    @property
    def cases(self) -> CaseRepository:
        """Cases."""

    @property
    def audit(self) -> AuditLog:
        """Audit trail."""


class Store(Protocol):
    """Opens transactions. They must not be nested."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Read and write; commits on normal exit, rolls back on any exception."""

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """One consistent view that waits for no writer; nothing may be written in it."""


class Bulletin(BaseModel):
    """Told to everybody who watches a topic, after the commit that caused it.

    Topics: `conversation:<id>` (new lines), `desk:110`, `desk:12345` (a case changed).
    """

    model_config = ConfigDict(frozen=True)

    topic: str
    kind: str
    subject: str


class LiveFeed(Protocol):
    """Carries bulletins to open pages. Losing one must only delay a page, never a case."""

    async def publish(self, bulletins: Sequence[Bulletin]) -> None:
        """Tell all subscribers."""

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[Any]:
        """An async iterator of Bulletin for these topics while the context is open."""


class Clock(Protocol):
    """The time, timezone-aware."""

    def __call__(self) -> datetime:
        """Now."""


class CitizenLink(Protocol):
    """The way back to the citizen's conversation, inside the desk's transaction."""

    async def joined(self, tx: Transaction, case: Case, operator: str) -> Sequence[Bulletin]:
        """An operator took the case: the front desk falls silent and says who is there."""

    async def left(self, tx: Transaction, case: Case) -> Sequence[Bulletin]:
        """The operator handed the citizen back."""

    async def tell(
        self, tx: Transaction, case: Case, text: str, *, speaker: Speaker = "frontdesk", by: str | None = None
    ) -> Sequence[Bulletin]:
        """Put a line into the citizen's conversation, if there is one; else nothing."""
