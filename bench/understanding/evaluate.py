"""The product's own evaluation beside two peers that learn from the same examples, clean and misheard.

Sentences: config/evaluation/zh.jsonl, of which even lines (counted from 0) may choose thresholds and odd lines are for
reporting; and dev.jsonl, older, of which even lines chose earlier weights and odd lines are no longer unseen.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console

from bench.machine import describe
from bench.report import WIDTH
from bench.sentences import sentences
from bench.understanding.peer import LinearMachine, NearestExample
from conversation import Knowledge
from frontdesk.evaluation import RATES, Report, Sentence, evaluate, noisy, read_split, report_of
from frontdesk.evaluation.tables import shares
from frontdesk.knowledge import LANGUAGE, load_knowledge
from frontdesk.settings import home


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    know = load_knowledge(home() / "config")
    peers = {"extractOne": NearestExample(know.catalogue), "linear SVM": LinearMachine(know.catalogue)}
    file = home() / "config" / "evaluation" / f"{LANGUAGE}.jsonl"
    dev = _dev(know)
    sets = {
        f"{file.name}, odd lines, held back": read_split(file, know.catalogue, "odd"),
        f"{file.name}, even lines, thresholds may be chosen on them": read_split(file, know.catalogue, "even"),
        "dev.jsonl, odd lines": [each for each in dev if each.at % 2],
    }
    console = Console(width=WIDTH)
    for title, chosen in sets.items():
        console.print(f"{title}: %  product / {' / '.join(peers)}", style="bold", highlight=False)
        console.print(describe(), style="dim", highlight=False)
        console.print(shares(_reports(know, peers, chosen[::8] if quick else chosen, RATES[:2] if quick else RATES)))


def _reports(
    know: Knowledge,
    peers: dict[str, NearestExample | LinearMachine],
    chosen: Sequence[Sentence],
    rates: Sequence[float],
) -> list[tuple[str, Report]]:
    found = [("product", evaluate(know, chosen, rates))]
    for name, peer in peers.items():
        heard = {rate: [peer.outcome(each, noisy(each.text, rate, each.at)) for each in chosen] for rate in rates}
        found.append((name, report_of(heard)))
    return found


def _dev(know: Knowledge) -> list[Sentence]:
    """The older sentences, as far as they are labelled with what they lead to and the catalogue still has it."""
    return [
        Sentence.model_validate({key: value for key, value in asdict(line).items() if key != "fields"})
        for line in sentences()
        if line.kind != "fields" and (line.intent is None or line.intent in know.catalogue)
    ]


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
