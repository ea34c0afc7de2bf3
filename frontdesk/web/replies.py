"""Answers as JSON."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel


def reply(model: BaseModel, status: int = 200) -> web.Response:
    """The model as JSON."""
    return web.Response(status=status, text=model.model_dump_json(), content_type="application/json")
