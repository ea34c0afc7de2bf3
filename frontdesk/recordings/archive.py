"""The folder of the recordings: one file a call, in a folder a day."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from frontdesk.recordings.keys import Keyring
from frontdesk.recordings.sealed import RecordingDamaged, RecordingError, SealedReader, SealedWriter, read_header

SUFFIX = ".ydtrec"
_MOMENTS = 5.0
_CALL = re.compile(r"[a-z0-9]{8,64}")


class Archive:
    """Blocking; to be used outside the event loop."""

    def __init__(self, folder: Path, keys: Keyring) -> None:
        self.folder = folder
        self._keys = keys

    @property
    def records(self) -> bool:
        """Whether there is a key to record with."""
        return self._keys.current is not None

    def create(self, call: str, started_at: datetime, rate: int) -> SealedWriter:
        """A new recording. Raises OSError; ValueError without a key."""
        if self._keys.current is None:
            raise ValueError("nothing is recorded without a key")
        path = self._path(call, started_at)
        for folder in (self.folder, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return SealedWriter(path, call, started_at, rate, self._keys.current)

    def growing(self, call: str, started_at: datetime) -> bool:
        """Whether something was written moments ago."""
        try:
            written = self._path(call, started_at).stat().st_mtime
        except FileNotFoundError:
            return False
        return time.time() - written < _MOMENTS

    def open(self, call: str, started_at: datetime) -> SealedReader:
        """Read a recording. Raises RecordingError; FileNotFoundError if there is none (any more)."""
        path = self._path(call, started_at)
        if not path.is_file():
            raise FileNotFoundError(path)
        reader = SealedReader(path, self._keys)
        if reader.header.call != call:
            reader.close()
            raise RecordingDamaged(f"录音 {call} 的文件里是另一个通话的录音，有人调换过。请从备份恢复，并查明原因")
        return reader

    def older_than(self, moment: datetime) -> Iterator[tuple[str, datetime, Path]]:
        """(call, start, file) of recordings of calls that began before; a file without a legible header by its age."""
        for path in sorted(self.folder.glob(f"*/*{SUFFIX}")):
            try:
                started = read_header(path).started_at
            except RecordingError:
                started = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if started < moment:
                yield path.name.removesuffix(SUFFIX), started, path

    def _path(self, call: str, started_at: datetime) -> Path:
        if not _CALL.fullmatch(call):
            raise FileNotFoundError(call)
        return self.folder / started_at.astimezone(UTC).strftime("%Y-%m-%d") / f"{call}{SUFFIX}"


def remove(path: Path) -> None:
    """Delete a recording, and its day's folder if that was the last one. Raises OSError."""
    path.unlink(missing_ok=True)
    if not any(path.parent.iterdir()):
        path.parent.rmdir()


def keep_since(now: datetime, days: int) -> datetime:
    """Recordings of calls before this moment are to be deleted."""
    return now - timedelta(days=days)
