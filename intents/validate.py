"""What an admin should know about a catalogue beyond its syntax: conflicts between intents and with the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from intents.catalogue import Matter
from intents.cues import read_cues
from intents.normalise import normalise
from intents.parse import Located
from intents.safety import Danger
from intents.understanding import Understanding

Kind = Literal["duplicate", "stolen", "unreachable", "danger_in_consultation", "missed_danger"]
_BLOCKING: frozenset[Kind] = frozenset({"duplicate", "unreachable", "danger_in_consultation"})


@dataclass(frozen=True)
class Finding:
    """One thing to look at. `blocks` findings make `frontdesk catalogue validate` fail."""

    kind: Kind
    file: str
    line: int
    message: str
    fix: str

    @property
    def blocks(self) -> bool:
        """Wrong, not just worth a look."""
        return self.kind in _BLOCKING

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}。{self.fix}"


def validate(entries: Sequence[Located], understanding: Understanding) -> list[Finding]:
    """All findings, in file order within each kind."""
    return [*_duplicates(entries), *_matching(entries, understanding), *_safety(entries, understanding)]


def _duplicates(entries: Iterable[Located]) -> list[Finding]:
    first: dict[str, tuple[Located, int]] = {}
    found = []
    for entry in entries:
        for example, line in zip(entry.intent.examples, entry.example_lines, strict=True):
            form = normalise(example).replace(" ", "")
            earlier, at = first.setdefault(form, (entry, line))
            if (earlier, at) != (entry, line):
                found.append(
                    Finding(
                        "duplicate",
                        entry.file,
                        line,
                        f"“{example}”在 {entry.intent.id} 里，{earlier.file}:{at} 的 {earlier.intent.id} 已经有了",
                        "留下更合适的一处，删掉另一处",
                    )
                )
    return found


def _matching(entries: Iterable[Located], understanding: Understanding) -> list[Finding]:
    found = []
    for entry in entries:
        reached = False
        for example, line in zip(entry.intent.examples, entry.example_lines, strict=True):
            ranked = understanding.rank([normalise(example)], read_cues(normalise(example)), exact=False)
            if ranked and ranked[0].intent != entry.intent.id:
                winner = ranked[0].intent
                title = understanding.catalogue[winner].title
                found.append(
                    Finding(
                        "stolen",
                        entry.file,
                        line,
                        f"“{example}”写在 {entry.intent.id} 里，却更像 {winner}（{title}）",
                        "换一个更有特点的说法，或移到那个意图里",
                    )
                )
            else:
                reached = True
        if not reached:
            found.append(
                Finding(
                    "unreachable",
                    entry.file,
                    entry.line,
                    f"{entry.intent.id} 的说法全都被别的意图抢走",
                    "补充只属于它的说法，或与相近的意图合并",
                )
            )
    return found


def _safety(entries: Iterable[Located], understanding: Understanding) -> list[Finding]:
    found = []
    for entry in entries:
        urgent = isinstance(entry.intent, Matter) and entry.intent.priority == "P1"
        for example, line in zip(entry.intent.examples, entry.example_lines, strict=True):
            danger = understanding.read([example]).danger
            if danger is not None and entry.intent.kind != "matter":
                found.append(
                    Finding(
                        "danger_in_consultation",
                        entry.file,
                        line,
                        f"“{example}”会被当成险情（{_heard(danger)}），到不了 {entry.intent.id}",
                        "换个说法，或改 config/safety.yaml 里对应的规则",
                    )
                )
            if urgent and not understanding.read([example]).dangers:
                found.append(
                    Finding(
                        "missed_danger",
                        entry.file,
                        line,
                        f"“{example}”是 P1，却没有被当成险情",
                        "在 config/safety.yaml 里补上这种说法",
                    )
                )
    return found


def _heard(danger: Danger) -> str:
    return "、".join(danger.words) or danger.matter
