"""Signing in and out."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from frontdesk.accounts import MAX_PASSWORD
from frontdesk.storage import Role, Session, User
from frontdesk.web.openapi import EVERYBODY, PUBLIC, Api
from frontdesk.web.replies import reply
from frontdesk.web.security import COOKIE, check_csrf, client_address, is_https, look_up, signed_in
from frontdesk.web.services import SERVICES
from frontdesk.web.throttle import address_key
from frontdesk.web.typed import Body
from frontdesk.web.validation import read_body
from handoff import Queue

api = Api("session")


class Credentials(Body):
    """An account's name and password."""

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=MAX_PASSWORD)


class SessionReply(BaseModel):
    """Who is signed in. `csrf` goes into the X-CSRF-Token header of every change."""

    name: str
    role: Role
    queue: Queue | None
    csrf: str


@api.operation(
    "POST", "/api/session", "Sign in", roles=PUBLIC, body=Credentials, reply=SessionReply,
    errors=("bad_credentials", "too_many"),
)  # fmt: skip
async def sign_in(request: web.Request) -> web.Response:
    """Sets the session cookie; wrong credentials slow further attempts down."""
    credentials = await read_body(request, Credentials)
    accounts = request.app[SERVICES].accounts
    address = address_key(client_address(request))
    before = request.cookies.get(COOKIE)
    token, session, user = await accounts.sign_in(credentials.name, credentials.password, address)
    if before:
        await accounts.sign_out(before)
    response = reply(_view(session, user))
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=is_https(request), path="/")
    return response


@api.operation("GET", "/api/session", "Who is signed in", roles=EVERYBODY, reply=SessionReply)
async def read_session(request: web.Request) -> web.Response:
    """The signed-in person and the CSRF token of this session."""
    return reply(_view(*signed_in(request)))


@api.operation("DELETE", "/api/session", "Sign out", roles=PUBLIC, statuses=(204,), errors=("csrf",))
async def sign_out(request: web.Request) -> web.Response:
    """Ends the session; done as well when there is none any more."""
    found = await look_up(request)
    if found is not None:
        check_csrf(request, found[0])
        await request.app[SERVICES].accounts.sign_out(request.cookies[COOKIE])
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=is_https(request))
    return response


def _view(session: Session, user: User) -> SessionReply:
    return SessionReply(name=user.name, role=user.role, queue=user.queue, csrf=session.csrf)
