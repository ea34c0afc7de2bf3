"""The process that espeak-ng lives in: `python -m ivr.speech.espeak_worker`, requests on stdin, sound on stdout.

A process of its own, because a native crash must never take the front desk down. It ends when stdin does.
The engine keeps its voice as global state: one request after the other.

Frames: a request is a line of JSON {"text", "voice", "words_per_minute"}; an answer is a line of JSON {"bytes"} and so
many bytes of PCM, or {"error"}. The first line of all is {"rate", "version"}, or {"error"}.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any, BinaryIO

import espeakng_loader

from ivr.speech.synthesiser import SpeechFailed

_AUDIO_SYNCHRONOUS = 2
"""AUDIO_OUTPUT_RETRIEVAL without a thread of the engine: the callback has all sound before the call ends."""
_DONT_EXIT = 0x8000
"""Initialisation flag: report a missing data folder instead of ending the process."""
_RATE = 1
_CHARS_UTF8 = 1
_POS_CHARACTER = 1
_OK = 0

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Engine:
    """The library, initialised. One thread only."""

    def __init__(self) -> None:
        path, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
        try:
            self._library = ctypes.CDLL(str(path))
        except OSError as error:
            raise SpeechFailed(f"合成语音的程序库打不开（{path}：{error}）。请重新安装 espeakng-loader") from error
        self._library.espeak_Info.restype = ctypes.c_char_p
        self._library.espeak_Synth.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
        )  # fmt: skip
        self.rate = int(self._library.espeak_Initialize(_AUDIO_SYNCHRONOUS, 0, str(data).encode(), _DONT_EXIT))
        if self.rate <= 0:
            raise SpeechFailed(f"合成语音的数据读不出来（{data}）。请重新安装 espeakng-loader")
        self.version = self._library.espeak_Info(None).decode()
        self._heard: list[bytes] = []
        # kept for the life of the process: the library holds its address
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._heard.append(ctypes.string_at(samples, count * ctypes.sizeof(ctypes.c_short)))
        return 0

    def say(self, text: str, voice: str, words_per_minute: int) -> bytes:
        """PCM at self.rate."""
        self._heard.clear()
        told = text.encode()
        self._done("SetVoiceByName", self._library.espeak_SetVoiceByName(voice.encode()))
        self._done("SetParameter", self._library.espeak_SetParameter(_RATE, words_per_minute, 0))
        self._done(
            "Synth",
            self._library.espeak_Synth(told, len(told) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None),
        )
        return b"".join(self._heard)

    @staticmethod
    def _done(step: str, status: int) -> None:
        if status != _OK:
            raise SpeechFailed(f"语音合成失败：espeak_{step} 返回 {status}。请重新安装 espeakng-loader")


def main() -> None:
    """Serve until stdin ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        engine = Engine()
    except SpeechFailed as error:
        _tell(answers, {"error": str(error)})
        return
    _tell(answers, {"rate": engine.rate, "version": engine.version})
    for line in requests:
        request = json.loads(line)
        try:
            pcm = engine.say(request["text"], request["voice"], request["words_per_minute"])
        except SpeechFailed as error:
            _tell(answers, {"error": str(error)})
            continue
        _tell(answers, {"bytes": len(pcm)}, pcm)


def _tell(answers: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    answers.write(json.dumps(head).encode() + b"\n" + body)
    answers.flush()


if __name__ == "__main__":
    main()
