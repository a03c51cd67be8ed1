"""Who handed a job in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the address from which a job came; of older jobs it is not known."""
    op.add_column("gridmap_jobs", sa.Column("submitted_by", sa.Text))
    op.create_index("gridmap_jobs_submitted_by", "gridmap_jobs", ["submitted_by", "status"])
