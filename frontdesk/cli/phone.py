"""`frontdesk phone`: Asterisk and the front desk together, and how to call them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import urlsplit

import typer

from frontdesk.cli.trouble import fail, mendable
from frontdesk.settings import Settings, home, load_settings
from frontdesk.telephony import (
    Asterisk,
    AsteriskFailed,
    ConfigurationError,
    FetchFailed,
    Layout,
    NoAsterisk,
    RunningAsterisk,
    cached_folder,
    fetch_asterisk,
    find_asterisk,
    registered,
    render,
)

CITIZEN = "citizen"
"""The account of a softphone that calls as citizens do."""
STOP_SECONDS = 30.0
_LOOK_SECONDS = 0.25
_READY_SECONDS = 90.0


def phone(
    sip_host: Annotated[
        str, typer.Option(help="SIP 监听地址；要让别的机器的软电话连进来，写本机的局域网地址")
    ] = "127.0.0.1",
    sip_port: Annotated[int, typer.Option(help="SIP 端口")] = 5060,
    trunk: Annotated[list[str] | None, typer.Option(help="市民来话的来源地址，可以写多个")] = None,
) -> None:
    """同时启动自带的 Asterisk 和前台，印出怎样打电话进来。按 Ctrl+C 两个一起停。"""
    with mendable():
        settings = load_settings()
    ari, listening = urlsplit(settings.ari_url), settings.media_host
    layout = Layout(
        root=home() / "var" / "asterisk",
        sip_host=sip_host,
        sip_port=sip_port,
        ari_port=ari.port or Layout.ari_port,
        media_uri=f"ws://{listening}:{settings.media_port}/media",
        trunk_sources=tuple(trunk or Layout.trunk_sources),
        operators={"110": settings.phone_names("110"), "12345": settings.phone_names("12345")},
        citizens=(CITIZEN,),
    )
    found = _asterisk()
    _check_ports(settings, layout)
    typer.echo("正在启动 Asterisk 和前台……")
    with _stopped_by_signals(), _exchange(found, layout) as (exchange, passwords), _front_desk() as desk:
        _watch(exchange, desk, layout, passwords, settings)


def _asterisk() -> Asterisk:
    """Fetched if there is none."""
    try:
        return find_asterisk(home())
    except NoAsterisk as error:
        typer.echo(f"{error}\n现在就取一份，约 500 MB……")
    try:
        fetch_asterisk(cached_folder(home()))
        return find_asterisk(home())
    except (FetchFailed, NoAsterisk) as error:
        raise fail(f"没有取到 Asterisk：{error}") from None


def _check_ports(settings: Settings, layout: Layout) -> None:
    wanted = (
        (socket.SOCK_DGRAM, layout.sip_host, layout.sip_port, "SIP", "用 --sip-port 换一个"),
        (socket.SOCK_STREAM, "127.0.0.1", layout.ari_port, "ARI", "在设置里换 ari_url 的端口"),
        (socket.SOCK_STREAM, settings.media_host, settings.media_port, "声音", "在设置里换 media_port"),
        (socket.SOCK_STREAM, settings.host, settings.port, "网页", "在设置里换 port"),
    )
    for kind, host, port, use, way_out in wanted:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise fail(
                    f"{use}要用的 {host}:{port} 用不了（{error.strerror}）。"
                    f"也许已经有一个 Asterisk 或前台在运行：请停掉它，或{way_out}"
                ) from None


@contextmanager
def _exchange(found: Asterisk, layout: Layout) -> Iterator[tuple[RunningAsterisk, Mapping[str, str]]]:
    try:
        passwords = render(home() / "config" / "asterisk", layout, found)
        running = RunningAsterisk(found, layout)
        try:
            running.wait_ready()
            yield running, passwords
        finally:
            running.stop()
    except (ConfigurationError, AsteriskFailed) as error:
        raise fail(str(error)) from None


@contextmanager
def _front_desk() -> Iterator[subprocess.Popen[bytes]]:
    """In a session of its own: Ctrl+C comes here only, and this side says when to stop."""
    environment = {**os.environ, "FRONTDESK_TELEPHONE": "true"}
    desk = subprocess.Popen(
        [sys.executable, "-m", "frontdesk", "serve"],
        stdin=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        yield desk
    finally:
        if desk.poll() is None:
            desk.terminate()
        try:
            desk.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            desk.kill()
            desk.wait()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """The first Ctrl+C or SIGTERM ends the context; further ones do not disturb the stopping."""

    def stop(_number: int, _frame: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Asterisk 和前台都停了")


def _watch(
    exchange: RunningAsterisk,
    desk: subprocess.Popen[bytes],
    layout: Layout,
    passwords: Mapping[str, str],
    settings: Settings,
) -> None:
    """Until one of the two ends by itself."""
    until, told = time.monotonic() + _READY_SECONDS, False
    while True:
        if (code := desk.poll()) is not None:
            raise fail(f"前台自己退出了（返回 {code}），原因在上面；Asterisk 也停了")
        if (code := exchange.ended) is not None:
            raise fail(f"Asterisk 自己退出了（返回 {code}），前台也停了。日志见 {exchange.log}")
        if not told and registered(layout.ari_url, passwords["ari"], layout.app):
            told = True
            _announce(layout, passwords, settings)
        elif not told and time.monotonic() > until:
            told = True
            typer.secho("前台没有接上 Asterisk，打进来的电话会直接排队等人。原因见上面的日志", fg="red", err=True)
        time.sleep(_LOOK_SECONDS)


def _announce(layout: Layout, passwords: Mapping[str, str], settings: Settings) -> None:
    server, source = f"{layout.sip_host}:{layout.sip_port}", layout.trunk_sources[0]
    lines = [
        "",
        "电话通了",
        f"  网页电话    http://{settings.host}:{settings.port}/call" if settings.port else "  网页电话    地址见上面",
        "  软电话（填这些注册；UDP，编码 PCMA）：",
        f"    市民      账号 {CITIZEN}  密码 {passwords[CITIZEN]}  服务器 {server}；注册后拨 12345 或 110",
        *(
            f"    {queue:<6} 席 账号 {name}  密码 {passwords[name]}  服务器 {server}；转人工时它会响"
            for queue, names in layout.operators.items()
            for name in names
        ),
        "  用 sipp（sip-tester 软件包）打，60 秒后挂断：",
        *(f"    sipp {server} -i {source} -sn uac -s {line} -m 1 -d 60000" for line in ("12345", "110")),
        "  按 Ctrl+C 停止",
        "",
    ]
    typer.echo("\n".join(lines))
