"""`frontdesk explain`: what a sentence is understood as, and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from conversation import Knowledge
from frontdesk.batch import explain as explained
from frontdesk.cli.jsonl import BadLine, parse, refusal, write
from frontdesk.cli.jsonl import lines as jsonl_lines
from frontdesk.cli.trouble import fail, mendable
from frontdesk.knowledge import configured_knowledge
from intents.cues import read_cues
from intents.normalise import normalise


def explain(
    text: Annotated[str | None, typer.Argument(help="一句话", show_default=False)] = None,
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='从标准输入逐行读 {"text": …}，逐行写回结果')] = False,
) -> None:
    """说明一句话会怎样处理：决定、分数、理由。"""
    if jsonl == (text is not None):
        raise fail('请写一句话（frontdesk explain "身份证丢了"），或用 --jsonl 从标准输入读')
    with mendable():
        know = configured_knowledge()
    if text is not None:
        _show(know, text)
        return
    for number, line in jsonl_lines():
        write(_answer(know, line, number))


def _answer(know: Knowledge, line: bytes, number: int) -> dict[str, Any]:
    try:
        asked = parse(line)
    except BadLine as error:
        return refusal(number, str(error))
    if not isinstance(asked.get("text"), str):
        return refusal(number, 'text 应当是文字，例如 {"text": "…"}')
    return {**asked, **explained(know, asked["text"])}


def _show(know: Knowledge, text: str) -> None:
    result = explained(know, text)
    console = Console()
    console.print(f"[bold]{result['decision']}[/] {result['intent'] or ''}  {'；'.join(result['why'])}")
    if result["queue"]:
        console.print(f"去向 {result['queue']}席 {result['route']} {result['priority']} 联动 {result['linkage']}")
    table = Table("意图", "标题", "分数", "起作用的字词", "最像的例句")
    form = normalise(text)
    for candidate in know.understanding.rank([form], read_cues(form)):
        shown = know.understanding.matcher.explain(form, candidate)
        title = know.catalogue[shown.intent].title
        table.add_row(shown.intent, title, f"{shown.score:.3f}", " ".join(shown.words), shown.nearest)
    console.print(table)
    heard = {name: value for name, value in result["fields"].items() if value is not None}
    if heard:
        console.print(f"要素 {heard}")
