"""Step 5, matters: write the case up, ask only what is missing, get consent, hand over.

Danger turns this round: the case is filed and a person connected first, the questions come while it rings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from conversation.actions import Action, Amend, Ask, Choice, Connect, Handoff, Offer, Say
from conversation.fields import event, heard, known_from_channel, missing, unfilled
from conversation.readback import doubtful, say_back
from conversation.state import AskedConsent, AskedSlot, OpenMatter, State
from conversation.turn import Knowledge, Outcome, Turn, change
from handoff import (
    BOOLEAN_FIELDS,
    CaseDraft,
    Channel,
    Consent,
    FieldName,
    FieldValue,
    Origin,
    Risk,
    RiskFlag,
)
from handoff.forms import Form
from intents.catalogue import Matter
from intents.safety import Danger
from intents.understanding import HUMAN_MATTER, Decision

_BRACKETED = re.compile(r"[（(].*?[）)]")
_VOICE = frozenset({Channel.PHONE, Channel.WEBPHONE})


def matter_step(turn: Turn) -> Outcome | None:
    """A matter was recognised: open it and go on."""
    if turn.reading.decision is not Decision.HANDOFF or turn.reading.intent is None:
        return None
    return proceed(turn, open_matter(turn, turn.reading.intent, turn.text))


def open_matter(turn: Turn, matter_id: str, words: str, danger: Danger | None = None) -> OpenMatter:
    """A fresh matter from the sentence; an unfiled one before it lends its fields and words."""
    matter, state = turn.know.catalogue.matter(matter_id), turn.state
    before = state.open if state.open is not None and state.open.number is None else None
    quotes = (*(before.quotes if before else ()), *((words,) if words else ()))
    fields = {
        **known_from_channel(state, turn.now),
        **(before.fields if before else {}),
        **heard(words, turn.now, turn.know.regions),
    }
    fields[FieldName.EVENT] = event(words, matter.title, turn.now)
    also = tuple(turn.know.catalogue[other].title for other in turn.reading.also)
    if before is not None and before.matter != matter_id:
        also = (before.title, *also)
    opened = OpenMatter(
        matter=matter_id,
        title=matter.title,
        queue="12345",
        route=matter.route,
        priority=matter.priority,
        form=matter.form,
        fields=fields,
        risks=(Risk(flag=RiskFlag(danger.flag), quote=danger.quote),) if danger else (),
        quotes=quotes,
        also=also,
    )
    return routed(turn.know, state, opened)


def routed(know: Knowledge, state: State, opened: OpenMatter) -> OpenMatter:
    """The matter with queue, route, priority and linkage from the triage rules, given all that was said."""
    matter = know.catalogue.matter(opened.matter)
    queue: str = matter.queue
    if queue == "any" and matter.id == HUMAN_MATTER:
        queue = state.entry or "12345"
    routing = know.triage.route(
        matter.id, queue, matter.route, matter.priority, matter.linkage, " ".join(opened.quotes)
    )
    return opened.model_copy(
        update={
            "queue": routing.queue,
            "route": routing.route,
            "priority": min(routing.priority, opened.priority),
            "linkage": routing.linkage,
        }
    )


def proceed(turn: Turn, opened: OpenMatter, lead: tuple[Action, ...] = ()) -> Outcome:
    """The next step of an open matter: file, ask, or get consent."""
    know, state = turn.know, turn.state
    matter = know.catalogue.matter(opened.matter)
    if opened.number is None and not _needs_consent(matter, opened):
        return _file(know, state, opened, lead, connect=True)
    form = know.forms[opened.form]
    if not opened.waiting_for_person and (unclear := doubtful(turn, opened)):
        return say_back(turn, opened, unclear, lead)
    wanted = missing(form, opened)
    if wanted:
        return ask(turn, opened, wanted[0], lead)
    if opened.number is None and matter.route == "handoff_human":
        return _file(know, state, opened, lead, connect=True)
    if opened.number is None:
        return ask_consent(turn, opened, lead)
    return _written_up(turn, opened, lead)


def ask(turn: Turn, opened: OpenMatter, slot: FieldName, lead: tuple[Action, ...] = (), times: int = 1) -> Outcome:
    """Ask for one field; the second time in other words."""
    state = change(turn.state, open=opened, pending=AskedSlot(slot=slot, times=times), failures=0)
    return Outcome(state, (*lead, question(turn.know, opened, slot, times)))


def question(know: Knowledge, opened: OpenMatter, slot: FieldName, times: int = 1) -> Ask:
    """The wording for a field; yes/no fields come with buttons."""
    phrases = know.phrases
    if times > 1 and not opened.waiting_for_person:
        text = phrases.ask_again.location if slot is FieldName.LOCATION else phrases.ask_again.other
    else:
        usual = (phrases.ask_urgent if opened.priority == "P1" else phrases.ask)[slot.value]
        text = know.forms[opened.form].ask.get(slot, usual)
        text = text if times == 1 else f"{phrases.noted}{text}"
    choices = tuple(Choice(key=str(key), label=label) for key, label in enumerate(("有", "没有", "不清楚"), start=1))
    return Ask(text=text, slot=slot.value, choices=choices if slot in BOOLEAN_FIELDS else ())


def ask_consent(turn: Turn, opened: OpenMatter, lead: tuple[Action, ...] = (), times: int = 1) -> Outcome:
    """Say where it goes and who will come, and ask. What was told is kept with the answer."""
    phrases = turn.know.phrases
    place = opened.fields.get(FieldName.LOCATION)
    told = phrases.consent.format(
        desk=phrases.desks[opened.queue],
        title=_BRACKETED.sub("", opened.title),
        place=phrases.consent_place.format(location=place.value) if place else phrases.consent_no_place,
        who=turn.know.triage.routes[opened.route].who,
    )
    offer = Offer(
        text=told if times == 1 else phrases.consent_again.format(who=turn.know.triage.routes[opened.route].who),
        choices=(Choice(key="1", label=phrases.consent_yes), Choice(key="2", label=phrases.consent_no)),
    )
    state = change(turn.state, open=opened, pending=AskedConsent(told=told, times=times), failures=0)
    return Outcome(state, (*lead, offer))


def consented(turn: Turn, opened: OpenMatter, told: str, answer: str) -> Outcome:
    """The citizen agreed: file with the record of what was told and answered."""
    consent = Consent(told=told, answer=answer, given=True, at=turn.now)
    return _file(turn.know, turn.state, opened, (), connect=False, consent=consent)


def hand_to_person(turn: Turn, lead: tuple[Action, ...] = ()) -> Outcome:
    """A person, now, with all that was said so far."""
    know, state = turn.know, turn.state
    current = state.open or state.filed
    if current is not None and current.number is not None:
        text = know.phrases.filed_human.format(
            desk=know.phrases.desks[current.queue], number=current.number, access_code=current.access_code
        )
        connect = Connect(queue=current.queue, priority=current.priority)
        if turn.text:
            lead = (*lead, supplement(turn, current, {}, turn.reading.danger))
        waiting = current.model_copy(update={"waiting_for_person": True})
        return Outcome(change(state, open=waiting, pending=None, failures=0), (*lead, connect, Say(text=text)))
    if current is None:
        words = "；".join(line for line in (*state.lines[-3:], turn.text) if line)
        current = open_matter(turn, HUMAN_MATTER, words)
    return _file(know, state, current, lead, connect=True, person=True)


def filed(know: Knowledge, state: State, number: str, access_code: str) -> Outcome:
    """The case is on disk: now the citizen may hear its number."""
    opened = state.open
    if opened is None:
        return Outcome(state, ())
    opened = opened.model_copy(update={"number": number, "access_code": access_code})
    phrases, matter = know.phrases, know.catalogue.matter(opened.matter)
    told = {"desk": phrases.desks[opened.queue], "number": number, "access_code": access_code}
    wanted: tuple[FieldName, ...]
    if opened.waiting_for_person:
        phrase = phrases.filed_urgent if opened.priority in ("P1", "P2") else phrases.filed_human
        connecting = Say(text=phrase.format(**told), speech=_aloud(know, opened, told))
        lines: tuple[Action, ...] = (Say(text=matter.advice), connecting)
        if matter.id == HUMAN_MATTER:
            lines = (connecting,)
        wanted = missing(know.forms[opened.form], opened) if matter.id != HUMAN_MATTER else ()
    else:
        lines = (Say(text=f"{phrases.filed.format(**told)}{matter.advice}"),)
        wanted = _afterwards(know.forms[opened.form], opened, state)
    state = change(state, open=opened, filed=opened, pending=None, failures=0)
    if not wanted:
        keep = opened if opened.waiting_for_person else None
        tail = () if opened.waiting_for_person else (Say(text=phrases.anything_else),)
        return Outcome(change(state, open=keep), (*lines, *tail))
    asked = change(state, pending=AskedSlot(slot=wanted[0]))
    return Outcome(asked, (*lines, question(know, opened, wanted[0])))


def _aloud(know: Knowledge, opened: OpenMatter, told: Mapping[str, str]) -> str | None:
    """What the telephone says instead of the number: in danger only who is coming, nothing where a sound may harm."""
    if any(risk.flag is RiskFlag.SILENT for risk in opened.risks):
        return ""
    return know.phrases.connecting_aloud.format(**told) if opened.priority == "P1" else None


def supplement(turn: Turn, opened: OpenMatter, fields: dict[FieldName, FieldValue], danger: Danger | None) -> Amend:
    """What this turn adds to a filed case."""
    assert opened.number is not None, "only a filed case can be supplemented"
    risks = (Risk(flag=RiskFlag(danger.flag), quote=danger.quote),) if danger else ()
    raised = routed(turn.know, turn.state, opened)
    priority = "P1" if danger is not None else raised.priority
    worse = priority < opened.priority
    return Amend(
        number=opened.number,
        fields=fields,
        risks=risks,
        quotes=(turn.text,) if turn.text else (),
        priority=priority if worse else None,
        queue="110" if worse and priority == "P1" and opened.queue != "110" else None,
    )


def _file(
    know: Knowledge,
    state: State,
    opened: OpenMatter,
    lead: tuple[Action, ...],
    *,
    connect: bool,
    person: bool = False,
    consent: Consent | None = None,
) -> Outcome:
    matter = know.catalogue.matter(opened.matter)
    urgent = opened.priority in ("P1", "P2") and not _needs_consent(matter, opened)
    wait = connect and (urgent or opened.priority == "P1" or person or matter.route == "handoff_human")
    opened = opened.model_copy(update={"waiting_for_person": wait})
    actions: tuple[Action, ...] = (*lead, Handoff(draft=_draft(know, state, opened, matter, consent)))
    if wait:
        actions = (*actions, Connect(queue=opened.queue, priority=opened.priority))
    return Outcome(change(state, open=opened, pending=None, failures=0), actions)


def _needs_consent(matter: Matter, opened: OpenMatter) -> bool:
    """Danger waits for nobody: neither a P1 nor a quarrel that came to blows and was raised to 110."""
    raised = opened.priority == "P2" and matter.priority > "P2" and opened.queue == "110"
    return matter.consent and opened.priority != "P1" and not raised


def _draft(know: Knowledge, state: State, opened: OpenMatter, matter: Matter, consent: Consent | None) -> CaseDraft:
    return CaseDraft(
        origin=Origin(channel=state.channel, entry=state.entry, caller_number=state.caller_number, trunk=state.trunk),
        matter=opened.matter,
        title=opened.title,
        queue=opened.queue,
        route=opened.route,
        priority=opened.priority,
        linkage=opened.linkage,
        code=matter.code,
        appeal_type=matter.appeal_type,
        fields=opened.fields,
        risks=opened.risks,
        consent=consent,
        confidential=matter.confidential,
        quotes=opened.quotes,
        also_asked=opened.also,
        missing=unfilled(know.forms[opened.form], opened.fields),
    )


def _afterwards(form: Form, opened: OpenMatter, state: State) -> tuple[FieldName, ...]:
    if state.channel in _VOICE:
        return ()
    return tuple(slot for slot in form.after if slot not in opened.fields and slot not in opened.asked)


def _written_up(turn: Turn, opened: OpenMatter, lead: tuple[Action, ...]) -> Outcome:
    """A filed case with nothing left to ask."""
    phrases = turn.know.phrases
    desk = phrases.desks[opened.queue]
    if opened.waiting_for_person:
        say = Say(text=phrases.still_here.format(desk=desk))
        return Outcome(change(turn.state, open=opened, filed=opened, pending=None), (*lead, say))
    text = f"{phrases.thanks_more.format(desk=desk)}{phrases.anything_else}"
    return Outcome(change(turn.state, open=None, filed=opened, pending=None), (*lead, Say(text=text)))
