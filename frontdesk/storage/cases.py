"""Cases in SQL: one document each, and the columns that queues, searches and leases look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frontdesk.storage.link import Link
from frontdesk.storage.tables import WAITING, WORKED_ON, case_days, cases, idempotency_keys
from handoff.case import Case, CaseState, Queue
from handoff.numbers import case_day, case_number
from handoff.ports import StaleVersion
from handoff.search import search_terms, search_text


class SqlCases:
    """CaseRepository of one transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def next_number(self, day: datetime) -> str:
        """A number nobody else gets; a rollback gives it back."""
        key = case_day(day)
        counted = await self._link.run(
            self._link.insert(case_days)
            .values(day=key, last=1)
            .on_conflict_do_update(index_elements=[case_days.c.day], set_={"last": case_days.c.last + 1})
            .returning(case_days.c.last)
        )
        return case_number(key, counted.scalar_one())

    async def add(self, case: Case) -> None:
        """Store a new case. Raises StaleVersion if its number is taken."""
        if not await self._link.add(cases, _row(case)):
            raise StaleVersion(f"{case.number} 已经存在")

    async def get(self, number: str) -> Case | None:
        """The case, or None."""
        found = await self._cases(cases.c.number == number, limit=1)
        return found[0] if found else None

    async def save(self, case: Case) -> None:
        """Replace version case.version - 1 by this one. Raises StaleVersion if that is not the stored one."""
        updated = await self._link.run(
            sa.update(cases)
            .where(cases.c.number == case.number, cases.c.version == case.version - 1)
            .values(**_row(case))
        )
        if updated.rowcount != 1:
            raise StaleVersion(f"{case.number} 刚被别人改过，请重新打开再操作")

    async def waiting(self, queue: Queue, limit: int = 200) -> Sequence[Case]:
        """Offered and returned cases of a desk, by priority then waiting time."""
        return await self._cases(cases.c.queue == queue, sa.text(WAITING), order=_BY_URGENCY, limit=limit)

    async def mine(self, assignee: str, limit: int = 200) -> Sequence[Case]:
        """Cases that this operator works on, by priority then time."""
        return await self._cases(cases.c.assignee == assignee, sa.text(WORKED_ON), order=_BY_URGENCY, limit=limit)

    async def recent(self, queue: Queue | None, limit: int = 50) -> Sequence[Case]:
        """Latest changed cases of a desk (None: both), whatever their state."""
        wanted = () if queue is None else (cases.c.queue == queue,)
        return await self._cases(*wanted, order=_LATEST_FIRST, limit=limit)

    async def callbacks(self, queue: Queue, limit: int = 200) -> Sequence[Case]:
        """Cases of a desk whose citizen has to be called back, longest waiting first, whatever their state."""
        return await self._cases(
            cases.c.queue == queue,
            cases.c.callback_since.is_not(None),
            order=(cases.c.callback_since, cases.c.number),
            limit=limit,
        )

    async def counts(self) -> dict[tuple[str, str], int]:
        """How many cases there are by (queue, state)."""
        query = sa.select(cases.c.queue, cases.c.state, sa.func.count().label("cases")).group_by(
            cases.c.queue, cases.c.state
        )
        found = await self._link.run(query)
        return {(row.queue, row.state): row.cases for row in found}

    async def lapsed(self, now: datetime, limit: int = 100) -> Sequence[Case]:
        """Accepted cases whose lease has run out at `now`, longest first."""
        return await self._cases(
            cases.c.lease_until <= now,
            cases.c.state == CaseState.ACCEPTED.value,
            order=(cases.c.lease_until,),
            limit=limit,
        )

    async def search(self, text: str, limit: int = 50) -> Sequence[Case]:
        """Cases that contain every word of the text, latest changed first; none for an empty text."""
        terms = search_terms(text)
        if not terms:
            return []
        wanted = [cases.c.words.contains(term, autoescape=True) for term in terms]
        return await self._cases(*wanted, order=_LATEST_FIRST, limit=limit)

    async def by_idempotency_key(self, key: str) -> tuple[str, str] | None:
        """(case number, fingerprint of the request) that this key created, if any."""
        found = await self._link.run(
            sa.select(idempotency_keys.c.number, idempotency_keys.c.fingerprint).where(idempotency_keys.c.key == key)
        )
        row = found.one_or_none()
        return None if row is None else (row.number, row.fingerprint)

    async def remember_key(self, key: str, number: str, fingerprint: str, at: datetime) -> None:
        """Bind an idempotency key to the case it created. Raises StaleVersion if it is bound already."""
        row = {"key": key, "number": number, "fingerprint": fingerprint, "at": at}
        if not await self._link.add(idempotency_keys, row):
            raise StaleVersion("同一个幂等键刚被另一个请求使用，请重试")

    async def _cases(
        self, *wanted: sa.ColumnElement[bool] | sa.TextClause, order: Sequence[Any] = (), limit: int
    ) -> list[Case]:
        found = await self._link.run(sa.select(cases.c.document).where(*wanted).order_by(*order).limit(limit))
        return [Case.model_validate_json(document) for document in found.scalars()]


_BY_URGENCY = (cases.c.priority, cases.c.offered_at, cases.c.number)
_LATEST_FIRST = (cases.c.updated_at.desc(), cases.c.number.desc())


def _row(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "version": case.version,
        "queue": case.queue,
        "state": case.state.value,
        "priority": case.priority,
        "assignee": case.assignee,
        "conversation": case.origin.conversation,
        "created_at": case.created_at,
        "offered_at": case.offered_at,
        "lease_until": case.lease_until,
        "updated_at": case.updated_at,
        "words": search_text(case),
        "document": case.model_dump_json(),
        "callback_since": case.callback.since if case.callback and case.callback.needed else None,
    }
