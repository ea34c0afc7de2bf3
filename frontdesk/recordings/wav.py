"""A recording as a WAV file (16 bit, stereo) that can be read from any byte, decrypted second by second."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from frontdesk.recordings import alaw
from frontdesk.recordings.sealed import CHANNELS, SealedReader

_SAMPLE_BYTES = 2
_FRAME_BYTES = CHANNELS * _SAMPLE_BYTES
HEADER_BYTES = 44


def wav_size(reader: SealedReader) -> int:
    """Bytes of the whole file."""
    return HEADER_BYTES + reader.frames * _FRAME_BYTES


def wav_part(reader: SealedReader, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `end`, in pieces of at most a second. Raises RecordingDamaged."""
    if start < HEADER_BYTES:
        yield _header(reader)[start : min(end, HEADER_BYTES)]
    size = reader.header.chunk_frames * _FRAME_BYTES
    first, last = max(start - HEADER_BYTES, 0), end - HEADER_BYTES
    for index in chunks_of(reader, start, end):
        pcm = alaw.decode(reader.chunk(index))
        yield pcm[max(first - index * size, 0) : max(last - index * size, 0)]


def chunks_of(reader: SealedReader, start: int, end: int) -> range:
    """The chunks that these bytes of the WAV file come from."""
    size = reader.header.chunk_frames * _FRAME_BYTES
    return range(max(start - HEADER_BYTES, 0) // size, -(-max(end - HEADER_BYTES, 0) // size))


def _header(reader: SealedReader) -> bytes:
    rate, sound = reader.header.rate, reader.frames * _FRAME_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", HEADER_BYTES - 8 + sound, b"WAVE",
        b"fmt ", 16, 1, CHANNELS, rate, rate * _FRAME_BYTES, _FRAME_BYTES, 8 * _SAMPLE_BYTES,
        b"data", sound,
    )  # fmt: skip
