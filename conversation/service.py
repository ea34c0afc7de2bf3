"""Serving conversations: one transaction a turn, from the citizen's line to the stored replies.

Either the line, the case and the replies are all on disk, or nothing is and the channel knows. A case number
therefore never reaches a citizen before its case is durable, and a repeated line (same client id) has no second effect.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from conversation.actions import Action, Amend, Ask, CallBack, Connect, End, Handoff, Offer, Say, Speak
from conversation.engine import Engine
from conversation.events import Event, Filed, Keyed, Located, OperatorJoined, OperatorLeft, Said
from conversation.state import State
from handoff import DESK_TITLES, Case, Channel, Queue
from handoff.access import access_code
from handoff.callback import need_callback
from handoff.content import amend
from handoff.lifecycle import escalate, file
from handoff.ports import (
    AuditEntry,
    Bulletin,
    Clock,
    Conversation,
    LiveFeed,
    Message,
    Speaker,
    StaleVersion,
    Store,
    Transaction,
)
from handoff.public_status import PUBLIC_STATE_TITLES

_RETRIES = 3


class UnknownConversation(LookupError):
    """There is no conversation with this id."""


class ServedTurn(BaseModel):
    """What a turn left behind. `seq` is the citizen's line, 0 if the event has none."""

    model_config = ConfigDict(frozen=True)

    seq: int
    messages: tuple[Message, ...]
    actions: tuple[Action, ...] = ()
    duplicate: bool = False


def new_id() -> str:
    """An id nobody can guess: it is the citizen's only key to the conversation."""
    return secrets.token_urlsafe(18)


class ConversationService:
    """Runs the engine against the store. Also the desks' way back to the citizen (CitizenLink)."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        live: LiveFeed,
        clock: Clock,
        ids: Callable[[], str] = new_id,
    ) -> None:
        self._engine = engine
        self._store = store
        self._live = live
        self._clock = clock
        self._ids = ids

    async def open(
        self,
        channel: Channel,
        *,
        entry: Queue | None = None,
        caller_number: str | None = None,
        trunk: str | None = None,
        conversation: str | None = None,
    ) -> str:
        """Start a conversation; the greeting is message 1. Returns its id."""
        now = self._clock()
        state = self._engine.start(channel, entry=entry, caller_number=caller_number, trunk=trunk)
        greeting = self._engine.greeting(state)
        conversation = conversation or self._ids()
        async with self._store.transaction() as tx:
            await tx.conversations.put(
                Conversation(
                    id=conversation,
                    channel=channel,
                    state=state.model_dump_json(),
                    created_at=now,
                    updated_at=now,
                )
            )
            await tx.conversations.append(conversation, "frontdesk", greeting.text, now)
        return conversation

    async def handle(self, conversation: str, event: Event, *, client_id: str | None = None) -> ServedTurn:
        """One event, served in one transaction. Raises UnknownConversation, StoreUnavailable."""
        for attempt in range(_RETRIES):
            try:
                async with self._store.transaction() as tx:
                    turn = await _Serving(self, tx, conversation).serve(event, client_id)
                break
            except StaleVersion:
                if attempt == _RETRIES - 1:
                    raise
        await self._live.publish(turn.bulletins)
        return turn.served

    async def transcript(self, conversation: str, after: int = 0) -> Sequence[Message]:
        """Lines with seq > after. Raises UnknownConversation."""
        async with self._store.reading() as tx:
            if await tx.conversations.get(conversation) is None:
                raise UnknownConversation(conversation)
            return await tx.conversations.messages(conversation, after)

    async def of_case(self, number: str) -> str | None:
        """The conversation that this case came from, to go on with; None if there is none."""
        async with self._store.reading() as tx:
            case = await tx.cases.get(number)
            conversation = None if case is None else case.origin.conversation
            known = conversation is not None and await tx.conversations.get(conversation) is not None
        return conversation if known else None

    async def joined(self, tx: Transaction, case: Case, operator: str) -> Sequence[Bulletin]:
        """An operator took the case. Where a person was awaited the front desk falls silent at once;

        elsewhere it goes on serving until the operator's first line.
        """
        state = await self._state(tx, case)
        if state is None or state.open is None or not state.open.waiting_for_person:
            return ()
        if state.open.number != case.number:
            return ()  # somebody of the other desk took an earlier case; the one that rings still waits
        return await self._tell_engine(tx, case, OperatorJoined(name=DESK_TITLES[case.queue]))

    async def left(self, tx: Transaction, case: Case) -> Sequence[Bulletin]:
        """The operator handed the citizen back."""
        return await self._tell_engine(tx, case, OperatorLeft())

    async def tell(
        self, tx: Transaction, case: Case, text: str, *, speaker: Speaker = "frontdesk", by: str | None = None
    ) -> Sequence[Bulletin]:
        """A line into the citizen's conversation, with the case's present state; an operator's line joins first."""
        conversation, state = case.origin.conversation, await self._state(tx, case)
        if conversation is None or state is None:
            return ()
        if speaker == "operator" and state.operator is None:
            await self._tell_engine(tx, case, OperatorJoined(name=DESK_TITLES[case.queue]))
        payload: dict[str, Any] = {"case": _card(case)}
        if by is not None:
            payload["by"] = by
        await tx.conversations.append(conversation, speaker, text, self._clock(), payload=payload)
        return (_bulletin(conversation),)

    async def _state(self, tx: Transaction, case: Case) -> State | None:
        conversation = case.origin.conversation
        stored = await tx.conversations.get(conversation) if conversation is not None else None
        return None if stored is None else State.model_validate_json(stored.state)

    async def _tell_engine(self, tx: Transaction, case: Case, event: Event) -> Sequence[Bulletin]:
        conversation = case.origin.conversation
        if conversation is None or await tx.conversations.get(conversation) is None:
            return ()
        turn = await _Serving(self, tx, conversation).serve(event, None)
        return turn.bulletins


