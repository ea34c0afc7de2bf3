"""Messages a second: the pure engine and the service in memory, beside bare understanding and beside rapidfuzz.

Every message is the first of its conversation, so nothing is answered from the state of an earlier one.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from rapidfuzz import fuzz, process

from bench.report import show
from bench.sentences import sentences
from bench.timing import Timing, best, time_awaits, time_calls
from conversation import ConversationService, Engine, Knowledge, Said
from frontdesk.knowledge import load_knowledge
from frontdesk.settings import home
from handoff import Channel
from handoff.testing import MemoryLiveFeed, MemoryStore
from intents.normalise import normalise

RUNS = 3
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    know = load_knowledge(home() / "config")
    texts = [sentence.text for sentence in sentences()][:: 8 if quick else 1]
    runs = 1 if quick else RUNS
    examples = [normalise(example) for intent in know.catalogue for example in intent.examples]
    engine = Engine(know)
    fresh = engine.start(Channel.WEBCHAT)
    measured = {
        f"rapidfuzz extractOne over {len(examples)} examples (peer)": best(
            time_calls(lambda text: process.extractOne(normalise(text), examples, scorer=fuzz.ratio), texts)
            for _ in range(runs)
        ),
        "understanding.read (peer of the engine)": best(
            time_calls(lambda text: know.understanding.read([text]), texts) for _ in range(runs)
        ),
        "engine.handle": best(
            time_calls(lambda text: engine.handle(fresh, Said(alternatives=(text,)), NOW), texts) for _ in range(runs)
        ),
        "service.handle on MemoryStore": best(asyncio.run(_service(know, texts)) for _ in range(runs)),
    }
    show(
        f"Engine: {len(texts)} first messages, one core, one after the other, best of {runs}",
        ("what", "messages/s", "median ms", "p99 ms"),
        [(name, *timing.cells()) for name, timing in measured.items()],
    )


async def _service(know: Knowledge, texts: list[str]) -> Timing:
    """One store per message: the memory store copies itself on every transaction, which no real store does."""
    waiting = []
    for text in texts:
        service = ConversationService(Engine(know), MemoryStore(), MemoryLiveFeed(), lambda: NOW)
        waiting.append((service, await service.open(Channel.WEBCHAT), Said(alternatives=(text,))))
    return await time_awaits(lambda item: item[0].handle(item[1], item[2]), waiting)


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
