"""The first tables.

Revision 0001. Self-contained: later changes of frontdesk.storage.tables must not change this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEPT = {"audit": ("UPDATE", "DELETE"), "cases": ("DELETE",)}
"""What the database itself refuses: the audit trail is append-only, a case is closed but never removed."""


def upgrade() -> None:
    """Create everything."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("case_number", sa.Text),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("conversation", sa.Text, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("speaker", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.UniqueConstraint("conversation", "client_id", name="messages_client_id"),
    )
    op.create_table(
        "cases",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("assignee", sa.Text),
        sa.Column("conversation", sa.Text),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("offered_at", moment, nullable=False),
        sa.Column("lease_until", moment),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
    urgency = ["priority", "offered_at", "number"]
    _partial_index("cases_waiting", "state IN ('offered', 'returned')", ["queue", *urgency])
    _partial_index("cases_worked_on", "state IN ('accepted', 'in_progress')", ["assignee", *urgency])
    _partial_index("cases_leased", "lease_until IS NOT NULL", ["lease_until"])
    op.create_index("cases_recent", "cases", ["updated_at", "number"])
    op.create_index("cases_recent_by_queue", "cases", ["queue", "updated_at", "number"])
    op.create_index("cases_conversation", "cases", ["conversation"])
    op.create_table(
        "case_days",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("number", sa.Text, sa.ForeignKey("cases.number"), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_subject", "audit", ["subject", "id"])
    _create_accounts(moment)
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()


def _create_accounts(moment: sa.DateTime) -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", moment, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, sa.ForeignKey("users.name"), nullable=False),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("last_seen", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
    )
    op.create_index("sessions_user", "sessions", ["user"])
    op.create_index("sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "login_failures",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column("until", moment),
    )
    op.create_index("login_failures_last_at", "login_failures", ["last_at"])


def _partial_index(name: str, condition: str, columns: list[str]) -> None:
    where = sa.text(condition)
    op.create_index(name, "cases", columns, sqlite_where=where, postgresql_where=where)


def _keep_on_sqlite() -> None:
    for table, actions in KEPT.items():
        for action in actions:
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: {action} is not allowed'); END"
            )


def _keep_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION frontdesk_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%: % is not allowed', TG_TABLE_NAME, TG_OP; END $$"
    )
    for table, actions in KEPT.items():
        events = " OR ".join([*actions, "TRUNCATE"])
        op.execute(
            f"CREATE TRIGGER {table}_keep BEFORE {events} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION frontdesk_refuse()"
        )
