"""From a sentence to a reading: dangers, control words, the intents it may be about, and a decision with reasons."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from intents.catalogue import Catalogue, Consult, Matter, Outside, Smalltalk
from intents.cues import Control, Cues, read_control, read_cues
from intents.matcher import Candidate, Matcher, Weighed, group_of
from intents.normalise import clean, normalise, strip_fillers
from intents.safety import Danger, SafetyScreen

ANSWER_AT = 0.72
"""Confidence from which the best intent is taken. Measured by bench/understanding on the held-back split."""
CLOSE_CALL_AT = 0.45
"""Confidence from which the best intent is taken where being wrong costs little (`Understanding._close_call`)."""
OFFER_AT = 0.3
"""Confidence from which up to three titles are offered; below, the sentence is unmatched."""
DANGER_AT = 0.5
"""Chance of danger by likeness from which a sentence counts as danger, unless it asks, recalls or narrates."""
UNMISTAKABLE_AT = 0.9
"""From here even a question (煤气漏了要不要开灯) is taken for the emergency it is about."""
DOUBT_AT = 0.13
"""From here it is worth one yes/no question."""
HARMLESS_BELOW = 0.2
"""A rule that fires on a sentence less likely than this to be about danger asks before it rings 110."""
HUMAN_MATTER = "demand_human"
"""The catalogue's matter for 转人工."""

_TILT = 0.15
"""Added to the value of consultations when the words ask, of matters when they report."""
_KNOWN_AT = 0.08
"""Cosine below which an intent knows too little of a sentence for its likeness to mean danger."""
_SHORTEST_DANGER = 5
"""Shorter pieces (你好, 有人在伐) are left to the rules: likeness of three characters proves nothing."""
_NEVER_DOUBTED = ("self_harm", "life")
"""Risks whose rules ring 110 at once, however unlikely the sentence."""
_LONG = 60
"""Characters from which a story is weighed sentence by sentence: danger at its end must not drown."""
_SENTENCE = re.compile(r"[。！？!?；;\n]+")
_WORDS = re.compile(r"[^\W\d_]")
_CONNECTOR = re.compile(r"另外|顺便|还有就是|还有个事|还有件事|还有(?!没|人|多)|对了|再问|再说|同时")


