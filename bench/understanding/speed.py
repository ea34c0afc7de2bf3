"""Time of one reading, how it grows with the catalogue, time to learn it, and the memory it takes.

One core: the process binds itself to one. Made-up catalogues repeat the shipped utterances, misheard anew each time.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice

from bench.report import show
from bench.timing import Timing, time_calls
from frontdesk.evaluation import noisy, read_split
from frontdesk.knowledge import LANGUAGE, lexicon_of, load_knowledge
from frontdesk.settings import home
from intents.catalogue import Catalogue, Smalltalk
from intents.lexicon import Lexicon
from intents.matcher import Matcher
from intents.normalise import normalise
from intents.training import train_catalogue

MEDIAN_MS, P99_MS, GROWTH, MEMORY_MB, TRAINING_S = 1.0, 4.0, 1.5, 300.0, 30.0
"""Limits."""
INTENTS, SMALL, LARGE = 300, 12_000, 100_000
RUNS = 3
_CHANGED = 0.15
_REPORTING = "--memory"


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    memory = _memory()
    know = load_knowledge(home() / "config")
    split = read_split(home() / "config" / "evaluation" / f"{LANGUAGE}.jsonl", know.catalogue)
    asked = [sentence.text for sentence in split][:: 10 if quick else 1]
    lexicon = lexicon_of(home() / "config")
    runs = 1 if quick else RUNS
    reading = _undisturbed(lambda text: know.understanding.read([text]), asked, runs)
    started = time.process_time()
    train_catalogue(know.catalogue, lexicon)
    training = time.process_time() - started
    examples = sum(len(intent.examples) for intent in know.catalogue)
    show(
        f"Reading a sentence on one core: {len(know.catalogue)} intents, {examples} utterances, {len(asked)} asked",
        ("what", "measured", "limit"),
        [
            ("read, median ms", f"{reading.median * 1000:.2f}", f"{MEDIAN_MS:g}"),
            ("read, p99 ms", f"{reading.p99 * 1000:.2f}", f"{P99_MS:g}"),
            ("learning the catalogue, s of the core", f"{training:.1f}", f"{TRAINING_S:g}"),
            ("memory of the understanding, MB", f"{memory:.0f}", f"{MEMORY_MB:g}"),
        ],
    )
    if not quick:
        _growth(know.catalogue, lexicon, [normalise(text) for text in asked])


def _growth(catalogue: Catalogue, lexicon: Lexicon, asked: Sequence[str]) -> None:
    """The matcher alone, which is what grows."""
    rows, small = [], None
    for size in (SMALL, LARGE):
        made = _made_up(catalogue, size)
        started = time.perf_counter()
        matcher = Matcher(made, lexicon, train_catalogue(made, lexicon))
        ready = time.perf_counter() - started
        timing = _undisturbed(matcher.rank, asked, RUNS)
        small = small or timing
        rows.append(_row(size, timing, small, ready))
    show(
        f"Matching alone, {INTENTS} made-up intents",
        ("utterances", "a second", "median ms", "p99 ms", f"median grew (limit {GROWTH:g})", "ready after s"),
        rows,
    )


def _undisturbed(call: Callable[[str], object], asked: Sequence[str], runs: int) -> Timing:
    """Each sentence's quickest of several runs, after one to warm up: the work, not its neighbours."""
    time_calls(call, asked[:50])
    found = [time_calls(call, asked).seconds for _ in range(runs)]
    return Timing(tuple(map(min, zip(*found, strict=True))))


def _row(size: int, timing: Timing, small: Timing, ready: float) -> tuple[str, ...]:
    return (f"{size:,}", *timing.cells(), f"× {timing.median / small.median:.2f}", f"{ready:.1f}")


def _made_up(catalogue: Catalogue, size: int) -> Catalogue:
    """So many utterances, evenly over the first intents; beyond the shipped ones, these misheard and shuffled."""
    chance = random.Random(size)  # noqa: S311  repeatable on purpose
    intents, each = [], size // INTENTS
    for number, intent in enumerate(islice(cycle(catalogue), INTENTS)):
        examples = list(intent.examples[:each])
        while len(examples) < each:
            one, other = chance.choice(intent.examples), chance.choice(intent.examples)
            cut = chance.randrange(len(one))
            text = f"{noisy(one, _CHANGED, len(examples))}，{other[cut % len(other) :]}"
            examples.append(text[:400])
        made = Smalltalk(
            id=f"made_{number}", kind="smalltalk", title=intent.title, examples=tuple(examples), reply="好的"
        )
        intents.append(made)
    return Catalogue(intents)


def _memory() -> float:
    """MB that a fresh process grows by when it loads the understanding (kept model) and reads a sentence."""
    load_knowledge(home() / "config")  # so that the model is kept
    told = subprocess.run(
        [sys.executable, "-m", "bench.understanding.speed", _REPORTING], check=True, capture_output=True, text=True
    )
    return float(told.stdout.split()[-1])


def _report_memory() -> None:
    before = _resident()
    know = load_knowledge(home() / "config")
    know.understanding.read(["身份证丢了怎么补办"])
    print(_resident() - before)


def _resident() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  not a file of ours
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    if _REPORTING in sys.argv[1:]:
        _report_memory()
    else:
        main(quick="--quick" in sys.argv[1:])
