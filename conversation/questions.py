"""Step 3, the open question: a field, consent, did-you-mean, danger, or silence."""

from __future__ import annotations

from dataclasses import replace

from conversation.actions import Action, Say
from conversation.consultation import answer, offer, titles_of
from conversation.control import failed
from conversation.danger import respond
from conversation.fields import answer_to, corrected_part, corrected_place, heard, merged
from conversation.matters import (
    ask,
    ask_consent,
    consented,
    hand_to_person,
    open_matter,
    proceed,
    routed,
    supplement,
)
from conversation.replies import agrees, chosen, declines_to_say, endangered, only_declines_to_say, yes_or_no
from conversation.state import AskedChoice, AskedConsent, AskedDanger, AskedReadBack, AskedSilent, AskedSlot, OpenMatter
from conversation.turn import Outcome, Turn, change
from handoff import FieldName, FieldValue
from intents.catalogue import Consult, Matter
from intents.safety import Danger
from intents.understanding import Decision

_TWICE = 2
_ANOTHER_TOPIC = 0.9
"""Confidence from which a sentence that does not answer the open question is taken as a new topic."""


def question_step(turn: Turn) -> Outcome | None:
    """Take the turn as the answer to what was asked, if it is one."""
    match turn.state.pending:
        case AskedSlot() as pending:
            return _slot(turn, pending)
        case AskedConsent() as pending:
            return _consent(turn, pending)
        case AskedChoice() as pending:
            return _choice(turn, pending)
        case AskedDanger() as pending:
            return _danger(turn, pending)
        case AskedReadBack() as pending:
            return _said_back(turn, pending)
        case AskedSilent():
            return _silent(turn)
        case None:
            return _addition(turn)


def take(turn: Turn, opened: OpenMatter, new: dict[FieldName, FieldValue], slot: FieldName | None) -> Outcome:
    """Put new fields into the open matter, amend the case if it is filed, and go on."""
    replaced = () if slot is None else (slot,)
    fields = merged(opened.fields, new, replace=replaced)
    updated = opened.model_copy(
        update={"fields": fields, "quotes": (*opened.quotes, turn.text) if turn.text else opened.quotes}
    )
    lead: tuple[Action, ...] = ()
    if opened.number is not None:
        added = {name: value for name, value in fields.items() if opened.fields.get(name) != value}
        lead = (supplement(turn, updated, added, turn.reading.danger),)
    else:
        updated = routed(turn.know, turn.state, updated)
    return proceed(turn, updated, lead)


def _slot(turn: Turn, pending: AskedSlot) -> Outcome | None:
    opened = turn.state.open
    if opened is None:
        return None
    new = heard(turn.text, turn.now, turn.know.regions)
    value = answer_to(pending.slot, turn.text, turn.now, turn.know.regions)
    if value is not None and not _asks_something(turn):
        new[pending.slot] = value
    if pending.slot in new:
        return take(turn, opened, new, pending.slot)
    if _asks_something(turn) and turn.reading.intent is not None:
        answered = answer(turn, turn.reading.intent)
        back = Say(text=turn.know.phrases.topic_later)
        again = ask(turn, opened, pending.slot, times=pending.times)
        return Outcome(again.state, (*answered.actions, back, *again.actions))
    if _other_matter(turn, opened) and not only_declines_to_say(turn.text):
        return None
    given_up = declines_to_say(turn.text) or pending.times >= _TWICE or pending.slot in _after(turn, opened)
    if given_up:
        settled = opened.model_copy(update={"asked": (*opened.asked, pending.slot)})
        return take(turn, settled, new, None)
    noted = opened.model_copy(update={"fields": merged(opened.fields, new), "quotes": (*opened.quotes, turn.text)})
    if opened.number is None:
        noted = routed(turn.know, turn.state, noted)
        if noted.priority < opened.priority:
            return proceed(turn, noted)
    lead = (supplement(turn, noted, new, turn.reading.danger),) if opened.number is not None else ()
    return ask(turn, noted, pending.slot, lead, times=pending.times + 1)


