"""Cases as the desk's pages get them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from handoff import (
    RISK_TITLES,
    STATE_TITLES,
    Case,
    CaseState,
    FieldName,
    Priority,
    Queue,
    RiskFlag,
)
from handoff.ports import Message
from intents.catalogue import Guidance, Matter


class RiskView(BaseModel):
    """A risk with its title."""

    flag: RiskFlag
    title: str
    quote: str


class CaseRow(BaseModel):
    """A case in a list. `transferred_from` and `reason` tell how it came here, if it was passed on.

    `callback_since`: the citizen gave up waiting for a person then, and has to be called back.
    """

    number: str
    title: str
    queue: Queue
    first_queue: Queue
    state: CaseState
    state_title: str
    priority: Priority
    risks: tuple[RiskView, ...]
    location: str | None
    matter: str | None
    route: str
    assignee: str | None
    offered_at: datetime
    created_at: datetime
    updated_at: datetime
    transferred_from: Queue | None
    reason: str | None
    callback_since: datetime | None = None
    unread: bool = False


class MatterCard(BaseModel):
    """What the catalogue tells an operator about the matter."""

    title: str
    guidance: Guidance
    advice: str


class CaseReply(BaseModel):
    """A case after a step, or just filed."""

    case: Case


class MessageReply(CaseReply):
    """A case, and the line just written to its citizen."""

    message: Message


class CaseDetail(CaseReply):
    """Everything on an open case. `steps` are the names of the steps allowed to the reader now."""

    summary: str
    matter: MatterCard | None
    messages: tuple[Message, ...]
    steps: tuple[str, ...]


class CaseList(BaseModel):
    """Cases found."""

    cases: tuple[CaseRow, ...]


def case_row(case: Case) -> CaseRow:
    """The case as one row."""
    passed = case.transfers[-1] if case.transfers and case.transfers[-1].to_queue == case.queue else None
    location = case.fields.get(FieldName.LOCATION)
    return CaseRow(
        number=case.number,
        title=case.title,
        queue=case.queue,
        first_queue=case.first_queue,
        state=case.state,
        state_title=STATE_TITLES[case.state],
        priority=case.priority,
        risks=tuple(RiskView(flag=risk.flag, title=RISK_TITLES[risk.flag], quote=risk.quote) for risk in case.risks),
        location=str(location.value) if location else None,
        matter=case.matter,
        route=case.route,
        assignee=case.assignee,
        offered_at=case.offered_at,
        created_at=case.created_at,
        updated_at=case.updated_at,
        transferred_from=passed.from_queue if passed else None,
        reason=passed.reason if passed else None,
        callback_since=case.callback.since if case.callback and case.callback.needed else None,
    )


def matter_card(matter: Matter) -> MatterCard:
    """The operator's card of a matter."""
    return MatterCard(title=matter.title, guidance=matter.guidance, advice=matter.advice)
