"""The telephone of an account; cases whose citizen has to be called back.

Revision 0003. Self-contained: later changes of frontdesk.storage.tables must not change this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DUE = sa.text("callback_since IS NOT NULL")


def upgrade() -> None:
    """Add both columns with their indexes."""
    op.add_column("users", sa.Column("phone", sa.Text))
    op.create_index("users_phone", "users", ["phone"], unique=True)
    op.add_column("cases", sa.Column("callback_since", sa.DateTime(timezone=True)))
    op.create_index(
        "cases_callback", "cases", ["queue", "callback_since", "number"], sqlite_where=_DUE, postgresql_where=_DUE
    )
