"""The tables. The migrations create them; a test holds both equal."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData()


class UtcTime(TypeDecorator[datetime]):
    """A moment: timezone-aware in Python, UTC in the database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC. SQLite keeps no zone, so there it is dropped after converting."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored time needs a zone: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Timezone-aware again, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


WAITING = "state IN ('offered', 'returned')"
"""Condition of the queue index; queries repeat it word for word so that SQLite recognises it."""

WORKED_ON = "state IN ('accepted', 'in_progress')"
"""Condition of the index behind an operator's own cases."""


def _partial(name: str, condition: str, *columns: str) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("case_number", sa.Text),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("conversation", sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("speaker", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("client_id", sa.Text),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.UniqueConstraint("conversation", "client_id", name="messages_client_id"),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("assignee", sa.Text),
    sa.Column("conversation", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("offered_at", UtcTime, nullable=False),
    sa.Column("lease_until", UtcTime),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    # The document stays behind them: SQLite then reads the columns above without loading it.
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("callback_since", UtcTime),
    _partial("cases_waiting", WAITING, "queue", "priority", "offered_at", "number"),
    _partial("cases_worked_on", WORKED_ON, "assignee", "priority", "offered_at", "number"),
    _partial("cases_leased", "lease_until IS NOT NULL", "lease_until"),
    _partial("cases_callback", "callback_since IS NOT NULL", "queue", "callback_since", "number"),
    sa.Index("cases_recent", "updated_at", "number"),
    sa.Index("cases_recent_by_queue", "queue", "updated_at", "number"),
    sa.Index("cases_conversation", "conversation"),
)

case_days = sa.Table(
    "case_days",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("number", sa.ForeignKey("cases.number"), nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index("audit_subject", "subject", "id"),
    sqlite_autoincrement=True,
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("queue", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("phone", sa.Text),
    sa.Index("users_phone", "phone", unique=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("user", sa.ForeignKey("users.name"), nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Index("sessions_user", "user"),
    sa.Index("sessions_expires_at", "expires_at"),
)

login_failures = sa.Table(
    "login_failures",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    sa.Column("until", UtcTime),
    sa.Index("login_failures_last_at", "last_at"),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("conversation", sa.Text),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("line", sa.Text),
    sa.Column("trunk", sa.Text),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Index("calls_conversation", "conversation"),
    sa.Index("calls_started_at", "started_at"),
)

call_events = sa.Table(
    "call_events",
    metadata,
    sa.Column("call", sa.ForeignKey("calls.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