class _Served(BaseModel):
    served: ServedTurn
    bulletins: tuple[Bulletin, ...]


class _Serving:
    """One event inside one transaction."""

    def __init__(self, service: ConversationService, tx: Transaction, conversation: str) -> None:
        self._engine = service._engine
        self._now = service._clock()
        self._tx = tx
        self._conversation = conversation
        self._messages: list[Message] = []
        self._bulletins: list[Bulletin] = []
        self._payload: dict[str, Any] = {}
        self._card: dict[str, Any] | None = None
        self._case_number: str | None = None

    async def serve(self, event: Event, client_id: str | None) -> _Served:
        stored = await self._tx.conversations.get(self._conversation)
        if stored is None:
            raise UnknownConversation(self._conversation)
        if client_id is not None:
            earlier = await self._tx.conversations.find(self._conversation, client_id)
            if earlier is not None:
                return await self._repeat(earlier)
        seq = await self._record(event, client_id)
        state, actions = self._engine.handle(State.model_validate_json(stored.state), event, self._now)
        self._case_number = stored.case_number
        if isinstance(event, OperatorJoined | OperatorLeft):
            self._payload["joined" if isinstance(event, OperatorJoined) else "left"] = True
        state = await self._carry_out(state, actions)
        await self._tx.conversations.put(
            stored.model_copy(
                update={
                    "state": state.model_dump_json(), "case_number": self._case_number, "updated_at": self._now
                }
            )
        )  # fmt: skip
        if seq or self._messages:
            self._bulletins.append(_bulletin(self._conversation))
        served = ServedTurn(seq=seq, messages=tuple(self._messages), actions=actions)
        return _Served(served=served, bulletins=tuple(dict.fromkeys(self._bulletins)))

    async def _repeat(self, earlier: Message) -> _Served:
        later = await self._tx.conversations.messages(self._conversation, earlier.seq)
        replies = []
        for message in later:
            if message.speaker == "citizen":
                break
            replies.append(message)
        return _Served(served=ServedTurn(seq=earlier.seq, messages=tuple(replies), duplicate=True), bulletins=())

    async def _record(self, event: Event, client_id: str | None) -> int:
        payload: dict[str, Any] = {}
        match event:
            case Said():
                text = event.text
            case Keyed():
                text, payload = event.label or event.key, {"key": event.key}
            case Located():
                text = event.label or "（分享了位置）"
                payload = {
                    "latitude": event.latitude,
                    "longitude": event.longitude,
                    "accuracy": event.accuracy,
                }
            case _:
                return 0
        message = await self._tx.conversations.append(
            self._conversation, "citizen", text, self._now, client_id=client_id, payload=payload
        )
        return message.seq

    async def _carry_out(self, state: State, actions: Sequence[Action]) -> State:
        waiting = deque(actions)
        while waiting:
            action = waiting.popleft()
            match action:
                case Say() | Ask() | Offer():
                    await self._say(action)
                case Handoff():
                    case = await self._file(action, state)
                    filed = Filed(number=case.number, access_code=case.access_code)
                    state, more = self._engine.handle(state, filed, self._now)
                    waiting.extend(more)
                case Amend():
                    await self._amend(action)
                case Connect():
                    self._payload["connect"] = {"queue": action.queue}
                    self._payload["urgent"] = action.priority == "P1"
                    if self._case_number is not None:
                        self._bulletins.append(_desk_bulletin(action.queue, self._case_number, "connect"))
                case CallBack():
                    await self._call_back(action)
                case Speak() | End():
                    pass
        return state

    async def _say(self, action: Say | Ask | Offer) -> None:
        payload, self._payload = self._payload, {}
        if self._card is not None and self._card["number"] in action.text:
            payload["case"], self._card = self._card, None  # the line that tells the number is the notice
        match action:
            case Say():
                if action.answers is not None:
                    payload["answers"] = action.answers
                if action.provenance is not None:
                    payload["provenance"] = action.provenance.model_dump()
            case Ask():
                payload["slot"] = action.slot
        if isinstance(action, Ask | Offer) and action.choices:
            payload["choices"] = [choice.model_dump() for choice in action.choices]
        message = await self._tx.conversations.append(
            self._conversation, "frontdesk", action.text, self._now, payload=payload
        )
        self._messages.append(message)

    async def _file(self, action: Handoff, state: State) -> Case:
        draft = action.draft.model_copy(
            update={"origin": action.draft.origin.model_copy(update={"conversation": self._conversation})}
        )
        number = await self._tx.cases.next_number(self._now)
        case = file(draft, number, access_code(draft), self._now)
        await self._tx.cases.add(case)
        await self._audit("case.filed", case, {"queue": case.queue, "priority": case.priority})
        self._case_number = number
        self._card = _card(case)
        self._bulletins.append(_desk_bulletin(case.queue, number, "filed"))
        return case

    async def _amend(self, action: Amend) -> None:
        case = await self._tx.cases.get(action.number)
        if case is None:
            raise LookupError(f"case {action.number} of conversation {self._conversation} is not in the store")
        before = case.queue
        danger = bool(action.risks) or action.priority == "P1"
        attended = case.open and case.queue == "110" and case.priority == "P1"
        case = amend(
            case,
            self._now,
            fields=action.fields,
            risks=action.risks,
            quotes=action.quotes,
            priority=action.priority,
        )
        await self._tx.cases.save(case)
        if danger and not attended:
            words = action.risks[0].quote if action.risks else action.quotes[-1] if action.quotes else "市民补充"
            case = escalate(case, "frontdesk", f"市民说：{words}", self._now)
            await self._tx.cases.save(case)
            await self._audit("case.escalated", case, {})
            self._payload["case"] = _card(case)
        for queue in dict.fromkeys((before, case.queue)):
            self._bulletins.append(_desk_bulletin(queue, case.number, "amended"))

    async def _call_back(self, action: CallBack) -> None:
        case = await self._tx.cases.get(action.number)
        if case is None:
            raise LookupError(f"case {action.number} of conversation {self._conversation} is not in the store")
        case = need_callback(case, action.phone, "ringing", self._now, self._now)
        await self._tx.cases.save(case)
        await self._audit("case.callback", case, {"why": "ringing"})
        self._bulletins.append(_desk_bulletin(case.queue, case.number, "callback"))

    async def _audit(self, action: str, case: Case, detail: dict[str, Any]) -> None:
        await self._tx.audit.append(
            AuditEntry(at=self._now, actor="frontdesk", action=action, subject=case.number, detail=detail)
        )


def _card(case: Case) -> dict[str, Any]:
    """What the citizen's page shows of the case."""
    return {
        "number": case.number,
        "access_code": case.access_code,
        "queue": case.queue,
        "state": case.state,
        "state_title": PUBLIC_STATE_TITLES[case.state],
        "title": case.title,
    }


def _bulletin(conversation: str) -> Bulletin:
    return Bulletin(topic=f"conversation:{conversation}", kind="lines", subject=conversation)


def _desk_bulletin(queue: str, number: str, kind: str) -> Bulletin:
    return Bulletin(topic=f"desk:{queue}", kind=kind, subject=number)
