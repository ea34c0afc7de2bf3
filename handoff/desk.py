"""What operators do with cases. Every step is one transaction: case, audit, citizen's line, then the news.

All steps raise StepRefused, CaseNotFound, StaleVersion (after a second try) and StoreUnavailable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import structlog

from handoff import lifecycle
from handoff.access import access_code
from handoff.actor import Actor, require_operator, require_own_desk
from handoff.allowed import allowed_steps, require_conversation
from handoff.case import Case, CaseDraft, CaseState, FieldContent, FieldName, Priority, Queue
from handoff.desk_reading import CaseNotFound, DeskReading
from handoff.notices import notice
from handoff.ports import (
    AuditEntry,
    Bulletin,
    CitizenLink,
    Clock,
    LiveFeed,
    Message,
    StaleVersion,
    Store,
    Transaction,
)
from handoff.step import StepRefused, require_text

__all__ = ["Actor", "CaseNotFound", "DeskService", "KeyReused"]

T = TypeVar("T")
Change = Callable[[Case, datetime], Case]

log = structlog.get_logger("handoff.desk")


class KeyReused(RuntimeError):
    """An idempotency key came again with other content."""


class DeskService(DeskReading):
    """The desk's steps and queries, on ports."""

    def __init__(self, store: Store, live: LiveFeed, clock: Clock, citizen: CitizenLink) -> None:
        super().__init__(store, clock)
        self._live = live
        self._citizen = citizen

    def steps(self, case: Case, actor: Actor) -> tuple[str, ...]:
        """Names of the steps this actor may take on the case now."""
        return allowed_steps(case, actor, self._clock())

    async def claim(self, number: str, actor: Actor) -> Case:
        """Take a waiting case of one's own desk."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.claim(case, actor.name, actor.queue or case.queue, now)

        return await self._step(number, actor, "claim", change)

    async def release(self, number: str, actor: Actor) -> Case:
        """Put a claimed case back into the queue."""
        return await self._step(number, actor, "release", lambda c, now: lifecycle.release(c, actor.name, now))

    async def take_over(self, number: str, actor: Actor) -> Case:
        """Continue a colleague's case in progress."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.take_over(case, actor.name, actor.queue or case.queue, now)

        return await self._step(number, actor, "take_over", change)

    async def heartbeat(self, numbers: Iterable[str], actor: Actor) -> tuple[str, ...]:
        """Renew the leases of these cases; returns those that are still this operator's."""
        held: list[str] = []
        for number in dict.fromkeys(numbers):
            try:
                await self._step(number, actor, "renew", lambda c, now: lifecycle.renew(c, actor.name, now))
            except (StepRefused, CaseNotFound):
                continue  # lost or passed on meanwhile: the answer says so by leaving it out
            held.append(number)
        return tuple(held)

    async def start(self, number: str, actor: Actor, note: str = "") -> Case:
        """Dispatch, or begin work."""
        return await self._step(number, actor, "start", lambda c, now: lifecycle.start(c, actor.name, note, now))

    async def edit(self, number: str, actor: Actor, name: FieldName, content: FieldContent | None) -> Case:
        """Set a field, or clear it with None."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.edit(case, actor.name, name, content, now)

        return await self._step(number, actor, "edit", change, field=name.value)

    async def reprioritise(self, number: str, actor: Actor, priority: Priority, reason: str) -> Case:
        """Change the priority, with a reason."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.reprioritise(case, actor.name, priority, reason, now)

        return await self._step(number, actor, "reprioritise", change, priority=priority)

    async def note(self, number: str, actor: Actor, text: str) -> Case:
        """Add an internal note; from either desk."""
        return await self._step(number, actor, "note", lambda c, now: lifecycle.note(c, actor.name, text, now))

    async def transfer(self, number: str, actor: Actor, reason: str) -> Case:
        """Pass the case to the other desk; the last of its `transfers` holds the receipt."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.transfer(case, actor.name, reason, now)

        return await self._step(number, actor, "transfer", change)

    async def send_back(self, number: str, actor: Actor, reason: str) -> Case:
        """Return the case to the desk that received it first; once."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.send_back(case, actor.name, reason, now)

        return await self._step(number, actor, "return", change)

    async def escalate(self, number: str, actor: Actor, reason: str) -> Case:
        """Danger: to 110 as P1, now; by any operator."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.escalate(case, actor.name, reason, now)

        return await self._step(number, actor, "escalate", change)

    async def resolve(self, number: str, actor: Actor, text: str) -> Case:
        """Record the result; the citizen reads it."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.resolve(case, actor.name, text, now)

        return await self._step(number, actor, "resolve", change)

    async def follow_up(
        self, number: str, actor: Actor, resolved: bool | None, satisfied: bool | None, comment: str = ""
    ) -> Case:
        """Record the visit after a result; `resolved` None: not reached."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.follow_up(case, actor.name, now, resolved=resolved, satisfied=satisfied, comment=comment)

        return await self._step(number, actor, "follow_up", change)

    async def close(self, number: str, actor: Actor) -> Case:
        """Archive."""
        return await self._step(number, actor, "close", lambda c, now: lifecycle.close(c, actor.name, now))

    async def called_back(self, number: str, actor: Actor, reached: bool) -> Case:
        """Record that the citizen, who had given up waiting, was rung; by anybody of the case's desk."""

        def change(case: Case, now: datetime) -> Case:
            return lifecycle.called_back(case, actor.name, now, reached=reached)

        return await self._step(number, actor, "called_back", change, outcome="reached" if reached else "missed")

    async def message(self, number: str, actor: Actor, text: str) -> Message:
        """Write to the citizen, as the holder of the case."""
        require_text(text, "消息不能为空")

        async def attempt() -> Message:
            async with self._store.transaction() as tx:
                case, conversation = await _conversation(tx, number, actor, "message")
                bulletins = await self._citizen.tell(tx, case, text, speaker="operator", by=actor.name)
                await self._audit(tx, actor.name, "message", case)
                stored = await _last_message(tx, conversation)
            await self._publish(bulletins)
            return stored

        return await _twice(attempt)

    async def hand_back(self, number: str, actor: Actor) -> Case:
        """Let the front desk talk to the citizen again; the case stays with its holder."""

        async def attempt() -> Case:
            async with self._store.transaction() as tx:
                case, _ = await _conversation(tx, number, actor, "hand_back")
                bulletins = await self._citizen.left(tx, case)
                await self._audit(tx, actor.name, "hand_back", case)
            await self._publish(bulletins)
            return case

        return await _twice(attempt)

    async def create(self, draft: CaseDraft, actor: Actor, idempotency_key: str | None = None) -> tuple[Case, bool]:
        """File a case by hand or by API: (case, whether it is new).

        The same key with the same content gives the same case; with other content raises KeyReused.
        """
        require_operator(actor)
        return await _twice(lambda: self._create(draft, actor, idempotency_key))

    async def sweep(self) -> int:
        """Put cases whose lease ran out back into their queues; returns how many."""
        async with self._store.reading() as tx:
            lapsed = await tx.cases.lapsed(self._clock())
        swept = 0
        for case in lapsed:
            try:
                await self._step(case.number, None, "lapse", lifecycle.lapse)
            except (StepRefused, StaleVersion):
                continue  # its page came back meanwhile; if not, the next sweep finds it
            swept += 1
        return swept

    async def _create(self, draft: CaseDraft, actor: Actor, key: str | None) -> tuple[Case, bool]:
        now = self._clock()
        fingerprint = _fingerprint(draft)
        async with self._store.transaction() as tx:
            known = await tx.cases.by_idempotency_key(key) if key else None
            if known is not None:
                if known[1] != fingerprint:
                    raise KeyReused("这个幂等键已经用于另一份内容，请换一个键")
                case = await tx.cases.get(known[0])
                if case is None:
                    raise CaseNotFound(known[0])
                return case, False
            number = await tx.cases.next_number(now)
            case = lifecycle.file(draft, number, access_code(draft), now, by=actor.name)
            await tx.cases.add(case)
            if key:
                await tx.cases.remember_key(key, number, fingerprint, now)
            await self._audit(tx, actor.name, "create", case)
        await self._publish(_desk_bulletins(case, case, "create"))
        return case, True

    async def _step(self, number: str, actor: Actor | None, step: str, change: Change, **detail: str) -> Case:
        """One step by an actor, or by the system itself when None; read again once if somebody was faster."""
        return await _twice(lambda: self._step_once(number, actor, step, change, detail))

    async def _step_once(
        self, number: str, actor: Actor | None, step: str, change: Change, detail: dict[str, str]
    ) -> Case:
        async with self._store.transaction() as tx:
            before = await _get(tx, number)
            if actor is not None:
                require_own_desk(actor, before, step)
            after = change(before, self._clock())
            if after is before:
                return before
            await tx.cases.save(after)
            if len(after.history) == len(before.history):
                return after
            await self._audit(tx, actor.name if actor else "frontdesk", step, after, **detail)
            bulletins = [*_desk_bulletins(before, after, step), *await self._tell(tx, before, after)]
        await self._publish(bulletins)
        return after

    async def _tell(self, tx: Transaction, before: Case, after: Case) -> list[Bulletin]:
        """The citizen's side of a step: who left, what happened, who is there now."""
        bulletins: list[Bulletin] = []
        if before.assignee and (after.assignee is None or after.state is CaseState.RESOLVED):
            bulletins += await self._citizen.left(tx, after)
        line = notice(after.history[-1].action, after)
        if line is not None:
            bulletins += await self._citizen.tell(tx, after, line)
        if after.assignee and after.assignee != before.assignee:
            bulletins += await self._citizen.joined(tx, after, after.assignee)
        return bulletins

    async def _audit(self, tx: Transaction, actor: str, step: str, case: Case, **detail: Any) -> None:
        where = {"queue": case.queue, "state": case.state.value, "version": case.version}
        await tx.audit.append(
            AuditEntry(at=self._clock(), actor=actor, action=step, subject=case.number, detail={**where, **detail})
        )

    async def _publish(self, bulletins: Sequence[Bulletin]) -> None:
        try:
            await self._live.publish(bulletins)
        except (OSError, RuntimeError):
            # The step is on disk: failing now would make the operator take it twice.
            log.exception("bulletins_lost", count=len(bulletins))


