from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from case_samples import NOW, draft, fight_draft, said

from handoff import (
    LEASE,
    Actor,
    Bulletin,
    Case,
    CaseDraft,
    CaseNotFound,
    CaseState,
    Channel,
    Conversation,
    DeskService,
    FieldName,
    KeyReused,
    Message,
    Origin,
    Speaker,
    StaleVersion,
    StepRefused,
    StoreUnavailable,
    Transaction,
)
from handoff.testing import FixedClock, MemoryLiveFeed, MemoryStore

LI = Actor(name="李", queue="110", role="operator")
WANG = Actor(name="王", queue="110", role="operator")
ZHAO = Actor(name="赵", queue="12345", role="operator")
CHIEF = Actor(name="主任", queue=None, role="supervisor")


class Citizen:
    """CitizenLink that writes into the conversation, as the real one does."""

    async def joined(self, tx: Transaction, case: Case, operator: str) -> Sequence[Bulletin]:
        return await self.tell(tx, case, f"<joined {operator}>")

    async def left(self, tx: Transaction, case: Case) -> Sequence[Bulletin]:
        return await self.tell(tx, case, "<left>")

    async def tell(
        self, tx: Transaction, case: Case, text: str, *, speaker: Speaker = "frontdesk", by: str | None = None
    ) -> Sequence[Bulletin]:
        conversation = case.origin.conversation
        if conversation is None or await tx.conversations.get(conversation) is None:
            return ()
        payload = {"by": by} if by else None
        await tx.conversations.append(conversation, speaker, text, NOW, payload=payload)
        return (Bulletin(topic=f"conversation:{conversation}", kind="lines", subject=conversation),)


