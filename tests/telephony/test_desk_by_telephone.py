"""The desk page of an operator whose telephone rings: the case opens by itself, and call-backs are not forgotten."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baresip_operator import operator
from pages import PHONE, DeskPage, Visitors, Watch, chromium, needs_chromium
from places import in_queue
from playwright.async_api import Page, expect
from rtp_peer import RATE
from running_server import RunningServer
from sipp_caller import Citizen, Dial, calling

from ivr.speech.espeak import Espeak
from ivr.speech.sound import prepared, to_pcm
from ivr.speech.spoken import spoken

pytestmark = [pytest.mark.telephony, needs_chromium]

SHOTS = os.environ.get("FRONTDESK_TEST_SHOTS")


@pytest.fixture(scope="module")
def server(exchange: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The product as it is started on a telephone."""
    running = RunningServer(
        tmp_path_factory.mktemp("server"),
        telephone="true",
        ari_url=exchange.layout.ari_url,
        ari_password=exchange.passwords["ari"],
        media_port=str(exchange.media_port),
    )
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def desk(server: RunningServer) -> AsyncIterator[DeskPage]:
    """The 12345 desk, with the telephone chosen."""
    watch = Watch()
    async with chromium() as browser:
        page = await Visitors(browser, server, watch).operator("desk12345", server.passwords["desk12345"])
        await page.page.get_by_label("我的话机").select_option("op12345")
        yield page
    watch.check()


def words(text: str) -> np.ndarray:
    voice = Espeak()
    sound = prepared(voice.synthesise(spoken(text), slow=False), voice.rate, RATE)
    return np.frombuffer(to_pcm(sound), np.int16)


async def shot(page: Page, name: str) -> None:
    """For people who look at the page."""
    if SHOTS:
        size = page.viewport_size
        await page.screenshot(path=f"{SHOTS}/{name}-wide.png")
        await page.set_viewport_size(PHONE)
        await page.screenshot(path=f"{SHOTS}/{name}-narrow.png")
        if size:
            await page.set_viewport_size(size)


async def asks_for_a_person(citizen: Citizen) -> None:
    await citizen.sound.speaks()
    await citizen.sound.press("0")


async def test_the_case_opens_by_itself_and_the_caller_goes_back_to_the_bot(
    exchange: Any, desk: DeskPage, ari: Any, tmp_path: Path
) -> None:
    sip, page = exchange.layout.sip_port, desk.page
    strip = page.locator("#phone-strip")
    async with (
        operator(tmp_path, "op12345", exchange.passwords["op12345"], sip, answers=False) as phone,
        calling(tmp_path, sip, Dial("12345", "13900007777")) as citizen,
    ):
        await asks_for_a_person(citizen)
        first = (await phone.shows(r"X-Case-Id: (\S+)"))[1]
        await expect(strip).to_contain_text("响铃")
        await expect(strip).to_contain_text("13900007777")
        assert first not in page.url
        await shot(page, "ringing")
        await phone.answer()
        await expect(page).to_have_url(f"{page.url.partition('#')[0]}#/case/{first}")
        await expect(desk.state).to_contain_text("已接收 · desk12345")
        await expect(page.locator(".case-meta")).to_contain_text("拨打 12345，中继 trunk")
        lines = await desk.lines("citizen").count()
        await citizen.sound.hears(1000)
        await citizen.sound.say(words("身份证丢了怎么补办"))
        await expect(desk.lines("citizen")).not_to_have_count(lines)
        await shot(page, "talking")
        await page.get_by_role("button", name="交还机器人").click()
        await expect(strip).to_be_hidden()
        citizen.sound.forget()
        await citizen.sound.speaks()


async def test_what_is_half_written_is_kept_when_the_next_call_opens_its_case(
    exchange: Any, desk: DeskPage, ari: Any, tmp_path: Path
) -> None:
    sip, page = exchange.layout.sip_port, desk.page
    draft = page.get_by_label("写给市民")
    async with operator(tmp_path, "op12345", exchange.passwords["op12345"], sip):
        async with calling(tmp_path, sip, Dial("12345", "13900008881")) as citizen:
            await asks_for_a_person(citizen)
            await expect(desk.state).to_contain_text("已接收 · desk12345")
            await draft.fill("写了一半")
            await citizen.hang_up()
        await expect(page.locator("#phone-strip")).to_be_hidden()
        await desk.step("note").click()
        await page.get_by_role("dialog").get_by_label("备注").fill("备注写了一半")
        async with calling(tmp_path, sip, Dial("12345", "13900008882")) as citizen:
            await asks_for_a_person(citizen)
            await expect(page.locator(".case-meta")).to_contain_text("13900008882")
            await expect(draft).to_have_value("")
            await page.get_by_role("link", name="回到刚才那件").click()
            await expect(draft).to_have_value("写了一半")
            await desk.step("note").click()
            await expect(page.get_by_role("dialog").get_by_label("备注")).to_have_value("备注写了一半")


async def test_who_gives_up_is_called_back(exchange: Any, desk: DeskPage, ari: Any, tmp_path: Path) -> None:
    sip, page = exchange.layout.sip_port, desk.page
    async with operator(tmp_path, "op12345", exchange.passwords["op12345"], sip, answers=False) as phone:
        async with calling(tmp_path, sip, Dial("12345", "13900009991")) as citizen:
            await asks_for_a_person(citizen)
            ringing = (await phone.shows(r"X-Case-Id: (\S+)"))[1]
            await citizen.hang_up()
        await desk.tab("回拨")
        await expect(desk.row(ringing)).to_contain_text("待回拨")
    async with calling(tmp_path, sip, Dial("12345", "13900009992")) as citizen:
        await asks_for_a_person(citizen)
        queued = await ari.variable(await in_queue(ari, "human"), "CASE")
        await citizen.hang_up()
    await desk.open(queued)
    notice = page.locator(".callback")
    await expect(notice).to_contain_text("回拨 13900009992")
    await expect(notice).to_contain_text("排队时挂断")
    await shot(page, "callback")
    await notice.get_by_role("button", name="已回拨，未接").click()
    await expect(notice).to_contain_text("已拨 1 次未接")
    await notice.get_by_role("button", name="已回拨，接通").click()
    await expect(notice).to_have_count(0)
    await expect(desk.row(queued)).to_have_count(0)


async def test_who_gives_up_after_we_were_killed_is_called_back_when_we_are_up_again(
    exchange: Any, server: RunningServer, ari: Any, tmp_path: Path
) -> None:
    async with calling(tmp_path, exchange.layout.sip_port, Dial("12345", "13900009993")) as citizen:
        await citizen.sound.speaks()
        await asyncio.to_thread(server.kill)
        await in_queue(ari, "human")
        await citizen.hang_up()
    await asyncio.to_thread(server.start)
    watch = Watch()
    async with chromium() as browser:
        desk = await Visitors(browser, server, watch).operator("desk12345", server.passwords["desk12345"])
        await desk.tab("回拨")
        await expect(desk.page.locator(".row", has_text="来电没有接通").first).to_be_visible()
    watch.check()
