"""A call that is recorded: what citizen and front desk said is found again, by ear, from a line of the transcript."""

from __future__ import annotations

import asyncio
import io
import json
import re
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
import vosk
from pages import CHROMIUM, PATIENCE, Watch, needs_chromium
from playwright.async_api import APIRequestContext, Browser, Page, async_playwright, expect
from running_server import ROOT, RunningServer, run

from frontdesk.recordings import fresh_key
from ivr.speech import open_voice

pytestmark = [pytest.mark.browser, needs_chromium]

QUESTION = "身份证丢了怎么补办"
RATE = 16000
BEFORE = 11
"""Seconds of silence before the citizen speaks: longer than announcement and greeting."""
MODEL = ROOT / "models" / "test-cmn-8k"


@dataclass(frozen=True)
class Recorded:
    """A call that is over, with its case, and the server that has it."""

    server: RunningServer
    key: str
    folder: Path
    number: str

    @asynccontextmanager
    async def desk(self, browser: Browser, *, width: int, name: str = "desk12345") -> AsyncIterator[Page]:
        context = await browser.new_context(
            base_url=self.server.url, locale="zh-CN", viewport={"width": width, "height": 800}
        )
        try:
            signed = await context.request.post(
                "/api/session", data={"name": name, "password": self.server.passwords[name]}
            )
            assert signed.ok
            yield await context.new_page()
        finally:
            await context.close()

    async def recording(self, request: APIRequestContext) -> dict[str, Any]:
        reply = await request.get(f"/api/cases/{self.number}/recording")
        assert reply.ok, await reply.text()
        (found,) = (await reply.json())["recordings"]
        return dict(found)


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    flags = [
        "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", *more,
    ]  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


async def call(server: RunningServer, microphone: Path) -> str:
    """Asks aloud, hears the answer, wants a person, hangs up; returns the number of the case."""
    watch = Watch()
    async with chromium(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}%noloop",
    ) as browser:
        context = await browser.new_context(base_url=server.url, locale="zh-CN")
        watch.on(context)
        page = await context.new_page()
        await page.goto("/call")
        await page.get_by_role("button", name=re.compile("呼叫 12345")).click()
        await expect(page.locator(".call-line-citizen .words", has_text=QUESTION)).to_be_visible(timeout=90_000)
        await expect(page.locator(".call-line-frontdesk .words").nth(1)).to_contain_text("身份证")
        await page.wait_for_timeout(3000)  # the answer is heard for a while
        await page.get_by_role("button", name="转人工").click()
        await expect(page.locator("#case-number")).to_have_text(re.compile(r"^\d{12,}$"))
        number = await page.locator("#case-number").inner_text()
        await page.get_by_role("button", name="挂断").click()
        await expect(page.get_by_role("button", name=re.compile("呼叫 110"))).to_be_enabled()
    watch.check()
    return number


def spoken(folder: Path) -> Path:
    voice = open_voice(folder)
    try:
        pcm = asyncio.run(voice.speak(QUESTION, RATE))
    finally:
        voice.close()
    file = folder / "microphone.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(2 * RATE * BEFORE) + pcm + bytes(2 * RATE * 60))
    return file


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder, key = tmp_path_factory.mktemp("recorded"), fresh_key()
    server = RunningServer(folder, recording_key=key, recording_folder=str(folder / "recordings")).start()
    try:
        number = asyncio.run(call(server, spoken(tmp_path_factory.mktemp("microphone"))))
        yield Recorded(server, key, folder, number)
        assert not server.troubles
    finally:
        server.stop()


def heard(samples: np.ndarray) -> str:
    """What the recogniser that ships understands."""
    vosk.SetLogLevel(-1)
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(MODEL)), 8000)
    recogniser.AcceptWaveform(soxr.resample(samples, RATE, 8000).astype("<i2").tobytes())
    return str(json.loads(recogniser.FinalResult())["text"]).replace(" ", "")


