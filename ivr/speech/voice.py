"""The mouth of a call: recordings first, rendered speech second, the synthesiser last.

What is rendered ahead (fixed wording) lives on disk. What is synthesised during a call may hold names, places and
numbers, so it stays in memory, in a bounded store, and is never written.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from ivr.speech.cache import SpeechCache
from ivr.speech.prompts import RecordedPrompts
from ivr.speech.sentences import sentences
from ivr.speech.sound import louder, prepared, silence, to_pcm
from ivr.speech.spoken import spoken
from ivr.speech.synthesiser import SpeechFailed, Synthesiser

SENTENCE_PAUSE_S = 0.3
LINE_RATES = (16000,)
"""Both transports, Asterisk's media channel and the web phone, run at 16 kHz."""
_REMEMBERED = 32 << 20
"""Bytes of speech made during calls that stay in memory."""
_THREADS = 2

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
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="speech")

    async def speak(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> bytes:
        """PCM of the text at this rate, sentences a breath apart; b"" if there is nothing to say."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._joined, text, rate, slow, loud)

    async def render_ahead(
        self,
        texts: Iterable[str],
        rates: Sequence[int] = LINE_RATES,
        progress: Callable[[int, int], None] | None = None,
    ) -> Rendered:
        """Put every sentence of the texts on disk, at these rates. `progress` gets (done, all)."""
        wanted = [(sentence, rate) for sentence in _distinct(texts) for rate in rates]
        loop, made = asyncio.get_running_loop(), 0
        for done, (sentence, rate) in enumerate(wanted, start=1):
            made += await loop.run_in_executor(self._threads, self._store, sentence, rate)
            if progress is not None:
                progress(done, len(wanted))
        removed = await loop.run_in_executor(self._threads, self._cache.trim)
        return Rendered(len(wanted), made, removed)

    def close(self) -> None:
        """Stop the threads; nothing can be said afterwards."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _joined(self, text: str, rate: int, slow: bool, loud: bool) -> bytes:
        parts = [pcm for pcm in self._pieces(text, rate, slow) if pcm]
        pcm = silence(SENTENCE_PAUSE_S, rate).join(parts)
        return louder(pcm) if loud else pcm

    def _pieces(self, text: str, rate: int, slow: bool) -> Iterator[bytes]:
        """Each the longest run of sentences that was recorded, or one synthesised; slow is always synthesised."""
        left = list(sentences(text))
        while left:
            for count in range(len(left), 0, -1):
                recorded = None if slow else self._recorded("".join(left[:count]), rate)
                if recorded is not None:
                    yield recorded
                    del left[:count]
                    break
            else:
                yield self._sentence(left.pop(0), rate, slow)

    def _recorded(self, text: str, rate: int) -> bytes | None:
        prompt = self._recordings.find(text)
        return self._recordings.pcm(prompt, rate) if prompt else None

    def _sentence(self, sentence: str, rate: int, slow: bool) -> bytes:
        key = self._key(sentence, rate, slow)
        with self._lock:
            recent = self._recent.get(key)
            if recent is not None:
                self._recent.move_to_end(key)
                return recent
        pcm = self._cache.get(key)
        if pcm is None:
            pcm = self._made(sentence, rate, slow)
            self._remember(key, pcm)
        return pcm

    def _made(self, sentence: str, rate: int, slow: bool) -> bytes:
        sound = self._synthesiser.synthesise(spoken(sentence), slow=slow)
        return to_pcm(prepared(sound, self._synthesiser.rate, rate))

    def _key(self, sentence: str, rate: int, slow: bool) -> str:
        script = self._synthesiser.script(spoken(sentence))
        return SpeechCache.key(self._synthesiser.name, script, rate, slow=slow)

    def _remember(self, key: str, pcm: bytes) -> None:
        with self._lock:
            replaced = self._recent.pop(key, b"")
            self._recent[key] = pcm
            self._recent_size += len(pcm) - len(replaced)
            while self._recent_size > _REMEMBERED:
                self._recent_size -= len(self._recent.popitem(last=False)[1])

    def _store(self, sentence: str, rate: int) -> bool:
        """Whether it had to be made."""
        key = self._key(sentence, rate, slow=False)
        if self._cache.has(key):
            return False
        try:
            self._cache.put(key, self._made(sentence, rate, slow=False))
        except OSError as error:
            raise SpeechFailed(f"语音存不进去（{error}）。请检查 var/speech 的权限和磁盘空间") from error
        return True


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence for text in texts for sentence in sentences(text)))
