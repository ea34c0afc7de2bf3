"""A Vosk model on disk: its rate, its words, whether it takes grammars; loaded, warmed and measured."""

from __future__ import annotations

import math
import os
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import vosk
from numpy.typing import NDArray

from ivr.grammar import Grammar, grammar
from ivr.hypotheses import hypotheses, n_best
from ivr.ports import Hypothesis
from ivr.recogniser import SAMPLE_BYTES, ModelUnusable

KALDI_RATE = 16000
"""Kaldi's sample frequency where mfcc.conf names none."""
ALTERNATIVES = 5
"""Hypotheses asked of the decoder."""
MEASURED_SECONDS = 6.0
"""Sound decoded by each thread to measure capacity."""
HEADROOM = 0.8
"""Share of the measured speed given to calls; the rest is for Asterisk, the app and uneven load."""

vosk.SetLogLevel(-2)  # its warnings describe lattices, not anything an operator can mend


class VoskModel:
    """A loaded model, shared by all calls. Raises ModelUnusable when the folder does not hold one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rate = model_rate(folder)
        self.takes_grammar = any(folder.rglob("HCLr.fst"))
        try:
            self._model = vosk.Model(str(folder))
        except Exception as error:
            raise ModelUnusable(f"语音模型 {folder} 装载不了：文件不全或已损坏，请重新下载") from error
        self._knows = cache(self._find)

    def _find(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def grammar(self, phrases: tuple[str, ...]) -> Grammar:
        """Phrases cut into this model's words."""
        return grammar(phrases, self._knows)

    def recogniser(self, listed: Grammar | None = None) -> vosk.KaldiRecognizer:
        """A new decoder for sound at this model's rate, free or held to a list."""
        made = (
            vosk.KaldiRecognizer(self._model, self.rate)
            if listed is None
            else vosk.KaldiRecognizer(self._model, self.rate, listed.as_json())
        )
        made.SetMaxAlternatives(ALTERNATIVES)
        made.SetWords(False)
        made.SetPartialWords(False)
        return made

    def warm(self) -> None:
        """Decode a second of noise, so that the first caller does not pay for page faults and first allocations."""
        noise = np.random.default_rng(0).normal(0, 1000, self.rate).astype(np.int16)
        self.decode(noise.tobytes())

    def decode(self, pcm: bytes) -> tuple[Hypothesis, ...]:
        """Hypotheses of one utterance at the model's rate."""
        recogniser = self.recogniser()
        recogniser.AcceptWaveform(pcm)
        return hypotheses(n_best(recogniser.FinalResult()))


def model_rate(folder: Path) -> int:
    """Samples a second that the model wants, from its mfcc.conf."""
    for conf in (folder / "conf" / "mfcc.conf", folder / "mfcc.conf"):
        if conf.is_file():
            for line in conf.read_text(encoding="utf-8").splitlines():
                name, _, value = line.strip().partition("=")
                if name == "--sample-frequency":
                    return round(float(value))
            return KALDI_RATE
    raise ModelUnusable(f"{folder} 里没有语音模型（找不到 conf/mfcc.conf）")


def processors(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> float:
    """Processors that this process may use: those it may run on, or the container's share if that is less."""
    own = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    allowed, _, period = quota.read_text(encoding="ascii").partition(" ") if quota.is_file() else ("max", "", "")
    return own if allowed.strip() == "max" else min(own, int(allowed) / int(period))


def workers() -> int:
    """Decoding threads worth having."""
    return max(1, math.ceil(processors()))


def read_clip(file: Path) -> tuple[bytes, int]:
    """PCM and rate of a 16-bit mono WAV file."""
    with wave.open(str(file), "rb") as clip:
        if clip.getsampwidth() != SAMPLE_BYTES or clip.getnchannels() != 1:
            raise ModelUnusable(f"{file} 应当是 16 位单声道 WAV")
        return clip.readframes(clip.getnframes()), clip.getframerate()


def measure_speed(model: VoskModel, clip: NDArray[np.int16]) -> float:
    """Seconds of sound that all processors decode in one second. Clip (count,) at the model's rate.

    All decode at once, since they share memory; processor time is counted, so that a busy moment does not count.
    """
    times = max(1, round(MEASURED_SECONDS * model.rate / max(1, len(clip))))
    pcm = clip.tobytes()
    step = model.rate * SAMPLE_BYTES // 10

    def one() -> float:
        began = time.thread_time()
        for _ in range(times):
            recogniser = model.recogniser()
            for start in range(0, len(pcm), step):
                if recogniser.AcceptWaveform(pcm[start : start + step]):
                    recogniser.Result()
                else:
                    recogniser.PartialResult()
            recogniser.FinalResult()
        return time.thread_time() - began

    threads = workers()
    with ThreadPoolExecutor(threads) as pool:
        spent = sum(done.result() for done in [pool.submit(one) for _ in range(threads)])
    return processors() * threads * times * len(clip) / model.rate / spent


def calls_at(speed: float) -> int:
    """Calls that a machine decoding `speed` seconds of sound a second can hear; 0 if it cannot keep up with one."""
    return int(speed * HEADROOM) or int(speed >= 1)
