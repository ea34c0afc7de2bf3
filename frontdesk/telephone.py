"""Takes telephone calls from Asterisk, if one is named in the settings."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from frontdesk.phone_board import PhoneBoard
from frontdesk.settings import Settings, SettingsError
from frontdesk.voice import VoiceDesk
from handoff import Queue
from handoff.abandoned import AbandonedCalls
from ivr.asterisk import AriAddress, Calls, MediaServer, open_ari
from ivr.calling import CallKeeper, Conversations

log = structlog.get_logger("frontdesk.telephone")


@asynccontextmanager
async def answering(
    settings: Settings,
    home: Path,
    voice: VoiceDesk | None,
    conversations: Conversations,
    keeper: CallKeeper | None = None,
    phones: PhoneBoard | None = None,
    abandoned: AbandonedCalls | None = None,
) -> AsyncIterator[bool]:
    """Answers calls while the context is open; yields whether it does. Raises SettingsError."""
    if not settings.telephone:
        yield False
        return
    if voice is None:
        log.warning("no telephone: this machine has no voice model or no synthesiser")
        yield False
        return
    address = AriAddress(settings.ari_url, ari_password(settings, home))
    media = MediaServer()
    async with open_ari(address) as ari, media.listening(settings.media_host, settings.media_port):
        desks: dict[Queue, tuple[str, ...]] = {"110": settings.phones_110, "12345": settings.phones_12345}
        calls = Calls(ari, media, voice.reception(conversations, keeper), desks, watcher=phones, abandoned=abandoned)
        async with calls.answering():
            if phones is not None:
                phones.exchange = calls.phones
            yield True


def ari_password(settings: Settings, home: Path) -> str:
    """From the settings, else the one that `frontdesk asterisk run` made. Raises SettingsError."""
    if settings.ari_password.get_secret_value():
        return settings.ari_password.get_secret_value()
    secrets = home / "var" / "asterisk" / "secrets.json"
    try:
        return str(json.loads(secrets.read_text("utf-8"))["ari"])
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(
            "设置里打开了 telephone，但没有 ari_password，也没有自带 Asterisk 的密码文件。"
            "请先运行 frontdesk asterisk run，或设置环境变量 FRONTDESK_ARI_PASSWORD"
        ) from error
