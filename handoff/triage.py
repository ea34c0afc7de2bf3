"""研判分流: from a matter and the words said to queue, route, priority and linkage.

Rules are data: config/triage.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from handoff.case import Priority, Queue


class TriageError(ValueError):
    """config/triage.yaml cannot be used; says which entry and why."""


class RouteRule(BaseModel):
    """A route: its desk, what the citizen is told about who comes, its form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    queue: Queue
    who: str
    form: str


class _Raise(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str
    words: str
    unless: str = ""
    matters: tuple[str, ...] = ()
    priority: Priority
    route: str | None = None
    linkage: tuple[str, ...] = ()


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    routes: dict[str, RouteRule]
    raises: tuple[_Raise, ...] = ()


@dataclass(frozen=True)
class Routing:
    """Where a matter goes. `why` lists the rules that raised it."""

    queue: Queue
    route: str
    priority: Priority
    linkage: tuple[str, ...]
    why: tuple[str, ...] = ()

    @property
    def urgent(self) -> bool:
        """Waits for nothing: no consent, no form."""
        return self.priority == "P1"


class Triage:
    """Compiled rules; pure."""

    def __init__(self, rules: _Rules) -> None:
        self.routes: Mapping[str, RouteRule] = rules.routes
        self._raises = [
            (rule, re.compile(rule.words), re.compile(rule.unless) if rule.unless else None) for rule in rules.raises
        ]

    @property
    def matters(self) -> frozenset[str]:
        """Matters named in raises, to be checked against the catalogue."""
        return frozenset(matter for rule, *_ in self._raises for matter in rule.matters)

    def route(
        self, matter: str, queue: str, route: str, priority: Priority, linkage: Iterable[str], words: str
    ) -> Routing:
        """Routing of a matter given its catalogue entry and everything said about it. Priority only rises."""
        rule = self.routes[route]
        chosen: Queue = "110" if queue == "110" else "12345" if queue == "12345" else rule.queue
        routing = Routing(chosen, route, priority, tuple(linkage))
        for raising, pattern, bar in self._raises:
            if raising.matters and matter not in raising.matters:
                continue
            if raising.priority >= routing.priority or not pattern.search(words):
                continue
            if bar is not None and bar.search(words):
                continue
            raised = raising.route or routing.route
            routing = replace(
                routing,
                priority=raising.priority,
                route=raised,
                queue=self.routes[raised].queue if raising.priority == "P1" or raising.route else routing.queue,
                linkage=tuple(dict.fromkeys([*routing.linkage, *raising.linkage])),
                why=(*routing.why, raising.why),
            )
        if routing.urgent and routing.queue != "110":
            routing = replace(routing, queue="110", route="joint_110_lead")
        return routing


def parse_triage(document: Mapping[str, Any], file: str = "config/triage.yaml") -> Triage:
    """Raises TriageError naming the entry that is wrong."""
    try:
        rules = _Rules.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TriageError(f"{file}：{where} 不对（{first['msg']}）。写法见文件开头的说明") from error
    for index, rule in enumerate(rules.raises):
        if rule.route is not None and rule.route not in rules.routes:
            raise TriageError(f"{file}：raises 第{index + 1}条的 route {rule.route} 不在 routes 里")
        for words in (rule.words, rule.unless):
            try:
                re.compile(words)
            except re.error as error:
                raise TriageError(f"{file}：raises 第{index + 1}条的正则写错了：{words!r}（{error}）") from error
    return Triage(rules)
