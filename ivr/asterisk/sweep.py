"""After a crash: citizens who are still parked in our application are brought to a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import structlog

from ivr.asterisk.ari import Ari, AriError, Gone
from ivr.asterisk.names import call_of

log = structlog.get_logger("ivr.sweep")


async def sweep_orphans(ari: Ari, ours: Collection[str] = ()) -> int:
    """Citizens in our Stasis application that no call of this process (`ours`, channel ids) looks after go to `human`.

    Those who are talking with an operator are left in peace: the dialplan looks after them when the operator leaves.
    Run before the events websocket is open, so that no new call can be among them. Returns how many were moved.
    Raises AriError if Asterisk does not answer.
    """
    moved = 0
    channels = await ari.channels()
    looked_after = set(ours)
    for channel in channels:
        if _citizen(channel, ari.app) and channel["id"] not in ours:
            if await _bring_to_person(ari, channel):
                moved += 1
            else:
                looked_after.add(channel["id"])
    for channel in channels:
        call = call_of(ari.app, channel["id"])
        if call is not None and call not in (looked_after if channel["id"].startswith("op-") else ours):
            await ari.hang_up(channel["id"])
    for bridge in await ari.bridges():
        call = call_of(ari.app, bridge["id"])
        if call is not None and call not in ours and not bridge["channels"]:
            await ari.destroy_bridge(bridge["id"])
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


def _citizen(channel: Mapping[str, Any], app: str) -> bool:
    where = channel["dialplan"]
    arguments: list[str] = where["app_data"].split(",")
    return bool(where["app_name"] == "Stasis") and arguments[:2] == [app, "call"]
