"""Step 4, consultation: answer, offer at most three titles, chat briefly, or say it was not understood."""

from __future__ import annotations

import re
from dataclasses import replace

from conversation.actions import Choice, Offer, Provenance, Say
from conversation.control import failed
from conversation.fields import heard
from conversation.matters import supplement
from conversation.state import AskedChoice
from conversation.turn import Knowledge, Outcome, Turn, change
from intents.catalogue import Catalogue, Consult, Matter, Outside, Smalltalk
from intents.normalise import normalise, readable
from intents.understanding import ANSWER_AT, Decision, Reading

OFFERED = 3
_OPENING_LINES = 2
"""喂, 我要反映一个情况: openings that are no failure yet."""
_LONGEST_ELLIPSIS = 14
_ELLIPSIS = re.compile(
    r"^那|多少钱|要钱|收费|费用|几天|多久|多长时间|什么时候|带什么|要什么|哪些材料|什么材料|在哪|去哪|哪里办|网上|本人|代办|怎么办理|电话"
)
"""A short question of this kind right after an answer leans on it: 那要多少钱."""
_BARE = re.compile(
    r"(?:那|那么|这个|要|需要|大概|一般|得|我|还|是|能|可以|不|必须|一定)*"
    r"(?:多少钱|要钱|收费|费用|几天|多久|多长时间|什么时候|带什么|要什么|哪些|什么|材料|证件|在哪里?|去哪里?|哪里|网上|手机上|线上|本人|代办|别人|"
    r"怎么办理|电话|预约|周末|星期天)"
    r"(?:要|能|可以|才能|才|去|来|到|到场|拿到|下来|办好|办理|办完|办|弄|带|收|交|吗|不|么|呢|啊|材料|证件)*"
)
"""Nothing but such a question, naming nothing itself: it is about the last answer, whatever it resembles."""


def consultation_step(turn: Turn) -> Outcome | None:
    """Everything that is neither danger, control, an answer to us, nor a matter."""
    reading = _in_context(turn)
    match reading.decision:
        case Decision.ANSWER:
            assert reading.intent is not None, "an answer names its intent"
            return answer(turn, reading.intent)
        case Decision.CLARIFY:
            return _clarify(turn, reading)
        case Decision.SMALLTALK:
            found = turn.know.catalogue[reading.intent or ""]
            assert isinstance(found, Smalltalk), "small talk names a small-talk intent"
            return Outcome(change(turn.state, failures=0), (Say(text=found.reply),))
        case Decision.REJECT:
            return _reject(turn, reading)
        case _:
            return None


def answer(turn: Turn, intent: str) -> Outcome:
    """The published answer with source, date and place; the citizen may go on."""
    consult = turn.know.catalogue.consult(intent)
    state = change(turn.state, answered=intent, pending=None, failures=0)
    return Outcome(state, (answer_of(turn.know, consult),))


def answer_of(know: Knowledge, consult: Consult) -> Say:
    """The answer as it is said and shown."""
    phrases = know.phrases
    notes = [phrases.volatile] if consult.volatile else []
    if consult.related:
        notes.append(phrases.related)
    return Say(
        text="\n".join([consult.answer.chat, *notes]),
        speech=consult.answer.phone,
        answers=consult.id,
        provenance=Provenance(
            source=consult.source,
            checked=consult.checked.isoformat(),
            applies_to=consult.applies_to,
            varies=consult.varies,
            volatile=consult.volatile,
        ),
    )


def offer(turn: Turn, intents: tuple[str, ...], words: str) -> Outcome:
    """Did you mean: at most three titles and none of these."""
    phrases, catalogue = turn.know.phrases, turn.know.catalogue
    titles = titles_of(catalogue, intents, phrases.report_prefix)
    labels = (*titles, phrases.none_of_these)
    choices = tuple(Choice(key=str(key), label=label) for key, label in enumerate(labels, start=1))
    state = change(turn.state, pending=AskedChoice(intents=intents, words=words))
    return Outcome(state, (Offer(text=phrases.did_you_mean, choices=choices),))


def titles_of(catalogue: Catalogue, intents: tuple[str, ...], report_prefix: str) -> tuple[str, ...]:
    """What the buttons say; a matter is marked as something to report."""
    return tuple(
        f"{report_prefix if isinstance(catalogue[intent], Matter) else ''}{catalogue[intent].title}"
        for intent in intents
    )


def _clarify(turn: Turn, reading: Reading) -> Outcome:
    found = turn.know.catalogue[reading.intent or reading.candidates[0].intent]
    if isinstance(found, Matter) and found.route in ("clarify", "clarify_emergency"):
        if len(turn.state.lines) < _OPENING_LINES:
            return Outcome(turn.state, (Say(text=turn.know.phrases.please_tell),))
        return failed(turn, turn.know.phrases.please_tell)
    intents = tuple(
        candidate.intent
        for candidate in reading.candidates
        if isinstance(turn.know.catalogue[candidate.intent], Consult | Matter)
        and not _is_line_matter(turn.know.catalogue, candidate.intent)
    )[:OFFERED]
    return offer(turn, intents, turn.text) if intents else failed(turn, turn.know.phrases.unmatched)


def _reject(turn: Turn, reading: Reading) -> Outcome:
    phrases = turn.know.phrases
    if not reading.candidates and not readable(reading.text):
        return failed(turn, phrases.unreadable)
    top = turn.know.catalogue[reading.candidates[0].intent] if reading.candidates else None
    if isinstance(top, Outside) and reading.confidence >= ANSWER_AT:
        return Outcome(change(turn.state, failures=0), (Say(text=top.reply),))
    filed = turn.state.filed
    if filed is not None and turn.state.failures == 0 and turn.state.answered is None:
        amend = supplement(turn, filed, heard(turn.text, turn.now), None)
        text = phrases.thanks_more.format(desk=phrases.desks[filed.queue])
        return Outcome(change(turn.state, failures=1), (amend, Say(text=f"{text}{phrases.anything_else}")))
    return failed(turn, phrases.unmatched)


def _in_context(turn: Turn) -> Reading:
    """A short unmatched question right after an answer is read together with that answer's title."""
    reading, last = turn.reading, turn.state.answered
    if (
        last is None
        or len(turn.text) > _LONGEST_ELLIPSIS
        or reading.doubt is not None
        or not _leans(reading, normalise(turn.text))
    ):
        return reading
    consult = turn.know.catalogue.consult(last)
    joined = turn.know.understanding.read([consult.title + turn.text])
    found = turn.know.catalogue[joined.intent] if joined.decision is Decision.ANSWER and joined.intent else None
    if isinstance(found, Consult) and found.category == consult.category:
        return replace(joined, text=turn.text)
    if _BARE.fullmatch(normalise(turn.text)):
        return replace(reading, decision=Decision.ANSWER, intent=last)
    return reading


def _leans(reading: Reading, form: str) -> bool:
    if reading.decision in (Decision.REJECT, Decision.CLARIFY):
        return bool(_ELLIPSIS.search(form))
    return reading.decision is Decision.ANSWER and bool(_BARE.fullmatch(form))


def _is_line_matter(catalogue: Catalogue, intent: str) -> bool:
    found = catalogue[intent]
    return isinstance(found, Matter) and found.route in (
        "handoff_human", "clarify", "clarify_emergency", "handoff_priority_first"
    )  # fmt: skip
