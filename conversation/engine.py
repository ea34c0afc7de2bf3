"""The conversation engine: `handle(state, event, now) -> (state, actions)`, pure and serialisable.

Order on every turn (each step may end it): safety, control, the open question, matter or consultation.
Two failed turns, or a word from the citizen, bring a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from conversation.actions import Action, Amend, Ask, CallBack, Connect, Offer, Say
from conversation.consultation import consultation_step
from conversation.control import control_step
from conversation.danger import danger_step, respond, without_false_alarm
from conversation.events import (
    Event,
    Filed,
    HungUp,
    Keyed,
    Located,
    OperatorJoined,
    OperatorLeft,
    Said,
    Silence,
    Trouble,
)
from conversation.fields import heard
from conversation.matters import filed, hand_to_person, matter_step, supplement
from conversation.questions import question_step, take
from conversation.state import AskedChoice, AskedConsent, AskedDanger, AskedReadBack, AskedSilent, AskedSlot, State
from conversation.turn import Knowledge, Outcome, Turn, change
from handoff import BOOLEAN_FIELDS, Channel, FieldName, FieldValue, Queue, Source
from intents.cues import read_cues
from intents.safety import Danger
from intents.understanding import Decision, Reading

_STEPS: tuple[Callable[[Turn], Outcome | None], ...] = (
    danger_step,
    control_step,
    question_step,
    matter_step,
    consultation_step,
)
_REMEMBERED = 12
_PERSON_KEYS = frozenset({"0", "*"})
_YES_NO = {"1": True, "2": False}
_UNSURE = "3"
_NOTHING = Reading("", Decision.REJECT, None, 0.0, (), (), None, read_cues(""), (), ())


class Engine:
    """Stateless: one engine serves all conversations."""

    def __init__(self, know: Knowledge) -> None:
        self.know = know

    def start(
        self,
        channel: Channel,
        *,
        entry: Queue | None = None,
        caller_number: str | None = None,
        trunk: str | None = None,
    ) -> State:
        """The state of a new conversation."""
        return State(channel=channel, entry=entry, caller_number=caller_number, trunk=trunk)

    def greeting(self, state: State) -> Say:
        """The first line."""
        return Say(text=self.know.phrases.greet(state.entry))

    def handle(self, state: State, event: Event, now: datetime) -> tuple[State, tuple[Action, ...]]:
        """The next state and what is to be done. Never raises on anything a citizen can say."""
        outcome = self._on(state, event, now)
        said = tuple(action.text for action in outcome.actions if isinstance(action, Say | Ask | Offer))
        return change(outcome.state, said=said or outcome.state.said), outcome.actions

    def _on(self, state: State, event: Event, now: datetime) -> Outcome:
        match event:
            case Said():
                return self._said(state, event.alternatives, now)
            case Keyed():
                return self._keyed(state, event.key, now)
            case Silence():
                return self._silence(state, now)
            case Located():
                return self._located(state, event, now)
            case Filed():
                return filed(self.know, state, event.number, event.access_code)
            case OperatorJoined() if event.name == state.operator:
                return Outcome(state, ())
            case OperatorJoined():
                text = self.know.phrases.operator_here.format(name=event.name)
                return Outcome(change(state, operator=event.name, pending=None), (Say(text=text),))
            case OperatorLeft() if state.operator is None:
                return Outcome(state, ())
            case OperatorLeft():
                return Outcome(change(state, operator=None, open=None), (Say(text=self.know.phrases.operator_left),))
            case Trouble():
                return self._trouble(state, now)
            case HungUp():
                return self._hung_up(state, now)

    def _said(self, state: State, alternatives: tuple[str, ...], now: datetime) -> Outcome:
        reading = self.know.understanding.read(alternatives, before=state.lines)
        turn = without_false_alarm(Turn(state, reading.text, reading, now, self.know))
        if state.operator is not None:
            outcome = self._overheard(turn, heard(turn.text, turn.now))
        else:
            outcome = self._through_steps(turn)
        lines = (*state.lines, reading.text)[-_REMEMBERED:]
        return Outcome(change(outcome.state, lines=lines, silences=0), outcome.actions)

    def _through_steps(self, turn: Turn) -> Outcome:
        for step in _STEPS:
            outcome = step(turn)
            if outcome is not None:
                return outcome
        return hand_to_person(turn)

    def _overheard(self, turn: Turn, fields: dict[FieldName, FieldValue]) -> Outcome:
        """A person has the conversation: note fields and danger on the case, say nothing."""
        opened = turn.state.open
        current = opened if opened is not None and opened.number is not None else turn.state.filed
        if current is None:
            return Outcome(turn.state, ())
        return Outcome(turn.state, (supplement(turn, current, fields, turn.reading.danger),))

    def _keyed(self, state: State, key: str, now: datetime) -> Outcome:
        turn = Turn(state, "", _NOTHING, now, self.know)
        if state.operator is not None:
            return Outcome(state, ())
        if key in _PERSON_KEYS:
            return _to_person(turn)
        match state.pending:
            case AskedSlot(slot=slot) if slot in BOOLEAN_FIELDS and key in _YES_NO and state.open is not None:
                value = FieldValue(value=_YES_NO[key], source=Source.KEYED, at=now)
                return take(turn, state.open, {slot: value}, slot)
            case AskedSlot(slot=slot) if slot in BOOLEAN_FIELDS and key == _UNSURE:
                return self._said(state, ("不清楚",), now)
            case AskedSlot(slot=FieldName.PHONE) if key.isdigit() and len(key) >= 7 and state.open is not None:
                value = FieldValue(value=key, source=Source.KEYED, at=now)
                return take(turn, state.open, {FieldName.PHONE: value}, FieldName.PHONE)
            case AskedDanger() | AskedConsent() | AskedReadBack() | AskedSilent() if key in _YES_NO:
                return self._said(state, ("是" if _YES_NO[key] else "不是",), now)
            case AskedChoice():
                return self._said(state, (key,), now)
            case _:
                return Outcome(state, tuple(Say(text=text) for text in state.said))

    def _silence(self, state: State, now: datetime) -> Outcome:
        """One prompt, one yes/no, then a person; on 110, or in danger, silence counts as danger."""
        phrases, silences = self.know.phrases, state.silences + 1
        state = change(state, silences=silences)
        turn = Turn(state, "", _NOTHING, now, self.know)
        if state.operator is not None:
            return Outcome(state, ())
        if state.open is not None and state.open.waiting_for_person:
            desk = phrases.desks[state.open.queue]
            return Outcome(state, (Say(text=phrases.still_here.format(desk=desk)),))
        if isinstance(state.pending, AskedDanger):
            return _unanswered(turn, state.pending)
        if silences == 1:
            return Outcome(state, (Say(text=phrases.silence_first),))
        if silences == 2 and state.open is None:
            return Outcome(change(state, pending=AskedSilent()), (Say(text=phrases.silence_choice),))
        if state.entry == "110" and state.open is None:
            danger = Danger("silent_call", "silent", "", (), True)
            return respond(replace(turn, state=change(state, pending=None)), danger, "")
        return hand_to_person(replace(turn, state=change(state, pending=None)), (Say(text=phrases.silence_human),))

    def _located(self, state: State, event: Located, now: datetime) -> Outcome:
        place = event.label or f"{event.latitude:.6f},{event.longitude:.6f}"
        accuracy = "" if event.accuracy is None else f"（误差约{event.accuracy:.0f}米）"
        value = FieldValue(value=f"{place}{accuracy}", source=Source.LOOKED_UP, at=now)
        state = change(state, located=value)
        turn = Turn(state, "", _NOTHING, now, self.know)
        if state.operator is not None:
            return self._overheard(turn, {FieldName.LOCATION: value})
        if state.open is None or isinstance(state.pending, AskedDanger):
            return Outcome(state, (Say(text=self.know.phrases.location_shared),))
        outcome = take(turn, state.open, {FieldName.LOCATION: value}, FieldName.LOCATION)
        return Outcome(outcome.state, (Say(text=self.know.phrases.location_shared), *outcome.actions))

    def _trouble(self, state: State, now: datetime) -> Outcome:
        """A person, with a case of all that is known."""
        if state.operator is not None:
            return Outcome(state, ())
        turn = Turn(state, "", _NOTHING, now, self.know)
        outcome = _to_person(turn)
        return Outcome(outcome.state, (Say(text=self.know.phrases.trouble), *outcome.actions))

    def _hung_up(self, state: State, now: datetime) -> Outcome:
        """Nothing dangerous is dropped because the line went dead; whoever gave up waiting is called back."""
        turn = Turn(state, "", _NOTHING, now, self.know)
        if isinstance(state.pending, AskedDanger) and state.operator is None:
            outcome = _unanswered(turn, state.pending)
            quiet = tuple(a for a in outcome.actions if not isinstance(a, Say | Ask | Offer | Connect | Amend))
            return Outcome(change(outcome.state, ended=True, pending=None), quiet)
        return Outcome(change(state, ended=True, pending=None), _call_back(state))


def _call_back(state: State) -> tuple[Action, ...]:
    """For calls that end while a person is awaited; a page without a number can still be written to."""
    waits = state.open is not None and state.open.waiting_for_person and state.operator is None
    if not waits or state.open is None or state.open.number is None:
        return ()
    said = state.open.fields.get(FieldName.PHONE)
    phone = state.caller_number or (str(said.value) if said is not None else None)
    if state.channel is not Channel.PHONE and not (state.channel is Channel.WEBPHONE and phone):
        return ()
    return (CallBack(number=state.open.number, phone=phone),)


def _to_person(turn: Turn) -> Outcome:
    """A person; whoever was just asked whether there is danger gets the one of 110."""
    pending = turn.state.pending
    return _unanswered(turn, pending) if isinstance(pending, AskedDanger) else hand_to_person(turn)


def _unanswered(turn: Turn, pending: AskedDanger) -> Outcome:
    """Whoever does not answer whether there is danger may be unable to."""
    danger = Danger(pending.matter, pending.flag, pending.words, (), True)
    return respond(replace(turn, state=change(turn.state, pending=None)), danger, pending.words)
