"""One call, from the greeting to a person or a farewell, whatever carries its sound.

The session hears, takes turns, asks the one engine that all channels share, speaks, and brings people in.
Whatever fails, the caller ends with a person: `run` hands the call over and logs why.
"""

from __future__ import annotations

import asyncio
from typing import Literal, assert_never

import structlog

from conversation import HungUp, Keyed, OperatorJoined, OperatorLeft, Said, Silence
from handoff import DESK_TITLES
from ivr.activity import WINDOW
from ivr.calling import Call, CallPorts, Observer, Watch
from ivr.dialogue import Dialogue, Reply
from ivr.ear import Ear
from ivr.failure import first_of, report_failure
from ivr.keys import Keypad
from ivr.mouth import Mouth
from ivr.ports import Audio, Key, LineClosed, LineEvent, OperatorAnswered, Played
from ivr.ports import OperatorLeft as PersonLeft
from ivr.question import FREE_SPEECH, PERSON_KEYS, Question, after_silence, asked_by
from ivr.recogniser import RecogniserOverloaded
from ivr.turns import Backchannel, FalseAlarm, Quiet, SpeechStarted, TurnEnded, TurnEvent, TurnTaking, words_of

UNHEARD_SPEECH = 1.0
"""Seconds of voice without a recognised word that count as silence: noise, too, ends with a person."""
REASSURE_EVERY = 20.0
"""Seconds between two words to a caller who waits for a person and is in no danger."""
LEFT_ALONE = 2
"""Silences after an operator has left that end the call (never on the 110 line)."""

log = structlog.get_logger("ivr.session")


class LineStill(Exception):
    """The line is open, but no sound arrives: we are deaf."""


