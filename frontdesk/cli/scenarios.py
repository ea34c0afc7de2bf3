"""`frontdesk test`: play scenario files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from frontdesk.cli.trouble import fail, mendable
from frontdesk.compose import system_clock
from frontdesk.knowledge import configured_knowledge
from frontdesk.scenarios import load_scenarios, run_scenario


def test(
    path: Annotated[Path, typer.Argument(help="场景文件或文件夹，例如 tests/scenarios")],
) -> None:
    """把场景文件里的对话放进真实引擎里走一遍，不符的逐条列出。"""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise fail(f"{path} 里没有场景文件（*.yaml）")
    with mendable():
        know = configured_knowledge()
        scenarios = [(file, scenario) for file in files for scenario in load_scenarios(file)]
        failed = 0
        for file, scenario in scenarios:
            failures = asyncio.run(run_scenario(know, scenario, system_clock))
            failed += bool(failures)
            if failures:
                typer.secho(f"✗ {file.name}：{scenario.title}", fg=typer.colors.RED)
                for failure in failures:
                    typer.echo(f"    {failure}")
    typer.echo(f"{len(scenarios) - failed} 段通过，{failed} 段不符")
    if failed:
        raise typer.Exit(1)
