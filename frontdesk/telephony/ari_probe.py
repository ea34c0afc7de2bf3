"""Questions to Asterisk from outside a call: does it answer, with our password, and what has it loaded. Blocking."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any

PROBE_SECONDS = 5.0
USER = "ivr"


class NotAnswering(RuntimeError):
    """Nothing answers at the address, or not as ARI does."""


class PasswordWrong(RuntimeError):
    """ARI answers and does not know us."""


def ask(url: str, password: str, path: str) -> Any:
    """The decoded answer to GET path; None if there is no such thing. Raises NotAnswering, PasswordWrong."""
    told = base64.b64encode(f"{USER}:{password}".encode()).decode()
    # the address is the administrator's own setting
    request = urllib.request.Request(f"{url.rstrip('/')}/ari{path}", headers={"Authorization": f"Basic {told}"})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PROBE_SECONDS) as reply:
            return json.loads(reply.read())
    except urllib.error.HTTPError as error:
        if error.code == 401:
            raise PasswordWrong(url) from error
        if error.code == 404:
            return None
        raise NotAnswering(f"HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise NotAnswering(str(getattr(error, "reason", error))) from error


def registered(url: str, password: str, app: str) -> bool:
    """Whether the front desk is connected: its application exists in Asterisk only meanwhile."""
    try:
        return ask(url, password, f"/applications/{app}") is not None
    except (NotAnswering, PasswordWrong):
        return False
