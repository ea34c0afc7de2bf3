"""`frontdesk serve`: run the front desk."""

from __future__ import annotations

import asyncio
import errno
import signal
from dataclasses import dataclass

import structlog
import typer
from aiohttp import web

from frontdesk.accounts import Accounts, Role
from frontdesk.cli.manage import generated_password
from frontdesk.cli.trouble import fail, mendable
from frontdesk.compose import composed
from frontdesk.knowledge import configured_knowledge
from frontdesk.logs import set_up_logs
from frontdesk.settings import Settings, load_settings
from frontdesk.web.app import build_app
from frontdesk.web.services import Services

_STARTERS: tuple[tuple[str, Role], ...] = (
    ("desk110", "operator-110"),
    ("desk12345", "operator-12345"),
    ("chief", "supervisor"),
    ("admin", "admin"),
)

log = structlog.get_logger("frontdesk")


@dataclass
class PortTaken(Exception):
    """Another program listens on the address."""

    host: str
    port: int

    def __str__(self) -> str:
        return (
            f"{self.host}:{self.port} 已经被别的程序占用（也许前台已经在运行）。"
            "请停掉它，或在 config/frontdesk.toml 里换一个 port"
        )


def serve() -> None:
    """启动前台：市民网页、席员工作台和接口。按 Ctrl+C 停止。"""
    with mendable():
        settings = load_settings()
        set_up_logs(settings.log_level)
        try:
            asyncio.run(_serve(settings))
        except PortTaken as error:
            raise fail(str(error)) from None


async def _serve(settings: Settings) -> None:
    know = configured_knowledge()
    async with composed(settings, know) as services:
        runner = web.AppRunner(build_app(services), access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.host, settings.port)
            try:
                await site.start()
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(settings.host, settings.port) from error
                raise
            stopped = _stop_signal()
            port = runner.addresses[0][1]
            starters = await _starters(services.accounts)
            _announce(settings, port, starters, services)
            for name, role, password in starters:
                await services.accounts.create(name, password, role, by="first start")
            log.info("front desk is up", host=settings.host, port=port, intents=len(know.catalogue))
            await stopped.wait()
        finally:
            await runner.cleanup()


async def _starters(accounts: Accounts) -> list[tuple[str, Role, str]]:
    """Accounts to make for a fresh installation; none if there is any already.

    Told before they are made: a password nobody has seen would lock everybody out.
    """
    if await accounts.users():
        return []
    return [(name, role, generated_password()) for name, role in _STARTERS]


def _announce(settings: Settings, port: int, created: list[tuple[str, Role, str]], services: Services) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    root = f"http://{host}:{port}"
    typer.echo("\n一电通已经启动")
    typer.echo(f"  市民网页    {root}/")
    typer.echo(f"  网页电话    {root}/call" if services.voice else "  网页电话    没有（这台机器没有语音模型或合成器）")
    typer.echo(f"  查进度      {root}/status")
    typer.echo(f"  席员工作台  {root}/desk")
    typer.echo(f"  接口文档    {root}/api/openapi.json")
    if services.voice_notice:
        typer.echo(f"\n注意：{services.voice_notice}")
    if created:
        typer.echo("\n第一次启动，已生成席员账号。密码只显示这一次，请现在记下：")
        for name, role, password in created:
            typer.echo(f"  {name:<10} {role:<15} {password}")
    typer.echo("")


def _stop_signal() -> asyncio.Event:
    """Set by Ctrl+C or SIGTERM from now on."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
