"""The API as declared data: each operation names its models and errors; the OpenAPI 3.1 document follows.

Routes under /api exist only through this registry, so none can be undocumented.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from frontdesk.accounts import Role
from frontdesk.web.errors import STATUSES, ErrorReply

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Method = Literal["GET", "POST", "PUT", "DELETE"]

PUBLIC: frozenset[Role] | None = None
EVERYBODY: frozenset[Role] = frozenset({"operator-110", "operator-12345", "supervisor", "admin"})
OPERATORS: frozenset[Role] = frozenset({"operator-110", "operator-12345"})
SUPERVISION: frozenset[Role] = frozenset({"supervisor", "admin"})

_REF = "#/components/schemas/{model}"
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operation:
    """One method of one path. `roles` None means that nobody needs to be signed in."""

    method: Method
    path: str
    summary: str
    handler: Handler
    roles: frozenset[Role] | None
    body: type[BaseModel] | None = None
    body_optional: bool = False
    query: type[BaseModel] | None = None
    reply: type[BaseModel] | None = None
    statuses: tuple[int, ...] = (200,)
    errors: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    socket: bool = False
    upload: bool = False
    """The body is a file."""
    media: str | None = None
    """Content type of an answer that is no JSON."""

    @property
    def changes(self) -> bool:
        """Whether the method may change something."""
        return self.method != "GET"

    @property
    def csrf(self) -> bool:
        """Whether the session's CSRF token must come along."""
        return self.changes and self.roles is not None

    @property
    def error_codes(self) -> tuple[str, ...]:
        """All codes this operation can answer with, declared or implied."""
        implied = ["internal", "store_unavailable"]
        if self.body is not None:
            implied += ["bad_request", "too_large", "unsupported_media", "invalid"]
        if self.query is not None:
            implied.append("invalid")
        if self.roles is not None:
            implied += ["not_signed_in", "forbidden"]
        if self.csrf:
            implied.append("csrf")
        if self.changes or self.socket:
            implied.append("forbidden")
        if self.socket:
            implied.append("upgrade_required")
        return tuple(sorted({*implied, *self.errors}))


@dataclass
class Api:
    """The operations of one module."""

    tag: str
    operations: list[Operation] = field(default_factory=list)

    def operation(
        self, method: Method, path: str, summary: str, *, roles: frozenset[Role] | None, **declared: Any
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated handler; `declared` are the further fields of Operation."""

        def register(handler: Handler) -> Handler:
            self.operations.append(
                Operation(method=method, path=path, summary=summary, handler=handler, roles=roles, **declared)
            )
            return handler

        return register


OPERATIONS: web.AppKey[dict[Handler, Operation]] = web.AppKey("operations", dict)


def install(app: web.Application, apis: Iterable[Api]) -> None:
    """Add the routes of all operations."""
    known = app.setdefault(OPERATIONS, {})
    for api in apis:
        for operation in api.operations:
            app.router.add_route(operation.method, operation.path, operation.handler)
            known[operation.handler] = operation


def operation_of(request: web.Request) -> Operation | None:
    """The operation a request was routed to; None for pages and unknown addresses."""
    return request.app[OPERATIONS].get(request.match_info.handler)


def document(apis: Sequence[Api]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these operations."""
    operations = [(api, operation) for api in apis for operation in api.operations]
    schemas, definitions = _schemas([operation for _, operation in operations])
    paths: dict[str, dict[str, Any]] = {}
    for api, operation in operations:
        described = _describe(operation, schemas)
        paths.setdefault(operation.path, {})[operation.method.lower()] = {"tags": [api.tag], **described}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "一电通 frontdesk",
            "version": _version(),
            "description": "Citizens need no account. Operators sign in at /api/session and send the "
            "session's CSRF token with every change. Errors have one shape, ErrorReply.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "frontdesk_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


_Schemas = dict[tuple[Any, Literal["validation", "serialization"]], dict[str, Any]]


def _schemas(operations: Sequence[Operation]) -> tuple[_Schemas, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], Literal["validation", "serialization"]], None] = {}
    wanted[ErrorReply, "serialization"] = None
    for operation in operations:
        if operation.body is not None:
            wanted[operation.body, "validation"] = None
        if operation.reply is not None:
            wanted[operation.reply, "serialization"] = None
    found, definitions = models_json_schema(list(wanted), ref_template=_REF)
    return dict(found), definitions["$defs"]


def _describe(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
        "security": _security(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": not operation.body_optional,
            "content": {"application/json": {"schema": schemas[operation.body, "validation"]}},
        }
    elif operation.upload:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.roles is None:
        return []
    return [{"session": [], "csrf": []}] if operation.csrf else [{"session": []}]


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PATH_PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema()
        for name, part in schema["properties"].items():
            required = name in schema.get("required", ())
            parameters.append({"name": name, "in": "query", "required": required, "schema": part})
    for name, description in operation.headers:
        parameters.append(
            {
                "name": name,
                "in": "header",
                "required": False,
                "description": description,
                "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
            }
        )
    return parameters


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if operation.socket:
        responses["101"] = {"description": "the socket is open"}
    for status in () if operation.socket else operation.statuses:
        responses[str(status)] = {"description": "done"}
        if operation.reply is not None:
            schema = schemas[operation.reply, "serialization"]
            responses[str(status)]["content"] = {"application/json": {"schema": schema}}
        elif operation.media is not None:
            responses[str(status)]["content"] = {operation.media: {"schema": {"type": "string", "format": "binary"}}}
    by_status: dict[int, list[str]] = {}
    for code in operation.error_codes:
        by_status.setdefault(STATUSES[code], []).append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {
            "description": ", ".join(codes),
            "content": {"application/json": {"schema": schemas[ErrorReply, "serialization"]}},
        }
    return responses


def _version() -> str:
    try:
        return version("yidiantong")
    except PackageNotFoundError:
        return "0+uninstalled"
