"""One server per SQLite file, held by a lock file beside it.

The kernel drops the lock when its holder dies, so a crash never leaves a stale one.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DatabaseInUse(RuntimeError):
    """Another process serves this SQLite file. `pid` is None if it could not be read."""

    def __init__(self, path: Path, pid: int | None) -> None:
        holder = f"进程 {pid} " if pid is not None else "另一个进程"
        super().__init__(
            f"数据库文件 {path} 正由{holder}使用。一个 SQLite 文件同时只能由一个服务进程打开："
            "请先停止它，或换一个数据库文件；多台服务器共用请改用 PostgreSQL。"
        )
        self.path = path
        self.pid = pid


class FileLock:
    """The lock on `<database file>.lock`, from construction until `release`. Raises DatabaseInUse."""

    def __init__(self, database: Path) -> None:
        self._descriptor = os.open(
            database.with_name(database.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = self._read_pid()
            os.close(self._descriptor)
            raise DatabaseInUse(database, pid) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let the next one in. The file stays: removing it would race with a process opening it."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def _read_pid(self) -> int | None:
        text = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else None
