"""Is what the file holds sound? Asked of SQLite table by table, so that what is damaged has a name.

SQLite keeps no checksums: it notices a page that no longer hangs together, not a letter that turned inside a value.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from layers.errors import Fault, StoreUnusable
from layers.store.connections import is_damage
from layers.store.geopackage import rtree
from layers.store.schema import LayerTable
from layers.text import Text

RECORDS = "gridmap"  # what is damaged where it is no layer: history, settings, jobs
_SHADOWS = ("node", "rowid", "parent")


class Damage:
    """Which layers of a workspace are known to be damaged: found by looking, or by a reader who met it.

    Parameters
    ----------
    look : callable
        Returns the layers that are damaged; for who meets damage and cannot say where.
    """

    def __init__(self, look: Callable[[], Collection[str]]) -> None:
        self._look = look
        self._layers: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    @property
    def layers(self) -> tuple[str, ...]:
        """Return what is damaged, in order."""
        return tuple(sorted(self._layers))

    def found(self, layers: Iterable[str]) -> None:
        """Note what a look at everything has found; whatever it has not found is sound again."""
        with self._lock:
            self._layers = frozenset(layers)

    @contextmanager
    def met(self, layer: str | None) -> Iterator[None]:
        """Note the layer in which somebody meets damage, and name it in the refusal."""
        try:
            yield
        except StoreUnusable as error:
            if not is_damage(error.__cause__):
                raise
            names = (layer,) if layer else tuple(self._look()) or (RECORDS,)
            with self._lock:
                self._layers |= set(names)
            raise refusal(names) from error


def refusal(layers: Collection[str], file: str | None = None) -> StoreUnusable:
    """Return the refusal that names what is damaged and how the rest is rescued."""
    place = {} if file is None else {"file": file}
    return StoreUnusable(*(Fault(Text("store.damaged"), {**place, "layer": name}) for name in layers))


def is_sound(connection: sqlite3.Connection) -> bool:
    """Say whether the whole file hangs together, and every reference leads somewhere."""
    return _is_quiet(connection, "PRAGMA quick_check(1)") and not _has_rows(connection, "PRAGMA foreign_key_check")


def damaged(connection: sqlite3.Connection, tables: Mapping[str, LayerTable]) -> list[str]:
    """Return the layers whose tables or indexes are damaged, and `RECORDS` where it is something else.

    Each table is looked at by itself, so that no snapshot of the workspace is held for long.
    """
    bad, seen = [], set()
    for name, layer in tables.items():
        own = [layer.name, *((f"{rtree(layer)}_{part}" for part in _SHADOWS) if layer.layer.spatial else ())]
        seen.update(own)
        if not all(_is_quiet(connection, f"PRAGMA quick_check('{table}')") for table in own):
            bad.append(name)
    try:
        rest = [row[0] for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        )]  # fmt: skip
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return [*bad, RECORDS]
    if not all(_is_quiet(connection, f"PRAGMA quick_check('{table}')") for table in rest if table not in seen):
        bad.append(RECORDS)
    return bad


def _is_quiet(connection: sqlite3.Connection, pragma: str) -> bool:
    try:
        return connection.execute(pragma).fetchone() in (("ok",), None)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False


def _has_rows(connection: sqlite3.Connection, pragma: str) -> bool:
    return connection.execute(pragma).fetchone() is not None
