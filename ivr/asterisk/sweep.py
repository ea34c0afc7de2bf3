"""After a crash: citizens who are still parked in our application are brought to a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import structlog

from ivr.asterisk.ari import Ari, AriError, Gone

log = structlog.get_logger("ivr.sweep")


async def sweep_orphans(ari: Ari, ours: Collection[str] = ()) -> int:
    """Citizens in our Stasis application that no call of this process (`ours`, channel ids) looks after go to `human`.

    Those who are talking with an operator are left in peace: the dialplan looks after them when the operator leaves.
    Run before the events websocket is open, so that no new call can be among them. Returns how many were moved.
    Raises AriError if Asterisk does not answer.
    """
    moved = 0
    kept: set[str] = set()
    channels = [channel for channel in await ari.channels() if _in_app(channel, ari.app)]
    for channel in channels:
        if not _citizen(channel) or channel["id"] in ours:
            continue
        if await _bring_to_person(ari, channel):
            moved += 1
        else:
            kept.add(channel["id"])
    for channel in channels:
        name = channel["id"]
        if name.startswith("em-") and name.removeprefix("em-") not in ours:
            await ari.hang_up(name)
        elif name.startswith("op-") and _citizen_of(name) not in kept | set(ours):
            await ari.hang_up(name)
    for bridge in await ari.bridges():
        name = str(bridge["id"])
        if name.startswith("br-") and not bridge["channels"] and name.removeprefix("br-") not in ours:
            await ari.destroy_bridge(name)
    if moved:
        log.warning("orphaned callers brought to a person", calls=moved)
    return moved


async def _bring_to_person(ari: Ari, channel: Mapping[str, Any]) -> bool:
    """False if a person is with the citizen already."""
    name = channel["id"]
    try:
        if await ari.variable(name, "SHARED(TALKING)") == "1":
            return False
        await ari.leave_to(name, "human")
    except Gone:
        return True
    except AriError as error:
        log.warning("an orphan is left to the dead-man switch", call=name, reason=str(error))
    return True


def _in_app(channel: Mapping[str, Any], app: str) -> bool:
    """Dialled operators and media legs carry no application of their own; their ids tell."""
    where = channel["dialplan"]
    in_stasis = where["app_name"] == "Stasis" and where["app_data"].split(",")[0] == app
    return in_stasis or channel["id"].startswith(("em-", "op-"))


def _citizen(channel: Mapping[str, Any]) -> bool:
    return not channel["id"].startswith(("em-", "op-"))


def _citizen_of(operator: str) -> str:
    return operator.removeprefix("op-").rpartition("-")[0]
