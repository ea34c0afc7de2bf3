"""Whose turn is it: a state machine fed with seconds of audio, voice activity and partial texts.

It keeps no clock of its own and does no I/O: time is the audio that was heard. The caller of `hear` carries out the
events; `prompting` tells whether the front desk can be heard just now.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Answer(Enum):
    """What kind of reply is expected; it decides how long a pause ends the turn."""

    YES_NO = "yes_no"
    FREE = "free"
    LONG = "long"
    """A place or a number: people stop and look while they say one."""


@dataclass(frozen=True)
class Timing:
    """Seconds of audio. `quiet` are the waits of the silence ladder; after them `quiet_later`, again and again."""

    start_after: float = 0.12
    gap: float = 0.2
    """A pause within one burst of speech."""
    barge_in_after: float = 0.25
    end_yes_no: float = 0.5
    end_free: float = 0.8
    end_long: float = 1.4
    maximum: float = 30.0
    maximum_overheard: float = 8.0
    """The same while two people talk without us: what they say is shown while they say it."""
    doubt_after: float = 1.2
    partial_lag: float = 0.3
    """How long a partial text may trail the sound it was read from."""
    quiet: tuple[float, ...] = (6.0, 6.0, 6.0)
    quiet_later: float = 15.0
    alarms_per_prompt: int = 2
    """False interruptions of one prompt after which only words interrupt it."""


@dataclass(frozen=True)
class SpeechStarted:
    """The caller began to speak at this second; `interrupts` if the front desk was speaking (stop it at once)."""

    at: float
    interrupts: bool = False


@dataclass(frozen=True)
class TurnEnded:
    """The caller has finished, or spoken for the maximum. `voiced`: seconds of voice in the turn."""

    at: float
    reason: Literal["silence", "maximum"]
    voiced: float


@dataclass(frozen=True)
class FalseAlarm:
    """What interrupted the prompt was not speech: go on with the prompt."""

    at: float


@dataclass(frozen=True)
class Backchannel:
    """A sound of agreement under the prompt is over: forget it."""

    at: float


@dataclass(frozen=True)
class Quiet:
    """Nobody said anything; `times` in a row, from 1."""

    at: float
    times: int


TurnEvent = SpeechStarted | TurnEnded | FalseAlarm | Backchannel | Quiet

_BACKCHANNELS = frozenset("嗯恩唔哦噢喔啊呃额欸诶哎")
_HESITATIONS = ("嗯", "呃", "额", "那个", "这个", "就是", "就是说", "然后", "还有", "等一下", "我想想", "在")


def words_of(partial: str) -> str:
    """The text without sounds that only show that somebody listens."""
    return "".join(char for char in partial if char not in _BACKCHANNELS and not char.isspace())


def hesitates(partial: str) -> bool:
    """Whether the speaker is still looking for words: 我在那个……"""
    return len(partial) > 1 and partial.endswith(_HESITATIONS)


class TurnTaking:
    """One call's turns."""

    def __init__(self, timing: Timing | None = None) -> None:
        self._timing = timing or Timing()
        self._answer = Answer.FREE
        self.now = 0.0
        """Seconds of audio heard so far."""
        self._run = 0.0
        self._last_voice = float("-inf")
        self._changed = 0.0
        self._partial = ""
        self._talking = False
        self._interrupted = False
        self._started = 0.0
        self._voiced = 0.0
        self._muffled = False
        self._alarms = 0
        self._prompting = False
        self._waits = True
        self._patience: float | None = None
        self._quiet_since = 0.0
        self._quiets = 0

    @property
    def talking(self) -> bool:
        """Whether the caller has the turn."""
        return self._talking

    @property
    def calm(self) -> bool:
        """Whether no voice can be heard at all."""
        return not self._talking and self._run == 0

    def expect(self, answer: Answer) -> None:
        """What was asked last."""
        self._answer = answer

    def answered(self) -> None:
        """Something came from the caller that counts: the silence ladder starts again."""
        self._quiets = 0
        self._quiet_since = self.now

    def wait_for_caller(self, waits: bool) -> None:
        """Whether silence matters; not while a person talks to the caller."""
        self._waits = waits
        self._quiet_since = self.now

    def be_patient(self, seconds: float | None) -> None:
        """Wait so long before each prompt against silence; None: as the silence ladder says."""
        self._patience = seconds

    def take_back(self) -> None:
        """End the turn without an event: a key was pressed instead."""
        self._end()

    def hear(self, seconds: float, voiced: bool, partial: str, prompting: bool) -> tuple[TurnEvent, ...]:
        """One window of audio, with the text recognised so far since the last turn."""
        self.now += seconds
        if prompting != self._prompting:
            self._prompt_changed(prompting)
        if partial != self._partial:
            self._partial, self._changed = partial, self.now
        self._follow_voice(seconds, voiced)
        return self._while_talking() if self._talking else self._while_idle()

    def _prompt_changed(self, prompting: bool) -> None:
        self._prompting = prompting
        self._quiet_since = self.now
        if prompting and not self._talking:
            self._run = 0.0

    def _follow_voice(self, seconds: float, voiced: bool) -> None:
        if voiced:
            self._run += seconds
            self._last_voice = self.now
            self._voiced += seconds
        elif self.now - self._last_voice > self._timing.gap:
            self._run, self._muffled = 0.0, False
            if not self._talking:
                self._voiced = 0.0

    def _while_idle(self) -> tuple[TurnEvent, ...]:
        if self._begins():
            self._talking, self._interrupted = True, self._prompting
            self._started = self.now - self._run
            self._last_voice = max(self._last_voice, self.now - self._timing.partial_lag)
            return (SpeechStarted(self._started, interrupts=self._prompting),)
        if self._partial and self._still(self._timing.end_free):
            self._partial = ""
            return (Backchannel(self.now),)
        return self._silence()

    def _begins(self) -> bool:
        timing, words = self._timing, words_of(self._partial)
        if not self._prompting:
            return self._run >= timing.start_after or bool(words)
        if len(words) >= (1 if self._answer is Answer.YES_NO else 2):
            return True
        listens = bool(self._partial) and not words
        wary = self._muffled or self._alarms >= timing.alarms_per_prompt
        return self._run >= timing.barge_in_after and not listens and not wary

    def _while_talking(self) -> tuple[TurnEvent, ...]:
        timing = self._timing
        if self._changed == self.now:
            self._last_voice = max(self._last_voice, self.now - timing.partial_lag)
        length = self.now - self._started
        doubtful = self._interrupted and not words_of(self._partial)
        if doubtful and (length >= timing.doubt_after or self._still(timing.end_yes_no)):
            self._end()
            self._muffled, self._alarms = True, self._alarms + 1
            return (FalseAlarm(self.now),)
        if length >= (timing.maximum if self._waits else timing.maximum_overheard):
            return (self._ended("maximum"),)
        return (self._ended("silence"),) if self._still(self._pause()) else ()

    def _pause(self) -> float:
        """Seconds of silence that end this turn."""
        timing = self._timing
        if self._answer is Answer.LONG or hesitates(self._partial):
            return timing.end_long
        return timing.end_yes_no if self._answer is Answer.YES_NO else timing.end_free

    def _still(self, seconds: float) -> bool:
        """No voice and no new text for so long (half a window of tolerance for sums of floats)."""
        return self.now - max(self._last_voice, self._changed - self._timing.partial_lag) >= seconds - 1e-6

    def _ended(self, reason: Literal["silence", "maximum"]) -> TurnEnded:
        voiced = self._voiced
        self._alarms = 0
        self._end()
        return TurnEnded(self.now, reason, voiced)

    def _end(self) -> None:
        self._talking = self._interrupted = False
        self._run = self._voiced = 0.0
        self._quiet_since = self.now

    def _silence(self) -> tuple[TurnEvent, ...]:
        if self._prompting or not self._waits:
            self._quiet_since = self.now
            return ()
        ladder = self._timing.quiet
        wait = ladder[self._quiets] if self._quiets < len(ladder) else self._timing.quiet_later
        wait = self._patience or wait
        if self._run > 0 or self.now - self._quiet_since < wait - 1e-6:
            return ()
        self._quiets += 1
        self._quiet_since = self.now
        return (Quiet(self.now, self._quiets),)
