"""The telephone beside an operator: which one it is, what it does, and giving its caller back to the front desk."""

from __future__ import annotations

import structlog
from aiohttp import web
from pydantic import BaseModel

from frontdesk.storage import User
from frontdesk.web.errors import ApiError
from frontdesk.web.openapi import OPERATORS, Api
from frontdesk.web.replies import reply
from frontdesk.web.security import signed_in
from frontdesk.web.services import SERVICES, Services
from frontdesk.web.typed import Body, Nothing, ShortText
from frontdesk.web.validation import read_body
from ivr.asterisk import AriError, NotTalking

api = Api("phone")

log = structlog.get_logger("frontdesk.web")


class PhoneChoice(Body):
    """The operator's telephone; null for none."""

    phone: ShortText | None


class CallView(BaseModel):
    """What the telephone is doing. `case` null: the caller has none; `talking` false: it rings."""

    case: str | None
    caller: str | None
    talking: bool


class PhoneReply(BaseModel):
    """One's telephone, those of one's desk, and the call on it; null when it is at rest."""

    phone: str | None
    phones: tuple[str, ...]
    call: CallView | None


@api.operation("GET", "/api/phone", "One's telephone", roles=OPERATORS, reply=PhoneReply)
async def read_phone(request: web.Request) -> web.Response:
    """Which telephone is one's own, and what it is doing."""
    _, user = signed_in(request)
    return reply(_view(request.app[SERVICES], user, user.phone))


@api.operation(
    "PUT", "/api/phone", "Choose one's telephone", roles=OPERATORS, body=PhoneChoice, reply=PhoneReply,
)  # fmt: skip
async def choose_phone(request: web.Request) -> web.Response:
    """From the telephones of one's desk; whoever had it before has none then."""
    services, (_, user) = request.app[SERVICES], signed_in(request)
    phone = (await read_body(request, PhoneChoice)).phone
    if phone is not None and phone not in _phones(services, user):
        raise ApiError("invalid", f"{user.queue} 席没有话机“{phone}”，请选列表里的", field="phone")
    await services.accounts.set_phone(user.name, phone, by=user.name)
    return reply(_view(services, user, phone))


@api.operation(
    "POST", "/api/phone/hand_back", "Give the caller back to the front desk", roles=OPERATORS, body=Nothing,
    body_optional=True, reply=PhoneReply, errors=("conflict", "telephone_unavailable"),
)  # fmt: skip
async def hand_back(request: web.Request) -> web.Response:
    """The caller on one's telephone goes on with the front desk, with the same case; the telephone is free."""
    services, (_, user) = request.app[SERVICES], signed_in(request)
    await read_body(request, Nothing, optional=True)
    exchange = services.phones.exchange
    if user.phone is None or exchange is None:
        raise ApiError("nobody_on_phone", "您的话机上现在没有通话", status=409)
    try:
        await exchange.hand_back(user.phone)
    except NotTalking as error:
        raise ApiError("nobody_on_phone", "您的话机上现在没有通话", status=409) from error
    except AriError as error:
        log.warning("a caller cannot be given back", phone=user.phone, reason=str(error))
        raise ApiError(
            "telephone_unavailable", "电话交换没有回应，没有交还。请在话机上按 *9，或继续通话", retry_after=5
        ) from error
    return reply(_view(services, user, user.phone))


def _phones(services: Services, user: User) -> tuple[str, ...]:
    return () if user.queue is None else services.phones.of(user.queue)


def _view(services: Services, user: User, phone: str | None) -> PhoneReply:
    call = None if phone is None else services.phones.call(phone)
    shown = None if call is None else CallView(case=call.case, caller=call.number, talking=call.talking)
    return PhoneReply(phone=phone, phones=_phones(services, user), call=shown)
