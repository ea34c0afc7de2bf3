"""A private Asterisk as a child process."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from frontdesk.telephony.configuration import Layout
from frontdesk.telephony.folder import Asterisk

READY_SECONDS = 20.0
STOP_SECONDS = 10.0


class AsteriskFailed(RuntimeError):
    """Asterisk did not start, or ended by itself; says where its log is."""


class RunningAsterisk:
    """Started by the constructor in the foreground of a child; its console goes to `log`."""

    def __init__(self, asterisk: Asterisk, layout: Layout) -> None:
        self._asterisk = asterisk
        self._layout = layout
        self.log = layout.root / "log" / "console"
        with self.log.open("wb") as console:
            self._process = subprocess.Popen(
                asterisk.command(layout.configuration, "-f"),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.poll()

    def wait_ready(self) -> None:
        """Until it is fully booted. Raises AsteriskFailed."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise AsteriskFailed(f"Asterisk 没能启动（返回 {self._process.returncode}）：{self._tail()}")
            if (self._layout.root / "run" / "asterisk.ctl").exists() and "fully booted" in self.cli(
                "core waitfullybooted"
            ):
                return
            time.sleep(0.05)
        self.kill()
        raise AsteriskFailed(f"Asterisk 在 {READY_SECONDS:.0f} 秒内没有启动好，日志见 {self.log}")

    def cli(self, command: str) -> str:
        """What the console answers; "" if it does not."""
        return subprocess.run(
            self._asterisk.command(self._layout.configuration, "-rx", command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=STOP_SECONDS,
            check=False,
        ).stdout

    def wait(self) -> int:
        """Until it ends; its exit status."""
        return self._process.wait()

    def stop(self) -> None:
        """End it and the calls in it."""
        if self._process.poll() is None:
            self.cli("core stop now")
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it without a word."""
        self._process.kill()
        self._process.wait()

    def warnings(self) -> tuple[str, ...]:
        """Lines of its console with a warning or an error."""
        return tuple(line for line in _lines(self.log) if "WARNING" in line or "ERROR" in line)

    def _tail(self) -> str:
        return "；".join(_lines(self.log)[-5:]) or f"日志是空的（{self.log}）"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()
