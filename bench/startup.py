"""From exec to serving, first and again, and resident memory then, beside `python -c pass`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.report import show
from frontdesk.settings import home

ANNOUNCED = re.compile(r"市民网页\s+(http://\S+)")


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    runs = 1 if quick else 5
    bare = sorted(_bare() for _ in range(runs))
    first, again = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
            first.append(_serve(Path(folder)))
            again.append(_serve(Path(folder)))
    show(
        f"Start: exec to the first healthy answer, quickest and slowest of {runs}",
        ("what", "quickest s", "slowest s", "resident MiB"),
        [
            ("python -c pass (peer)", f"{bare[0]:.3f}", f"{bare[-1]:.3f}", f"{_bare_memory():.0f}"),
            _row("frontdesk serve, first start: tables, four accounts", first),
            _row("frontdesk serve, again on that database", again),
        ],
    )


def _row(what: str, served: list[tuple[float, float]]) -> tuple[str, str, str, str]:
    seconds = sorted(taken for taken, _ in served)
    return what, f"{seconds[0]:.2f}", f"{seconds[-1]:.2f}", f"{max(size for _, size in served):.0f}"


def _bare() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - started


def _bare_memory() -> float:
    """MiB of an interpreter that does nothing."""
    asking = "import sys; sys.stdout.write(open('/proc/self/status').read())"
    answer = subprocess.run([sys.executable, "-c", asking], check=True, capture_output=True, text=True)
    return _resident(answer.stdout)


def _serve(folder: Path) -> tuple[float, float]:
    """(seconds, MiB) of one start."""
    environment = {
        **os.environ,
        "FRONTDESK_HOME": str(home()),
        "FRONTDESK_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/frontdesk.sqlite",
        "FRONTDESK_HOST": "127.0.0.1",
        "FRONTDESK_PORT": "0",
    }
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "frontdesk", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as server:
        try:
            assert server.stdout is not None
            root = next((found[1] for line in server.stdout if (found := ANNOUNCED.search(line))), None)
            if root is None:
                raise RuntimeError("the server ended before it announced its address: run `frontdesk doctor`")
            with urllib.request.urlopen(f"{root}healthz") as answer:
                assert answer.status == 200
            taken = time.perf_counter() - started
            return taken, _resident(Path(f"/proc/{server.pid}/status").read_text("utf-8"))
        finally:
            server.terminate()


def _resident(status: str) -> float:
    """MiB, from a /proc/<pid>/status."""
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None, "the kernel tells VmRSS of a living process"
    return int(found[1]) / 1024


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
