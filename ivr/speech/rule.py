"""A rule of reading aloud: where a pattern is found, these words are said instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """`say` gets the match and returns the words; rules are applied in order, each to what the earlier ones left."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str]


def rule(pattern: str, say: Callable[[re.Match[str]], str]) -> Rule:
    """A rule from the text of its pattern."""
    return Rule(re.compile(pattern), say)


def apply(rules: Iterable[Rule], text: str) -> str:
    """The text after all rules."""
    for each in rules:
        text = each.pattern.sub(each.say, text)
    return text
