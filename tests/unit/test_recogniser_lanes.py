"""One call's ear on a worker that answers when the test says so: order, bounds, failures, a worker that is lost."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

import pytest

from ivr.lanes import LOST_WORKERS, Lane
from ivr.ports import Hypothesis
from ivr.recogniser import Limits, RecogniserFailed, RecogniserOverloaded

RATE = 8000
PIECE = b"\x01\x00" * (RATE // 5)
SECOND = PIECE * 5


class Places:
    """Counts the calls that left."""

    def __init__(self) -> None:
        self.left: list[Lane] = []


class HandWorker:
    """`ivr.lanes.Worker` of one call that answers with what it was sent, on answer()."""

    def __init__(self, *, silent: bool = False) -> None:
        self.silent = silent
        self.asked: deque[tuple[bytes, tuple[str, ...] | None]] = deque()
        self.expected: list[tuple[str, ...]] = []
        self.sent: list[int] = []
        self.left = False
        self._heard = b""
        self._lane: Lane | None = None

    def sound(self, lane: Lane, pcm: bytes) -> None:
        assert not self.asked, "one at a time"
        self._ask(lane, pcm, None)

    def end(self, lane: Lane, pcm: bytes, expected: Sequence[str]) -> None:
        assert not self.asked, "one at a time"
        self._ask(lane, pcm, tuple(expected))

    def leave(self, lane: Lane) -> None:
        assert not self.asked
        self.left = True

    def _ask(self, lane: Lane, pcm: bytes, ends: tuple[str, ...] | None) -> None:
        self._lane = lane
        self.sent.append(len(pcm))
        self.asked.append((pcm, ends))

    def answer(self) -> None:
        assert self._lane is not None
        pcm, ends = self.asked.popleft()
        self._heard += pcm
        if ends is None:
            self._lane.partial(f"{len(self._heard)}")
        else:
            self.expected.append(ends)
            heard, self._heard = len(self._heard), b""
            self._lane.heard((Hypothesis(f"{heard}"),))

    def answer_all(self) -> None:
        while self.asked:
            self.answer()

    def breaks(self) -> None:
        assert self._lane is not None
        self.asked.popleft()
        self._lane.broke("RuntimeError")


def seated(worker: HandWorker, limits: Limits | None = None, places: Places | None = None) -> Lane:
    lane = Lane(RATE, limits or Limits(), (places or Places()).left.append)
    lane.join(worker)
    return lane


async def finishing(lane: Lane) -> asyncio.Task[tuple[Hypothesis, ...]]:
    task = asyncio.create_task(lane.finish())
    await asyncio.sleep(0)
    return task


async def test_all_sound_of_an_utterance_is_decoded_in_order_before_it_ends() -> None:
    worker = HandWorker()
    lane = seated(worker)
    lane.expect(("是", "不是"))
    for _ in range(25):
        await lane.feed(PIECE[:320])
    first = await finishing(lane)
    worker.answer_all()
    assert await first == (Hypothesis("8000"),)
    lane.expect(None)
    second = await finishing(lane)
    worker.answer_all()
    assert await second == (Hypothesis("0"),)
    assert worker.expected == [("是", "不是"), ()]
    assert lane.behind == 0


async def test_sound_is_sent_a_piece_at_a_time_while_nothing_lags_and_never_more_than_a_second() -> None:
    worker = HandWorker()
    lane = seated(worker, Limits(behind=60))
    for _ in range(10):
        await lane.feed(PIECE[:1600])
        worker.answer_all()
    assert worker.sent == [3200] * 5
    for _ in range(4):
        await lane.feed(SECOND)
    worker.answer_all()
    assert worker.sent[5:] == [16000] * 4


async def test_sound_after_the_end_belongs_to_the_next_utterance() -> None:
    worker = HandWorker()
    lane = seated(worker)
    await lane.feed(PIECE)
    first = await finishing(lane)
    assert await lane.feed(PIECE + PIECE) == ""
    second = await finishing(lane)
    worker.answer()
    assert await lane.feed(b"") == ""
    worker.answer_all()
    assert await first == (Hypothesis("3200"),)
    assert await second == (Hypothesis("6400"),)


async def test_the_partial_text_arrives_with_later_sound() -> None:
    worker = HandWorker()
    lane = seated(worker)
    assert await lane.feed(PIECE) == ""
    worker.answer()
    assert await lane.feed(b"") == "3200"


async def test_a_call_too_far_behind_reports_overload_and_stays_lost() -> None:
    worker, places = HandWorker(), Places()
    lane = seated(worker, Limits(behind=1.0), places)
    for _ in range(5):
        await lane.feed(PIECE)
    ending = await finishing(lane)
    with pytest.raises(RecogniserOverloaded):
        await lane.feed(PIECE)
    with pytest.raises(RecogniserOverloaded):
        await ending
    worker.answer()
    with pytest.raises(RecogniserOverloaded):
        await lane.finish()
    await lane.close()
    assert places.left == [lane]


async def test_a_worker_that_answers_nobody_is_not_this_calls_overload() -> None:
    worker = HandWorker(silent=True)
    lane = seated(worker, Limits(behind=1.0))
    for _ in range(20):
        await lane.feed(PIECE)
    worker.silent = False
    with pytest.raises(RecogniserOverloaded):
        await lane.feed(PIECE)


async def test_an_end_that_never_comes_is_overload() -> None:
    lane = seated(HandWorker(), Limits(finish=0.0))
    await lane.feed(PIECE)
    with pytest.raises(RecogniserOverloaded):
        await lane.finish()


async def test_a_broken_engine_is_a_failure_of_this_call() -> None:
    worker = HandWorker()
    lane = seated(worker)
    await lane.feed(PIECE)
    ending = await finishing(lane)
    worker.breaks()
    with pytest.raises(RecogniserFailed):
        await ending
    with pytest.raises(RecogniserFailed):
        await lane.feed(PIECE)


async def test_a_place_is_free_only_when_its_decoding_has_stopped() -> None:
    worker, places = HandWorker(), Places()
    lane = seated(worker, places=places)
    await lane.feed(PIECE)
    await lane.close()
    await lane.close()
    assert not places.left
    worker.answer()
    assert places.left == [lane]
    assert worker.left
    with pytest.raises(RecogniserFailed):
        await lane.feed(PIECE)


async def test_closing_while_an_end_is_awaited_wakes_it() -> None:
    lane = seated(HandWorker())
    await lane.feed(PIECE)
    ending = await finishing(lane)
    await lane.close()
    with pytest.raises(RecogniserFailed):
        await ending


async def test_an_utterance_begins_anew_in_another_worker() -> None:
    first, second = HandWorker(), HandWorker()
    lane = seated(first)
    lane.expect(("是",))
    for _ in range(4):
        await lane.feed(PIECE)
        first.answer()
    await lane.feed(PIECE)
    lane.orphaned()
    await lane.feed(PIECE)
    lane.join(second)
    ending = await finishing(lane)
    second.answer_all()
    assert await ending == (Hypothesis(str(6 * len(PIECE))),)
    assert second.expected == [("是",)]
    assert lane.behind == 0


async def test_utterances_that_have_ended_but_are_not_answered_move_too_and_answered_ones_do_not() -> None:
    first, second = HandWorker(), HandWorker()
    lane = seated(first)
    await lane.feed(PIECE)
    answered = await finishing(lane)
    first.answer_all()
    await answered
    await lane.feed(PIECE)
    waiting = await finishing(lane)
    await lane.feed(PIECE + PIECE)
    lane.orphaned()
    lane.join(second)
    second.answer()
    assert await waiting == (Hypothesis("3200"),)
    second.answer()
    assert await lane.feed(b"") == "6400"


async def test_catching_up_after_a_move_is_no_overload_but_falling_behind_more_is() -> None:
    first, second = HandWorker(), HandWorker()
    lane = seated(first, Limits(behind=1.0))
    for _ in range(30):
        await lane.feed(PIECE)
        first.answer()
    lane.orphaned()
    lane.join(second)
    for _ in range(5):
        await lane.feed(PIECE)
    with pytest.raises(RecogniserOverloaded):
        await lane.feed(PIECE)


async def test_waiting_for_a_worker_is_judged_by_the_pool() -> None:
    first = HandWorker()
    lane = seated(first, Limits(behind=1.0))
    lane.orphaned()
    for _ in range(20):
        await lane.feed(PIECE)
    lane.lose(RecogniserFailed("no recogniser worker is alive"))
    with pytest.raises(RecogniserFailed):
        await lane.feed(PIECE)


async def test_sound_that_ends_every_worker_is_not_tried_for_ever() -> None:
    lane = seated(HandWorker())
    await lane.feed(PIECE)
    ending = await finishing(lane)
    for _ in range(LOST_WORKERS):
        lane.orphaned()
        lane.join(HandWorker())
    lane.orphaned()
    with pytest.raises(RecogniserFailed, match="workers ended"):
        await ending


async def test_a_call_that_asked_nothing_does_not_blame_its_sound() -> None:
    lane = seated(HandWorker())
    await lane.feed(PIECE[:320])
    for _ in range(LOST_WORKERS + 1):
        lane.orphaned()
        lane.join(HandWorker())
    assert not lane.lost


async def test_a_closing_call_whose_worker_is_lost_gives_its_place_back() -> None:
    places = Places()
    lane = seated(HandWorker(), places=places)
    await lane.feed(PIECE)
    await lane.close()
    lane.orphaned()
    assert places.left == [lane]


async def test_what_is_kept_of_a_very_long_utterance_is_bounded() -> None:
    first, second = HandWorker(), HandWorker()
    lane = seated(first)
    for _ in range(100):
        await lane.feed(SECOND)
        first.answer_all()
    lane.orphaned()
    assert 59 < lane.behind < 61
    lane.join(second)
    ending = await finishing(lane)
    second.answer_all()
    assert 59 * RATE * 2 < int((await ending)[0].text) < 61 * RATE * 2
