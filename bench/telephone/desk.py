"""The product in this process, composed as `frontdesk serve` composes it, with a stopwatch at three of its doors."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.telephone.rig import Exchange, home_in
from conversation import ConversationService, Event, Said, ServedTurn
from frontdesk.compose import composed
from frontdesk.knowledge import load_knowledge
from frontdesk.settings import Settings, home
from ivr.asterisk import MediaLine, open_ari
from ivr.ear import Ear

now = time.perf_counter


@dataclass
class Turn:
    """Moments of one turn, in seconds of the same clock; 0.0 while it has not come so far."""

    decided: float
    """The session decided that the caller has finished: it asks the recogniser for what was said."""
    decoded: float = 0.0
    asked: float = 0.0
    served: float = 0.0
    """The engine's answer is stored."""
    played: float = 0.0
    """The first sound of the answer is given to the line."""
    answered: bool = False
    """The engine had something to say."""


@dataclass
class Stopwatch:
    """Turns of one call, in order; one call at a time is measured."""

    turns: list[Turn] = field(default_factory=list)
    _open: Turn | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Looks on while the context is open."""
        with (
            patch.object(Ear, "finish", self._finish(Ear.finish)),
            patch.object(ConversationService, "handle", self._handle(ConversationService.handle)),
            patch.object(MediaLine, "play", self._play(MediaLine.play)),
        ):
            yield

    def _finish(self, original: Callable[[Ear], Awaitable[Said | None]]) -> Callable[[Ear], Awaitable[Said | None]]:
        async def finish(ear: Ear) -> Said | None:
            turn = self._open = Turn(now())
            said = await original(ear)
            turn.decoded = now()
            return said

        return finish

    def _handle(self, original: Callable[..., Awaitable[ServedTurn]]) -> Callable[..., Awaitable[ServedTurn]]:
        async def handle(service: ConversationService, conversation: str, event: Event, **more: Any) -> ServedTurn:
            turn = self._open if isinstance(event, Said) else None
            if turn is not None:
                turn.asked = now()
            served = await original(service, conversation, event, **more)
            if turn is not None:
                turn.served = now()
                turn.answered = any(action.kind == "say" for action in served.actions)
            return served

        return handle

    def _play(self, original: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def play(line: MediaLine, pcm: bytes, mark: str) -> None:
            turn = self._open
            if turn is not None and turn.served:
                turn.played = now()
                self.turns.append(turn)
                self._open = None
            await original(line, pcm, mark)

        return play


@asynccontextmanager
async def timed_desk(folder: Path, exchange: Exchange) -> AsyncIterator[Stopwatch]:
    """The product on this exchange, data in `folder`, taking calls."""
    know = load_knowledge(home() / "config")
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{folder}/frontdesk.sqlite",
        telephone=True,
        ari_url=exchange.layout.ari_url,
        ari_password=exchange.passwords["ari"],
        media_port=exchange.media_port,
    )
    watch = Stopwatch()
    with patch.dict(os.environ, FRONTDESK_HOME=str(home_in(folder))), watch.watching():
        async with composed(settings, know), open_ari(exchange.address) as ari:
            async with asyncio.timeout(60):
                while not await ari.command("GET", "/applications"):  # noqa: ASYNC110  Asterisk is asked
                    await asyncio.sleep(0.05)
            yield watch


def parts(turns: Sequence[Turn]) -> dict[str, list[float]]:
    """Seconds of each part of the turns."""
    return {
        "recogniser: end of the utterance decoded": [each.decoded - each.decided for each in turns],
        "session between decoding and engine": [each.asked - each.decoded for each in turns],
        "engine and store, on disk": [each.served - each.asked for each in turns],
        "voice: cached sound fetched": [each.played - each.served for each in turns],
    }
