"""Is somebody speaking: 20 ms windows judged by WebRTC's detector above a noise floor that follows the line."""

from __future__ import annotations

from math import log10
from typing import Protocol

import numpy as np
import webrtcvad

WINDOW = 0.02
"""Seconds in one verdict."""
_SAMPLE_BYTES = 2
_FULL_SCALE = 32768.0
_SILENT = -90.0


class Activity(Protocol):
    """Finds voice in a stream of PCM."""

    def feed(self, pcm: bytes) -> tuple[bool, ...]:
        """One verdict for every full window of WINDOW seconds; the rest waits for the next call."""


class NoiseFloor:
    """The level of the line when nobody speaks, in dBFS: falls at once, rises slowly."""

    def __init__(self, start: float = -60.0, rise: float = 3.0, lowest: float = -70.0) -> None:
        self.level = start
        self._rise = rise * WINDOW
        self._lowest = lowest

    def follow(self, level: float) -> float:
        """Take the level of one window; returns the floor. `rise` is in dB a second."""
        self.level = max(self._lowest, min(level, self.level + self._rise))
        return self.level


def level_of(window: bytes) -> float:
    """RMS of a window in dBFS; -90 for digital silence."""
    samples = np.frombuffer(window, dtype="<i2").astype(np.float32)
    power = float(np.dot(samples, samples)) / max(1, len(samples)) / _FULL_SCALE**2
    return max(_SILENT, 10 * log10(power)) if power > 0 else _SILENT


class WebRtcActivity:
    """A window is voice if WebRTC says so and it stands `above` dB over the floor and over `quietest` dBFS."""

    def __init__(self, rate: int, *, strictness: int = 2, above: float = 8.0, quietest: float = -50.0) -> None:
        if rate not in (8000, 16000):
            raise ValueError(f"voice activity works at 8000 or 16000 samples a second, not {rate}")
        self._vad = webrtcvad.Vad(strictness)
        self._rate = rate
        self._above = above
        self._quietest = quietest
        self._floor = NoiseFloor()
        self._size = int(rate * WINDOW) * _SAMPLE_BYTES
        self._rest = b""

    def feed(self, pcm: bytes) -> tuple[bool, ...]:
        """Verdicts for the full windows."""
        pcm = self._rest + pcm
        end = len(pcm) - len(pcm) % self._size
        self._rest = pcm[end:]
        return tuple(self._judge(pcm[at : at + self._size]) for at in range(0, end, self._size))

    def _judge(self, window: bytes) -> bool:
        level = level_of(window)
        floor = self._floor.follow(level)
        if level < max(self._quietest, floor + self._above):
            return False
        return bool(self._vad.is_speech(window, self._rate))