class Decision(StrEnum):
    """What a fresh sentence leads to."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    CONTROL = "control"
    SMALLTALK = "smalltalk"
    REJECT = "reject"


@dataclass(frozen=True)
class Reading:
    """What was understood. `confidence` is the chance that `intent` is right (0..1)."""

    text: str
    decision: Decision
    intent: str | None
    confidence: float
    candidates: tuple[Candidate, ...]
    dangers: tuple[Danger, ...]
    control: Control | None
    cues: Cues
    also: tuple[str, ...]
    why: tuple[str, ...]

    @property
    def danger(self) -> Danger | None:
        """The sure danger, if any."""
        return next((danger for danger in self.dangers if danger.sure), None)

    @property
    def doubt(self) -> Danger | None:
        """A danger that needs one question, if there is no sure one."""
        return self.dangers[0] if self.dangers and self.danger is None else None


class Understanding:
    """Catalogue, matcher and safety screen together. Pure; build once, share freely."""

    def __init__(self, catalogue: Catalogue, screen: SafetyScreen, matcher: Matcher) -> None:
        missing = sorted(screen.matters - set(catalogue.kinds))
        if missing:
            raise ValueError(f"config/safety.yaml 提到的事项不在意图库里：{'、'.join(missing)}。请改名或补上")
        self.catalogue = catalogue
        self.screen = screen
        self.matcher = matcher
        self._consults = group_of(catalogue, Consult)
        self._to_consults = dict.fromkeys(self._consults, _TILT)
        self._to_matters = dict.fromkeys(group_of(catalogue, Matter), _TILT)
        self._urgent = frozenset(
            intent.id for intent in catalogue if isinstance(intent, Matter) and intent.priority == "P1"
        )

    def read(self, hypotheses: Sequence[str], before: Sequence[str] = ()) -> Reading:
        """Read one utterance. `hypotheses`: ASR alternatives, best first; `before`: earlier citizen lines."""
        text = clean(hypotheses[0])
        forms = [form for form in (normalise(hypothesis) for hypothesis in hypotheses) if form]
        cues = read_cues(forms[0] if forms else "")
        if not any(_WORDS.search(form) for form in forms):
            return Reading(text, Decision.REJECT, None, 0.0, (), (), None, cues, (), ("没有可以理解的文字",))
        dangers = self.screen.screen(hypotheses)
        control = read_control(forms[0])
        weighed = [self._weigh(self.screen.without_negated(form), cues) for form in forms]
        ranked = _best_of(weighed)
        dangers = self._weighed(dangers, weighed, ranked)
        talk = self._only_talk(ranked, text)
        if talk:
            dangers = tuple(replace(each, sure=each.sure and each.flag == "self_harm") for each in dangers)
        elif not any(danger.sure for danger in dangers):
            dangers = (*dangers, *self._by_likeness(text, weighed))
        ranked = self._not_urgent(ranked, cues, text)
        confidence = _hedged(confidence_of(ranked), forms[0])
        if control is not None and self._is_example(ranked):
            control = None
        if before and not any(danger.sure for danger in dangers):
            dangers = (*self._across(text, before), *dangers)
        reading = Reading(
            text,
            Decision.REJECT,
            None,
            confidence,
            tuple(ranked),
            self._order(dangers, ranked),
            control,
            cues,
            (),
            (),
        )
        return self._decide(reading, forms[0])

    def rank(self, forms: Sequence[str], cues: Cues, *, exact: bool = True) -> list[Candidate]:
        """Best intents for any of these normalised forms. `exact` False: likeness only, to judge a catalogue."""
        return _best_of([self._weigh(form, cues) for form in forms], exact=exact)

    def _weigh(self, form: str, cues: Cues) -> Weighed:
        return self.matcher.weigh(form, self._to_consults if cues.asks else self._to_matters if cues.reports else None)

    def _weighed(
        self, dangers: tuple[Danger, ...], weighed: list[Weighed], ranked: list[Candidate]
    ) -> tuple[Danger, ...]:
        """A rule knows words, not sentences: where nothing else speaks for its danger it asks."""
        if not dangers or max(each.urgency(self._urgent) for each in weighed) >= HARMLESS_BELOW:
            return dangers
        likely = {candidate.intent for candidate in ranked[:2]}

        def harmless(danger: Danger) -> bool:
            if danger.flag in _NEVER_DOUBTED or danger.matter in likely:
                return False
            form = normalise(danger.quote)  # of a long story only the sentence in which the rule fired
            return self._weigh(form, read_cues(form)).urgency(self._urgent) < HARMLESS_BELOW

        return tuple(replace(danger, sure=False) if harmless(danger) else danger for danger in dangers)

    def _not_urgent(self, ranked: list[Candidate], cues: Cues, text: str) -> list[Candidate]:
        """A question about rules with an answer at hand, or a scene of a film, is not the emergency it names."""
        if cues.fiction and ranked and ranked[0].intent in self._urgent and not self.screen.is_live(text):
            return []
        if not cues.question or cues.happening or not any(c.intent in self._consults for c in ranked[:3]):
            return ranked
        return [candidate for candidate in ranked if candidate.intent not in self._urgent]

    def _only_talk(self, ranked: Sequence[Candidate], text: str) -> bool:
        """About a film, a joke, long ago: like the catalogue's harmless talk; or a very example of a question."""
        best = self.catalogue[ranked[0].intent] if ranked else None
        if isinstance(best, Consult) or (best is not None and ranked[0].score >= 1.0):
            return ranked[0].score >= 1.0 and not isinstance(best, Matter)
        return isinstance(best, Outside) and confidence_of(ranked) >= CLOSE_CALL_AT and not self.screen.is_live(text)

    def _is_example(self, ranked: Sequence[Candidate]) -> bool:
        """The very sentence stands in the catalogue: 户口本上名字写错了 asks about a book, it corrects nothing."""
        if not ranked or ranked[0].score < 1.0 or ranked[0].intent == HUMAN_MATTER:
            return False
        return isinstance(self.catalogue[ranked[0].intent], Consult | Matter)

    def _by_likeness(self, text: str, whole: list[Weighed]) -> tuple[Danger, ...]:
        """A part of the sentence that reads like the examples of P1 matters. `whole`: all of it, weighed."""
        found, parts = [], _parts(text) if len(text) < _LONG else [each for each in _SENTENCE.split(text) if each]
        calm = self.screen.is_calm(text)
        for part in parts:
            form = normalise(part)
            cues = read_cues(form)
            plain = self.screen.without_idioms(form)
            weighed = whole if len(parts) == 1 else [self._weigh(self.screen.without_negated(form), cues)]
            # Likeness must not rest on an idiom.
            without = [self._weigh(plain, cues)] if plain != form else weighed
            danger = self._like_a_danger(part, weighed, without, cues, calm=calm)
            if danger is not None:
                found.append(danger)
        return tuple(found)

    def _like_a_danger(
        self, part: str, weighed: list[Weighed], without_idioms: list[Weighed], cues: Cues, *, calm: bool
    ) -> Danger | None:
        """Sure, in doubt (also when it says that all is over), or no danger."""
        urgency = min(max(each.urgency(self._urgent) for each in readings) for readings in (weighed, without_idioms))
        urgent = next((c.intent for c in _best_of(weighed) if c.intent in self._urgent and c.cosine >= _KNOWN_AT), None)
        example = any(c.score >= 1.0 and c.intent in self._urgent for each in weighed for c in each.best(1))
        if urgent is None or (cues.fiction and not example):
            return None
        if len(strip_fillers(normalise(part))) < _SHORTEST_DANGER and not example:
            return None
        asks = cues.question is not None and not cues.happening and urgency < UNMISTAKABLE_AT and not example
        told_as_past = cues.past is not None and not self.screen.is_live(part)
        matter = self.catalogue.matter(urgent)
        likely = example or urgency >= DANGER_AT
        flag = self.screen.flag_of(matter.id)
        vague = matter.route == "clarify_emergency" or flag == "silent"
        sure = likely and not vague and (example or not (told_as_past or calm or asks))
        if not sure and not example and urgency < (ANSWER_AT if calm or asks else DOUBT_AT):
            return None
        return Danger(matter.id, flag, clean(part), (), sure, chance=round(urgency, 4))

    def _across(self, text: str, before: Sequence[str]) -> tuple[Danger, ...]:
        """Danger told in pieces: the last lines and this one read together."""
        joined, form = " ".join([*before[-2:], text]), normalise(text)
        earlier = {danger.matter for line in before for danger in self.screen.screen([line])}
        found = [
            danger
            for danger in self.screen.screen([joined])
            if danger.matter not in earlier
            and any(word in form for word in danger.words)
            and any(word not in form for word in danger.words)
        ]
        return tuple(Danger(d.matter, d.flag, text, d.words, d.sure, d.heard_as) for d in found)

    def _order(self, dangers: Sequence[Danger], ranked: Sequence[Candidate]) -> tuple[Danger, ...]:
        """Sure before doubtful, a named danger before a bare cry for help, then by how well the matter matches."""
        scores = {candidate.intent: candidate.score for candidate in ranked}

        def rank(danger: Danger) -> tuple[bool, bool, float]:
            vague = self.catalogue.matter(danger.matter).route == "clarify_emergency"
            return (not danger.sure, vague, -scores.get(danger.matter, 0.0))

        return tuple(sorted(dangers, key=rank))

    def _decide(self, reading: Reading, form: str) -> Reading:
        """Safety, then control, then the best intent: the order of the conversation itself."""
        danger, doubt = reading.danger, reading.doubt
        if danger is not None:
            heard = f"（听成 {danger.heard_as}）" if danger.heard_as else ""
            words = "、".join(danger.words) or "与险情的说法很像"
            return replace(reading, decision=Decision.HANDOFF, intent=danger.matter, why=(f"险情：{words}{heard}",))
        if reading.control is not None and doubt is None:
            intent = HUMAN_MATTER if reading.control is Control.HUMAN else None
            return replace(reading, decision=Decision.CONTROL, intent=intent, why=(f"控制语：{reading.control.value}",))
        by_intent = self._by_intent(self._several(reading, form))
        if doubt is None and by_intent.decision is Decision.HANDOFF and self._over_already(by_intent):
            why = (f"像是{by_intent.intent}，但说已经没事了，先问一句", *by_intent.why)
            unsure = Danger(by_intent.intent or "", "life", reading.text, (), False)
            return replace(by_intent, decision=Decision.CLARIFY, dangers=(unsure,), why=why)
        if doubt is not None and self._brings_110(by_intent):
            return replace(by_intent, dangers=())  # a person is on the way without asking
        if doubt is not None:
            words = "、".join(doubt.words) or "与险情的说法有些像"
            why = (f"可能有危险（{words}），先问一句", *by_intent.why)
            return replace(by_intent, decision=Decision.CLARIFY, intent=by_intent.intent or doubt.matter, why=why)
        return by_intent

    def _brings_110(self, reading: Reading) -> bool:
        """A matter whose case rings 110 at once."""
        if reading.decision is not Decision.HANDOFF or self.screen.is_calm(reading.text):
            return False
        matter = self.catalogue.matter(reading.intent or "")
        return matter.queue == "110" and matter.priority == "P2" and not matter.consent

    def _over_already(self, reading: Reading) -> bool:
        """火已经扑灭了: an urgent matter of 110 that is told as over."""
        matter = self.catalogue.matter(reading.intent or "")
        return not matter.consent and matter.queue == "110" and self.screen.is_calm(reading.text)

    def _several(self, reading: Reading, form: str) -> Reading:
        """Several things in one sentence: the most urgent leads, the others are noted."""
        parts = [normalise(part) for part in _parts(reading.text)]
        if len(parts) < 2:
            return reading
        heard = [(ranked, confidence_of(ranked)) for ranked in (self.rank([p], read_cues(p)) for p in parts)]
        known = [(ranked, sure) for ranked, sure in heard if sure >= ANSWER_AT and self._takes(ranked[0].intent)]
        if not known:
            return reading
        known.sort(key=lambda pair: self._urgency(pair[0][0].intent))
        ranked, sure = known[0]
        also = tuple(dict.fromkeys(r[0].intent for r, _ in known if r[0].intent != ranked[0].intent))
        return replace(
            reading,
            candidates=tuple(ranked),
            confidence=sure,
            also=also,
            why=("一句话说了几件事，先办最急的",),
        )

    def _takes(self, intent: str) -> bool:
        return isinstance(self.catalogue[intent], Consult | Matter)

    def _urgency(self, intent: str) -> int:
        """0 for a 110 matter that cannot wait, 1 for anything else: order of mention decides among equals."""
        found = self.catalogue[intent]
        return 0 if isinstance(found, Matter) and found.queue == "110" and found.priority in ("P1", "P2") else 1

    def _by_intent(self, reading: Reading) -> Reading:
        sure, why = reading.confidence, reading.why
        if not reading.candidates or sure < OFFER_AT:
            return replace(reading, decision=Decision.REJECT, why=(*why, f"没有足够像的意图（{sure:.2f}）"))
        best = self.catalogue[reading.candidates[0].intent]
        best_is_open = isinstance(best, Outside | Smalltalk)
        if sure < ANSWER_AT and best_is_open:
            return replace(reading, decision=Decision.REJECT, why=(*why, f"像是{best.title}，但不确定（{sure:.2f}）"))
        if sure < ANSWER_AT and not (sure >= CLOSE_CALL_AT and self._close_call(reading)):
            return replace(
                reading,
                decision=Decision.CLARIFY,
                intent=best.id,
                why=(*why, f"几件事都像（{sure:.2f}），请市民选一个"),
            )
        reason = (*why, f"与“{best.title}”最像（{sure:.2f}）")
        match best:
            case Consult():
                return replace(reading, decision=Decision.ANSWER, intent=best.id, why=reason)
            case Matter(route="clarify" | "clarify_emergency"):
                return replace(reading, decision=Decision.CLARIFY, intent=best.id, why=reason)
            case Matter():
                return replace(reading, decision=Decision.HANDOFF, intent=best.id, why=reason)
            case Smalltalk():
                return replace(reading, decision=Decision.SMALLTALK, intent=best.id, why=reason)
            case _:
                return replace(reading, decision=Decision.REJECT, intent=None, why=reason)

    def _close_call(self, reading: Reading) -> bool:
        """Two matters of one desk, whose operator will sort it out; or a plain question whose rival is a report."""
        best = [self.catalogue[candidate.intent] for candidate in reading.candidates[:2]]
        if len(best) < 2 or self.screen.is_calm(reading.text) or any(each.id in self._urgent for each in best):
            return False
        first, second = best
        if isinstance(first, Matter) and isinstance(second, Matter):
            return first.queue == second.queue != "any"
        return isinstance(first, Consult) and isinstance(second, Matter) and reading.cues.asks


