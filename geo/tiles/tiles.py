"""Vector tiles of a layer: Mapbox Vector Tile 2.1 in the tile matrix set WebMercatorQuad (OGC 17-083r4).

What is smaller than a pixel is not lost: at a zoom below `WHOLE_FROM` at which some tile would hold too many shapes,
all show them gathered in squares, each with how many it stands for and the value that most of them have.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from geo.tiles.box_tree import BoxTree, box_tree
from geo.tiles.layout import LINE, POINT, POLYGON, Ragged, appended

EXTENT, BUFFER = 4096, 64
DEEPEST = 22
WHOLE_FROM = 13
MOST_WHOLE = 8_192
BINS = 64
PIXELS = 256
COUNT = "count"


@dataclass(frozen=True)
class Attributes:
    """The values that a tile tells of each shape, every distinct value once.

    Attributes
    ----------
    names : tuple of str
    codes : int32[columns, n]
        Which value a shape has in a column, -1 for none.
    values, later : Written
        The values as they are written in a layer, those that came later after the others: what differs from day to day
        is little, and what does not, such as a million ids, is shared.
    """

    names: tuple[str, ...]
    codes: np.ndarray
    values: Written
    later: Written

    def __len__(self) -> int:
        return len(self.values) + len(self.later)

    def written(self, used: np.ndarray) -> Written:
        """Return some of the values, in the order of `used`."""
        late = used >= len(self.values)
        if not late.any():
            return self.values.run(used)
        both = self.values.run(used[~late]).and_then(self.later.run(used[late] - len(self.values)))
        place = np.empty(len(used), np.int64)
        place[np.argsort(late, kind="stable")] = np.arange(len(used))
        return both.run(place)

    def and_later(self, codes: np.ndarray, more: Written) -> Attributes:
        """Return the same with other codes, and further values to which the codes may point."""
        return Attributes(self.names, np.ascontiguousarray(codes), self.values, self.later.and_then(more))


@dataclass(frozen=True)
class Written:
    """Values as bytes: uint8[...], value i is values[starts[i]:starts[i + 1]]."""

    values: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def run(self, used: np.ndarray) -> Written:
        """Return some of the values, in the order of `used`."""
        from geo.tiles.tile_kernel import gathered

        lengths = self.starts[used + 1] - self.starts[used]
        return Written(gathered(self.values, self.starts, used), np.append(0, np.cumsum(lengths)))

    def and_then(self, more: Written) -> Written:
        """Return these values and more."""
        return Written(
            np.concatenate([self.values, more.values]), np.concatenate([self.starts, more.starts[1:] + self.starts[-1]])
        )


NOTHING_WRITTEN = Written(np.empty(0, np.uint8), np.zeros(1, np.int64))


@dataclass(frozen=True)
class TileSource:
    """A layer ready to be cut into tiles.

    Attributes
    ----------
    name : str
    shapes : Ragged
    attributes : Attributes
    tree : BoxTree
        Of the first rows; those appended since, `extra`, have a tree of their own.
    extra : BoxTree
    gone : bool[n]
        Shapes that are no longer there.
    main : int
        The column whose most frequent value a gathered square tells, -1 for none.
    base : int
        How many rows the first tree knows.
    """

    name: str
    shapes: Ragged
    attributes: Attributes
    tree: BoxTree
    extra: BoxTree
    gone: np.ndarray
    main: int
    base: int
    # By zoom, and by ("crowded", zoom): what differs from level to level, made when first asked for.
    _levels: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, box: tuple[float, float, float, float]) -> np.ndarray:
        """Return which shapes meet a box of the unit square: int64, ascending."""
        rows = np.concatenate([self.tree.query(box), self.extra.query(box) + self.base])
        return rows[~self.gone[rows]]


Told = str | bool | int | float
"""What a tile can tell of a shape."""


def attributes(columns: Mapping[str, tuple[np.ndarray, Sequence[Told]]]) -> Attributes:
    """Put columns into tile values.

    Parameters
    ----------
    columns : mapping
        Name → (codes, distinct values): the value of row i is values[codes[i]], none where codes[i] is negative. Values
        are str, bool, int or float.
    """
    codes: list[np.ndarray] = []
    parts: list[bytes] = []
    for given, distinct in columns.values():
        given = np.asarray(given, dtype=np.int64)
        codes.append(np.where(given < 0, -1, given + len(parts)).astype(np.int32))
        parts += [_value(value) for value in distinct]
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    rows = np.stack(codes) if codes else np.empty((0, 0), np.int32)
    values = np.frombuffer(bytearray().join(parts), np.uint8)
    return Attributes(tuple(columns), np.ascontiguousarray(rows), Written(values, starts), NOTHING_WRITTEN)


def tile_source(name: str, shapes: Ragged, told: Attributes, main: str | None = None) -> TileSource:
    """Make a layer ready to be cut; `main` is the column that gathered squares tell."""
    column = told.names.index(main) if main is not None else -1
    n, late = len(shapes), box_tree(np.empty((0, 4)))
    return TileSource(name, shapes, told, box_tree(shapes.boxes), late, np.zeros(n, bool), column, n)


def retold(source: TileSource, columns: Mapping[str, tuple[np.ndarray, Sequence[Told]]]) -> TileSource:
    """Return a source of the same shapes that tells other values in some columns, which are given as to `attributes`.

    Shapes, their tree and the other columns are shared with the first source.
    """
    before, new = source.attributes, attributes(columns)
    codes = before.codes.copy()
    for row, name in enumerate(new.names):
        codes[before.names.index(name)] = np.where(new.codes[row] < 0, -1, new.codes[row] + len(before))
    told = before.and_later(codes, new.values)
    crowded = {key: found for key, found in source._levels.items() if isinstance(key, tuple)}
    return replace(source, attributes=told, _levels=crowded)


def tile_box(z: int, x: int, y: int, margin: float = 0.0) -> tuple[float, float, float, float]:
    """Return the box of a tile in the unit square, widened by a share of its side."""
    side = 0.5**z
    return (x - margin) * side, (y - margin) * side, (x + 1 + margin) * side, (y + 1 + margin) * side


def encode_tile(source: TileSource, z: int, x: int, y: int) -> bytes:
    """Cut a tile.

    Parameters
    ----------
    source : TileSource
    z, x, y : int
        Zoom, column and row of WebMercatorQuad, 0 ≤ z ≤ 22 and 0 ≤ x, y < 2**z.

    Returns
    -------
    bytes, empty where there is nothing. A feature's id is its row in the source and one more.

    Raises
    ------
    ValueError
        There is no such tile.
    """
    if not (0 <= z <= DEEPEST and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise ValueError("no such tile")
    box = tile_box(z, x, y, BUFFER / EXTENT)
    if z >= WHOLE_FROM or not _crowded(source, z):
        return _layer(source.name, source.shapes, source.attributes, source.rows(box), (z, x, y))
    large, squares = _gathered(source, z)
    rows = large.query(box)
    body = _layer(source.name, source.shapes, source.attributes, rows, (z, x, y))
    shapes, told, middles = squares
    return body + _layer(f"{source.name}-gathered", shapes, told, middles.query(tile_box(z, x, y)), (z, x, y))


def _layer(name: str, shapes: Ragged, told: Attributes, rows: np.ndarray, tile: tuple[int, int, int]) -> bytes:
    from geo.tiles.tile_kernel import features

    z, x, y = tile
    frame = (float(EXTENT << z), float(EXTENT * x), float(EXTENT * y), float(-BUFFER), float(EXTENT + BUFFER))
    arrays = (shapes.kind, shapes.courses, shapes.starts, shapes.hole, shapes.xy)
    body, used, written = features(rows, arrays, told.codes, frame)
    if not written:
        return b""
    values = told.written(used).values.tobytes()
    keys = [part for key in told.names for part in (b"\x1a", _text(key))]
    content = b"".join([b"\x78\x02\x0a", _text(name), body.tobytes(), *keys, values, b"\x28", _varint(EXTENT)])
    return b"\x1a" + _varint(len(content)) + content


def changed(source: TileSource, gone: np.ndarray, shapes: Ragged, told: Attributes) -> TileSource:
    """Return the source without some rows and with some shapes more; the tree of the others is kept.

    Parameters
    ----------
    gone : int64[k]
        Rows that are no longer there.
    shapes, told
        The new ones, with columns of the same names; they get the rows after the last.
    """
    before = source.attributes
    codes = np.where(told.codes < 0, -1, told.codes + len(before)).astype(np.int32)
    merged = before.and_later(np.concatenate([before.codes, codes], axis=1), told.values)
    whole = appended(source.shapes, shapes)
    absent = np.concatenate([source.gone, np.zeros(len(shapes), bool)])
    absent[gone] = True
    late = box_tree(whole.boxes[source.base :])
    return TileSource(source.name, whole, merged, source.tree, late, absent, source.main, source.base)


def _crowded(source: TileSource, z: int) -> bool:
    """Say whether some tile of a zoom holds too many shapes; neighbours are drawn alike, or the map would be patchy."""
    if len(source.shapes) <= MOST_WHOLE:
        return False
    if ("crowded", z) not in source._levels:
        boxes = source.shapes.boxes[~source.gone & np.isfinite(source.shapes.boxes[:, 0])]
        column, row = np.clip((boxes[:, :2] + boxes[:, 2:]) / 2 * (1 << z), 0, (1 << z) - 1).astype(np.int64).T
        _, counts = np.unique((row << z) + column, return_counts=True)
        source._levels["crowded", z] = counts.max(initial=0) > MOST_WHOLE
    return source._levels["crowded", z]


def _gathered(source: TileSource, z: int) -> tuple[BoxTree, tuple[Ragged, Attributes, BoxTree]]:
    """Return what is drawn as it is at a zoom, and squares for the rest: kept, for it takes a look at every shape."""
    if z not in source._levels:
        boxes = np.where(source.gone[:, None], np.nan, source.shapes.boxes)
        size = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, initial=0.0)
        large = size * (PIXELS << z) >= 1.0
        small = np.flatnonzero(np.isfinite(size) & ~large & (source.shapes.kind != LINE))
        source._levels[z] = box_tree(np.where(large[:, None], boxes, np.nan)), _squares(source, small, BINS << z)
    return source._levels[z]


def _squares(source: TileSource, rows: np.ndarray, bins: int) -> tuple[Ragged, Attributes, BoxTree]:
    """Gather shapes in the squares of a lattice of `bins` by `bins`: their count and most frequent main value."""
    boxes = source.shapes.boxes[rows]
    column, row = np.clip((boxes[:, :2] + boxes[:, 2:]) / 2 * bins, 0, bins - 1).astype(np.int64).T
    place = row * bins + column
    told = source.attributes
    code = told.codes[source.main, rows].astype(np.int64) if source.main >= 0 else np.full(len(rows), -1)
    kinds, code = np.unique(code, return_inverse=True)
    pairs, counts = np.unique(place * len(kinds) + code, return_counts=True) if len(rows) else (place, place)
    square = pairs // max(len(kinds), 1)
    # Of equals the first value wins, so that a tile is the same whoever cuts it.
    best = np.lexsort([pairs, -counts, square])
    squares, first = np.unique(square[best], return_index=True)
    totals = np.bincount(np.searchsorted(squares, square), weights=counts, minlength=len(squares)).astype(np.int64)
    distinct, number = np.unique(totals, return_inverse=True)
    gathered = attributes({COUNT: (number, distinct.tolist())})
    if source.main >= 0 and len(squares):
        main = kinds[pairs[best][first] % len(kinds)]
        gathered = _with_column(gathered, told, told.names[source.main], main)
    corner = np.column_stack([squares % bins, squares // bins]) / bins
    shapes = _drawn(corner, 1.0 / bins, bool((source.shapes.kind == POINT).all()))
    middle = corner + 0.5 / bins
    return shapes, gathered, box_tree(np.column_stack([middle, middle]))


def _with_column(mine: Attributes, theirs: Attributes, name: str, values: np.ndarray) -> Attributes:
    """Add a column whose values are numbers of another table's values."""
    used, number = np.unique(values[values >= 0], return_inverse=True)  # of many, of which few are told here
    moved = np.full(len(values), -1, np.int32)
    moved[values >= 0] = number + len(mine)
    named = replace(mine, names=(*mine.names, name))
    return named.and_later(np.vstack([mine.codes, moved]), theirs.written(used))


def _drawn(corner: np.ndarray, side: float, as_points: bool) -> Ragged:
    """Draw squares, or their middles."""
    n = len(corner)
    steps = np.array([[0.5, 0.5]]) if as_points else np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    xy = (corner[:, None, :] + steps[None] * side).reshape(-1, 2)
    kind = np.full(n, POINT if as_points else POLYGON, np.int8)
    boxes = np.column_stack([corner, corner + side])
    return Ragged(kind, np.arange(n + 1), np.arange(n + 1) * len(steps), np.zeros(n, bool), xy, boxes)


def _value(value: Told) -> bytes:
    """Write a value as it stands in a layer: its field, its length, and text, yes or no, a whole number or a number."""
    written = _bare_value(value)
    return b"\x22" + _varint(len(written)) + written


def _bare_value(value: Told) -> bytes:
    if isinstance(value, str):
        return b"\x0a" + _text(value)
    if isinstance(value, bool):
        return b"\x38" + bytes([value])
    if isinstance(value, int):
        return b"\x30" + _varint(((value << 1) ^ (value >> 63)) & 0xFFFFFFFFFFFFFFFF)
    return b"\x19" + struct.pack("<d", value)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _varint(len(encoded)) + encoded


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
