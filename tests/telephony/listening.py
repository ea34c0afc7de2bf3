"""What was said, read back from the sound that a phone heard: the recogniser as judge, by pinyin."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import vosk
from pypinyin import lazy_pinyin
from rapidfuzz import fuzz

from conversation import Knowledge
from intents.catalogue import Consult

MODEL = Path(__file__).parents[2] / "models" / "test-cmn-8k"
RATE = 8000


@cache
def _model() -> vosk.Model:
    return vosk.Model(str(MODEL))


def transcript(pcm: np.ndarray) -> str:
    """The likeliest text of sound at the telephone's rate."""
    recogniser = vosk.KaldiRecognizer(_model(), RATE)
    recogniser.AcceptWaveform(pcm.astype("<i2").tobytes())
    return str(json.loads(recogniser.FinalResult())["text"]).replace(" ", "")


def spoken(knowledge: Knowledge, stored: str) -> str:
    """A stored answer in its wording for the telephone."""
    consults = [entry for entry in knowledge.catalogue if isinstance(entry, Consult)]
    return next(each.answer.phone for each in consults if stored.startswith(each.answer.chat))


def likeness(said: str, heard: str) -> float:
    """How much of what was heard sounds like a part of what was said, 0 to 100."""
    return fuzz.partial_ratio(" ".join(lazy_pinyin(said)), " ".join(lazy_pinyin(heard)))
