"""How a case stands, for its citizen."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from frontdesk.web.errors import ApiError
from frontdesk.web.limits import LIMITS
from frontdesk.web.openapi import PUBLIC, Api
from frontdesk.web.replies import reply
from frontdesk.web.security import client_address
from frontdesk.web.services import SERVICES
from frontdesk.web.throttle import address_key
from frontdesk.web.validation import read_query
from handoff.public_status import PublicStatus

api = Api("status")

_IGNORED = str.maketrans("", "", " \t-")


class StatusQuery(BaseModel):
    """Case number, and the last digits of the telephone or the code given in the chat."""

    number: Annotated[str, Field(min_length=1, max_length=40)]
    digits: Annotated[str, Field(min_length=1, max_length=20)]


@api.operation(
    "GET", "/api/status", "How a case stands", roles=PUBLIC, query=StatusQuery, reply=PublicStatus,
    errors=("not_found", "too_many"),
)  # fmt: skip
async def read_status(request: web.Request) -> web.Response:
    """Steps with their times, and the result. Wrong digits and unknown numbers get the same answer."""
    query = read_query(request, StatusQuery)
    limits = request.app[LIMITS]
    limits.lookups.spend(address_key(client_address(request)))
    number = unicodedata.normalize("NFKC", query.number).translate(_IGNORED)
    plausible = number.isascii() and number.isdigit()
    if plausible:
        limits.wrong_digits.check(number)
    found = await request.app[SERVICES].desk.status(number, query.digits) if plausible else None
    if found is None:
        if plausible:
            limits.wrong_digits.spend(number)
        raise ApiError("not_found", "没有查到，请核对编号和查询码（或手机号后四位）")
    return reply(found)
