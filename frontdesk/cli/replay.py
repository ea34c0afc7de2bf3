"""`frontdesk replay`: whole conversations in batch."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from conversation import Knowledge
from frontdesk.batch import BatchError
from frontdesk.batch import replay as replayed
from frontdesk.cli.jsonl import BadLine, lines, parse, refusal, write
from frontdesk.cli.trouble import fail, mendable
from frontdesk.compose import system_clock
from frontdesk.knowledge import configured_knowledge


def replay(
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='从标准输入逐行读 {"id", "channel", "turns"}')] = False,
) -> None:
    """把整段对话放进引擎里走一遍，逐行写出每一轮说了什么、答了什么、生成了什么。"""
    if not jsonl:
        raise fail("请加 --jsonl，并从标准输入逐行给出对话，写法见 docs/api.md")
    with mendable():
        know = configured_knowledge()
    asyncio.run(_all(know))


async def _all(know: Knowledge) -> None:
    for number, line in lines():
        write(await _one(know, line, number))


async def _one(know: Knowledge, line: bytes, number: int) -> dict[str, Any]:
    try:
        request = parse(line)
    except BadLine as error:
        return refusal(number, str(error))
    try:
        return await replayed(know, request, system_clock)
    except BatchError as error:
        return refusal(number, str(error), id=request.get("id"))
