"""Step 1, safety: danger is written up and connected before anything else is asked."""

from __future__ import annotations

from dataclasses import replace

from conversation.actions import Amend, Choice, Connect, Offer, Say
from conversation.fields import SURE_PLACE, answer_to, heard, merged
from conversation.matters import open_matter, proceed, supplement
from conversation.replies import agrees
from conversation.state import AskedConsent, AskedDanger, AskedSlot, OpenMatter
from conversation.turn import Outcome, Turn, change
from handoff import FieldName
from intents.safety import Danger
from intents.understanding import UNMISTAKABLE_AT, Decision


def danger_step(turn: Turn) -> Outcome | None:
    """Connect on danger; ask one yes/no on doubt."""
    danger = turn.reading.danger
    if (
        danger is not None
        and turn.reading.control is None
        and _already_urgent(turn)
        and turn.state.open is not None
        and turn.state.open.priority == "P1"
    ):
        return None  # a person is on the way: the open question goes on, the risk is added with the answer
    if danger is not None:
        return respond(turn, danger, turn.text)
    doubt = turn.reading.doubt
    if doubt is None or isinstance(turn.state.pending, AskedDanger) or _already_urgent(turn):
        return None
    phrases = turn.know.phrases
    pending = AskedDanger(matter=doubt.matter, flag=doubt.flag, words=turn.text)
    choices = (Choice(key="1", label=phrases.danger_yes), Choice(key="2", label=phrases.danger_no))
    return Outcome(change(turn.state, pending=pending), (Offer(text=phrases.danger_question, choices=choices),))


def without_false_alarm(turn: Turn) -> Turn:
    """The turn without dangers that rest on likeness alone, when the sentence answers what was asked.

    老刀烧烤店门口 is where, 好，叫他们快点 is yes. Dangers with words of their own (砍, 着火) are always heard.
    """
    reading = turn.reading
    if not reading.dangers or any(danger.words for danger in reading.dangers):
        return turn
    answers = turn.state.pending is not None and max(danger.chance for danger in reading.dangers) < UNMISTAKABLE_AT
    if not answers and not _plain_answer(turn):
        return turn
    plain = replace(reading, dangers=(), decision=Decision.REJECT, intent=None, confidence=0.0)
    return replace(turn, reading=plain)


def _plain_answer(turn: Turn) -> bool:
    match turn.state.pending:
        case AskedSlot(slot=FieldName.LOCATION):
            place = answer_to(FieldName.LOCATION, turn.text, turn.now)
            sure = place is not None and place.confidence is not None and place.confidence > SURE_PLACE
            return sure and place is not None and place.quote == turn.text
        case AskedConsent():
            return agrees(turn.text) is not None
        case _:
            return False


def respond(turn: Turn, danger: Danger, words: str) -> Outcome:
    """File as P1 and connect 110; a case already being connected is supplemented instead."""
    current = turn.state.open
    if current is None or current.number is None or not current.waiting_for_person:
        return proceed(turn, _urgent(turn, danger, words))
    fields = merged(current.fields, heard(words, turn.now))
    added = {name: value for name, value in fields.items() if name not in current.fields}
    amend = supplement(turn, current, added, danger)
    raised = current.priority != "P1"
    current = current.model_copy(
        update={
            "fields": fields,
            "quotes": (*current.quotes, words),
            "risks": (*current.risks, *amend.risks),
            "priority": "P1",
            "queue": "110",
        }
    )
    lead: tuple[Amend | Connect | Say, ...] = (amend,)
    if raised:
        lead = (amend, Connect(queue="110", priority="P1"))
    return proceed(turn, current, lead)


def _urgent(turn: Turn, danger: Danger, words: str) -> OpenMatter:
    opened = open_matter(turn, danger.matter, words, danger)
    if opened.priority == "P1" and opened.queue == "110":
        return opened
    return opened.model_copy(update={"priority": "P1", "queue": "110", "route": "110_emergency"})


def _already_urgent(turn: Turn) -> bool:
    return turn.state.open is not None and turn.state.open.waiting_for_person
