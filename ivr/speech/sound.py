"""What is done to speech before it goes out: mono samples in floats of -1..1, shape (samples,)."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LEVEL_DB = -20.0
"""Level of the spoken parts, dB below full scale, RMS."""
LOUDER_DB = 6.0
TELEPHONE_RATE = 8000
_BAND_HZ = (200.0, 300.0, 3400.0, 3800.0)
"""Telephone band: silent below the first, full between the second and third, silent above the last."""
_FRAME_S = 0.02
_FLOOR = 10 ** (-40 / 20)
"""Frames this far below the loudest one are pauses."""
_KNEE = 0.6
"""Above this the limiter bends; it never reaches full scale."""


def from_pcm(pcm: bytes) -> Samples:
    """Signed 16-bit little-endian to floats."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0


def to_pcm(samples: Samples) -> bytes:
    """Floats to signed 16-bit little-endian; what exceeds full scale is cut."""
    return (np.clip(samples, -1.0, 32767 / 32768) * 32768.0).astype("<i2").tobytes()


def silence(seconds: float, rate: int) -> bytes:
    """PCM of nothing."""
    return bytes(2 * round(seconds * rate))


def resampled(samples: Samples, rate: int, target: int) -> Samples:
    """The same sound at `target` samples per second."""
    if rate == target or not samples.size:
        return samples
    return np.asarray(soxr.resample(samples, rate, target), dtype=np.float32)


def prepared(samples: Samples, rate: int, line_rate: int) -> Samples:
    """Fit for a line: its rate, silence at both ends cut, the telephone band at 8 kHz, the usual level."""
    sound = trimmed(resampled(samples, rate, line_rate), line_rate)
    if line_rate == TELEPHONE_RATE:
        sound = telephone_band(sound, line_rate)
    return levelled(sound, line_rate)


def trimmed(samples: Samples, rate: int) -> Samples:
    """Without leading and trailing silence; a frame is kept before, three after for a voice that dies away."""
    loud = np.flatnonzero(_spoken(samples, rate))
    if not loud.size:
        return samples[:0]
    frame = int(_FRAME_S * rate)
    return samples[max(0, int(loud[0]) - 1) * frame : (int(loud[-1]) + 4) * frame]


def telephone_band(samples: Samples, rate: int) -> Samples:
    """300-3400 Hz, without delay."""
    if not samples.size:
        return samples
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(samples.size, 1 / rate)
    low, full, last, high = _BAND_HZ
    gain = np.interp(hertz, [low, full, last, high], [0.0, 1.0, 1.0, 0.0])
    return np.fft.irfft(spectrum * gain, samples.size).astype(np.float32)


def levelled(samples: Samples, rate: int) -> Samples:
    """Spoken parts brought to LEVEL_DB, peaks limited."""
    rms = _frames(samples, rate)
    spoken = rms[_spoken(samples, rate)]
    if not spoken.size:
        return samples
    level = float(np.sqrt(np.mean(spoken**2)))
    return _limited((samples * (10 ** (LEVEL_DB / 20) / level)).astype(np.float32))


def louder(pcm: bytes) -> bytes:
    """The same speech 6 dB louder, peaks limited instead of clipped."""
    return to_pcm(_limited(from_pcm(pcm) * np.float32(10 ** (LOUDER_DB / 20))))


def _limited(samples: Samples) -> Samples:
    high = np.flatnonzero(np.abs(samples) > _KNEE)
    peaks, room = samples[high], 1.0 - _KNEE
    limited = samples.copy()
    limited[high] = np.sign(peaks) * (_KNEE + room * np.tanh((np.abs(peaks) - _KNEE) / room))
    return limited


def _frames(samples: Samples, rate: int) -> NDArray[np.float64]:
    """RMS of each 20 ms, the last one padded."""
    frame = int(_FRAME_S * rate)
    padded = np.pad(samples.astype(np.float64), (0, -samples.size % frame))
    return np.asarray(np.sqrt(np.mean(padded.reshape(-1, frame) ** 2, axis=1)), dtype=np.float64)


def _spoken(samples: Samples, rate: int) -> NDArray[np.bool_]:
    rms = _frames(samples, rate)
    if not rms.size or rms.max() <= 0:
        return np.zeros(rms.size, dtype=np.bool_)
    return np.asarray(rms > rms.max() * _FLOOR, dtype=np.bool_)
