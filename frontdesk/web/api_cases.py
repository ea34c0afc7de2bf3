"""Cases for the desk: lists, one case, filing one by hand or by another system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, field_validator

from frontdesk.web.case_views import CaseDetail, CaseList, CaseReply, CaseRow, case_row, matter_card
from frontdesk.web.desk_socket import DeskSocket
from frontdesk.web.errors import ApiError
from frontdesk.web.openapi import EVERYBODY, OPERATORS, SUPERVISION, Api
from frontdesk.web.replies import reply
from frontdesk.web.requests import request_id
from frontdesk.web.security import COOKIE, actor
from frontdesk.web.services import SERVICES
from frontdesk.web.typed import Body, FieldInput, ShortText, Text, case_number
from frontdesk.web.validation import read_body, read_query
from frontdesk.web.wire import open_wire
from handoff import (
    BOOLEAN_FIELDS,
    FIELD_TITLES,
    QUEUES,
    Case,
    CaseDraft,
    Channel,
    FieldContent,
    FieldName,
    FieldValue,
    Origin,
    Priority,
    Queue,
    Risk,
    RiskFlag,
    Source,
)
from handoff.actor import Actor
from handoff.ports import AuditEntry, Message
from handoff.summary import summarise
from intents.catalogue import Route

api = Api("cases")

_KINDS: dict[FieldName, tuple[type, str]] = {
    **dict.fromkeys(BOOLEAN_FIELDS, (bool, "是或否")),
    FieldName.AMOUNT: (float, "数字"),
}
_ROUTES: dict[Queue, Route] = {"110": "110_nonemergency", "12345": "12345_help"}


class DeskQuery(BaseModel):
    """Which desk; one's own when left out, both for those who have none."""

    queue: Queue | None = None


class DeskReply(BaseModel):
    """What waits, what the reader works on, whom to call back, what changed last."""

    me: Actor
    queue: tuple[CaseRow, ...]
    mine: tuple[CaseRow, ...]
    callbacks: tuple[CaseRow, ...]
    recent: tuple[CaseRow, ...]


class SearchQuery(BaseModel):
    """Words that a case contains: number, title, place, what was said."""

    search: ShortText = ""


class AuditQuery(BaseModel):
    """One case number or account:name, or everything."""

    subject: ShortText | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class AuditReply(BaseModel):
    """Latest entries first."""

    entries: tuple[AuditEntry, ...]


class NewRisk(Body):
    """A risk, and the words that raised it."""

    flag: RiskFlag
    quote: ShortText = ""


class NewCase(Body):
    """A case written by an operator, or by another system on their account."""

    title: Annotated[ShortText, Field(min_length=1, max_length=40)]
    queue: Queue
    route: Route | None = Field(default=None, description="by default the desk's ordinary one")
    priority: Priority = "P3"
    matter: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")] | None = None
    fields: dict[FieldName, FieldInput] = Field(default_factory=dict)
    risks: Annotated[tuple[NewRisk, ...], Field(max_length=20)] = ()
    quotes: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    caller_number: Annotated[str, Field(pattern=r"^\+?[0-9]{3,20}$")] | None = None
    confidential: bool = False

    @field_validator("fields")
    @classmethod
    def _of_their_kind(cls, fields: dict[FieldName, FieldContent]) -> dict[FieldName, FieldContent]:
        for name, content in fields.items():
            wanted, words = _KINDS.get(name, (str, "文字"))
            if type(content) is not wanted:
                raise ValueError(f"“{FIELD_TITLES[name]}”要填{words}")
        return {name: content for name, content in fields.items() if content != ""}


@api.operation("GET", "/api/desk", "What a desk has before it", roles=EVERYBODY, query=DeskQuery, reply=DeskReply)
async def read_desk(request: web.Request) -> web.Response:
    """The waiting cases by urgency; one's own; the latest."""
    desk, me = request.app[SERVICES].desk, actor(request)
    chosen = read_query(request, DeskQuery).queue or me.queue
    waiting: list[Case] = []
    callbacks: list[Case] = []
    for queue in (chosen,) if chosen else QUEUES:
        waiting += await desk.queue(queue)
        callbacks += await desk.callbacks(queue)
    waiting.sort(key=lambda case: (case.priority, case.offered_at))
    return reply(
        DeskReply(
            me=me,
            queue=_rows(waiting),
            mine=_rows(await desk.mine(me)),
            callbacks=_rows(callbacks),
            recent=_rows(await desk.recent(chosen)),
        )
    )


@api.operation("GET", "/api/cases", "Find cases", roles=EVERYBODY, query=SearchQuery, reply=CaseList)
async def find_cases(request: web.Request) -> web.Response:
    """Cases of both desks that contain the words; the latest ones of both desks when there are no words."""
    desk, words = request.app[SERVICES].desk, read_query(request, SearchQuery).search
    found = await desk.search(words) if words else await desk.recent(None)
    return reply(CaseList(cases=_rows(found)))


