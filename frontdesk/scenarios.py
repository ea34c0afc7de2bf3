"""Scenarios: conversations with what must happen, in YAML that a domain expert reads and writes.

Format: docs/scenarios.md. Run by `frontdesk test` and by the test suite, against the real engine and service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from conversation import (
    Connect,
    ConversationService,
    Engine,
    Event,
    HungUp,
    Keyed,
    Knowledge,
    Located,
    OperatorJoined,
    OperatorLeft,
    Said,
    Say,
    ServedTurn,
    Silence,
)
from handoff import Case, Channel, FieldContent, FieldName, Priority, Queue, RiskFlag
from handoff.ports import Clock
from handoff.testing import MemoryLiveFeed, MemoryStore

_Latitude = Annotated[float, Field(ge=-90, le=90)]
_Longitude = Annotated[float, Field(ge=-180, le=180)]


class ScenarioError(ValueError):
    """A scenario file is not written correctly; says where and how to write it."""


class _ExpectedCase(BaseModel):
    """What the latest case must be like; only what is written is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: Queue | None = None
    priority: Priority | None = None
    route: str | None = None
    matter: str | None = None
    title: str | None = None
    appeal_type: str | None = None
    code: str | None = None
    linkage: tuple[str, ...] | None = None
    fields: dict[FieldName, FieldContent | None] | None = None
    consent: bool | None = None
    risks: tuple[RiskFlag, ...] | None = None
    missing: tuple[FieldName, ...] | None = None
    also: tuple[str, ...] | None = None
    quotes: tuple[str, ...] | None = None


class _Step(BaseModel):
    """One step: exactly one thing that happens, or any number of expectations about what happened so far."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    citizen: str | tuple[str, ...] | None = None
    """What the citizen says; a list gives the recogniser's alternatives, best first."""
    key: str | None = None
    silence: bool = False
    location: tuple[_Latitude, _Longitude] | None = None
    operator: Literal["joins", "leaves"] | None = None
    hangs_up: bool = False

    said: tuple[str, ...] | str | None = None
    """Pieces that must stand in what the front desk said since the last thing that happened."""
    not_said: tuple[str, ...] | str | None = None
    answered: str | None = None
    no_answer: bool = False
    offered: tuple[str, ...] | None = None
    connects: Queue | None = None
    no_case: bool = False
    case: _ExpectedCase | None = None

    @property
    def acts(self) -> bool:
        """Something happens in this step."""
        return self._events > 0

    @property
    def _events(self) -> int:
        told = (self.citizen, self.key, self.location, self.operator)
        return sum(event is not None for event in told) + self.silence + self.hangs_up

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        if self._events > 1:
            raise ValueError("一步里只能发生一件事，请拆成几步")
        return self


