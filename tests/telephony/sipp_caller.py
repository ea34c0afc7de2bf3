"""A citizen's phone: sipp speaks SIP, an RtpPeer is its ear and mouth."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from lossy_relay import LossyNetwork
from rtp_peer import RtpPeer

_CALLER = "127.0.0.2"

_SDP = """v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio {rtp} RTP/AVP {payloads}
a=rtpmap:8 PCMA/8000
{events}a=ptime:20
"""
_COMMON = """Via: SIP/2.0/UDP [local_ip]:[local_port];branch={branch}
From: "caller" <sip:{number}@[local_ip]>;tag=[call_number]
To: <sip:[service]@[remote_ip]>{tag}
Call-ID: [call_id]
CSeq: {seq} {method}
Contact: <sip:{number}@[local_ip]:[local_port]>
Max-Forwards: 70
"""


@dataclass(frozen=True)
class Dial:
    """How this phone behaves after it is answered."""

    service: str = "12345"
    number: str = "13800001111"
    info_digits: str = ""
    """Keys sent as SIP INFO; then RFC 4733 is not offered."""
    hang_up_after: int | None = None
    """Milliseconds after the answer, and after the INFO keys; None: never."""


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((_CALLER, 0))
        return int(probe.getsockname()[1])


def _call_id(port: int) -> str:
    return f"citizen-{port}@{_CALLER}"


def _send(text: str) -> str:
    return f'<send retrans="500"><![CDATA[\n\n{text}\n]]></send>'


def scenario(dial: Dial, rtp: int) -> str:
    """sipp's scenario: INVITE, keys, then BYE from either side; CANCEL or BYE on a MESSAGE."""

    def head(method: str, seq: int, *, dialog: bool, branch: str = "[branch]") -> str:
        tag = "[peer_tag_param]" if dialog else ""
        common = _COMMON.format(number=escape(dial.number), tag=tag, seq=seq, method=method, branch=branch)
        return f"{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n{common}"

    def ringing(method: str, *, dialog: bool = False) -> str:
        """INVITE, and what belongs to it."""
        return head(method, 1, dialog=dialog, branch=f"z9hG4bK-invite-{rtp}")

    events = "" if dial.info_digits else "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\n"
    sdp = _SDP.format(rtp=rtp, payloads="8" if dial.info_digits else "8 101", events=events)
    steps = [
        _send(f"{ringing('INVITE')}Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp}"),
        '<recv response="100" optional="true"/><recv response="180" optional="true"/>',
        '<recv response="183" optional="true"/><recv request="MESSAGE" optional="true" next="2"/>',
        '<recv response="200" rrs="true"/>',
        f"<send><![CDATA[\n\n{head('ACK', 1, dialog=True)}Content-Length: 0\n\n]]></send>",
    ]
    for place, digit in enumerate(dial.info_digits):
        body = f"Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal={digit}\nDuration=160\n"
        steps += [
            '<pause milliseconds="300"/>',
            _send(head("INFO", 2 + place, dialog=True) + body),
            '<recv response="200"/>',
        ]
    if dial.hang_up_after is not None:
        steps += [f'<pause milliseconds="{dial.hang_up_after}"/>']
    else:
        reply = "[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n"
        steps += [
            '<recv request="MESSAGE" optional="true" next="1"/><recv request="BYE"/>',
            f'<send next="3"><![CDATA[\n\nSIP/2.0 200 OK\n{reply}]]></send>',
        ]
    steps += [
        '<label id="1"/>',
        _send(f"{head('BYE', 50, dialog=True)}Content-Length: 0\n\n"),
        '<recv response="200" next="3"/>',
        '<label id="2"/>',
        _send(f"{ringing('CANCEL')}Content-Length: 0\n\n"),
        '<recv response="200"/><recv response="487" timeout="1000" ontimeout="4"/>',
        f"<send><![CDATA[\n\n{ringing('ACK', dialog=True)}Content-Length: 0\n\n]]></send>",
        '<nop next="3"/><label id="4"/>',  # it was answered in that moment
        f'<send next="1"><![CDATA[\n\n{head("ACK", 1, dialog=True)}Content-Length: 0\n\n]]></send>',
        '<label id="3"/>',
    ]
    return '<?xml version="1.0" encoding="ISO-8859-1" ?><scenario name="citizen">' + "".join(steps) + "</scenario>"


@dataclass
class Citizen:
    """A call in progress."""

    sound: RtpPeer
    process: asyncio.subprocess.Process
    _sip: tuple[str, int]
    _output: asyncio.Task[bytes] = field(repr=False)

    async def hang_up(self) -> None:
        """Now: CANCEL while it rings, BYE later. sipp is told by a message that its scenario waits for."""
        host, port = self._sip
        message = (
            f"MESSAGE sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:1;branch=z9hG4bK-hang-up\r\n"
            f"From: <sip:test@{host}>;tag=1\r\nTo: <sip:test@{host}>\r\nCall-ID: {_call_id(port)}\r\n"
            "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while self.process.returncode is None:
                sender.sendto(message.encode(), self._sip)  # again, if sipp was not listening yet
                await asyncio.wait({asyncio.ensure_future(self.process.wait())}, timeout=1)

    async def ended(self) -> int:
        """sipp's status when its scenario is through: 0 if everything went as written."""
        await self.process.wait()
        return self.process.returncode or 0

    async def output(self) -> str:
        return (await self._output).decode(errors="replace")


@asynccontextmanager
async def _port(sound: RtpPeer, network: LossyNetwork | None) -> AsyncIterator[int]:
    """Where Asterisk is to send the sound."""
    if network is None:
        yield sound.port
    else:
        async with network.before(sound.port) as port:
            yield port


@asynccontextmanager
async def calling(
    folder: Path, sip_port: int, dial: Dial | None = None, *, show: bool = True, network: LossyNetwork | None = None
) -> AsyncIterator[Citizen]:
    """A call from the trunk's address. What is left of it is killed at the end. `show`: print sipp's account of it.

    The sound crosses `network`, if there is one.
    """
    dial = dial or Dial()
    async with RtpPeer() as sound, _port(sound, network) as port:
        file = folder / f"citizen-{sound.port}.xml"
        file.write_text(scenario(dial, port))
        own = _free_port()
        process = await asyncio.create_subprocess_exec(
            "sipp", f"127.0.0.1:{sip_port}", "-sf", str(file), "-i", _CALLER, "-p", str(own), "-s", dial.service,
            "-cid_str", _call_id(own), "-m", "1", "-nostdin", "-timeout", "90s", "-timeout_error",
            cwd=folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout is not None
        output = asyncio.create_task(process.stdout.read())
        try:
            yield Citizen(sound, process, (_CALLER, own), output)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            account = (await output).decode(errors="replace")[-2000:]
            if show:  # pytest prints it when the test fails
                sys.stdout.write(account)
