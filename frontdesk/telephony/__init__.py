"""A private Asterisk: finding or fetching one, writing its configuration, running it without root."""

from frontdesk.telephony.ari_probe import NotAnswering, PasswordWrong, ask, registered
from frontdesk.telephony.configuration import ConfigurationError, Layout, render
from frontdesk.telephony.fetch import FetchFailed, fetch_asterisk
from frontdesk.telephony.folder import Asterisk, NoAsterisk, cached_folder, find_asterisk
from frontdesk.telephony.process import AsteriskFailed, RunningAsterisk

__all__ = [
    "Asterisk",
    "AsteriskFailed",
    "ConfigurationError",
    "FetchFailed",
    "Layout",
    "NoAsterisk",
    "NotAnswering",
    "PasswordWrong",
    "RunningAsterisk",
    "ask",
    "cached_folder",
    "fetch_asterisk",
    "find_asterisk",
    "registered",
    "render",
]
