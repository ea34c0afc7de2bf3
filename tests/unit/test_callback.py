"""Citizens who gave up waiting: what the case keeps, and callers who hung up in a desk's own queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from case_samples import NOW, filed

from handoff import CaseState, FieldName, StepRefused, lifecycle
from handoff.abandoned import Abandoned, AbandonedCalls
from handoff.ports import StoreUnavailable
from handoff.testing import FixedClock, MemoryLiveFeed, MemoryStore

AT = datetime(2026, 3, 2, 0, 59, tzinfo=UTC)
NUMBER = "13900005555"


def test_a_missed_call_back_stays_due_and_an_answered_one_does_not() -> None:
    case = lifecycle.need_callback(filed(), NUMBER, "queue", AT, NOW)
    assert case.callback is not None
    assert (case.callback.number, case.callback.since, case.callback.why) == (NUMBER, AT, "queue")
    case = lifecycle.called_back(case, "李", NOW, reached=False)
    assert case.callback is not None
    assert case.callback.needed
    case = lifecycle.called_back(case, "王", NOW, reached=True)
    assert case.callback is not None
    assert not case.callback.needed
    assert [(attempt.by, attempt.reached) for attempt in case.callback.attempts] == [("李", False), ("王", True)]
    with pytest.raises(StepRefused, match="不需要回拨"):
        lifecycle.called_back(case, "李", NOW, reached=True)


def test_giving_up_twice_keeps_the_first_place_and_a_new_one_after_an_answer() -> None:
    case = lifecycle.need_callback(filed(), NUMBER, "ringing", AT, NOW)
    again = lifecycle.need_callback(case, NUMBER, "queue", NOW, NOW)
    assert again.callback == case.callback
    later = NOW + timedelta(hours=1)
    reached = lifecycle.called_back(again, "李", NOW, reached=True)
    anew = lifecycle.need_callback(reached, NUMBER, "queue", later, later)
    assert anew.callback is not None
    assert anew.callback.since == later


def test_a_withheld_number_is_said() -> None:
    case = lifecycle.need_callback(filed(), None, "queue", AT, NOW)
    assert "没有显示号码" in case.history[-1].text


def test_a_finished_case_is_seen_again() -> None:
    case = filed().model_copy(update={"state": CaseState.CLOSED})
    assert lifecycle.need_callback(case, NUMBER, "queue", AT, NOW).state is CaseState.OFFERED


def abandoned(case: str | None, number: str | None = NUMBER) -> Abandoned:
    return Abandoned(id="ivr-1.2", case=case, number=number, line="110", queue="110", trunk="telecom", at=AT)


async def test_a_call_without_a_case_gets_one_from_its_number_once() -> None:
    store, live = MemoryStore(), MemoryLiveFeed()
    calls = AbandonedCalls(store, live, FixedClock())
    for _ in range(3):
        await calls.record(abandoned(None))
    async with store.reading() as tx:
        [case] = await tx.cases.callbacks("110")
        [entry] = await tx.audit.recent(case.number)
    assert (case.origin.entry, case.origin.trunk, case.origin.caller_number) == ("110", "telecom", NUMBER)
    assert (case.queue, case.priority, case.fields[FieldName.PHONE].value) == ("110", "P2", NUMBER)
    assert entry.action == "case.callback"
    assert [bulletin.kind for bulletin in live.published] == ["callback"]


async def test_a_call_with_a_case_is_kept_there_and_a_withheld_number_stays_unknown() -> None:
    store = MemoryStore()
    case = filed()
    async with store.transaction() as tx:
        await tx.cases.add(case)
    await AbandonedCalls(store, MemoryLiveFeed(), FixedClock()).record(abandoned(case.number))
    async with store.reading() as tx:
        kept = await tx.cases.get(case.number)
        assert len(await tx.cases.recent(None)) == 1
    assert kept is not None
    assert kept.callback is not None
    assert kept.callback.number == NUMBER


async def test_nothing_is_half_kept_when_the_store_fails() -> None:
    store = MemoryStore()
    calls = AbandonedCalls(store, MemoryLiveFeed(), FixedClock())
    store.failure = "disk full"
    with pytest.raises(StoreUnavailable):
        await calls.record(abandoned(None, None))
    store.failure = None
    await calls.record(abandoned(None, None))
    async with store.reading() as tx:
        [case] = await tx.cases.callbacks("110")
    assert case.callback is not None
    assert case.callback.number is None
