"""Rendered speech on disk, addressed by what it says and how. Only wording that anybody may hear belongs here."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

DEFAULT_LIMIT = 1 << 30
"""Bytes; the first catalogue, about 1,000 sentences, takes 180 MB at 16 kHz and half of that at 8 kHz."""
_SUFFIX = ".pcm"
_ABANDONED_S = 3600.0


class SpeechCache:
    """A folder of <sha256>.pcm. Safe for several processes: files appear whole and are never changed."""

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT) -> None:
        self._folder = folder
        self._limit = limit

    @staticmethod
    def key(voice: str, script: str, rate: int, *, slow: bool) -> str:
        """Names the sound of this script. Loudness is no part of it: it is applied on the way out."""
        parts = (voice, str(rate), "slow" if slow else "normal", script)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def get(self, key: str) -> bytes | None:
        """The PCM, or None. Reading marks it as used. An empty file is what a power cut leaves: it counts as none."""
        path = self._path(key)
        try:
            pcm = path.read_bytes()
            os.utime(path)
        except OSError:  # what cannot be read is made anew: a call does not end because of it
            return None
        return pcm or None

    def has(self, key: str) -> bool:
        """Whether it is rendered."""
        try:
            return self._path(key).stat().st_size > 0
        except OSError:
            return False

    def put(self, key: str, pcm: bytes) -> None:
        """Store atomically. Raises OSError if the folder cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix="new-", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pcm)
            Path(name).replace(self._path(key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def trim(self) -> int:
        """Remove what was used longest ago until the limit holds; returns the number of files removed."""
        self._sweep()
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            try:
                status = path.stat()
            except FileNotFoundError:  # another process trims as well
                continue
            found.append((status.st_mtime_ns, status.st_size, path))
        size, removed = sum(length for _, length, _ in found), 0
        for _, length, path in sorted(found):
            if size <= self._limit:
                break
            path.unlink(missing_ok=True)
            size -= length
            removed += 1
        return removed

    def _sweep(self) -> None:
        """Half-written files of a process that was killed."""
        for path in self._folder.glob("new-*.tmp"):
            try:
                if time.time() - path.stat().st_mtime > _ABANDONED_S:
                    path.unlink()
            except FileNotFoundError:  # another process sweeps as well
                continue

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"
