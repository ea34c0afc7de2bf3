"""The real synthesiser, heard by the real recogniser with the synthetic test model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import vosk
from rapidfuzz.distance import Levenshtein

from ivr.speech import CachedVoice, open_voice, spoken
from ivr.speech.espeak import Espeak

MODEL = Path(__file__).parents[2] / "models" / "test-cmn-8k"
BOUND = 0.10
"""Highest share of wrong characters over all sentences; the test model is small."""
SENTENCES = (
    "身份证丢了可以在派出所补办。",
    "您现在在哪里？",
    "有没有人受伤？",
    "现在还在继续吗？",
    "楼上邻居半夜噪音扰民。",
    "我想问一下居住证怎么办理。",
    "电话13805711234。",
    "编号202611210007。",
    "您直接说什么事就行。",
    "请拨打12345。",
)


@pytest.fixture(scope="module")
def model() -> vosk.Model:
    vosk.SetLogLevel(-1)
    return vosk.Model(str(MODEL))


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[CachedVoice]:
    mouth = open_voice(tmp_path)
    yield mouth
    mouth.close()


def heard(model: vosk.Model, pcm: bytes, rate: int) -> str:
    recogniser = vosk.KaldiRecognizer(model, rate)
    recogniser.AcceptWaveform(pcm)
    return str(json.loads(recogniser.FinalResult())["text"]).replace(" ", "")


def written(text: str) -> str:
    return "".join(passage.words for passage in spoken(text)).translate(dict.fromkeys(map(ord, "，。？！")))


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_what_is_said_is_understood(voice: CachedVoice, model: vosk.Model, rate: int) -> None:
    wrong = total = 0
    misheard = []
    for sentence in SENTENCES:
        got = heard(model, await voice.speak(sentence, rate), rate)
        expected = written(sentence)
        wrong += Levenshtein.distance(expected, got)
        total += len(expected)
        if got != expected:
            misheard.append((expected, got))
    assert wrong / total <= BOUND, f"{wrong}/{total}: {misheard}"


async def test_louder_is_understood_as_well(voice: CachedVoice, model: vosk.Model) -> None:
    assert heard(model, await voice.speak("有没有人受伤？", 8000, loud=True), 8000) == "有没有人受伤"


async def test_slower_takes_about_a_quarter_longer(voice: CachedVoice) -> None:
    usual = await voice.speak("身份证丢了可以在派出所补办。", 8000)
    slow = await voice.speak("身份证丢了可以在派出所补办。", 8000, slow=True)
    assert 1.15 < len(slow) / len(usual) < 1.4


async def test_an_english_sentence_is_said(voice: CachedVoice) -> None:
    assert len(await voice.speak("Please stay on the line, we can help.", 8000)) > 8000


def test_threads_do_not_disturb_each_other() -> None:
    espeak = Espeak()
    jobs = [spoken(sentence) for sentence in SENTENCES] * 4

    def length(index: int) -> int:
        return int(espeak.synthesise(jobs[index], slow=index % 2 == 1).size)

    alone = [length(index) for index in range(len(jobs))]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(length, range(len(jobs))))
    # the engine dithers its pauses by a few samples
    assert together == pytest.approx(alone, rel=0.02)
