"""The application: pages, API, sockets, around one set of services."""

from __future__ import annotations

from functools import cache
from typing import Any

from aiohttp import web
from pydantic import RootModel

from frontdesk.web import (
    api_call,
    api_cases,
    api_conversations,
    api_phone,
    api_prompts,
    api_recordings,
    api_session,
    api_status,
    api_steps,
)
from frontdesk.web.limits import LIMITS, limits_of
from frontdesk.web.metrics import METRICS, Metrics
from frontdesk.web.openapi import PUBLIC, Api, document, install
from frontdesk.web.operations import install_operations
from frontdesk.web.pages import install_pages
from frontdesk.web.replies import reply
from frontdesk.web.requests import entrance
from frontdesk.web.security import add_headers, guard
from frontdesk.web.services import SERVICES, Services
from frontdesk.web.validation import MAX_BODY
from frontdesk.web.wire import SOCKETS, close_all

api = Api("documentation")
APIS = (
    api_conversations.api,
    api_call.api,
    api_status.api,
    api_session.api,
    api_cases.api,
    api_steps.api,
    api_phone.api,
    api_prompts.api,
    api_recordings.api,
    api,
)


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


@api.operation("GET", "/api/openapi.json", "This API as an OpenAPI document", roles=PUBLIC, reply=Document)
async def read_document(_: web.Request) -> web.Response:
    """The OpenAPI 3.1 document."""
    return reply(_document())


@cache
def _document() -> Document:
    return Document(document(APIS))


def build_app(services: Services) -> web.Application:
    """The web application. Run it without aiohttp's own access log: addresses carry case numbers."""
    app = web.Application(middlewares=[entrance, guard], client_max_size=MAX_BODY)
    app[SERVICES] = services
    app[METRICS] = Metrics()
    app[LIMITS] = limits_of(services.settings)
    app[SOCKETS] = set()
    install(app, APIS)
    install_pages(app)
    install_operations(app)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(close_all)
    return app