def _said_back(turn: Turn, pending: AskedReadBack) -> Outcome | None:
    """The right value replaces the unclear one; a bare no asks again; a yes, or anything else, leaves it."""
    opened, slot = turn.state.open, pending.slot
    if opened is None or slot not in opened.fields:
        return None
    reply = yes_or_no(turn.text)
    stood = opened.fields[slot]
    right = answer_to(slot, corrected_part(turn.text), turn.now)
    if right is not None and right.value != stood.value:
        return take(turn, opened, {**heard(turn.text, turn.now), slot: right}, slot)
    if reply is False and right is None:
        rest = {name: value for name, value in opened.fields.items() if name is not slot}
        return ask(turn, opened.model_copy(update={"fields": rest}), slot)
    if reply is None and right is None and _other_matter(turn, opened):
        return None
    sure = stood.model_copy(update={"confidence": 1.0}) if reply is True else stood
    return take(turn, opened, {slot: sure}, slot)


def _consent(turn: Turn, pending: AskedConsent) -> Outcome | None:
    opened, phrases = turn.state.open, turn.know.phrases
    if opened is None:
        return None
    reply = agrees(turn.text)
    new = heard(turn.text, turn.now, turn.know.regions) | corrected_place(turn.text, turn.now)
    new.pop(FieldName.DEMAND, None)  # 我想想看 wishes for nothing
    if reply is not False and new and any(opened.fields.get(n) is None or n is FieldName.LOCATION for n in new):
        corrected = opened.model_copy(
            update={"fields": merged(opened.fields, new, replace=new), "quotes": (*opened.quotes, turn.text)}
        )
        opened = routed(turn.know, turn.state, corrected)
        if reply is None:
            return ask_consent(turn, opened)
    if reply is True:
        return consented(turn, opened, pending.told, turn.text)
    if reply is False:
        return Outcome(change(turn.state, open=None, pending=None), (Say(text=phrases.declined),))
    if _asks_something(turn) and turn.reading.intent is not None:
        answered = answer(turn, turn.reading.intent)
        again = ask_consent(turn, opened, times=1)
        return Outcome(again.state, (*answered.actions, Say(text=phrases.topic_later), *again.actions))
    if _other_matter(turn, opened):
        return None
    if pending.times >= _TWICE:
        return hand_to_person(turn)
    noted = opened.model_copy(update={"quotes": (*opened.quotes, turn.text)})
    noted = routed(turn.know, turn.state, noted)
    if noted.priority < opened.priority:
        return proceed(turn, noted)
    return ask_consent(turn, noted, times=pending.times + 1)


def _choice(turn: Turn, pending: AskedChoice) -> Outcome | None:
    catalogue, phrases = turn.know.catalogue, turn.know.phrases
    index = chosen(turn.text, titles_of(catalogue, pending.intents, phrases.report_prefix))
    if index is None:
        index = chosen(turn.text, titles_of(catalogue, pending.intents, ""))
    if index == -1:
        return failed(replace(turn, state=change(turn.state, pending=None)), phrases.not_that)
    if index is not None:
        intent = catalogue[pending.intents[index]]
        clear = replace(turn, state=change(turn.state, pending=None, failures=0))
        if isinstance(intent, Matter):
            return proceed(clear, open_matter(clear, intent.id, pending.words))
        assert isinstance(intent, Consult), "only consultations and matters are offered"
        return answer(clear, intent.id)
    if turn.reading.decision in (Decision.ANSWER, Decision.HANDOFF, Decision.SMALLTALK):
        return None
    if turn.reading.decision is Decision.CLARIFY and turn.state.failures == 0:
        again = offer(turn, pending.intents, pending.words)
        return Outcome(change(again.state, failures=1), again.actions)
    return failed(replace(turn, state=change(turn.state, pending=None)), phrases.unmatched)


