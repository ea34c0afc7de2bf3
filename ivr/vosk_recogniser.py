"""Vosk as a call's ear: band and level brought to the model's, n-best lists, expected phrases in a second reading.

Expected phrases never narrow what can be heard: speech is always decoded freely, and a short answer is then read
again against the list. So a citizen who is asked yes or no and cries for help is still understood.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
import structlog
from numpy.typing import NDArray

from ivr import vosk_model
from ivr.grammar import Grammar
from ivr.hypotheses import Scored, hypotheses, joined, n_best, partial, with_expected, without_spaces
from ivr.lanes import LanePool
from ivr.loudness import Leveller
from ivr.ports import Hypothesis
from ivr.recogniser import SAMPLE_BYTES, Limits
from ivr.vosk_model import ALTERNATIVES, VoskModel, calls_at, measure_speed, read_clip

SHORT_ANSWER = 10.0
"""Seconds of sound kept for the second reading; a longer utterance is no answer from a list."""
LEAD = 0.3
"""Seconds kept before the first loud sound in the second reading."""
LOUD = 0.2
"""Share of the utterance's peak that counts as loud."""
EXTRA_CHARACTERS = 4
"""A free reading longer than the longest phrase by more than this was not an answer from the list."""

log = structlog.get_logger("ivr.recogniser")


class VoskPool(LanePool):
    """RecogniserPool on one loaded model."""

    def __init__(
        self, model: VoskModel, *, capacity: int, workers: int | None = None, limits: Limits | None = None
    ) -> None:
        self.model = model
        self._reported: set[str] = set()
        super().__init__(self._open_decoder, capacity=capacity, workers=workers or vosk_model.workers(), limits=limits)

    @classmethod
    async def start(
        cls, folder: Path, clip: Path, *, capacity: int | None = None, limits: Limits | None = None
    ) -> VoskPool:
        """Load, warm and, unless told the capacity, measure it on a clip. Raises ModelUnusable."""
        return await asyncio.to_thread(cls._started, folder, clip, capacity, limits)

    @classmethod
    def _started(cls, folder: Path, clip: Path, capacity: int | None, limits: Limits | None) -> VoskPool:
        model = VoskModel(folder)
        model.warm()
        if not model.takes_grammar:
            log.warning(
                "this voice model takes no list of expected answers; speech is decoded freely", model=folder.name
            )
        if capacity is None:
            speed = measure_speed(model, at_rate(*read_clip(clip), model.rate))
            capacity = calls_at(speed)
            log.info("voice capacity measured", model=folder.name, speed=round(speed, 1), capacity=capacity)
            if capacity == 0:
                log.error("this machine cannot hear one call in real time with this model; every call goes to a person")
        return cls(model, capacity=capacity, limits=limits)

    def _open_decoder(self, rate: int) -> VoskDecoder:
        return VoskDecoder(self.model, rate, self._reported)


class VoskDecoder:
    """One call's engine (ivr.recogniser.Decoder). `reported`: missing characters already logged, shared by calls."""

    def __init__(self, model: VoskModel, rate: int, reported: set[str]) -> None:
        self._model, self._reported = model, reported
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
        self._report(listed)
        if not listed.phrases:
            return free
        recogniser = self._model.recogniser(listed)
        recogniser.AcceptWaveform(without_lead(bytes(self._kept), self._model.rate))
        return with_expected(free, n_best(recogniser.FinalResult()), ALTERNATIVES)

    def _report(self, listed: Grammar) -> None:
        """Characters without a word in the model: their phrases can only be heard freely. Logged once each."""
        new = listed.missing - self._reported
        if new:
            self._reported |= new
            missing = "".join(sorted(new))
            log.warning("expected phrases left out: not in the model's words", missing=missing)


def without_lead(pcm: bytes, rate: int) -> bytes:
    """The sound from LEAD seconds before it first gets loud."""
    samples = np.abs(np.frombuffer(pcm, dtype=np.int16).astype(np.int32))
    if not len(samples) or not samples.max():
        return pcm
    first = int(np.argmax(samples >= samples.max() * LOUD))
    return pcm[max(0, first - int(LEAD * rate)) * SAMPLE_BYTES :]


def at_rate(pcm: bytes, rate: int, wanted: int) -> NDArray[np.int16]:
    """Samples (count,) of the sound at another rate."""
    samples: NDArray[np.int16] = np.frombuffer(pcm, dtype=np.int16)
    return samples if rate == wanted else soxr.resample(samples, rate, wanted)
