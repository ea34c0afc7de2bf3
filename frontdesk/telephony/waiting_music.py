"""A quiet waiting chime, so that nobody waits in silence before a city has put its own music in place."""

from __future__ import annotations

import numpy as np

RATE = 8000
_NOTES = ((0.0, 523.25), (0.6, 659.25), (1.2, 783.99), (2.4, 659.25))
"""Start (s) and frequency (Hz)."""
_SECONDS = 6.0
_LEVEL = 0.12


def waiting_chime() -> bytes:
    """Six seconds, 16-bit mono PCM at 8 kHz; loops without a click."""
    seconds = np.arange(int(_SECONDS * RATE)) / RATE
    sound = np.zeros_like(seconds)
    for start, frequency in _NOTES:
        since = seconds - start
        note = np.sin(2 * np.pi * frequency * since) * np.exp(-2.2 * np.clip(since, 0, None))
        sound += np.where(since >= 0, note * np.clip(since / 0.01, 0, 1), 0)
    fade = np.clip((_SECONDS - seconds) / 0.05, 0, 1)
    return (sound * fade * _LEVEL * 32767).astype("<i2").tobytes()
