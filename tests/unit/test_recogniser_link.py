"""Frames between the front desk and its recogniser workers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ports import Hypothesis
from ivr.worker_link import Frame, Frames, Kind, Model, pack_end, pack_heard, packed, unpack_end, unpack_heard

FRAMES = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=50))
CONFIDENCES = st.none() | st.floats(0, 1)


@given(st.lists(FRAMES), st.lists(st.integers(0, 400)))
def test_frames_arrive_as_sent_however_they_are_cut(frames: list[Frame], cuts: list[int]) -> None:
    data = b"".join(packed(frame.kind, frame.ear, frame.body) for frame in frames)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    reader = Frames()
    arrived = [frame for start, end in pairwise(edges) for frame in reader.feed(data[start:end])]
    assert arrived == frames


@given(st.lists(st.text()), st.binary())
def test_the_end_of_an_utterance_carries_phrases_and_sound(phrases: list[str], pcm: bytes) -> None:
    assert unpack_end(pack_end(phrases, pcm)) == (tuple(phrases), pcm)


@given(st.lists(st.builds(Hypothesis, st.text(), CONFIDENCES)))
def test_hypotheses_arrive_as_sent(hypotheses: list[Hypothesis]) -> None:
    assert unpack_heard(pack_heard(hypotheses)) == tuple(hypotheses)


def test_a_model_is_told_as_it_is() -> None:
    told = Model(8000, takes_grammar=True, heard="转人工")
    assert Model.unpacked(told.packed()) == told


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="99"):
        list(Frames().feed(b"\x63" + bytes(8)))
