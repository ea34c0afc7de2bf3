"""Vosk decoding one call: band and level brought to the model's, n-best lists, expected phrases in a second reading.

Expected phrases never narrow what can be heard: speech is always decoded freely, and a short answer is then read
again against the list. So a citizen who is asked yes or no and cries for help is still understood.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import soxr
from numpy.typing import NDArray

from ivr.hypotheses import Scored, hypotheses, joined, n_best, partial, with_expected, without_spaces
from ivr.loudness import Leveller
from ivr.ports import Hypothesis
from ivr.recogniser import SAMPLE_BYTES, Limits
from ivr.vosk_model import ALTERNATIVES, VoskModel

SHORT_ANSWER = 10.0
"""Seconds of sound kept for the second reading; a longer utterance is no answer from a list."""
LEAD = 0.3
"""Seconds kept before the first loud sound in the second reading."""
LOUD = 0.2
"""Share of the utterance's peak that counts as loud."""
EXTRA_CHARACTERS = 4
"""A free reading longer than the longest phrase by more than this was not an answer from the list."""
MEASURED_SECONDS = 6.0
"""Sound decoded by each thread in one round of measuring."""
MOST_ROUNDS = 7
ENOUGH = 1.0
"""Processor seconds of one thread after which no further round is begun."""


class VoskDecoder:
    """One call's engine (ivr.recogniser.Decoder). `missing` is told characters that expected phrases cannot have."""

    def __init__(self, model: VoskModel, rate: int, missing: Callable[[frozenset[str]], None]) -> None:
        self._model, self._missing = model, missing
        self._recogniser = model.recogniser()
        self._resampler = (
            soxr.ResampleStream(rate, model.rate, 1, dtype="int16", quality="MQ") if rate != model.rate else None
        )
        self._leveller = Leveller(model.rate)
        self._kept = bytearray()
        self._whole = True
        self._segments: list[tuple[Scored, ...]] = []
        self._partial = ""

    def accept(self, pcm: bytes) -> str:
        """Decode sound at the line's rate; returns the partial text so far."""
        self._take(self._conditioned(pcm, last=False))
        return without_spaces(" ".join([*(one[0].words for one in self._segments), self._partial]))

    def finish(self, expected: Sequence[str]) -> tuple[Hypothesis, ...]:
        """End the utterance; the last partial stands in where the final came back empty."""
        self._take(self._conditioned(b"", last=True))
        self._end_segment(self._recogniser.FinalResult())
        scored = joined(self._segments, ALTERNATIVES)
        heard = hypotheses(scored)
        if expected and self._whole:
            heard = self._against(tuple(expected), heard)
        self._segments.clear()
        self._kept.clear()
        self._whole = True
        return heard

    def _conditioned(self, pcm: bytes, *, last: bool) -> bytes:
        """Sound at the model's rate and level. `last` empties the resampler for the next utterance."""
        samples: NDArray[np.int16] = np.frombuffer(pcm, dtype=np.int16)
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
            if last:
                self._resampler.clear()
        return self._leveller.level(samples).tobytes()

    def _take(self, pcm: bytes) -> None:
        if not pcm:
            return
        self._kept += pcm
        over = len(self._kept) - int(SHORT_ANSWER * self._model.rate) * SAMPLE_BYTES
        if over > 0:
            self._whole = self._whole and not (self._segments or self._partial)
            del self._kept[:over]
        if self._recogniser.AcceptWaveform(pcm):
            self._end_segment(self._recogniser.Result())
        else:
            self._partial = partial(self._recogniser.PartialResult())

    def _end_segment(self, result: str) -> None:
        """The engine paused, or the utterance ended: keep what it heard, or else what it thought it was hearing."""
        found = n_best(result)
        if found or self._partial:
            self._segments.append(found or (Scored(self._partial, 0.0),))
        self._partial = ""

    def _against(self, expected: tuple[str, ...], free: tuple[Hypothesis, ...]) -> tuple[Hypothesis, ...]:
        """Read the utterance again with the expected phrases, where it can be one of them.

        Where nothing was heard freely, nothing is read into the noise: no consent without a word.
        """
        if not self._model.takes_grammar or not free:
            return free
        best = free[0].text
        if best in expected or len(best) > max(map(len, expected)) + EXTRA_CHARACTERS:
            return free
        listed = self._model.grammar(expected)
        if listed.missing:
            self._missing(listed.missing)
        if not listed.phrases:
            return free
        recogniser = self._model.recogniser(listed)
        recogniser.AcceptWaveform(without_lead(bytes(self._kept), self._model.rate))
        return with_expected(free, n_best(recogniser.FinalResult()), ALTERNATIVES)


def without_lead(pcm: bytes, rate: int) -> bytes:
    """The sound from LEAD seconds before it first gets loud."""
    samples = np.abs(np.frombuffer(pcm, dtype=np.int16).astype(np.int32))
    if not len(samples) or not samples.max():
        return pcm
    first = int(np.argmax(samples >= samples.max() * LOUD))
    return pcm[max(0, first - int(LEAD * rate)) * SAMPLE_BYTES :]


def hear(model: VoskModel, clip: tuple[bytes, int]) -> tuple[Hypothesis, ...]:
    """What is said in a clip (PCM and rate)."""
    pcm, rate = clip
    decoder = VoskDecoder(model, rate, lambda _: None)
    decoder.accept(pcm)
    return decoder.finish(())


def measured_cost(model: VoskModel, clip: tuple[bytes, int], threads: int) -> float:
    """Processor seconds that a second of sound costs while all threads decode. Clip: PCM and rate.

    They decode at once, since they share memory. Processor time is counted and of several rounds the median taken,
    so that what else the machine is doing just now counts little.
    """
    pcm, rate = clip
    seconds = len(pcm) / SAMPLE_BYTES / rate
    times = max(1, round(MEASURED_SECONDS / seconds))
    step = int(Limits().piece * rate) * SAMPLE_BYTES

    def one_round() -> float:
        began = time.thread_time()
        decoder = VoskDecoder(model, rate, lambda _: None)
        for _ in range(times):
            for start in range(0, len(pcm), step):
                decoder.accept(pcm[start : start + step])
            decoder.finish(())
        return time.thread_time() - began

    def rounds() -> float:
        spent: list[float] = []
        while len(spent) < MOST_ROUNDS and sum(spent) < ENOUGH:
            spent.append(one_round())
        return statistics.median(spent)

    with ThreadPoolExecutor(threads) as pool:
        costs = [done.result() for done in [pool.submit(rounds) for _ in range(threads)]]
    return statistics.fmean(costs) / (times * seconds)
