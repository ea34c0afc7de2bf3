"""`frontdesk models`: voice models by name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from frontdesk.cli.trouble import fail
from frontdesk.download import DownloadFailed, download
from frontdesk.settings import home
from frontdesk.voice_models import OFFICIAL, TEST_MODEL, VoiceModelError, VoiceModels

models = typer.Typer(help="语音模型：查看、下载、检查、选用。", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="模型名，见 frontdesk models list")]


@models.callback()
def _main() -> None:
    """语音模型。"""


@models.command("list")
def show() -> None:
    """有哪些语音模型，哪个在用。"""
    kept = VoiceModels(home())
    try:
        used = kept.chosen()
    except VoiceModelError as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        used = None
    rows = [(TEST_MODEL, "11 MB", "测试语音模型，随程序提供，听不懂真人")]
    rows += [(model.name, model.size, model.told) for model in OFFICIAL.values()]
    for name, size, told in rows:
        state = "在用" if used and used.name == name else "已有" if kept.installed(name) else "未下载"
        typer.echo(f"{state}  {name}  {size}  {told}")
    if used and used.notice:
        typer.secho(used.notice, fg=typer.colors.YELLOW, err=True)


@models.command()
def fetch(
    name: Name,
    *,
    file: Annotated[Path | None, typer.Option(help="没有网络时，从这个 zip 文件安装")] = None,
    address: Annotated[str | None, typer.Option(help="从别的地址（镜像）下载")] = None,
    again: Annotated[bool, typer.Option("--again", help="已有也重新下载")] = False,
) -> None:
    """下载一个官方语音模型（断了接着下），或从文件安装。"""
    kept = VoiceModels(home())
    try:
        if name == TEST_MODEL:
            typer.echo(f"{TEST_MODEL} 随程序提供，不用下载")
            return
        if kept.installed(name) and not again and file is None:
            typer.echo(f"{name} 已经有了（重新下载加 --again）")
            return
        if file is not None and not file.is_file():
            raise fail(f"没有这个文件：{file}")
        archive = file or kept.store / f"{name}.zip"
        if file is None:
            _download(address or OFFICIAL[name].address, archive)
        try:
            kept.install(name, archive, typer.echo)
        finally:
            if file is None:
                archive.unlink(missing_ok=True)
    except (VoiceModelError, DownloadFailed, OSError) as error:
        raise fail(str(error)) from None
    typer.echo(f"{name} 装好了。选用它：frontdesk models use {name}")


@models.command()
def check(name: Annotated[str | None, typer.Argument(help="不写就检查在用的")] = None) -> None:
    """装载模型、解码一段语音、测量这台机器能同时听几路电话。"""
    kept = VoiceModels(home())
    try:
        wanted = name or kept.chosen().name
        found = kept.examine(wanted)
    except VoiceModelError as error:
        raise fail(str(error)) from None
    typer.echo(f"{wanted}：能用，{found.rate} Hz，听到“{found.heard}”")
    typer.echo(f"这台机器每秒解码 {found.speed:.1f} 秒语音，可以同时听 {found.calls} 路电话")
    if wanted == TEST_MODEL:
        typer.secho("这是测试语音模型，听不懂真人随意说的话", fg=typer.colors.YELLOW, err=True)
    if not found.heard:
        typer.secho("合成语音里的话一个字也没听出来，选用前请打一个电话试试", fg=typer.colors.YELLOW, err=True)
    if not found.calls:
        raise fail(f"这台机器太慢，用 {wanted} 连一路电话也听不过来")


@models.command()
def use(name: Name) -> None:
    """选用一个语音模型（先检查能不能用），下次启动时生效。"""
    try:
        used = VoiceModels(home()).choose(name)
    except VoiceModelError as error:
        raise fail(str(error)) from None
    typer.echo(f"下次启动时使用 {used.name}")
    if used.notice:
        typer.secho(used.notice, fg=typer.colors.YELLOW, err=True)


def _download(address: str, file: Path) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task(file.name, total=None)
        asyncio.run(download(address, file, lambda have, whole: bar.update(task, completed=have, total=whole)))
