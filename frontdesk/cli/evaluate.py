"""`frontdesk eval`: how well labelled sentences are understood, and whether a change lost ground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from frontdesk.cli.trouble import fail, mendable
from frontdesk.evaluation import RATES, NotComparable, Report, evaluate, lost_ground, read_report, read_split
from frontdesk.evaluation.plot import drawing
from frontdesk.evaluation.split import Lines
from frontdesk.evaluation.tables import losses_table, tables
from frontdesk.knowledge import LANGUAGE, configured_knowledge
from frontdesk.settings import home

_WIDTH = 120


def measure(
    file: Annotated[
        Path | None, typer.Argument(help="标好的句子（JSON 行）；不写就用 config/evaluation/", show_default=False)
    ] = None,
    *,
    lines: Annotated[
        str | None, typer.Option(help="all、odd 或 even 行（从 0 数）；自带的文件默认 odd，自己的文件默认 all")
    ] = None,
    noise: Annotated[list[int] | None, typer.Option(help="听错的字占百分之几，可以写几个；默认 0 10 20 30")] = None,
    worst: Annotated[int, typer.Option(min=0, help="列出认错最多的几个意图")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="写出整份报告，供以后 --against")] = False,
    plot: Annotated[Path | None, typer.Option(help="另画一张图，写进这个 .svg 文件")] = None,
    against: Annotated[Path | None, typer.Option(help="和以前的报告（--json 存的）比，变差就退出 1")] = None,
) -> None:
    """量一量听懂了多少：各噪声档的比例、把握准不准、哪些意图常认错；和以前比有没有变差。"""
    if plot is not None and plot.suffix.lower() != ".svg":
        raise fail(f"{plot}：只会画 SVG，请把文件名写成 .svg（浏览器能打开，也能另存成 PNG）")
    with mendable():
        before = read_report(against) if against else None
        know = configured_knowledge()
        split = read_split(
            file or home() / "config" / "evaluation" / f"{LANGUAGE}.jsonl", know.catalogue, _lines(lines, file)
        )
    report = evaluate(know, split, _rates(noise))
    if as_json:
        typer.echo(report.model_dump_json())
    else:
        console = Console(width=None if Console().is_terminal else _WIDTH)
        for table in tables(report, know.catalogue, worst):
            console.print(table)
    if plot is not None:
        _draw(plot, report)
    if before is not None:
        _compare(before, report)


def _lines(named: str | None, file: Path | None) -> Lines:
    match named:
        case None:
            return "odd" if file is None else "all"
        case "all" | "odd" | "even":
            return named
        case _:
            raise fail(f"--lines 写的是 {named}，可用：all、odd、even")


def _rates(percents: list[int] | None) -> tuple[float, ...]:
    if not percents:
        return RATES
    if any(not 0 <= percent <= 100 for percent in percents):
        raise fail("--noise 是百分数，0 到 100")
    return tuple(percent / 100 for percent in sorted(set(percents)))


def _draw(path: Path, report: Report) -> None:
    try:
        path.write_text(drawing(report), "utf-8")
    except OSError as error:
        raise fail(f"{path} 写不进去（{error.strerror}）。请换一个位置") from None


def _compare(before: Report, after: Report) -> None:
    """Told on standard error: standard output may be the new report."""
    try:
        losses = lost_ground(before, after)
    except NotComparable as error:
        raise fail(str(error)) from None
    if losses:
        Console(stderr=True, width=_WIDTH).print(losses_table(losses))
        raise typer.Exit(1)
    typer.echo("和以前比，没有变差", err=True)
