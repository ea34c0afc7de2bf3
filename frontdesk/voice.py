"""The telephone's ears and mouth: one recogniser pool and one voice, opened if this machine has what they need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from conversation import Knowledge
from frontdesk.voice_models import VoiceModel, VoiceModelError, VoiceModels
from handoff import Channel
from handoff.ports import LiveFeed
from ivr.asterisk.incoming import Admitted, Incoming
from ivr.calling import Call, CallPhrases, CallPorts, Conversations
from ivr.ports import Line, RecogniserPool, Switchboard, Voice
from ivr.recogniser import ModelUnusable
from ivr.session import CallSession
from ivr.speech import SpeechFailed, open_voice
from ivr.vosk_recogniser import VoskPool
from ivr.webcall import WebCallPorts

log = structlog.get_logger("frontdesk.voice")


@dataclass(frozen=True)
class VoiceDesk:
    """What calls need. `notice`: what must be told wherever the voice model is used; None if it is fit for citizens."""

    ears: RecogniserPool
    voice: Voice
    phrases: CallPhrases
    model: str
    notice: str | None

    def web(self, conversations: Conversations, live: LiveFeed) -> WebCallPorts:
        """For calls from pages."""
        return WebCallPorts(self.ears, self.voice, conversations, live, self.phrases)

    def reception(self, conversations: Conversations) -> PhoneReception:
        """For calls from Asterisk."""
        return PhoneReception(self, conversations)


@asynccontextmanager
async def opened_voice(home: Path, know: Knowledge) -> AsyncIterator[VoiceDesk | None]:
    """Ears and mouth while the context is open; None, with the reason logged, where the machine cannot have them."""
    try:
        models = VoiceModels(home)
        model = models.chosen()
        mouth = open_voice(home / "var")
    except (VoiceModelError, SpeechFailed) as error:
        log.warning("no calls: no voice on this machine", reason=str(error))
        yield None
        return
    try:
        ears = await _ears(model, models.clip)
        if ears is None:
            yield None
            return
        try:
            yield VoiceDesk(
                ears, mouth, CallPhrases(know.phrases.slower, know.phrases.louder), model.name, model.notice
            )
        finally:
            await ears.close()
    finally:
        mouth.close()


async def _ears(model: VoiceModel, clip: Path) -> VoskPool | None:
    try:
        ears = await VoskPool.start(model.folder, clip)
    except ModelUnusable as error:
        log.warning("no calls: the voice model cannot be used", model=model.name, reason=str(error))
        return None
    if model.notice is not None:
        log.info("test voice model in use", model=model.name, notice=model.notice)
    return ears


class PhoneReception:
    """`ivr.asterisk.incoming.Reception`. The session itself sends a caller whom nobody can hear to a person."""

    def __init__(self, desk: VoiceDesk, conversations: Conversations) -> None:
        self._desk = desk
        self._conversations = conversations

    def admit(self, call: Incoming) -> Admitted | None:
        """Every call gets a session, and a case where there is no ear for it."""
        return _PhoneCall(self._desk, self._conversations, call)


class _PhoneCall:
    def __init__(self, desk: VoiceDesk, conversations: Conversations, incoming: Incoming) -> None:
        self._desk = desk
        self._conversations = conversations
        self._incoming = incoming

    async def converse(self, line: Line, switchboard: Switchboard) -> None:
        desk, incoming = self._desk, self._incoming
        ports = CallPorts(line, desk.ears, desk.voice, switchboard, self._conversations, desk.phrases)
        call = Call(Channel.PHONE, entry=incoming.entry, caller_number=incoming.caller_number)
        await CallSession(ports, call).run()

    async def release(self) -> None:
        """The session gave its ear back when it ended."""
