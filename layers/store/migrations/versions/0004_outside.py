"""What other programs write into the tables of layers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables that the triggers of layers write into."""
    op.create_table(
        "gridmap_outside",
        # the negative of it is the version that an edited feature has until it is adopted: it never comes back
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("time", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("gridmap_outside_feature", "gridmap_outside", ["layer", "id", "number"])
    op.create_table(
        "gridmap_outside_layers",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("moved", sa.Integer, nullable=False),
    )
    # holds a row while gridmap itself writes, in its own transaction: nobody else ever sees one
    op.create_table("gridmap_writing", sa.Column("own", sa.Integer))
    if sa.inspect(op.get_bind()).has_table("gpkg_extensions"):
        for table in ("gridmap_outside", "gridmap_outside_layers", "gridmap_writing"):
            op.execute(
                f"INSERT INTO gpkg_extensions VALUES ('{table}', NULL, 'gridmap_outside',"
                " 'edits by other programs in a gridmap workspace', 'read-write')"
            )
