"""What recognition can answer besides words, and the part of it that each engine supplies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr.ports import Hypothesis

SAMPLE_BYTES = 2
"""Signed 16-bit samples, one channel."""


class RecogniserError(Exception):
    """This call can no longer be heard; the caller goes to a person."""


class RecogniserOverloaded(RecogniserError):
    """The call's sound waits longer than allowed: the machine hears fewer calls than it admitted."""


class RecogniserFailed(RecogniserError):
    """The engine broke while decoding, or none is left; it does not come back for this call."""


class ModelUnusable(Exception):
    """A voice model that cannot be loaded; names the folder and what is wrong."""


class Decoder(Protocol):
    """One call's engine. Synchronous; called from one thread at a time."""

    def accept(self, pcm: bytes) -> str:
        """Decode sound (at the line's rate); returns the partial text so far."""

    def finish(self, expected: Sequence[str]) -> tuple[Hypothesis, ...]:
        """End the utterance. `expected`: phrases likely in it, empty for free speech."""


@dataclass(frozen=True)
class Limits:
    """How far decoding may lag. All in seconds."""

    piece: float = 0.2
    """Sound decoded at a time: smaller pieces cost more, larger ones delay the partial text."""
    behind: float = 2.0
    """Sound of one call that may wait, as audio time; more is overload."""
    finish: float = 4.0
    """Longest wait for the end of an utterance, as wall time, anew in each worker; more is overload."""
    silent: float = 3.0
    """A worker that answers nothing for so long is hung and replaced; nor does a call wait longer for a new worker."""
