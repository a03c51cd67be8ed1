"""Where the cells of a partition lie and which of them share an edge: built once, carried from edit to edit.

An edit changes a few cells of many thousands. So the tree of the state it began with is kept, the changed
cells are listed beside it, and a new tree is made only when that list has become long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

_MOST_BESIDE = 256  # cells listed beside the tree before a new one pays


class Borders(NamedTuple):
    """Pairs of cells that share an edge, not merely a corner.

    Attributes
    ----------
    first, second : int64[k]
        Rows of the two, first < second; each pair once, in any order.
    length_m : float64[k]
        The length of what they share.
    """

    first: np.ndarray
    second: np.ndarray
    length_m: np.ndarray


class Edges(NamedTuple):
    """The straight pieces of the outlines of polygons; places are complex numbers x + iy.

    Attributes
    ----------
    start, end : complex128[k]
        As drawn, so that the polygon lies to the same side all along a ring.
    owner, ring : int64[k]
        The row of the polygon, and the number of the ring among all rings.
    """

    start: np.ndarray
    end: np.ndarray
    owner: np.ndarray
    ring: np.ndarray


def edges_of(cells: np.ndarray) -> Edges:
    """Take the outlines of polygons and multipolygons apart."""
    parts, whole = shapely.get_parts(cells, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    owner = whole[part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    place = xy.view(np.complex128).ravel()
    inside = ring[1:] == ring[:-1]
    return Edges(place[:-1][inside], place[1:][inside], owner[ring[:-1][inside]], ring[:-1][inside])


def points_at(places: np.ndarray) -> np.ndarray:
    """Return complex places as points."""
    return shapely.points(places.real, places.imag)


def undirected(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn edges so that the same edge of two neighbours reads the same: the lower place first."""
    swap = (start.real > end.real) | ((start.real == end.real) & (start.imag > end.imag))
    return np.where(swap, end, start), np.where(swap, start, end)


def edge_numbers(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Number edges so that the same edge, either way round, has the same number: int64[k] from 0."""
    low, high = undirected(start, end)
    order = np.lexsort((high.imag, high.real, low.imag, low.real))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(new) - 1
    return numbers


def borders(cells: np.ndarray) -> Borders:
    """Find which polygons share edges, vertex by vertex, and how much.

    Parameters
    ----------
    cells : object[n] of Polygon or MultiPolygon, a valid coverage

    Returns
    -------
    Borders; an edge that a third polygon has too counts for the first two by row.
    """
    edges = edges_of(cells)
    number = edge_numbers(edges.start, edges.end)
    order = np.lexsort((edges.owner, number))
    same = number[order][1:] == number[order][:-1]
    one, other = edges.owner[order][:-1][same], edges.owner[order][1:][same]
    length = np.abs(edges.end - edges.start)[order][1:][same]
    apart = one != other
    pairs, pair = np.unique(np.column_stack([one[apart], other[apart]]), axis=0, return_inverse=True)
    shared = np.bincount(pair.ravel(), weights=length[apart], minlength=len(pairs))
    return Borders(pairs[:, 0], pairs[:, 1], shared)


@dataclass(eq=False)
class Index:
    """The index of one state of the cells; what it holds is made when first asked for."""

    cells: np.ndarray
    tree: shapely.STRtree | None = None
    row_of_leaf: np.ndarray | None = None  # -1 where the leaf's cell has changed or is gone
    beside: np.ndarray | None = None
    pairs: Borders | None = None
    since: tuple[Borders, np.ndarray, np.ndarray] | None = None  # pairs of an earlier state, rows new since, now_at

    def near(self, shapes: np.ndarray | shapely.Geometry, distance_m: float = 0.0) -> np.ndarray:
        """Find the rows of cells within a distance of any of the shapes: int64, ascending, each once."""
        if self.tree is None:
            self.tree = shapely.STRtree(self.cells)
            self.row_of_leaf, self.beside = np.arange(len(self.cells)), np.empty(0, np.int64)
        assert self.row_of_leaf is not None and self.beside is not None  # they come with the tree
        shapes = np.atleast_1d(np.asarray(shapes, dtype=object))
        # Whether large shapes meet is quicker to see than how far apart they are.
        how = {"predicate": "dwithin", "distance": distance_m} if distance_m else {"predicate": "intersects"}
        rows = self.row_of_leaf[self.tree.query(shapes, **how)[1]]
        if len(self.beside):
            few = shapely.STRtree(self.cells[self.beside])
            rows = np.append(rows, self.beside[few.query(shapes, **how)[1]])
        return np.unique(rows[rows >= 0])

    def borders(self) -> Borders:
        """Give the pairs of cells that share an edge."""
        if self.pairs is None:
            self.pairs = borders(self.cells) if self.since is None else _updated(self, *self.since)
            self.since = None
        return self.pairs

    def changed(self, cells: np.ndarray, rows: np.ndarray, now_at: np.ndarray) -> Index:
        """Make the index of the next state.

        Parameters
        ----------
        cells : object[m]
            All cells of the next state.
        rows : int64[k]
            Rows of those that are new or have another shape.
        now_at : int64[n]
            The next row of each cell of this state, -1 if it is gone.
        """
        made = Index(cells)
        beside = np.empty(0, np.int64) if self.beside is None else self.beside
        if self.row_of_leaf is not None and len(beside) + len(rows) <= _MOST_BESIDE:
            fresh = np.zeros(len(cells) + 1, dtype=bool)  # the last stands for "gone", which is row -1
            fresh[rows] = True
            at = np.where(self.row_of_leaf >= 0, now_at[self.row_of_leaf], -1)
            made.tree, made.row_of_leaf = self.tree, np.where(fresh[at], -1, at)
            kept = now_at[beside]
            made.beside = np.union1d(kept[kept >= 0], rows)
        if self.pairs is not None:
            made.since = self.pairs, rows, now_at
        elif self.since is not None:  # nobody asked in between: two steps become one
            pairs, before, at = self.since
            moved = now_at[before]
            made.since = pairs, np.union1d(moved[moved >= 0], rows), np.where(at >= 0, now_at[at], -1)
        return made


def _updated(made: Index, old: Borders, rows: np.ndarray, now_at: np.ndarray) -> Borders:
    """Keep the pairs between unchanged cells and find those of the changed ones anew."""
    fresh = np.zeros(len(made.cells) + 1, dtype=bool)
    fresh[rows] = fresh[-1] = True
    first, second = old.first, old.second
    if not np.array_equal(now_at, np.arange(len(made.cells))):
        first, second = now_at[first], now_at[second]
    kept = ~fresh[first] & ~fresh[second]
    around = made.near(made.cells[rows]) if len(rows) else rows
    found = borders(made.cells[around])
    one, other = around[found.first], around[found.second]
    new = fresh[one] | fresh[other]
    low = np.concatenate([np.minimum(first, second)[kept], one[new]])
    high = np.concatenate([np.maximum(first, second)[kept], other[new]])
    return Borders(low, high, np.concatenate([old.length_m[kept], found.length_m[new]]))
