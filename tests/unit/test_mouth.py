"""What is said on a line: piece by piece, a breath between texts, nothing lost by an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ivr.mouth import BREATH, Mouth

RATE = 8000


class Keeping:
    """A line that keeps what it is given; what was played stays unheard until it is told."""

    rate = RATE

    def __init__(self) -> None:
        self.played: list[tuple[bytes, str]] = []
        self.flushed = 0

    async def play(self, pcm: bytes, mark: str) -> None:
        self.played.append((pcm, mark))

    async def flush(self) -> None:
        self.flushed += 1

    def events(self) -> AsyncIterator[object]:
        raise NotImplementedError


class Parts:
    """A voice whose texts come in parts, the second when it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.manners: list[tuple[bool, bool]] = []

    async def stream(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> AsyncIterator[bytes]:
        self.manners.append((slow, loud))
        first, _, second = text.partition("|")
        yield first.encode() * 2
        if second:
            await self.go.wait()
            yield second.encode() * 2

    async def speak(self, text: str, rate: int, *, slow: bool = False, loud: bool = False) -> bytes:
        return b"".join([part async for part in self.stream(text, rate, slow=slow, loud=loud)])


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_first_part_sounds_while_the_second_is_being_made() -> None:
    line, voice = Keeping(), Parts()
    mouth = Mouth(line, voice)  # type: ignore[arg-type]
    task = asyncio.create_task(mouth.run())
    mouth.say("a|b")
    await settled()
    assert [pcm for pcm, _ in line.played] == [b"aa"]
    line_mark = line.played[0][1]
    mouth.played(line_mark)
    assert mouth.talking, "the second part is still to come"
    voice.go.set()
    await settled()
    assert [pcm for pcm, _ in line.played] == [b"aa", b"bb"]
    mouth.played(line.played[1][1])
    assert not mouth.talking
    task.cancel()


async def test_what_is_dropped_while_it_is_made_is_never_heard() -> None:
    line, voice = Keeping(), Parts()
    mouth = Mouth(line, voice)  # type: ignore[arg-type]
    task = asyncio.create_task(mouth.run())
    mouth.say("a|b")
    await settled()
    await mouth.drop()
    mouth.say("c")
    voice.go.set()
    await settled()
    assert [pcm for pcm, _ in line.played] == [b"aa", b"cc"]
    assert line.flushed == 1
    task.cancel()


async def test_an_interruption_loses_neither_what_was_flying_nor_what_is_being_made() -> None:
    line, voice = Keeping(), Parts()
    mouth = Mouth(line, voice)  # type: ignore[arg-type]
    task = asyncio.create_task(mouth.run())
    mouth.say("a|b")
    await settled()
    await mouth.hush()
    voice.go.set()
    await settled()
    assert len(line.played) == 1
    mouth.resume()
    await settled()
    assert [pcm for pcm, _ in line.played] == [b"aa", b"aa", b"bb"]
    task.cancel()


async def test_texts_are_a_breath_apart_and_manners_hold_from_the_next_text_on() -> None:
    line, voice = Keeping(), Parts()
    mouth = Mouth(line, voice)  # type: ignore[arg-type]
    task = asyncio.create_task(mouth.run())
    mouth.say("a")
    await settled()
    mouth.slow = mouth.loud = True
    mouth.say("c")
    await settled()
    assert [pcm for pcm, _ in line.played] == [b"aa", bytes(2 * round(BREATH * RATE)), b"cc"]
    assert voice.manners == [(False, False), (True, True)]
    task.cancel()
