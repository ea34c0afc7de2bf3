"""What every request gets on its way in: an id, a log line, metrics, and an answer if it fails."""

from __future__ import annotations

import secrets
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from frontdesk.web.errors import answer_to
from frontdesk.web.metrics import METRICS

REQUEST_ID_HEADER = "X-Request-Id"
_REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger("frontdesk.web")


def request_id(request: web.Request) -> str:
    """The id that this request's answer and log lines carry."""
    return request[_REQUEST_ID]


def route_of(request: web.Request) -> str:
    """The address as a pattern: ids, numbers and queries are personal and stay out of logs and metrics."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


@web.middleware
async def entrance(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost: errors become answers, requests are counted and logged."""
    request[_REQUEST_ID] = _new_id()
    started = time.monotonic()
    route = route_of(request)
    status = 499  # the browser left before the answer
    try:
        response = await _answer(request, handler, route)
        status = response.status
    except web.HTTPException as redirect:
        status = redirect.status
        redirect.headers[REQUEST_ID_HEADER] = request_id(request)
        raise
    finally:
        seconds = time.monotonic() - started
        method = request.method if request.method in _METHODS else "OTHER"
        request.app[METRICS].request(method, route, status, seconds)
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            request_id=request_id(request),
        )
    return response


def _new_id() -> str:
    """Letters only: logs mask long runs of digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


async def _answer(request: web.Request, handler: Handler, route: str) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = answer_to(error, request_id(request), route)
    except Exception as error:  # noqa: BLE001  the one place where everything unexpected becomes an answer
        response = answer_to(error, request_id(request), route)
    if not response.prepared:
        response.headers[REQUEST_ID_HEADER] = request_id(request)
    return response
