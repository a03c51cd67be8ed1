"""Cells taken to pieces along lines that are noded with them, and put together again by label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.lines import segments
from geo.partition.index import borders, edge_numbers, edges_of
from geo.partition.noding import Noded

Key = str | int | None
"""Where a piece goes: to a part, to none, or, where ground is only cut, into the region of that number."""


@dataclass(frozen=True)
class Piece:
    """A piece of one cell: its shape, the key of where it goes, and what was joined to it as too thin."""

    shape: shapely.Polygon
    key: Key
    thin: tuple[shapely.Polygon, ...] = ()


def faces(cells: np.ndarray, noded: Noded, carved: np.ndarray) -> dict[int, np.ndarray]:
    """Cut cells along noded lines.

    Parameters
    ----------
    cells : object[n] of Polygon
        Those that `noded` was made of.
    carved : bool[n]
        Which may be cut.

    Returns
    -------
    dict of row to object[k] of Polygon, for the cells that fall into two pieces or more. They have all new
    vertices, also those on their outlines.
    """
    middle = (noded.start + noded.end) / 2
    rows = np.flatnonzero(carved)
    inside = shapely.STRtree(shapely.points(middle.real, middle.imag)).query(cells[rows], predicate="contains_properly")
    if not inside.size:
        return {}
    crossed, row = np.unique(rows[inside[0]], return_inverse=True)
    rim = np.flatnonzero(np.isin(noded.edges.owner, crossed))
    rim_start, rim_end, at = _rim(noded, rim)
    owner = np.concatenate([np.searchsorted(crossed, noded.edges.owner[rim[at]]), row])
    order = np.argsort(owner, kind="stable")
    start, end = (np.concatenate(each)[order] for each in ((rim_start, noded.start[inside[1]]),
                                                           (rim_end, noded.end[inside[1]])))  # fmt: skip
    lines = np.split(segments(start, end), np.searchsorted(owner[order], np.arange(1, len(crossed))))
    made, of = shapely.get_parts(np.array([shapely.polygonize(each) for each in lines], dtype=object),
                                 return_index=True)  # fmt: skip
    held = shapely.contains_properly(cells[crossed[of]], shapely.point_on_surface(made))  # else it fills a hole
    made, of = made[held], of[held]
    parts = np.split(made, np.searchsorted(of, np.arange(1, len(crossed))))
    return {int(each): part for each, part in zip(crossed, parts, strict=True) if len(part) > 1}


def pieces_of(made: np.ndarray, keys: list[Key], homes: np.ndarray, thin_m: float, small_m2: float) -> list[Piece]:
    """Put the faces of one cell together by key, what is too thin or too small with the neighbour.

    Parameters
    ----------
    made : object[k] of Polygon
        A valid coverage.
    keys : list of k
    homes : object[j] of geometries
        Footprints of the cell: a piece that holds most of one is never too small.
    thin_m, small_m2 : float
        Pieces of a smaller mean width (2 A / P) or a smaller area are joined to the piece with which they
        share the longest edge, the smallest first.

    Returns
    -------
    list of Piece, the largest first.
    """
    found = _joined([Piece(shape, key) for shape, key in zip(made, keys, strict=True)])
    while len(found) > 1:
        shapes = np.array([each.shape for each in found], dtype=object)
        areas = shapely.area(shapes)
        thin = (2 * areas < thin_m * shapely.length(shapes)) | (areas < small_m2)
        thin[homes_of(shapes, homes)] = False
        if not thin.any():
            break
        at = int(np.argmin(np.where(thin, areas, np.inf)))
        pairs = borders(shapes)
        beside = (pairs.first == at) | (pairs.second == at)
        longest = np.flatnonzero(beside)[np.argmax(pairs.length_m[beside])]
        to = int(pairs.first[longest] + pairs.second[longest] - at)
        told = (*found[at].thin, found[at].shape)
        found[at] = Piece(found[at].shape, found[to].key, told)
        found = _joined(found)
    return sorted(found, key=lambda each: (-each.shape.area, each.shape.bounds))


def slivers(pairs: np.ndarray, homes: np.ndarray, pair: np.ndarray, thin_m: float, small_m2: float) -> np.ndarray:
    """Tell of cells that fall into two faces which of the two `pieces_of` would join to the other: all at once.

    Parameters
    ----------
    pairs : object[k, 2] of Polygon
    homes : object[m] of geometries
        Footprints of the cells.
    pair : int64[m]
        The cell of each.
    thin_m, small_m2 : float
        As in `pieces_of`.

    Returns
    -------
    int64[k]: 0 or 1, and -1 where neither is, or where that is not so simple.
    """
    area = shapely.area(pairs)
    thin = (2 * area < thin_m * shapely.length(pairs)) | (area < small_m2)
    found = np.where(thin.sum(axis=1) == 1, thin.argmax(axis=1), -1)
    asked = found[pair] >= 0
    homes, pair = homes[asked], pair[asked]
    sides = pairs[pair, found[pair]], pairs[pair, 1 - found[pair]]
    own, other = (shapely.area(shapely.intersection(homes, side)) for side in sides)
    found[pair[own >= other]] = -1
    return found


def homes_of(shapes: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """Find which polygon holds most of each footprint, or is nearest to it: int64, rows of `shapes`."""
    if not len(footprints):
        return np.empty(0, np.int64)
    common = shapely.area(shapely.intersection(footprints[:, None], shapes[None, :]))
    # A point or a line, and a footprint that only touches, goes where it is nearest.
    away = shapely.distance(shapely.point_on_surface(footprints)[:, None], shapes[None, :])
    return np.where(common.max(axis=1) > 0, common.argmax(axis=1), away.argmin(axis=1))


def needed(found: list[list[Piece]]) -> np.ndarray:
    """Find the places where the borders between pieces of the same cell begin, end or bend: complex128."""
    places = [np.empty(0, complex)]
    for pieces in found:
        edges = edges_of(np.array([each.shape for each in pieces], dtype=object))
        number = edge_numbers(edges.start, edges.end)
        twice = np.bincount(number)[number] > 1
        places += [edges.start[twice], edges.end[twice]]
    return np.unique(np.concatenate(places))


def without(shape: shapely.Polygon, places: np.ndarray) -> shapely.Polygon:
    """Leave vertices out of a polygon."""
    rings = []
    for ring in shapely.get_rings(shape):
        place = shapely.get_coordinates(ring).view(complex).ravel()[:-1]
        place = place[~np.isin(place, places)]
        rings.append(np.append(place, place[0]).view(float).reshape(-1, 2))
    return shapely.Polygon(rings[0], rings[1:])


def with_inserted(noded: Noded, row: int) -> shapely.Polygon:
    """Give one cell the vertices that were put into its edges."""
    edges = noded.edges
    mine = np.flatnonzero(edges.owner == row)
    rings = []
    for ring in np.unique(edges.ring[mine]):
        start = _rim(noded, mine[edges.ring[mine] == ring])[0]
        rings.append(np.append(start, start[0]).view(float).reshape(-1, 2))
    return shapely.Polygon(rings[0], rings[1:])


def _rim(noded: Noded, which: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Walk along edges with the vertices that were put into them: starts, ends, and positions in `which`."""
    start, end, number = noded.edges.start[which], noded.edges.end[which], noded.number[which]
    at, places = [np.empty(0, np.int64)], [np.empty(0, complex)]
    for each in np.flatnonzero(noded.is_inserted[number]):
        new = noded.inserted[int(number[each])]
        forward = (start[each].real, start[each].imag) < (end[each].real, end[each].imag)
        places.append(new if forward else new[::-1])
        at.append(np.full(len(new), each))
    after, new = np.concatenate(at), np.concatenate(places)
    edge = np.insert(np.arange(len(which)), after + 1, after)
    return np.insert(start, after + 1, new), np.insert(end, after, new), edge


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Unite pieces of the same key that share edges."""
    by_key: dict[Key, list[Piece]] = {}
    for each in pieces:
        by_key.setdefault(each.key, []).append(each)
    found = []
    for key, group in by_key.items():
        thin = [each for piece in group for each in piece.thin]
        shapes = np.array([piece.shape for piece in group], dtype=object)
        made = shapely.get_parts(shapely.coverage_union_all(shapes)) if len(group) > 1 else shapes
        for shape in made:
            mine = tuple(each for each in thin if shape.covers(each.point_on_surface()))
            found.append(Piece(shape, key, mine))
    return found
