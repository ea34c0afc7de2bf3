"""A Vosk model on disk: its rate, its words, whether it takes grammars; loaded."""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path

import vosk

from ivr.grammar import Grammar, grammar
from ivr.recogniser import SAMPLE_BYTES, ModelUnusable

KALDI_RATE = 16000
"""Kaldi's sample frequency where mfcc.conf names none."""
ALTERNATIVES = 5
"""Hypotheses asked of the decoder."""

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


def read_clip(file: Path) -> tuple[bytes, int]:
    """PCM and rate of a 16-bit mono WAV file."""
    with wave.open(str(file), "rb") as clip:
        if clip.getsampwidth() != SAMPLE_BYTES or clip.getnchannels() != 1:
            raise ModelUnusable(f"{file} 应当是 16 位单声道 WAV")
        return clip.readframes(clip.getnframes()), clip.getframerate()
