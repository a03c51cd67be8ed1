"""The R-tree of a layer for many new features at once: its triggers would index them one by one, ten times slower.

An empty index is written packed, as sort-tile-recursive has it (Leutenegger, Lopez and Edgington, 1997), straight into
the tables behind the virtual one; their layout is part of SQLite's file format: https://sqlite.org/rtree.html, "shadow
tables", and the head of rtree.c. To one that holds something, features are added by SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from layers.store import watching
from layers.store.geopackage import Triggers, rtree
from layers.store.schema import LayerTable

_CELL = np.dtype([("id", np.int64), ("box", np.float32, 4)])
_STORED = _CELL.newbyteorder(">")
_HEAD = np.dtype([("depth", ">u2"), ("cells", ">u2")])
_FILLED = 0.8  # of a node, so that the first new neighbours find room


@contextmanager
def asleep(triggers: Triggers) -> Iterator[None]:
    """Let features come without being indexed; `add` must follow."""
    triggers.awake = False
    try:
        yield
    finally:
        triggers.awake = True


def put_away(connection: sqlite3.Connection, layer: LayerTable) -> list[str]:
    """Take away our triggers that fire whenever a feature comes, and return the statements that make them again.

    Only the one writer may, and only until its transaction ends: nobody else ever sees the layer without them. `add`
    must follow.
    """
    ours = [f"{rtree(layer)}_insert", *watching.at_insert(layer)]
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? ORDER BY rowid", (layer.name,)
    ).fetchall()
    statements = [sql for name, sql in found if name in ours]
    for name, _ in found:
        if name in ours:
            connection.execute(f'DROP TRIGGER "{name}"')
    return statements


def cells(first: int, boxes: np.ndarray) -> np.ndarray:
    """Return what the index holds of features that were just written.

    Parameters
    ----------
    first : int
        The fid of the first; the others follow.
    boxes : float64[n, 4]
        West, south, east, north; NaN where there is no geometry, which is not indexed.

    Returns
    -------
    structured array of `id` and `box`: minx, maxx, miny, maxy in single precision, rounded outwards.
    """
    placed = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    found = np.empty(len(placed), _CELL)
    found["id"] = first + placed
    found["box"] = _rounded_outwards(boxes[placed][:, [0, 2, 1, 3]])
    return found


def add(connection: sqlite3.Connection, layer: LayerTable, cells: np.ndarray) -> None:
    """Index new features."""
    name = rtree(layer)
    empty = connection.execute(f'SELECT NOT EXISTS (SELECT 1 FROM "{name}_rowid")').fetchone()[0]
    if empty and len(cells):
        _pack(connection, name, cells)
        return
    rows = zip(cells["id"].tolist(), *cells["box"].T.tolist(), strict=True)
    connection.executemany(f'INSERT INTO "{name}" VALUES (?,?,?,?,?)', rows)


def _pack(connection: sqlite3.Connection, name: str, cells: np.ndarray) -> None:
    """Write every level of the tree, the leaves first; the root is node 1, the others follow."""
    size = connection.execute(f'SELECT length(data) FROM "{name}_node" WHERE nodeno = 1').fetchone()[0]
    most = (size - _HEAD.itemsize) // _CELL.itemsize
    cells = cells[_tiled(cells["box"].astype(np.float64), int(most * _FILLED))]
    connection.execute(f'DELETE FROM "{name}_node" WHERE nodeno > 1')  # what a tree that was emptied may leave behind
    connection.execute(f'DELETE FROM "{name}_parent"')
    depth, node = 0, 2
    while True:
        root = len(cells) <= most
        starts = np.array([0]) if root else _starts(len(cells), int(most * _FILLED))
        first = 1 if root else node
        below = f'INSERT INTO "{name}_{"parent" if depth else "rowid"}" VALUES (?,?)'
        ends = [*starts[1:].tolist(), len(cells)]
        for number, (begin, end) in enumerate(zip(starts.tolist(), ends, strict=True), first):
            connection.executemany(below, [(id, number) for id in cells["id"][begin:end].tolist()])
            head = np.array((depth if root else 0, end - begin), _HEAD)
            data = (head.tobytes() + cells[begin:end].astype(_STORED).tobytes()).ljust(size, b"\0")
            connection.execute(f'INSERT OR REPLACE INTO "{name}_node" VALUES (?,?)', (number, data))
        if root:
            return
        cells, depth, node = _around(cells, starts, first), depth + 1, node + len(starts)


def _around(cells: np.ndarray, starts: np.ndarray, first: int) -> np.ndarray:
    """Return the cells of the level above: each node, whose number counts from `first`, and the box around it."""
    low, high = (turn.reduceat(cells["box"], starts) for turn in (np.minimum, np.maximum))
    found = np.empty(len(starts), _CELL)
    found["id"] = np.arange(first, first + len(starts))
    found["box"] = np.column_stack([low[:, 0], high[:, 1], low[:, 2], high[:, 3]])
    return found


def _starts(count: int, filled: int) -> np.ndarray:
    """Return where evenly filled nodes begin."""
    nodes = -(-count // filled)
    return np.arange(nodes) * count // nodes


def _tiled(sides: np.ndarray, filled: int) -> np.ndarray:
    """Return an order in which neighbours lie together: strips from west to east, each from south to north."""
    east, north = sides[:, 0] + sides[:, 1], sides[:, 2] + sides[:, 3]
    strips = max(1, round((len(sides) / filled) ** 0.5))
    strip = np.empty(len(sides), dtype=np.int64)
    strip[np.argsort(east, kind="stable")] = np.arange(len(sides)) * strips // len(sides)
    return np.lexsort([north, strip])


def _rounded_outwards(sides: np.ndarray) -> np.ndarray:
    """Return minx, maxx, miny, maxy in single precision, around what came in."""
    single = sides.astype(np.float32)
    for side, outwards, too_far in ((0, -np.inf, np.greater), (1, np.inf, np.less)):
        for column in (side, side + 2):
            inside = too_far(single[:, column], sides[:, column])
            single[inside, column] = np.nextafter(single[inside, column], np.float32(outwards))
    return single
