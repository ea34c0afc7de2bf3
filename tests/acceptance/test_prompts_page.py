"""An admin gives the front desk their own voice: by file and by microphone, and callers hear it."""

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
from playwright.async_api import Locator, Page, async_playwright, expect
from running_server import ROOT, RunningServer

pytestmark = [pytest.mark.browser, needs_chromium]

RATE = 16000
UPLOADED_HZ, SPOKEN_HZ = 1000, 600


def tone(file: Path, frequency: int, seconds: float) -> Path:
    samples = 0.2 * np.sin(2 * np.pi * frequency * np.arange(int(RATE * seconds)) / RATE)
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    return file


def strongest(pcm: bytes) -> float:
    """The frequency (Hz) that stands out."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum) * RATE / samples.size)


@asynccontextmanager
async def admin(server: RunningServer, microphone: Path) -> AsyncIterator[tuple[Page, Watch]]:
    """The page, reached as an admin reaches it."""
    flags = [
        "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}", "--autoplay-policy=no-user-gesture-required",
    ]  # fmt: skip
    expect.set_options(timeout=PATIENCE)
    watch = Watch()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            context = await browser.new_context(base_url=server.url, locale="zh-CN")
            watch.on(context)
            page = await context.new_page()
            await page.goto("/prompts")
            await page.fill("#name", "admin")
            await page.fill("#password", server.passwords["admin"])
            await page.click("#submit")
            await expect(page.locator("#count")).to_contain_text("共")
            yield page, watch
        finally:
            await browser.close()


async def found(page: Page, prompt: str, words: str) -> Locator:
    await page.fill("#words", words)
    card = page.locator(f'.prompt[data-id="{prompt}"]')
    await expect(card).to_be_visible()
    return card


async def heard_on_a_call(page: Page, seconds: float) -> bytes:
    """The first sound of a call to 12345."""
    played, enough = bytearray(), asyncio.Event()

    def take(frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            played.extend(frame)
            if len(played) >= seconds * 2 * RATE:
                enough.set()

    page.on("websocket", lambda socket: socket.on("framereceived", take))
    await page.goto("/call")
    await page.get_by_role("button", name=re.compile("呼叫 12345")).click()
    async with asyncio.timeout(PATIENCE / 1000):
        await enough.wait()
    await page.get_by_role("button", name="挂断").click()
    return bytes(played[: int(seconds * 2 * RATE)])


async def test_an_upload_and_a_recording_are_what_callers_hear(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("config", "models"):
        (home / name).symlink_to(ROOT / name)
    server = RunningServer(tmp_path, home=str(home)).start()
    try:
        async with admin(server, tone(tmp_path / "microphone.wav", SPOKEN_HZ, 5)) as (page, watch):
            card = await found(page, "greeting_12345", "您好，12345")
            await expect(card.locator(".prompt-state")).to_have_text("合成")
            await card.get_by_role("button", name=re.compile("试听")).click()
            await expect(card.locator(".prompt-told")).to_contain_text("播放")

            (tmp_path / "wrong.wav").write_text("not a sound")
            watch.expected.append("422")
            await card.locator('input[type="file"]').set_input_files(tmp_path / "wrong.wav")
            await expect(card.get_by_role("alert")).to_contain_text("不是录音")
            await expect(card.locator(".prompt-state")).to_have_text("合成")

            await card.locator('input[type="file"]').set_input_files(tone(tmp_path / "mine.wav", UPLOADED_HZ, 2))
            await expect(card.locator(".prompt-state")).to_have_text("录音 2 秒")
            assert abs(strongest(await heard_on_a_call(page, 1.5)) - UPLOADED_HZ) < 5

            await page.goto("/prompts")
            card = await found(page, "greeting_12345", "您好，12345")
            await card.get_by_role("button", name=re.compile("重录")).click()
            await expect(card.locator(".recorder")).to_contain_text(re.compile("[2-9] 秒"))
            await card.get_by_role("button", name="停止").click()
            await card.get_by_role("button", name="就用这段").click()
            await expect(card.locator(".prompt-told")).to_contain_text("已换成")
            assert abs(strongest(await heard_on_a_call(page, 1.5)) - SPOKEN_HZ) < 10

            await page.goto("/prompts")
            card = await found(page, "greeting_12345", "您好，12345")
            remove = card.get_by_role("button", name=re.compile("删除录音"))
            await remove.click()
            await expect(remove).to_have_text("确定删除？")
            await remove.click()
            await expect(card.locator(".prompt-state")).to_have_text("合成")
            watch.check()
    finally:
        server.stop()
    assert not server.troubles
