"""New workspaces that are copies of one, for whoever makes thousands of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from layers.catalogue import catalogue
from layers.store import open_store, workspace
from layers.store.schema import LayerTable, layer_tables


class ReadyMade:
    """Stands for `workspace.prepare`: what is not there yet becomes a copy of a workspace that was made once.

    The copy is looked at as any workspace is that is opened. One with layers of its own is made as ever.
    """

    def __init__(self, folder: Path) -> None:
        self._one = folder / "new.gpkg"
        self._as_ever = workspace.prepare

    def prepare(self, path: Path, engine: Engine, tables: Mapping[str, LayerTable], create: bool) -> None:
        """Prepare a workspace as `workspace.prepare` does, and sooner."""
        if create and path != self._one and tables is layer_tables(catalogue()) and _nothing_at(path):
            if not self._one.exists():
                open_store(self._one).close()
            shutil.copyfile(self._one, path)
        self._as_ever(path, engine, tables, create)


def _nothing_at(path: Path) -> bool:
    """Say whether there is room for a new file, and nothing of an older one beside it."""
    beside = [path.with_name(path.name + each) for each in ("", "-wal", "-shm", "-journal")]
    return path.parent.is_dir() and os.access(path.parent, os.W_OK) and not any(each.exists() for each in beside)