async def _get(tx: Transaction, number: str) -> Case:
    case = await tx.cases.get(number)
    if case is None:
        raise CaseNotFound(number)
    return case


async def _conversation(tx: Transaction, number: str, actor: Actor, step: str) -> tuple[Case, str]:
    case = await _get(tx, number)
    require_own_desk(actor, case, step)
    return case, require_conversation(case, actor.name)


async def _last_message(tx: Transaction, conversation: str) -> Message:
    """The operator's line just stored. Raises StepRefused if the conversation took none."""
    last: Message | None = None
    seq = 0
    while lines := await tx.conversations.messages(conversation, after=seq):
        last = next((line for line in reversed(lines) if line.speaker == "operator"), last)
        seq = lines[-1].seq
    if last is None:
        raise StepRefused("no_conversation", "市民的会话已经不在，请打电话联系")
    return last


async def _twice(attempt: Callable[[], Awaitable[T]]) -> T:
    """Read again and decide again, once, when somebody else was faster."""
    try:
        return await attempt()
    except StaleVersion:
        return await attempt()


def _desk_bulletins(before: Case, after: Case, kind: str) -> list[Bulletin]:
    """News for the case's desk, and for every desk it has been on."""
    desks: dict[Queue, None] = dict.fromkeys((after.queue, before.queue))
    desks.update(dict.fromkeys(passed.from_queue for passed in after.transfers))
    return [Bulletin(topic=f"desk:{desk}", kind=kind, subject=after.number) for desk in desks]


def _fingerprint(draft: CaseDraft) -> str:
    """A digest of what was asked for; times are left out, for a repeated request has later ones."""
    document = json.dumps(_timeless(draft.model_dump(mode="json")), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()


def _timeless(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _timeless(value) for key, value in node.items() if key != "at"}
    if isinstance(node, list):
        return [_timeless(value) for value in node]
    return node
