"""One contract, every store: memory, SQLite, and PostgreSQL where FRONTDESK_TEST_POSTGRES names one."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from frontdesk.storage import SqlStore, open_store
from handoff import lifecycle
from handoff.case import (
    Case,
    CaseDraft,
    CaseState,
    Channel,
    FieldName,
    FieldValue,
    Origin,
    Priority,
    Queue,
    Risk,
    RiskFlag,
    Source,
)
from handoff.numbers import CHINA
from handoff.ports import AuditEntry, Conversation, Message, StaleVersion, Store
from handoff.testing import MemoryStore

NOW = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=UTC)
AnyStore = MemoryStore | SqlStore


@asynccontextmanager
async def postgresql(url: str) -> AsyncIterator[SqlStore]:
    """A store on a database of its own, dropped afterwards."""
    name = f"frontdesk_test_{secrets.token_hex(4)}"
    server = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        own = make_url(url).set(database=name).render_as_string(hide_password=False)
        async with open_store(own) as store:
            yield store
    finally:
        async with server.connect() as connection:
            await connection.execute(sa.text(f"DROP DATABASE {name}"))
        await server.dispose()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyStore]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        async with open_store(f"sqlite:///{tmp_path}/frontdesk.db") as opened:
            yield opened
    else:
        url = os.environ.get("FRONTDESK_TEST_POSTGRES")
        if not url:
            pytest.skip("FRONTDESK_TEST_POSTGRES is not set: no PostgreSQL to test on")
        async with postgresql(url) as opened:
            yield opened


def new_case(
    number: str,
    *,
    queue: Queue = "12345",
    priority: Priority = "P3",
    at: datetime = NOW,
    title: str = "路灯不亮",
    **draft: Any,
) -> Case:
    origin = draft.pop("origin", Origin(channel=Channel.WEBCHAT, conversation="c-1"))
    return lifecycle.file(
        CaseDraft(origin=origin, title=title, queue=queue, route=f"{queue}_help", priority=priority, **draft),
        number,
        "4321",
        at,
    )


def conversation(identity: str = "c-1", **changes: Any) -> Conversation:
    content = {"channel": "webchat", "state": "{}", "created_at": NOW, "updated_at": NOW}
    return Conversation(id=identity, **(content | changes))


async def put(store: Store, *cases: Case) -> None:
    async with store.transaction() as tx:
        for case in cases:
            await tx.cases.add(case)


async def get(store: Store, number: str) -> Case:
    async with store.transaction() as tx:
        case = await tx.cases.get(number)
    assert case is not None
    return case


# Transactions


async def test_an_exception_leaves_nothing_behind(store: AnyStore) -> None:
    async with store.transaction() as tx:
        await tx.conversations.put(conversation(state='{"turn": 1}'))
        await tx.conversations.append("c-1", "citizen", "第一句", NOW)
        await tx.cases.add(new_case(await tx.cases.next_number(NOW)))
    with pytest.raises(RuntimeError, match="boom"):
        async with store.transaction() as tx:
            await tx.conversations.put(conversation(state='{"turn": 2}'))
            await tx.conversations.append("c-1", "citizen", "第二句", NOW, client_id="x")
            number = await tx.cases.next_number(NOW)
            await tx.cases.add(new_case(number))
            await tx.cases.remember_key("key", number, "print", NOW)
            claimed = lifecycle.claim(new_case("202603020001"), "wang", "12345", NOW)
            await tx.cases.save(claimed)
            await tx.audit.append(AuditEntry(at=NOW, actor="a", action="b", subject="c"))
            raise RuntimeError("boom")
    async with store.transaction() as tx:
        stored = await tx.conversations.get("c-1")
        assert stored is not None
        assert stored.state == '{"turn": 1}'
        assert [line.text for line in await tx.conversations.messages("c-1")] == ["第一句"]
        assert await tx.conversations.find("c-1", "x") is None
        assert [case.version for case in await tx.cases.recent(None)] == [1]
        assert await tx.cases.by_idempotency_key("key") is None
        assert await tx.audit.recent() == []
        assert await tx.cases.next_number(NOW) == "202603020002"
        assert (await tx.conversations.append("c-1", "citizen", "再来", NOW, client_id="x")).seq == 2


async def test_a_cancelled_transaction_leaves_nothing_behind(store: AnyStore) -> None:
    written = asyncio.Event()

    async def never_ends() -> None:
        async with store.transaction() as tx:
            await tx.cases.add(new_case("202603020001"))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_ends())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(store, new_case("202603020002"))
    async with store.transaction() as tx:
        assert [case.number for case in await tx.cases.recent(None)] == ["202603020002"]


async def test_cancelling_at_any_moment_stores_all_or_nothing(store: AnyStore) -> None:
    async def write(number: str) -> None:
        async with store.transaction() as tx:
            await tx.conversations.put(conversation(number))
            for text in ("甲", "乙"):
                await tx.conversations.append(number, "citizen", text, NOW)
            await tx.cases.add(new_case(number))

    for n in range(40):
        task = asyncio.create_task(write(f"20260302{n:04d}"))
        await asyncio.sleep(n * 0.0003)  # spreads the cancellations over a transaction, whatever its pace
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await write("202603029999")
    async with store.transaction() as tx:
        kept = {case.number for case in await tx.cases.recent(None)}
        assert "202603029999" in kept
        for number in [f"20260302{n:04d}" for n in range(40)]:
            assert len(await tx.conversations.messages(number)) == (2 if number in kept else 0)
            assert (await tx.conversations.get(number) is not None) == (number in kept)


async def test_reading_sees_what_was_committed(store: AnyStore) -> None:
    await put(store, new_case("202603020001"))
    async with store.transaction() as writing:
        await writing.cases.add(new_case("202603020002"))
        async with store.reading() as tx:
            assert [case.number for case in await tx.cases.recent(None)] == ["202603020001"]
    async with store.reading() as tx:
        assert len(await tx.cases.recent(None)) == 2


# Conversations


async def test_conversation_is_replaced_and_keeps_its_messages(store: AnyStore) -> None:
    later = NOW + timedelta(minutes=1)
    changed = conversation(state='{"turn": 1}', case_number="202603020001", updated_at=later)
    async with store.transaction() as tx:
        assert await tx.conversations.get("c-1") is None
        await tx.conversations.put(conversation())
        await tx.conversations.append("c-1", "citizen", "你好", NOW)
        await tx.conversations.put(changed)
        assert (await tx.conversations.append("c-1", "frontdesk", "您好", later)).seq == 2
    async with store.transaction() as tx:
        assert await tx.conversations.get("c-1") == changed
        assert [line.text for line in await tx.conversations.messages("c-1")] == ["你好", "您好"]


async def test_messages_come_in_order_from_a_point_on(store: AnyStore) -> None:
    async with store.transaction() as tx:
        for identity in ("c-1", "c-2"):
            await tx.conversations.put(conversation(identity))
            for n in range(1, 6):
                line = await tx.conversations.append(identity, "citizen", f"第{n}句", NOW)
                assert line.seq == n
    async with store.transaction() as tx:
        assert [line.seq for line in await tx.conversations.messages("c-1")] == [1, 2, 3, 4, 5]
        assert [line.seq for line in await tx.conversations.messages("c-1", after=2, limit=2)] == [3, 4]
        assert await tx.conversations.messages("c-1", after=5) == []
        assert await tx.conversations.messages("unknown") == []


async def test_what_append_returns_is_what_is_read(store: AnyStore) -> None:
    payload: dict[str, Any] = {"choices": ({"key": "1", "label": "是"},), "when": NOW, "urgent": True}
    async with store.transaction() as tx:
        await tx.conversations.put(conversation())
        line = await tx.conversations.append(
            "c-1", "operator", "到了", NOW.astimezone(CHINA), client_id="x", payload=payload
        )
    payload["urgent"] = False
    async with store.transaction() as tx:
        assert list(await tx.conversations.messages("c-1")) == [line]
        assert await tx.conversations.find("c-1", "x") == line
    assert line.payload["choices"] == [{"key": "1", "label": "是"}]
    assert line.payload["urgent"] is True


async def test_a_client_id_is_stored_once_per_conversation(store: AnyStore) -> None:
    async with store.transaction() as tx:
        await tx.conversations.put(conversation("c-1"))
        await tx.conversations.put(conversation("c-2"))
        first = await tx.conversations.append("c-1", "citizen", "喂", NOW, client_id="x")
        assert await tx.conversations.append("c-1", "citizen", "喂喂", NOW, client_id="x") == first
        assert await tx.conversations.find("c-2", "x") is None
        other = await tx.conversations.append("c-2", "citizen", "喂", NOW, client_id="x")
        assert (other.conversation, other.seq) == ("c-2", 1)
        assert (await tx.conversations.append("c-1", "citizen", "在吗", NOW)).seq == 2


async def test_one_message_sent_twice_at_once_is_stored_once(store: AnyStore) -> None:
    async with store.transaction() as tx:
        await tx.conversations.put(conversation())

    async def send(client_id: str) -> Message:
        async with store.transaction() as tx:
            assert await tx.conversations.get("c-1")
            return await tx.conversations.append("c-1", "citizen", "救命", NOW, client_id=client_id)

    lines = await asyncio.gather(*(send(f"m{n % 5}") for n in range(20)))
    async with store.transaction() as tx:
        assert [line.seq for line in await tx.conversations.messages("c-1")] == [1, 2, 3, 4, 5]
    assert len({(line.seq, line.client_id) for line in lines}) == 5


async def test_lines_need_a_conversation(store: AnyStore) -> None:
    with pytest.raises(LookupError):
        async with store.transaction() as tx:
            await tx.conversations.append("nowhere", "citizen", "喂", NOW)


# Cases


async def test_numbers_count_the_day_in_china(store: AnyStore) -> None:
    async with store.transaction() as tx:
        evening = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
        assert await tx.cases.next_number(evening) == "202603020001"
        assert await tx.cases.next_number(evening + timedelta(minutes=1)) == "202603030001"
        assert await tx.cases.next_number(datetime(2026, 3, 2, 23, 59, tzinfo=CHINA)) == "202603020002"
        with pytest.raises(ValueError, match="timezone"):
            await tx.cases.next_number(datetime(2026, 3, 2))


async def test_numbers_are_unique_when_many_file_at_once(store: AnyStore) -> None:
    async def file_one() -> str:
        async with store.transaction() as tx:
            number = await tx.cases.next_number(NOW)
            await tx.cases.add(new_case(number))
            return number

    numbers = await asyncio.gather(*(file_one() for _ in range(30)))
    assert sorted(numbers) == [f"20260302{n:04d}" for n in range(1, 31)]


async def test_a_case_comes_back_as_it_was(store: AnyStore) -> None:
    def said(value: str | float | bool) -> FieldValue:
        return FieldValue(value=value, source=Source.SAID, quote="“就在”文三路\n5号", confidence=0.75, at=NOW)

    case = new_case(
        "202603020001",
        matter="street_light",
        fields={
            FieldName.LOCATION: said("西湖区文三路 5 号"),
            FieldName.ONGOING: said(True),
            FieldName.AMOUNT: said(5.0),
            FieldName.PHONE: said("13800000000"),
        },
        risks=(Risk(flag=RiskFlag.FIRE, quote="冒烟了 🔥"),),
        quotes=("路灯不亮",),
        missing=(FieldName.TIME,),
    )
    case = lifecycle.claim(case, "wang", "12345", NOW.astimezone(timezone(timedelta(hours=9))))
    await put(store, case)
    found = await get(store, case.number)
    assert found == case
    assert found.fields[FieldName.ONGOING].value is True
    assert found.created_at.tzinfo is not None
    async with store.transaction() as tx:
        assert await tx.cases.get("202603029999") is None


async def test_a_number_is_added_once(store: AnyStore) -> None:
    await put(store, new_case("202603020001"))
    with pytest.raises(StaleVersion):
        await put(store, new_case("202603020001", title="另一件"))
    assert (await get(store, "202603020001")).title == "路灯不亮"


async def test_save_needs_the_version_before(store: AnyStore) -> None:
    case = new_case("202603020001")
    await put(store, case)
    claimed = lifecycle.claim(case, "wang", "12345", NOW)
    async with store.transaction() as tx:
        await tx.cases.save(claimed)
    late = lifecycle.claim(case, "li", "12345", NOW)
    never_added = lifecycle.claim(new_case("202603020002"), "li", "12345", NOW)
    for stale in (late, never_added, claimed, claimed.model_copy(update={"version": 9})):
        with pytest.raises(StaleVersion):
            async with store.transaction() as tx:
                await tx.cases.save(stale)
    assert await get(store, case.number) == claimed


async def test_twenty_claim_one_case_and_one_has_it(store: AnyStore) -> None:
    case = new_case("202603020001")
    await put(store, case)

    async def read_and_claim(operator: str) -> None:
        async with store.transaction() as tx:
            found = await tx.cases.get(case.number)
            assert found is not None
            await tx.cases.save(lifecycle.claim(found, operator, "12345", NOW))

    names = [f"operator-{n}" for n in range(20)]
    ends = await asyncio.gather(*(read_and_claim(name) for name in names), return_exceptions=True)
    winners = [name for name, end in zip(names, ends, strict=True) if end is None]
    assert len(winners) == 1
    assert all(isinstance(end, lifecycle.StepRefused | StaleVersion) for end in ends if end is not None)
    assert (await get(store, case.number)).assignee == winners[0]


async def test_twenty_save_what_they_read_before_and_one_does(store: AnyStore) -> None:
    case = new_case("202603020001")
    await put(store, case)

    async def claim_as_read(operator: str) -> None:
        async with store.transaction() as tx:
            await tx.cases.save(lifecycle.claim(case, operator, "12345", NOW))

    ends = await asyncio.gather(*(claim_as_read(f"o{n}") for n in range(20)), return_exceptions=True)
    assert [end for end in ends if end is None] == [None]
    assert all(isinstance(end, StaleVersion) for end in ends if end is not None)
    assert (await get(store, case.number)).version == 2


async def test_the_queue_is_by_priority_then_waiting_time(store: AnyStore) -> None:
    def waits(n: int, priority: Priority, minutes: int, queue: Queue = "12345") -> Case:
        at = NOW + timedelta(minutes=minutes)
        return new_case(f"20260302{n:04d}", priority=priority, at=at, queue=queue)

    returned = waits(6, "P3", 1).model_copy(update={"state": CaseState.RETURNED})
    taken = lifecycle.claim(waits(7, "P1", 0), "wang", "12345", NOW)
    await put(
        store, waits(1, "P3", 0), waits(2, "P1", 9), waits(3, "P2", 5), waits(4, "P2", 3),
        waits(5, "P1", 1, "110"), returned, taken,
    )  # fmt: skip
    async with store.transaction() as tx:
        waiting = await tx.cases.waiting("12345")
        assert [case.number[-1] for case in waiting] == ["2", "4", "3", "1", "6"]
        assert [case.number[-1] for case in await tx.cases.waiting("12345", limit=2)] == ["2", "4"]
        assert [case.number[-1] for case in await tx.cases.waiting("110")] == ["5"]


async def test_mine_are_the_open_ones_i_hold(store: AnyStore) -> None:
    first, second, third, other = (new_case(f"20260302000{n}") for n in range(1, 5))
    started = lifecycle.start(lifecycle.claim(second, "wang", "12345", NOW), "wang", "出发", NOW)
    resolved = lifecycle.start(lifecycle.claim(third, "wang", "12345", NOW), "wang", "出发", NOW)
    resolved = lifecycle.resolve(resolved, "wang", "已修好", NOW)
    await put(
        store,
        lifecycle.claim(first, "wang", "12345", NOW), started, resolved,
        lifecycle.claim(other, "li", "12345", NOW),
    )  # fmt: skip
    async with store.transaction() as tx:
        assert [case.number[-1] for case in await tx.cases.mine("wang")] == ["1", "2"]
        assert [case.number[-1] for case in await tx.cases.mine("wang", limit=1)] == ["1"]
        assert await tx.cases.mine("nobody") == []


async def test_recent_are_the_latest_changed(store: AnyStore) -> None:
    queues: list[Queue] = ["110", "12345", "110"]
    cases = [new_case(f"20260302000{n}", queue=queue, at=NOW + timedelta(minutes=n)) for n, queue in enumerate(queues)]
    await put(store, *cases)
    async with store.transaction() as tx:
        await tx.cases.save(lifecycle.note(cases[0], "wang", "打过电话", NOW + timedelta(hours=1)))
    async with store.transaction() as tx:
        assert [case.number[-1] for case in await tx.cases.recent(None)] == ["0", "2", "1"]
        assert [case.number[-1] for case in await tx.cases.recent("110")] == ["0", "2"]
        assert [case.number[-1] for case in await tx.cases.recent(None, limit=1)] == ["0"]


async def test_leases_lapse_when_their_time_comes(store: AnyStore) -> None:
    early, late, started = (new_case(f"20260302000{n}") for n in range(1, 4))
    started = lifecycle.start(lifecycle.claim(started, "wang", "12345", NOW), "wang", "出发", NOW)
    await put(
        store,
        lifecycle.claim(late, "wang", "12345", NOW + timedelta(seconds=30)),
        lifecycle.claim(early, "wang", "12345", NOW),
        started,
    )
    end = NOW + lifecycle.LEASE
    async with store.transaction() as tx:
        assert await tx.cases.lapsed(end - timedelta(microseconds=1)) == []
        assert [case.number[-1] for case in await tx.cases.lapsed(end)] == ["1"]
        after = await tx.cases.lapsed((end + timedelta(minutes=1)).astimezone(CHINA))
        assert [case.number[-1] for case in after] == ["1", "2"]
        assert all(lifecycle.lapse(case, end + timedelta(minutes=1)) for case in after)


async def test_search_finds_numbers_titles_places_and_words(store: AnyStore) -> None:
    place = FieldValue(value="文三路５号", source=Source.SAID, quote="文三路5号", at=NOW)
    lamp = new_case(
        "202603020001",
        fields={FieldName.LOCATION: place},
        quotes=("灯黑了100%好几天", "Wi-Fi也没有"),
        origin=Origin(channel=Channel.PHONE, caller_number="13800001111"),
    )
    pipe = new_case("202603020002", title="水管漏水", at=NOW + timedelta(minutes=1))
    await put(store, lamp, pipe)
    async with store.transaction() as tx:
        for text in (
            "020001", "路灯", "文三路5号", "文三路５号", "100%", "wi-fi", "WI-FI", "13800001111",
            "  路灯   文三路 ",
        ):  # fmt: skip
            assert [case.number[-1] for case in await tx.cases.search(text)] == ["1"], text
        for text in ("", "   ", "10%天", "_", "路灯 漏水", "不存在", "'; DROP TABLE cases; --"):
            assert await tx.cases.search(text) == [], text
        assert [case.number[-1] for case in await tx.cases.search("2026")] == ["2", "1"]
        assert [case.number[-1] for case in await tx.cases.search("2026", limit=1)] == ["2"]
        assert len(await tx.cases.search("2 " * 5000)) == 2
    async with store.transaction() as tx:
        await tx.cases.save(lifecycle.note(pipe, "wang", "。", NOW).model_copy(update={"title": "水管修好"}))
    async with store.transaction() as tx:
        assert await tx.cases.search("漏水") == []
        assert len(await tx.cases.search("修好")) == 1


async def test_an_idempotency_key_is_bound_once(store: AnyStore) -> None:
    await put(store, new_case("202603020001"), new_case("202603020002"))
    async with store.transaction() as tx:
        assert await tx.cases.by_idempotency_key("key") is None
        await tx.cases.remember_key("key", "202603020001", "print", NOW)
        assert await tx.cases.by_idempotency_key("key") == ("202603020001", "print")
    with pytest.raises(StaleVersion):
        async with store.transaction() as tx:
            await tx.cases.remember_key("key", "202603020002", "other", NOW)
    async with store.transaction() as tx:
        assert await tx.cases.by_idempotency_key("key") == ("202603020001", "print")


# Audit trail


async def test_audit_shows_the_latest_first(store: AnyStore) -> None:
    entries = [
        AuditEntry(at=NOW, actor="wang", action="opened", subject=f"case:{n % 2}", detail={"n": n, "为": ["什么"]})
        for n in range(6)
    ]
    async with store.transaction() as tx:
        for entry in entries:
            await tx.audit.append(entry)
    async with store.transaction() as tx:
        assert list(await tx.audit.recent()) == entries[::-1]
        assert [entry.detail["n"] for entry in await tx.audit.recent("case:1")] == [5, 3, 1]
        assert [entry.detail["n"] for entry in await tx.audit.recent(limit=2)] == [5, 4]


# Any text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
async def test_any_text_comes_back_unchanged(store: AnyStore, texts: list[str]) -> None:
    identity = secrets.token_hex(8)
    async with store.transaction() as tx:
        await tx.conversations.put(conversation(identity))
        for text in texts:
            await tx.conversations.append(identity, "citizen", text, NOW, payload={text: [text]})
        await tx.cases.add(new_case(identity, quotes=tuple(texts)))
    async with store.transaction() as tx:
        lines = await tx.conversations.messages(identity)
        case = await tx.cases.get(identity)
    assert [line.text for line in lines] == texts
    assert [line.payload for line in lines] == [{text: [text]} for text in texts]
    assert case is not None
    assert list(case.quotes) == texts


async def test_call_backs_that_are_due_are_found_longest_waiting_first(store: Store) -> None:
    cases = [new_case(f"20260302000{n}", queue="110") for n in range(1, 5)]
    await put(store, *cases)
    for case, minutes in zip(cases, (5, 3, 4), strict=False):
        since = NOW - timedelta(minutes=minutes)
        async with store.transaction() as tx:
            await tx.cases.save(lifecycle.need_callback(case, "13800001111", "queue", since, NOW))
    async with store.transaction() as tx:
        first = await tx.cases.get("202603020001")
        assert first is not None
        await tx.cases.save(lifecycle.called_back(first, "li", NOW, reached=True))
    async with store.reading() as tx:
        assert [case.number[-1] for case in await tx.cases.callbacks("110")] == ["3", "2"]
        assert await tx.cases.callbacks("12345") == []
