"""Reading what a request carries, and saying in Chinese what is wrong with it."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from frontdesk.web.errors import ApiError

MAX_BODY = 64 * 1024

Model = TypeVar("Model", bound=BaseModel)

_MESSAGES = {
    "missing": "缺少这一项",
    "string_too_short": "不能少于 {min_length} 个字",
    "string_too_long": "不能超过 {max_length} 个字",
    "too_short": "不能少于 {min_length} 个字",
    "too_long": "不能超过 {max_length} 项",
    "string_type": "要填文字",
    "string_pattern_mismatch": "格式不对",
    "bool_type": "只能是 true 或 false",
    "bool_parsing": "只能是 true 或 false",
    "int_type": "要填整数",
    "int_parsing": "要填整数",
    "float_type": "要填数字",
    "float_parsing": "要填数字",
    "finite_number": "要填数字",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "extra_forbidden": "没有这一项，请核对名称",
    "model_type": "要填一个对象",
    "model_attributes_type": "要填一个对象",
    "dict_type": "要填一个对象",
    "list_type": "要填一个列表",
    "tuple_type": "要填一个列表",
}


async def read_body(request: web.Request, model: type[Model], *, optional: bool = False) -> Model:
    """The JSON body as this model. An `optional` body may be missing: it counts as {}. Raises ApiError."""
    raw = await _read(request)
    if not raw and optional:
        raw = b"{}"
    elif request.content_type != "application/json":
        raise ApiError("unsupported_media", "请用 JSON（Content-Type: application/json）")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _refusal(error) from None


def read_query(request: web.Request, model: type[Model]) -> Model:
    """The query string as this model; unknown names are ignored. Raises ApiError."""
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        raise _refusal(error) from None


async def _read(request: web.Request) -> bytes:
    length = request.content_length
    if length is not None and length > MAX_BODY:
        raise ApiError("too_large", "内容太大，最多 64 KiB")
    return await request.read()


def _refusal(error: ValidationError) -> ApiError:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return ApiError("bad_request", "内容不是有效的 JSON（要用 UTF-8 编码）")
    field = ".".join(str(part) for part in first["loc"]) or None
    return ApiError("invalid", f"{field or '内容'}：{_message(first)}", field=field)


def _message(details: ErrorDetails) -> str:
    if details["type"] == "value_error":  # raised by our own validators, in Chinese
        return str(details.get("ctx", {}).get("error", "填得不对"))
    wording = _MESSAGES.get(details["type"], "填得不对")
    return wording.format(**details.get("ctx", {}))
