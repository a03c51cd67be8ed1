"""Another program at the workspace's file: a plain connection with the functions of GeoPackage, as GDAL has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from layers.store.geopackage import register_functions


@contextmanager
def outsider(path: Path | str) -> Iterator[sqlite3.Connection]:
    """Open a workspace's file as another program does; each statement is kept at once."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        register_functions(connection)
        yield connection
