"""Who is asking, and may they: session, roles, CSRF, origin; and the headers every answer carries."""

from __future__ import annotations

import hmac
import re
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from frontdesk.accounts import role_of
from frontdesk.storage import Session, User
from frontdesk.web.errors import ApiError
from frontdesk.web.openapi import Operation, operation_of
from frontdesk.web.services import SERVICES
from frontdesk.web.settings import within
from handoff.actor import Actor

COOKIE = "frontdesk_session"
CSRF_HEADER = "X-CSRF-Token"

_SIGNED_IN: web.RequestKey[tuple[Session, User] | None] = web.RequestKey("signed_in")
_HOST = re.compile(r"[\w.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), microphone=(self), camera=(), payment=(), usb=()",
}
_POLICY = (
    "default-src 'self'; connect-src 'self'{sockets}; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let an API request through only if its operation allows this person and this page to ask."""
    operation = operation_of(request)
    if operation is not None:
        if (operation.changes or operation.socket) and not _from_our_page(request):
            raise ApiError("forbidden", "只能从本站的页面发出这个请求")
        if operation.roles is not None:
            await _admit(request, operation)
    return await handler(request)


async def _admit(request: web.Request, operation: Operation) -> None:
    found = await look_up(request)
    if found is None:
        raise ApiError("not_signed_in", "请先登录")
    session, user = found
    if operation.roles is not None and role_of(user) not in operation.roles:
        raise ApiError("forbidden", "您的账号不能做这件事")
    if operation.csrf:
        check_csrf(request, session)


async def look_up(request: web.Request) -> tuple[Session, User] | None:
    """The session and user of the request's cookie; None when there is no valid one."""
    if _SIGNED_IN not in request:
        token = request.cookies.get(COOKIE)
        request[_SIGNED_IN] = await request.app[SERVICES].accounts.session(token) if token else None
    return request[_SIGNED_IN]


def signed_in(request: web.Request) -> tuple[Session, User]:
    """Session and user of a request that `guard` has let through."""
    found = request[_SIGNED_IN]
    if found is None:
        raise ApiError("not_signed_in", "请先登录")
    return found


def actor(request: web.Request) -> Actor:
    """The signed-in person as the desk knows them."""
    _, user = signed_in(request)
    return Actor(name=user.name, queue=user.queue, role=user.role)


def check_csrf(request: web.Request, session: Session) -> None:
    """Raises ApiError unless the request carries the session's CSRF token."""
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(errors="replace"), session.csrf.encode()):
        raise ApiError("csrf", "页面已过期，请刷新后再试", field=CSRF_HEADER)


def client_address(request: web.Request) -> str:
    """The address of the browser, behind our own proxies if there are any."""
    address = request.remote or ""
    proxies = request.app[SERVICES].settings.trusted_proxies
    hops = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, [])).split(",")
    while within(address, proxies) and hops and hops[-1].strip():
        address = hops.pop().strip()
    return address


def is_https(request: web.Request) -> bool:
    """Whether the browser reached us over https."""
    settings = request.app[SERVICES].settings
    if settings.https or request.secure:
        return True
    forwarded = request.headers.get(hdrs.X_FORWARDED_PROTO, "")
    return within(request.remote or "", settings.trusted_proxies) and forwarded.strip() == "https"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal on_response_prepare: security headers on every answer, errors and sockets included."""
    response.headers.update(_HEADERS)
    host = request.host if _HOST.fullmatch(request.host) else ""
    # Safari before 15.4 does not count a WebSocket to the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if host else ""
    response.headers["Content-Security-Policy"] = _POLICY.format(sockets=sockets)
    if is_https(request):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    static = request.path.startswith("/static/") and response.status in (200, 206, 304)
    response.headers.setdefault("Cache-Control", "no-cache" if static else "no-store")


def _from_our_page(request: web.Request) -> bool:
    """False for what another site makes a browser send; programs that are no browsers send neither header."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin in request.app[SERVICES].settings.public_origins:
        return True
    return urlsplit(origin).netloc.lower() == request.host.lower()
