"""What the front desk and a recogniser worker say to each other: frames on one stream socket, the same both ways.

A frame is kind, ear (a call's number within this worker, 0 for none), length of the body, body. Every SOUND, END and
MEASURE is answered once; an ear has at most one of them unanswered, so nothing needs to be ordered or matched.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ivr.ports import Hypothesis

_HEADER = struct.Struct("<BII")
_LENGTH = struct.Struct("<I")


class Kind(IntEnum):
    """What a frame says. The first group goes to the worker, the second comes from it."""

    OPEN = 1  # an ear, body: its rate
    SOUND = 2  # PCM; answered by PARTIAL or BROKE
    END = 3  # expected phrases and the last PCM of the utterance; answered by HEARD or BROKE
    CLOSE = 4  # the ear is gone
    MEASURE = 5  # answered by MEASURED

    READY = 16  # model loaded and warm, body: Model
    UNUSABLE = 17  # instead of READY, body: why
    PARTIAL = 18  # text
    HEARD = 19  # hypotheses
    BROKE = 20  # the engine failed for this ear, body: the error's type
    MEASURED = 21  # processor seconds for a second of sound, all threads decoding
    MISSING = 22  # characters of expected phrases that are in none of the model's words


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    kind: Kind
    ear: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(frozen=True)
class Model:
    """What a worker tells of the model it loaded. `rate`: samples a second; `heard`: what it read in the clip."""

    rate: int
    takes_grammar: bool
    heard: str

    def packed(self) -> bytes:
        """For a READY frame."""
        return json.dumps([self.rate, self.takes_grammar, self.heard]).encode()

    @classmethod
    def unpacked(cls, body: bytes) -> Model:
        """From a READY frame."""
        rate, takes_grammar, heard = json.loads(body)
        return cls(rate, takes_grammar, heard)


def packed(kind: Kind, ear: int = 0, body: bytes = b"") -> bytes:
    """A frame as it goes over the socket."""
    return _HEADER.pack(kind, ear, len(body)) + body


class Frames:
    """Cuts received bytes into frames."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now. Raises ValueError on a kind that does not exist."""
        self._waiting += data
        while len(self._waiting) >= _HEADER.size:
            kind, ear, length = _HEADER.unpack_from(self._waiting)
            end = _HEADER.size + length
            if len(self._waiting) < end:
                return
            frame = Frame(Kind(kind), ear, bytes(self._waiting[_HEADER.size : end]))
            del self._waiting[:end]
            yield frame


def pack_end(expected: Sequence[str], pcm: bytes) -> bytes:
    """Body of an END frame."""
    phrases = json.dumps(list(expected)).encode()
    return _LENGTH.pack(len(phrases)) + phrases + pcm


def unpack_end(body: bytes) -> tuple[tuple[str, ...], bytes]:
    """Expected phrases and PCM of an END frame."""
    (length,) = _LENGTH.unpack_from(body)
    end = _LENGTH.size + length
    return tuple(json.loads(body[_LENGTH.size : end])), body[end:]


def pack_heard(hypotheses: Sequence[Hypothesis]) -> bytes:
    """Body of a HEARD frame."""
    return json.dumps([(one.text, one.confidence) for one in hypotheses]).encode()


def unpack_heard(body: bytes) -> tuple[Hypothesis, ...]:
    """Hypotheses of a HEARD frame."""
    return tuple(Hypothesis(text, confidence) for text, confidence in json.loads(body))
