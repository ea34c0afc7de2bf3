"""What a case can be found by, as plain text that any store can match with `contains`."""

from __future__ import annotations

import unicodedata

from handoff.case import Case


def fold(text: str) -> str:
    """One spelling for full-width and half-width, capital and small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def search_terms(text: str) -> tuple[str, ...]:
    """The folded words of a search, eight at most; a case is found when it contains all of them."""
    return tuple(fold(text).split())[:8]


def search_text(case: Case) -> str:
    """Number, title, callers' numbers, field values and quoted words of a case, folded, one per line."""
    words = [case.number, case.title]
    if case.origin.caller_number:
        words.append(case.origin.caller_number)
    for field in case.fields.values():
        if isinstance(field.value, str):
            words.append(field.value)
        elif not isinstance(field.value, bool):
            words.append(f"{field.value:g}")
        if field.quote:
            words.append(field.quote)
    words.extend(risk.quote for risk in case.risks)
    words.extend(case.quotes)
    if case.result:
        words.append(case.result.text)
    return fold("\n".join(dict.fromkeys(words)))
