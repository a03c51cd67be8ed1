"""Changesets, changes, layer revisions, settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the system's tables."""
    op.create_table(
        "gridmap_changesets",
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("time", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reverts", sa.Integer, sa.ForeignKey("gridmap_changesets.revision")),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_index("gridmap_changesets_reverts", "gridmap_changesets", ["reverts"])
    op.create_table(
        "gridmap_changes",
        # deferred: the changes stream in first, the changeset knows its counts only at the end
        sa.Column(
            "revision",
            sa.Integer,
            sa.ForeignKey("gridmap_changesets.revision", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("feature_id", sa.Text, nullable=False),
        sa.Column("op", sa.Text, sa.CheckConstraint("op IN ('create', 'update', 'delete')"), nullable=False),
        sa.Column("before", sa.LargeBinary),
        sa.Column("after", sa.LargeBinary),
        sa.PrimaryKeyConstraint("revision", "seq"),
    )
    # unique: a changeset changes a feature once
    op.create_index("gridmap_changes_feature", "gridmap_changes", ["layer", "feature_id", "revision"], unique=True)
    op.create_index("gridmap_changes_layer", "gridmap_changes", ["layer", "revision", "seq"])
    op.create_table(
        "gridmap_layer_revisions",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, sa.ForeignKey("gridmap_changesets.revision"), nullable=False),
    )
    op.create_table(
        "gridmap_settings",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
