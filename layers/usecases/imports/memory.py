"""What was read of uploads and found out about them, kept in memory while there is room: a step back reads nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, TypeAlias

import shapely

from layers.formats.table import RawSheet, RawTable

Key: TypeAlias = "tuple[object, ...]"
"""An upload's id, and which reading of it."""

MOST_BYTES = 256 << 20
# As measured of mixed cells: a short text is some 60 bytes and its place in a list 8; a shape has a shell around it.
CELL_BYTES, SHAPE_BYTES, VERTEX_BYTES = 70, 200, 24


class Remembered:
    """Values by key, those used last; a key begins with the id of its upload.

    Parameters
    ----------
    most_bytes : int
        What all values together may take; one that is larger by itself is not kept.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._used = most_bytes, 0
        self._values: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Any:  # the key says what
        """Return what is kept under a key, which says what that is, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Key, value: object, size: int) -> None:  # the key says what
        """Keep a value of about so many bytes; whatever was not asked for longest makes room."""
        with self._lock:
            self._drop(key)
            if size > self._most:
                return
            self._values[key] = (value, size)
            self._used += size
            while self._used > self._most:
                self._drop(next(iter(self._values)))

    def forget(self, id: str) -> None:
        """Drop everything of an upload."""
        with self._lock:
            for key in [key for key in self._values if key[0] == id]:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        if key in self._values:
            self._used -= self._values.pop(key)[1]


def size_of(read: Iterable[RawTable | RawSheet]) -> int:
    """Estimate what tables or sheets take in memory, in bytes."""
    return sum(_of_sheet(each) if isinstance(each, RawSheet) else _of_table(each) for each in read)


def _of_sheet(sheet: RawSheet) -> int:
    return CELL_BYTES * sum(map(len, sheet.cells))


def _of_table(table: RawTable) -> int:
    size = CELL_BYTES * len(table) * (len(table.columns) + 1)
    if table.geometry is not None:
        vertices = int(shapely.get_num_coordinates(table.geometry).sum())
        size += SHAPE_BYTES * len(table) + VERTEX_BYTES * vertices
    return size
