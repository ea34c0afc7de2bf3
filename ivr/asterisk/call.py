"""One citizen's call from StasisStart to its end: media leg, bridge, conversation, and a person if anything fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from ivr.asterisk import names
from ivr.asterisk.ari import Ari, AriError, AriUnreachable, Gone
from ivr.asterisk.incoming import Admitted, Desks, Incoming, Reception
from ivr.asterisk.media import FORMATS, MediaLine, MediaServer
from ivr.asterisk.switchboard import DEAD_MAN_SECONDS, AsteriskSwitchboard
from ivr.ports import Key, LineClosed

ALIVE_EVERY_SECONDS = 1.5
SETTING_UP_SECONDS = 1
"""The dead-man switch until the media leg is there; the dialplan starts with the same."""
CONNECT_SECONDS = 2.0
"""How long the media leg may take before the call goes to a person."""
LEAVE_SECONDS = 2.0
"""How long Asterisk may take to confirm that the citizen left us."""
FAREWELL_SECONDS = 10.0
"""How long a conversation may go on writing things down after the line closed."""

log = structlog.get_logger("ivr.calls")


class Call:
    """Fed with its channels' events by `told`; lives in `run`."""

    def __init__(
        self,
        ari: Ari,
        media: MediaServer,
        incoming: Incoming,
        desks: Desks,
        *,
        rate: int,
        ring_seconds: int,
        watch: Callable[[str], None],
    ) -> None:
        self.incoming = incoming
        self._ari = ari
        self._media = media
        self._line: MediaLine = media.expect(incoming.id, rate)
        self.switchboard = AsteriskSwitchboard(ari, incoming, self._line, desks, watch=watch, ring_seconds=ring_seconds)
        self._leg = names.media_leg(ari.app, incoming.id)
        watch(self._leg)
        self._leg_in = asyncio.Event()
        self._hung_up = False
        self._lost = False
        self._over = asyncio.Event()
        self._abandoned = False
        self._tasks: set[asyncio.Task[None]] = set()

    def told(self, event: Mapping[str, Any]) -> None:
        """An event of one of the call's channels."""
        channel = str(event["channel"]["id"])
        kind = event["type"]
        if channel == self.incoming.id:
            self._citizen(kind, event)
        elif channel == self._leg:
            if kind == "StasisStart":
                self._leg_in.set()
            elif kind == "ChannelDestroyed":
                self._line.lost.set()
        elif kind == "StasisStart":
            self._spawn(self.switchboard.leg_answered(channel))
        elif kind == "ChannelDtmfReceived":
            self._spawn(self.switchboard.leg_key(channel, str(event["digit"])))
        elif kind == "ChannelDestroyed":
            self._spawn(self.switchboard.leg_gone(channel))

    def lose(self) -> None:
        """Asterisk is gone, and the citizen with it: nobody can be brought to a person any more."""
        self._lost = self._hung_up = self.switchboard.left = True
        self._over.set()

    async def run(self, reception: Reception) -> None:
        """Until the citizen hung up or is with a person. Raises nothing."""
        pulse = asyncio.create_task(self._pulse())
        admitted: Admitted | None = None
        try:
            admitted = reception.admit(self.incoming)
            if admitted is None:
                await self.switchboard.hand_over(self.incoming.desk, None, "overload")
            else:
                await self._connect()
                await self._converse(admitted)
        except asyncio.CancelledError:
            self._abandoned = True
            raise
        except Gone:
            log.info("the citizen hung up before the call was set up", call=self.incoming.id)
        except Exception:
            log.exception("the call failed and goes to a person", call=self.incoming.id)
        finally:
            pulse.cancel()
            await asyncio.shield(asyncio.create_task(self._wind_up(admitted)))

    async def _connect(self) -> None:
        """Media leg and bridge; the call is answered when everything is in place."""
        await self._ari.mixing_bridge(self.switchboard.bridge)
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._ari.external_media(
                self._leg,
                call=self.incoming.id,
                audio_format=FORMATS[self._line.rate],
                variables={
                    "CITIZEN": self.incoming.channel,
                    "CHANNEL(hangup_handler_push)": "media-gone,s,1",
                },
            )
            await self._leg_in.wait()
            await self._line.started.wait()
        await self._ari.answer(self.incoming.id)
        await self._ari.join(self.switchboard.bridge, self._leg)
        await self._ari.join(self.switchboard.bridge, self.incoming.id)

    async def _converse(self, admitted: Admitted) -> None:
        conversation = asyncio.create_task(admitted.converse(self._line, self.switchboard))
        over = asyncio.create_task(self._over.wait())
        lost = asyncio.create_task(self._line.lost.wait())
        try:
            await asyncio.wait({conversation, over, lost}, return_when=asyncio.FIRST_COMPLETED)
            if lost.done() and not self._over.is_set():
                await self._without_media()
            if self._over.is_set() or lost.done():
                self._line.put(LineClosed(handed_over=not self._hung_up, lost=self._lost))
            if not conversation.done():
                await asyncio.wait({conversation}, timeout=FAREWELL_SECONDS)
            if conversation.done():
                conversation.result()
            else:
                log.error("the conversation did not end with its line", call=self.incoming.id)
        finally:
            for task in (conversation, over, lost):
                task.cancel()
            await asyncio.gather(conversation, over, lost, return_exceptions=True)

    async def _without_media(self) -> None:
        """We neither hear nor are heard. People who talk go on; a citizen alone goes to a person."""
        try:
            await self._ari.ping()
        except AriUnreachable:
            self.lose()
            return
        log.error("the media leg is gone", call=self.incoming.id, with_operator=self.switchboard.talking)
        if self.switchboard.talking:
            await self._over.wait()
        else:
            await self.switchboard.hand_over(self.incoming.desk, None, "failure")

    async def _wind_up(self, admitted: Admitted | None) -> None:
        """Nobody of ours stays behind, and no citizen without a person."""
        try:
            await self._let_go()
        except AriError as error:
            log.warning("winding up failed, left to the dialplan", call=self.incoming.id, reason=str(error))
        finally:
            for task in self._tasks:
                task.cancel()
            self._media.forget(self.incoming.id)
            if admitted is not None:
                await admitted.release()

    async def _let_go(self) -> None:
        if self._abandoned and self.switchboard.talking and not self._over.is_set():
            log.info("leaving the citizen with the operator", call=self.incoming.id)
            await self._ari.hang_up(self._leg)
            return
        if not self._over.is_set():
            await self.switchboard.hand_over(self.incoming.desk, None, "failure")
            try:
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._over.wait()
            except TimeoutError:
                log.warning("Asterisk did not confirm that the citizen left", call=self.incoming.id)
        await self.switchboard.dismiss()
        await self._ari.hang_up(self._leg)
        await self._ari.destroy_bridge(self.switchboard.bridge)

    async def _pulse(self) -> None:
        """Hold the dead-man switch. Until the media leg is there nothing else notices our death: it is held short."""
        while not self.switchboard.left and not self._over.is_set():
            connected = self._line.started.is_set()
            try:
                await self.switchboard.alive(DEAD_MAN_SECONDS if connected else SETTING_UP_SECONDS)
            except Gone:
                return
            except AriError as error:
                log.warning("no sign of life could be given", call=self.incoming.id, reason=str(error))
            await asyncio.sleep(ALIVE_EVERY_SECONDS if connected else SETTING_UP_SECONDS / 4)

    def _citizen(self, kind: str, event: Mapping[str, Any]) -> None:
        match kind:
            case "ChannelDtmfReceived":
                self._line.put(Key(str(event["digit"])))
            case "ChannelHangupRequest" | "ChannelDestroyed":
                self._hung_up = self._hung_up or not self._over.is_set()
                self._over.set()
            case "StasisEnd":
                self._hung_up = self._hung_up or self.switchboard.ended
                self.switchboard.left = True
                self._over.set()
            case _:
                pass

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        task.add_done_callback(lambda _: work.close())  # cancelled before it began, it would never be awaited
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """An operator's coming or going that Asterisk did not carry out leaves the citizen to a queue."""
        try:
            await work
        except Gone:
            log.info("a party hung up in between", call=self.incoming.id)
        except AriError:
            log.exception("an operator's leg failed", call=self.incoming.id)
            await self.switchboard.hand_over(self.incoming.desk, None, "failure")
