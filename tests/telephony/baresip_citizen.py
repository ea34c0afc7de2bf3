"""A citizen behind a trunk that encrypts: baresip calls over TLS with SRTP and writes down what it hears."""

from __future__ import annotations

import asyncio
import socket
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from baresip_operator import Operator
from rtp_peer import RATE

HOST = "127.0.0.4"
LEAD_SECONDS = 5
"""The citizen listens for so long before speaking."""


class SecureCitizen(Operator):
    """A call in progress; `shows` reads baresip's console with its SIP messages."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        super().__init__(process)
        self._folder = folder

    def heard(self) -> np.ndarray:
        """What came out of the earpiece so far."""
        (file,) = self._folder.glob("dump-*-dec.wav")
        raw = file.read_bytes()
        return np.frombuffer(raw[44 : len(raw) - len(raw) % 2], np.int16)


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _write(home: Path, certificate: Path, encryption: str, sentence: np.ndarray) -> None:
    with wave.open(str(home / "voice.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        quiet = np.zeros(LEAD_SECONDS * RATE, np.int16)
        file.writeframes(np.concatenate((quiet, sentence, np.tile(quiet, 6))).tobytes())
    names = ("stdio", "g711", "aufile", "aubridge", "srtp", "sndfile")
    modules = "".join(f"module {name}.so\n" for name in names)
    (home / "config").write_text(
        f"poll_method epoll\nsip_listen {HOST}:{_free_port(socket.SOCK_DGRAM)}\nnet_interface {HOST}\n"
        f"sip_cafile {certificate}\nsip_verify_server yes\n"
        f"audio_source aufile,{home}/voice.wav\naudio_player aubridge,nobody\naudio_alert aubridge,nobody\n"
        f"ausrc_srate 8000\nauplay_srate 8000\nsnd_path {home}\n"
        f"module_path /usr/lib/baresip/modules\n{modules}module_tmp account.so\nmodule_app menu.so\n"
    )
    (home / "accounts").write_text(f"<sip:13900005555@{HOST};transport=tls>;regint=0;audio_codecs=PCMA{encryption}\n")
    (home / "contacts").touch()


@asynccontextmanager
async def secure_call(
    folder: Path, tls_port: int, certificate: Path, sentence: np.ndarray, *, encrypted: bool = True
) -> AsyncIterator[SecureCitizen]:
    """A call to 12345 over TLS; without `encrypted` the sound is offered in the clear."""
    home = folder / "secure-phone"
    home.mkdir()
    _write(home, certificate, ";mediaenc=srtp-mand" if encrypted else "", sentence)
    process = await asyncio.create_subprocess_exec(
        "baresip", "-f", str(home), "-s", "-e", f"/dial sip:12345@127.0.0.1:{tls_port};transport=tls",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=home,
    )  # fmt: skip
    citizen = SecureCitizen(process, home)
    try:
        yield citizen
    finally:
        await citizen.close()
