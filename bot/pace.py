"""How fast one source may go: a token bucket that answers with the wait."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """`burst` steps at once, `per_second` after that. `clock` counts seconds."""

    def __init__(self, burst: int = 20, per_second: float = 4.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._rate = per_second
        self._clock = clock
        self._level = float(burst)
        self._at = clock()

    def wait(self) -> float:
        """Seconds to wait before this step; 0 when it may go now. A step that has to wait is counted."""
        self._refill()
        self._level -= 1
        return max(0.0, -self._level / self._rate)

    def take(self) -> float:
        """0 when this step may go now; otherwise the seconds until one may, and nothing is counted."""
        wait = self.look()
        if wait == 0:
            self._level -= 1
        return wait

    def look(self) -> float:
        """Seconds until a step may go; counts nothing."""
        self._refill()
        return max(0.0, (1 - self._level) / self._rate)

    def _refill(self) -> None:
        now = self._clock()
        self._level = min(float(self._burst), self._level + (now - self._at) * self._rate)
        self._at = now
