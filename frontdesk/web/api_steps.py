"""The steps of a case, one address each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from frontdesk.web.case_views import CaseReply, MessageReply
from frontdesk.web.openapi import OPERATORS, Api
from frontdesk.web.replies import reply
from frontdesk.web.security import actor
from frontdesk.web.services import SERVICES
from frontdesk.web.typed import Body, FieldInput, Nothing, Text, case_number
from frontdesk.web.validation import read_body
from handoff import Case, FieldName, Priority
from handoff.actor import Actor
from handoff.desk import DeskService

api = Api("steps")

_Body = TypeVar("_Body", bound=Body)
_Step = Callable[[DeskService, str, Actor, _Body], Awaitable[Case]]


class Note(Body):
    """What was begun, if there is something to say."""

    note: Text = ""


class Reason(Body):
    """Why."""

    reason: Text


class Words(Body):
    """A text."""

    text: Text


class Edit(Body):
    """A field and its new value; null clears it."""

    field: FieldName
    value: FieldInput | None


class NewPriority(Reason):
    """A priority and why."""

    priority: Priority


class Visit(Body):
    """回访. `resolved` null: nobody was reached."""

    resolved: bool | None
    satisfied: bool | None = None
    comment: Text = ""


class CalledBack(Body):
    """回拨: whether somebody answered. False: the call-back stays due."""

    reached: bool


def _step(name: str, summary: str, body: type[_Body], take: _Step[_Body]) -> None:
    async def handler(request: web.Request) -> web.Response:
        given = await read_body(request, body, optional=body is Nothing)
        desk = request.app[SERVICES].desk
        case = await take(desk, case_number(request), actor(request), given)
        return reply(CaseReply(case=case))

    handler.__name__ = f"step_{name}"
    handler.__doc__ = summary
    api.operation(
        "POST", f"/api/cases/{{number}}/steps/{name}", summary, roles=OPERATORS, body=body,
        body_optional=body is Nothing, reply=CaseReply, errors=("not_found", "conflict", "stale_version"),
    )(handler)  # fmt: skip


_step("claim", "Take a waiting case", Nothing, lambda desk, number, me, _: desk.claim(number, me))
_step("release", "Put it back", Nothing, lambda desk, number, me, _: desk.release(number, me))
_step("take_over", "Continue a colleague's", Nothing, lambda desk, number, me, _: desk.take_over(number, me))
_step("start", "Begin work", Note, lambda desk, number, me, it: desk.start(number, me, it.note))
_step("edit", "Set a field", Edit, lambda desk, number, me, it: desk.edit(number, me, it.field, it.value))
_step(
    "reprioritise",
    "Change the priority",
    NewPriority,
    lambda desk, number, me, it: desk.reprioritise(number, me, it.priority, it.reason),
)
_step("note", "Add a note", Words, lambda desk, number, me, it: desk.note(number, me, it.text))
_step("transfer", "Pass on", Reason, lambda desk, number, me, it: desk.transfer(number, me, it.reason))
_step("return", "Return, once", Reason, lambda desk, number, me, it: desk.send_back(number, me, it.reason))
_step("escalate", "Danger: to 110", Reason, lambda desk, number, me, it: desk.escalate(number, me, it.reason))
_step("resolve", "Record the result", Words, lambda desk, number, me, it: desk.resolve(number, me, it.text))
_step(
    "follow_up",
    "Record the visit after a result",
    Visit,
    lambda desk, number, me, it: desk.follow_up(number, me, it.resolved, it.satisfied, it.comment),
)
_step(
    "called_back",
    "Record that the citizen was rung",
    CalledBack,
    lambda desk, number, me, it: desk.called_back(number, me, it.reached),
)
_step("close", "Archive", Nothing, lambda desk, number, me, _: desk.close(number, me))
_step("hand_back", "Front desk talks", Nothing, lambda desk, number, me, _: desk.hand_back(number, me))


@api.operation(
    "POST", "/api/cases/{number}/steps/message", "Write to the citizen", roles=OPERATORS, body=Words,
    reply=MessageReply, errors=("not_found", "conflict", "stale_version"),
)  # fmt: skip
async def step_message(request: web.Request) -> web.Response:
    """Puts a line into the citizen's conversation; for the holder of the case."""
    given = await read_body(request, Words)
    desk, number, me = request.app[SERVICES].desk, case_number(request), actor(request)
    message = await desk.message(number, me, given.text)
    return reply(MessageReply(case=await desk.case(number, me), message=message))
