"""Calls and what happened in them, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json, to_json
from sqlalchemy.engine import Row

from frontdesk.storage.link import Link
from frontdesk.storage.tables import call_events, calls


class CallRecord(BaseModel):
    """A call. `ended_at` stays None if the front desk was killed meanwhile."""

    model_config = ConfigDict(frozen=True)

    id: str
    conversation: str | None = None
    channel: str
    line: str | None = Field(default=None, description="the number dialled: 110, 12345 or unknown")
    trunk: str | None = None
    started_at: datetime
    ended_at: datetime | None = None


class CallEvent(BaseModel):
    """Something that happened `at` this second of the call's sound; `seq` counts from 1."""

    model_config = ConfigDict(frozen=True)

    seq: int
    at: float
    kind: str
    detail: dict[str, Any] = Field(default_factory=dict)


class SqlCalls:
    """Calls of one transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def put(self, call: CallRecord) -> None:
        """Insert or replace; events stay."""
        row = call.model_dump()
        insert = self._link.insert(calls).values(**row)
        await self._link.run(
            insert.on_conflict_do_update(
                index_elements=[calls.c.id], set_={name: insert.excluded[name] for name in row if name != "id"}
            )
        )

    async def append(self, call: str, events: Sequence[CallEvent]) -> None:
        """Add events of a call that was put; those stored already stay as they are."""
        rows = [{**event.model_dump(), "call": call, "detail": to_json(event.detail).decode()} for event in events]
        if rows:
            await self._link.run(self._link.insert(call_events).values(rows).on_conflict_do_nothing())

    async def get(self, call: str) -> CallRecord | None:
        """The call, or None."""
        found = await self._calls(calls.c.id == call, limit=1)
        return found[0] if found else None

    async def of_conversation(self, conversation: str) -> Sequence[CallRecord]:
        """Calls of a conversation, the earliest first."""
        return list(reversed(await self._calls(calls.c.conversation == conversation)))

    async def recent(self, limit: int = 20) -> Sequence[CallRecord]:
        """The latest calls, the last one first."""
        return await self._calls(limit=limit)

    async def events(self, call: str) -> Sequence[CallEvent]:
        """Everything that happened in a call, in order."""
        found = await self._link.run(
            sa.select(call_events).where(call_events.c.call == call).order_by(call_events.c.seq)
        )
        return [CallEvent(seq=row.seq, at=row.at, kind=row.kind, detail=from_json(row.detail)) for row in found]

    async def _calls(self, *wanted: sa.ColumnElement[bool], limit: int = 200) -> Sequence[CallRecord]:
        query = sa.select(calls).where(*wanted).order_by(calls.c.started_at.desc(), calls.c.id).limit(limit)
        return [_call(row) for row in await self._link.run(query)]


def _call(row: Row[Any]) -> CallRecord:
    return CallRecord.model_validate(dict(row._mapping))
