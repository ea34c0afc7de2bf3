"""Recordings of a case's calls: which there are, and listening to one. Every listening is audited."""

from __future__ import annotations

import asyncio
from datetime import datetime

from aiohttp import hdrs, web
from pydantic import BaseModel, Field

from frontdesk.calls.timeline import Placed, placed_lines
from frontdesk.recordings import Archive, RecordingError, SealedReader, chunks_of, wav_part, wav_size
from frontdesk.storage import CallRecord
from frontdesk.web.errors import ApiError
from frontdesk.web.openapi import EVERYBODY, Api
from frontdesk.web.replies import reply
from frontdesk.web.security import actor
from frontdesk.web.services import SERVICES
from frontdesk.web.typed import case_number
from handoff import Case
from handoff.access import may_listen
from handoff.desk_reading import VISIT, CaseNotFound
from handoff.ports import AuditEntry

api = Api("recordings")


class RecordingView(BaseModel):
    """The recording of one call of a case."""

    call: str
    started_at: datetime
    live: bool = Field(description="the call goes on, the recording grows")
    seconds: float
    complete: bool = Field(description="false while the call goes on, and if the server was stopped in the middle")
    problem: str | None = Field(default=None, description="why it cannot be heard; null if it can")
    failed_at: float | None = Field(default=None, description="second from which nothing could be stored")
    lines: tuple[Placed, ...] = Field(description="where in it the lines of the conversation are spoken, in seconds")


class RecordingList(BaseModel):
    """Recordings of the calls of a case, the earliest first."""

    recordings: tuple[RecordingView, ...]


@api.operation(
    "GET", "/api/cases/{number}/recording", "Recordings of a case's calls", roles=EVERYBODY, reply=RecordingList,
    errors=("not_found",),
)  # fmt: skip
async def list_recordings(request: web.Request) -> web.Response:
    """For the desk that has the case, supervisors and admins. Empty where nothing was recorded or kept."""
    case, archive = await _case(request), request.app[SERVICES].call_recordings
    views = []
    for call in await _calls(request, case) if archive is not None else ():
        assert archive is not None
        if (view := await asyncio.to_thread(_view, archive, call)) is not None:
            async with request.app[SERVICES].store.reading() as tx:
                events = await tx.calls.events(call.id)
            failed_at = next((event.at for event in events if event.kind == "recording_failed"), None)
            views.append(view.model_copy(update={"lines": placed_lines(events), "failed_at": failed_at}))
    return reply(RecordingList(recordings=tuple(views)))


@api.operation(
    "GET", "/api/cases/{number}/recording/{call}", "Listen to a call (WAV)", roles=EVERYBODY, statuses=(200, 206),
    errors=("not_found", "bad_range", "recording_unreadable"),
    headers=(("Range", "a part of the file, as in bytes=44-32043"),),
)  # fmt: skip
async def read_recording(request: web.Request) -> web.StreamResponse:
    """The sound as WAV, whole or a range of bytes. Audited once a visit, as opening the case is."""
    case, archive = await _case(request), request.app[SERVICES].call_recordings
    wanted = request.match_info["call"]
    call = next((each for each in await _calls(request, case) if each.id == wanted), None)
    if call is None or archive is None:
        raise ApiError("not_found", "这件事没有这段录音")
    try:
        reader = await asyncio.to_thread(archive.open, call.id, call.started_at)
    except FileNotFoundError:
        raise ApiError("not_found", "这段录音已经过了保存期限，或者没有录") from None
    except RecordingError as error:
        raise ApiError("recording_unreadable", str(error)) from error
    try:
        return await _send(request, case, reader)
    finally:
        await asyncio.to_thread(reader.close)


async def _send(request: web.Request, case: Case, reader: SealedReader) -> web.StreamResponse:
    size = wav_size(reader)
    part = _range(request, size)
    start, end = part or (0, size)
    chunks = chunks_of(reader, start, end)
    try:
        await asyncio.to_thread(reader.verify, chunks.start, chunks.stop)
    except RecordingError as error:
        raise ApiError("recording_unreadable", str(error)) from error
    await _audit(request, case, reader.header.call)
    response = web.StreamResponse(status=200 if part is None else 206)
    response.content_type = "audio/wav"
    response.content_length = end - start
    response.headers[hdrs.ACCEPT_RANGES] = "bytes"
    if part is not None:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{end - 1}/{size}"
    await response.prepare(request)
    pieces = wav_part(reader, start, end)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        await response.write(piece)
    await response.write_eof()
    return response


def _range(request: web.Request, size: int) -> tuple[int, int] | None:
    """The bytes asked for, as [start, end); None for all, and for a range that nobody can read."""
    if hdrs.RANGE not in request.headers:
        return None
    try:
        asked = request.http_range
    except ValueError:
        return None
    if asked.start is None:
        return None
    start = max(size + asked.start, 0) if asked.start < 0 else asked.start
    if start >= size:
        raise ApiError("bad_range", f"录音只有 {size} 个字节，请从前面取", field=hdrs.RANGE)
    return start, size if asked.stop is None else min(asked.stop, size)


async def _case(request: web.Request) -> Case:
    number = case_number(request)
    async with request.app[SERVICES].store.reading() as tx:
        case = await tx.cases.get(number)
    if case is None:
        raise CaseNotFound(number)
    if not may_listen(case, actor(request)):
        raise ApiError("forbidden", f"这件事在 {case.queue} 席，录音只有那一席和主管可以听")
    return case


async def _calls(request: web.Request, case: Case) -> tuple[CallRecord, ...]:
    if case.origin.conversation is None:
        return ()
    async with request.app[SERVICES].store.reading() as tx:
        return tuple(await tx.calls.of_conversation(case.origin.conversation))


def _view(archive: Archive, call: CallRecord) -> RecordingView | None:
    live = call.ended_at is None and archive.growing(call.id, call.started_at)
    seconds, complete, problem = 0.0, False, None
    try:
        reader = archive.open(call.id, call.started_at)
    except FileNotFoundError:
        return None
    except RecordingError as error:
        problem = str(error)
    else:
        seconds, complete = reader.seconds, reader.complete
        reader.close()
    return RecordingView(
        call=call.id,
        started_at=call.started_at,
        live=live,
        seconds=round(seconds, 3),
        complete=complete,
        problem=problem,
        lines=(),
    )


async def _audit(request: web.Request, case: Case, call: str) -> None:
    services, me = request.app[SERVICES], actor(request)
    async with services.store.transaction() as tx:
        now = services.clock()
        for entry in await tx.audit.recent(case.number, limit=50):
            same = (entry.actor, entry.action, entry.detail.get("call")) == (me.name, "listen", call)
            if same and now - entry.at < VISIT:
                return
        detail = {"queue": case.queue, "call": call}
        await tx.audit.append(AuditEntry(at=now, actor=me.name, action="listen", subject=case.number, detail=detail))
