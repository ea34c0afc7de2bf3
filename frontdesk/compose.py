"""The only wiring: one of each service around one store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from conversation import ConversationService, Engine, Knowledge
from frontdesk.accounts import Accounts
from frontdesk.calls import Keeping, keeping
from frontdesk.fixed_speech import fixed_texts, spoken_texts
from frontdesk.live import InProcessFeed
from frontdesk.phone_board import PhoneBoard
from frontdesk.prompt_desk import PromptDesk, recordings_below
from frontdesk.rendering import RenderingAhead, opened_mouth
from frontdesk.settings import Settings, home
from frontdesk.storage import SqlStore, open_store
from frontdesk.telephone import answering
from frontdesk.voice import VoiceDesk, opened_voice
from frontdesk.web.services import Services
from handoff import QUEUES
from handoff.abandoned import AbandonedCalls
from handoff.desk import DeskService
from handoff.ports import StoreUnavailable
from intents.catalogue import Matter
from ivr.speech import CachedVoice

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
    async with (
        open_store(settings.database_url) as store,
        keeping(settings.recordings, settings.recording_days, store, system_clock, know.phrases.recorded) as kept,
        opened_mouth(home(), settings.piper_voice) as mouth,
        opened_voice(home(), mouth, settings.voice_workers, settings.voice_capacity or None) as voice,
        _rendering(know, mouth, voice) as ahead,
    ):
        services = wire(settings, know, store, voice, Speech(mouth, ahead), kept)
        conversations = services.conversations
        assert isinstance(conversations, ConversationService), "wire() builds the real one"
        sweeper = asyncio.create_task(_sweep(services.desk))
        try:
            abandoned = AbandonedCalls(store, services.live, system_clock)
            async with answering(settings, home(), voice, conversations, kept.keeper, services.phones, abandoned):
                yield services
        finally:
            sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await sweeper


@dataclass(frozen=True)
class Speech:
    """What is said by itself: the mouth, if this machine has one, and what is being rendered with it."""

    mouth: CachedVoice | None = None
    ahead: RenderingAhead | None = None


def wire(
    settings: Settings,
    know: Knowledge,
    store: SqlStore,
    voice: VoiceDesk | None = None,
    speech: Speech | None = None,
    kept: Keeping | None = None,
) -> Services:
    """Services on an open store; without a voice nobody can call, without speech nothing is rendered or recorded."""
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
        phones=PhoneBoard(live, {queue: settings.phone_names(queue) for queue in QUEUES}),
        matter=matter,
        case_counts=case_counts,
        prompts=None if speech is None else _prompts(know, store, speech.mouth),
        speech=None if speech is None or speech.ahead is None else speech.ahead.progress,
        voice=None if voice is None else voice.web(conversations, live, None if kept is None else kept.keeper),
        voice_notice=None if voice is None else voice.notice,
        call_recordings=None if kept is None else kept.archive,
        settings=settings.web,
    )


def _prompts(know: Knowledge, store: SqlStore, mouth: CachedVoice | None) -> PromptDesk:
    recordings = recordings_below(home()) if mouth is None else mouth.recordings
    return PromptDesk(spoken_texts(know), recordings, mouth, store, system_clock)


@asynccontextmanager
async def _rendering(
    know: Knowledge, mouth: CachedVoice | None, voice: VoiceDesk | None
) -> AsyncIterator[RenderingAhead | None]:
    """Renders everything fixed in the background, while nobody calls."""
    if mouth is None or voice is None:
        yield None
        return
    ahead = RenderingAhead(mouth, voice.ears.quiet)
    task = asyncio.create_task(ahead.run(fixed_texts(know)))
    try:
        yield ahead
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


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