class CallSession:
    """Runs one call. Use once."""

    def __init__(
        self, ports: CallPorts, call: Call, observer: Observer | None = None, announcement: str | None = None
    ) -> None:
        """`announcement` is said before the greeting."""
        self._ports = ports
        self._call = call
        self._line = ports.line
        self._watch: Observer = observer or Watch()
        self._announcement = announcement
        self._mouth = Mouth(ports.line, ports.voice, self._watch.speaking)
        self._activity = ports.activity(ports.line.rate)
        self._turns = TurnTaking(ports.timing)
        self._dialogue = Dialogue(ports.conversations, ports.switchboard, call)
        self._keypad = Keypad()
        self._question: Question = FREE_SPEECH
        self._ear: Ear | None = None
        self._person = False
        self._person_left = False
        self._farewell = False
        self._over = False
        self._gone = False
        self._hold_since: float | None = None
        self._heard_at = 0.0

    async def run(self) -> None:
        """Serve the call until the line closes. Raises only if the call could not even be given to a person."""
        try:
            await self._serve_call()
        except* Exception as group:  # noqa: BLE001  whatever it was, the caller goes to a person
            error = first_of(group)
            report_failure(log, "call_failed", error, channel=self._call.channel.value)
            await self._rescue("overload" if isinstance(error, RecogniserOverloaded) else "failure")
        finally:
            if self._ear is not None:
                await self._ear.close()
        if not self._gone:
            await self._until_closed()

    async def _until_closed(self) -> None:
        async for event in self._line.events():
            if isinstance(event, LineClosed):
                return

    async def _serve_call(self) -> None:
        greeting = await self._dialogue.open()
        self._watch.opened(self._dialogue.conversation or "")
        recognition = self._ports.ears.admit(self._line.rate)
        if recognition is None:
            log.warning("call_not_admitted", capacity=self._ports.ears.capacity)
            await self._rescue("overload")
            return
        self._ear = Ear(recognition, self._line.rate)
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(self._mouth.run())
            if self._announcement is not None:
                self._mouth.say(self._announcement)
            self._mouth.say(greeting)
            watching = group.create_task(self._watch_sound())
            await self._listen()
            speaking.cancel()
            watching.cancel()

    async def _watch_sound(self) -> None:
        """Time is the sound that arrives: where none does, only this notices. People who talk are left alone."""
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        while True:
            left = self._heard_at + self._call.still - loop.time()
            if left <= 0 and not self._person:
                raise LineStill(f"no sound for {self._call.still} s")
            await asyncio.sleep(max(left, self._call.still / 4))

    async def _listen(self) -> None:
        async for event in self._line.events():
            await self._take(event)
            if self._over:
                return

    async def _take(self, event: LineEvent) -> None:
        match event:
            case Audio():
                await self._heard(event.pcm)
            case Key():
                await self._pressed(event.digit)
            case Played():
                if not event.flushed:
                    self._mouth.played(event.mark)
            case OperatorAnswered():
                await self._joined(event)
            case PersonLeft():
                await self._left()
            case LineClosed():
                await self._closed(event)
            case _:
                assert_never(event)

    # Hearing

    async def _heard(self, pcm: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        await self._feed(pcm)
        partial = self._ear.partial if self._ear is not None else ""
        for voiced in self._activity.feed(pcm):
            for event in self._turns.hear(WINDOW, voiced, partial, self._mouth.talking):
                self._watch.turn(event)
                await self._turn(event)
                partial = self._ear.partial if self._ear is not None else ""
            if self._over:
                return
        if keys := self._keypad.waited(len(pcm) / 2 / self._line.rate):
            await self._keyed(keys)
        await self._in_time()

    async def _feed(self, pcm: bytes) -> None:
        if self._ear is None:
            return
        before = self._ear.partial
        try:
            await self._ear.feed(pcm)
            if self._turns.calm:
                await self._ear.rest()
        except Exception as error:
            if not self._person:
                raise
            report_failure(log, "transcript_ended", error, channel=self._call.channel.value)
            await self._ear.close()
            self._ear = None
            return
        if self._ear.partial != before:
            self._watch.partial(self._ear.partial)

    async def _turn(self, event: TurnEvent) -> None:
        match event:
            case SpeechStarted():
                if event.interrupts:
                    await self._mouth.hush()
                    self._watch.hushed()
            case TurnEnded():
                await self._turn_ended(event)
            case FalseAlarm():
                said = await self._finish()
                if said is not None and words_of(said.text):
                    await self._said(said)
                else:
                    self._mouth.resume()
            case Backchannel():
                if self._ear is not None:
                    await self._ear.forget()
            case Quiet():
                await self._quiet(event)
            case _:
                assert_never(event)

    async def _turn_ended(self, event: TurnEnded) -> None:
        said = await self._finish()
        if said is None:
            self._mouth.resume()
            if event.voiced >= UNHEARD_SPEECH and not self._person:
                await self._silence()
        elif self._question.keys or self._person or words_of(said.text):
            await self._said(said)
        else:
            self._mouth.resume()

    async def _finish(self) -> Said | None:
        return None if self._ear is None else await self._ear.finish()

    # What happened, told to the engine

    async def _said(self, said: Said) -> None:
        self._turns.answered()
        self._person_left = False
        reply = await self._tell(said)
        await self._answer(reply, asked_by(reply.messages, self._question))

    async def _pressed(self, digit: str) -> None:
        self._watch.key(digit)
        if digit in PERSON_KEYS:
            await self._said_before_key()
            await self._keyed(digit)
        elif digits := self._keypad.press(digit, number=self._question.digits):
            await self._keyed(digits)
        elif not self._question.digits and digit in self._question.keys:
            await self._keyed(digit)

    async def _said_before_key(self) -> None:
        """Words spoken while reaching for 0 are kept: they may say what it is about."""
        if self._turns.talking and (said := await self._finish()) is not None and words_of(said.text):
            await self._said(said)

    async def _keyed(self, keys: str) -> None:
        self._turns.take_back()
        self._turns.answered()
        self._farewell = self._person_left = False
        await self._mouth.drop()
        if self._ear is not None:
            await self._ear.forget()
        reply = await self._tell(Keyed(key=keys, label=self._question.keys.get(keys)))
        await self._answer(reply, asked_by(reply.messages, self._question))

    async def _quiet(self, event: Quiet) -> None:
        if self._person_left and event.times >= LEFT_ALONE and self._call.entry != "110":
            await self._hang_up()
        else:
            await self._silence()

    async def _silence(self) -> None:
        reply = await self._tell(Silence())
        await self._answer(reply, after_silence(reply.messages, self._question), ends=False)

    async def _tell(self, event: Said | Keyed | Silence) -> Reply:
        """A person on the line is not disturbed by our failures: the transcript then has a gap, which is logged."""
        try:
            return await self._dialogue.tell(event)
        except Exception as error:
            if not self._person:
                raise
            report_failure(log, "line_not_kept", error, channel=self._call.channel.value)
            return Reply()

    async def _answer(self, reply: Reply, question: Question, *, ends: bool = True) -> None:
        self._watch.decided(reply.actions, reply.heard, reply.messages)
        if self._person:
            return
        await self._mouth.drop()
        self._ask(question)
        self._mouth.slow |= "slower" in reply.manners
        self._mouth.loud |= "louder" in reply.manners
        for text in reply.speech:
            self._mouth.say(text)
        if reply.connects:
            urgent = reply.connects[-1].priority in ("P1", "P2")
            self._hold_since = None if urgent else self._turns.now
            self._turns.be_patient(None if urgent else REASSURE_EVERY)
        self._farewell = reply.ends and ends

    def _ask(self, question: Question) -> None:
        self._question = question
        self._turns.expect(question.answer)
        self._keypad.clear()
        if self._ear is not None:
            self._ear.expect(question.phrases)

    # People

    async def _joined(self, event: OperatorAnswered) -> None:
        self._person, self._person_left, self._farewell, self._hold_since = True, False, False, None
        log.info("operator_joined", channel=self._call.channel.value)
        await self._mouth.drop()
        self._ask(FREE_SPEECH)
        self._turns.wait_for_caller(False)
        self._turns.be_patient(None)
        await self._note(OperatorJoined(name=DESK_TITLES[self._dialogue.queue]))
        self._watch.person(event.name)

    async def _left(self) -> None:
        if not self._person:
            return
        self._person, self._person_left = False, True
        self._heard_at = asyncio.get_running_loop().time()
        self._turns.wait_for_caller(True)
        self._turns.answered()
        self._dialogue.person_left()
        self._watch.person(None)
        if self._ear is None:  # hearing was lost meanwhile: only a person can help
            await self._rescue("failure")
            return
        reply = await self._dialogue.tell(OperatorLeft())
        await self._answer(reply, asked_by(reply.messages, FREE_SPEECH))

    async def _note(self, event: Said | OperatorJoined | HungUp) -> None:
        """Keep what happened; whoever is on the line must not suffer if it cannot be kept."""
        try:
            await self._dialogue.tell(event, connect=False)
        except Exception as error:  # noqa: BLE001  nobody is served by an error here
            report_failure(log, "event_not_kept", error, kind=event.kind)

    # Ends

    async def _in_time(self) -> None:
        """What waits for its time: the farewell is over, nobody answered."""
        if self._over or self._mouth.talking or self._turns.talking:
            return
        if self._farewell and not self._person:
            await self._hang_up()
        elif (
            self._hold_since is not None
            and self._call.hold is not None
            and self._turns.now - self._hold_since >= self._call.hold
        ):
            await self._hand_over("asked")

    async def _hang_up(self) -> None:
        self._over = True
        await self._note(HungUp())
        await self._ports.switchboard.hang_up()

    async def _closed(self, event: LineClosed) -> None:
        """The caller is gone, or a desk has the call; what was just being said still counts."""
        self._over = self._gone = True
        self._watch.closed()
        try:
            said = await self._finish() if self._turns.talking else None
        except Exception as error:  # noqa: BLE001  the caller is gone: only the last words are lost
            report_failure(log, "last_words_lost", error)
            said = None
        if said is not None:
            await self._note(said)
        if event.lost and not self._person:
            await self._dialogue.write_up()  # who did not hang up has to be called back, with or without a case so far
        if not event.handed_over:
            await self._note(HungUp())

    async def _hand_over(self, reason: Literal["asked", "overload", "failure"]) -> None:
        self._over = True
        log.info("handed_over", reason=reason, channel=self._call.channel.value)
        self._watch.handed_over(reason)
        await self._ports.switchboard.hand_over(self._dialogue.queue, self._dialogue.case, reason)

    async def _rescue(self, reason: Literal["overload", "failure"]) -> None:
        """To a person, with whatever is known."""
        if self._over:
            return
        try:
            await self._mouth.drop()
        except Exception as error:  # noqa: BLE001  a line that cannot be silenced can still be handed over
            report_failure(log, "not_silenced", error)
        await self._dialogue.write_up()
        await self._hand_over(reason)
