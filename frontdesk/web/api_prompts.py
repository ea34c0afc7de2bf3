"""What the front desk says by itself: heard, recorded, and put back to synthesis, by admins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web
from pydantic import BaseModel, Field

from frontdesk.accounts import Role
from frontdesk.fixed_speech import Group
from frontdesk.prompt_desk import PromptDesk, State, UnknownPrompt, Wording
from frontdesk.web.errors import ApiError
from frontdesk.web.openapi import Api
from frontdesk.web.replies import reply
from frontdesk.web.security import signed_in
from frontdesk.web.services import SERVICES
from ivr.speech import LARGEST_UPLOAD, PromptRefused, SpeechFailed

ADMINS: frozenset[Role] = frozenset({"admin"})
_NO_VOICE = "这台服务器现在没有声音，请管理机器的人运行 frontdesk doctor"

api = Api("prompts")


class PromptView(BaseModel):
    """One thing that is said. `recorded_text`: the words of a recording that no longer fit, else null."""

    id: str
    group: Group
    title: str
    text: str
    state: State = Field(description="recorded, outdated (of other words, so synthesised), synthesised")
    seconds: float | None = Field(description="length of the recording")
    recorded_text: str | None
    recordable: bool = Field(description="false: has something to fill in")
    used: bool = Field(description="false: no longer said, only its recording is left")


class PromptsReply(BaseModel):
    """Everything that is said, in the order of the configuration."""

    prompts: tuple[PromptView, ...]


@api.operation(
    "GET", "/api/prompts", "What the front desk says by itself", roles=ADMINS, reply=PromptsReply,
    errors=("no_voice",),
)  # fmt: skip
async def read_prompts(request: web.Request) -> web.Response:
    """All wordings with their state."""
    wordings = await _desk(request).wordings()
    return reply(PromptsReply(prompts=tuple(_view(each) for each in wordings)))


@api.operation(
    "GET", "/api/prompts/{prompt}/sound", "Hear it as callers do (WAV)", roles=ADMINS, media="audio/wav",
    errors=("not_found", "no_voice", "invalid"),
)  # fmt: skip
async def hear_prompt(request: web.Request) -> web.Response:
    """The recording if there is one of these words, else synthesised."""
    with _refusals():
        sound = await _desk(request).sound(request.match_info["prompt"])
    return web.Response(body=sound, content_type="audio/wav")


@api.operation(
    "PUT", "/api/prompts/{prompt}/recording", "Use a recording (the file itself as the body, 20 MiB at most)",
    roles=ADMINS, upload=True, reply=PromptView, errors=("not_found", "no_voice", "invalid", "too_large"),
)  # fmt: skip
async def record_prompt(request: web.Request) -> web.Response:
    """Replaces an earlier one; if the file cannot be used the earlier one stays."""
    desk, (_, user) = _desk(request), signed_in(request)
    upload = await _uploaded(request)
    with _refusals():
        return reply(_view(await desk.record(request.match_info["prompt"], upload, user.name)))


@api.operation(
    "DELETE", "/api/prompts/{prompt}/recording", "Back to the synthesiser", roles=ADMINS, statuses=(204,),
    errors=("not_found", "no_voice", "invalid"),
)  # fmt: skip
async def forget_prompt(request: web.Request) -> web.Response:
    """Removes the recording."""
    with _refusals():
        await _desk(request).remove(request.match_info["prompt"], signed_in(request)[1].name)
    return web.Response(status=204)


def _desk(request: web.Request) -> PromptDesk:
    desk = request.app[SERVICES].prompts
    if desk is None:
        raise ApiError("no_voice", _NO_VOICE)
    return desk


async def _uploaded(request: web.Request) -> bytes:
    """Read in pieces: the size that is announced is not believed."""
    read = bytearray()
    async for piece in request.content.iter_any():
        read += piece
        if len(read) > LARGEST_UPLOAD:
            raise ApiError("too_large", f"文件超过 {LARGEST_UPLOAD >> 20} MB。请压缩或剪短后再上传")
    return bytes(read)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except UnknownPrompt as error:
        raise ApiError("not_found", str(error)) from error
    except PromptRefused as error:
        raise ApiError("invalid", str(error)) from error
    except SpeechFailed as error:
        raise ApiError("no_voice", _NO_VOICE) from error


def _view(wording: Wording) -> PromptView:
    text = wording.text
    return PromptView(
        id=text.id,
        group=text.group,
        title=text.title,
        text=text.text,
        state=wording.state,
        seconds=wording.seconds,
        recorded_text=wording.recorded_text,
        recordable=text.recordable and wording.used,
        used=wording.used,
    )
