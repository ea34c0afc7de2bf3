"""Where Asterisk says a citizen is."""

from __future__ import annotations

import asyncio

from ivr.asterisk import Ari


async def in_queue(ari: Ari, queue: str) -> str:
    """Until a citizen waits in, or talks through, this queue of the dialplan's `human`; the channel's id."""
    while True:
        for channel in await ari.channels():
            where = channel["dialplan"]
            if where["context"] == "human" and where["app_name"] == "Queue" and where["app_data"].startswith(queue):
                return str(channel["id"])
        await asyncio.sleep(0.01)


async def empty(ari: Ari) -> None:
    """Until no channel is left: Asterisk ends them a little after it says so."""
    while await ari.channels():  # noqa: ASYNC110 - Asterisk is asked, it does not tell this client
        await asyncio.sleep(0.01)
