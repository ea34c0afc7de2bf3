"""A-law, the sound inside a recording: half the size of PCM, and what most telephones send anyway."""

from __future__ import annotations

import io

import numpy as np
import soundfile

from frontdesk.recordings.sealed import CHANNELS

_RAW = {"samplerate": 8000, "format": "RAW", "subtype": "ALAW"}
"""The rate changes no sample; soundfile wants one."""


def encode(pcm: bytes) -> bytes:
    """Interleaved 16 bit little-endian samples as A-law, one byte each."""
    coded = io.BytesIO()
    soundfile.write(coded, np.frombuffer(pcm, dtype="<i2").reshape(-1, CHANNELS), **_RAW)
    return coded.getvalue()


def decode(coded: bytes) -> bytes:
    """A-law as interleaved 16 bit little-endian samples."""
    samples, _ = soundfile.read(io.BytesIO(coded), dtype="int16", channels=CHANNELS, **_RAW)
    return bytes(samples.astype("<i2").tobytes())
