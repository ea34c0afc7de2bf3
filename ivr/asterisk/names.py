"""Ids of what we create in Asterisk: the application, what it is, and the citizen's channel id it belongs to."""

from __future__ import annotations

import secrets


def media_leg(app: str, call: str) -> str:
    """The channel whose sound we send and receive."""
    return f"em-{app}-{call}"


def operator_leg(app: str, call: str, serial: int) -> str:
    """A channel to an operator's phone."""
    return f"op-{app}-{call}-{serial}"


def bridge(app: str, call: str) -> str:
    """The bridge everybody on a call is in."""
    return f"br-{app}-{call}"


def reader(app: str, serial: int) -> str:
    """A channel that only reads Asterisk's own database."""
    return f"db-{app}-{serial}-{secrets.token_hex(4)}"


def call_of(app: str, name: str) -> str | None:
    """The call that one of these ids belongs to; None if it is not an id of this application's."""
    for kind in ("em", "br"):
        if name.startswith(f"{kind}-{app}-"):
            return name.removeprefix(f"{kind}-{app}-")
    if name.startswith(f"op-{app}-"):
        return name.removeprefix(f"op-{app}-").rpartition("-")[0]
    return None
