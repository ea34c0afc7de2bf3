"""The only wiring: one of each service around one store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog

from conversation import ConversationService, Engine, Knowledge
from frontdesk.accounts import Accounts
from frontdesk.live import InProcessFeed
from frontdesk.settings import Settings, home
from frontdesk.storage import SqlStore, open_store
from frontdesk.telephone import answering
from frontdesk.voice import VoiceDesk, opened_voice
from frontdesk.web.services import Services
from handoff.desk import DeskService
from handoff.ports import StoreUnavailable
from intents.catalogue import Matter

SWEEP_SECONDS = 5.0
"""How often cases of vanished operators are looked for."""

log = structlog.get_logger("frontdesk")


def system_clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def composed(settings: Settings, know: Knowledge) -> AsyncIterator[Services]:
    """All services while the context is open; leases of vanished operators are swept meanwhile."""
    file = settings.database_file
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    async with open_store(settings.database_url) as store, opened_voice(home(), know) as voice:
        services = wire(settings, know, store, voice)
        conversations = services.conversations
        assert isinstance(conversations, ConversationService), "wire() builds the real one"
        sweeper = asyncio.create_task(_sweep(services.desk))
        try:
            async with answering(settings, home(), voice, conversations):
                yield services
        finally:
            sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await sweeper


def wire(settings: Settings, know: Knowledge, store: SqlStore, voice: VoiceDesk | None = None) -> Services:
    """Services on an open store; without a voice nobody can call."""
    live = InProcessFeed()
    conversations = ConversationService(Engine(know), store, live, system_clock)

    def matter(intent: str) -> Matter | None:
        found = know.catalogue.get(intent)
        return found if isinstance(found, Matter) else None

    async def case_counts() -> Mapping[tuple[str, str], int]:
        async with store.reading() as tx:
            return await tx.cases.counts()

    return Services(
        conversations=conversations,
        desk=DeskService(store, live, system_clock, conversations),
        accounts=Accounts(store, system_clock),
        store=store,
        live=live,
        clock=system_clock,
        matter=matter,
        case_counts=case_counts,
        voice=None if voice is None else voice.web(conversations, live),
        voice_notice=None if voice is None else voice.notice,
        settings=settings.web,
    )


async def _sweep(desk: DeskService) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            lapsed = await desk.sweep()
        except StoreUnavailable as error:
            log.warning("sweep postponed: the store does not answer", reason=str(error))
        else:
            if lapsed:
                log.info("leases lapsed", cases=lapsed)
