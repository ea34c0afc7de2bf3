"""The call's conversation: events to the engine, replies as they are spoken, people rung as soon as they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from conversation import Action, Connect, End, Event, OperatorJoined, OperatorLeft, Say, Speak, Trouble
from handoff import DESK_TITLES, QUEUES, Priority, Queue
from handoff.ports import Message
from ivr.calling import Call, Conversations
from ivr.failure import report_failure
from ivr.ports import Switchboard

ANSWER_WITHIN = 5.0
"""Seconds of the wall clock that the store may take for a turn before the caller gets a person."""
WRITE_UP_WITHIN = 1.0

log = structlog.get_logger("ivr.dialogue")


@dataclass(frozen=True)
class Reply:
    """What the engine answered: stored lines, and what is to be done."""

    messages: tuple[Message, ...] = ()
    actions: tuple[Action, ...] = ()
    heard: int = 0
    """Seq of the caller's stored line, 0 if there is none."""

    @property
    def speech(self) -> tuple[str, ...]:
        """The lines in the wording for the telephone."""
        shorter = {each.text: each.speech for each in self.actions if isinstance(each, Say) and each.speech}
        return tuple(shorter.get(message.text, message.text) for message in self.messages)

    @property
    def manners(self) -> frozenset[str]:
        """How to speak from now on: slower, louder."""
        return frozenset(action.manner for action in self.actions if isinstance(action, Speak))

    @property
    def connects(self) -> tuple[Connect, ...]:
        """People to bring in."""
        return tuple(action for action in self.actions if isinstance(action, Connect))

    @property
    def ends(self) -> bool:
        """Whether the conversation is over."""
        return any(isinstance(action, End) for action in self.actions)


class Dialogue:
    """One call's side of one conversation."""

    def __init__(self, conversations: Conversations, switchboard: Switchboard, call: Call) -> None:
        self._conversations = conversations
        self._switchboard = switchboard
        self._call = call
        self._id: str | None = call.conversation
        self._ringing: tuple[Queue, Priority] | None = None
        self._noted: str | None = None
        self.queue: Queue = call.entry or "12345"
        """The desk that this call belongs to, as far as is known."""
        self.case: str | None = None
        """Number of the latest case of this call."""

    @property
    def conversation(self) -> str | None:
        """Id of the conversation, once it is open."""
        return self._id

    async def open(self) -> str:
        """Open the conversation unless it is open, or go on with the call's case; returns what is said first."""
        call = self._call
        async with asyncio.timeout(ANSWER_WITHIN):
            if self._id is None and call.case is not None:
                self._id = await self._conversations.of_case(call.case)
                if self._id is not None:
                    return await self._go_on(self._id, call.case)
            if self._id is None:
                self._id = await self._conversations.open(
                    call.channel, entry=call.entry, caller_number=call.caller_number, trunk=call.trunk
                )
            lines = await self._conversations.transcript(self._id)
        return lines[0].text

    async def _go_on(self, conversation: str, case: str) -> str:
        """After a person of a desk's own queue, whom we have not heard."""
        self.case = self._noted = case
        await self._conversations.handle(conversation, OperatorJoined(name=DESK_TITLES[self.queue]))
        served = await self._conversations.handle(conversation, OperatorLeft())
        return "".join(message.text for message in served.messages)

    async def tell(self, event: Event, *, connect: bool = True) -> Reply:
        """Serve one event and ring whom it calls for, before anything is said. Errors pass through."""
        assert self._id is not None, "the conversation is open"
        async with asyncio.timeout(ANSWER_WITHIN):
            served = await self._conversations.handle(self._id, event)
        for message in served.messages:
            self._read(message.payload)
        reply = Reply(served.messages, served.actions, served.seq)
        for action in reply.connects if connect else ():
            await self._ring(action)
        if connect and self.case is not None and self.case != self._noted:
            self._noted = self.case
            await self._switchboard.note_case(self.queue, self.case)
        return reply

    async def write_up(self) -> None:
        """Have a case for the operator before the call is handed over, if that is still possible at once."""
        if self.case is not None or self._id is None:
            return
        try:
            async with asyncio.timeout(WRITE_UP_WITHIN):
                served = await self._conversations.handle(self._id, Trouble())
        except Exception as error:  # noqa: BLE001  the person comes first, with or without a case
            report_failure(log, "not_written_up", error, channel=self._call.channel.value)
            return
        for message in served.messages:
            self._read(message.payload)

    async def _ring(self, action: Connect) -> None:
        self.queue = action.queue
        wanted = (action.queue, action.priority)
        if self.case is None:
            raise LookupError("a person is wanted for a case that has no number")
        if self._ringing is None or self._ringing[0] != wanted[0] or wanted[1] < self._ringing[1]:
            self._ringing, self._noted = wanted, self.case
            await self._switchboard.ring(action.queue, self.case, action.priority)

    def person_left(self) -> None:
        """Nobody is being rung any more: the next wish for a person rings again."""
        self._ringing = None

    def _read(self, payload: dict[str, Any]) -> None:
        card = payload.get("case")
        if isinstance(card, dict):
            self.case = str(card["number"])
            queue: Sequence[Queue] = [each for each in QUEUES if each == card["queue"]]
            self.queue = queue[0] if queue else self.queue
