"""Citizens and operators in real browsers, side by side on one server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from pages import CitizenPage, DeskPage, Gate, Visitors, Watch, needs_chromium
from playwright.async_api import Browser, Locator, Page, expect
from running_server import RunningServer, database_url, run

from frontdesk.storage import open_store

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.asyncio(loop_scope="module")]

NOISE = ("现在都凌晨一点了楼上还在放音乐", "文二路翠苑小区12幢403")
SECOND = ("desk110b", "second operator of 110")


@pytest_asyncio.fixture(loop_scope="module")
async def visitors(browser: Browser, server: RunningServer) -> AsyncIterator[Visitors]:
    """No page of a test may report an error, an exception or a breach of the content security policy."""
    watch = Watch()
    yield Visitors(browser, server, watch)
    for context in browser.contexts:
        await context.close()
    watch.check()


@pytest.fixture(scope="module")
def second(server: RunningServer) -> tuple[str, str]:
    """A colleague on the 110 desk."""
    made = run(server.database, "user", "add", SECOND[0], "--role", "operator-110", "--password", SECOND[1])
    assert made.returncode == 0, made.stderr
    return SECOND


async def desk(visitors: Visitors, name: str, *, phone: bool = False) -> DeskPage:
    return await visitors.operator(name, visitors.server.passwords[name], phone=phone)


async def test_a_consultation_is_answered_with_its_source(visitors: Visitors) -> None:
    citizen = await visitors.citizen()
    await citizen.say("身份证丢了怎么补办")
    await expect(citizen.said("citizen")).to_have_text(["身份证丢了怎么补办"])
    source = citizen.page.get_by_label("这条回答的依据").last
    await expect(source).to_contain_text("来源")
    await expect(source).to_contain_text(re.compile(r"核对日期\s*\d{4}年\d{1,2}月\d{1,2}日"))
    await expect(source).to_contain_text("适用范围")
    await expect(citizen.card).to_be_hidden()


@dataclass
class Story:
    """One case, its citizen, and both desks."""

    citizen: CitizenPage
    police: DeskPage
    services: DeskPage
    number: str = ""
    code: str = ""


REASON = "邻里长期纠纷，未动手，属调解"
RESULT = "民警到场，双方和解，音乐已关"


async def test_a_case_from_the_first_word_to_the_archive(visitors: Visitors) -> None:
    police, services, citizen = await asyncio.gather(
        desk(visitors, "desk110"), desk(visitors, "desk12345"), visitors.citizen()
    )
    story = Story(citizen, police, services)
    await it_appears_at_the_right_desk(story)
    await they_write_to_each_other(story)
    await it_is_passed_on(story)
    await it_is_returned_once(story)
    await it_is_finished(story)
    await the_status_page_tells_it_all(story, await visitors.page("/status"))


async def it_appears_at_the_right_desk(story: Story) -> None:
    """Both desks were open all the time and are not reloaded."""
    citizen, police = story.citizen, story.police
    story.number, story.code = await citizen.reports(*NOISE)
    await citizen.reads_state("等待接收")
    await expect(police.row(story.number)).to_contain_text("翠苑小区12幢403")
    await expect(story.services.row(story.number)).to_have_count(0)
    await police.open(story.number)
    await expect(police.page.get_by_role("button", name=f"“{NOISE[1]}”").first).to_be_visible()
    await police.take("claim")
    await expect(police.state).to_contain_text("已接收 · desk110")
    await citizen.hears("110报警服务台已经接收您的事情")
    await citizen.reads_state("已有人接收")


async def they_write_to_each_other(story: Story) -> None:
    citizen, police = story.citizen, story.police
    await police.write("民警在路上，请问几楼？")
    await expect(citizen.said("operator")).to_have_text(["民警在路上，请问几楼？"])
    before = await citizen.said("frontdesk").count()
    await citizen.say("四楼，还在吵")
    await expect(police.lines("citizen").last).to_have_text("四楼，还在吵")
    await expect(citizen.said("frontdesk")).to_have_count(before)  # the front desk does not talk in between


async def it_is_passed_on(story: Story) -> None:
    citizen, police, services = story.citizen, story.police, story.services
    await police.take("transfer", "转交", 转交理由=REASON)
    await citizen.hears("您不用再说一遍")
    await citizen.reads_state("等待接收")
    await expect(citizen.card).to_contain_text("12345政务服务热线")
    await expect(services.row(story.number)).to_contain_text("110 席转来")
    await expect(services.row(story.number)).to_contain_text(REASON)
    await services.open(story.number)
    await expect(services.lines("operator")).to_have_text(["民警在路上，请问几楼？"])
    await services.take("claim")
    await citizen.hears("12345政务服务热线已经接收您的事情")
    await expect(police.page.locator(".card-transfers")).to_contain_text("desk12345 于")  # the receipt


async def it_is_returned_once(story: Story) -> None:
    citizen, police, services = story.citizen, story.police, story.services
    await services.take("return", "退回", 退回理由="现场正在发生，需要到场制止")
    await citizen.hears("负责办到底")
    await expect(citizen.card).to_contain_text("110报警服务台")
    await expect(police.row(story.number)).to_contain_text("被退回")
    await police.take("claim")
    await expect(police.page.locator(".card-transfers")).to_contain_text("按首接负责由 110 席办到底")
    await expect(police.step("start")).to_be_visible()
    await expect(police.step("transfer")).to_have_count(0)


async def it_is_finished(story: Story) -> None:
    citizen, police = story.citizen, story.police
    await police.take("start", "开始办理", 办理说明="已派警")
    await citizen.hears("110报警服务台已经开始办理")
    await citizen.reads_state("办理中")
    await police.take("resolve", "办结", 处理结果=RESULT)
    await citizen.hears(RESULT)
    await citizen.reads_state("已办结")
    await police.take("follow_up", "登记回访", choose="解决了")
    await expect(police.state).to_contain_text("已回访")
    await police.take("close", "归档")
    await expect(police.state).to_contain_text("已归档")
    await citizen.hears("已经办完归档")
    await citizen.reads_state("已归档")


async def the_status_page_tells_it_all(story: Story, status: Page) -> None:
    await status.get_by_label("受理编号").fill(story.number)
    await status.get_by_label("查询码").fill(story.code)
    await status.get_by_role("button", name="查询").click()
    shown = status.get_by_role("region", name=re.compile("噪音"))
    await expect(shown).to_contain_text(RESULT)
    steps = [await step.inner_text() for step in await shown.locator(".step-text").all()]
    assert steps[0] == "已归档"
    assert steps[-1] == "已受理，交110报警服务台", "newest first"
    assert [step for step in steps if "转" in step] == [
        "转回110报警服务台办理，编号不变",
        "转到12345政务服务热线办理，编号不变",
    ]
    await expect(shown).not_to_contain_text("desk110")
    await expect(shown).not_to_contain_text(REASON)


async def test_a_wrong_code_shows_nothing(visitors: Visitors) -> None:
    visitors.watch.expected.append("status of 404")
    citizen = await visitors.citizen()
    number, code = await citizen.reports(*NOISE)
    status = await visitors.page("/status")
    await status.get_by_label("受理编号").fill(number)
    await status.get_by_label("查询码").fill(f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}")
    await status.get_by_role("button", name="查询").click()
    await expect(status.get_by_role("alert")).to_contain_text("没有查到")
    await expect(status.locator("#status")).to_be_hidden()


async def test_the_card_leads_to_the_status_page(visitors: Visitors) -> None:
    citizen = await visitors.citizen()
    number, code = await citizen.reports(*NOISE)
    await citizen.page.get_by_role("link", name="看办理进度").click()
    await expect(citizen.page.locator("#status")).to_contain_text(number)
    assert code not in citizen.page.url
    await citizen.page.go_back()
    await expect(citizen.card.locator(".case-number")).to_have_text(number)


async def test_two_operators_claim_at_the_same_moment(visitors: Visitors, second: tuple[str, str]) -> None:
    visitors.watch.expected.append("status of 409")
    first_desk, second_desk = await asyncio.gather(desk(visitors, "desk110"), visitors.operator(*second))
    number, _ = await (await visitors.citizen()).reports(*NOISE)
    await asyncio.gather(first_desk.open(number), second_desk.open(number))
    gates = [await Gate().across(each.page, "**/steps/claim") for each in (first_desk, second_desk)]
    await asyncio.gather(first_desk.take("claim"), second_desk.take("claim"))
    await asyncio.gather(*(gate.reached.wait() for gate in gates))
    for gate in gates:  # both have clicked before either is heard
        gate.open()
    for each in (first_desk, second_desk):
        await expect(each.state).to_contain_text(re.compile(r"已接收 · desk110b?$"))
    holder = (await first_desk.state.inner_text()).split(" · ")[1]
    winner, loser = (first_desk, second_desk) if holder == "desk110" else (second_desk, first_desk)
    await expect(winner.page.locator(".conflict")).to_have_count(0)
    await expect(winner.step("start")).to_be_visible()
    await expect(loser.page.locator(".conflict")).to_contain_text("已被同事接收")
    await expect(loser.page.locator(".conflict")).to_contain_text(f"由{holder}办理")
    await expect(loser.step("start")).to_have_count(0)
    await winner.take("release")


async def test_a_p1_rings_and_stands_on_top(visitors: Visitors) -> None:
    police = await desk(visitors, "desk110")
    waiting, _ = await (await visitors.citizen()).reports(*NOISE)
    await expect(police.row(waiting)).to_be_visible()
    citizen = await visitors.citizen()
    await citizen.say("有人拿刀砍人，在解放路12号")
    number, _ = await citizen.number_and_code()
    await expect(citizen.page.get_by_role("link", name="拨打110").first).to_have_attribute("href", "tel:110")
    banner = police.page.locator("#alarm")
    await expect(banner).to_contain_text("P1")
    await expect(banner).to_contain_text("解放路12号")
    await expect(police.page).to_have_title(re.compile(r"^【P1 1 件】"))
    await expect(police.page).not_to_have_title(re.compile("P1"))  # it flashes
    numbers = [await row.get_attribute("data-number") for row in await police.page.locator("#queue-body .row").all()]
    assert numbers[0] == number
    assert waiting in numbers
    await banner.get_by_role("button", name="打开").click()
    await expect(banner).to_be_hidden()
    await expect(police.page.locator(".case-risks")).to_contain_text("有人拿刀砍人")
    await police.take("claim")
    await citizen.hears("请先到安全的地方")


async def test_the_case_of_a_vanished_operator_goes_back_into_the_queue(
    visitors: Visitors, second: tuple[str, str]
) -> None:
    vanishing, colleague = await asyncio.gather(desk(visitors, "desk110"), visitors.operator(*second))
    citizen = await visitors.citizen()
    number, code = await citizen.reports(*NOISE)
    await vanishing.open(number)
    await vanishing.take("claim")
    await expect(vanishing.state).to_contain_text("已接收")
    await expect(colleague.row(number)).to_have_count(0)
    await vanishing.page.context.close()
    await let_lease_run_out(visitors.server, number)
    await expect(colleague.row(number)).to_be_visible()  # found by the server's own sweep
    await colleague.open(number)
    await expect(colleague.page.locator("#case")).to_contain_text("desk110 的页面失去联系，退回待接收")
    status = await visitors.page(f"/status#number={number}&code={code}")
    await expect(status.locator("#status")).to_contain_text("等待接收")


async def let_lease_run_out(server: RunningServer, number: str) -> None:
    """As if the minute after the last sign of life had passed."""
    async with open_store(database_url(server.database), exclusive=False) as store, store.transaction() as tx:
        case = await tx.cases.get(number)
        assert case is not None
        assert case.lease_until is not None
        past = case.lease_until - timedelta(minutes=1)
        await tx.cases.save(case.model_copy(update={"lease_until": past, "version": case.version + 1}))


async def focus_by_tab(page: Page, target: Locator, limit: int = 80) -> None:
    for _ in range(limit):
        if await target.evaluate("(node) => node === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached with the Tab key")


async def press_when_offered(police: DeskPage, step: str, key: str) -> None:
    await expect(police.step(step)).to_be_visible()
    await police.page.keyboard.press(key)


async def test_a_citizen_with_only_a_keyboard(visitors: Visitors) -> None:
    citizen = await visitors.citizen()
    keyboard = citizen.page.keyboard
    await focus_by_tab(citizen.page, citizen.composer)
    await keyboard.type(NOISE[0])
    await keyboard.press("Enter")
    await citizen.hears("在哪里")
    await expect(citizen.composer).to_be_focused()
    await keyboard.type(NOISE[1])
    await keyboard.press("Enter")
    await citizen.hears("可以转吗")
    await keyboard.press("1")  # the digit of the first choice, confirmed at once
    await keyboard.press("Enter")
    await expect(citizen.said("citizen").last).to_have_text("可以")
    number, _ = await citizen.number_and_code()
    link = citizen.page.get_by_role("link", name="看办理进度")
    await citizen.page.locator("body").focus()
    await focus_by_tab(citizen.page, link)
    await keyboard.press("Enter")
    await expect(citizen.page.locator("#status")).to_contain_text(number)


async def test_an_operator_with_only_a_keyboard(visitors: Visitors) -> None:
    page = await visitors.page("/login")
    keyboard = page.keyboard
    await expect(page.get_by_label("账号")).to_be_focused()
    await keyboard.type("desk12345")
    await keyboard.press("Tab")
    await keyboard.type(visitors.server.passwords["desk12345"])
    await keyboard.press("Enter")
    await page.wait_for_url("**/desk")
    police = DeskPage(page)
    citizen = await visitors.citizen()
    number, _ = await citizen.reports("我家门口的路灯坏了", "文三路100号门口")
    await expect(police.row(number)).to_be_visible()

    for _ in range(20):
        await keyboard.press("j")
        if await police.row(number).evaluate("(row) => row === document.activeElement"):
            break
    await expect(police.row(number)).to_be_focused()
    await keyboard.press("Enter")
    await expect(page.locator("#case")).to_contain_text(number)
    await press_when_offered(police, "claim", "c")
    await expect(police.state).to_contain_text("已接收")
    await expect(page.get_by_label("写给市民")).to_be_enabled()
    await keyboard.press("m")
    await keyboard.type("已经派人去看")
    await keyboard.press("Enter")
    await expect(citizen.said("operator")).to_have_text(["已经派人去看"])
    await keyboard.press("Escape")
    await press_when_offered(police, "start", "s")
    await expect(page.get_by_role("dialog").get_by_label("办理说明")).to_be_focused()
    await keyboard.press("Enter")
    await expect(police.state).to_contain_text("办理中")
    await press_when_offered(police, "resolve", "r")
    await expect(page.get_by_role("dialog").get_by_label("处理结果")).to_be_focused()
    await keyboard.type("路灯已经修好")
    await keyboard.press("Enter")
    await expect(police.state).to_contain_text("已办结")
    await citizen.hears("路灯已经修好")
    await press_when_offered(police, "follow_up", "r")
    await keyboard.press("Space")  # the first choice: solved
    await keyboard.press("Enter")
    await expect(police.state).to_contain_text("已回访")
    await focus_by_tab(page, police.step("close"))
    await keyboard.press("Enter")
    await keyboard.press("Enter")
    await expect(police.state).to_contain_text("已归档")


async def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("path", ["/", "/status", "/login"])
async def test_a_phone_shows_the_whole_width(visitors: Visitors, path: str) -> None:
    page = await visitors.page(path, phone=True)
    await expect(page.locator("#main")).to_be_visible()
    assert await overflow(page) == 0


async def test_a_phone_shows_conversation_card_and_desk(visitors: Visitors) -> None:
    citizen, police = await asyncio.gather(visitors.citizen(phone=True), desk(visitors, "desk110", phone=True))
    await citizen.say("身份证丢了怎么补办")
    await expect(citizen.page.get_by_label("这条回答的依据")).to_be_visible()
    number, _ = await citizen.reports(*NOISE)
    assert await overflow(citizen.page) == 0
    await citizen.card.get_by_role("button", name=re.compile("正在办理")).click()
    await expect(citizen.card.locator(".case-number")).to_be_visible()
    assert await overflow(citizen.page) == 0

    await expect(police.row(number)).to_be_visible()
    assert await overflow(police.page) == 0
    await police.open(number)
    await expect(police.step("claim")).to_be_visible()
    assert await overflow(police.page) == 0
    await police.page.get_by_role("link", name="对话").click()
    await expect(police.lines("citizen").first).to_be_visible()
    assert await overflow(police.page) == 0


async def test_a_supervisor_reads_both_desks_and_works_on_none(visitors: Visitors) -> None:
    number, _ = await (await visitors.citizen()).reports(*NOISE)
    chief = await desk(visitors, "chief")
    await chief.open(number)
    await expect(chief.page.locator(".case-steps")).to_contain_text("只读")
    await expect(chief.step("claim")).to_have_count(0)
    await chief.page.get_by_role("button", name="退出").click()
    await chief.page.wait_for_url("**/login")
    await chief.page.goto("/desk")
    await chief.page.wait_for_url("**/login")


@pytest.mark.parametrize("path", ["/", "/status", "/login"])
async def test_an_injected_script_does_not_run(visitors: Visitors, path: str) -> None:
    """The policy of each page holds, and a breach of it would not go unnoticed in the other tests."""
    visitors.watch.expected += [r"CSP script-src(-elem)? inline", "violates the following Content Security Policy"]
    page = await visitors.page(path)
    await page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'injected'";
          document.body.append(script);
        }"""
    )
    await expect(page).not_to_have_title("injected")
