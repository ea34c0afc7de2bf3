"""Calls through Asterisk 20/22+: ARI for call control, chan_websocket for sound."""

from ivr.asterisk.ari import (
    Ari,
    AriAddress,
    AriError,
    AriRefused,
    AriUnreachable,
    Gone,
    NotInStasis,
    WrongPassword,
    open_ari,
    reachable,
)
from ivr.asterisk.calls import Calls
from ivr.asterisk.incoming import QUEUE_NAMES, Admitted, Desks, Incoming, Reception
from ivr.asterisk.media import MediaLine, MediaServer
from ivr.asterisk.phones import NotTalking, PhoneCall, PhoneWatcher
from ivr.asterisk.switchboard import AsteriskSwitchboard

__all__ = [
    "QUEUE_NAMES",
    "Admitted",
    "Ari",
    "AriAddress",
    "AriError",
    "AriRefused",
    "AriUnreachable",
    "AsteriskSwitchboard",
    "Calls",
    "Desks",
    "Gone",
    "Incoming",
    "MediaLine",
    "MediaServer",
    "NotInStasis",
    "NotTalking",
    "PhoneCall",
    "PhoneWatcher",
    "Reception",
    "WrongPassword",
    "open_ari",
    "reachable",
]
