"""From the recogniser's JSON to what may have been said: n-best lists, joined over pauses. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ivr.ports import Hypothesis

UNKNOWN = "[unk]"
"""The word a grammar hears where nothing in it fits."""
NEGATIONS = "不没别未无非"
"""Characters that turn an answer round."""


@dataclass(frozen=True)
class Scored:
    """A hypothesis with the engine's log score, comparable only within one list. Words keep their spaces."""

    words: str
    score: float


def n_best(result: str) -> tuple[Scored, ...]:
    """The alternatives of a final result (JSON), best first, without empty ones. Raises ValueError on another shape."""
    read = json.loads(result)
    alternatives = read["alternatives"] if isinstance(read, dict) and "alternatives" in read else [read]
    try:
        listed = [Scored(str(one["text"]).strip(), float(one.get("confidence", 0.0))) for one in alternatives]
    except (KeyError, TypeError) as error:
        raise ValueError("the recogniser's result has an unknown shape") from error
    return tuple(one for one in listed if one.words)


def partial(result: str) -> str:
    """The words of a partial result (JSON), with spaces; "" if none yet."""
    return str(json.loads(result).get("partial", "")).strip()


def without_spaces(words: str) -> str:
    """Chinese as it is written: only a space between two Latin words stays."""
    joined: list[str] = []
    for word in words.split():
        if word == UNKNOWN:
            continue
        if joined and _latin(joined[-1][-1]) and _latin(word[0]):
            joined.append(" ")
        joined.append(word)
    return "".join(joined)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def joined(segments: Iterable[Sequence[Scored]], limit: int) -> tuple[Scored, ...]:
    """One n-best list of an utterance decoded in segments: the `limit` best combinations, best first."""
    lists: tuple[Scored, ...] = (Scored("", 0.0),)
    for segment in segments:
        if segment:
            pairs = [Scored(f"{a.words} {b.words}".strip(), a.score + b.score) for a in lists for b in segment]
            lists = tuple(sorted(pairs, key=lambda one: -one.score)[:limit])
    return tuple(one for one in lists if one.words)


def hypotheses(scored: Sequence[Scored]) -> tuple[Hypothesis, ...]:
    """Written texts, best first, each once. Confidence: its share of the list's probability, 0 to 1."""
    if not scored:
        return ()
    top = max(one.score for one in scored)
    weights = [math.exp(one.score - top) for one in scored]
    total = sum(weights)
    shares: dict[str, float] = {}
    for one, weight in zip(scored, weights, strict=True):
        text = without_spaces(one.words)
        if text:
            shares[text] = shares.get(text, 0.0) + weight / total
    return tuple(Hypothesis(text, min(1.0, share)) for text, share in shares.items())


def with_expected(free: tuple[Hypothesis, ...], listed: Sequence[Scored], limit: int) -> tuple[Hypothesis, ...]:
    """Free speech and the same sound read against a list of expected phrases, as one n-best list.

    A reading against the list counts only where all of it fits; then it goes first, unless it would take a "no" out
    of what was heard. What was heard freely always stays, so that a danger told in answer to a yes-or-no question is
    not lost.
    """
    if not listed or UNKNOWN in listed[0].words.split():
        return free[:limit]
    fit, *others = hypotheses([one for one in listed if UNKNOWN not in one.words.split()])
    order = [free[0], fit, *free[1:]] if free and _denies(free[0].text) > _denies(fit.text) else [fit, *free]
    merged: dict[str, Hypothesis] = {}
    for one in (*order, *others):
        merged.setdefault(one.text, one)
    return tuple(merged.values())[:limit]


def _denies(text: str) -> bool:
    return any(character in text for character in NEGATIONS)
