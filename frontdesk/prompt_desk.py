"""What the front desk says by itself, and the recordings a person makes of it: listed, heard, replaced, removed.

The page and the command line both work through here; every change leaves its audit entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from frontdesk.fixed_speech import FixedText
from handoff.ports import AuditEntry, Clock, Store
from ivr.ports import Voice
from ivr.speech import Prompt, PromptRefused, RecordedPrompts, SpeechFailed, take_of, wav_file

LISTENING_RATE = 16000
"""Samples per second of what is listened to, the rate of calls."""

State = Literal["recorded", "outdated", "synthesised"]


def recordings_below(home: Path) -> RecordedPrompts:
    """The recordings of this installation."""
    return RecordedPrompts(home / "var" / "prompts")


class UnknownPrompt(LookupError):
    """The front desk says nothing under this id."""


@dataclass(frozen=True)
class Wording:
    """One thing that is said and what callers hear: its recording, or the synthesiser.

    `outdated`: there is a recording, but of other words (`recorded_text`), so callers hear the synthesiser.
    `used` False: the front desk no longer says this; only its recording is left.
    """

    text: FixedText
    state: State
    seconds: float | None = None
    recorded_text: str | None = None
    used: bool = True


class PromptDesk:
    """Recordings by the id of what they say. `voice` None: nothing can be synthesised on this machine."""

    def __init__(
        self,
        texts: tuple[FixedText, ...],
        recordings: RecordedPrompts,
        voice: Voice | None,
        store: Store,
        clock: Clock,
    ) -> None:
        self._texts: Mapping[str, FixedText] = {text.id: text for text in texts}
        self._recordings = recordings
        self._voice = voice
        self._store = store
        self._clock = clock

    async def wordings(self) -> tuple[Wording, ...]:
        """Everything that is said, then recordings of what is said no longer."""
        made = {prompt.id: prompt for prompt in await asyncio.to_thread(self._recordings.all)}
        said = tuple(_wording(text, made.pop(text.id, None)) for text in self._texts.values())
        return (*said, *(_left_over(prompt) for prompt in made.values()))

    async def sound(self, prompt_id: str) -> bytes:
        """A WAV file with what a caller hears. Raises UnknownPrompt, PromptRefused (blanks), SpeechFailed."""
        text = self._known(prompt_id)
        if not text.recordable:
            raise PromptRefused("这句话里有要临时填写的内容，打电话时才合成，不能试听")
        if self._voice is None:
            raise SpeechFailed("这台机器现在不能合成语音，请运行 frontdesk doctor")
        return wav_file(await self._voice.speak(text.text, LISTENING_RATE), LISTENING_RATE)

    async def record(self, prompt_id: str, upload: bytes, by: str) -> Wording:
        """Use this recording from now on. Raises UnknownPrompt, PromptRefused; what was there before then stays."""
        text = self._known(prompt_id)
        if not text.recordable:
            raise PromptRefused("这句话里有要临时填写的内容（如编号），不能用录音，只能合成")
        take = await asyncio.to_thread(take_of, upload)
        # the file is written last: if it cannot be, the entry is not kept either
        async with self._store.transaction() as tx:
            detail = {"seconds": take.seconds, "sound": take.name}
            await tx.audit.append(self._entry(by, "prompt_recorded", prompt_id, detail))
            prompt = await asyncio.to_thread(self._recordings.put, prompt_id, text.text, take)
        return _wording(text, prompt)

    async def remove(self, prompt_id: str, by: str) -> None:
        """Back to the synthesiser. Raises UnknownPrompt if there is no such recording."""
        if not await asyncio.to_thread(self._recordings.has, prompt_id):
            raise UnknownPrompt("这句话没有录音")
        async with self._store.transaction() as tx:
            await tx.audit.append(self._entry(by, "prompt_removed", prompt_id, {}))
            await asyncio.to_thread(self._recordings.remove, prompt_id)

    def _known(self, prompt_id: str) -> FixedText:
        text = self._texts.get(prompt_id)
        if text is None:
            raise UnknownPrompt("没有这句话，它可能已经改名或删掉了，请刷新页面")
        return text

    def _entry(self, by: str, action: str, prompt_id: str, detail: dict[str, object]) -> AuditEntry:
        return AuditEntry(at=self._clock(), actor=by, action=action, subject=f"prompt:{prompt_id}", detail=detail)


def _wording(text: FixedText, prompt: Prompt | None) -> Wording:
    if prompt is None:
        return Wording(text, "synthesised")
    if prompt.speaks(text.text):
        return Wording(text, "recorded", prompt.seconds)
    return Wording(text, "outdated", prompt.seconds, prompt.text)


def _left_over(prompt: Prompt) -> Wording:
    text = FixedText(prompt.id, "phrase", "不再使用", prompt.text)
    return Wording(text, "outdated", prompt.seconds, prompt.text, used=False)
