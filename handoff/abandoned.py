"""Callers who hung up in a desk's own queue: each becomes a call-back, once, however often they are reported."""

from __future__ import annotations

from datetime import datetime

import structlog
from pydantic import BaseModel, ConfigDict

from handoff.access import access_code
from handoff.callback import need_callback
from handoff.case import Case, CaseDraft, Channel, FieldName, FieldValue, Origin, Priority, Queue, Source
from handoff.lifecycle import file
from handoff.ports import AuditEntry, Bulletin, Clock, LiveFeed, Store, Transaction

_ROUTES: dict[Queue, str] = {"110": "110_nonemergency", "12345": "12345_help"}
_PRIORITIES: dict[Queue, Priority] = {"110": "P2", "12345": "P3"}

log = structlog.get_logger("handoff.abandoned")


class Abandoned(BaseModel):
    """A call nobody answered. `id` is the exchange's own name of the call."""

    model_config = ConfigDict(frozen=True)

    id: str
    case: str | None
    number: str | None
    """None: withheld."""
    line: Queue
    queue: Queue
    trunk: str | None
    at: datetime


class AbandonedCalls:
    """Keeps them, on ports."""

    def __init__(self, store: Store, live: LiveFeed, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock

    async def record(self, call: Abandoned) -> None:
        """On the call's case, or on a new one if there is none. Raises StaleVersion, StoreUnavailable."""
        key = f"abandoned/{call.id}"
        async with self._store.transaction() as tx:
            if await tx.cases.by_idempotency_key(key) is not None:
                return
            now = self._clock()
            case = await self._case(tx, call, now)
            await tx.cases.save(case)
            await tx.cases.remember_key(key, case.number, "", now)
            detail = {"why": "queue", "queue": case.queue}
            await tx.audit.append(
                AuditEntry(at=now, actor="frontdesk", action="case.callback", subject=case.number, detail=detail)
            )
        log.info("call back", case=case.number, queue=case.queue, withheld=call.number is None)
        await self._live.publish([Bulletin(topic=f"desk:{case.queue}", kind="callback", subject=case.number)])

    async def _case(self, tx: Transaction, call: Abandoned, now: datetime) -> Case:
        case = None if call.case is None else await tx.cases.get(call.case)
        if case is None:
            draft = _draft(call)
            case = file(draft, await tx.cases.next_number(now), access_code(draft), now)
            await tx.cases.add(case)
        return need_callback(case, call.number or _said(case), "queue", call.at, now)


def _said(case: Case) -> str | None:
    phone = case.fields.get(FieldName.PHONE)
    return None if phone is None else str(phone.value)


def _draft(call: Abandoned) -> CaseDraft:
    """All that is known of somebody who said nothing."""
    fields = {}
    if call.number is not None:
        fields[FieldName.PHONE] = FieldValue(value=call.number, source=Source.LOOKED_UP, at=call.at)
    return CaseDraft(
        origin=Origin(channel=Channel.PHONE, entry=call.line, caller_number=call.number, trunk=call.trunk),
        title="来电没有接通",
        queue=call.queue,
        route=_ROUTES[call.queue],
        priority=_PRIORITIES[call.queue],
        fields=fields,
    )
