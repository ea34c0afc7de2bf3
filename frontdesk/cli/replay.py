"""`frontdesk replay`: whole conversations in batch."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

from conversation import Knowledge
from frontdesk.batch import BatchError
from frontdesk.batch import replay as replayed
from frontdesk.cli.trouble import fail, mendable
from frontdesk.compose import system_clock
from frontdesk.knowledge import load_knowledge
from frontdesk.settings import home


def replay(
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='从标准输入逐行读 {"id", "channel", "turns"}')] = False,
) -> None:
    """把整段对话放进引擎里走一遍，逐行写出每一轮说了什么、答了什么、生成了什么。"""
    if not jsonl:
        raise fail("请加 --jsonl，并从标准输入逐行给出对话，写法见 docs/api.md")
    with mendable():
        know = load_knowledge(home() / "config")
    asyncio.run(_all(know))


async def _all(know: Knowledge) -> None:
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            sys.stdout.write(json.dumps(await _one(know, line, number), ensure_ascii=False) + "\n")
            sys.stdout.flush()


async def _one(know: Knowledge, line: bytes, number: int) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError as error:
        return {"error": {"code": "bad_line", "message": f"第{number}行不是 JSON：{error}"}}
    if not isinstance(request, dict):
        return {"error": {"code": "bad_line", "message": f'第{number}行应当是 {{"id": …, "turns": […]}}'}}
    try:
        return await replayed(know, request, system_clock)
    except BatchError as error:
        return {"id": request.get("id"), "error": {"code": "bad_line", "message": f"第{number}行：{error}"}}
