"""A line drawn by hand, led along the streets beside it."""

from __future__ import annotations

import numpy as np
import shapely

from geo.lines import node_lines
from geo.partition.cells import Note
from geo.partition.index import points_at

_OFF_COST = 3.0  # a metre off the streets costs as much as three along them
_DRIFT_COST = 1.0  # a street as far off as it may be costs twice as much as one under the line


def led(line: shapely.LineString, streets: np.ndarray, reach_m: float) -> tuple[shapely.LineString, list[Note]]:
    """Lead a line along streets where they run near it.

    Parameters
    ----------
    line : LineString
    streets : object[k] of LineString or MultiLineString
        The same metric CRS.
    reach_m : float
        Only streets nearer than this to the line are followed, and only their stretch beside it.

    Returns
    -------
    The line, from its start to its end by the cheapest way: along streets, or along itself at a higher cost,
    changing from one to the other where they are near; where a street runs beside an end it ends on the street.
    It never crosses itself. The line as it is, if no street is near. And a note, if it was led.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    corridor = shapely.buffer(line, reach_m)
    lines = shapely.intersection(streets[shapely.intersects(streets, corridor)], corridor)
    noded = node_lines(shapely.get_parts(shapely.get_parts(lines)), snap_m=0.0)
    if not len(noded.xy):
        return line, []
    step_m = max(reach_m / 2, line.length / 2000)
    own = shapely.get_coordinates(shapely.segmentize(line, step_m)).view(complex).ravel()
    pieces = shapely.linestrings(noded.xy, indices=np.repeat(np.arange(len(noded.line)), np.diff(noded.offsets)))
    street, piece = shapely.get_coordinates(shapely.segmentize(pieces, step_m), return_index=True)
    street = street.view(complex).ravel()
    places, node = np.unique(np.concatenate([own, street]), return_inverse=True)
    along = np.flatnonzero(piece[1:] == piece[:-1]) + len(own)
    near, beside = shapely.STRtree(points_at(street)).query(points_at(own), predicate="dwithin", distance=reach_m)
    start = np.concatenate([np.arange(len(own) - 1), along, near])
    end = np.concatenate([np.arange(1, len(own)), along + 1, beside + len(own)])
    on_street = (np.arange(len(start)) >= len(own) - 1) & (np.arange(len(start)) < len(own) - 1 + len(along))
    both = np.concatenate([own, street])
    length = np.abs(both[end] - both[start])
    drift = shapely.distance(line, points_at((both[start] + both[end]) / 2)) / reach_m
    cost = length * np.where(on_street, 1 + _DRIFT_COST * drift, _OFF_COST)
    links = coo_array((np.maximum(cost, 1e-9), (node[start], node[end])), shape=(len(places), len(places))).tocsr()
    first, last = node[0], node[len(own) - 1]
    before = dijkstra(links, directed=False, indices=first, return_predecessors=True)[1]
    way = [last]
    while way[-1] != first:
        way.append(before[way[-1]])
    found = _between_streets(places[way[::-1]], own, street)
    if len(found) < 2:
        return line, []
    found = shapely.LineString(_plain(found).view(float).reshape(-1, 2))
    if not found.is_simple:
        return line, []
    return found, [Note("led", found, float(found.length))]


def _between_streets(way: np.ndarray, own: np.ndarray, street: np.ndarray) -> np.ndarray:
    """Leave out the first and the last step if they only lead from the hand's end to a street."""
    drawn, on_street = np.isin(way, own), np.isin(way, street)
    first = int(drawn[0] and not on_street[0] and on_street[1])
    last = int(drawn[-1] and not on_street[-1] and on_street[-2])
    return way[first:len(way) - last]


def _plain(way: np.ndarray) -> np.ndarray:
    """Leave out the places in the middle of straight runs."""
    before, after = way[1:-1] - way[:-2], way[2:] - way[1:-1]
    bends = np.abs((before.conj() * after).imag) > 1e-6 * np.abs(before) * np.abs(after)
    return way[np.concatenate([[True], bends, [True]])]
