"""Cases, conversations, audit trail and accounts in SQL: `handoff.ports`, and what the desks' people need."""

from frontdesk.storage.accounts import (
    FailureKind,
    LoginFailures,
    Role,
    Session,
    SqlAccounts,
    UnknownUser,
    User,
    UserExists,
)
from frontdesk.storage.calls import CallEvent, CallRecord
from frontdesk.storage.engine import Database
from frontdesk.storage.lock import DatabaseInUse
from frontdesk.storage.migrate import DatabaseTooNew, current, head, upgrade
from frontdesk.storage.store import SqlStore, SqlTransaction, open_store

__all__ = [
    "CallEvent",
    "CallRecord",
    "Database",
    "DatabaseInUse",
    "DatabaseTooNew",
    "FailureKind",
    "LoginFailures",
    "Role",
    "Session",
    "SqlAccounts",
    "SqlStore",
    "SqlTransaction",
    "UnknownUser",
    "User",
    "UserExists",
    "current",
    "head",
    "open_store",
    "upgrade",
]
