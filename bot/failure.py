"""Logging the unexpected without the words in it: messages of errors may quote what a citizen wrote."""

from __future__ import annotations

from typing import Any

MAX_FRAMES = 12


def report_failure(log: Any, event: str, error: BaseException, **fields: Any) -> None:
    """Log the error's type and where it came from, at level error."""
    log.error(event, error=type(error).__qualname__, trace=trace_of(error), **fields)


def trace_of(error: BaseException) -> list[str]:
    """The innermost frames, as "file:line function"."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return frames[-MAX_FRAMES:]
