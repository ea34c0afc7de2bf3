"""The telephone's ears and mouth: one recogniser pool and one voice, opened if this machine has what they need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from frontdesk.occupancy import CountedEars
from frontdesk.voice_models import VoiceModel, VoiceModelError, VoiceModels
from handoff import Channel
from handoff.ports import LiveFeed
from ivr.asterisk.incoming import Admitted, Incoming
from ivr.calling import Call, CallKeeper, CallPorts, Conversations, Unattended
from ivr.ports import Switchboard, Voice
from ivr.recogniser import ModelUnusable
from ivr.session import CallSession
from ivr.tape import TappableLine
from ivr.vosk_recogniser import WORKERS, VoskPool
from ivr.webcall import WebCallPorts

log = structlog.get_logger("frontdesk.voice")


@dataclass(frozen=True)
class VoiceDesk:
    """What calls need. `notice`: what must be told wherever the voice model is used; None if it is fit for citizens."""

    ears: CountedEars
    voice: Voice
    model: str
    notice: str | None

    def web(self, conversations: Conversations, live: LiveFeed, keeper: CallKeeper | None = None) -> WebCallPorts:
        """For calls from pages; without a keeper nothing about them is kept."""
        return WebCallPorts(self.ears, self.voice, conversations, live, keeper or Unattended())

    def reception(self, conversations: Conversations, keeper: CallKeeper | None = None) -> PhoneReception:
        """For calls from Asterisk."""
        return PhoneReception(self, conversations, keeper or Unattended())


@asynccontextmanager
async def opened_voice(
    home: Path, mouth: Voice | None, workers: int = WORKERS, capacity: int | None = None
) -> AsyncIterator[VoiceDesk | None]:
    """Ears beside this mouth while the context is open; None, with the reason logged, where there can be none.

    `workers`: recogniser processes; `capacity`: calls at a time, measured if None.
    """
    if mouth is None:
        yield None
        return
    models = VoiceModels(home)
    try:
        model = models.chosen()
    except VoiceModelError as error:
        log.warning("no calls: no voice on this machine", reason=str(error))
        yield None
        return
    ears = await _ears(model, models.clip, workers, capacity)
    if ears is None:
        yield None
        return
    try:
        yield VoiceDesk(CountedEars(ears), mouth, model.name, model.notice)
    finally:
        await ears.close()


async def _ears(model: VoiceModel, clip: Path, workers: int, capacity: int | None) -> VoskPool | None:
    try:
        ears = await VoskPool.start(model.folder, clip, workers=workers, capacity=capacity)
    except ModelUnusable as error:
        log.warning("no calls: the voice model cannot be used", model=model.name, reason=str(error))
        return None
    if model.notice is not None:
        log.info("test voice model in use", model=model.name, notice=model.notice)
    return ears


class PhoneReception:
    """`ivr.asterisk.incoming.Reception`. The session itself sends a caller whom nobody can hear to a person."""

    def __init__(self, desk: VoiceDesk, conversations: Conversations, keeper: CallKeeper) -> None:
        self._desk = desk
        self._conversations = conversations
        self._keeper = keeper

    def admit(self, call: Incoming) -> Admitted | None:
        """Every call gets a session, and a case where there is no ear for it."""
        return _PhoneCall(self._desk, self._conversations, self._keeper, call)


class _PhoneCall:
    def __init__(self, desk: VoiceDesk, conversations: Conversations, keeper: CallKeeper, incoming: Incoming) -> None:
        self._desk = desk
        self._conversations = conversations
        self._keeper = keeper
        self._incoming = incoming

    async def converse(self, line: TappableLine, switchboard: Switchboard) -> None:
        desk, incoming = self._desk, self._incoming
        call = Call(
            Channel.PHONE,
            entry=incoming.entry,
            caller_number=incoming.caller_number,
            trunk=incoming.trunk or None,
            case=incoming.case,
        )
        async with self._keeper.attend(line, call) as attended:
            ports = CallPorts(attended.line, desk.ears, desk.voice, switchboard, self._conversations)
            await CallSession(ports, call, attended.observer, attended.announcement).run()

    async def release(self) -> None:
        """The session gave its ear back when it ended."""
