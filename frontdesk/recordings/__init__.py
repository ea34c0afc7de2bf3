"""Recordings of calls: sealed on disk, kept for a time, opened only for those who may listen."""

from frontdesk.recordings.archive import Archive
from frontdesk.recordings.keys import KeyRefused, Keyring, RecordingKey, fresh_key, keyring
from frontdesk.recordings.recorder import Recorder
from frontdesk.recordings.retention import sweep, sweeping
from frontdesk.recordings.sealed import (
    RecordingDamaged,
    RecordingError,
    RecordingKeyMissing,
    SealedReader,
    SealedWriter,
)
from frontdesk.recordings.wav import chunks_of, wav_part, wav_size

__all__ = [
    "Archive",
    "KeyRefused",
    "Keyring",
    "Recorder",
    "RecordingDamaged",
    "RecordingError",
    "RecordingKey",
    "RecordingKeyMissing",
    "SealedReader",
    "SealedWriter",
    "chunks_of",
    "fresh_key",
    "keyring",
    "sweep",
    "sweeping",
    "wav_part",
    "wav_size",
]
