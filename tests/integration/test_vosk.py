"""Real Vosk with the test voice model on synthetic callers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from spoken import spoken
from structlog.testing import capture_logs

from ivr.capacity import calls_at, processors, threads_each
from ivr.ports import Hypothesis, Recognition
from ivr.recogniser import Limits, ModelUnusable, RecogniserOverloaded
from ivr.vosk_decoder import VoskDecoder
from ivr.vosk_model import VoskModel, model_rate
from ivr.vosk_recogniser import VoskPool

MODELS = Path(__file__).parents[2] / "models"
FOLDER = MODELS / "test-cmn-8k"
CLIP = MODELS / "clip-cmn-8k.wav"
UNBOUNDED = Limits(behind=600, finish=600, silent=600)  # a loaded test machine must not change what is heard


def unreported(missing: frozenset[str]) -> None:
    raise AssertionError(f"the test's phrases are in the model's words, but not {missing}")


@pytest.fixture(scope="module")
def model() -> VoskModel:
    return VoskModel(FOLDER)


@pytest.fixture
async def pool() -> AsyncIterator[VoskPool]:
    made = await VoskPool.start(FOLDER, CLIP, capacity=2, limits=UNBOUNDED)
    yield made
    await made.close()


def admitted(pool: VoskPool, rate: int) -> Recognition:
    ear: Recognition | None = pool.admit(rate)
    assert ear is not None
    return ear


async def hear(ear: Recognition, pcm: bytes, rate: int) -> tuple[list[str], tuple[Hypothesis, ...]]:
    """Partial texts and hypotheses of sound fed in 20 ms frames."""
    frame = rate // 50 * 2
    partials = []
    for start in range(0, len(pcm), frame):
        partials.append(await ear.feed(pcm[start : start + frame]))
        await asyncio.sleep(0)
    return partials, await ear.finish()


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize(
    "sentence", ["我想问一下居住证怎么办理", "楼上邻居半夜噪音扰民", "身份证丢了怎么补办", "转人工"]
)
async def test_hotline_sentences_are_heard_at_both_rates(pool: VoskPool, sentence: str, rate: int) -> None:
    _, heard = await hear(admitted(pool, rate), spoken(sentence, rate), rate)
    assert heard[0].text == sentence
    assert all(one.confidence is not None and 0 <= one.confidence <= 1 for one in heard)
    assert len({one.text for one in heard}) == len(heard) <= 5


async def test_a_call_hears_one_utterance_after_another_with_partial_texts(model: VoskModel) -> None:
    decoder = VoskDecoder(model, 16000, unreported)
    for sentence in ("身份证丢了怎么补办", "转人工", "楼上邻居半夜噪音扰民"):
        pcm = spoken(sentence, 16000)
        partials = [decoder.accept(pcm[start : start + 3200]) for start in range(0, len(pcm), 3200)]
        assert partials[0] == ""
        assert any(partial and sentence.startswith(partial) for partial in partials)
        assert decoder.finish(())[0].text == sentence


def test_a_pause_inside_an_utterance_loses_nothing(model: VoskModel) -> None:
    decoder = VoskDecoder(model, 8000, unreported)
    pcm = spoken("楼上邻居半夜噪音扰民", 8000, after=2.5) + spoken("身份证丢了怎么补办", 8000)
    partials = [decoder.accept(pcm[start : start + 1600]) for start in range(0, len(pcm), 1600)]
    assert partials[-1].startswith("楼上邻居半夜噪音扰民")
    assert decoder.finish(())[0].text == "楼上邻居半夜噪音扰民身份证丢了怎么补办"


def test_a_quiet_caller_is_heard(model: VoskModel) -> None:
    quiet = (np.frombuffer(spoken("身份证丢了怎么补办", 8000), np.int16) * 0.02).astype(np.int16)
    decoder = VoskDecoder(model, 8000, unreported)
    for piece in np.array_split(quiet, 40):
        decoder.accept(piece.tobytes())
    assert decoder.finish(())[0].text == "身份证丢了怎么补办"


async def test_silence_and_nothing_are_no_hypotheses(pool: VoskPool) -> None:
    ear = admitted(pool, 8000)
    assert await ear.finish() == ()
    ear.expect(("可以", "先不转"))
    assert (await hear(ear, bytes(16000 * 3), 8000))[1] == ()


class _ForgetfulRecogniser:
    """Gives a partial text and then an empty final, as the engine sometimes does."""

    def AcceptWaveform(self, pcm: bytes) -> int:  # noqa: N802 - Vosk's name
        return 0

    def PartialResult(self) -> str:  # noqa: N802
        return '{"partial": "转 人工"}'

    def FinalResult(self) -> str:  # noqa: N802
        return '{"text": ""}'


def test_the_last_partial_stands_in_for_an_empty_final(model: VoskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "recogniser", lambda listed=None: _ForgetfulRecogniser())
    decoder = VoskDecoder(model, 8000, unreported)
    assert decoder.accept(bytes(1600)) == "转人工"
    assert [one.text for one in decoder.finish(())] == ["转人工"]
    assert decoder.finish(()) == ()


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_an_expected_answer_is_heard_where_free_speech_is_not(pool: VoskPool, rate: int) -> None:
    ear = admitted(pool, rate)
    _, freely = await hear(ear, spoken("先不转", rate), rate)
    assert freely[0].text != "先不转"
    ear.expect(("可以", "先不转"))
    _, heard = await hear(ear, spoken("先不转", rate, before=3), rate)
    assert heard[0].text == "先不转"
    _, heard = await hear(ear, spoken("可以", rate), rate)
    assert heard[0].text == "可以"
    _, heard = await hear(ear, spoken("不是", rate), rate)
    assert heard[0].text == "不是"


@pytest.mark.parametrize("sentence", ["楼上邻居半夜噪音扰民", "身份证丢了怎么补办", "转人工"])
async def test_an_unexpected_answer_is_heard_as_free_speech(pool: VoskPool, sentence: str) -> None:
    ear = admitted(pool, 8000)
    ear.expect(("可以", "先不转"))
    _, heard = await hear(ear, spoken(sentence, 8000), 8000)
    assert heard[0].text == sentence
    assert not {"可以", "先不转"} & {one.text for one in heard}


def test_expected_phrases_outside_the_models_words_are_told(model: VoskModel) -> None:
    told: list[frozenset[str]] = []
    decoder = VoskDecoder(model, 8000, told.append)
    decoder.accept(spoken("先不转", 8000))
    assert decoder.finish(("龘龘", "先不转"))[0].text == "先不转"
    assert told == [frozenset("龘")]


async def test_they_are_logged_once(pool: VoskPool) -> None:
    with capture_logs() as logs:
        for ear in (admitted(pool, 8000), admitted(pool, 8000)):
            ear.expect(("龘龘", "先不转"))
            await hear(ear, spoken("先不转", 8000), 8000)
            await hear(ear, spoken("先不转", 8000), 8000)
    assert [line["missing"] for line in logs if "missing" in line] == ["龘"]


async def test_two_calls_at_once_do_not_mix(pool: VoskPool) -> None:
    first, second = admitted(pool, 8000), admitted(pool, 16000)
    assert pool.admit(8000) is None
    (_, one), (_, other) = await asyncio.gather(
        hear(first, spoken("我想问一下居住证怎么办理", 8000), 8000),
        hear(second, spoken("楼上邻居半夜噪音扰民", 16000), 16000),
    )
    assert one[0].text == "我想问一下居住证怎么办理"
    assert other[0].text == "楼上邻居半夜噪音扰民"
    await first.close()
    assert pool.admit(8000) is not None
    assert pool.admit(8000) is None


async def test_a_call_that_cannot_be_decoded_in_time_is_overload() -> None:
    pool = await VoskPool.start(FOLDER, CLIP, workers=1, capacity=2)
    ear, other = admitted(pool, 8000), admitted(pool, 8000)
    with pytest.raises(RecogniserOverloaded):
        await ear.feed(bytes(16000 * 600))
    await ear.close()
    _, heard = await hear(other, spoken("转人工", 8000), 8000)
    assert heard[0].text == "转人工"
    await pool.close()


async def test_the_pool_starts_warm_and_measures_this_machine() -> None:
    with capture_logs() as logs:
        pool = await VoskPool.start(FOLDER, CLIP)
    assert pool.capacity >= 1
    assert [line["capacity"] for line in logs if line["event"] == "voice capacity measured"] == [pool.capacity]
    assert pool.model.heard == "我想问一下居住证怎么办理楼上邻居半夜噪音扰民"
    assert pool.model.rate == 8000
    await pool.close()
    told = await VoskPool.start(FOLDER, CLIP, capacity=7)
    assert told.capacity == 7
    await told.close()


def test_every_processor_has_a_decoding_thread() -> None:
    assert all(workers * threads_each(workers) >= processors() for workers in (1, 2, 3, 64))


def test_capacity_is_none_on_a_machine_slower_than_speech() -> None:
    assert [calls_at(speed) for speed in (0.9, 1.0, 10.0)] == [0, 1, 8]


def test_a_containers_share_of_the_machine_counts(tmp_path: Path) -> None:
    own, quota = processors(tmp_path / "none"), tmp_path / "cpu.max"
    quota.write_text("max 100000\n")
    assert processors(quota) == own >= 1
    quota.write_text("50000 100000\n")
    assert processors(quota) == 0.5


async def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"mfcc\.conf"):
        model_rate(tmp_path)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mfcc.conf").write_text("--use-energy=false\n")
    assert model_rate(tmp_path) == 16000
    with pytest.raises(ModelUnusable, match="装载不了"):
        VoskModel(tmp_path)
    with pytest.raises(ModelUnusable, match="装载不了"):
        await VoskPool.start(tmp_path, CLIP)
