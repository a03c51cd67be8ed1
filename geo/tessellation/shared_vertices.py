"""Vertices of neighbours put into edges that lack them, so that common borders are the same edge by edge."""

from __future__ import annotations

import numpy as np
import shapely

from geo.lines import segments
from geo.partition import edge_numbers, edges_of

REACH_M = 1e-5
"""How far from an edge a vertex may lie to be on it; a thousandth of what keeps vertices apart."""


def with_shared_vertices(cells: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Give polygons that meet along edges the vertices of each other, without moving any.

    Parameters
    ----------
    cells : object[n] of Polygon, metric CRS
        Without overlaps or gaps, though at a T-junction one side may lack the vertex.
    rows : int64[k], optional
        The cells to look after, all by default. Where only some of the cells of a place are given, these are the
        ones that have all their neighbours, and the neighbours of these, among them.

    Returns
    -------
    object[n] of Polygon; those that lacked nothing are the same objects.
    """
    edges = edges_of(cells)
    number = edge_numbers(edges.start, edges.end)
    lone = np.bincount(number)[number] == 1
    alone = np.flatnonzero(lone if rows is None else lone & np.isin(edges.owner, rows))
    start, end = edges.start[alone], edges.end[alone]
    # Both ends of an edge that is shared are shared; only ends of lone edges can be missing elsewhere.
    place = np.unique(np.concatenate([start, end]))
    tree = shapely.STRtree(shapely.points(place.real, place.imag))
    edge, at = tree.query(segments(start, end), predicate="dwithin", distance=REACH_M)
    inner = (place[at] != start[edge]) & (place[at] != end[edge])
    edge, place = edge[inner], place[at[inner]]
    along = end[edge] - start[edge]
    share = ((place - start[edge]) * along.conj()).real / np.abs(along) ** 2
    between = (share > 0) & (share < 1)
    return _inserted(cells, alone[edge[between]], share[between], place[between])


def _inserted(cells: np.ndarray, edge: np.ndarray, share: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Put places into edges, which are numbered as `edges_of` numbers those of all cells."""
    if not len(edge):
        return cells.copy()
    edges = edges_of(cells)
    rows = np.unique(edges.owner[edge])
    kept = np.flatnonzero(np.isin(edges.owner, rows))
    which = np.concatenate([kept, edge])
    order = np.lexsort((np.concatenate([np.zeros(len(kept)), share]), which))
    places = np.concatenate([edges.start[kept], place])[order]
    ring = edges.ring[which[order]]
    _, first = np.unique(ring, return_index=True)
    # A ring ends where it begins.
    xy = np.insert(places, np.append(first[1:], len(places)), places[first]).view(float).reshape(-1, 2)
    offsets = np.append(first, len(places)) + np.arange(len(first) + 1)
    polygons = np.searchsorted(edges.owner[which[order]][first], rows)
    made = cells.copy()
    made[rows] = shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (offsets, np.append(polygons, len(first))))
    return made
