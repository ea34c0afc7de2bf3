"""The piper adapter against a stand-in of its package: what it is told, and how its errors come out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ivr.speech import SpeechFailed, spoken
from ivr.speech.piper import Piper, piper_model


class _Voice:
    """Half a second of sound for every sentence it is told."""

    def __init__(self) -> None:
        self.config = SimpleNamespace(sample_rate=22050, espeak_voice="cmn", length_scale=1.0)
        self.told: list[tuple[str, float]] = []
        self.broken = False

    def synthesize(self, text: str, config: Any) -> list[Any]:
        if self.broken:
            raise RuntimeError("no memory")
        self.told.append((text, config.length_scale))
        return [SimpleNamespace(audio_float_array=np.full(11025, 0.1, dtype=np.float32))]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> _Voice:
    voice, package = _Voice(), ModuleType("piper")
    package.PiperVoice = SimpleNamespace(load=lambda _model, download_dir: voice)  # type: ignore[attr-defined]
    package.SynthesisConfig = SimpleNamespace  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "piper", package)
    return voice


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "v.onnx").write_bytes(b"weights")
    (tmp_path / "v.onnx.json").write_text(json.dumps({"phoneme_type": "espeak"}))
    return tmp_path


def opened(folder: Path) -> Piper:
    return Piper(piper_model(folder))


def test_a_folder_without_a_whole_voice_has_none(tmp_path: Path) -> None:
    (tmp_path / "v.onnx").write_bytes(b"its description is missing")
    for path in (tmp_path, tmp_path / "v.onnx", tmp_path / "missing"):
        with pytest.raises(SpeechFailed, match=r"没有 piper 音色.*\.onnx\.json"):
            piper_model(path)


def test_it_is_fed_pinyin_and_slowed_by_length(installed: _Voice, folder: Path) -> None:
    piper = opened(folder)
    assert piper.synthesise(spoken("打110。"), slow=True).size == 11025
    assert installed.told == [("da3 yao1 yao1 ling2.", 1.25)]
    assert installed.config.espeak_voice == "cmn-latn-pinyin"
    assert piper.rate == 22050
    assert piper.synthesise((), slow=False).size == 0


def test_a_voice_that_reads_hanzi_gets_them_if_its_model_is_there(installed: _Voice, folder: Path) -> None:
    (folder / "v.onnx.json").write_text(json.dumps({"phoneme_type": "pinyin"}))
    with pytest.raises(SpeechFailed, match="g2pW"):
        opened(folder)
    (folder / "g2pW").mkdir()
    assert opened(folder).script(spoken("打110。")) == "打幺幺零。"


def test_other_weights_are_another_voice(installed: _Voice, folder: Path) -> None:
    before = opened(folder).name
    (folder / "v.onnx").write_bytes(b"other weights")
    assert opened(folder).name != before


def test_what_fails_inside_is_told(installed: _Voice, folder: Path) -> None:
    installed.broken = True
    with pytest.raises(SpeechFailed, match="no memory"):
        opened(folder).synthesise(spoken("您好"), slow=False)


def test_without_the_package_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "piper", None)
    with pytest.raises(SpeechFailed, match="pip install piper-tts"):
        opened(folder)
