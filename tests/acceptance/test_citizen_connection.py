"""What a citizen wrote survives the server's death, the network's, the page's and the browser's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from pages import CitizenPage, Visitors, Watch, needs_chromium
from playwright.async_api import Browser, WebSocketRoute, expect
from running_server import RunningServer

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that tests kill and start again."""
    running = RunningServer(tmp_path_factory.mktemp("mortal"), trusted_proxies='["127.0.0.0/8"]')
    running.start()
    yield running
    running.kill()
    assert not running.troubles


@pytest_asyncio.fixture(loop_scope="module")
async def visitors(browser: Browser, mortal: RunningServer) -> AsyncIterator[Visitors]:
    watch = Watch()
    yield Visitors(browser, mortal, watch)
    for context in browser.contexts:
        await context.close()
    watch.check()


async def conversation_of(citizen: CitizenPage) -> str:
    stored = await citizen.page.evaluate("sessionStorage.getItem('ydt.thread')")
    return str(json.loads(stored)["id"])


async def record(server: RunningServer, conversation: str) -> list[dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}/api/conversations/{conversation}/messages") as reply,
    ):
        assert reply.status == 200
        return list((await reply.json())["messages"])


async def check_nothing_lost_or_repeated(citizen: CitizenPage, server: RunningServer, said: list[str]) -> None:
    """The record holds the citizen's lines once, and the page shows the record."""
    await expect(citizen.said("citizen")).to_have_text(said)
    await expect(citizen.page.locator("#lines .is-unsent")).to_have_count(0)
    stored = await record(server, await conversation_of(citizen))
    assert [line["text"] for line in stored if line["speaker"] == "citizen"] == said
    assert [line["seq"] for line in stored] == list(range(1, len(stored) + 1))
    shown = citizen.page.locator("#lines > li[data-seq]")
    await expect(shown).to_have_count(len(stored))
    seqs = await shown.evaluate_all("(items) => items.map((item) => Number(item.dataset.seq))")
    assert seqs == [line["seq"] for line in stored]
    assert await citizen.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('ydt.unsent'))") == []


async def test_the_server_dies_while_the_citizen_types(visitors: Visitors, mortal: RunningServer) -> None:
    visitors.watch.expected.append("ERR_CONNECTION_REFUSED")
    citizen = await visitors.citizen()
    await citizen.say("我家门口的路灯坏了")
    await citizen.hears("在哪里")
    await citizen.composer.press_sequentially("文三路")
    await asyncio.to_thread(mortal.kill)
    await expect(citizen.page.get_by_text("正在重连")).to_be_visible()
    await expect(citizen.composer).to_have_value("文三路")
    await citizen.composer.press_sequentially("100号门口")
    await citizen.page.keyboard.press("Enter")
    await expect(citizen.page.get_by_text("等网络恢复后自动发出")).to_be_visible()
    await asyncio.to_thread(mortal.start)
    await citizen.hears("可以转吗")
    await expect(citizen.page.get_by_text("等网络恢复后自动发出")).to_have_count(0)
    await check_nothing_lost_or_repeated(citizen, mortal, ["我家门口的路灯坏了", "文三路100号门口"])
    await citizen.choose("可以")
    number, _ = await citizen.number_and_code()
    assert number


class LossyNetwork:
    """Between page and server. What it loses, it loses until the page connects anew."""

    def __init__(self) -> None:
        self.loses_answers = False
        self.loses_all = False
        self.stored = asyncio.Event()
        """An acknowledgement was lost."""
        self.said: list[dict[str, Any]] = []

    def route(self, page_side: WebSocketRoute) -> None:
        self.loses_answers = self.loses_all = False
        server_side = page_side.connect_to_server()

        def to_page(frame: str | bytes) -> None:
            if not self.loses_answers and not self.loses_all:
                page_side.send(frame)
            elif json.loads(frame)["type"] == "ack":
                self.stored.set()

        def to_server(frame: str | bytes) -> None:
            self.said.append(json.loads(frame))
            if not self.loses_all:
                server_side.send(frame)

        server_side.on_message(to_page)
        page_side.on_message(to_server)

    def client_ids(self, text: str) -> list[str]:
        return [frame["client_id"] for frame in self.said if frame.get("text") == text]


async def citizen_behind(network: LossyNetwork, visitors: Visitors) -> CitizenPage:
    """A citizen with an open question."""
    page = await visitors.page("/status")
    await page.route_web_socket("**/socket**", network.route)
    await page.goto("/")
    citizen = CitizenPage(page)
    await citizen.say("我家门口的路灯坏了")
    await citizen.hears("在哪里")
    return citizen


