"""A front desk started as a user starts it: addresses and passwords are read from what it prints."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START_WITHIN = 180  # seconds; takes five on an idle machine
STOP_WITHIN = 30
_PAGE = re.compile(r"市民网页\s+(http://\S+)/$")
_ACCOUNT = re.compile(r"^\s+(\S+)\s+((?:operator|supervisor|admin)\S*)\s+((?:[0-9a-f]{4}-){3}[0-9a-f]{4})$")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "frontdesk", *words]


def database_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def environment(database: Path, **settings: str) -> dict[str, str]:
    """This process's environment without its own front desk settings, and with these."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FRONTDESK_")}
    given = {f"FRONTDESK_{key.upper()}": value for key, value in settings.items()}
    return {**kept, "FRONTDESK_DATABASE_URL": database_url(database), "PYTHONIOENCODING": "utf-8", **given}


def run(database: Path, *words: str, given: str | bytes = b"", **settings: str) -> subprocess.CompletedProcess[str]:
    """One `frontdesk` command, run to its end."""
    raw = given.encode() if isinstance(given, str) else given
    ended = subprocess.run(
        command(*words), input=raw, capture_output=True, cwd=ROOT, env=environment(database, **settings),
        timeout=START_WITHIN, check=False,
    )  # fmt: skip
    return subprocess.CompletedProcess(ended.args, ended.returncode, ended.stdout.decode(), ended.stderr.decode())


class RunningServer:
    """`frontdesk serve` on its own database. `start` again after `stop` or `kill` keeps port and database."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.database = folder / "frontdesk.sqlite"
        self.port = 0
        self.passwords: dict[str, str] = {}
        self.printed: list[str] = []
        """What the last start showed on the terminal, without the log."""
        self.logged: list[dict[str, Any]] = []
        """Log lines of all starts."""
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._up = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> RunningServer:
        """Returns once the server says that it is up."""
        self.printed = []
        self._up.clear()
        settings = {"host": "127.0.0.1", "port": str(self.port), **self._settings}
        self._process = subprocess.Popen(
            command("serve"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            encoding="utf-8", cwd=ROOT, env=environment(self.database, **settings),
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        if not self._up.wait(START_WITHIN) or self._process.poll() is not None:
            self.kill()
            raise AssertionError(f"the server did not come up:\n{self.printed}\n{self.logged}")
        return self

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL, as a power cut would."""
        return self._end(signal.SIGKILL)

    @property
    def troubles(self) -> list[Any]:
        """Errors in the log of all starts, and anything but log and announcement on the last one's terminal."""
        errors = [line for line in self.logged if line["level"] in ("error", "critical")]
        return [*errors, *(line for line in self.printed if "Traceback" in line or "Error" in line)]

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(STOP_WITHIN)
        if self._reader is not None:
            self._reader.join()
        return code

    def _read(self, terminal: Iterable[str]) -> None:
        for line in terminal:
            if line.startswith("{"):
                entry = json.loads(line)
                self.logged.append(entry)
                if entry["event"] == "front desk is up":
                    self._up.set()
            else:
                self._print(line.rstrip("\n"))
        self._up.set()  # it ended: nothing more to wait for

    def _print(self, line: str) -> None:
        self.printed.append(line)
        if found := _PAGE.search(line):
            self.port = int(found[1].rpartition(":")[2])
        if found := _ACCOUNT.match(line):
            self.passwords[found[1]] = found[3]
