"""The telephone in the page, in Chromium: a file for a microphone, the real recogniser, the real voice."""

from __future__ import annotations

import asyncio
import re
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from pages import CHROMIUM, PATIENCE, Watch, needs_chromium
from playwright.async_api import Page, async_playwright, expect
from running_server import ROOT, RunningServer

from ivr.speech import open_voice

pytestmark = [pytest.mark.browser, needs_chromium]

QUESTION = "身份证丢了怎么补办"
RATE = 16000
GREETING_SECONDS = 8
"""Silence before the citizen speaks: longer than the greeting, too short to be asked whether anybody is there."""


def spoken(folder: Path, text: str) -> Path:
    """A WAV file in which somebody says this after a while, and is then silent for long."""
    voice = open_voice(folder)
    try:
        pcm = asyncio.run(voice.speak(text, RATE))
    finally:
        voice.close()
    file = folder / "microphone.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(2 * RATE * GREETING_SECONDS) + pcm + bytes(2 * RATE * 60))
    return file


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spoken(tmp_path_factory.mktemp("microphone"), QUESTION)


@asynccontextmanager
async def caller(server: RunningServer, microphone: Path) -> AsyncIterator[tuple[Page, Watch]]:
    """A page of somebody with this microphone."""
    flags = [
        "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}%noloop", "--autoplay-policy=no-user-gesture-required",
    ]  # fmt: skip
    expect.set_options(timeout=PATIENCE)
    watch = Watch()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            context = await browser.new_context(base_url=server.url, locale="zh-CN")
            watch.on(context)
            page = await context.new_page()
            await page.goto("/call")
            yield page, watch
        finally:
            await browser.close()


class Sound:
    """What the page is sent to play."""

    def __init__(self, page: Page) -> None:
        self.levels: list[float] = []
        self._bytes = 0
        self._arrived = asyncio.Event()
        page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    async def more(self, seconds: float) -> None:
        """Wait until so much more has come."""
        wanted = self._bytes + seconds * 2 * RATE
        async with asyncio.timeout(PATIENCE / 1000):
            while self._bytes < wanted:
                self._arrived.clear()
                await self._arrived.wait()

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            samples = np.frombuffer(frame, dtype="<i2")
            self.levels.append(float(np.abs(samples).mean()) / 32768)
            self._bytes += len(frame)
            self._arrived.set()


async def test_a_question_asked_aloud_is_shown_and_answered_aloud(tmp_path: Path, microphone: Path) -> None:
    server = RunningServer(tmp_path).start()
    try:
        async with caller(server, microphone) as (page, watch):
            await expect(page.locator("#notice")).to_contain_text("测试语音模型")
            sound = Sound(page)
            await page.get_by_role("button", name=re.compile("呼叫 12345")).click()
            await expect(page.locator(".call-line-frontdesk .words").first).to_contain_text("12345")
            await expect(page.locator(".call-line-citizen .words", has_text=QUESTION)).to_be_visible(timeout=60_000)
            answer = page.locator(".call-line-frontdesk .words").nth(1)
            await expect(answer).to_contain_text("身份证")
            await sound.more(2.0)
            assert sound.levels[-1] > 0.01, "it is not silence that is played"
            await page.get_by_role("button", name="挂断").click()
            await expect(page.get_by_role("button", name=re.compile("呼叫 110"))).to_be_enabled()
            watch.check()
    finally:
        server.stop()
    assert not server.troubles


async def test_a_key_brings_a_person_who_answers_in_writing(tmp_path: Path, microphone: Path) -> None:
    server = RunningServer(tmp_path).start()
    try:
        async with caller(server, microphone) as (page, watch):
            await page.get_by_role("button", name=re.compile("呼叫 12345")).click()
            await expect(page.locator("#state")).to_have_text(re.compile("通话中"))
            await page.get_by_role("button", name="转人工").click()
            await expect(page.locator("#case-number")).to_have_text(re.compile(r"^\d{12,}$"))
            await expect(page.locator("#state")).to_contain_text("接人工")
            number = await page.locator("#case-number").inner_text()
            await _operator_answers(page, server, number, "您好，我是工作人员")
            await expect(page.locator(".call-line-operator .words")).to_have_text("您好，我是工作人员")
            await expect(page.locator("#state")).to_contain_text("工作人员正在")
            watch.check()
    finally:
        server.stop()
    assert not server.troubles


async def _operator_answers(page: Page, server: RunningServer, number: str, text: str) -> None:
    """Claim the case and write to the citizen, over the API, in a browser session of their own."""
    assert page.context.browser is not None
    desk = await page.context.browser.new_context(base_url=server.url)
    signed = await desk.request.post(
        "/api/session", data={"name": "desk12345", "password": server.passwords["desk12345"]}
    )
    headers = {"X-CSRF-Token": (await signed.json())["csrf"]}
    for step, body in (("claim", {}), ("message", {"text": text})):
        reply = await desk.request.post(f"/api/cases/{number}/steps/{step}", data=body, headers=headers)
        assert reply.ok, await reply.text()
    await desk.close()


def test_the_model_that_ships_is_there() -> None:
    assert (ROOT / "models" / "test-cmn-8k" / "conf").is_dir()
