"""The published document is valid, complete and true to the routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from web_server import World, running

from frontdesk.web.app import APIS
from frontdesk.web.errors import STATUSES
from frontdesk.web.openapi import OPERATIONS, document


@pytest.fixture
def published() -> dict[str, Any]:
    return document(APIS)


def test_document_is_valid(published: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(published).validate()
    assert published["openapi"].startswith("3.1")


async def test_document_is_served(tmp_path: Path, published: dict[str, Any]) -> None:
    async with running(tmp_path) as world:
        reply = await world.client.get("/api/openapi.json")
        assert await reply.json() == published


async def test_every_api_route_is_documented(tmp_path: Path, published: dict[str, Any]) -> None:
    async with running(tmp_path) as world:
        routes = api_routes(world)
    assert routes
    assert routes == {(path, method.upper()) for path, methods in published["paths"].items() for method in methods}


async def test_every_api_handler_is_guarded(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        app = world.client.app
        assert app is not None
        for route in app.router.routes():
            if route.resource is not None and route.resource.canonical.startswith("/api"):
                assert route.handler in app[OPERATIONS]


async def test_nothing_but_known_pages_is_outside_the_api(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        app = world.client.app
        assert app is not None
        outside = {
            route.resource.canonical
            for route in app.router.routes()
            if route.resource is not None and not route.resource.canonical.startswith("/api")
        }
    assert outside == {"/", "/call", "/prompts", "/status", "/login", "/desk", "/static/{name}", "/healthz", "/metrics"}


def test_operations_are_named_once_and_described(published: dict[str, Any]) -> None:
    operations = [each for methods in published["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for each in operations:
        assert each["summary"]
        assert each["tags"]
        for status, response in each["responses"].items():
            if int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorReply"}


def test_all_references_resolve(published: dict[str, Any]) -> None:
    schemas = published["components"]["schemas"]

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    for reference in references(published):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def test_declared_errors_have_a_status() -> None:
    for api in APIS:
        for operation in api.operations:
            assert set(operation.error_codes) <= set(STATUSES)


def test_every_change_by_a_signed_in_person_needs_the_csrf_token(published: dict[str, Any]) -> None:
    for path, methods in published["paths"].items():
        for method, each in methods.items():
            if method != "get" and path.startswith("/api/cases"):
                assert each["security"] == [{"session": [], "csrf": []}]


def api_routes(world: World) -> set[tuple[str, str]]:
    app = world.client.app
    assert app is not None
    return {
        (route.resource.canonical, route.method)
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api")
    }