async def test_both_sides_are_heard_where_their_lines_say(recorded: Recorded) -> None:
    async with chromium() as browser, recorded.desk(browser, width=1280) as page:
        found = await recorded.recording(page.request)
        assert found["complete"]
        assert found["problem"] is None
        reply = await page.request.get(f"/api/cases/{recorded.number}/recording/{found['call']}")
        assert reply.headers["content-type"] == "audio/wav"
        with wave.open(io.BytesIO(await reply.body())) as sound:
            assert (sound.getnchannels(), sound.getframerate()) == (2, RATE)
            assert sound.getnframes() / RATE == pytest.approx(found["seconds"], abs=0.01)
            both = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
    messages = await lines_of(recorded)
    places = {line["seq"]: line["at"] for line in found["lines"]}
    asked = next(line["seq"] for line in messages if line["text"] == QUESTION)
    answer = next(line["seq"] for line in messages if line["payload"].get("answers"))
    assert 0 < places[1] < places[asked] < places[answer], "the greeting comes after the announcement"
    at = int(places[asked] * RATE)
    assert heard(both[max(0, at - RATE // 2) : int(places[answer] * RATE), 0]) == QUESTION
    assert loudness(both[: int(places[1] * RATE), 1]) > 100, "the announcement comes first"
    assert loudness(both[int(places[answer] * RATE) :][: 2 * RATE, 1]) > 100
    assert loudness(both[at : int((places[answer] - 0.1) * RATE), 1]) < 20, "we are silent while the citizen speaks"


def loudness(samples: np.ndarray) -> float:
    return float(np.abs(samples.astype(float)).mean()) if len(samples) else 0.0


async def lines_of(recorded: Recorded) -> list[dict[str, Any]]:
    return list(traced(recorded)["lines"])


def traced(recorded: Recorded) -> dict[str, Any]:
    told = run(recorded.server.database, "trace", recorded.number, "--json")
    assert told.returncode == 0, told.stderr
    return dict(json.loads(told.stdout))


def test_nothing_of_the_sound_lies_on_the_disk_in_the_clear(recorded: Recorded) -> None:
    (file,) = (recorded.folder / "recordings").glob("*/*")
    assert file.stat().st_mode & 0o077 == 0
    data = np.frombuffer(file.read_bytes()[1024:], "u1")
    assert np.bincount(data, minlength=256).max() < 1.3 * len(data) / 256, "no value is more frequent than another"


def test_the_trace_tells_the_call_turn_by_turn(recorded: Recorded) -> None:
    told = run(recorded.server.database, "trace", recorded.number)
    assert told.returncode == 0, told.stderr
    order = [
        "告知正在录音",
        "第一声",
        "市民开始说话",
        "听到：",
        "市民说完",
        f"市民：{QUESTION}",
        "第一声：",
        "按键 0",
        recorded.number,
    ]
    where = [told.stdout.find(words, start) for words, start in zip(order, starts(told.stdout, order), strict=True)]
    assert -1 not in where, told.stdout
    events = traced(recorded)["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    ended = next(event for event in events if event["kind"] == "turn_ended")
    decided = next(event for event in events if event["kind"] == "decided")
    answered = next(event for event in events if event["kind"] == "speaking" and event["seq"] > decided["seq"])
    assert ended["at"] <= decided["at"] <= answered["at"]
    assert decided["detail"]["intents"]
    listed = run(recorded.server.database, "trace")
    assert recorded.number in listed.stdout


def starts(text: str, order: list[str]) -> list[int]:
    """Where the search for each of these begins: after the one before. The heading names the case, so skip it."""
    at, found = text.index("\n"), []
    for words in order:
        found.append(at)
        at = max(at, text.find(words, at))
    return found


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_click_on_a_line_plays_from_there(recorded: Recorded, width: int) -> None:
    async with chromium() as browser, recorded.desk(browser, width=width) as page:
        watch = Watch()
        watch.on(page.context)
        found = await recorded.recording(page.request)
        before = await listened(recorded, browser)
        await page.goto(f"/desk#/case/{recorded.number}/talk")
        player = page.get_by_role("group", name="通话录音")
        await expect(player.get_by_role("button", name="播放录音")).to_be_visible()
        line = page.locator("#talk-lines .line-citizen", has_text=QUESTION)
        seq = int(await line.get_attribute("data-seq") or 0)
        at = next(place["at"] for place in found["lines"] if place["seq"] == seq)
        assert await listened(recorded, browser) == before, "looking is not listening"
        await page.evaluate(_WITNESS)
        await line.locator(".line-text").click()
        root = page.locator("html")
        await expect(root).to_have_attribute("data-heard-at", re.compile(r"\d"))
        assert float(await root.get_attribute("data-heard-at") or -1) == pytest.approx(at, abs=0.4)
        await expect(line).to_have_attribute("aria-current", "true")
        await expect(player.get_by_role("button", name="暂停录音")).to_be_visible()
        await player.get_by_role("button", name="暂停录音").click()
        first = page.locator("#talk-lines .line-frontdesk .line-play").first
        await first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#talk-lines .line-frontdesk").first).to_have_attribute("aria-current", "true")
        await expect(line).not_to_have_attribute("aria-current", "true")
        await page.screenshot(path=recorded.folder / f"recording-{width}.png")
        overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0
        assert await listened(recorded, browser) == 1, "one visit, however many parts the browser fetches"
        watch.check()


_WITNESS = """() => {
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    this.addEventListener("timeupdate", () => { document.documentElement.dataset.heardAt ??= this.currentTime; });
    return play.call(this);
  };
}"""


async def listened(recorded: Recorded, browser: Browser) -> int:
    async with recorded.desk(browser, width=800, name="chief") as page:
        reply = await page.request.get(f"/api/audit?subject={recorded.number}")
        entries = (await reply.json())["entries"]
    return sum(entry["action"] == "listen" and entry["actor"] == "desk12345" for entry in entries)
