"""`frontdesk asterisk`: a private Asterisk for trying out, tests and small sites."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Annotated

import typer

from frontdesk.cli.trouble import fail
from frontdesk.settings import home
from frontdesk.telephony import (
    AsteriskFailed,
    ConfigurationError,
    FetchFailed,
    Layout,
    NoAsterisk,
    RunningAsterisk,
    cached_folder,
    fetch_asterisk,
    find_asterisk,
    render,
)

asterisk = typer.Typer(help="自带的 Asterisk（电话交换）。", no_args_is_help=True)


@asterisk.callback()
def _asterisk() -> None:
    """自带的 Asterisk（电话交换）。"""


@asterisk.command("fetch")
def fetch(
    mirror: Annotated[str | None, typer.Option(help="Debian 软件源；不写就用这台机器自己的")] = None,
    again: Annotated[bool, typer.Option("--again", help="已经有了也重新取")] = False,
) -> None:
    """从 Debian 取一份 Asterisk（约 500 MB，一两分钟，需要 root 和 debootstrap）。"""
    folder = cached_folder(home())
    if not again:
        try:
            found = find_asterisk(home())
        except NoAsterisk:
            pass
        else:
            typer.echo(f"已经有了：{found.program[-1]}")
            return
    try:
        fetch_asterisk(folder, mirror)
    except FetchFailed as error:
        raise fail(str(error)) from None
    typer.echo(f"已放在 {folder}")


@asterisk.command("run")
def run(
    sip_host: Annotated[
        str, typer.Option(help="SIP 监听地址；要让别的机器的话机连进来，写本机的局域网地址")
    ] = "127.0.0.1",
    sip_port: Annotated[int, typer.Option(help="SIP 端口")] = 5060,
    trunk: Annotated[list[str] | None, typer.Option(help="市民来话的来源地址，可以写多个")] = None,
    secure_trunk: Annotated[
        list[str] | None, typer.Option(help="走 TLS 和 SRTP 的来话的来源地址，可以写多个；不写就不开 TLS")
    ] = None,
    tls_port: Annotated[int, typer.Option(help="TLS 端口")] = Layout.tls_port,
) -> None:
    """把 config/asterisk/ 填好写进 var/asterisk/，启动 Asterisk。按 Ctrl+C 停止。"""
    layout = Layout(
        root=home() / "var" / "asterisk",
        sip_host=sip_host,
        sip_port=sip_port,
        trunk_sources=tuple(trunk or Layout.trunk_sources),
        secure_trunk_sources=tuple(secure_trunk or ()),
        tls_port=tls_port,
    )
    try:
        found = find_asterisk(home())
        passwords = render(home() / "config" / "asterisk", layout, found)
        running = RunningAsterisk(found, layout)
        running.wait_ready()
    except (NoAsterisk, ConfigurationError, AsteriskFailed) as error:
        raise fail(str(error)) from None
    _announce(layout, passwords)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        ended = running.wait()
    except KeyboardInterrupt:
        running.stop()
        return
    raise fail(f"Asterisk 自己退出了（返回 {ended}），日志见 {running.log}")


def _announce(layout: Layout, passwords: Mapping[str, str]) -> None:
    typer.echo("\nAsterisk 已经启动")
    typer.echo(f"  市民来话    sip:12345@{layout.sip_host}:{layout.sip_port}，或 sip:110@……")
    typer.echo(f"  来话的来源  {'、'.join(layout.trunk_sources)}（用 --trunk 改）")
    typer.echo(f"  ARI         {layout.ari_url}")
    typer.echo("  席员话机（软电话填这些就能注册）：")
    for queue, names in layout.operators.items():
        for name in names:
            typer.echo(
                f"    {queue:<6} 账号 {name}  密码 {passwords[name]}  服务器 {layout.sip_host}:{layout.sip_port}"
            )
    typer.echo("")
