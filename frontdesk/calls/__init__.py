"""Who looks on at calls: the trace of what happened, and the recording of what was heard."""

from frontdesk.calls.journal import Journal
from frontdesk.calls.keeper import Keeper
from frontdesk.calls.keeping import Keeping, keeping
from frontdesk.calls.timeline import Placed, placed_lines
from frontdesk.calls.trace import CallTrace

__all__ = ["CallTrace", "Journal", "Keeper", "Keeping", "Placed", "keeping", "placed_lines"]
