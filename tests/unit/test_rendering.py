"""Rendering ahead gives way to calls, tells how far it is, and survives a broken synthesiser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from frontdesk.occupancy import CountedEars
from frontdesk.rendering import RenderingAhead
from ivr.speech import CachedVoice, Passage, RecordedPrompts, SpeechCache, SpeechFailed
from ivr.speech.sound import Samples
from ivr.testing import ScriptedPool


class Humming:
    name = "humming"
    rate = 16000

    def __init__(self) -> None:
        self.made = 0
        self.broken = False

    def script(self, passages: Sequence[Passage]) -> str:
        return "".join(passage.words for passage in passages)

    def synthesise(self, passages: Sequence[Passage], *, slow: bool) -> Samples:
        if self.broken:
            raise SpeechFailed("broken")
        self.made += 1
        return (0.1 * np.sin(np.arange(4000))).astype(np.float32)


@pytest.fixture
def humming() -> Humming:
    return Humming()


@pytest.fixture
def voice(humming: Humming, tmp_path: Path) -> Iterator[CachedVoice]:
    mouth = CachedVoice(humming, SpeechCache(tmp_path / "speech"), RecordedPrompts(tmp_path / "prompts"))
    yield mouth
    mouth.close()


async def test_it_waits_while_a_call_is_heard(voice: CachedVoice, humming: Humming) -> None:
    ears = CountedEars(ScriptedPool(capacity=2))
    one, other = ears.admit(8000), ears.admit(8000)
    assert one is not None
    assert other is not None
    assert ears.admit(8000) is None
    ahead = RenderingAhead(voice, ears.quiet)
    task = asyncio.create_task(ahead.run(("您好。", "请讲。")))
    await one.close()
    await one.close()
    await asyncio.sleep(0.1)
    assert humming.made == 0, "the other call is still there"
    await other.close()
    await task
    assert (humming.made, ahead.progress()) == (2, (2, 2))


async def test_what_is_ready_is_not_made_again(voice: CachedVoice, humming: Humming) -> None:
    ahead = RenderingAhead(voice, CountedEars(ScriptedPool()).quiet)
    await ahead.run(("您好。",))
    await ahead.run(("您好。", "请讲。"))
    assert humming.made == 2
    assert voice.rendered(("您好。", "再见。")) == (1, 2)


async def test_a_broken_synthesiser_ends_it_without_an_error(voice: CachedVoice, humming: Humming) -> None:
    humming.broken = True
    ahead = RenderingAhead(voice, CountedEars(ScriptedPool()).quiet)
    await ahead.run(("您好。",))
    assert ahead.progress() == (0, 0)


async def test_a_cache_file_cut_by_a_power_cut_is_made_anew(
    voice: CachedVoice, humming: Humming, tmp_path: Path
) -> None:
    await voice.render_ahead(("您好。",))
    for file in (tmp_path / "speech").glob("*.pcm"):
        file.write_bytes(b"")
    assert voice.rendered(("您好。",)) == (0, 1)
    assert await voice.speak("您好。", 16000)
    assert humming.made == 2
