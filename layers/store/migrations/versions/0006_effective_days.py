"""From which day on what a changeset says holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the day; what was written before has none, which holds for all days, as it did."""
    op.add_column("gridmap_changesets", sa.Column("effective", sa.Text))
    op.add_column("gridmap_changesets", sa.Column("opening", sa.Integer, nullable=False, server_default="0"))
    op.create_index(
        "gridmap_changesets_effective", "gridmap_changesets", ["effective"],
        sqlite_where=sa.text("effective IS NOT NULL AND opening = 0"),
    )  # fmt: skip
