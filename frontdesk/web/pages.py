"""The pages. What they show comes over the API; the templates carry no data but the session's CSRF token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from frontdesk.accounts import role_of
from frontdesk.web.security import look_up
from frontdesk.web.services import SERVICES

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
TEMPLATES: web.AppKey[Environment] = web.AppKey("templates", Environment)
FILES: web.AppKey[dict[str, Path]] = web.AppKey("files", dict)


def templates() -> Environment:
    """Every value is escaped; a missing one is an error."""
    return Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined)


def install_pages(app: web.Application) -> None:
    """Add the pages and their static files."""
    app[TEMPLATES] = templates()
    app.router.add_get("/", chat_page)
    app.router.add_get("/call", call_page)
    app.router.add_get("/status", status_page)
    app.router.add_get("/login", login_page)
    app.router.add_get("/desk", desk_page)
    app.router.add_get("/prompts", prompts_page)
    app[FILES] = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
    app.router.add_get("/static/{name:.+}", static_file)


async def chat_page(request: web.Request) -> web.Response:
    """The citizen's chat."""
    return _page(request, "chat.html", "一电通：有事直接说")


async def call_page(request: web.Request) -> web.Response:
    """The telephone in the page."""
    services = request.app[SERVICES]
    shown = {"open": services.voice is not None, "notice": services.voice_notice}
    return _page(request, "call.html", "打电话 · 一电通", call=shown)


async def status_page(request: web.Request) -> web.Response:
    """How a case stands."""
    return _page(request, "status.html", "查进度 · 一电通")


async def login_page(request: web.Request) -> web.Response:
    """Signing in; straight to the desk for those who are."""
    if await look_up(request) is not None:
        raise web.HTTPSeeOther("/desk")
    return _page(request, "login.html", "登录接警台 · 一电通")


async def desk_page(request: web.Request) -> web.Response:
    """The operator's desk; everybody else signs in first."""
    found = await look_up(request)
    if found is None:
        raise web.HTTPSeeOther("/login")
    return _page(request, "desk.html", "接警台 · 一电通", csrf=found[0].csrf)


async def prompts_page(request: web.Request) -> web.Response:
    """What the front desk says and its recordings, for admins."""
    found = await look_up(request)
    if found is None:
        raise web.HTTPSeeOther("/login?next=/prompts")
    if role_of(found[1]) != "admin":
        raise web.HTTPSeeOther("/desk")
    return _page(request, "prompts.html", "电话里的声音 · 一电通", csrf=found[0].csrf)


async def static_file(request: web.Request) -> web.FileResponse:
    """One of the files that were there when the server started."""
    path = request.app[FILES].get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    return web.FileResponse(path)


def _page(
    request: web.Request, name: str, title: str, csrf: str | None = None, call: dict[str, Any] | None = None
) -> web.Response:
    text = request.app[TEMPLATES].get_template(name).render(title=title, csrf=csrf, call=call)
    return web.Response(text=text, content_type="text/html")