@api.operation("GET", "/api/cases/{number}", "Open a case", roles=EVERYBODY, reply=CaseDetail, errors=("not_found",))
async def read_case(request: web.Request) -> web.Response:
    """The case with its summary, guidance, conversation and the steps allowed now. Opening is audited."""
    services, me = request.app[SERVICES], actor(request)
    case = await services.desk.case(case_number(request), me)
    matter = services.matter(case.matter) if case.matter else None
    messages: list[Message] = []
    if case.origin.conversation is not None and await _known(request, case.origin.conversation):
        while lines := await services.conversations.transcript(
            case.origin.conversation, messages[-1].seq if messages else 0
        ):
            messages += lines
    return reply(
        CaseDetail(
            case=case,
            summary=summarise(case),
            matter=matter_card(matter) if matter else None,
            messages=tuple(messages),
            steps=services.desk.steps(case, me),
        )
    )


@api.operation(
    "POST", "/api/cases", "File a case", roles=OPERATORS, body=NewCase, reply=CaseReply, statuses=(201, 200),
    errors=("conflict", "stale_version", "key_reused"),
    headers=(("Idempotency-Key", "the same key files the same case once; 200 when it comes again"),),
)  # fmt: skip
async def file_case(request: web.Request) -> web.Response:
    """201 and the new case; 200 and the earlier one when the Idempotency-Key comes again."""
    services, me = request.app[SERVICES], actor(request)
    new = await read_body(request, NewCase)
    key = _idempotency_key(request, me)
    case, created = await services.desk.create(_draft(request, new, me, services.clock()), me, key)
    return reply(CaseReply(case=case), status=201 if created else 200)


@api.operation("GET", "/api/audit", "Who did what", roles=SUPERVISION, query=AuditQuery, reply=AuditReply)
async def read_audit(request: web.Request) -> web.Response:
    """The trail, latest first."""
    query = read_query(request, AuditQuery)
    async with request.app[SERVICES].store.reading() as tx:
        entries = await tx.audit.recent(query.subject or None, query.limit)
    return reply(AuditReply(entries=tuple(entries)))


@api.operation("GET", "/api/desk/socket", "Hear what changes (WebSocket)", roles=EVERYBODY, socket=True)
async def desk_socket(request: web.Request) -> web.StreamResponse:
    """News of both desks and of one watched conversation; `alive` frames renew leases."""
    services, me = request.app[SERVICES], actor(request)
    token = request.cookies[COOKIE]

    async def still_signed_in() -> bool:
        return await services.accounts.session(token) is not None

    async with open_wire(request, "desk") as wire:
        socket = DeskSocket(
            wire,
            services.desk,
            services.live,
            me,
            signed_in=still_signed_in,
            request_id=request_id(request),
        )
        await socket.run()
    return wire.response


def _rows(cases: Sequence[Case]) -> tuple[CaseRow, ...]:
    return tuple(case_row(case) for case in cases)


async def _known(request: web.Request, conversation: str) -> bool:
    async with request.app[SERVICES].store.reading() as tx:
        return await tx.conversations.get(conversation) is not None


def _idempotency_key(request: web.Request, me: Actor) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= 128 or not key.isascii() or not key.isprintable() or " " in key:
        raise ApiError("invalid", "Idempotency-Key 要 1 到 128 个可见的英文字符", field="Idempotency-Key")
    return f"{me.name}/{key}"


def _draft(request: web.Request, new: NewCase, me: Actor, now: datetime) -> CaseDraft:
    matter = request.app[SERVICES].matter(new.matter) if new.matter else None
    if new.matter and matter is None:
        raise ApiError("invalid", f"matter：意图库里没有“{new.matter}”", field="matter")
    return CaseDraft(
        origin=Origin(channel=Channel.API, caller_number=new.caller_number),
        matter=new.matter,
        title=new.title,
        queue=new.queue,
        route=new.route or (matter.route if matter and matter.queue == new.queue else _ROUTES[new.queue]),
        priority=new.priority,
        linkage=matter.linkage if matter else (),
        code=matter.code if matter else None,
        appeal_type=matter.appeal_type if matter else None,
        fields={name: _operator_value(content, me, now) for name, content in new.fields.items()},
        risks=tuple(Risk(flag=risk.flag, quote=risk.quote) for risk in new.risks),
        quotes=tuple(quote for quote in new.quotes if quote),
        confidential=new.confidential,
    )


def _operator_value(content: FieldContent, me: Actor, now: datetime) -> FieldValue:
    return FieldValue(value=content, source=Source.OPERATOR, at=now, by=me.name)
