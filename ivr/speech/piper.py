"""piper, a neural synthesiser, where a city has installed a voice: a folder with <voice>.onnx and <voice>.onnx.json.

Nothing is downloaded here. Install with `pip install piper-tts` (GPL-3.0-or-later) and put the voice into the folder.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ivr.speech.pronounce import pinyin
from ivr.speech.sound import Samples
from ivr.speech.spoken import Passage
from ivr.speech.synthesiser import SpeechFailed

SLOW_TEMPO = 0.8
_PINYIN_VOICE = "cmn-latn-pinyin"
_READS_HANZI = "pinyin"
"""phoneme_type of voices that turn Hanzi into pinyin themselves, with a model of their own."""
_ITS_MODEL = "g2pW"


def piper_model(path: Path) -> Path:
    """The voice that is meant: this .onnx file, or the first one in this folder. Raises SpeechFailed."""
    found = [path] if path.suffix == ".onnx" else sorted(path.glob("*.onnx"))
    for model in found:
        if model.is_file() and Path(f"{model}.json").is_file():
            return model
    raise SpeechFailed(f"{path} 里没有 piper 音色。要有两个文件：音色.onnx 和 音色.onnx.json")


class Piper:
    """One piper voice. Raises SpeechFailed if piper or its voice cannot be used."""

    def __init__(self, model: Path) -> None:
        try:
            from piper import PiperVoice, SynthesisConfig  # noqa: PLC0415  an optional package, loaded only if asked for
        except ImportError as error:
            raise SpeechFailed(f"有 piper 音色（{model}）但没有装 piper。请运行 pip install piper-tts") from error
        try:
            described = json.loads(Path(f"{model}.json").read_text("utf-8"))
            self._hanzi = described.get("phoneme_type") == _READS_HANZI
            if self._hanzi and not (model.parent / _ITS_MODEL).is_dir():
                raise SpeechFailed(f"这个 piper 音色还要 {_ITS_MODEL} 模型。请把它放进 {model.parent / _ITS_MODEL}")
            self._voice = PiperVoice.load(model, download_dir=model.parent)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            if isinstance(error, SpeechFailed):
                raise
            raise SpeechFailed(f"piper 音色打不开（{model}：{error}）。请重新放一份完整的音色文件") from error
        if not self._hanzi:
            self._voice.config.espeak_voice = _PINYIN_VOICE
        self._config: Any = SynthesisConfig
        self._lock = threading.Lock()
        digest = hashlib.sha256(model.read_bytes()).hexdigest()[:16]
        self._name = f"piper {model.stem} {digest}"

    @property
    def name(self) -> str:
        """Engine, voice and the hash of its model."""
        return self._name

    @property
    def rate(self) -> int:
        """Samples per second of this voice."""
        return int(self._voice.config.sample_rate)

    def script(self, passages: Sequence[Passage]) -> str:
        """Pinyin, or Hanzi for a voice that reads them, all passages in one line."""
        return " ".join(self._told(passage) for passage in passages)

    def synthesise(self, passages: Sequence[Passage], *, slow: bool) -> Samples:
        """The sentence. Raises SpeechFailed."""
        told = self.script(passages)
        if not told.strip():
            return np.zeros(0, dtype=np.float32)
        usual = float(self._voice.config.length_scale)
        config = self._config(length_scale=usual / SLOW_TEMPO if slow else usual)
        try:
            with self._lock:
                parts = [chunk.audio_float_array for chunk in self._voice.synthesize(told, config)]
        except Exception as error:  # whatever the runtime raises, the caller goes to a person
            raise SpeechFailed(f"piper 合成失败：{error}") from error
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, dtype=np.float32)

    def _told(self, passage: Passage) -> str:
        return passage.words if self._hanzi or passage.language == "en" else pinyin(passage.words)
