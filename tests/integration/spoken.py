"""Synthetic callers: sentences spoken by espeak-ng at a chosen rate, for tests that decode real audio."""

from __future__ import annotations

import ctypes
from functools import cache

import espeakng_loader
import numpy as np
import soxr
from pypinyin import Style, lazy_pinyin

VOICE = b"cmn-latn-pinyin"
WORDS_PER_MINUTE = 150
_RETRIEVE = 1  # AUDIO_OUTPUT_RETRIEVAL: sound comes back through the callback
_UTF8 = 1
_RATE_PARAMETER = 1

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Espeak:
    def __init__(self) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self.library.espeak_Initialize(_RETRIEVE, 0, data, 0)
        if self.rate <= 0:
            raise RuntimeError(f"espeak-ng does not start with its data in {data!r}")
        self._pieces: list[bytes] = []
        self._callback = _Callback(self._keep)  # held here: the library keeps only the bare pointer
        self.library.espeak_SetSynthCallback(self._callback)
        if self.library.espeak_SetVoiceByName(VOICE) != 0:
            raise RuntimeError(f"espeak-ng has no voice {VOICE!r}")
        self.library.espeak_SetParameter(_RATE_PARAMETER, WORDS_PER_MINUTE, 0)

    def _keep(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count > 0:
            self._pieces.append(ctypes.string_at(samples, count * 2))
        return 0

    def speak(self, pinyin: str) -> bytes:
        self._pieces.clear()
        text = pinyin.encode()
        self.library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
        self.library.espeak_Synchronize()
        return b"".join(self._pieces)


@cache
def _espeak() -> _Espeak:
    return _Espeak()


@cache
def spoken(text: str, rate: int, *, before: float = 0.3, after: float = 0.5) -> bytes:
    """PCM of the sentence at `rate` samples a second, with silence (seconds) around it."""
    espeak = _espeak()
    syllables = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
    samples = np.frombuffer(espeak.speak(" ".join(syllables)), dtype=np.int16)
    line = soxr.resample(samples, espeak.rate, rate)
    lead, tail = np.zeros(int(rate * before), np.int16), np.zeros(int(rate * after), np.int16)
    return np.concatenate([lead, line, tail]).tobytes()
