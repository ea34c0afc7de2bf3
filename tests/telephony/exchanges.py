"""Real Asterisks on loopback addresses: ports of their own, a folder of their own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from frontdesk.telephony import Layout, RunningAsterisk, find_asterisk, render
from ivr.asterisk import AriAddress

ROOT = Path(__file__).parents[2]
_RTP_PORTS = 250
_BLOCKS = count()


@dataclass
class Exchange:
    """A running Asterisk, with what one needs to call it and to command it."""

    layout: Layout
    passwords: dict[str, str]
    process: RunningAsterisk
    media_port: int

    @property
    def address(self) -> AriAddress:
        return AriAddress(self.layout.ari_url, self.passwords["ari"])

    def start_again(self) -> None:
        """The same exchange after it was killed, on the same ports."""
        self.process = RunningAsterisk(find_asterisk(ROOT), self.layout)
        self.process.wait_ready()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(folder: Path, **more: Any) -> Iterator[Exchange]:
    """An Asterisk in this folder while the context is open; `more` fields of its Layout. Raises NoAsterisk."""
    asterisk = find_asterisk(ROOT)
    media_port = free_port()
    first = 24000 + 2 * _RTP_PORTS * (os.getpid() % 14) + _RTP_PORTS * (next(_BLOCKS) % 2)
    layout = Layout(
        root=folder,
        sip_port=free_port(socket.SOCK_DGRAM),
        ari_port=free_port(),
        media_uri=f"ws://127.0.0.1:{media_port}/media",
        rtp_ports=(first, first + _RTP_PORTS - 1),
        **{"operators": {"110": ("op110",), "12345": ("op12345",)}, **more},
    )
    passwords = dict(render(ROOT / "config" / "asterisk", layout, asterisk))
    process = RunningAsterisk(asterisk, layout)
    exchange = Exchange(layout, passwords, process, media_port)
    try:
        process.wait_ready()
        yield exchange
    finally:
        exchange.process.stop()
