"""Takes the pictures of the README: a real server on an empty database, real pages, one short story.

Needs the development tools and Chromium: `make screenshots`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BIGGEST = 300 * 1024
DESKTOP, TALL, PHONE = (1280, 800), (1280, 1080), (390, 844)
"""Width and height of the screens, pixels."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

REPLIES = "#lines > li:not(.line-citizen)"

CONSULTATION = "身份证丢了怎么补办"
NOISE = ("现在都凌晨一点了楼上还在放音乐", "文二路翠苑小区12幢403", "可以")
DANGER = "文三路100号3幢楼下有人拿刀在砍人"
BURGLED = ("刚下班回来发现门被撬了，抽屉都翻过", "古墩路美都新村6幢201", "可以")
LOST = ("刚下出租车包落在后座上了", "黄龙体育中心东门", "可以")
OPERATOR = "您好，我是110接警员，社区民警已经出发，大约十分钟到您那里。"


@dataclass(frozen=True)
class Server:
    """A running front desk: its address and the passwords it made up."""

    root: str
    passwords: dict[str, str]


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """The server, on an empty database in this folder and a free port."""
    environment = {
        **os.environ,
        "FRONTDESK_HOME": str(ROOT),
        "FRONTDESK_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/frontdesk.sqlite",
        "FRONTDESK_HOST": "127.0.0.1",
        "FRONTDESK_PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "frontdesk", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=ROOT,
    ) as process:
        try:
            yield _announced(process)
        finally:
            process.terminate()


def _announced(process: subprocess.Popen[str]) -> Server:
    assert process.stdout is not None
    root, passwords = "", {}
    for line in process.stdout:
        if found := re.search(r"市民网页\s+(http://\S+?)/?$", line.strip()):
            root = found[1]
        elif found := re.match(r"\s+(\w+)\s+(?:operator|supervisor|admin)\S*\s+(\S+)$", line):
            passwords[found[1]] = found[2]
        if "admin" in passwords:
            return Server(root, passwords)
    raise RuntimeError("服务没有启动起来，请运行 frontdesk doctor")


def page_of(browser: Browser, screen: tuple[int, int], *, phone: bool = False) -> Page:
    """A page of its own visitor."""
    context = browser.new_context(
        viewport={"width": screen[0], "height": screen[1]},
        has_touch=phone,
        is_mobile=phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    return context.new_page()


def visit(page: Page, server: Server) -> None:
    """Open the citizen's page and wait for the greeting."""
    page.goto(server.root)
    page.locator(REPLIES).first.wait_for()


def tell(page: Page, *lines: str) -> None:
    """Write each line and wait for the front desk's answer to it."""
    for line in lines:
        before = page.locator(REPLIES).count()
        page.fill("#words", line)
        page.press("#words", "Enter")
        page.locator(REPLIES).nth(before).wait_for()


def sign_in(page: Page, server: Server, name: str) -> None:
    """Sign in at the desk."""
    page.goto(f"{server.root}/login")
    page.fill("#name", name)
    page.fill("#password", server.passwords[name])
    page.click("#submit")
    page.locator("#link[data-state=live]").wait_for()


def take(page: Page, name: str) -> None:
    """Save what is on the screen now. Raises RuntimeError for a picture too big to keep."""
    page.evaluate("document.fonts.ready")
    file = HERE / f"{name}.png"
    page.screenshot(path=file, animations="disabled")
    if file.stat().st_size > BIGGEST:
        raise RuntimeError(f"{file.name} has {file.stat().st_size // 1024} KiB, more than {BIGGEST // 1024}")


def story(browser: Browser, server: Server) -> None:
    """Four citizens, one operator."""
    citizen = page_of(browser, TALL)
    visit(citizen, server)
    tell(citizen, CONSULTATION, *NOISE)
    citizen.locator("#case:not([hidden])").wait_for()
    for lines in (LOST, BURGLED):
        other = page_of(browser, PHONE, phone=True)
        visit(other, server)
        tell(other, *lines)
    hurt = page_of(browser, PHONE, phone=True)
    visit(hurt, server)
    tell(hurt, DANGER)
    hurt.locator(REPLIES).nth(3).wait_for()
    take(hurt, "citizen-phone")

    desk = page_of(browser, DESKTOP)
    sign_in(desk, server, "desk110")
    desk.locator(".row", has_text="噪音").first.click()
    desk.get_by_role("button", name=re.compile("^接收")).first.click()
    desk.get_by_role("button", name=re.compile("^开始办理")).first.wait_for()
    desk.fill("#compose-text", OPERATOR)
    desk.click("#compose-send")
    desk.locator("#talk-lines .line-operator").first.wait_for()
    citizen.locator("#lines > .line-operator").first.wait_for()
    take(citizen, "citizen")
    take(desk, "desk")

    call = page_of(browser, PHONE, phone=True)
    call.goto(f"{server.root}/call")
    call.get_by_role("button", name=re.compile("呼叫 110")).wait_for()
    take(call, "call-phone")

    prompts = page_of(browser, DESKTOP)
    prompts.goto(f"{server.root}/login?next=/prompts")
    prompts.fill("#name", "admin")
    prompts.fill("#password", server.passwords["admin"])
    prompts.click("#submit")
    prompts.locator(".prompt").first.wait_for()
    take(prompts, "prompts")

    phone = page_of(browser, PHONE, phone=True)
    sign_in(phone, server, "desk110")
    phone.locator(".row-P1").first.click()
    phone.locator(".case-gist").wait_for()
    take(phone, "desk-phone")

    status = page_of(browser, DESKTOP)
    number, code = _handed_out(citizen)
    status.goto(f"{server.root}/status")
    status.fill("#number", number)
    status.fill("#digits", code)
    status.click("#submit")
    status.locator("#status:not([hidden])").wait_for()
    take(status, "status")


def _handed_out(citizen: Page) -> tuple[str, str]:
    """Number and code on the citizen's case card."""
    card = citizen.locator("#case").inner_text()
    number, code = re.search(r"\b\d{12}\b", card), re.search(r"\b\d{6}\b", card)
    if number is None or code is None:
        raise RuntimeError("the case card shows no number or no code")
    return number[0], code[0]


def main() -> None:
    """Play the story and save the pictures beside this file."""
    program = next((path for command in CHROMIUM if (path := shutil.which(command))), None)
    if program is None:
        raise SystemExit("没有 Chromium，请先安装：apt-get install chromium")
    with (
        tempfile.TemporaryDirectory(prefix="frontdesk-pictures-") as folder,
        serving(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        story(browser, server)
        browser.close()


if __name__ == "__main__":
    main()