def _danger(turn: Turn, pending: AskedDanger) -> Outcome | None:
    """No danger: the sentence is taken for what else it says. Anything but a clear no is danger."""
    reply = endangered(turn.text)
    clear = replace(turn, state=change(turn.state, pending=None))
    calm = turn.know.understanding.screen.is_calm(turn.text)
    explained = (
        reply is None
        and not declines_to_say(turn.text)
        and turn.reading.decision in (Decision.ANSWER, Decision.HANDOFF)
    )
    if reply is True or (reply is None and not calm and not explained):
        danger = Danger(pending.matter, pending.flag, pending.words, (), True)
        return respond(clear, danger, f"{pending.words}；{turn.text}" if turn.text else pending.words)
    if explained:
        return None
    return _without_danger(clear, pending)


def _without_danger(turn: Turn, pending: AskedDanger) -> Outcome:
    lead = Say(text=turn.know.phrases.danger_cleared)
    reading = turn.know.understanding.read([pending.words])
    intent = reading.intent if reading.intent != pending.matter else None
    found = turn.know.catalogue[intent] if intent is not None else None
    if isinstance(found, Matter) and turn.know.understanding.screen.is_calm(pending.words):
        found = None  # it said that all is well, and it is
    if isinstance(found, Matter | Consult):
        if isinstance(found, Consult):
            answered = answer(turn, found.id)
            return _resumed(replace(turn, state=answered.state), (lead, *answered.actions))
        if found.route not in ("clarify", "clarify_emergency"):
            opened = open_matter(turn, found.id, pending.words)
            opened = opened.model_copy(update={"quotes": (*opened.quotes, turn.text)})
            return proceed(turn, opened, (lead,))
    if turn.state.open is None or turn.state.open.number is not None:
        return Outcome(change(turn.state, pending=None), (lead, Say(text=turn.know.phrases.please_tell)))
    fields = merged(turn.state.open.fields, heard(pending.words, turn.now))
    quotes = (*turn.state.open.quotes, pending.words)
    opened = turn.state.open.model_copy(update={"fields": fields, "quotes": quotes})
    return _resumed(replace(turn, state=change(turn.state, open=opened)), (lead,))


def _resumed(turn: Turn, lead: tuple[Action, ...]) -> Outcome:
    """Back to the matter that was being written up when danger was in doubt, if there is one."""
    opened = turn.state.open
    if opened is None or opened.number is not None:
        return Outcome(turn.state, lead)
    return proceed(turn, opened, lead)


def _silent(turn: Turn) -> Outcome | None:
    """After silence: 2 or 没有 means no danger; a bare sound or 1 means help; a sentence is read as usual."""
    clear = replace(turn, state=change(turn.state, pending=None, silences=0))
    reply = yes_or_no(turn.text)
    if reply is False:
        return Outcome(clear.state, (Say(text=turn.know.phrases.please_tell),))
    if reply is True or len(turn.text) <= _TWICE:
        danger = Danger("silent_call", "silent", turn.text, (), True)
        return respond(clear, danger, turn.text)
    return None


def _addition(turn: Turn) -> Outcome | None:
    """Nothing was asked. While a person is being connected, everything said is added to the case."""
    opened = turn.state.open
    if opened is None or not opened.waiting_for_person:
        return None
    if _asks_something(turn) and turn.reading.intent is not None and opened.priority != "P1":
        return answer(turn, turn.reading.intent)
    return take(turn, opened, heard(turn.text, turn.now), None)


def _asks_something(turn: Turn) -> bool:
    """A clear question about rules: answer it, then come back to ours."""
    reading = turn.reading
    return (
        reading.decision is Decision.ANSWER
        and reading.confidence >= _ANOTHER_TOPIC
        and reading.cues.question is not None
    )


def _other_matter(turn: Turn, opened: OpenMatter) -> bool:
    reading = turn.reading
    return (
        reading.decision is Decision.HANDOFF
        and reading.confidence >= _ANOTHER_TOPIC
        and reading.intent != opened.matter
        and opened.number is None
    )


def _after(turn: Turn, opened: OpenMatter) -> tuple[FieldName, ...]:
    return turn.know.forms[opened.form].after
