"""Case numbers: the day in China, then the day's count."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""A fixed offset: China keeps no summer time, and small machines often lack the zone database."""


def case_day(at: datetime) -> str:
    """The day of `at` in China, YYYYMMDD. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a case day needs a timezone-aware time, not {at!r}")
    return at.astimezone(CHINA).strftime("%Y%m%d")


def case_number(day: str, count: int) -> str:
    """YYYYMMDD and at least four digits: the 10000th case of a day simply has five."""
    return f"{day}{count:04d}"
