"""Calls and what happened in them.

Revision 0002. Self-contained: later changes of frontdesk.storage.tables must not change this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "calls",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("conversation", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("line", sa.Text),
        sa.Column("trunk", sa.Text),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("ended_at", moment),
    )
    op.create_index("calls_conversation", "calls", ["conversation"])
    op.create_index("calls_started_at", "calls", ["started_at"])
    op.create_table(
        "call_events",
        sa.Column("call", sa.Text, sa.ForeignKey("calls.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
