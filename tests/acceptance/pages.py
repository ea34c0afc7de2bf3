"""Browsers for the acceptance tests: every page is watched, and who uses it is named."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    async_playwright,
    expect,
)
from running_server import RunningServer

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium to drive; install it with: apt-get install chromium"
)
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_ADDRESSES = itertools.count(1)
PATIENCE = 40_000  # milliseconds until something on a page counts as not happening; pages reconnect within 19 s
PHONE = {"width": 390, "height": 844}
_CSP_WITNESS = """
  addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Watch:
    """What went wrong on the pages of a test. `expected`: patterns of what the test itself provokes, and must see."""

    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"exception: {error.error}"))

    def check(self) -> None:
        assert [problem for problem in self.problems if not self._is_expected(problem)] == []
        assert [pattern for pattern in self.expected if not re.search(pattern, "\n".join(self.problems))] == []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"{message.type} on {message.page.url if message.page else '?'}: {message.text}")

    def _note(self, problem: str) -> None:
        self.problems.append(problem)

    def _is_expected(self, problem: str) -> bool:
        return any(re.search(pattern, problem) for pattern in self.expected)


@dataclass
class Visitors:
    """Opens browsers of their own for the people of a test: nothing is shared between two of them."""

    browser: Browser
    server: RunningServer
    watch: Watch

    async def _page(self, *, phone: bool) -> Page:
        size = PHONE if phone else {"width": 1280, "height": 800}
        context = await self.browser.new_context(
            viewport=size, base_url=self.server.url, locale="zh-CN", timezone_id="Asia/Shanghai",
            extra_http_headers={"X-Forwarded-For": f"192.0.2.{next(_ADDRESSES)}"},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(_CSP_WITNESS)
        self.watch.on(context)
        return await context.new_page()

    async def page(self, path: str, *, phone: bool = False) -> Page:
        page = await self._page(phone=phone)
        await page.goto(path)
        return page

    async def citizen(self, *, phone: bool = False) -> CitizenPage:
        citizen = CitizenPage(await self.page("/", phone=phone))
        await expect(citizen.said("frontdesk")).not_to_have_count(0)
        return citizen

    async def operator(self, name: str, password: str, *, phone: bool = False) -> DeskPage:
        page = await self.page("/login", phone=phone)
        await page.get_by_label("账号").fill(name)
        await page.get_by_label("密码", exact=True).fill(password)
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_url("**/desk")
        await expect(page.get_by_text("实时")).to_be_visible()
        return DeskPage(page)


@dataclass
class CitizenPage:
    """The chat page, in the citizen's gestures."""

    page: Page

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("写下您的事")

    @property
    def card(self) -> Locator:
        return self.page.locator("#case")

    def said(self, kind: str) -> Locator:
        """Lines of citizen, frontdesk, notice or operator."""
        return self.page.locator(f"#lines .line-{kind} .words")

    async def say(self, text: str) -> None:
        await self.composer.fill(text)
        await self.page.get_by_role("button", name="发送", exact=True).click()

    async def choose(self, label: str) -> None:
        await self.page.get_by_role("button", name=label, exact=True).click()

    async def hears(self, text: str) -> None:
        await expect(self.page.locator("#lines .words", has_text=text).last).to_be_visible()

    async def reads_state(self, title: str) -> None:
        await expect(self.card.locator(".case-rows .badge")).to_have_text(title)

    async def reports(self, what: str, where: str) -> tuple[str, str]:
        """A matter with place and consent; the number and code on the card."""
        await self.say(what)
        await self.hears("在哪里")
        await self.say(where)
        await self.hears("可以转吗")
        await self.choose("可以")
        return await self.number_and_code()

    async def number_and_code(self) -> tuple[str, str]:
        await expect(self.card.locator(".case-number")).to_have_text(re.compile(r"^\d{12,}$"))
        number = await self.card.locator(".case-number").inner_text()
        return number, await self.card.locator(".case-code").inner_text()


@dataclass
class DeskPage:
    """The desk page, in the operator's gestures."""

    page: Page

    def row(self, number: str) -> Locator:
        return self.page.locator(f'#queue-body .row[data-number="{number}"]')

    @property
    def state(self) -> Locator:
        return self.page.locator(".case-title .case-state")

    def step(self, name: str) -> Locator:
        return self.page.locator(f'.case-steps [data-step="{name}"]')

    def lines(self, speaker: str) -> Locator:
        return self.page.locator(f"#talk-lines .line-{speaker} .line-text")

    async def tab(self, title: str) -> None:
        await self.page.get_by_role("tab", name=title).click()

    async def open(self, number: str) -> None:
        await self.row(number).click()
        await expect(self.page.locator("#case")).to_contain_text(number)

    async def take(self, step: str, confirm: str | None = None, *, choose: str | None = None, **texts: str) -> None:
        """A step from its button; `texts` and `choose` go into its dialog, `confirm` sends it."""
        await self.step(step).click()
        if confirm is None:
            return
        dialog = self.page.get_by_role("dialog")
        if choose is not None:
            await dialog.get_by_label(choose, exact=True).check()
        for label, text in texts.items():
            await dialog.get_by_label(label).fill(text)
        await dialog.get_by_role("button", name=confirm, exact=True).click()
        await expect(dialog).to_have_count(0)

    async def write(self, text: str) -> None:
        await self.page.get_by_label("写给市民").fill(text)
        await self.page.get_by_role("button", name="发送", exact=True).click()
        await expect(self.lines("operator").last).to_have_text(text)


class Gate:
    """Holds the matching requests of a page until it opens."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()

    async def across(self, page: Page, address: str) -> Gate:
        await page.route(address, self._hold)
        return self

    def open(self) -> None:
        self._opened.set()

    async def _hold(self, route: Route) -> None:
        self.reached.set()
        await self._opened.wait()
        await route.continue_()
