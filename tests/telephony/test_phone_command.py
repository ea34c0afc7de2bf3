"""`frontdesk phone`, started as a user starts it: called by sipp and by a softphone, stopped, bereft of either half."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from baresip_operator import operator
from exchanges import ROOT, free_port
from listening import likeness, transcript
from sipp_caller import Dial, calling

from frontdesk.telephony import NoAsterisk, find_asterisk

READY_SECONDS = 180
STOP_SECONDS = 60


@dataclass
class Phone:
    """The running command and what it has printed."""

    process: asyncio.subprocess.Process
    sip_port: int
    printed: str = ""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        assert self.process.stdout is not None
        while chunk := await self.process.stdout.read(4096):
            async with self._news:
                self.printed += chunk.decode(errors="replace")
                self._news.notify_all()

    async def shows(self, pattern: str) -> re.Match[str]:
        async with asyncio.timeout(READY_SECONDS), self._news:
            await self._news.wait_for(lambda: re.search(pattern, self.printed) is not None)
        found = re.search(pattern, self.printed)
        assert found is not None
        return found

    def child(self, what: str) -> psutil.Process:
        """Asterisk or the front desk."""
        (found,) = [each for each in psutil.Process(self.process.pid).children() if what in " ".join(each.cmdline())]
        return found

    async def ended(self) -> int:
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()


@pytest.fixture(scope="module", autouse=True)
def _needed() -> None:
    try:
        find_asterisk(ROOT)
    except NoAsterisk:
        pytest.skip("no Asterisk: frontdesk asterisk fetch")


@asynccontextmanager
async def running(folder: Path, *, ready: bool = True, taken: bool = False) -> AsyncIterator[Phone]:
    home = folder / "home"
    home.mkdir()
    for name in ("config", "models"):
        (home / name).symlink_to(ROOT / name)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    settings = {
        "FRONTDESK_HOME": str(home),
        "FRONTDESK_PORT": str(free_port()),
        "FRONTDESK_ARI_URL": f"http://127.0.0.1:{free_port()}",
        "FRONTDESK_MEDIA_PORT": str(free_port()),
        "FRONTDESK_ASTERISK": os.environ.get("FRONTDESK_ASTERISK", str(ROOT / "var" / "asterisk" / "debian")),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",
    }
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    holder.bind(("127.0.0.1", 0))
    sip_port = int(holder.getsockname()[1])
    if not taken:
        holder.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "frontdesk", "phone", "--sip-port", str(sip_port),
        cwd=ROOT, env=kept | settings, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    phone = Phone(process, sip_port)
    reading = asyncio.create_task(phone.read())
    try:
        if ready:
            await phone.shows("按 Ctrl")
        yield phone
    finally:
        family = psutil.Process(process.pid).children(recursive=True) if process.returncode is None else []
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        await reading
        holder.close()
        sys.stdout.write(phone.printed)  # pytest prints it when the test fails


def within(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Two programs start here: the folder's bound, which is for calls alone, does not apply."""
    asyncio.run(work())


def test_a_call_by_sipp_and_one_by_softphone_are_greeted_and_both_halves_stop_together(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as phone:
            assert "网页电话" in phone.printed
            assert re.search(r"sipp 127\.0\.0\.1:\d+ -i 127\.0\.0\.2 .* -s 12345", phone.printed)
            asterisk, desk = phone.child("asterisk"), phone.child("serve")
            async with calling(tmp_path, phone.sip_port, Dial("110")) as citizen:
                await citizen.sound.speaks()
                await citizen.sound.quiet()
                heard = transcript(citizen.sound.in_order())
                assert likeness("请说您在哪里发生了什么事", heard) > 60, heard
            password = (await phone.shows(r"账号 citizen +密码 (\S+)"))[1]
            async with operator(tmp_path, "citizen", password, phone.sip_port, answers=False) as softphone:
                await softphone.dial(f"sip:12345@127.0.0.1:{phone.sip_port}")
                await softphone.shows("Call established")
                await phone.shows(r'"trunk": "citizen"')
            phone.process.send_signal(signal.SIGINT)
            assert await phone.ended() == 0
            await phone.shows("都停了")
            assert not asterisk.is_running()
            assert not desk.is_running()

    within(story)


@pytest.mark.parametrize(
    ("dying", "left", "told"), [("asterisk", "serve", "Asterisk 自己退出"), ("serve", "asterisk", "前台自己退出")]
)
def test_if_one_half_dies_the_other_is_stopped_and_it_is_told(tmp_path: Path, dying: str, left: str, told: str) -> None:
    async def story() -> None:
        async with running(tmp_path) as phone:
            other = phone.child(left)
            phone.child(dying).kill()
            assert await phone.ended() == 2
            await phone.shows(told)
            assert not other.is_running()

    within(story)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, ready=False, taken=True) as phone:
            assert await phone.ended() == 2
            await phone.shows(f"127.0.0.1:{phone.sip_port}.*--sip-port")

    within(story)
