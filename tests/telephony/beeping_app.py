"""A front desk in a process of its own, to be killed: `python beeping_app.py ARI_URL PASSWORD MEDIA_PORT`."""

from __future__ import annotations

import asyncio
import sys

from talkers import FrontDesk

from ivr.asterisk import AriAddress, Calls, MediaServer, open_ari


async def main(url: str, password: str, media_port: int) -> None:
    desk, media = FrontDesk(), MediaServer()
    async with open_ari(AriAddress(url, password)) as ari, media.listening("127.0.0.1", media_port):
        calls = Calls(ari, media, desk, {"110": ("PJSIP/op110",), "12345": ("PJSIP/op12345",)})
        async with calls.answering():
            await calls.connected.wait()
            _tell("ready")
            while True:
                talker = await desk.calls.get()
                _, switchboard = await talker.started
                _tell("call")
                if talker.call.entry == "110":
                    await switchboard.ring("110", "110-TEST-9", "P1")


def _tell(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
