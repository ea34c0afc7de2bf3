"""Logging the unexpected without the words in it: messages of errors may quote what a caller said."""

from __future__ import annotations

import traceback
from typing import Any

MAX_FRAMES = 12


def report_failure(log: Any, event: str, error: BaseException, **fields: Any) -> None:
    """Log the error's type and where it came from, at level error."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    trace = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    log.error(event, error=type(error).__qualname__, trace=trace, **fields)


def first_of(group: BaseException) -> BaseException:
    """The first single error in a group of errors."""
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group
