"""The mouth of a call, with a synthesiser that hums."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from ivr.speech import (
    CachedVoice,
    Passage,
    PromptRefused,
    RecordedPrompts,
    SpeechCache,
    SpeechFailed,
    open_voice,
    sentences,
)
from ivr.speech.sound import Samples, from_pcm

RATE = 16000


class Humming:
    """0.1 s of tone a character; twice as long when slow. Counts what it was asked."""

    name = "humming"
    rate = 22050

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    def script(self, passages: Sequence[Passage]) -> str:
        return "".join(passage.words for passage in passages)

    def synthesise(self, passages: Sequence[Passage], *, slow: bool) -> Samples:
        if self.broken:
            raise SpeechFailed("broken")
        words = self.script(passages)
        self.asked.append(words)
        seconds = 0.1 * len(words) * (2 if slow else 1)
        return tone(seconds, self.rate)


def tone(seconds: float, rate: int, level: float = 0.1) -> Samples:
    return (level * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def wav(samples: Samples, rate: int = 44100, channels: int = 2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat((samples * 32767).astype("<i2"), channels).tobytes())
    return buffer.getvalue()


@pytest.fixture
def humming() -> Humming:
    return Humming()


@pytest.fixture
def recordings(tmp_path: Path) -> RecordedPrompts:
    return RecordedPrompts(tmp_path / "prompts")


@pytest.fixture
def voice(humming: Humming, recordings: RecordedPrompts, tmp_path: Path) -> Iterator[CachedVoice]:
    mouth = CachedVoice(humming, SpeechCache(tmp_path / "speech"), recordings)
    yield mouth
    mouth.close()


def rms(pcm: bytes) -> float:
    return float(np.sqrt(np.mean(from_pcm(pcm) ** 2)))


async def test_sentences_are_made_once_and_joined_with_a_pause(voice: CachedVoice, humming: Humming) -> None:
    one, other = await voice.speak("您好吗。", RATE), await voice.speak("请讲。", RATE)
    both = await voice.speak("您好吗。请讲。", RATE)
    assert humming.asked == ["您好吗。", "请讲。"]
    assert both == one + bytes(2 * int(0.3 * RATE)) + other


async def test_speech_made_during_a_call_is_never_written(voice: CachedVoice, tmp_path: Path) -> None:
    await voice.speak("地点在文三路128号。", RATE)
    assert not (tmp_path / "speech").exists()


async def test_what_was_said_longest_ago_is_forgotten(voice: CachedVoice, humming: Humming) -> None:
    numbered = [f"编号二零二六一一二一{number:04}，请记一下，凭编号随时能查进度。" for number in range(100)]
    for sentence in numbered:
        await voice.speak(sentence, RATE)
    assert sum(map(len, voice._recent.values())) == voice._recent_size <= 8 << 20
    asked = len(humming.asked)
    await voice.speak(numbered[-1], RATE)
    assert len(humming.asked) == asked, "say it again"
    await voice.speak(numbered[0], RATE)
    assert len(humming.asked) == asked + 1


@pytest.mark.parametrize("rate", [8000, 16000], ids=["telephone", "web phone"])
async def test_rendered_ahead_is_ready_on_every_line(voice: CachedVoice, humming: Humming, rate: int) -> None:
    await voice.render_ahead(["您好。"])
    assert humming.asked == ["您好。"]
    humming.broken = True
    assert await voice.speak("您好。", rate)


async def test_rendered_ahead_needs_no_synthesis(voice: CachedVoice, humming: Humming, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    done = await voice.render_ahead(["您好。请讲。", "请讲。"], progress=lambda *step: steps.append(step))
    assert (done.sentences, done.made) == (2, 2)
    assert steps == [(1, 2), (2, 2)]
    assert (await voice.render_ahead(["请讲。"])).made == 0
    humming.broken = True
    assert await voice.speak("您好。请讲。", RATE)


async def test_slow_takes_longer_and_loud_is_louder_without_clipping(voice: CachedVoice) -> None:
    usual = await voice.speak("您好。", RATE)
    assert len(await voice.speak("您好。", RATE, slow=True)) > 1.9 * len(usual)
    loud = await voice.speak("您好。", RATE, loud=True)
    assert len(loud) == len(usual)
    assert 1.8 < rms(loud) / rms(usual) < 2.05
    assert np.abs(from_pcm(loud)).max() < 0.99


async def test_the_level_is_the_same_whatever_was_synthesised(voice: CachedVoice) -> None:
    assert 20 * np.log10(rms(await voice.speak("您好您好。", RATE))) == pytest.approx(-20, abs=1)
    assert 20 * np.log10(rms(await voice.speak("您好您好。", 8000))) == pytest.approx(-20, abs=1)


async def test_nothing_to_say_is_silence_of_no_length(voice: CachedVoice) -> None:
    assert await voice.speak("", RATE) == b""
    assert await voice.speak("“…”😀", RATE) == b""


async def test_a_broken_synthesiser_is_told(voice: CachedVoice, humming: Humming) -> None:
    humming.broken = True
    with pytest.raises(SpeechFailed):
        await voice.speak("您好。", RATE)


async def test_an_unwritable_folder_is_told_when_rendering(humming: Humming, tmp_path: Path) -> None:
    (tmp_path / "speech").write_text("a file where the folder should be")
    mouth = CachedVoice(humming, SpeechCache(tmp_path / "speech"), RecordedPrompts(tmp_path / "prompts"))
    with pytest.raises(SpeechFailed, match="权限"):
        await mouth.render_ahead(["您好。"])
    mouth.close()


async def test_a_recording_comes_first(voice: CachedVoice, humming: Humming, recordings: RecordedPrompts) -> None:
    recordings.add("ss_card", "社保卡可以在浙里办申请。\n丢了请先挂失。", wav(tone(3, 44100)))
    heard = await voice.speak("社保卡可以在浙里办申请。丢了请先挂失。还有别的事，您接着说。", RATE)
    assert humming.asked == ["还有别的事，您接着说。"]
    assert len(heard) / 2 / RATE == pytest.approx(3 + 0.3 + 1.1, abs=0.1)


async def test_a_recording_of_old_wording_is_not_used(
    voice: CachedVoice, humming: Humming, recordings: RecordedPrompts
) -> None:
    recordings.add("greeting", "您好。", wav(tone(1, 44100)))
    await voice.speak("您好，请讲。", RATE)
    assert humming.asked == ["您好，请讲。"]


async def test_slow_is_synthesised_even_if_recorded(
    voice: CachedVoice, humming: Humming, recordings: RecordedPrompts
) -> None:
    recordings.add("greeting", "您好。", wav(tone(1, 44100)))
    await voice.speak("您好。", RATE, slow=True)
    assert humming.asked == ["您好。"]


async def test_changes_of_recordings_are_seen(voice: CachedVoice, recordings: RecordedPrompts, tmp_path: Path) -> None:
    first = await voice.speak("您好。", RATE)
    elsewhere = RecordedPrompts(tmp_path / "prompts")
    elsewhere.add("greeting", "您好。", wav(tone(2, 44100)))
    assert len(await voice.speak("您好。", RATE)) > 2 * len(first)
    elsewhere.add("greeting", "您好。", wav(tone(1, 8000), 8000, 1))
    assert [prompt.seconds for prompt in recordings.all()] == [pytest.approx(1, abs=0.1)]
    assert len(list((tmp_path / "prompts").iterdir())) == 2
    assert elsewhere.remove("greeting")
    assert not elsewhere.remove("greeting")
    assert await voice.speak("您好。", RATE) == first


@pytest.mark.parametrize(
    ("prompt", "text", "upload", "reason"),
    [
        ("greeting", "您好。", wav(np.zeros(44100, dtype=np.float32)), "没有声音"),
        ("greeting", "您好。", wav(tone(200, 8000), 8000, 1), "最长"),
        ("filed", "编号{number}。", wav(tone(1, 8000)), "花括号"),
        ("greeting", " ", wav(tone(1, 8000)), "没有文字"),
        ("../greeting", "您好。", wav(tone(1, 8000)), "编号"),
        ("greeting", "您好。", b"RIFF but no sound", "WAV"),
        ("greeting", "您好。", bytes(21 << 20), "MB"),
    ],
)
def test_uploads_that_cannot_be_used_say_why(
    recordings: RecordedPrompts, prompt: str, text: str, upload: bytes, reason: str
) -> None:
    with pytest.raises(PromptRefused, match=reason):
        recordings.add(prompt, text, upload)
    assert recordings.all() == ()


def test_without_ffmpeg_a_compressed_upload_names_it(
    recordings: RecordedPrompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(PromptRefused, match="ffmpeg"):
        recordings.add("greeting", "您好。", b"ID3\x04" + bytes(2000))


def test_a_damaged_card_names_the_file(recordings: RecordedPrompts, tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "greeting.json").write_text("{")
    assert recordings.all() == ()
    assert recordings.find("您好。") is None, "a call goes on with the synthesiser"
    assert "greeting.json" in "".join(recordings.troubles())
    assert recordings.remove("greeting")


def test_a_piper_voice_without_piper_or_with_a_broken_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"no model")
    (tmp_path / "x.onnx.json").write_text("{}")
    with pytest.raises(SpeechFailed, match="piper"):
        open_voice(tmp_path / "var", piper=tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您好。请讲？\n好", ("您好。", "请讲？", "好")),
        ("“转人工。”就行", ("“转人工。”", "就行")),
        ("见a.cn/?x=1;y。", ("见a.cn/?x=1;y。",)),
        ("好! 行", ("好!", "行")),
        ("\n \n", ()),
    ],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected
