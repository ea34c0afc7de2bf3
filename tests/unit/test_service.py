"""Serving conversations: one transaction a turn, nothing twice, nothing half, no number before its case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from language_samples import small_knowledge

from conversation import (
    ConversationService,
    Engine,
    Event,
    HungUp,
    Keyed,
    Located,
    Said,
    ServedTurn,
    Silence,
    State,
    UnknownConversation,
)
from handoff import Actor, Case, CaseState, Channel, DeskService, FieldName, Message, StaleVersion, StoreUnavailable
from handoff.testing import FixedClock, MemoryCases, MemoryLiveFeed, MemoryStore, MemoryTransaction

LAMP, PLACE, FIRE, FIGHT = "路灯坏了好几天没人修", "文二路12号", "我家厨房着火了", "他拿刀在砍人"
POLICE = Actor(name="张", queue="110", role="operator")
CLERK = Actor(name="李", queue="12345", role="operator")


class Line:
    """One service on one store, and one conversation."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.live = MemoryLiveFeed()
        self.clock = FixedClock()
        self.service = ConversationService(Engine(small_knowledge()), self.store, self.live, self.clock, lambda: "c1")
        self.desk = DeskService(self.store, self.live, self.clock, self.service)
        self.id = ""

    async def open(self, channel: Channel = Channel.WEBCHAT, **how: Any) -> Line:
        self.id = await self.service.open(channel, **how)
        return self

    async def on(self, event: Event, client_id: str | None = None) -> ServedTurn:
        return await self.service.handle(self.id, event, client_id=client_id)

    async def say(self, text: str, client_id: str | None = None) -> ServedTurn:
        return await self.on(Said(alternatives=(text,)), client_id)

    async def file_lamp(self) -> Case:
        for text in (LAMP, PLACE, "可以", "不想说"):
            await self.say(text)
        return (await self.cases())[0]

    async def cases(self) -> list[Case]:
        async with self.store.reading() as tx:
            return sorted(await tx.cases.recent(None), key=lambda case: case.number)

    async def lines(self) -> list[Message]:
        return list(await self.service.transcript(self.id))

    async def state(self) -> State:
        async with self.store.reading() as tx:
            stored = await tx.conversations.get(self.id)
        assert stored is not None
        return State.model_validate_json(stored.state)

    async def actions_audited(self) -> list[str]:
        async with self.store.reading() as tx:
            return [entry.action for entry in reversed(await tx.audit.recent())]


@pytest.fixture
async def line() -> Line:
    return await Line().open()


def texts(turn: ServedTurn) -> list[str]:
    return [message.text for message in turn.messages]


async def test_the_greeting_is_the_first_line() -> None:
    line = await Line().open(entry="110")
    (greeting,) = await line.lines()
    assert (greeting.seq, greeting.speaker, greeting.text) == (1, "frontdesk", "«greeting_110»")
    assert line.id == "c1"


async def test_ids_cannot_be_guessed() -> None:
    service = ConversationService(Engine(small_knowledge()), MemoryStore(), MemoryLiveFeed(), FixedClock())
    ids = {await service.open(Channel.WEBCHAT) for _ in range(20)}
    assert len(ids) == 20
    assert min(map(len, ids)) >= 20


async def test_a_channel_may_bring_its_own_id() -> None:
    service = Line().service
    assert await service.open(Channel.PHONE, conversation="call-7") == "call-7"
    assert len(await service.transcript("call-7")) == 1


async def test_an_unknown_conversation_is_refused(line: Line) -> None:
    with pytest.raises(UnknownConversation):
        await line.service.handle("nobody", Silence())
    with pytest.raises(UnknownConversation):
        await line.service.transcript("nobody")


async def test_a_turn_is_stored_as_said_and_answered(line: Line) -> None:
    turn = await line.say(f"  {LAMP}！ ", "m1")
    assert turn.seq == 2
    assert texts(turn) == ["«ask location»"]
    stored = await line.lines()
    assert [(m.seq, m.speaker, m.text) for m in stored[1:]] == [
        (2, "citizen", f"  {LAMP}！ "),
        (3, "frontdesk", "«ask location»"),
    ]
    assert stored[1].client_id == "m1"
    assert stored[2].payload == {"slot": "location"}
    assert list(turn.messages) == stored[2:]


async def test_the_transcript_from_a_line_on(line: Line) -> None:
    await line.say(LAMP)
    assert [m.seq for m in await line.service.transcript(line.id, after=2)] == [3]


async def test_the_same_line_twice_has_no_second_effect(line: Line) -> None:
    for text in (LAMP, PLACE):
        await line.say(text)
    first = await line.say("可以", "m3")
    published, stored = len(line.live.published), await line.lines()
    again = await line.say("可以", "m3")
    assert (again.seq, again.messages, again.duplicate) == (first.seq, first.messages, True)
    assert again.actions == ()
    assert await line.lines() == stored
    assert len(await line.cases()) == 1
    assert len(line.live.published) == published


async def test_a_repeated_line_gives_only_its_own_replies(line: Line) -> None:
    first = await line.say(LAMP, "m1")
    await line.say(PLACE, "m2")
    assert (await line.say(LAMP, "m1")).messages == first.messages


async def test_the_case_is_in_the_store_when_its_number_is_said(line: Line) -> None:
    for text in (LAMP, PLACE):
        await line.say(text)
    turn = await line.say("可以")
    (case,) = await line.cases()
    assert case.number in texts(turn)[0]
    assert case.access_code in texts(turn)[0]
    assert case.origin.conversation == line.id
    assert case.state is CaseState.OFFERED
    assert turn.messages[0].payload["case"] == {
        "number": case.number, "access_code": case.access_code, "queue": "12345",
        "state": "offered", "state_title": "已受理，等待接收", "title": "路灯不亮",
    }  # fmt: skip
    assert (await line.state()).filed is not None
    assert await line.actions_audited() == ["case.filed"]
    async with line.store.reading() as tx:
        stored = await tx.conversations.get(line.id)
    assert stored is not None
    assert stored.case_number == case.number


async def test_a_failing_store_leaves_nothing_and_the_line_can_be_sent_again(line: Line) -> None:
    for text in (LAMP, PLACE):
        await line.say(text)
    stored, published, state = await line.lines(), len(line.live.published), await line.state()
    line.store.failure = "disk full"
    with pytest.raises(StoreUnavailable, match="disk full"):
        await line.say("可以", "m3")
    line.store.failure = None
    assert await line.lines() == stored
    assert await line.cases() == []
    assert await line.state() == state
    assert len(line.live.published) == published
    turn = await line.say("可以", "m3")
    assert not turn.duplicate
    assert len(await line.cases()) == 1


async def test_bulletins_come_after_the_commit(line: Line) -> None:
    committed: list[int] = []
    publish = line.live.publish

    async def watching(bulletins: Any) -> None:
        committed.append(len(await line.cases()))
        await publish(bulletins)

    line.live.publish = watching  # type: ignore[method-assign]
    await line.say(FIRE)
    assert committed == [1]
    (case,) = await line.cases()
    assert [(b.topic, b.kind, b.subject) for b in line.live.published] == [
        ("desk:110", "filed", case.number),
        ("desk:110", "connect", case.number),
        ("conversation:c1", "lines", "c1"),
    ]


async def test_danger_is_marked_on_the_page(line: Line) -> None:
    turn = await line.say(FIRE)
    assert turn.messages[0].payload["urgent"] is True
    assert turn.messages[0].payload["connect"] == {"queue": "110"}
    (told,) = [message for message in turn.messages if "case" in message.payload]
    assert told.payload["case"]["queue"] == "110"
    assert told.payload["case"]["number"] in told.text
    assert turn.messages[-1].payload["slot"] == "location"
    assert all("connect" not in message.payload for message in turn.messages[1:])


async def test_answers_carry_where_they_come_from(line: Line) -> None:
    (message,) = (await line.say("身份证丢了怎么补办")).messages
    assert message.payload["answers"] == "id_card"
    assert message.payload["provenance"]["source"] == "省政府网站"
    assert message.payload["provenance"]["varies"] == ["窗口时间"]


async def test_choices_are_buttons(line: Line) -> None:
    (message,) = (await line.say("我要点个外卖")).messages
    assert message.payload["choices"] == [
        {"key": "1", "label": "«danger_yes»"},
        {"key": "2", "label": "«danger_no»"},
    ]


async def test_keys_and_places_stand_in_the_transcript(line: Line) -> None:
    await line.say("我要点个外卖")
    await line.on(Keyed(key="2", label="没有危险"), "k1")
    await line.on(Located(latitude=30.25, longitude=120.16, accuracy=20), "l1")
    await line.on(Located(latitude=30.25, longitude=120.16, label="文三路"))
    citizen = [(m.text, m.payload) for m in await line.lines() if m.speaker == "citizen"]
    assert citizen[1] == ("没有危险", {"key": "2"})
    assert citizen[2] == ("（分享了位置）", {"latitude": 30.25, "longitude": 120.16, "accuracy": 20.0})
    assert citizen[3][0] == "文三路"


async def test_silence_and_hanging_up_leave_no_line_of_the_citizen(line: Line) -> None:
    assert (await line.on(Silence())).seq == 0
    turn = await line.on(HungUp())
    assert (turn.seq, turn.messages) == (0, ())
    assert [m.speaker for m in await line.lines()] == ["frontdesk", "frontdesk"]
    assert (await line.state()).ended


async def test_hanging_up_in_doubt_leaves_a_case(line: Line) -> None:
    await line.say("我要点个外卖")
    await line.on(HungUp())
    (case,) = await line.cases()
    assert (case.queue, case.priority, case.matter) == ("110", "P1", "silent_call")


async def test_what_is_told_later_is_added_to_the_case(line: Line) -> None:
    await line.say(FIRE)
    line.clock.advance(timedelta(seconds=20))
    line.live.published.clear()
    await line.say(PLACE)
    (case,) = await line.cases()
    assert case.fields[FieldName.LOCATION].value == PLACE
    assert case.quotes == (FIRE, PLACE)
    assert case.missing == (FieldName.INJURY, FieldName.WEAPON)
    assert case.updated_at == line.clock()
    assert [(b.topic, b.kind) for b in line.live.published] == [
        ("desk:110", "amended"),
        ("conversation:c1", "lines"),
    ]


async def test_an_operator_joins_when_a_person_is_awaited(line: Line) -> None:
    await line.say(FIRE)
    (case,) = await line.cases()
    await line.desk.claim(case.number, POLICE)
    joined = [m for m in await line.lines() if m.payload.get("joined")]
    assert [m.text for m in joined] == ["«operator_here»[110报警服务台]"]
    assert (await line.state()).operator == "110报警服务台"
    assert (await line.say(PLACE)).messages == ()
    assert (await line.cases())[0].fields[FieldName.LOCATION].value == PLACE


async def test_where_nobody_is_awaited_the_front_desk_serves_until_the_first_line(line: Line) -> None:
    case = await line.file_lamp()
    await line.desk.claim(case.number, CLERK)
    assert (await line.state()).operator is None
    assert texts(await line.say("身份证丢了怎么补办"))
    await line.desk.message(case.number, CLERK, "您好，请问是几号灯杆？")
    here, said = (await line.lines())[-2:]
    assert here.text == "«operator_here»[12345政务服务热线]"
    assert (said.speaker, said.text, said.payload["by"]) == ("operator", "您好，请问是几号灯杆？", "李")
    assert (await line.say("十二号")).messages == ()
    await line.desk.message(case.number, CLERK, "好的")
    assert sum("operator_here" in m.text for m in await line.lines()) == 1


async def test_taking_an_earlier_case_does_not_silence_the_one_that_rings(line: Line) -> None:
    lamp = await line.file_lamp()
    await line.say(FIRE)
    await line.desk.claim(lamp.number, CLERK)
    assert (await line.state()).operator is None
    assert texts(await line.say(PLACE)) == ["«urgent injury»"]
    (fire,) = [case for case in await line.cases() if case.queue == "110"]
    await line.desk.claim(fire.number, POLICE)
    assert (await line.state()).operator == "110报警服务台"


async def test_handing_back_lets_the_front_desk_speak_again(line: Line) -> None:
    await line.say(FIRE)
    (case,) = await line.cases()
    await line.desk.claim(case.number, POLICE)
    await line.desk.hand_back(case.number, POLICE)
    assert (await line.state()).operator is None
    assert [m.text for m in await line.lines() if m.payload.get("left")] == ["«operator_left»"]