def _parts(text: str) -> list[str]:
    """Pieces of a sentence that names several things (另外, 顺便 …); the sentence itself if it names one."""
    pieces = [piece for piece in _CONNECTOR.split(text) if len(normalise(piece)) > 3]
    return pieces if len(pieces) > 1 else [text]


def _hedged(confidence: float, form: str) -> float:
    """Three or four characters (驾照的事) name a subject, not what is wanted, unless they are an example."""
    short = len(strip_fillers(form)) < _SHORTEST_DANGER
    return min(confidence, ANSWER_AT - 0.01) if short and confidence < 1 else confidence


def _best_of(weighed: Sequence[Weighed], *, exact: bool = True) -> list[Candidate]:
    """Best intents of several readings of one sentence."""
    best: dict[str, Candidate] = {}
    for each in weighed:
        for candidate in each.best(8, exact=exact):
            if candidate.intent not in best or candidate.score > best[candidate.intent].score:
                best[candidate.intent] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.score)[:5]


def confidence_of(ranked: Sequence[Candidate]) -> float:
    """Chance that the first candidate is right, from its value, its lead over the second and its cosine.

    Logistic fit on bench/understanding/dev.jsonl and the even lines of config/evaluation/zh.jsonl.
    """
    if not ranked:
        return 0.0
    best = ranked[0]
    if best.score >= 1.0:
        return 1.0
    # An only candidate leads nobody: it may share no more than one rare character with a strange sentence.
    lead = best.total - ranked[1].total if len(ranked) > 1 else 0.0
    odds = -0.663 * best.total + 6.185 * lead + 6.824 * best.cosine + 5.705 * best.inside - 1.398
    return round(1 / (1 + math.exp(-odds)), 4)
