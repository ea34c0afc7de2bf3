"""Everything the front desk says, from config/prompts/zh.yaml. A missing or unknown key is an error at start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class PhrasesError(ValueError):
    """The prompts file cannot be used; names the keys."""


class _AskAgain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str
    other: str


class Phrases(BaseModel):
    """One attribute a phrase; placeholders in braces are filled with str.format."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    greeting: str
    greeting_110: str
    greeting_12345: str
    recorded: str
    ask: dict[str, str]
    ask_urgent: dict[str, str]
    ask_again: _AskAgain
    danger_question: str
    danger_yes: str
    danger_no: str
    danger_cleared: str
    did_you_mean: str
    none_of_these: str
    report_prefix: str
    read_back: str
    read_back_yes: str
    read_back_no: str
    read_back_surnames: dict[str, str]
    consent: str
    consent_place: str
    consent_no_place: str
    consent_yes: str
    consent_no: str
    consent_again: str
    declined: str
    filed: str
    connecting_aloud: str
    filed_urgent: str
    filed_human: str
    thanks_more: str
    still_here: str
    noted: str
    anything_else: str
    volatile: str
    related: str
    please_tell: str
    changed: str
    unmatched: str
    unreadable: str
    too_many_failures: str
    trouble: str
    silence_first: str
    silence_choice: str
    silence_human: str
    repeat_nothing: str
    correct_what: str
    cancelled: str
    not_that: str
    goodbye: str
    operator_here: str
    operator_left: str
    slower: str
    louder: str
    location_shared: str
    topic_later: str
    desks: dict[str, str]

    def greet(self, entry: str | None) -> str:
        """The first line of a conversation that came in on this line (110, 12345 or neither)."""
        return {"110": self.greeting_110, "12345": self.greeting_12345}.get(entry or "", self.greeting)


def parse_phrases(document: Mapping[str, Any], file: str = "config/prompts/zh.yaml") -> Phrases:
    """Raises PhrasesError naming every missing or unknown key."""
    try:
        return Phrases.model_validate(document)
    except ValidationError as error:
        wrong = "；".join(
            f"{'.'.join(str(part) for part in detail['loc'])}（{detail['msg']}）" for detail in error.errors()
        )
        raise PhrasesError(f"{file}：{wrong}。请对照随产品发布的文件补上或删掉") from error
