"""The synthesiser's process: it may die, and the next sentence is spoken all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from ivr.speech.espeak import Espeak, _engine
from ivr.speech.spoken import Passage

SENTENCE = (Passage("zh", "您好"),)


def pid() -> int:
    process = _engine()._process
    assert process is not None
    return process.pid


def test_it_says_the_same_after_its_process_was_killed() -> None:
    voice = Espeak()
    before = voice.synthesise(SENTENCE, slow=False)
    first = pid()
    os.kill(first, signal.SIGKILL)
    after = voice.synthesise(SENTENCE, slow=False)
    assert len(after) > 0
    assert abs(len(before) - len(after)) < len(before) / 10  # the engine's first sound differs by a hair
    assert pid() != first


def test_the_process_ends_with_the_one_that_needs_it() -> None:
    asking = "from ivr.speech.espeak import _engine; import os; print(_engine()._process.pid, flush=True); os._exit(9)"
    answer = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=False)
    worker = int(answer.stdout)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and os.path.exists(f"/proc/{worker}"):  # noqa: PTH110
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{worker}")  # noqa: PTH110