async def test_the_server_dies_after_storing_a_line_and_before_saying_so(
    visitors: Visitors, mortal: RunningServer
) -> None:
    """The page cannot know that the line arrived. Whether it asks or sends again, the line counts once."""
    visitors.watch.expected.append("ERR_CONNECTION_REFUSED")
    network = LossyNetwork()
    citizen = await citizen_behind(network, visitors)
    network.loses_answers = True
    await citizen.say("文三路100号门口")
    await asyncio.wait_for(network.stored.wait(), 20)
    await expect(citizen.page.get_by_text("发送中…")).to_be_visible()
    await asyncio.to_thread(mortal.kill)
    await asyncio.to_thread(mortal.start)
    await citizen.hears("可以转吗")
    await check_nothing_lost_or_repeated(citizen, mortal, ["我家门口的路灯坏了", "文三路100号门口"])
    assert len(set(network.client_ids("文三路100号门口"))) == 1


async def test_a_connection_that_hangs(visitors: Visitors, mortal: RunningServer) -> None:
    """It looks open and carries nothing; when the device changes networks the page finds out and sends again."""
    network = LossyNetwork()
    citizen = await citizen_behind(network, visitors)
    network.loses_all = True
    await citizen.say("文三路100号门口")
    await expect(citizen.page.get_by_text("发送中…")).to_be_visible()
    await citizen.page.evaluate("dispatchEvent(new Event('online'))")
    await citizen.hears("可以转吗")
    await check_nothing_lost_or_repeated(citizen, mortal, ["我家门口的路灯坏了", "文三路100号门口"])
    first, again = network.client_ids("文三路100号门口")
    assert first == again


async def test_reloading_keeps_conversation_card_and_draft(visitors: Visitors, mortal: RunningServer) -> None:
    citizen = await visitors.citizen()
    number, code = await citizen.reports("我家门口的路灯坏了", "文三路100号门口")
    await citizen.composer.fill("还没写完的一句")
    before = await conversation_of(citizen)
    await citizen.page.reload()
    assert await conversation_of(citizen) == before
    assert await citizen.number_and_code() == (number, code)
    await expect(citizen.composer).to_have_value("还没写完的一句")
    said = ["我家门口的路灯坏了", "文三路100号门口", "可以"]
    await check_nothing_lost_or_repeated(citizen, mortal, said)
    await citizen.composer.press("Enter")
    await check_nothing_lost_or_repeated(citizen, mortal, [*said, "还没写完的一句"])


async def test_a_second_tab_continues_the_same_conversation(visitors: Visitors, mortal: RunningServer) -> None:
    citizen = await visitors.citizen()
    await citizen.say("我家门口的路灯坏了")
    await citizen.hears("在哪里")
    other = CitizenPage(await citizen.page.context.new_page())
    await other.page.goto("/")
    await other.hears("在哪里")
    await other.say("文三路100号门口")
    await citizen.hears("可以转吗")
    for tab in (citizen, other):
        await check_nothing_lost_or_repeated(tab, mortal, ["我家门口的路灯坏了", "文三路100号门口"])


async def test_a_new_conversation_leaves_the_old_one_as_it_is(visitors: Visitors, mortal: RunningServer) -> None:
    citizen = await visitors.citizen()
    await citizen.say("我家门口的路灯坏了")
    await citizen.hears("在哪里")
    old = await conversation_of(citizen)
    before = await record(mortal, old)
    await citizen.page.get_by_role("button", name="新的对话").click()
    async with citizen.page.expect_navigation():
        await citizen.page.get_by_role("dialog").get_by_role("button", name="开始新的对话").click()
    await expect(citizen.said("frontdesk")).to_have_count(1)
    await check_nothing_lost_or_repeated(citizen, mortal, [])
    assert await conversation_of(citizen) != old
    assert await record(mortal, old) == before


async def test_a_browser_that_vanishes_in_the_middle_of_a_sentence(visitors: Visitors, mortal: RunningServer) -> None:
    citizen = await visitors.citizen()
    await citizen.say("我家门口的路灯坏了")
    await citizen.hears("在哪里")
    conversation = await conversation_of(citizen)
    before = await record(mortal, conversation)
    await citizen.composer.press_sequentially("就在文三")
    await citizen.page.context.close()
    assert await record(mortal, conversation) == before
    assert [line["text"] for line in before if line["speaker"] == "citizen"] == ["我家门口的路灯坏了"]