class Desk:
    """A desk service on memory, with a conversation c1 open."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.live = MemoryLiveFeed()
        self.clock = FixedClock(NOW)
        self.service = DeskService(self.store, self.live, self.clock, Citizen())

    async def open(self) -> None:
        async with self.store.transaction() as tx:
            await tx.conversations.put(
                Conversation(id="c1", channel="webchat", state="{}", created_at=NOW, updated_at=NOW)
            )

    async def file(self, source: CaseDraft | None = None) -> str:
        case, created = await self.service.create(source or draft("110"), LI, None)
        assert created
        self.live.published.clear()
        return case.number

    async def lines(self) -> list[Message]:
        async with self.store.reading() as tx:
            return list(await tx.conversations.messages("c1"))

    async def told(self) -> list[str]:
        return [line.text for line in await self.lines()]

    async def audited(self, number: str) -> list[tuple[str, str]]:
        async with self.store.reading() as tx:
            return [(entry.actor, entry.action) for entry in reversed(await tx.audit.recent(number))]


@pytest.fixture
async def desk() -> Desk:
    made = Desk()
    await made.open()
    return made


async def refused(code: str, step: Awaitable[object]) -> None:
    with pytest.raises(StepRefused) as caught:
        await step
    assert caught.value.code == code


# -- taking a case


async def test_two_claims_at_once_have_one_winner(desk: Desk) -> None:
    number = await desk.file()
    outcomes = await asyncio.gather(
        desk.service.claim(number, LI), desk.service.claim(number, WANG), return_exceptions=True
    )
    winners = [outcome for outcome in outcomes if isinstance(outcome, Case)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, StepRefused)]
    assert len(winners) == len(losers) == 1
    assert losers[0].code == "already_claimed"
    assert str(winners[0].assignee) in str(losers[0])
    stored = await desk.service.case(number, CHIEF)
    assert stored.assignee == winners[0].assignee


class Hurried(MemoryStore):
    """Before the first saves of a case, somebody else changes it."""

    def __init__(self, collisions: int) -> None:
        super().__init__()
        self.collisions = collisions

    def transaction(self):  # type: ignore[no-untyped-def]
        opened = super().transaction()
        return self._hurry(opened)

    def _hurry(self, opened):  # type: ignore[no-untyped-def]
        store = self

        class Opened:
            async def __aenter__(self) -> Transaction:
                tx = await opened.__aenter__()
                save = tx.cases.save

                async def hurried(case: Case) -> None:
                    if store.collisions:
                        store.collisions -= 1
                        raise StaleVersion(case.number)
                    await save(case)

                tx.cases.save = hurried  # type: ignore[method-assign]
                return tx

            async def __aexit__(self, *failure: object) -> bool | None:
                return await opened.__aexit__(*failure)

        return Opened()


@pytest.mark.parametrize(("collisions", "passes"), [(1, True), (2, False)])
async def test_a_step_reads_again_once_when_somebody_was_faster(collisions: int, passes: bool) -> None:
    desk = Desk()
    desk.store = Hurried(0)
    desk.service = DeskService(desk.store, desk.live, desk.clock, Citizen())
    await desk.open()
    number = await desk.file()
    desk.store.collisions = collisions
    if passes:
        assert (await desk.service.claim(number, LI)).assignee == "李"
    else:
        with pytest.raises(StaleVersion):
            await desk.service.claim(number, LI)
    assert (await desk.told() != []) is passes
    assert (("李", "claim") in await desk.audited(number)) is passes


async def test_the_queue_shows_what_waits_and_mine_what_i_hold(desk: Desk) -> None:
    calm, urgent = await desk.file(), await desk.file(fight_draft())
    assert [case.number for case in await desk.service.queue("110")] == [urgent, calm]
    await desk.service.claim(urgent, LI)
    assert [case.number for case in await desk.service.queue("110")] == [calm]
    assert [case.number for case in await desk.service.mine(LI)] == [urgent]
    assert await desk.service.mine(WANG) == []
    assert {case.number for case in await desk.service.recent("110")} == {calm, urgent}
    assert await desk.service.recent("12345") == []
    assert [case.number for case in await desk.service.search("便利店")] == [urgent]
    assert await desk.service.search("  ") == ()


async def test_a_case_of_the_other_desk_may_be_read_but_not_worked_on(desk: Desk) -> None:
    number = await desk.file()
    assert (await desk.service.case(number, ZHAO)).number == number
    await refused("wrong_desk", desk.service.claim(number, ZHAO))
    await refused("wrong_desk", desk.service.take_over(number, ZHAO))
    await desk.service.note(number, ZHAO, "市民也打了12345")
    await desk.service.escalate(number, ZHAO, "来电人说有刀")


async def test_supervisors_read_and_do_not_work(desk: Desk) -> None:
    number = await desk.file()
    assert (await desk.service.case(number, CHIEF)).number == number
    for step in (desk.service.claim(number, CHIEF), desk.service.note(number, CHIEF, "快办")):
        await refused("read_only", step)
    await refused("read_only", desk.service.create(draft(), CHIEF, None))
    assert await desk.service.heartbeat([number], CHIEF) == ()
    case = await desk.service.case(number, CHIEF)
    assert desk.service.steps(case, CHIEF) == ()


async def test_an_unknown_number_is_said_to_be_unknown(desk: Desk) -> None:
    for step in (desk.service.claim("0", LI), desk.service.case("0", LI), desk.service.message("0", LI, "在吗")):
        with pytest.raises(CaseNotFound):
            await step


# -- between the desks


async def test_a_transfer_is_received_and_returned_once(desk: Desk) -> None:
    service = desk.service
    number = await desk.file()
    await service.claim(number, LI)
    passed = await service.transfer(number, LI, "属市政维护")
    assert (passed.number, passed.queue, passed.state) == (number, "12345", CaseState.OFFERED)
    assert passed.transfers[-1].receipt == f"{number}-1"

    received = await service.claim(number, ZHAO)
    assert received.transfers[-1].accepted_by == "赵"
    back = await service.send_back(number, ZHAO, "核实为盗割电缆")
    assert (back.queue, back.state) == ("110", CaseState.RETURNED)
    assert [case.number for case in await service.queue("110")] == [number]

    await service.claim(number, LI)
    await refused("first_receiver_keeps", service.transfer(number, LI, "再转"))
    done = await service.resolve(number, LI, "已立案")
    assert done.state is CaseState.RESOLVED
    assert await desk.audited(number) == [
        ("李", "create"),
        ("李", "claim"),
        ("李", "transfer"),
        ("赵", "claim"),
        ("赵", "return"),
        ("李", "claim"),
        ("李", "resolve"),
    ]


async def test_both_desks_hear_of_a_case_that_was_on_both(desk: Desk) -> None:
    number = await desk.file()
    await desk.service.claim(number, LI)
    assert topics(desk) == {"desk:110", "conversation:c1"}
    await desk.service.transfer(number, LI, "属市政维护")
    assert topics(desk) == {"desk:110", "desk:12345", "conversation:c1"}
    await desk.service.claim(number, ZHAO)
    assert topics(desk) == {"desk:110", "desk:12345", "conversation:c1"}


def topics(desk: Desk) -> set[str]:
    found = {bulletin.topic for bulletin in desk.live.published}
    desk.live.published.clear()
    return found


# -- the citizen


async def test_the_citizen_is_told_of_every_change_in_plain_words(desk: Desk) -> None:
    service = desk.service
    number = await desk.file()
    await service.claim(number, LI)
    await service.start(number, LI, "派张警官")
    await service.reprioritise(number, LI, "P2", "人多")
    await service.edit(number, LI, FieldName.TIME, "今晨")
    await service.note(number, LI, "来电人情绪激动")
    await service.transfer(number, LI, "不归我们管")
    await service.claim(number, ZHAO)
    await service.send_back(number, ZHAO, "推回去")
    await service.claim(number, LI)
    await service.escalate(number, ZHAO, "有刀")
    await service.resolve(number, LI, "人已带离")
    await service.follow_up(number, LI, True, True, "感谢")
    await service.close(number, LI)
    told = await desk.told()
    assert told == [
        f"110报警服务台已经接收您的事情，编号{number}。有人在看了。",
        "<joined 李>",
        f"110报警服务台已经开始办理，编号{number}。",
        "<left>",
        f"您的事情由12345政务服务热线办理更合适，已经转过去了。编号不变：{number}，您不用再说一遍。",
        f"12345政务服务热线已经接收您的事情，编号{number}。有人在看了。",
        "<joined 赵>",
        "<left>",
        f"两边核对过了，您的事情由110报警服务台负责办到底。编号不变：{number}，您不用再说一遍。",
        f"110报警服务台已经接收您的事情，编号{number}。有人在看了。",
        "<joined 李>",
        f"您的事情已经按紧急情况处理，由110报警服务台负责，编号{number}。有危险请马上拨打110。",
        "<left>",
        f"您的事情有结果了，编号{number}：人已带离\n如果没有解决，请直接告诉我们。",
        f"您的事情已经办完归档，编号{number}。再有情况，随时找我们。",
    ]
    inside = ("张警官", "情绪激动", "不归我们管", "推回去", "有刀", "感谢")
    assert not [word for word in inside for line in told if word in line]


async def test_who_comes_to_the_place_is_said_beforehand(desk: Desk) -> None:
    number = await desk.file(draft("12345", route="onsite_four_platforms"))
    await desk.service.claim(number, ZHAO)
    assert "可能是镇街工作人员" in (await desk.told())[0]


async def test_a_case_without_a_conversation_goes_its_way(desk: Desk) -> None:
    number = await desk.file(draft("110", origin=Origin(channel=Channel.PHONE, caller_number="13800138000")))
    await desk.service.claim(number, LI)
    await refused("no_conversation", desk.service.message(number, LI, "在吗"))
    await refused("no_conversation", desk.service.hand_back(number, LI))
    assert await desk.told() == []


async def test_the_holder_writes_to_the_citizen(desk: Desk) -> None:
    number = await desk.file()
    await refused("not_holder", desk.service.message(number, LI, "您在哪里"))
    await desk.service.claim(number, LI)
    await refused("text_required", desk.service.message(number, LI, " "))
    await refused("not_holder", desk.service.message(number, WANG, "您在哪里"))
    desk.live.published.clear()
    message = await desk.service.message(number, LI, "您在哪里")
    assert (message.speaker, message.text, message.payload) == ("operator", "您在哪里", {"by": "李"})
    assert message == (await desk.lines())[-1]
    assert topics(desk) == {"conversation:c1"}
    await desk.service.hand_back(number, LI)
    assert (await desk.told())[-1] == "<left>"
    assert [action for _, action in await desk.audited(number)] == ["create", "claim", "message", "hand_back"]


async def test_a_message_is_found_behind_a_long_conversation(desk: Desk) -> None:
    number = await desk.file()
    await desk.service.claim(number, LI)
    async with desk.store.transaction() as tx:
        for place in range(600):
            await tx.conversations.append("c1", "citizen", f"第{place}句", NOW)
    assert (await desk.service.message(number, LI, "请讲")).seq == 603


# -- leases


async def test_sweep_puts_lost_cases_back(desk: Desk) -> None:
    lost, alive, working = [await desk.file() for _ in range(3)]
    for number in (lost, alive, working):
        await desk.service.claim(number, LI)
    await desk.service.start(working, LI)
    desk.clock.advance(LEASE - timedelta(seconds=1))
    assert await desk.service.sweep() == 0
    assert await desk.service.heartbeat([alive, working, lost + "0", alive], LI) == (alive, working)
    desk.clock.advance(timedelta(seconds=2))
    assert await desk.service.sweep() == 1
    assert await desk.service.sweep() == 0
    assert [case.number for case in await desk.service.queue("110")] == [lost]
    assert (await desk.audited(lost))[-1] == ("frontdesk", "lapse")
    assert [line[:5] for line in (await desk.told())[-2:]] == ["<left", "刚才接收的"]
    assert await desk.service.heartbeat([lost, alive], LI) == (alive,)


async def test_a_heartbeat_makes_no_noise(desk: Desk) -> None:
    number = await desk.file()
    await desk.service.claim(number, LI)
    desk.live.published.clear()
    before = len(await desk.audited(number))
    assert await desk.service.heartbeat([number], LI) == (number,)
    assert await desk.service.heartbeat([number], WANG) == ()
    assert desk.live.published == []
    assert len(await desk.audited(number)) == before


# -- filing by hand


async def test_the_same_request_again_gives_the_same_case(desk: Desk) -> None:
    first, created = await desk.service.create(draft(), ZHAO, "key-1")
    desk.clock.advance(timedelta(seconds=30))
    later = draft(
        fields={name: value.model_copy(update={"at": desk.clock()}) for name, value in draft().fields.items()}
    )
    again, created_again = await desk.service.create(later, ZHAO, "key-1")
    assert (created, created_again) == (True, False)
    assert again == first
    assert len(await desk.service.queue("12345")) == 1


async def test_one_key_is_not_for_two_requests(desk: Desk) -> None:
    await desk.service.create(draft(), ZHAO, "key-1")
    other = draft(fields={FieldName.LOCATION: said("文二路")})
    with pytest.raises(KeyReused):
        await desk.service.create(other, ZHAO, "key-1")
    _, created = await desk.service.create(other, ZHAO, None)
    assert created


async def test_two_requests_with_one_key_at_once_file_one_case(desk: Desk) -> None:
    outcomes = await asyncio.gather(*(desk.service.create(draft(), ZHAO, "key-1") for _ in range(5)))
    assert len({case.number for case, _ in outcomes}) == 1
    assert [created for _, created in outcomes].count(True) == 1


# -- status, steps, failures


async def test_a_citizen_sees_the_status_with_the_right_digits(desk: Desk) -> None:
    number = await desk.file()
    await desk.service.claim(number, LI)
    status = await desk.service.status(f" {number} ", "8000")
    assert status is not None
    assert (status.state_title, status.desk) == ("已接收", "110报警服务台")
    assert await desk.service.status(number, "8001") is None
    assert await desk.service.status("0", "8000") is None
    assert await desk.service.status("0", "") is None


async def test_the_allowed_steps_are_those_that_work(desk: Desk) -> None:
    service = desk.service
    number = await desk.file()
    takes: dict[str, Callable[[Actor], Awaitable[object]]] = {
        "claim": lambda who: service.claim(number, who),
        "take_over": lambda who: service.take_over(number, who),
        "start": lambda who: service.start(number, who),
        "resolve": lambda who: service.resolve(number, who, "已处理"),
        "transfer": lambda who: service.transfer(number, who, "属对方"),
        "return": lambda who: service.send_back(number, who, "属首接"),
        "escalate": lambda who: service.escalate(number, who, "有刀"),
        "edit": lambda who: service.edit(number, who, FieldName.EVENT, "打架"),
        "reprioritise": lambda who: service.reprioritise(number, who, "P3", "平息"),
        "message": lambda who: service.message(number, who, "在吗"),
        "hand_back": lambda who: service.hand_back(number, who),
        "release": lambda who: service.release(number, who),
        "follow_up": lambda who: service.follow_up(number, who, True, None),
        "close": lambda who: service.close(number, who),
        "note": lambda who: service.note(number, who, "记一笔"),
    }
    path = ["claim", "transfer", "claim", "return", "claim", "start", "resolve", "follow_up", "close"]
    for wanted in path:
        case = await service.case(number, CHIEF)
        for who in (LI, WANG, ZHAO):
            allowed = service.steps(case, who)
            for step in takes.keys() - set(allowed) - {"claim"}:
                with pytest.raises(StepRefused):
                    await takes[step](who)
        holder = case.assignee or (await service.case(number, CHIEF)).queue
        worker = next(who for who in (LI, ZHAO) if holder in (who.name, who.queue))
        assert wanted in service.steps(case, worker)
        await takes[wanted](worker)


async def test_opening_a_case_is_audited(desk: Desk) -> None:
    number = await desk.file()
    await desk.service.case(number, ZHAO)
    assert (await desk.audited(number))[-1] == ("赵", "open")


async def test_the_audit_holds_no_words_of_the_citizen(desk: Desk) -> None:
    number = await desk.file()
    await desk.service.claim(number, LI)
    await desk.service.edit(number, LI, FieldName.PHONE, "13912345678")
    await desk.service.message(number, LI, "王小明您好")
    async with desk.store.reading() as tx:
        trail = "".join(entry.model_dump_json() for entry in await tx.audit.recent())
    assert "13912345678" not in trail
    assert "王小明" not in trail
    assert '"field":"phone"' in trail


async def test_nothing_happens_when_the_store_is_gone(desk: Desk) -> None:
    number = await desk.file()
    desk.store.failure = "磁盘已满"
    with pytest.raises(StoreUnavailable):
        await desk.service.claim(number, LI)
    desk.store.failure = None
    assert desk.live.published == []
    assert await desk.told() == []
    assert (await desk.service.case(number, LI)).state is CaseState.OFFERED


async def test_lost_news_does_not_undo_a_step(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    number = await desk.file()

    async def fail(_: Sequence[Bulletin]) -> None:
        raise ConnectionError("feed is gone")

    monkeypatch.setattr(desk.live, "publish", fail)
    assert (await desk.service.claim(number, LI)).assignee == "李"
    assert (await desk.service.case(number, LI)).assignee == "李"
