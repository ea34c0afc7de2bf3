"""`frontdesk shell`: talk to the front desk in the terminal; nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from conversation import ConversationService, Engine, Keyed, Knowledge, Said, Silence
from frontdesk.cli.trouble import mendable
from frontdesk.compose import system_clock
from frontdesk.knowledge import configured_knowledge
from handoff import Channel, Queue
from handoff.ports import Message
from handoff.summary import summarise
from handoff.testing import MemoryLiveFeed, MemoryStore


def shell(
    entry: Annotated[str | None, typer.Option(help="从哪条线打进来：110 或 12345")] = None,
) -> None:
    """在终端里和前台说话。空行表示沉默，/1 表示按键 1，/退出 离开。说的话不保存。"""
    with mendable():
        know = configured_knowledge()
    line: Queue | None = "110" if entry == "110" else "12345" if entry == "12345" else None
    asyncio.run(_talk(know, line))


async def _talk(know: Knowledge, entry: Queue | None) -> None:
    console, store = Console(), MemoryStore()
    service = ConversationService(Engine(know), store, MemoryLiveFeed(), system_clock)
    conversation = await service.open(Channel.SHELL, entry=entry)
    _print(console, await service.transcript(conversation))
    while True:
        try:
            text = (await asyncio.to_thread(console.input, "[bold]市民：[/]")).strip()
        except (EOFError, KeyboardInterrupt):
            break
        if text in ("/退出", "/exit", "/quit"):
            break
        event = Keyed(key=text[1:]) if text.startswith("/") else Said(alternatives=(text,)) if text else Silence()
        turn = await service.handle(conversation, event)
        _print(console, turn.messages)
    async with store.transaction() as tx:
        for case in await tx.cases.recent(None):
            console.rule(f"{case.queue}席 {case.priority} {case.title} {case.number}")
            console.print(summarise(case), markup=False)


def _print(console: Console, messages: Sequence[Message]) -> None:
    for message in messages:
        console.print(f"前台：{message.text}", style="cyan", markup=False)
        choices = message.payload.get("choices", [])
        if choices:
            console.print("  ".join(f"/{choice['key']} {choice['label']}" for choice in choices), markup=False)
