"""Who may see or hear what: the citizen's access code, and who may listen to a call."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata

from handoff.actor import Actor
from handoff.case import Case, CaseDraft, FieldName

_PHONE_DIGITS = 4
_RANDOM_DIGITS = 6
_SHORTEST_PHONE = 7


def access_code(draft: CaseDraft) -> str:
    """The last four digits of the citizen's telephone, or six random ones if none is known."""
    said = draft.fields.get(FieldName.PHONE)
    for phone in (str(said.value) if said else "", draft.origin.caller_number or ""):
        digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", phone))
        if len(digits) >= _SHORTEST_PHONE:
            return digits[-_PHONE_DIGITS:]
    return f"{secrets.randbelow(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}}"


def access_granted(case: Case | None, digits: str) -> bool:
    """Whether the digits open this case; a case that does not exist takes as long to refuse."""
    expected = case.access_code if case else ""
    given = unicodedata.normalize("NFKC", digits).strip()
    same = hmac.compare_digest(expected.encode(), given.encode(errors="replace"))
    return same and bool(expected)


def may_listen(case: Case, actor: Actor) -> bool:
    """Whether this person may hear the calls of the case: the desk that has it, supervisors and admins."""
    return actor.role != "operator" or actor.queue == case.queue
