"""Blocks: what lines leave of an area when they cut it, without the slivers between lines that nearly coincide."""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
import shapely

from geo.lines import SAME_M, segments
from geo.partition import borders, node_into, undirected

LEAST_M2 = 100.0
LEAST_WIDTH_M = 4.0
"""What is smaller or narrower is no block of its own: traffic islands, central reserves, slivers along the border."""


def blocks_of(boundary: shapely.Geometry, barriers: np.ndarray, least_m2: float = LEAST_M2,
              least_width_m: float = LEAST_WIDTH_M) -> np.ndarray:
    """Divide an area by lines into blocks that tile it exactly.

    A line that ends within the area cuts nothing with its loose end. Vertices of the boundary stay as they
    are, and only places where a line meets it are added; lines bend by a millimetre to vertices at hand.

    Parameters
    ----------
    boundary : Polygon or MultiPolygon
        Valid, metric CRS.
    barriers : array of geometries or None
        The same CRS. Lines; of polygons the outlines. What is outside, no line or invalid does not count.
    least_m2, least_width_m : float
        A smaller block, or one whose mean width (twice the surface by the perimeter) is less, is united with
        the neighbour that it shares the longest border with. One without a neighbour stays.

    Returns
    -------
    object[b] of Polygon, a valid coverage in the order of `in_order`.

    Raises
    ------
    ArithmeticError
        If lines nearly coincide with the boundary in a way that does not resolve; no case is known.
    """
    boundary = shapely.force_2d(boundary)
    areas = shapely.get_parts(boundary)
    walls = _segments_in(boundary, barriers)
    if not len(walls):
        return in_order(areas)
    faces = _faces(areas, walls)
    faces = in_order(faces[shapely.intersects(boundary, shapely.point_on_surface(faces))])
    return in_order(united(faces, absorbed(faces, np.zeros(len(faces), dtype=bool), least_m2, least_width_m)))


def in_order(shapes: np.ndarray) -> np.ndarray:
    """Sort polygons from west to east by their bounds, those with the same bounds by size, with normalised rings."""
    return shapely.normalize(shapes)[order_of(shapes)]


def order_of(shapes: np.ndarray) -> np.ndarray:
    """Give the rows of shapes in the order of `in_order`."""
    bounds = shapely.bounds(shapes)
    return np.lexsort((shapely.area(shapes), bounds[:, 3], bounds[:, 2], bounds[:, 1], bounds[:, 0]))


def _segments_in(boundary: shapely.Geometry, barriers: np.ndarray) -> np.ndarray:
    """Cut lines where they meet each other into straight pieces, and keep those that meet the area."""
    lines = np.asarray(barriers, dtype=object)
    lines = lines[shapely.is_valid(lines)]  # a line is invalid only with a place that is no number, or without length
    lines = np.where(shapely.get_dimensions(lines) == 2, shapely.boundary(lines), lines)
    shapely.prepare(boundary)
    lines = lines[shapely.intersects(boundary, lines)]
    # On a lattice of millimetres no two places of the lines are nearer to each other than that.
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=SAME_M))
    xy, line = shapely.get_coordinates(noded, return_index=True)
    place = xy.view(np.complex128).ravel()
    within = line[1:] == line[:-1]
    walls = segments(*undirected(place[:-1][within], place[1:][within]))
    return walls[shapely.intersects(boundary, walls)]


def _faces(areas: np.ndarray, walls: np.ndarray) -> np.ndarray:
    """Find the faces between the outlines of areas and walls that meet each other at their ends only."""
    outline = shapely.union_all(shapely.boundary(areas))
    shapely.prepare(outline)
    near = shapely.dwithin(outline, walls, 5 * SAME_M)
    ends = shapely.get_coordinates(walls[near]).view(np.complex128).reshape(-1, 2)
    noded = node_into(areas, ends[:, 0], ends[:, 1])
    first = np.unique(noded.number, return_index=True)[1]
    low, high = undirected(noded.edges.start[first], noded.edges.end[first])
    whole = np.ones(len(low), dtype=bool)
    whole[list(noded.inserted)] = False
    chains = [np.concatenate([low[[each]], places, high[[each]]]) for each, places in noded.inserted.items()]
    start = np.concatenate([noded.start, low[whole], *(chain[:-1] for chain in chains)])
    end = np.concatenate([noded.end, high[whole], *(chain[1:] for chain in chains)])
    return shapely.get_parts(shapely.polygonize(np.concatenate([walls[~near], segments(start, end)])))


def absorbed(faces: np.ndarray, firm: np.ndarray, least_m2: float, least_width_m: float = 0.0) -> np.ndarray:
    """Decide which faces of a coverage are to be united because they are too small to stand alone.

    The smallest goes first, to the neighbour that it shares the longest border with; what they make together
    may then have to go on.

    Parameters
    ----------
    faces : object[n] of Polygon, a valid coverage
    firm : bool[n]
        Which faces stay whatever their size, though others may come to them.
    least_m2, least_width_m : float
        As in `blocks_of`.

    Returns
    -------
    int64[n], the face that each is united with, itself where it stands.
    """
    area, perimeter, firm = shapely.area(faces), shapely.length(faces), firm.copy()
    weak = ~firm & ((area < least_m2) | (2 * area < least_width_m * perimeter))
    into = np.arange(len(faces))
    if not weak.any():
        return into
    shared: dict[int, dict[int, float]] = defaultdict(dict)
    for one, other, length in zip(*(each.tolist() for each in borders(faces)), strict=True):
        shared[one][other] = shared[other][one] = length
    waiting = [(area[row], row) for row in np.flatnonzero(weak).tolist()]
    heapq.heapify(waiting)
    while waiting:
        size, row = heapq.heappop(waiting)
        if into[row] != row or size != area[row] or firm[row] or not shared[row]:
            continue
        if size >= least_m2 and 2 * size >= least_width_m * perimeter[row]:
            continue
        to = min(shared[row], key=lambda each: (-shared[row][each], each))
        into[into == row] = to
        perimeter[to] += perimeter[row] - 2 * shared[row].pop(to)
        area[to] += size
        del shared[to][row]
        for beside, length in shared.pop(row).items():
            del shared[beside][row]
            shared[to][beside] = shared[beside][to] = shared[to].get(beside, 0.0) + length
        heapq.heappush(waiting, (area[to], to))
    return into


def united(faces: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Unite faces of a coverage: object[k], one for each that stands, in their order."""
    stands = into == np.arange(len(faces))
    made = faces.copy()
    for row in np.unique(into[~stands]).tolist():
        made[row] = shapely.get_parts(shapely.coverage_union_all(faces[into == row]))[0]
    return made[stands]
