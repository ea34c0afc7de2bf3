"""One call from a web page: the session, the captions of both sides, and the desk that joins in writing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import structlog

from conversation import Action
from handoff import Channel, Priority, Queue
from handoff.ports import LiveFeed, Message, StoreUnavailable
from ivr.calling import Attended, Call, CallKeeper, CallPorts, Conversations, Together, Unattended, Watch
from ivr.failure import report_failure
from ivr.ports import RecogniserPool, Voice
from ivr.session import CallSession
from ivr.turns import SpeechStarted, TurnEnded, TurnEvent
from ivr.webphone import RATE, CallWire, People, WebLine

RETRY = 1.0
"""Seconds between attempts to read lines from a store that does not answer."""

log = structlog.get_logger("ivr.webcall")


@dataclass(frozen=True)
class WebCallPorts:
    """What calls from pages share."""

    ears: RecogniserPool
    voice: Voice
    conversations: Conversations
    live: LiveFeed
    keeper: CallKeeper = field(default_factory=Unattended)


class WebCall:
    """A call on a conversation that is open already. `run` returns when the page is gone or the call has ended."""

    def __init__(self, wire: CallWire, ports: WebCallPorts, conversation: str, entry: Queue | None = None) -> None:
        self._line = WebLine(wire)
        self._people = People(self._line)
        self._ports = ports
        self._conversation = conversation
        self._call = Call(Channel.WEBPHONE, entry=entry, conversation=conversation, hold=None)
        self._sent = 0
        self._aloud: asyncio.Queue[str] = asyncio.Queue()

    async def run(self) -> None:
        """Serve the call; after a failure of ours the desk goes on in writing on the same page."""
        await self._line.tell("call", conversation=self._conversation, rate=RATE)
        async with self._ports.keeper.attend(self._line, self._call) as attended:
            await self._serve(attended)

    async def _serve(self, attended: Attended) -> None:
        work = (self._line.read(), self._show_lines(), self._read_aloud(attended))
        tasks = tuple(asyncio.create_task(each) for each in work)
        try:
            await self._session(attended).run()
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                report_failure(log, "web_call_task_failed", result)

    def _session(self, attended: Attended) -> CallSession:
        ports = CallPorts(
            line=attended.line,
            ears=self._ports.ears,
            voice=self._ports.voice,
            switchboard=WebSwitchboard(self._line),
            conversations=self._ports.conversations,
        )
        observer = Together(attended.observer, _Captions(self._line))
        return CallSession(ports, self._call, observer, attended.announcement)

    async def _show_lines(self) -> None:
        """Everything stored in the conversation, whoever wrote it."""
        async with self._ports.live.subscribe(f"conversation:{self._conversation}") as bulletins:
            await self._catch_up()
            async for _ in bulletins:
                await self._catch_up()

    async def _catch_up(self) -> None:
        while True:
            try:
                lines = await self._ports.conversations.transcript(self._conversation, self._sent)
            except StoreUnavailable:
                log.warning("call_transcript_unavailable")
                await asyncio.sleep(RETRY)
                continue
            if not lines:
                return
            for line in lines:
                await self._show(line)

    async def _show(self, line: Message) -> None:
        self._sent = line.seq
        await self._line.tell("line", line=line.model_dump(mode="json", exclude={"conversation"}))
        await self._people.follow(line.payload, line.speaker)
        if line.speaker == "operator" or line.payload.get("left"):
            self._aloud.put_nowait(line.text)

    async def _read_aloud(self, attended: Attended) -> None:
        """What the operator writes, and that they leave, is also spoken: the caller may not look at the page."""
        while True:
            text = await self._aloud.get()
            sound = await self._ports.voice.speak(text, RATE)
            attended.observer.speaking(text)
            await attended.line.play(sound, "operator")


class WebSwitchboard:
    """`ivr.ports.Switchboard` without telephones: the desk page rings by itself when a case asks for a person."""

    def __init__(self, line: WebLine) -> None:
        self._line = line

    async def ring(self, queue: Queue, case: str, priority: Priority) -> None:
        """The page shows who is being called."""
        await self._line.tell("state", state="ringing", queue=queue, case=case, priority=priority)

    async def note_case(self, queue: Queue, case: str) -> None:
        """The conversation, which outlives us, has the case."""

    async def hand_over(self, queue: Queue, case: str | None, reason: Literal["asked", "overload", "failure"]) -> None:
        """The conversation stays open for the desk in writing; without a case the page says whom to ring."""
        await self._line.tell("state", state="handed_over", queue=queue, case=case, reason=reason)

    async def hang_up(self) -> None:
        """The call is over."""
        await self._line.tell("state", state="ended")
        self._line.close()


class _Captions(Watch):
    """Shows what the caller is saying and whether a person is there. A page that lags misses what is outdated."""

    def __init__(self, line: WebLine) -> None:
        self._line = line
        self._latest: dict[str, object] | None = None
        self._sending: asyncio.Task[None] | None = None

    def partial(self, text: str) -> None:
        """The caller is saying this."""
        self._show({"text": text})

    def turn(self, event: TurnEvent) -> None:
        """The caller began or has finished."""
        if isinstance(event, SpeechStarted | TurnEnded):
            self._show({"talking": isinstance(event, SpeechStarted)})

    def decided(self, actions: Sequence[Action], heard: int, said: Sequence[Message]) -> None:
        """The final words are a stored line by now."""
        self._show({"text": "", "talking": False})

    def person(self, name: str | None) -> None:
        """A person came or left."""
        self._show({"person": name is not None})

    def _show(self, news: dict[str, object]) -> None:
        self._latest = {**(self._latest or {}), **news}
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._latest is not None:
            news, self._latest = self._latest, None
            await self._line.tell("now", **news)
