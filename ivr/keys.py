"""Keys that belong together: a telephone number comes digit by digit."""

from __future__ import annotations

PAUSE = 3.0
"""Seconds without a key that end a number."""
SHORTEST = 7
MOBILE = 11
_END = "#"


class Keypad:
    """Collects the digits of a number; single keys are not its business."""

    def __init__(self) -> None:
        self._digits = ""
        self._waited = 0.0

    def clear(self) -> None:
        """Forget what was keyed."""
        self._digits, self._waited = "", 0.0

    def press(self, digit: str, *, number: bool) -> str:
        """Take a key; returns the number once it is complete, else "". `number`: whether one was asked for."""
        if not number:
            return ""
        self._waited = 0.0
        if digit == _END:
            return self._complete()
        self._digits += digit
        mobile = len(self._digits) == MOBILE and self._digits.startswith("1")
        return self._complete() if mobile else ""

    def waited(self, seconds: float) -> str:
        """Time has passed; returns the number if the pause ended it, else ""."""
        if not self._digits:
            return ""
        self._waited += seconds
        return self._complete() if self._waited >= PAUSE else ""

    def _complete(self) -> str:
        digits = self._digits
        self.clear()
        return digits if len(digits) >= SHORTEST else ""
