"""What is said aloud, over the API: who may change it, which files are taken, what callers then hear."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from aiohttp import ClientResponse
from web_server import World, error_of, running

from frontdesk.fixed_speech import FixedText
from frontdesk.prompt_desk import PromptDesk
from frontdesk.storage import SqlStore
from handoff.ports import Clock
from ivr.speech import LARGEST_UPLOAD, CachedVoice, RecordedPrompts, open_voice

RATE = 16000
GREETING = "您好，请讲。"
TEXTS = (
    FixedText("greeting", "greeting", "问候", GREETING),
    FixedText("filed", "phrase", "常用语", "已经记下，编号{number}。"),
    FixedText("ss_card", "consult", "补办社保卡", "社保卡可以在浙里办申请。丢了请先挂失。"),
)


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[CachedVoice]:
    mouth = open_voice(tmp_path / "var")
    yield mouth
    mouth.close()


@pytest.fixture
async def world(tmp_path: Path, voice: CachedVoice) -> AsyncIterator[World]:
    def desk(store: SqlStore, clock: Clock) -> PromptDesk:
        return PromptDesk(TEXTS, voice.recordings, voice, store, clock)

    async with running(tmp_path, prompts=desk) as running_world:
        yield running_world


def tone(seconds: float, level: float = 0.02, kind: str = "WAV", silence: float = 0.0) -> bytes:
    """A quiet tone in this format, with silence around it."""
    quiet = np.zeros(int(44100 * silence), np.float32)
    sound = (level * np.sin(2 * np.pi * 440 * np.arange(int(44100 * seconds)) / 44100)).astype(np.float32)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.concatenate((quiet, sound, quiet)), 44100, format=kind)
    return buffer.getvalue()


async def put(world: World, prompt: str, upload: bytes, csrf: dict[str, str]) -> ClientResponse:
    headers = {**csrf, "Content-Type": "application/octet-stream"}
    return await world.client.put(f"/api/prompts/{prompt}/recording", data=upload, headers=headers)


async def state(world: World, prompt: str) -> dict[str, object]:
    reply = await world.client.get("/api/prompts")
    (found,) = [each for each in (await reply.json())["prompts"] if each["id"] == prompt]
    return dict(found)


async def heard(world: World, prompt: str) -> np.ndarray:
    reply = await world.client.get(f"/api/prompts/{prompt}/sound")
    assert (reply.status, reply.content_type) == (200, "audio/wav")
    with wave.open(io.BytesIO(await reply.read())) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 32768


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "FLAC", "OGG", "MP3"])
async def test_a_recording_is_taken_trimmed_levelled_heard_and_put_back(
    world: World, voice: CachedVoice, kind: str
) -> None:
    csrf = await world.sign_in("root")
    synthesised = await heard(world, "greeting")
    reply = await put(world, "greeting", tone(2.0, kind=kind, silence=1.5), csrf)
    assert reply.status == 200, await reply.text()
    assert (await reply.json())["seconds"] == pytest.approx(2.0, abs=0.2)
    assert (await state(world, "greeting"))["state"] == "recorded"
    recorded = await heard(world, "greeting")
    assert 20 * np.log10(np.sqrt(np.mean(recorded**2))) == pytest.approx(-20, abs=1.5)
    called = np.frombuffer(await voice.speak(GREETING, RATE), "<i2").astype(float) / 32768
    assert np.array_equal(called, recorded), "a caller hears what the admin has heard"
    reply = await world.client.delete("/api/prompts/greeting/recording", headers=csrf)
    assert reply.status == 204
    assert (await state(world, "greeting"))["state"] == "synthesised"
    assert np.array_equal(await heard(world, "greeting"), synthesised)


async def test_every_change_is_audited(world: World) -> None:
    csrf = await world.sign_in("root")
    await put(world, "greeting", tone(1.0), csrf)
    await world.client.delete("/api/prompts/greeting/recording", headers=csrf)
    entries = (await (await world.client.get("/api/audit?subject=prompt:greeting")).json())["entries"]
    assert [(entry["actor"], entry["action"]) for entry in reversed(entries)] == [
        ("root", "prompt_recorded"),
        ("root", "prompt_removed"),
    ]


@pytest.mark.parametrize("name", ["wang", "li", "zhou"])
async def test_only_admins_may(world: World, name: str) -> None:
    csrf = await world.sign_in(name)
    await error_of(await world.client.get("/api/prompts"), 403, "forbidden")
    await error_of(await world.client.get("/api/prompts/greeting/sound"), 403, "forbidden")
    await error_of(await put(world, "greeting", tone(1.0), csrf), 403, "forbidden")
    await error_of(await world.client.delete("/api/prompts/greeting/recording", headers=csrf), 403, "forbidden")
    page = await world.client.get("/prompts", allow_redirects=False)
    assert (page.status, page.headers["Location"]) == (303, "/desk")


async def test_nobody_gets_in_without_signing_in_or_without_the_token(world: World) -> None:
    await error_of(await world.client.get("/api/prompts"), 401, "not_signed_in")
    page = await world.client.get("/prompts", allow_redirects=False)
    assert page.headers["Location"] == "/login?next=/prompts"
    await world.sign_in("root")
    await error_of(await put(world, "greeting", tone(1.0), {}), 403, "csrf")
    assert (await world.client.get("/prompts")).status == 200


@pytest.mark.parametrize(
    ("prompt", "upload", "status", "code", "said"),
    [
        ("greeting", b"", 422, "invalid", "空的"),
        ("greeting", b"<!doctype html><p>no sound", 422, "invalid", "不是录音"),
        ("greeting", b"#EXTM3U\nhttp://127.0.0.1/x.ts\n" * 9, 422, "invalid", "不是录音"),
        ("greeting", b"RIFF\x00\x00\x00\x00WAVEfmt \x00", 422, "invalid", "损坏"),
        ("greeting", bytes(4000), 422, "invalid", "WAV"),
        ("greeting", tone(1.0, level=0.0), 422, "invalid", "没有声音"),
        ("greeting", tone(190.0, kind="FLAC"), 422, "invalid", "最长"),
        ("greeting", tone(700.0, kind="FLAC"), 422, "invalid", "最长"),
        ("greeting", bytes(LARGEST_UPLOAD + 1), 413, "too_large", "20 MB"),
        ("filed", tone(1.0), 422, "invalid", "编号"),
        ("no.such", tone(1.0), 404, "not_found", "刷新"),
    ],
)
async def test_a_wrong_file_is_explained_and_nothing_is_lost(
    world: World, prompt: str, upload: bytes, status: int, code: str, said: str
) -> None:
    csrf = await world.sign_in("root")
    await put(world, "greeting", tone(1.0), csrf)
    before = await heard(world, "greeting")
    assert said in (await error_of(await put(world, prompt, upload, csrf), status, code))["message"]
    assert np.array_equal(await heard(world, "greeting"), before)


async def test_without_ffmpeg_the_package_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    csrf = await world.sign_in("root")
    m4a = b"\x00\x00\x00\x20ftypM4A " + bytes(500)
    assert (
        "apt-get install ffmpeg" in (await error_of(await put(world, "greeting", m4a, csrf), 422, "invalid"))["message"]
    )


async def test_a_recording_of_other_words_is_told_and_not_used(
    world: World, tmp_path: Path, voice: CachedVoice
) -> None:
    elsewhere = RecordedPrompts(tmp_path / "var" / "prompts")
    elsewhere.add("greeting", "您好。", tone(1.0))
    elsewhere.add("gone", "以前的话。", tone(1.0))
    csrf = await world.sign_in("root")
    found = await state(world, "greeting")
    assert (found["state"], found["recorded_text"]) == ("outdated", "您好。")
    assert (await state(world, "gone"))["used"] is False
    assert len(await heard(world, "greeting")) / RATE != pytest.approx(1.0, abs=0.2)
    assert (await world.client.delete("/api/prompts/gone/recording", headers=csrf)).status == 204
    await error_of(await world.client.delete("/api/prompts/gone/recording", headers=csrf), 404, "not_found")


async def test_what_has_blanks_cannot_be_heard_or_found(world: World) -> None:
    await world.sign_in("root")
    assert (await state(world, "filed"))["recordable"] is False
    await error_of(await world.client.get("/api/prompts/filed/sound"), 422, "invalid")
    await error_of(await world.client.get("/api/prompts/%2e%2e/sound"), 404, "not_found")


async def test_uploads_at_the_same_time_leave_one_whole_recording(world: World, tmp_path: Path) -> None:
    csrf = await world.sign_in("root")
    replies = await asyncio.gather(*(put(world, "greeting", tone(1 + n / 4), csrf) for n in range(6)))
    assert {reply.status for reply in replies} == {200}
    assert (await state(world, "greeting"))["state"] == "recorded"
    assert await heard(world, "greeting") is not None
    assert len(list((tmp_path / "var" / "prompts").iterdir())) == 2


async def test_a_machine_without_a_voice_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.sign_in("root")
        await error_of(await world.client.get("/api/prompts"), 404, "no_voice")
