"""The mouth of a call: recordings first, rendered speech second, the synthesiser last.

What is rendered ahead (fixed wording) lives on disk. What is synthesised during a call may hold names, places and
numbers, so it stays in memory, in a bounded store, and is never written.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import structlog

from ivr.speech.cache import SpeechCache
from ivr.speech.prompts import RecordedPrompts
from ivr.speech.sentences import sentences
from ivr.speech.sound import Samples, louder, prepared, silence, to_pcm
from ivr.speech.spoken import spoken
from ivr.speech.synthesiser import SpeechFailed, Synthesiser

SENTENCE_PAUSE_S = 0.3
LINE_RATES = (8000, 16000)
"""Samples per second of Asterisk's media channel and of the web phone."""
_REMEMBERED = 8 << 20
"""Bytes of speech made during calls that stay in memory: minutes, for what is said again in the same call."""
_THREADS = 2
_SCRIPTS = 4096
"""Sentences whose reading is remembered."""

log = structlog.get_logger("ivr.speech")


@dataclass(frozen=True)
class Rendered:
    """What rendering ahead did: sentences asked for, synthesised now, and old files removed to keep the limit."""

    sentences: int
    made: int
    removed: int


class CachedVoice:
    """ports.Voice. Every method raises SpeechFailed when nothing can be said."""

    def __init__(self, synthesiser: Synthesiser, cache: SpeechCache, recordings: RecordedPrompts) -> None:
        self._synthesiser = synthesiser
        self._cache = cache
        self._recordings = recordings
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_size = 0
        self._lock = threading.Lock()
        self._key = lru_cache(maxsize=_SCRIPTS)(self._named)
        # apart, so that what is ready never waits behind a synthesis
        self._finding = ThreadPoolExecutor(_THREADS, thread_name_prefix="speech-find")
        self._making = ThreadPoolExecutor(_THREADS, thread_name_prefix="speech-make")

    @property
    def recordings(self) -> RecordedPrompts:
        """What a person has recorded; it comes before the synthesiser."""
        return self._recordings

    @property
    def name(self) -> str:
        """The synthesiser: engine, version and voice."""
        return self._synthesiser.name

    async def stream(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> AsyncIterator[bytes]:
        """PCM of the text, a recording or a sentence at a time; from the second on a breath comes first."""
        loop, left, breath = asyncio.get_running_loop(), list(sentences(text)), b""
        while left:
            count, pcm = await loop.run_in_executor(self._finding, self._found, left, rate, slow)
            if pcm is None:
                pcm = await loop.run_in_executor(self._making, self._sentence, left[0], rate, slow)
            del left[:count]
            if pcm:
                yield breath + (louder(pcm) if loud else pcm)
                breath = silence(SENTENCE_PAUSE_S, rate)

    async def speak(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> bytes:
        """The same, whole; b"" if there is nothing to say."""
        return b"".join([pcm async for pcm in self.stream(text, rate, slow=slow, loud=loud)])

    async def render_ahead(
        self,
        texts: Iterable[str],
        rates: Sequence[int] = LINE_RATES,
        progress: Callable[[int, int], None] | None = None,
        turn: Callable[[], Awaitable[None]] | None = None,
    ) -> Rendered:
        """Put every sentence of the texts on disk, at these rates. `progress` gets (done, all), in sentences.

        `turn` is awaited before each sentence that has to be made: it returns when this may go on.
        """
        wanted = _distinct(texts)
        loop, made = asyncio.get_running_loop(), 0
        for done, sentence in enumerate(wanted, start=1):
            missing = await loop.run_in_executor(self._finding, self._missing, sentence, rates)
            if missing:
                if turn is not None:
                    await turn()
                await loop.run_in_executor(self._making, self._store, sentence, missing)
                made += 1
            if progress is not None:
                progress(done, len(wanted))
        removed = await loop.run_in_executor(self._finding, self._cache.trim)
        return Rendered(len(wanted), made, removed)

    def rendered(self, texts: Iterable[str], rates: Sequence[int] = LINE_RATES) -> tuple[int, int]:
        """How many sentences of the texts are on disk at all these rates, and how many there are. Blocking."""
        wanted = _distinct(texts)
        return sum(not self._missing(sentence, rates) for sentence in wanted), len(wanted)

    def close(self) -> None:
        """Stop the threads; nothing can be said afterwards."""
        for threads in (self._finding, self._making):
            threads.shutdown(wait=True, cancel_futures=True)

    def _found(self, left: Sequence[str], rate: int, slow: bool) -> tuple[int, bytes | None]:
        """The longest run of sentences that was recorded, or else the first if it is ready; slow is never a recording.

        With the number of sentences it covers.
        """
        if not slow:
            for count in range(len(left), 0, -1):
                recorded = self._recorded("".join(left[:count]), rate)
                if recorded is not None:
                    return count, recorded
        return 1, self._ready(self._key(left[0], rate, slow))

    def _recorded(self, text: str, rate: int) -> bytes | None:
        prompt = self._recordings.find(text)
        return self._recordings.pcm(prompt, rate) if prompt else None

    def _ready(self, key: str) -> bytes | None:
        with self._lock:
            recent = self._recent.get(key)
            if recent is not None:
                self._recent.move_to_end(key)
                return recent
        return self._cache.get(key)

    def _sentence(self, sentence: str, rate: int, slow: bool) -> bytes:
        key = self._key(sentence, rate, slow)
        pcm = self._ready(key)  # another call may have needed the same
        if pcm is None:
            pcm = self._fit(self._synthesiser.synthesise(spoken(sentence), slow=slow), rate)
            self._remember(key, pcm)
        return pcm

    def _fit(self, sound: Samples, rate: int) -> bytes:
        return to_pcm(prepared(sound, self._synthesiser.rate, rate))

    def _named(self, sentence: str, rate: int, slow: bool) -> str:
        script = self._synthesiser.script(spoken(sentence))
        return SpeechCache.key(self._synthesiser.name, script, rate, slow=slow)

    def _remember(self, key: str, pcm: bytes) -> None:
        with self._lock:
            replaced = self._recent.pop(key, b"")
            self._recent[key] = pcm
            self._recent_size += len(pcm) - len(replaced)
            while self._recent_size > _REMEMBERED:
                self._recent_size -= len(self._recent.popitem(last=False)[1])

    def _missing(self, sentence: str, rates: Sequence[int]) -> tuple[int, ...]:
        return tuple(rate for rate in rates if not self._cache.has(self._key(sentence, rate, False)))

    def _store(self, sentence: str, rates: Sequence[int]) -> None:
        sound = self._synthesiser.synthesise(spoken(sentence), slow=False)
        try:
            for rate in rates:
                self._cache.put(self._key(sentence, rate, False), self._fit(sound, rate))
        except OSError as error:
            raise SpeechFailed(f"语音存不进去（{error}）。请检查 var/speech 的权限和磁盘空间") from error


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence for text in texts for sentence in sentences(text)))
