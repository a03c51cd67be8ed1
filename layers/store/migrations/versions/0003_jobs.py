"""Jobs and their results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables of jobs. Moments are UTC texts of one length, so that they sort as they pass."""
    op.create_table(
        "gridmap_jobs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("key", sa.Text, unique=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column(
            "status",
            sa.Text,
            sa.CheckConstraint("status IN ('accepted', 'running', 'successful', 'failed', 'dismissed')"),
            nullable=False,
        ),
        sa.Column("progress", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("updated", sa.Text, nullable=False),
        sa.Column("started", sa.Text),
        sa.Column("finished", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.Column("revision", sa.Integer),
        sa.Column("problem", sa.Text),
        sa.Column("result_bytes", sa.Integer, nullable=False),
        # a number that has gone never comes back: pages of the list are turned by it
        sqlite_autoincrement=True,
    )
    op.create_index("gridmap_jobs_status", "gridmap_jobs", ["status", "number"])
    op.create_table(
        # apart from the jobs, so that looking at a job never touches a large answer
        "gridmap_job_results",
        sa.Column("job", sa.Text, sa.ForeignKey("gridmap_jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("media", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    if sa.inspect(op.get_bind()).has_table("gpkg_extensions"):
        for table in ("gridmap_jobs", "gridmap_job_results"):
            op.execute(
                f"INSERT INTO gpkg_extensions VALUES ('{table}', NULL, 'gridmap_jobs',"
                " 'jobs of a gridmap workspace', 'read-write')"
            )
