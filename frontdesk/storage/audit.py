"""The audit trail in SQL. Triggers in the database refuse changes and removals."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from pydantic_core import from_json, to_json

from frontdesk.storage.link import Link
from frontdesk.storage.tables import audit
from handoff.ports import AuditEntry


class SqlAudit:
    """AuditLog of one transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def append(self, entry: AuditEntry) -> None:
        """Add an entry."""
        row = {**entry.model_dump(), "detail": to_json(entry.detail).decode()}
        await self._link.run(sa.insert(audit).values(**row))

    async def recent(self, subject: str | None = None, limit: int = 200) -> Sequence[AuditEntry]:
        """Latest entries first, all or of one subject."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        return [
            AuditEntry(
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                detail=from_json(row.detail),
            )
            for row in await self._link.run(query)
        ]
