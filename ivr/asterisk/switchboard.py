"""People on one call: ringing them, letting them in, and handing the call over (ivr.ports.Switchboard on ARI)."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import structlog

from handoff import Priority, Queue
from ivr.asterisk import names
from ivr.asterisk.ari import Ari, AriError, Gone
from ivr.asterisk.incoming import QUEUE_NAMES, Desks, Incoming
from ivr.asterisk.media import MediaLine
from ivr.ports import OperatorAnswered, OperatorLeft

RING_SECONDS = 20
"""How long the desk's phones ring before the call joins the queue, which rings on for as long as it takes."""

DEAD_MAN_SECONDS = 5
"""Without a sign of life for so long, the dialplan brings the citizen to a person."""

HAND_BACK = "*9"
"""Keyed by an operator: give the citizen back to the front desk. The same in features.conf."""

log = structlog.get_logger("ivr.switchboard")

Reason = Literal["asked", "overload", "failure"]


@dataclass
class _Round:
    """The phones of one desk, rung together."""

    queue: Queue
    case: str
    ringing: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Leg:
    name: str
    round: _Round


class AsteriskSwitchboard:
    """Legs are operators' channels: ringing, then talking in the call's bridge. The last talker leaving is told."""

    def __init__(
        self,
        ari: Ari,
        call: Incoming,
        line: MediaLine,
        desks: Desks,
        *,
        watch: Callable[[str], None],
        ring_seconds: int = RING_SECONDS,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        """`watch` is told each leg's channel id before it rings, so that its events reach this call."""
        self._ari = ari
        self._call = call
        self._line = line
        self._desks = desks
        self._watch = watch
        self._ring_seconds = ring_seconds
        self._seconds = seconds
        self._serial = itertools.count(1)
        self._legs: dict[str, _Leg] = {}
        self._talking: dict[str, Queue] = {}
        self._keyed: dict[str, str] = {}
        self._lock = asyncio.Lock()
        self.case: str | None = None
        self.left = False
        """The call was handed over or hung up: not ours any more."""
        self.ended = False
        """We hung up."""

    @property
    def bridge(self) -> str:
        """Id of the bridge everybody on this call is in."""
        return names.bridge(self._ari.app, self._call.id)

    @property
    def talking(self) -> bool:
        """A person is on the call."""
        return bool(self._talking)

    async def ring(self, queue: Queue, case: str, priority: Priority) -> None:
        """Ring the desk's phones while the citizen goes on talking. If nobody answers the call joins the queue,

        unless another desk's person is on the call already (three-way): then it stays with that person.
        """
        async with self._lock:
            busy = {leg.round.queue for leg in self._legs.values()} | set(self._talking.values())
            if self.left or queue in busy:
                return
            self.case = case
            if not self.talking:
                await self._label(queue, case, queue)
            current = _Round(queue, case)
            endpoints = tuple(self._desks.get(queue, ()))
            log.info("ringing operators", case=case, queue=queue, priority=priority, phones=len(endpoints))
            await asyncio.gather(*(self._ring_one(endpoint, current) for endpoint in endpoints))
            if not current.ringing:
                await self._unanswered(current)

    async def note_case(self, queue: Queue, case: str) -> None:
        """On the citizen's channel: a call without it can go on, so a failure is only logged."""
        async with self._lock:
            if self.left:
                return
            self.case = case
            try:
                await self._label(queue, case, queue)
            except AriError as error:
                log.warning("the case is not kept on the channel", call=self._call.id, reason=str(error))

    async def hand_over(self, queue: Queue, case: str | None, reason: Reason) -> None:
        """Continue in the dialplan's `human`, whose queue owns the call from then on.

        If Asterisk does not obey, the dead-man switch does the same: no sign of life is sent after this.
        """
        async with self._lock:
            await self._hand_over(queue, case, reason)

    async def hang_up(self) -> None:
        """End the call."""
        self.left = self.ended = True
        await self._ari.hang_up(self._call.id)

    async def alive(self, seconds: int = DEAD_MAN_SECONDS) -> None:
        """Tell the dialplan that the call is in good hands, and whose. To be repeated well within `seconds`."""
        async with self._lock:
            if self.left:
                return
            if self.talking:
                await self._set("SHARED(SEEN)", str(int(self._seconds())))
            else:
                await self._set("TIMEOUT(absolute)", str(seconds))

    async def leg_answered(self, channel: str) -> None:
        """An operator picked up: into the bridge with them, and the other phones stop ringing."""
        async with self._lock:
            leg = self._legs.get(channel)
            if leg is None or self.left:
                await self._ari.hang_up(channel)
                return
            current = leg.round
            await self._ari.join(self.bridge, channel)
            self._talking[channel] = current.queue
            others = current.ringing - {channel}
            current.ringing.clear()
            for other in others:
                self._legs.pop(other, None)
            await self._people(talking=True)
            self._line.put(OperatorAnswered(leg.name))
            log.info("operator answered", case=current.case, queue=current.queue, operator=leg.name)
            await asyncio.gather(*(self._ari.hang_up(other) for other in others))

    async def leg_key(self, channel: str, digit: str) -> None:
        """An operator keyed something: HAND_BACK takes their leg out of the call, as in the dialplan's queue."""
        async with self._lock:
            if channel not in self._talking:
                return
            keyed = (self._keyed.get(channel, "") + digit)[-len(HAND_BACK) :]
            self._keyed[channel] = keyed
        if keyed == HAND_BACK:
            await self._ari.hang_up(channel)

    async def leg_gone(self, channel: str) -> None:
        """An operator's leg ended: nobody answered there, or the person hung up."""
        async with self._lock:
            leg = self._legs.pop(channel, None)
            if leg is None or self.left:
                return
            if self._talking.pop(channel, None) is None:
                leg.round.ringing.discard(channel)
                if not leg.round.ringing and leg.round.queue not in self._talking.values():
                    await self._unanswered(leg.round)
            elif self.talking:
                log.info("one operator left, another stays", operator=leg.name)
            elif self._line.lost.is_set():
                await self._hand_over(leg.round.queue, leg.round.case, "failure")
            else:
                await self._people(talking=False)
                self._line.put(OperatorLeft())

    async def dismiss(self) -> None:
        """The citizen is not here any more: stop ringing, hang up operators."""
        legs, self._legs = tuple(self._legs), {}
        self._talking.clear()
        await asyncio.gather(*(self._ari.hang_up(leg) for leg in legs))

    async def _ring_one(self, endpoint: str, current: _Round) -> None:
        channel = names.operator_leg(self._ari.app, self._call.id, next(self._serial))
        name = endpoint.rpartition("/")[2]
        self._legs[channel] = _Leg(name, current)
        current.ringing.add(channel)
        self._watch(channel)
        number = self._call.caller_number or "anonymous"
        try:
            await self._ari.originate(
                channel,
                endpoint,
                caller=f'"{current.case} {current.queue}" <{number}>',
                args="operator",
                seconds=self._ring_seconds,
                variables={
                    "PJSIP_HEADER(add,X-Case-Id)": current.case,
                    "CITIZEN": self._call.channel,
                    "CHANNEL(hangup_handler_push)": "operator-gone,s,1",
                },
            )
        except AriError as error:
            log.warning("an operator's phone cannot be rung", phone=name, reason=str(error))
            self._legs.pop(channel, None)
            current.ringing.discard(channel)

    async def _unanswered(self, current: _Round) -> None:
        log.warning("no operator answered", case=current.case, queue=current.queue, three_way=self.talking)
        if not self.talking:
            await self._hand_over(current.queue, current.case, "asked")

    async def _hand_over(self, queue: Queue, case: str | None, reason: Reason) -> None:
        if self.left:
            return
        self.left = True
        log.info("handing the call over", call=self._call.id, queue=queue, case=case, reason=reason)
        try:
            await self._label(queue, case or self.case, queue if reason == "asked" else f"{queue} {reason}")
            await self._set("SHARED(BOT)", "0")
            await self._ari.leave_to(self._call.id, "human")
        except Gone:
            log.info("the citizen hung up before being handed over", call=self._call.id)
        except AriError as error:
            log.warning("handing over failed, left to the dialplan", call=self._call.id, reason=str(error))

    async def _label(self, queue: Queue, case: str | None, tag: str) -> None:
        """Kept on the channel as soon as known, so that the dialplan shows them even if we die."""
        await self._set("QUEUE", QUEUE_NAMES[queue])
        await self._set("TAG", tag)
        if case is not None:
            await self._set("CASE", case)

    async def _people(self, *, talking: bool) -> None:
        """Which safety net holds: with a person on the call our death must not tear the two apart."""
        await self._set("SHARED(SEEN)", str(int(self._seconds())))
        await self._set("SHARED(TALKING)", "1" if talking else "0")
        await self._set("SHARED(BOT)", "0" if talking else "1")
        await self._set("TIMEOUT(absolute)", "0" if talking else str(DEAD_MAN_SECONDS))

    async def _set(self, name: str, value: str) -> None:
        await self._ari.set_variable(self._call.id, name, value)
