"""The safety screen: every utterance passes here first, and missing somebody is the worst error.

Data: config/safety.yaml, whose head explains every key. A rule fires when all its elements are said in one
sentence, in any order. Idioms and negated dangers are masked before, so that "没着火" does not hide "他在打她".
Homophones (轻声/轻生) become a second reading of the sentence when their context is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from intents.normalise import clean, normalise
from intents.pinyin import folded

_SENTENCE = re.compile(r"[。！？!?；;\n]+")
_CLAUSE = re.compile(r"[，,、：:]+")
_MASK = "□"

Words = Annotated[str, StringConstraints(min_length=1)]
Keep = Literal["block", "keep"]
Flag = Literal[
    "life",
    "self_harm",
    "violence",
    "weapon",
    "casualties",
    "fire",
    "gas",
    "water",
    "trapped",
    "missing",
    "crowd",
    "hazardous",
    "fraud",
    "silent",
]
"""The risks of a case, by the names that handoff gives them."""


class SafetyDataError(ValueError):
    """config/safety.yaml cannot be used; says where and why."""


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")

    matter: Words
    flag: Flag
    all: tuple[Words, ...] = Field(min_length=1)
    unless: tuple[Words, ...] = ()
    question: Keep = "block"
    past: Keep = "block"


class _Doubt(BaseModel):
    model_config = ConfigDict(extra="forbid")

    matter: Words
    flag: Flag
    any: Words
    context: str = ""
    unless: tuple[Words, ...] = ()
    question: Keep = "block"


class _Sound(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: Words
    like: tuple[Words, ...]
    context: Words
    unless: str = ""


class SafetyData(BaseModel):
    """The content of config/safety.yaml."""

    model_config = ConfigDict(extra="forbid")

    idioms: tuple[Words, ...] = Field(min_length=1)
    negated: tuple[Words, ...] = Field(min_length=1)
    calm: Words
    fiction: Words
    questions: Words
    past: Words
    live: Words
    concepts: dict[str, Words]
    rules: tuple[_Rule, ...]
    doubts: tuple[_Doubt, ...]
    sounds: tuple[_Sound, ...]


@dataclass(frozen=True)
class Danger:
    """A danger heard. `quote` is the sentence as said, `words` what fired, `sure` False to ask one yes/no.

    Without words it rests on likeness to the examples of urgent matters, with this `chance` (0..1).
    """

    matter: str
    flag: str
    quote: str
    words: tuple[str, ...]
    sure: bool
    heard_as: str | None = None
    chance: float = 1.0


@dataclass(frozen=True)
class _Compiled:
    matter: str
    flag: str
    needs: tuple[re.Pattern[str], ...]
    bars: tuple[re.Pattern[str], ...]
    despite_question: bool
    despite_past: bool
    despite_calm: bool


class SafetyScreen:
    """Compiled rules. Pure and reusable."""

    def __init__(self, data: SafetyData) -> None:
        self._concepts = {name: _compiled(words).pattern for name, words in data.concepts.items()}
        self._negated = _compiled("|".join(f"(?:{words})" for words in data.negated))
        self._idioms = _compiled("|".join(f"(?:{words})" for words in data.idioms))
        self._calm = _compiled(data.calm)
        self._fiction = _compiled(data.fiction)
        self._questions = _compiled(data.questions)
        self._past = _compiled(data.past)
        self._live = _compiled(data.live)
        self._rules = [
            _Compiled(
                rule.matter,
                rule.flag,
                tuple(self._pattern(element) for element in rule.all),
                tuple(self._pattern(element) for element in rule.unless),
                rule.question == "keep",
                rule.past == "keep",
                rule.flag == "self_harm",
            )
            for rule in data.rules
        ]
        self._doubts = [
            (
                doubt,
                _compiled(doubt.any),
                re.compile(doubt.context),
                [self._pattern(bar) for bar in doubt.unless],
            )
            for doubt in data.doubts
        ]
        self._sounds: dict[tuple[str, ...], list[tuple[str, re.Pattern[str], re.Pattern[str] | None]]] = {}
        for sound in data.sounds:
            context, bar = re.compile(sound.context), _compiled(sound.unless) if sound.unless else None
            for alike in dict.fromkeys(folded(word) for word in (sound.word, *sound.like)):
                self._sounds.setdefault(alike, []).append((sound.word, context, bar))
        self._widths = sorted({len(alike) for alike in self._sounds})

    @property
    def matters(self) -> frozenset[str]:
        """Ids of the matters that rules name, to be checked against the catalogue."""
        return frozenset(rule.matter for rule in self._rules) | {doubt.matter for doubt, *_ in self._doubts}

    def flag_of(self, matter: str) -> str:
        """The risk flag that the rules give this matter; life if none names it."""
        return next((rule.flag for rule in self._rules if rule.matter == matter), "life")

    def without_negated(self, form: str) -> str:
        """Normalised text without denied dangers (没着火); the text itself if nothing else is left."""
        return " ".join(self._negated.sub(" ", form).split()) or form

    def without_idioms(self, form: str) -> str:
        """Normalised text without denied dangers and idioms (打麻将, 热死了); the text itself if nothing is left."""
        return " ".join(self._idioms.sub(" ", self._negated.sub(" ", form)).split()) or form

    def is_calm(self, text: str) -> bool:
        """The text says that it was a mistake or is over."""
        return bool(self._calm.search(normalise(text)))

    def is_live(self, text: str) -> bool:
        """The text says that it goes on right now."""
        return bool(self._live.search(normalise(text)))

    def screen(self, hypotheses: Sequence[str]) -> tuple[Danger, ...]:
        """All dangers in any hypothesis, in rule order, sure ones first."""
        found: dict[tuple[str, bool], Danger] = {}
        for hypothesis in hypotheses:
            for sentence in _SENTENCE.split(hypothesis):
                for danger in self._sentence(sentence):
                    found.setdefault((danger.matter, danger.sure), danger)
        return tuple(sorted(found.values(), key=lambda danger: not danger.sure))

    def _sentence(self, sentence: str) -> list[Danger]:
        text = " ".join(form for form in map(normalise, _CLAUSE.split(sentence)) if form)
        if not text:
            return []
        quote = clean(sentence)
        dangers = self._read(text, quote, None)
        for heard, intended, variant in self._homophones(text):
            dangers += self._read(variant, quote, f"{heard}→{intended}")
        return dangers

    def _read(self, text: str, quote: str, heard_as: str | None) -> list[Danger]:
        if self._fiction.search(text):
            return []
        masked = self._idioms.sub(_MASK, self._negated.sub(_MASK, text))
        calm = bool(self._calm.search(text))
        live = bool(self._live.search(masked))
        asking = not live and bool(self._questions.search(text))
        past = not live and bool(self._past.search(text))
        found = []
        for rule in self._rules:
            if (
                (calm and not rule.despite_calm)
                or (asking and not rule.despite_question)
                or (past and not rule.despite_past)
            ):
                continue
            hits = []
            for need in rule.needs:
                hit = need.search(masked)
                if hit is None:
                    break
                hits.append(hit.group())
            else:
                if not any(bar.search(text) for bar in rule.bars):
                    found.append(Danger(rule.matter, rule.flag, quote, tuple(hits), True, heard_as))
        for doubt, words, context, bars in self._doubts:
            hit = words.search(text)
            if (
                hit
                and context.search(text)
                and not (asking and doubt.question != "keep")
                and not any(bar.search(text) for bar in bars)
            ):
                found.append(Danger(doubt.matter, doubt.flag, quote, (hit.group(),), False, heard_as))
        return found

    def _homophones(self, text: str) -> list[tuple[str, str, str]]:
        """Readings of the text in which a like-sounding word is replaced: (heard, intended, reading)."""
        compact = text.replace(" ", "")
        sounds = folded(compact)
        if len(sounds) != len(compact):  # Latin words or digits: positions do not map one to one
            sounds = tuple(folded(character)[0] if folded(character) else "" for character in compact)
        readings: dict[str, tuple[str, str, str]] = {}
        for width in self._widths:
            for at in range(len(sounds) - width + 1):
                for word, context, bar in self._sounds.get(sounds[at : at + width], ()):
                    heard = compact[at : at + width]
                    if heard == word or len(word) != width or word in readings or not context.search(compact):
                        continue
                    if not (bar and bar.search(compact)):
                        readings[word] = (heard, word, compact[:at] + word + compact[at + width :])
        return list(readings.values())

    def _pattern(self, element: str) -> re.Pattern[str]:
        if element in self._concepts:
            return _compiled(self._concepts[element])
        if "(" in element:
            return _compiled(element)
        return _compiled("|".join(self._concepts.get(part, part) for part in element.split("|")))


def _compiled(words: str) -> re.Pattern[str]:
    """The pattern. One that matches anything (a stray | at the end) would switch a rule on or off for good."""
    pattern = re.compile(words)
    if pattern.search(""):
        raise SafetyDataError(f"正则对什么话都命中：{words!r}。请检查有没有多余的竖线")
    return pattern


def parse_safety(document: Mapping[str, Any], file: str = "config/safety.yaml") -> SafetyScreen:
    """The screen from the parsed YAML. Raises SafetyDataError naming the key that is wrong."""
    try:
        data = SafetyData.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SafetyDataError(f"{file}：{where} 不对（{first['msg']}）。写法见文件开头的说明") from error
    try:
        return SafetyScreen(data)
    except SafetyDataError as error:
        raise SafetyDataError(f"{file}：{error}") from error
    except re.error as error:
        raise SafetyDataError(f"{file}：正则写错了：{error.pattern!r}（{error}）。请检查括号是否成对") from error
