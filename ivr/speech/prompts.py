"""Prompts recorded by a person, uploaded by an admin, by the id of the phrase or intent they speak for.

Each is kept with the wording it was made for. When the wording changes, the recording no longer matches and the new
wording is synthesised, so a caller never hears an outdated answer. Layout: <id>.json beside <sha256>.wav (16 kHz mono).
"""

from __future__ import annotations

import json
import re
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from ivr.speech.sentences import same_words
from ivr.speech.sound import from_pcm, prepared, to_pcm
from ivr.speech.uploads import STORED_RATE, PromptRefused, Take, take_of

_ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
_LONGEST_ID = 80
_OPEN = re.compile(r"\{\w+\}")

log = structlog.get_logger("ivr.speech")


@dataclass(frozen=True)
class Prompt:
    """A stored recording: whose (phrase or intent id), which words, how long, and its file's name."""

    id: str
    text: str
    seconds: float
    sound: str

    def speaks(self, text: str) -> bool:
        """Whether it was made for exactly these words."""
        return same_words(self.text) == same_words(text)


class RecordedPrompts:
    """A folder of recordings. Changes by another process are seen at the next look-up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: int | None = None
        self._by_words: dict[str, Prompt] = {}
        self._load = lru_cache(maxsize=256)(self._read)

    def add(self, prompt_id: str, text: str, upload: bytes) -> Prompt:
        """Store what a person recorded, in any format. Raises PromptRefused; what was there before then stays."""
        self._check(prompt_id, text)
        return self.put(prompt_id, text, take_of(upload))

    def put(self, prompt_id: str, text: str, take: Take) -> Prompt:
        """Store a take for these words. Raises PromptRefused."""
        card = self._check(prompt_id, text)
        prompt = Prompt(prompt_id, text, take.seconds, take.name)
        self._write(prompt.sound, take.wav)
        replaced = self._kept(card)
        self._write(card.name, json.dumps(vars(prompt), ensure_ascii=False, indent=1).encode())
        self._forget_sound(replaced)
        self._seen = None
        return prompt

    def remove(self, prompt_id: str) -> bool:
        """Back to the synthesiser. False if there was no such recording."""
        card = self._card(prompt_id)
        if not card.exists():
            return False
        removed = self._kept(card)
        card.unlink(missing_ok=True)
        self._forget_sound(removed)
        self._seen = None
        return True

    def has(self, prompt_id: str) -> bool:
        """Whether there is a recording under this id, usable or not. Raises PromptRefused for what is no id."""
        return self._card(prompt_id).exists()

    def all(self) -> tuple[Prompt, ...]:
        """Every recording that can be used, by id."""
        found = (self._kept(path) for path in sorted(self._folder.glob("*.json")))
        return tuple(prompt for prompt in found if prompt is not None)

    def troubles(self) -> Iterator[str]:
        """What cannot be used, and what to do about it."""
        for path in sorted(self._folder.glob("*.json")):
            try:
                prompt = self._described(path)
            except PromptRefused as error:
                yield str(error)
                continue
            if self.pcm(prompt, STORED_RATE) is None:
                yield f"{self._folder / prompt.sound}：{prompt.id} 的录音读不出来，来电时改用合成。请重新上传"

    def find(self, text: str) -> Prompt | None:
        """The recording of exactly these words, or None."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        if changed != self._seen:
            self._by_words = {same_words(prompt.text): prompt for prompt in self.all()}
            self._seen = changed
        return self._by_words.get(same_words(text))

    def pcm(self, prompt: Prompt, rate: int) -> bytes | None:
        """Its sound at the line's rate; None if the file is gone or damaged: a call then has the synthesiser."""
        try:
            return self._load(prompt.sound, rate)
        except (OSError, EOFError, wave.Error) as error:
            log.warning("recording_unusable", prompt=prompt.id, error=type(error).__name__)
            return None

    def _read(self, sound: str, rate: int) -> bytes:
        with wave.open(str(self._folder / sound), "rb") as file:
            stored = file.readframes(file.getnframes())
        return stored if rate == STORED_RATE else to_pcm(prepared(from_pcm(stored), STORED_RATE, rate))

    def _card(self, prompt_id: str) -> Path:
        if not _ID.fullmatch(prompt_id) or len(prompt_id) > _LONGEST_ID:
            raise PromptRefused(f"编号 {prompt_id!r} 不对：只能用小写字母、数字、下划线和点，以字母开头")
        return self._folder / f"{prompt_id}.json"

    def _check(self, prompt_id: str, text: str) -> Path:
        if not text.strip():
            raise PromptRefused(f"{prompt_id} 没有文字，不知道这段录音说的是什么")
        if has_blanks(text):
            raise PromptRefused(f"{prompt_id} 里有要临时填写的内容（花括号），不能用录音，只能合成")
        return self._card(prompt_id)

    def _kept(self, path: Path) -> Prompt | None:
        try:
            return self._described(path)
        except PromptRefused:
            log.warning("recording_unusable", prompt=path.stem)
            return None
        except FileNotFoundError:
            return None

    def _described(self, path: Path) -> Prompt:
        try:
            card: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return Prompt(**card)
        except (ValueError, TypeError) as error:
            raise PromptRefused(f"{path}：录音说明读不懂（{error}）。请删掉这个文件，重新上传这段录音") from error

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".tmp", delete=False) as file:
            file.write(content)
        Path(file.name).replace(self._folder / name)

    def _forget_sound(self, prompt: Prompt | None) -> None:
        if prompt is not None and all(other.sound != prompt.sound for other in self.all()):
            (self._folder / prompt.sound).unlink(missing_ok=True)


def has_blanks(text: str) -> bool:
    """Whether the text has something to fill in ({number}): nobody can record it."""
    return _OPEN.search(text) is not None
