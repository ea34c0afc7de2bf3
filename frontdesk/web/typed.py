"""Kinds of input that several requests share: cleaned text of bounded length, identifiers in addresses."""

from __future__ import annotations

import re
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.plain_text import plain_text
from frontdesk.web.errors import ApiError

MAX_TEXT = 2000

ShortText = Annotated[str, AfterValidator(plain_text), Field(max_length=200)]
Text = Annotated[str, AfterValidator(plain_text), Field(max_length=MAX_TEXT)]

FieldInput = bool | Annotated[float, Field(allow_inf_nan=False)] | Text

_CASE_NUMBER = re.compile(r"\d{9,20}")
_CONVERSATION = re.compile(r"[A-Za-z0-9_\-]{8,64}")


class Body(BaseModel):
    """A request body: unknown names are errors, so that a typing mistake is not silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Body):
    """A body without content."""


def case_number(request: web.Request) -> str:
    """The case number in the address. Raises ApiError not_found for what cannot be one."""
    return _matching(request.match_info["number"], _CASE_NUMBER, "没有这个编号的警情或工单")


def conversation_id(request: web.Request) -> str:
    """The conversation in the address. Raises ApiError not_found for what cannot be one."""
    return _matching(request.match_info["conversation"], _CONVERSATION, "没有这个对话，请重新开始")


def _matching(found: str, pattern: re.Pattern[str], message: str) -> str:
    if not pattern.fullmatch(found) or not found.isascii():
        raise ApiError("not_found", message)
    return found
