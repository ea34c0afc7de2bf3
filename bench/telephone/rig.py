"""A real Asterisk, the product in a process of its own, and callers who speak real sentences.

The callers are those of tests/telephony: sipp for SIP, an RTP socket of our own for the sound.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from frontdesk.settings import home
from frontdesk.telephony import NoAsterisk
from ivr.speech import open_voice

sys.path.append(str(Path(__file__).parents[2] / "tests" / "telephony"))

from exchanges import Exchange, started
from rtp_peer import RATE

__all__ = ["RATE", "Exchange", "Product", "exchange_in", "home_in", "no_asterisk", "product", "say_all"]

START_SECONDS = 120.0


@asynccontextmanager
async def exchange_in(folder: Path, **layout: Any) -> AsyncIterator[Exchange]:
    """An Asterisk with the product's own configuration; `layout`: fields of its Layout. Raises NoAsterisk."""
    place = folder / "asterisk"
    place.mkdir()
    with started(place, **layout) as running:
        yield running


def no_asterisk(error: NoAsterisk) -> NoReturn:
    """Tell why nothing was measured, and end."""
    sys.exit(f"nothing measured: {error}")


async def say_all(folder: Path, sentences: Sequence[str]) -> dict[str, NDArray[np.int16]]:
    """Sound of each sentence as a caller says it, at the telephone's rate."""
    voice = open_voice(folder)
    try:
        return {text: np.frombuffer(await voice.speak(text, RATE), np.int16) for text in sentences}
    finally:
        voice.close()


class Product:
    """`frontdesk serve` with the telephone on."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        """Process id of the front desk itself; recognisers may be its children."""
        return self._process.pid

    async def ready(self) -> None:
        """Until Asterisk may send calls. Raises RuntimeError if it ends instead."""
        async with asyncio.timeout(START_SECONDS):
            while "taking calls" not in self.log.read_text("utf-8", "replace"):
                if self._process.returncode is not None:
                    raise RuntimeError(f"the product ended by itself: {self.log.read_text('utf-8', 'replace')[-2000:]}")
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Politely, then not."""
        if self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(20):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def kill(self) -> None:
        """kill -9, and until it is gone."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def product(folder: Path, exchange: Exchange, **settings: str) -> AsyncIterator[Product]:
    """The product on this exchange, data in `folder`; `settings` as environment variables without FRONTDESK_."""
    place = home_in(folder)
    environment = {
        **os.environ,
        "FRONTDESK_HOME": str(place),
        "FRONTDESK_HOST": "127.0.0.1",
        "FRONTDESK_PORT": "0",
        "FRONTDESK_TELEPHONE": "true",
        "FRONTDESK_ARI_URL": exchange.layout.ari_url,
        "FRONTDESK_ARI_PASSWORD": exchange.passwords["ari"],
        "FRONTDESK_MEDIA_PORT": str(exchange.media_port),
        **{f"FRONTDESK_{name.upper()}": value for name, value in settings.items()},
    }
    log = folder / "product.log"
    with log.open("wb") as console:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "frontdesk", "serve", stdout=console, stderr=console, env=environment
        )
    running = Product(process, log)
    try:
        await running.ready()
        yield running
    finally:
        await running.stop()


def home_in(folder: Path) -> Path:
    """A home with this checkout's configuration and models but data of its own."""
    place = folder / "home"
    if not place.exists():
        place.mkdir()
        for name in ("config", "models"):
            (place / name).symlink_to(home() / name, target_is_directory=True)
    return place
