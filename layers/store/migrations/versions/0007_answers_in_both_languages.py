"""What a job answered, in the words of the other language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the words; of what was answered before they are not known, and it is shown as it was asked."""
    op.add_column("gridmap_job_results", sa.Column("words", sa.LargeBinary))
