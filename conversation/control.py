"""Step 2, control: a person, again, slower, that was wrong, not that, never mind, goodbye."""

from __future__ import annotations

from conversation.actions import Action, End, Say, Speak
from conversation.fields import corrected_place, heard, merged
from conversation.matters import ask_consent, hand_to_person, proceed, question, supplement
from conversation.replies import yes_or_no
from conversation.state import AskedConsent, AskedDanger, AskedSlot
from conversation.turn import Outcome, Turn, change
from handoff import BOOLEAN_FIELDS
from intents.cues import Control

FAILURES_TO_PERSON = 2
"""Turns in a row that led nowhere before a person is brought in (DESIGN: two failed turns)."""


def control_step(turn: Turn) -> Outcome | None:
    """A word that steers the conversation, unless it answers the open question."""
    control, phrases = turn.reading.control, turn.know.phrases
    if control is None or (control in (Control.CANCEL, Control.BYE, Control.NOT_THAT) and _is_an_answer(turn)):
        return None
    if control is Control.HUMAN and isinstance(turn.state.pending, AskedDanger):
        return None  # asked whether there is danger, whoever wants a person gets the one of 110
    match control:
        case Control.HUMAN:
            return hand_to_person(turn)
        case Control.REPEAT:
            return Outcome(turn.state, _again(turn))
        case Control.SLOWER:
            return Outcome(turn.state, (Speak(manner="slower"), Say(text=phrases.slower), *_again(turn)))
        case Control.LOUDER:
            return Outcome(turn.state, (Speak(manner="louder"), Say(text=phrases.louder), *_again(turn)))
        case Control.CORRECT:
            return _correct(turn)
        case Control.NOT_THAT:
            return _not_that(turn)
        case Control.CANCEL:
            return _cancel(turn)
        case Control.BYE:
            return Outcome(change(turn.state, pending=None, failures=0), (Say(text=phrases.goodbye), End()))


def failed(turn: Turn, text: str) -> Outcome:
    """A turn that led nowhere: say so, and after two bring a person."""
    failures = turn.state.failures + 1
    if failures >= FAILURES_TO_PERSON:
        return hand_to_person(turn, (Say(text=turn.know.phrases.too_many_failures),))
    return Outcome(change(turn.state, failures=failures), (Say(text=text),))


def _is_an_answer(turn: Turn) -> bool:
    pending = turn.state.pending
    if isinstance(pending, AskedDanger | AskedConsent):
        return yes_or_no(turn.text) is not None
    if not isinstance(pending, AskedSlot):
        return False
    filed = turn.state.open is not None and turn.state.open.number is not None
    return filed or pending.slot in BOOLEAN_FIELDS


def _again(turn: Turn) -> tuple[Action, ...]:
    """The open question with its buttons, or else the last lines."""
    opened, pending = turn.state.open, turn.state.pending
    if isinstance(pending, AskedSlot) and opened is not None:
        return (question(turn.know, opened, pending.slot),)
    if isinstance(pending, AskedConsent) and opened is not None:
        return ask_consent(turn, opened).actions
    said = turn.state.said or (turn.know.phrases.repeat_nothing,)
    return tuple(Say(text=text) for text in said)


def _correct(turn: Turn) -> Outcome:
    """我说错了，是……: what is said now replaces what was said before."""
    opened, phrases = turn.state.open or turn.state.filed, turn.know.phrases
    new = heard(turn.text, turn.now) or corrected_place(turn.text, turn.now)
    if opened is None or not new:
        return Outcome(turn.state, (Say(text=phrases.correct_what),))
    corrected = opened.model_copy(
        update={"fields": merged(opened.fields, new, replace=new), "quotes": (*opened.quotes, turn.text)}
    )
    lead: tuple[Action, ...] = (Say(text=phrases.changed),)
    if opened.number is not None:
        lead = (*lead, supplement(turn, corrected, new, None))
    return proceed(turn, corrected, lead)


def _not_that(turn: Turn) -> Outcome:
    opened = turn.state.open
    keep = opened if opened is not None and opened.number is not None else None
    cleared = change(turn.state, open=keep, pending=None, answered=None)
    return failed(Turn(cleared, turn.text, turn.reading, turn.now, turn.know), turn.know.phrases.not_that)


def _cancel(turn: Turn) -> Outcome:
    """Drops what is not filed; a filed case stays, with the words added to it."""
    opened, phrases = turn.state.open or turn.state.filed, turn.know.phrases
    if opened is not None and opened.number is not None:
        amend = supplement(turn, opened, {}, None)
        return Outcome(change(turn.state, open=None, pending=None), (amend, Say(text=phrases.noted)))
    return Outcome(change(turn.state, open=None, pending=None, failures=0), (Say(text=phrases.cancelled),))
