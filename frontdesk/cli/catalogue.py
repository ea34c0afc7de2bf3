"""`frontdesk catalogue`: look after the intent catalogue."""

from __future__ import annotations

import typer

from frontdesk.cli.trouble import mendable
from frontdesk.knowledge import catalogue_files, configured_knowledge
from frontdesk.settings import home
from intents.parse import locate
from intents.validate import validate as examine

catalogue = typer.Typer(help="意图库：检查。", no_args_is_help=True)


@catalogue.callback()
def _main() -> None:
    """意图库。"""


@catalogue.command()
def validate() -> None:
    """检查意图库：写法、重复、被别的意图抢走的说法、命中不了的意图、与安全筛查的冲突。"""
    config = home() / "config"
    with mendable():
        entries = locate(catalogue_files(config))
        findings = examine(entries, configured_knowledge().understanding)
    for finding in findings:
        mark, colour = ("错误", typer.colors.RED) if finding.blocks else ("提醒", typer.colors.YELLOW)
        typer.secho(f"{mark} {finding}", fg=colour)
    examples = sum(len(entry.intent.examples) for entry in entries)
    wrong = sum(finding.blocks for finding in findings)
    typer.echo(f"{len(entries)} 个意图，{examples} 条说法：{wrong} 处错误，{len(findings) - wrong} 处提醒")
    if wrong:
        raise typer.Exit(1)
