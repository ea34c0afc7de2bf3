"""Bringing callers to one level: quiet telephones are heard worse. Follows speech, leaves silence alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32767.0
TARGET = 0.4 * FULL_SCALE
"""Peak that quiet speech is brought to; louder speech stays as it is."""
FLOOR = 0.003 * FULL_SCALE
"""Peaks below are line noise, which is not amplified further."""
MOST = 16.0
"""Largest gain (24 dB)."""
FORGET = 0.85
"""Share of the remembered peak that is left after one second without a louder one."""


class Leveller:
    """Gain for one call, carried from piece to piece."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._peak = TARGET
        self._gain = 1.0
        self._heard = False

    def level(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Samples (count,) at the target level. Gain moves linearly within the piece, so nothing clicks."""
        if not len(samples):
            return samples
        peak = float(max(abs(int(samples.max())), abs(int(samples.min()))))
        if peak >= FLOOR:
            kept = self._peak * FORGET ** (len(samples) / self._rate) if self._heard else 0.0
            self._peak, self._heard = max(peak, kept), True
        wanted = min(MOST, max(1.0, TARGET / self._peak))
        if wanted == self._gain == 1.0:
            return samples
        gains = np.linspace(self._gain, wanted, len(samples), dtype=np.float32)
        self._gain = wanted
        louder: NDArray[np.int16] = np.clip(samples * gains, -FULL_SCALE, FULL_SCALE).astype(np.int16)
        return louder
