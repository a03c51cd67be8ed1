"""Which shapes keep off the borders of areas, so that one corner says in which areas they lie.

Most buildings stand well within one area or well outside. Of these nothing has to be cut or projected: what is left are
those that a border comes near to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from geo.shapes.containment import PointIndex, edges_of
from geo.shapes.packed import Shapes, rings_of, vertex_counts, vertices

MOST = 0.01  # a shape larger than this, in the units of its plane, is not told from one corner
THIN = 1e-9  # nor one that is thinner
BLOCK = 50_000
_BOXES_PER_CELL, _MOST_CELLS = 4, 4_000_000


def inside_whole(
    shapes: Shapes, areas: np.ndarray, margins: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find areas that surely hold all of a shape, and the shapes of which more has to be asked.

    Parameters
    ----------
    shapes : array of geometries or None, or the same packed
    areas : array of Polygon, MultiPolygon or None
    margins : function of edges
        Says how far from each edge of the areas a shape must keep for its answer to be sure.

    Returns
    -------
    (area, shape, left) : int64[p], int64[p], bool[n]
        Pairs of positions; of a shape that is `left` there is none, whatever areas hold it.
    """
    left = np.ones(len(shapes), dtype=bool)
    nothing = np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(rings_of(shapes))
    edges = edges_of(areas)
    wide = margins(edges)
    if not len(rows) or not np.isfinite(wide).all():
        return nothing, nothing, left
    rows, first, boxes = (np.concatenate(each) for each in zip(*_told(shapes, rows), strict=True))
    if len(rows):
        from geo.shapes import keeping_off_kernel

        off = ~keeping_off_kernel.near(boxes, edges, wide, _grid(boxes))
        rows, first = rows[off], first[off]
    left[rows] = False
    area, point = PointIndex(first).inside(areas)
    return area, rows[point], left


def _told(shapes: Shapes, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield which of the shapes are fine, a corner of each, and its box; some at a time, as edges take much room."""
    for start in range(0, len(rows), BLOCK):
        some = rows[start : start + BLOCK]
        xy = vertices(shapes[some])
        begins = np.concatenate([[0], np.cumsum(vertex_counts(shapes[some]))])
        fine, boxes = _fine(xy, begins)
        yield some[fine], xy[begins[:-1][fine]], boxes[fine]


def _fine(xy: np.ndarray, begins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say which rings are surely sound, of a usual size, and no slivers; and their boxes: bool[n], float64[n, 4]."""
    from geo.shapes import soundness_kernel

    starts = begins[:-1]
    boxes = np.column_stack([np.minimum.reduceat(xy, starts), np.maximum.reduceat(xy, starts)])
    within = np.ones(len(xy) - 1, dtype=bool)
    within[begins[1:-1] - 1] = False
    edges = np.hstack([xy[:-1], xy[1:]])[within]
    count = len(starts)
    of_rings = begins - np.arange(count + 1)
    with np.errstate(invalid="ignore"):
        sound = soundness_kernel.surely_sound(edges, of_rings, np.arange(count + 1), np.ones(count, dtype=bool))
        middle = np.repeat(boxes[:, :2], np.diff(of_rings), axis=0)
        ends = edges - np.hstack([middle, middle])
        surface = np.abs(np.add.reduceat(ends[:, 0] * ends[:, 3] - ends[:, 2] * ends[:, 1], of_rings[:-1]))
        around = np.add.reduceat(np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]), of_rings[:-1])
        usual = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) <= MOST
        return sound & usual & (surface > THIN * around) & np.isfinite(boxes).all(axis=1), boxes


def _grid(boxes: np.ndarray) -> np.ndarray:
    """Lay a grid of some boxes a cell over all: float64[6] of x0, y0, cell width, cell height, columns, rows."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    size = np.maximum(high - low, 1e-9)
    per_axis = np.sqrt(min(len(boxes) / _BOXES_PER_CELL, _MOST_CELLS))
    aspect = np.clip(np.sqrt(size[0] / size[1]), 1e-2, 1e2)
    count = np.maximum([per_axis * aspect, per_axis / aspect], 1.0).astype(int)
    return np.array([*low, *(size / count), *count], dtype=float)
