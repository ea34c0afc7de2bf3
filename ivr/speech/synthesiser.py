"""A machine that speaks, as a protocol, and what may go wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ivr.speech.sound import Samples
from ivr.speech.spoken import Passage


class SpeechFailed(RuntimeError):
    """Nothing can be said: the caller must be given to a person. Says what is missing and how to mend it."""


class Synthesiser(Protocol):
    """Blocking; called from worker threads, so it must be safe to call from any of them."""

    @property
    def name(self) -> str:
        """Engine, version and voice: part of the cache key."""

    @property
    def rate(self) -> int:
        """Samples per second of what synthesise returns."""

    def script(self, passages: Sequence[Passage]) -> str:
        """Exactly what the engine would be told, as one text: the other part of the cache key."""

    def synthesise(self, passages: Sequence[Passage], *, slow: bool) -> Samples:
        """The sound of one sentence; `slow` at 0.8 of the tempo. Raises SpeechFailed."""