async def test_danger_heard_by_the_other_desk_escalates(line: Line) -> None:
    case = await line.file_lamp()
    await line.desk.claim(case.number, CLERK)
    await line.desk.message(case.number, CLERK, "您好")
    line.live.published.clear()
    assert (await line.say(FIGHT)).messages == ()
    (case,) = await line.cases()
    assert (case.queue, case.priority, case.state) == ("110", "P1", CaseState.OFFERED)
    assert case.transfers[-1].kind == "escalation"
    assert FIGHT in case.transfers[-1].reason
    assert [risk.quote for risk in case.risks] == [FIGHT]
    assert "case.escalated" in await line.actions_audited()
    assert {b.topic for b in line.live.published} == {"desk:110", "desk:12345", "conversation:c1"}


async def test_danger_again_in_a_case_that_was_lowered_escalates_again(line: Line) -> None:
    await line.say(FIRE)
    (case,) = await line.cases()
    await line.desk.claim(case.number, POLICE)
    await line.desk.start(case.number, POLICE, "")
    await line.desk.reprioritise(case.number, POLICE, "P3", "火已经灭了")
    await line.say("着火了又着火了")
    (case,) = await line.cases()
    assert (case.priority, case.queue) == ("P1", "110")
    assert [entry.action for entry in case.history].count("escalated") == 1


async def test_danger_again_in_a_case_that_is_attended_makes_no_noise(line: Line) -> None:
    await line.say(FIRE)
    (case,) = await line.cases()
    await line.desk.claim(case.number, POLICE)
    await line.say(FIGHT)
    (case,) = await line.cases()
    assert (case.state, case.assignee) == (CaseState.ACCEPTED, "张")
    assert [risk.flag.value for risk in case.risks] == ["fire", "weapon"]
    assert "case.escalated" not in await line.actions_audited()


async def test_a_second_matter_becomes_the_case_of_the_conversation(line: Line) -> None:
    first = await line.file_lamp()
    await line.say(FIRE)
    numbers = [case.number for case in await line.cases()]
    assert numbers == [first.number, str(int(first.number) + 1)]
    assert (await line.state()).filed is not None
    assert (await line.state()).filed.number == numbers[1]  # type: ignore[union-attr]


async def test_a_case_without_a_conversation_has_nobody_to_tell(line: Line) -> None:
    case = await line.file_lamp()
    case = case.model_copy(update={"origin": case.origin.model_copy(update={"conversation": None})})
    async with line.store.transaction() as tx:
        assert await line.service.tell(tx, case, "您好") == ()
        assert await line.service.joined(tx, case, "李") == ()
        assert await line.service.left(tx, case) == ()


class Contested(MemoryStore):
    """Somebody else saves the case first, this many times."""

    def __init__(self) -> None:
        super().__init__()
        self.stale = 0
        self.tried = 0

    def transaction(self) -> Any:
        return self._contested()

    @asynccontextmanager
    async def _contested(self) -> AsyncIterator[MemoryTransaction]:
        async with super().transaction() as tx:
            save = tx.cases.save

            async def contested(case: Case) -> None:
                self.tried += 1
                if self.stale:
                    self.stale -= 1
                    raise StaleVersion(case.number)
                await save(case)

            tx.cases.save = contested  # type: ignore[method-assign]
            assert isinstance(tx.cases, MemoryCases)
            yield tx


async def test_a_turn_is_served_again_when_somebody_else_was_first() -> None:
    store = Contested()
    line = await Line(store).open()
    await line.say(FIRE)
    store.stale, store.tried = 2, 0
    turn = await line.say(PLACE, "m2")
    assert store.tried == 3
    assert texts(turn) == ["«urgent injury»"]
    assert [m.text for m in await line.lines()].count(PLACE) == 1
    assert (await line.cases())[0].fields[FieldName.LOCATION].value == PLACE


async def test_a_turn_that_never_wins_leaves_nothing() -> None:
    store = Contested()
    line = await Line(store).open()
    await line.say(FIRE)
    before = await line.lines()
    store.stale = 3
    with pytest.raises(StaleVersion):
        await line.say(PLACE, "m2")
    assert await line.lines() == before
    assert not (await line.say(PLACE, "m2")).duplicate
