"""Timing single calls: median, 99th percentile, calls a second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Timing:
    """Seconds of each call."""

    seconds: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Calls a second, one after the other."""
        return len(self.seconds) / sum(self.seconds)

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """Seconds; the largest value when there are fewer than a hundred."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * 0.99))]

    def cells(self) -> tuple[str, str, str]:
        """Calls a second, median and p99 in milliseconds."""
        return f"{self.per_second:,.0f}", f"{self.median * 1000:.2f}", f"{self.p99 * 1000:.2f}"


def time_calls(call: Callable[[T], object], items: Iterable[T]) -> Timing:
    """Time one call per item."""
    seconds = []
    for item in items:
        started = time.perf_counter()
        call(item)
        seconds.append(time.perf_counter() - started)
    return Timing(tuple(seconds))


async def time_awaits(call: Callable[[T], Awaitable[object]], items: Iterable[T]) -> Timing:
    """Time one awaited call per item."""
    seconds = []
    for item in items:
        started = time.perf_counter()
        await call(item)
        seconds.append(time.perf_counter() - started)
    return Timing(tuple(seconds))


def best(timings: Iterable[Timing]) -> Timing:
    """The run that was disturbed least."""
    return min(timings, key=lambda timing: sum(timing.seconds))
