"""Every error as one shape: {"error": {code, message, field?, request_id}}. Nothing internal gets out."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from pydantic import BaseModel, Field

from bot.failure import report_failure
from conversation import UnknownConversation
from frontdesk.accounts import SignInFailed, SignInThrottled
from handoff import StepRefused
from handoff.desk import KeyReused
from handoff.desk_reading import CaseNotFound
from handoff.ports import StaleVersion, StoreUnavailable

log = structlog.get_logger("frontdesk.web")

STATUSES: Mapping[str, int] = {
    "bad_request": 400,
    "not_signed_in": 401,
    "bad_credentials": 401,
    "forbidden": 403,
    "csrf": 403,
    "not_found": 404,
    "no_voice": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "stale_version": 409,
    "key_reused": 409,
    "recording_unreadable": 409,
    "too_large": 413,
    "unsupported_media": 415,
    "bad_range": 416,
    "invalid": 422,
    "upgrade_required": 426,
    "too_many": 429,
    "internal": 500,
    "store_unavailable": 503,
    "telephone_unavailable": 503,
}
"""Status of every code. A refused step answers 409 with the life cycle's own code, listed as "conflict"."""

_HTTP_CODES = {
    400: ("bad_request", "请求的格式不对"),
    403: ("forbidden", "不允许这样访问"),
    404: ("not_found", "没有这个地址"),
    405: ("method_not_allowed", "这个地址不支持这种操作"),
    413: ("too_large", "内容太大，最多 64 KiB"),
    415: ("unsupported_media", "内容类型不对，请用 JSON"),
    503: ("store_unavailable", "系统暂时不可用，请稍后再试；情况紧急请直接拨打110"),
}


class ErrorBody(BaseModel):
    """What went wrong. `code` is stable; `message` is for the person and says what to do."""

    code: str
    message: str
    field: str | None = Field(default=None, description="path of the input that is wrong, if one is")
    request_id: str = Field(description="quote this when reporting the error")


class ErrorReply(BaseModel):
    """The body of every answer with status 400 and above."""

    error: ErrorBody


class ApiError(Exception):
    """An answer with an error. `code` must be one of STATUSES unless a status is given."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.retry_after = retry_after
        self.status = status or STATUSES[code]


def error_of(error: Exception) -> ApiError:
    """The answer to an exception; anything unexpected becomes `internal`, without its words."""
    match error:
        case ApiError():
            return error
        case StepRefused():
            return ApiError(error.code, str(error), status=409)
        case CaseNotFound():
            return ApiError("not_found", str(error))
        case UnknownConversation():
            return ApiError("not_found", "没有这个对话，请重新开始")
        case StaleVersion():
            return ApiError("stale_version", "刚刚有人改过这件事，请看一眼最新内容再操作")
        case KeyReused():
            return ApiError("key_reused", "这个 Idempotency-Key 已经用于另一件事，请换一个新的")
        case StoreUnavailable():
            return ApiError("store_unavailable", "系统暂时存不进数据，请稍后再试；情况紧急请直接拨打110", retry_after=5)
        case SignInFailed():
            return ApiError("bad_credentials", str(error))
        case SignInThrottled():
            return ApiError("too_many", str(error), retry_after=error.seconds)
        case web.HTTPException():
            return _error_of_http(error)
        case web.RequestPayloadError() | ConnectionResetError():
            return ApiError("bad_request", "内容没有传完整，请重试")
        case _:
            return ApiError("internal", "系统出了点问题，已经记录；请稍后再试，情况紧急请直接拨打110")


def error_response(error: ApiError, request_id: str) -> web.Response:
    """The error as JSON."""
    body = ErrorBody(code=error.code, message=str(error), field=error.field, request_id=request_id)
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return web.Response(
        status=error.status,
        text=ErrorReply(error=body).model_dump_json(exclude_none=True),
        content_type="application/json",
        headers=headers,
    )


def answer_to(error: Exception, request_id: str, route: str) -> web.Response:
    """Log what needs attention and turn the exception into an answer."""
    answer = error_of(error)
    if answer.code == "internal":
        report_failure(log, "request_failed", error, request_id=request_id, route=route)
    elif answer.code == "store_unavailable":
        log.error("store_unavailable", request_id=request_id, route=route)
    response = error_response(answer, request_id)
    if isinstance(error, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return response


def _error_of_http(error: web.HTTPException) -> ApiError:
    code, message = _HTTP_CODES.get(error.status, ("", ""))
    if not code:
        code = HTTPStatus(error.status).name.lower()
        message = "请求没有成功"
    return ApiError(code, message, status=error.status)
