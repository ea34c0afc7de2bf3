"""The mouth of this installation, and everything fixed put into its cache while nobody calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from ivr.failure import report_failure
from ivr.speech import CachedVoice, SpeechFailed, open_voice

log = structlog.get_logger("frontdesk.rendering")


@asynccontextmanager
async def opened_mouth(home: Path, piper_voice: str = "") -> AsyncIterator[CachedVoice | None]:
    """The voice that `open_mouth` gives; None, with the reason logged, where nothing can be synthesised."""
    try:
        mouth = open_mouth(home, piper_voice)
    except SpeechFailed as error:
        log.warning("no calls: nothing can be said on this machine", reason=str(error))
        yield None
        return
    try:
        yield mouth
    finally:
        mouth.close()


def open_mouth(home: Path, piper_voice: str) -> CachedVoice:
    """piper with the voice named in the settings; espeak-ng, with the reason logged, where that cannot be used.

    Raises SpeechFailed if there is no synthesiser at all.
    """
    if piper_voice:
        try:
            return open_voice(home / "var", piper=home / piper_voice)
        except SpeechFailed as error:
            log.warning("piper voice not used", reason=str(error))
    return open_voice(home / "var")


class RenderingAhead:
    """One sentence at a time, resting as long as it works, and stopping while there are calls."""

    def __init__(self, voice: CachedVoice, quiet: Callable[[], Awaitable[None]]) -> None:
        """`quiet` returns when there are no calls."""
        self._voice = voice
        self._quiet = quiet
        self._worked_since: float | None = None
        self._ready = 0
        self._wanted = 0

    def progress(self) -> tuple[int, int]:
        """Sentences in the cache so far, and how many there will be (0 before the first was looked at)."""
        return self._ready, self._wanted

    async def run(self, texts: tuple[str, ...]) -> None:
        """Put these texts into the cache: at start, and again when a catalogue is published. Errors are logged."""
        try:
            done = await self._voice.render_ahead(texts, progress=self._count, turn=self._turn)
        except SpeechFailed as error:
            log.warning("speech not rendered ahead", reason=str(error))
            return
        except Exception as error:  # noqa: BLE001  calls then wait for the synthesiser, but they are served
            report_failure(log, "speech_not_rendered", error)
            return
        if done.made:
            log.info("speech rendered ahead", sentences=done.sentences, made=done.made)

    def _count(self, ready: int, wanted: int) -> None:
        self._ready, self._wanted = ready, wanted

    async def _turn(self) -> None:
        now = time.monotonic()
        if self._worked_since is not None:
            await asyncio.sleep(now - self._worked_since)
        await self._quiet()
        self._worked_since = time.monotonic()
