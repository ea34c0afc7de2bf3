"""`frontdesk recordings`: the key that calls are recorded with."""

from __future__ import annotations

import typer

from frontdesk.recordings import fresh_key

recordings = typer.Typer(help="通话录音。", no_args_is_help=True)


@recordings.callback()
def _main() -> None:
    """通话录音。"""


@recordings.command()
def key() -> None:
    """生成一个新的录音密钥，放进环境变量 FRONTDESK_RECORDING_KEY；丢了密钥，录音谁也打不开。"""
    typer.echo(fresh_key())
