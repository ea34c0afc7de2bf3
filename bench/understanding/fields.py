"""Exact values of every field in fields.jsonl, clean and with recognition errors, and the time one reading takes.

Set "tuned" was read while the extractors were mended; set "held" was written afterwards and nothing was changed
for it. A place, a time, people and a demand are exact when the words are the labelled words, character by character.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import show
from frontdesk.evaluation.noise import noisy
from frontdesk.knowledge import load_regions
from frontdesk.settings import home
from intents.slots import Slot, extract

REGIONS = load_regions(home() / "config")
FILE = Path(__file__).with_name("fields.jsonl")
RATES = (0.0, 0.1, 0.2)
LIKELY = 0.4
"""Confidence from which a field that nobody said counts against us; the conversation asks again below."""
NAMES = ("location", "time", "people", "injury", "weapon", "ongoing", "phone", "plate", "amount", "demand")
_WORDS = frozenset({"location", "time", "people", "demand"})


@dataclass(frozen=True)
class Line:
    """A sentence and the fields that were said in it."""

    text: str
    set: str
    fields: dict[str, Any]


def lines(path: Path = FILE) -> list[Line]:
    """All labelled sentences, in file order."""
    rows = (json.loads(row) for row in path.read_text("utf-8").splitlines())
    return [Line(row["text"], row["set"], row["fields"]) for row in rows]


@dataclass(frozen=True)
class Read:
    """One sentence as heard, and what was made of it."""

    line: Line
    text: str
    slots: dict[str, Slot]
    rate: float
    at: int

    def right(self, name: str) -> bool:
        """Was the labelled value read exactly? Labelled words are taken as they were misheard."""
        wanted, slot = self.line.fields[name], self.slots.get(name)
        if slot is None:
            return False
        if name == "weapon":
            return slot.value == (wanted if isinstance(wanted, bool) else True)
        if name in _WORDS:
            return self._misheard(str(wanted)) in (slot.value, slot.quote)
        return bool(slot.value == wanted)

    def unsaid(self, name: str) -> bool:
        """Was a value read that nobody said?"""
        slot = self.slots.get(name)
        return name not in self.line.fields and slot is not None and slot.confidence >= LIKELY

    def _misheard(self, wanted: str) -> str:
        if not self.rate:
            return wanted
        start = self.line.text.index(wanted)
        first, last = (len(noisy(self.line.text[:end], self.rate, self.at)) for end in (start, start + len(wanted)))
        return self.text[first:last]


def read(labelled: Sequence[Line], rate: float) -> list[Read]:
    """Every sentence with this share of its characters misheard."""
    found = []
    for at, line in enumerate(labelled):
        text = noisy(line.text, rate, at) if rate else line.text
        found.append(Read(line, text, {slot.name: slot for slot in extract(text, REGIONS)}, rate, at))
    return found


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    labelled = lines()
    for name in sorted({line.set for line in labelled}):
        chosen = [line for line in labelled if line.set == name]
        reads = {rate: read(chosen, rate) for rate in (RATES[:1] if quick else RATES)}
        show(
            f'Fields, set "{name}", {len(chosen)} sentences: exact values read / said, and values nobody said',
            ("field", *(cell for rate in reads for cell in (f"{rate:.0%} errors" if rate else "clean", "unsaid"))),
            [_row(field, reads) for field in NAMES],
        )
    _speed([line.text for line in labelled])


def _row(name: str, reads: dict[float, list[Read]]) -> list[str]:
    cells = []
    for found in reads.values():
        said = [one for one in found if name in one.line.fields]
        right = sum(one.right(name) for one in said)
        share = f" = {100 * right / len(said):.1f} %" if said else ""
        cells += [f"{right}/{len(said)}{share}", str(sum(one.unsaid(name) for one in found))]
    return [name, *cells]


def _speed(texts: Sequence[str]) -> None:
    """The best of five passes over all sentences."""
    took = [float("inf")] * len(texts)
    for _ in range(5):
        for at, text in enumerate(texts):
            started = time.perf_counter()
            extract(text, REGIONS)
            took[at] = min(took[at], (time.perf_counter() - started) * 1000)
    took.sort()
    show(
        "Reading all fields of a sentence, milliseconds",
        ("median", "p99", "longest"),
        [[f"{statistics.median(took):.3f}", f"{took[int(len(took) * 0.99)]:.3f}", f"{took[-1]:.3f}"]],
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
