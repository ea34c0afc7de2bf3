"""espeak-ng through ctypes, from the library and data of the wheel espeakng-loader.

The engine is one per process and keeps its voice as global state, so one lock guards every call. It is fed pinyin:
its own reading of Hanzi is not understood by people or recognisers.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from functools import cache

import espeakng_loader
import numpy as np

from ivr.speech.pronounce import pinyin
from ivr.speech.sound import Samples, from_pcm
from ivr.speech.spoken import Passage
from ivr.speech.synthesiser import SpeechFailed

WORDS_PER_MINUTE = 150
SLOW_TEMPO = 0.8
_VOICES = {"zh": "cmn-latn-pinyin", "en": "en-us"}

_AUDIO_SYNCHRONOUS = 2
"""AUDIO_OUTPUT_RETRIEVAL without a thread of the engine: the callback has all sound before the call ends."""
_DONT_EXIT = 0x8000
"""Initialisation flag: report a missing data folder instead of ending the process."""
_RATE = 1
_CHARS_UTF8 = 1
_POS_CHARACTER = 1
_OK = 0

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_lock = threading.Lock()


class _Engine:
    """The library, initialised. All methods: only with the lock held."""

    def __init__(self) -> None:
        path, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
        try:
            self._library = ctypes.CDLL(str(path))
        except OSError as error:
            raise SpeechFailed(f"合成语音的程序库打不开（{path}：{error}）。请重新安装 espeakng-loader") from error
        self._library.espeak_Info.restype = ctypes.c_char_p
        self._library.espeak_Synth.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
        )  # fmt: skip
        self.rate = int(self._library.espeak_Initialize(_AUDIO_SYNCHRONOUS, 0, str(data).encode(), _DONT_EXIT))
        if self.rate <= 0:
            raise SpeechFailed(f"合成语音的数据读不出来（{data}）。请重新安装 espeakng-loader")
        self.version = self._library.espeak_Info(None).decode()
        self._heard: list[bytes] = []
        # kept for the life of the process: the library holds its address
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._heard.append(ctypes.string_at(samples, count * ctypes.sizeof(ctypes.c_short)))
        return 0

    def say(self, text: str, voice: str, words_per_minute: int) -> bytes:
        """PCM at self.rate."""
        self._heard.clear()
        told = text.encode()
        self._done("SetVoiceByName", self._library.espeak_SetVoiceByName(voice.encode()))
        self._done("SetParameter", self._library.espeak_SetParameter(_RATE, words_per_minute, 0))
        self._done(
            "Synth",
            self._library.espeak_Synth(told, len(told) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None),
        )
        return b"".join(self._heard)

    @staticmethod
    def _done(step: str, status: int) -> None:
        if status != _OK:
            raise SpeechFailed(f"语音合成失败：espeak_{step} 返回 {status}。请重新安装 espeakng-loader")


@cache
def _engine() -> _Engine:
    return _Engine()


class Espeak:
    """The default synthesiser. Raises SpeechFailed if the engine cannot start."""

    def __init__(self) -> None:
        with _lock:
            engine = _engine()
        self._rate = engine.rate
        self._name = f"espeak-ng {engine.version} {WORDS_PER_MINUTE}"

    @property
    def name(self) -> str:
        """Engine, version, voice and tempo."""
        return self._name

    @property
    def rate(self) -> int:
        """Samples per second, 22050."""
        return self._rate

    def script(self, passages: Sequence[Passage]) -> str:
        """Pinyin, or English, each passage after its language."""
        return "\n".join(f"{passage.language} {_told(passage)}" for passage in passages)

    def synthesise(self, passages: Sequence[Passage], *, slow: bool) -> Samples:
        """The passages one after the other. Raises SpeechFailed."""
        tempo = round(WORDS_PER_MINUTE * (SLOW_TEMPO if slow else 1))
        parts = []
        for passage in passages:
            told = _told(passage)
            if told:
                with _lock:
                    parts.append(from_pcm(_engine().say(told, _VOICES[passage.language], tempo)))
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _told(passage: Passage) -> str:
    return pinyin(passage.words) if passage.language == "zh" else passage.words
