"""How many calls this machine's processors can hear. Nothing here loads the engine."""

from __future__ import annotations

import math
import os
from pathlib import Path

HEADROOM = 0.8
"""Share of the measured speed given to calls; the rest is for Asterisk, the app and uneven load."""


def processors(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> float:
    """Processors that this process may use: those it may run on, or the container's share if that is less."""
    own = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    allowed, _, period = quota.read_text(encoding="ascii").partition(" ") if quota.is_file() else ("max", "", "")
    return own if allowed.strip() == "max" else min(own, int(allowed) / int(period))


def threads_each(workers: int) -> int:
    """Decoding threads worth having in each of so many worker processes."""
    return max(1, math.ceil(processors() / workers))


def calls_at(speed: float) -> int:
    """Calls that a machine decoding `speed` seconds of sound a second can hear; 0 if it cannot keep up with one."""
    return int(speed * HEADROOM) or int(speed >= 1)
