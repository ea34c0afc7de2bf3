"""What happened in one call, in seconds of its sound: an observer that writes events for the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conversation import Action, Handoff, Say
from frontdesk.storage import CallEvent
from handoff.ports import Message
from ivr.calling import Watch
from ivr.tape import Tape
from ivr.turns import Backchannel, FalseAlarm, Quiet, SpeechStarted, TurnEnded, TurnEvent

PARTIAL_EVERY = 0.4
"""Seconds between two partial texts that are kept."""


class CallTrace(Watch):
    """Events in the order they happened; `add` is told each at once."""

    def __init__(
        self,
        tape: Tape,
        add: Callable[[CallEvent], None],
        opened: Callable[[str], None],
        *,
        resumed: bool = False,
    ) -> None:
        """`opened` is told the conversation; `resumed`: it goes on, so that the call does not begin with its line 1."""
        self._tape = tape
        self._add = add
        self._opened = opened
        self._seq = 0
        self._line_at = 0.0
        self._partial = ("", 0.0)
        self._lines: dict[str, int] = {}
        """Seq of the stored line that is spoken in these words."""
        self._announcement: str | None = None
        self._greets = not resumed

    def announced(self, text: str) -> None:
        """This is said before the greeting, and is no line of the conversation."""
        self._announcement = text

    def opened(self, conversation: str) -> None:
        """The conversation is stored; its first line is the greeting."""
        self._opened(conversation)

    def partial(self, text: str) -> None:
        """The caller is saying this: kept now and then, and before the turn ends."""
        _, kept_at = self._partial
        if text and self._tape.now - kept_at >= PARTIAL_EVERY:
            self._note("partial", text=text)
            self._partial = ("", self._tape.now)
        else:
            self._partial = (text, kept_at)

    def turn(self, event: TurnEvent) -> None:
        """Turn taking decided something."""
        match event:
            case SpeechStarted():
                self._line_at = max(0.0, event.at)
                self._note("speech_started", self._line_at, interrupts=event.interrupts)
            case TurnEnded():
                if self._partial[0]:
                    self._note("partial", text=self._partial[0])
                self._partial = ("", self._partial[1])
                self._note("turn_ended", event.at, reason=event.reason, voiced=round(event.voiced, 3))
            case FalseAlarm():
                self._note("false_alarm", event.at)
            case Backchannel():
                self._note("backchannel", event.at)
            case Quiet():
                self._line_at = event.at
                self._note("quiet", event.at, times=event.times)

    def key(self, digit: str) -> None:
        """A key."""
        self._line_at = self._tape.now
        self._note("key", digit=digit)

    def hushed(self) -> None:
        """The prompt was cut off."""
        self._note("hushed")

    def decided(self, actions: Sequence[Action], heard: int, said: Sequence[Message]) -> None:
        """The engine has answered."""
        spoken = {each.text: each.speech for each in actions if isinstance(each, Say) and each.speech}
        self._lines |= {spoken.get(line.text, line.text): line.seq for line in said}
        intents = [each.answers for each in actions if isinstance(each, Say) and each.answers]
        intents += [each.draft.matter for each in actions if isinstance(each, Handoff) and each.draft.matter]
        cases = [line.payload["case"]["number"] for line in said if isinstance(line.payload.get("case"), dict)]
        detail: dict[str, Any] = {
            "actions": [action.kind for action in actions],
            "intents": intents,
            "case": cases[-1] if cases else None,
            "heard": heard or None,
            "heard_at": round(self._line_at, 3) if heard else None,
            "said": [line.seq for line in said],
        }
        self._note("decided", **{name: value for name, value in detail.items() if value not in (None, [])})

    def speaking(self, text: str) -> None:
        """The first sound of a text: heard when everything before it has been."""
        if text == self._announcement:
            self._announcement = None
            self._note("announcement", self._tape.ends)
            return
        line = 1 if self._greets else self._lines.get(text)
        self._greets = False
        if line is None:
            self._note("speaking", self._tape.ends)
        else:
            self._note("speaking", self._tape.ends, line=line)

    def person(self, name: str | None) -> None:
        """A person came or left."""
        if name is None:
            self._note("person_left")
        else:
            self._note("person_joined", name=name)

    def handed_over(self, reason: str) -> None:
        """To a desk's queue."""
        self._note("handed_over", reason=reason)

    def closed(self) -> None:
        """The caller has hung up, or is with a desk."""
        self._note("closed")

    def recording_failed(self) -> None:
        """From here on nothing is recorded."""
        self._note("recording_failed")

    def _note(self, kind: str, at: float | None = None, **detail: Any) -> None:
        self._seq += 1
        self._add(CallEvent(seq=self._seq, at=round(self._tape.now if at is None else at, 3), kind=kind, detail=detail))
