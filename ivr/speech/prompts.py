"""Prompts recorded by a person, uploaded by an admin, by the id of the phrase or intent they speak for.

Each is kept with the wording it was made for. When the wording changes, the recording no longer matches and the new
wording is synthesised, so a caller never hears an outdated answer. Layout: <id>.json beside <sha256>.wav (16 kHz mono).
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import tempfile
import warnings
import wave
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from shutil import which
from typing import Any

from ivr.speech.sentences import same_words
from ivr.speech.sound import from_pcm, prepared, to_pcm

STORED_RATE = 16000
LARGEST = 20 * 1024 * 1024
"""Bytes of an upload."""
LONGEST_S = 180.0
SHORTEST_S = 0.2
_ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
_LONGEST_ID = 80


class PromptRefused(ValueError):
    """The upload cannot be used; says why and what to do."""


@dataclass(frozen=True)
class Prompt:
    """A stored recording: whose (phrase or intent id), which words, how long, and its file's name."""

    id: str
    text: str
    seconds: float
    sound: str


class RecordedPrompts:
    """A folder of recordings. Changes by another process are seen at the next look-up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: int | None = None
        self._by_words: dict[str, Prompt] = {}
        self._load = lru_cache(maxsize=256)(self._read)

    def add(self, prompt_id: str, text: str, upload: bytes) -> Prompt:
        """Store what an admin uploaded: WAV directly, anything else through ffmpeg. Raises PromptRefused."""
        card = self._card(prompt_id)
        _check(prompt_id, text, upload)
        sound = prepared(from_pcm(_decoded(upload)), STORED_RATE, STORED_RATE)
        seconds = sound.size / STORED_RATE
        if seconds < SHORTEST_S:
            raise PromptRefused("这段录音里没有声音。请检查麦克风，重新录一遍再上传")
        if seconds > LONGEST_S:
            raise PromptRefused(f"录音有 {seconds:.0f} 秒，最长 {LONGEST_S:.0f} 秒。请剪短后再上传")
        pcm = to_pcm(sound)
        prompt = Prompt(prompt_id, text, round(seconds, 2), f"{hashlib.sha256(pcm).hexdigest()}.wav")
        self._write(prompt.sound, _wav(pcm))
        replaced = self._described(card)
        self._write(f"{prompt_id}.json", json.dumps(vars(prompt), ensure_ascii=False, indent=1).encode())
        self._forget_sound(replaced)
        return prompt

    def remove(self, prompt_id: str) -> bool:
        """Back to the synthesiser. False if there was no such recording."""
        removed = self._described(self._card(prompt_id))
        if removed is None:
            return False
        self._card(prompt_id).unlink(missing_ok=True)
        self._forget_sound(removed)
        return True

    def all(self) -> tuple[Prompt, ...]:
        """Every recording, by id."""
        found = (self._described(path) for path in sorted(self._folder.glob("*.json")))
        return tuple(prompt for prompt in found if prompt is not None)

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
        """Its sound at the line's rate; None if the file went away since."""
        try:
            return self._load(prompt.sound, rate)
        except FileNotFoundError:
            return None

    def _read(self, sound: str, rate: int) -> bytes:
        with wave.open(str(self._folder / sound), "rb") as file:
            stored = file.readframes(file.getnframes())
        return stored if rate == STORED_RATE else to_pcm(prepared(from_pcm(stored), STORED_RATE, rate))

    def _card(self, prompt_id: str) -> Path:
        if not _ID.fullmatch(prompt_id) or len(prompt_id) > _LONGEST_ID:
            raise PromptRefused(f"编号 {prompt_id!r} 不对：只能用小写字母、数字、下划线和点，以字母开头")
        return self._folder / f"{prompt_id}.json"

    def _described(self, path: Path) -> Prompt | None:
        try:
            card: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return Prompt(**card)
        except FileNotFoundError:
            return None
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


def _check(prompt_id: str, text: str, upload: bytes) -> None:
    if not text.strip():
        raise PromptRefused(f"{prompt_id} 没有文字，不知道这段录音说的是什么")
    if re.search(r"\{\w+\}", text):
        raise PromptRefused(f"{prompt_id} 里有要临时填写的内容（花括号），不能用录音，只能合成")
    if len(upload) > LARGEST:
        raise PromptRefused(f"文件有 {len(upload) >> 20} MB，最大 {LARGEST >> 20} MB。请压缩或剪短后再上传")


def _decoded(upload: bytes) -> bytes:
    """PCM at STORED_RATE, mono. pydub is loaded for an upload only, never by a call."""
    with warnings.catch_warnings():
        # at import pydub warns if there is no ffmpeg; WAV needs none, and the error below says so for the rest
        warnings.simplefilter("ignore")
        from pydub import AudioSegment  # noqa: PLC0415
        from pydub.exceptions import CouldntDecodeError  # noqa: PLC0415
    try:
        recording = AudioSegment.from_file(io.BytesIO(upload), format="wav" if _is_wav(upload) else None)
    except FileNotFoundError as error:
        raise PromptRefused(
            "这个录音不是普通的 WAV 格式，转换要用 ffmpeg，但这台机器上没有。"
            "请安装 ffmpeg（apt install ffmpeg），或改传 WAV 文件"
        ) from error
    except (CouldntDecodeError, LookupError, EOFError, wave.Error, ValueError, OSError, struct.error) as error:
        hint = "" if which("ffmpeg") else "；如果它不是 WAV，请先安装 ffmpeg"
        raise PromptRefused(f"这个文件里读不出声音{hint}。请换成 WAV、MP3 或 M4A 再上传") from error
    pcm: bytes = recording.set_channels(1).set_sample_width(2).set_frame_rate(STORED_RATE).raw_data
    return pcm


def _is_wav(upload: bytes) -> bool:
    return upload[:4] == b"RIFF" and upload[8:12] == b"WAVE"


def _wav(pcm: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(STORED_RATE)
        file.writeframes(pcm)
    return buffer.getvalue()