class Scenario(BaseModel):
    """A titled conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    why: str = ""
    mechanisms: tuple[str, ...] = ()
    channel: Channel = Channel.WEBCHAT
    entry: Queue | None = None
    caller: str | None = None
    steps: tuple[_Step, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Failure:
    """An expectation that did not hold. `step` counts from 1."""

    step: int
    message: str

    def __str__(self) -> str:
        return f"第{self.step}步：{self.message}"


_FILE = TypeAdapter(list[Scenario])


def load_scenarios(path: Path) -> list[Scenario]:
    """All scenarios of a file. Raises ScenarioError naming file, scenario and step."""
    try:
        document = YAML(typ="safe").load(path.read_text("utf-8"))
        return _FILE.validate_python(document)
    except (YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}：不是正确的 YAML（{error}）") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = " → ".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        raise ScenarioError(f"{path}：第 {where} 处不对（{first['msg']}）。写法见 docs/scenarios.md") from error


async def run_scenario(know: Knowledge, scenario: Scenario, clock: Clock) -> list[Failure]:
    """Play the conversation; returns what did not hold."""
    return await _Play(know, scenario, clock).run()


class _Play:
    def __init__(self, know: Knowledge, scenario: Scenario, clock: Clock) -> None:
        self._store = MemoryStore()
        self._service = ConversationService(Engine(know), self._store, MemoryLiveFeed(), clock)
        self._scenario = scenario
        self._turn: ServedTurn | None = None
        self._last_said: tuple[str, ...] = ()

    async def run(self) -> list[Failure]:
        conversation = await self._service.open(
            self._scenario.channel, entry=self._scenario.entry, caller_number=self._scenario.caller
        )
        greeting = await self._service.transcript(conversation)
        self._last_said = tuple(message.text for message in greeting)
        failures: list[Failure] = []
        for number, step in enumerate(self._scenario.steps, start=1):
            if step.acts:
                self._turn = await self._service.handle(conversation, _event(step))
                self._last_said = tuple(message.text for message in self._turn.messages)
            failures += [Failure(number, message) for message in await self._check(step)]
        return failures

    async def _check(self, step: _Step) -> list[str]:
        spoken = "\n".join(self._last_said)
        actions = self._turn.actions if self._turn else ()
        wrong = [
            f"应当说到“{piece}”，实际说的是：{spoken or '（没有说话）'}"
            for piece in _many(step.said)
            if piece not in spoken
        ]
        wrong += [f"不应当说到“{piece}”，实际说的是：{spoken}" for piece in _many(step.not_said) if piece in spoken]
        if step.answered is not None:
            answers = [action.answers for action in actions if isinstance(action, Say) and action.answers]
            if step.answered not in answers:
                wrong.append(f"应当回答 {step.answered}，实际回答了 {answers or '别的'}：{spoken}")
        if step.no_answer:
            answers = [action.answers for action in actions if isinstance(action, Say) and action.answers]
            wrong += [f"不应当回答，实际回答了 {answers}"] if answers else []
        if step.offered is not None:
            labels = [choice["label"] for m in self._messages() for choice in m.payload.get("choices", [])]
            missing = [title for title in step.offered if not any(title in label for label in labels)]
            if missing:
                wrong.append(f"应当给出选项 {missing}，实际选项是 {labels}")
        if step.connects is not None:
            queues = [action.queue for action in actions if isinstance(action, Connect)]
            if step.connects not in queues:
                wrong.append(f"应当接通 {step.connects} 席，实际 {queues or '没有接人'}：{spoken}")
        if step.no_case and (case := await self._case()) is not None:
            wrong.append(f"不应当生成警情或工单，实际生成了 {case.queue} {case.title}")
        if step.case is not None:
            wrong += _compare(await self._case(), step.case)
        return wrong

    def _messages(self) -> tuple[Any, ...]:
        return self._turn.messages if self._turn else ()

    async def _case(self) -> Case | None:
        async with self._store.transaction() as tx:
            return max(await tx.cases.recent(None), key=lambda case: case.number, default=None)


def _event(step: _Step) -> Event:
    if step.citizen is not None:
        return Said(alternatives=_many(step.citizen))
    if step.key is not None:
        return Keyed(key=step.key)
    if step.location is not None:
        return Located(latitude=step.location[0], longitude=step.location[1])
    if step.operator is not None:
        return OperatorJoined(name="110席") if step.operator == "joins" else OperatorLeft()
    return HungUp() if step.hangs_up else Silence()


def _compare(case: Case | None, expected: _ExpectedCase) -> list[str]:
    wanted = {name: getattr(expected, name) for name in expected.model_fields_set}
    if case is None:
        return [f"应当生成 {wanted}，实际没有生成警情或工单"]
    wrong = []
    for key, value in wanted.items():
        match key:
            case "fields":
                wrong += _compare_fields(case, value)
            case "consent":
                actual = case.consent.given if case.consent else None
                if actual != value:
                    wrong.append(f"consent 应当是 {value}，实际是 {actual}")
            case "risks":
                flags = {risk.flag for risk in case.risks}
                told = f"实际有 {sorted(flag.value for flag in flags)}"
                wrong += [f"应当有风险 {flag.value}，{told}" for flag in value if flag not in flags]
            case "missing":
                if case.missing != value:
                    wanted_names, names = [name.value for name in value], [name.value for name in case.missing]
                    wrong.append(f"缺失应当是 {wanted_names}，实际是 {names}")
            case "also":
                wrong += [
                    f"应当附带 {title}，实际附带 {case.also_asked}" for title in value if title not in case.also_asked
                ]
            case "linkage":
                wrong += [f"应当联动 {unit}，实际联动 {case.linkage}" for unit in value if unit not in case.linkage]
            case "quotes":
                wrong += [
                    f"应当记下原话“{words}”，实际记了 {case.quotes}" for words in value if words not in case.quotes
                ]
            case _:
                if getattr(case, key) != value:
                    wrong.append(f"{key} 应当是 {value}，实际是 {getattr(case, key)}")
    return wrong


def _compare_fields(case: Case, expected: Mapping[FieldName, FieldContent | None]) -> list[str]:
    wrong = []
    for name, value in expected.items():
        field = case.fields.get(name)
        actual = field.value if field else None
        if actual != value:
            wrong.append(f"要素 {name.value} 应当是 {value!r}，实际是 {actual!r}")
    return wrong


def _many(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()
