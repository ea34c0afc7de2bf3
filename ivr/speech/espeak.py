"""espeak-ng from the wheel espeakng-loader, in a process of its own (`ivr.speech.espeak_worker`).

It is fed pinyin: its own reading of Hanzi is not understood by people or recognisers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ivr.speech.pronounce import pinyin
from ivr.speech.sound import Samples, from_pcm
from ivr.speech.spoken import Passage
from ivr.speech.synthesiser import SpeechFailed

WORDS_PER_MINUTE = 150
SLOW_TEMPO = 0.8
_VOICES = {"zh": "cmn-latn-pinyin", "en": "en-us"}
_ATTEMPTS = 2
"""A sentence on which the process dies is tried once more, in a new one."""


class _Engine:
    """The process, started when first needed and again after it died. Safe for threads: one sentence at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.rate = 0
        self.version = ""
        with self._lock:
            self._start()

    def say(self, text: str, voice: str, words_per_minute: int) -> bytes:
        """PCM at self.rate. Raises SpeechFailed."""
        request = json.dumps({"text": text, "voice": voice, "words_per_minute": words_per_minute}).encode() + b"\n"
        with self._lock:
            for _ in range(_ATTEMPTS):
                try:
                    return self._ask(request)
                except (OSError, ValueError, EOFError):  # it died, perhaps in the middle of an answer
                    self._stop()
        raise SpeechFailed("语音合成进程在这句话上反复退出。请换个说法，或为这句话上传录音")

    def _ask(self, request: bytes) -> bytes:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request)
        process.stdin.flush()
        size = int(self._answer(process)["bytes"])
        pcm = process.stdout.read(size)
        if len(pcm) < size:
            raise EOFError("the sound broke off")
        return pcm

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "ivr.speech.espeak_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        hello = self._answer(process)
        self.rate, self.version = int(hello["rate"]), str(hello["version"])
        return process

    @staticmethod
    def _answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert process.stdout is not None
        answer: dict[str, Any] = json.loads(process.stdout.readline())  # an empty line, at its end, is no JSON
        if "error" in answer:
            raise SpeechFailed(answer["error"])
        return answer

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@cache
def _engine() -> _Engine:
    return _Engine()


class Espeak:
    """The default synthesiser. Raises SpeechFailed if the engine cannot start."""

    def __init__(self) -> None:
        engine = _engine()
        self._rate = engine.rate
        self._name = f"espeak-ng {engine.version} {WORDS_PER_MINUTE}"

    @property
    def name(self) -> str:
        """Engine, version, voice and tempo."""
        return self._name

    @property
    def rate(self) -> int:
        """Samples per second, 22050."""
        return self._rate

    def script(self, passages: Sequence[Passage]) -> str:
        """Pinyin, or English, each passage after its language."""
        return "\n".join(f"{passage.language} {_told(passage)}" for passage in passages)

    def synthesise(self, passages: Sequence[Passage], *, slow: bool) -> Samples:
        """The passages one after the other. Raises SpeechFailed."""
        tempo = round(WORDS_PER_MINUTE * (SLOW_TEMPO if slow else 1))
        parts = []
        for passage in passages:
            told = _told(passage)
            if told:
                parts.append(from_pcm(_engine().say(told, _VOICES[passage.language], tempo)))
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)


def _told(passage: Passage) -> str:
    return pinyin(passage.words) if passage.language == "zh" else passage.words
