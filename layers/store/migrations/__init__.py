"""Migrations of the system's own tables; the tables of layers follow the catalogue by themselves.

`REVISIONS` repeats what the files in `versions/` say, oldest first, so that opening an up-to-date workspace need not
load Alembic; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
HEAD = REVISIONS[-1]
VERSION_TABLE = "gridmap_migrations"
FOLDER = Path(__file__).parent


def upgrade(connection: Connection, target: str = "head") -> None:
    """Bring the system's tables up to `target` inside the transaction that `connection` has open."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, target)
