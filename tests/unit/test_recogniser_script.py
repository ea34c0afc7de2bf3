"""The scripted ear that other tests hear with."""

from __future__ import annotations

import pytest

from ivr.ports import Hypothesis, RecogniserPool, Recognition
from ivr.recogniser import RecogniserFailed, RecogniserOverloaded
from ivr.testing import ScriptedPool, Utterance, said

SPEECH, SILENCE = b"\x01\x00" * 1600, b"\x00\x00" * 1600  # 0.2 s at 8 kHz: one character


async def test_speech_reveals_the_script_and_silence_does_not() -> None:
    pool: RecogniserPool = ScriptedPool([said("转人工", "转人公")])
    ear: Recognition | None = pool.admit(8000)
    assert ear is not None
    assert await ear.feed(SILENCE) == ""
    assert await ear.finish() == ()
    assert [await ear.feed(SPEECH) for _ in range(4)] == ["转", "转人", "转人工", "转人工"]
    assert await ear.finish() == (Hypothesis("转人工"), Hypothesis("转人公"))
    assert await ear.feed(SPEECH) == ""
    assert await ear.finish() == ()


async def test_a_noise_is_heard_as_nothing() -> None:
    ear = ScriptedPool([Utterance(), said("可以")]).admit(8000)
    assert ear is not None
    ear.expect(("可以", "不"))
    assert await ear.feed(SPEECH) == ""
    assert await ear.finish() == ()
    assert await ear.feed(SPEECH) == "可"
    assert ear.expected == [("可以", "不")]


async def test_errors_and_capacity_follow_the_script() -> None:
    pool = ScriptedPool([Utterance(error=RecogniserOverloaded("behind"))], capacity=1)
    ear = pool.admit(8000)
    assert ear is not None
    assert pool.admit(8000) is None
    with pytest.raises(RecogniserOverloaded):
        await ear.feed(SPEECH)
    with pytest.raises(RecogniserOverloaded):
        await ear.finish()
    await ear.close()
    await ear.close()
    assert pool.in_use == 0
    with pytest.raises(RecogniserFailed):
        await ear.feed(SPEECH)
    assert pool.admit(8000) is not None
