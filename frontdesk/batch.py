"""The batch contracts: explain a sentence, replay a conversation. Kept stable; described in docs/api.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from conversation import Ask, ConversationService, Engine, HungUp, Knowledge, Offer, Said, Say, Silence
from handoff import Case, Channel, Queue
from handoff.ports import Clock
from handoff.summary import summarise
from handoff.testing import MemoryLiveFeed, MemoryStore
from handoff.triage import Routing
from intents.catalogue import Matter
from intents.matcher import Candidate
from intents.slots import SlotName, extract
from intents.understanding import Reading

FIELDS: tuple[str, ...] = tuple(name for name in get_args(SlotName) if name != "name")
_CHANNELS = {"web": Channel.WEBCHAT, "chat": Channel.WEBCHAT, "text": Channel.WEBCHAT, "voice": Channel.PHONE}


class BatchError(ValueError):
    """A line of input does not fit the contract; says which key and what is expected."""


def explain(know: Knowledge, text: str) -> dict[str, Any]:
    """What a fresh conversation would make of this sentence. Keys as in docs/api.md."""
    reading = know.understanding.read([text])
    routing = routing_of(know, reading)
    slots = extract(text, know.regions)
    heard: dict[str, Any] = {slot.name: slot.value for slot in slots}
    return {
        "decision": reading.decision.value,
        "intent": reading.intent,
        "candidates": [{"intent": c.intent, "score": round(c.score, 4)} for c in ranked_of(reading)],
        "queue": routing.queue if routing else None,
        "route": routing.route if routing else None,
        "priority": routing.priority if routing else None,
        "linkage": list(routing.linkage) if routing else [],
        "fields": {name: heard.get(name) for name in FIELDS},
        "regions": [{"code": r.code, "name": r.full_name} for slot in slots for r in slot.regions],
        "why": [*reading.why, *(routing.why if routing else ())],
    }


def ranked_of(reading: Reading) -> list[Candidate]:
    """At most five. The chosen intent first, so that candidates agree with the decision."""
    ranked = list(reading.candidates)
    chosen = [c for c in ranked if c.intent == reading.intent]
    return (chosen + [c for c in ranked if c.intent != reading.intent])[:5]


def routing_of(know: Knowledge, reading: Reading) -> Routing | None:
    """Where the case goes, or would go once the question that is asked confirms the intent; None for no case."""
    intent = know.catalogue[reading.intent] if reading.intent else None
    if not isinstance(intent, Matter):
        return None
    routing = know.triage.route(intent.id, intent.queue, intent.route, intent.priority, intent.linkage, reading.text)
    feared = reading.danger or reading.doubt
    if feared is not None and feared.matter == intent.id and not routing.urgent:
        return Routing("110", "110_emergency", "P1", routing.linkage, routing.why)
    return routing


async def replay(know: Knowledge, request: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    """One conversation from its citizen turns; an empty turn is silence. Raises BatchError."""
    turns = request.get("turns")
    if not isinstance(turns, Sequence) or isinstance(turns, str) or not all(isinstance(t, str) for t in turns):
        raise BatchError('turns 应当是一组文字，例如 ["身份证丢了", ""]，空字符串表示沉默')
    store = MemoryStore()
    service = ConversationService(Engine(know), store, MemoryLiveFeed(), clock)
    conversation = await service.open(_channel(request.get("channel")), entry=_entry(request.get("entry")))
    answered: list[str] = []
    questions = 0
    told: list[dict[str, Any]] = []
    for text in turns:
        served = await service.handle(conversation, Said(alternatives=(text,)) if text.strip() else Silence())
        spoken = [action for action in served.actions if isinstance(action, Say | Ask | Offer)]
        answered += [action.answers for action in spoken if isinstance(action, Say) and action.answers]
        questions += sum("slot" in message.payload or "choices" in message.payload for message in served.messages)
        told.append({"citizen": text, "said": [message.text for message in served.messages]})
    await service.handle(conversation, HungUp())
    case = await _latest(store)
    return {
        "id": request.get("id"),
        "turns": told,
        "answered": answered,
        "questions": questions,
        "case": None if case is None else case_of(case),
    }


def case_of(case: Case) -> dict[str, Any]:
    """The case as the batch contract shows it."""
    return {
        "matter": case.matter,
        "title": case.title,
        "queue": case.queue,
        "route": case.route,
        "priority": case.priority,
        "linkage": list(case.linkage),
        "fields": {name.value: value.value for name, value in case.fields.items()},
        "quotes": list(case.quotes),
        "risks": [risk.flag.value for risk in case.risks],
        "consent": case.consent.given if case.consent else None,
        "also_asked": list(case.also_asked),
        "missing": [name.value for name in case.missing],
        "summary": summarise(case),
    }


async def _latest(store: MemoryStore) -> Case | None:
    async with store.transaction() as tx:
        cases = await tx.cases.recent(None, limit=50)
    return max(cases, key=lambda case: case.number, default=None)


def _channel(value: object) -> Channel:
    if value is None:
        return Channel.WEBCHAT
    try:
        return _CHANNELS.get(str(value)) or Channel(str(value))
    except ValueError as error:
        raise BatchError(f"channel 写的是 {value!r}，可用：{'、'.join(Channel)}") from error


def _entry(value: object) -> Queue | None:
    match value:
        case None | "":
            return None
        case "110" | 110:
            return "110"
        case "12345" | 12345:
            return "12345"
        case _:
            raise BatchError(f"entry 写的是 {value!r}，可用：110、12345，或不写")
