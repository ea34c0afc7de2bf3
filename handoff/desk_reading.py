"""The reading half of the desk: queues, cases, search, and what a citizen may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handoff.access import access_granted
from handoff.actor import Actor
from handoff.case import Case, Queue
from handoff.ports import AuditEntry, Clock, Store
from handoff.public_status import PublicStatus, public_status

VISIT = timedelta(minutes=10)
"""Looking at a case again within this time is the same visit."""


class CaseNotFound(LookupError):
    """No case has this number."""

    def __init__(self, number: str) -> None:
        super().__init__(f"没有编号为 {number} 的警情或工单")
        self.number = number


class DeskReading:
    """Queries; each is one view. Raises StoreUnavailable."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def queue(self, queue: Queue) -> Sequence[Case]:
        """What waits at a desk, most urgent first."""
        async with self._store.reading() as tx:
            return await tx.cases.waiting(queue)

    async def mine(self, actor: Actor) -> Sequence[Case]:
        """What this operator works on."""
        async with self._store.reading() as tx:
            return await tx.cases.mine(actor.name)

    async def callbacks(self, queue: Queue) -> Sequence[Case]:
        """Whom the desk has to call back, longest waiting first."""
        async with self._store.reading() as tx:
            return await tx.cases.callbacks(queue)

    async def recent(self, queue: Queue | None) -> Sequence[Case]:
        """What changed last at a desk (None: at both)."""
        async with self._store.reading() as tx:
            return await tx.cases.recent(queue)

    async def search(self, text: str) -> Sequence[Case]:
        """Cases of both desks that contain the text; none for a blank one."""
        if not text.strip():
            return ()
        async with self._store.reading() as tx:
            return await tx.cases.search(text.strip())

    async def case(self, number: str, actor: Actor) -> Case:
        """Open a case of either desk. Audited once a visit, not at each refresh. Raises CaseNotFound."""
        async with self._store.transaction() as tx:
            case = await tx.cases.get(number)
            if case is None:
                raise CaseNotFound(number)
            now = self._clock()
            recent = await tx.audit.recent(number, limit=50)
            if not any(e.actor == actor.name and e.action == "open" and now - e.at < VISIT for e in recent):
                await tx.audit.append(
                    AuditEntry(at=now, actor=actor.name, action="open", subject=number, detail={"queue": case.queue})
                )
            return case

    async def status(self, number: str, digits: str) -> PublicStatus | None:
        """The citizen's view of a case; None unless the digits match its access code."""
        async with self._store.reading() as tx:
            case = await tx.cases.get(number.strip())
        if not access_granted(case, digits) or case is None:
            return None
        return public_status(case)
