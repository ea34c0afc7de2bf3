"""`frontdesk trace`: what happened in a call, turn by turn, with milliseconds."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from frontdesk.calls.story import heading, story
from frontdesk.cli.trouble import fail, mendable
from frontdesk.settings import load_settings
from frontdesk.storage import CallEvent, CallRecord, SqlTransaction, open_store
from handoff.ports import Message

LATEST = 20


@dataclass(frozen=True)
class _Told:
    call: CallRecord
    case: str | None
    events: tuple[CallEvent, ...] = ()
    lines: tuple[Message, ...] = ()


def trace(
    what: Annotated[str | None, typer.Argument(help="通话、对话或案件的编号；不写就列出最近的通话")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="一行一个 JSON")] = False,
) -> None:
    """一通电话里发生了什么：谁什么时候说、怎么决定、第一声什么时候出，精确到毫秒。"""
    with mendable():
        found = asyncio.run(_find(what))
    if what is not None and not found:
        raise fail(f"没有编号为 {what} 的通话、对话或案件，或者那不是电话。不带编号运行可以看最近的通话")
    if not found and not as_json:
        typer.echo("还没有通话")
    for told in found:
        if as_json:
            typer.echo(json.dumps(_document(told, whole=what is not None), ensure_ascii=False))
            continue
        typer.echo(heading(told.call, told.case))
        for line in story(told.events, {line.seq: line for line in told.lines}):
            typer.echo(line)


async def _find(what: str | None) -> list[_Told]:
    async with open_store(load_settings().database_url, exclusive=False) as store, store.reading() as tx:
        if what is None:
            return [_Told(call, await _case(tx, call)) for call in await tx.calls.recent(LATEST)]
        return [await _whole(tx, call) for call in await _named(tx, what)]


async def _named(tx: SqlTransaction, what: str) -> list[CallRecord]:
    if (call := await tx.calls.get(what)) is not None:
        return [call]
    case = await tx.cases.get(what)
    conversation = what if case is None else case.origin.conversation
    return [] if conversation is None else list(await tx.calls.of_conversation(conversation))


async def _whole(tx: SqlTransaction, call: CallRecord) -> _Told:
    lines: list[Message] = []
    while call.conversation and (more := await tx.conversations.messages(call.conversation, len(lines))):
        lines += more
    return _Told(call, await _case(tx, call), tuple(await tx.calls.events(call.id)), tuple(lines))


async def _case(tx: SqlTransaction, call: CallRecord) -> str | None:
    stored = await tx.conversations.get(call.conversation) if call.conversation else None
    return None if stored is None else stored.case_number


def _document(told: _Told, *, whole: bool) -> dict[str, Any]:
    document = {**told.call.model_dump(mode="json"), "case": told.case}
    if whole:
        document["events"] = [event.model_dump(mode="json") for event in told.events]
        document["lines"] = [line.model_dump(mode="json", exclude={"conversation"}) for line in told.lines]
    return document
