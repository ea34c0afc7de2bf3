"""An operator's phone: baresip, registered, answering by itself or just ringing. It plays a tone of its own."""

from __future__ import annotations

import asyncio
import re
import socket
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rtp_peer import RATE, tone

_HOST = "127.0.0.3"


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


class Operator:
    """Reads baresip's console, where every SIP message is shown."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._seen = ""
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def shows(self, pattern: str) -> re.Match[str]:
        """Until the console has shown this."""
        async with self._news:
            await self._news.wait_for(lambda: re.search(pattern, self._seen) is not None)
        found = re.search(pattern, self._seen)
        assert found is not None
        return found

    async def press(self, keys: str) -> None:
        assert self._process.stdin is not None
        for key in keys:
            self._process.stdin.write(key.encode())
            await self._process.stdin.drain()
            await asyncio.sleep(0.4)  # a key is held for a moment

    async def dial(self, address: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"/dial {address}\n".encode())
        await self._process.stdin.drain()

    async def answer(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"a")
        await self._process.stdin.drain()

    async def hang_up(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"b")
        await self._process.stdin.drain()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := await self._process.stdout.read(4096):
            async with self._news:
                self._seen += chunk.decode(errors="replace")
                self._news.notify_all()

    async def close(self) -> None:
        """Quits, which unregisters the phone; killed if it does not."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(b"q")
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader


def _write(folder: Path, account: str, password: str, sip_port: int, *, answers: bool, frequency: int) -> None:
    with wave.open(str(folder / "voice.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone(frequency, 30).tobytes())
    modules = "".join(f"module {name}.so\n" for name in ("stdio", "g711", "aufile", "aubridge"))
    (folder / "config").write_text(
        f"poll_method epoll\nsip_listen {_HOST}:{_free_port(socket.SOCK_DGRAM)}\nnet_interface {_HOST}\n"
        f"audio_source aufile,{folder}/voice.wav\naudio_player aubridge,nobody\naudio_alert aubridge,nobody\n"
        "ausrc_srate 8000\nauplay_srate 8000\n"
        f"module_path /usr/lib/baresip/modules\n{modules}module_tmp account.so\nmodule_app menu.so\n"
    )
    mode = "auto" if answers else "manual"
    (folder / "accounts").write_text(
        f"<sip:{account}@127.0.0.1:{sip_port};transport=udp>;auth_user={account};auth_pass={password};"
        f"regint=600;answermode={mode};audio_codecs=PCMA\n"
    )
    (folder / "contacts").touch()


@asynccontextmanager
async def operator(  # a phone is all of this
    folder: Path, account: str, password: str, sip_port: int, *, answers: bool = True, frequency: int = 1000
) -> AsyncIterator[Operator]:
    """A registered phone."""
    home = folder / f"phone-{account}"
    home.mkdir(exist_ok=True)
    _write(home, account, password, sip_port, answers=answers, frequency=frequency)
    process = await asyncio.create_subprocess_exec(
        "baresip", "-f", str(home), "-s",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    phone = Operator(process)
    try:
        async with asyncio.timeout(15):
            await phone.shows(r"SIP/2.0 200 OK[^\x00]*?CSeq: \d+ REGISTER")
        yield phone
    finally:
        await phone.close()
