"""Where the nearest of several shapes changes: Voronoi borders between outlines, from places along them.

After Okabe et al. (2000), who approximate the diagram of areas by that of places on their outlines, as
Hamaina et al. (2012) and Fleischmann et al. (2020) do for footprints. Here the places lie the closer, the
nearer the next shape is: half of that distance apart, so that a border strays from the true one by at most
1/32 of it and never enters a shape.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from geo.lines import runs, segments

GRID_M = 0.01
"""Corners of borders lie on a lattice this fine, so that no two are confusingly near."""

WIDEST_STEP_M = 5.0
"""Places on an outline are at most this far apart."""


class Places(NamedTuple):
    """Places on outlines, by group and there in ascending order, none twice: complex128[k], int64[k]."""

    place: np.ndarray
    group: np.ndarray


class Ridges(NamedTuple):
    """Straight borders between two groups of one block: complex128[k] twice, int64[k]."""

    start: np.ndarray
    end: np.ndarray
    block: np.ndarray


def places_along(shapes: np.ndarray, group: np.ndarray, block: np.ndarray, finest_m: float) -> Places:
    """Put places on the outlines of shapes.

    Parameters
    ----------
    shapes : object[n] of geometries without empty ones, metric CRS
    group : int64[n]
        Shapes of one group need no border between them.
    block : int64[n]
        Only shapes of one block see each other.
    finest_m : float
        Shapes of different groups are farther apart than this; no places are closer than it along a wall.
    """
    start, end, owner = _walls(shapes)
    cut = np.maximum(np.ceil(np.abs(end - start) / (2 * WIDEST_STEP_M)), 1).astype(np.int64)
    start, end, owner = _divided(start, end, owner, cut)
    gap = _gaps(shapes, group, block, start, end, owner)
    step = np.clip(gap / 2, finest_m, WIDEST_STEP_M)
    start, end, owner = _divided(start, end, owner, np.maximum(np.ceil(np.abs(end - start) / step), 1).astype(np.int64))
    place, group = np.concatenate([start, end]), group[np.concatenate([owner, owner])]
    order = np.lexsort((place.imag, place.real, group))
    place, group = place[order], group[order]
    new = np.ones(len(place), dtype=bool)
    new[1:] = (place[1:] != place[:-1]) | (group[1:] != group[:-1])
    return Places(place[new], group[new])


def _walls(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take outlines apart into straight pieces; a point is a piece without length."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # what was a collection may hold multi ones
    owner = owner[inner]
    areal = shapely.get_dimensions(parts) == 2
    rings, ring_of = shapely.get_rings(parts[areal], return_index=True)
    lines, owner = np.concatenate([rings, parts[~areal]]), np.concatenate([owner[areal][ring_of], owner[~areal]])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    place = xy.view(np.complex128).ravel()
    single = shapely.get_num_coordinates(lines) == 1
    within = line[1:] == line[:-1]
    alone = single[line]
    return (np.concatenate([place[:-1][within], place[alone]]), np.concatenate([place[1:][within], place[alone]]),
            owner[np.concatenate([line[:-1][within], line[alone]])])


def _divided(start: np.ndarray, end: np.ndarray, owner: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, ...]:
    """Divide each piece into equal ones."""
    which = np.repeat(np.arange(len(count)), count)
    number = runs(np.zeros(len(count), np.int64), count)
    along = (end - start)[which] / count[which]
    stop = np.where(number + 1 == count[which], end[which], start[which] + (number + 1) * along)
    return start[which] + number * along, stop, owner[which]


def _gaps(shapes: np.ndarray, group: np.ndarray, block: np.ndarray, start: np.ndarray, end: np.ndarray,
          owner: np.ndarray) -> np.ndarray:
    """Tell how far each piece of wall is from the next shape that needs a border with it, or less; inf if far."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=2 * WIDEST_STEP_M)
    facing = (block[one] == block[other]) & (group[one] != group[other])
    one, other = one[facing], other[facing]
    apart = shapely.distance(shapes[one], shapes[other])
    by_owner = np.argsort(owner, kind="stable")
    first = np.searchsorted(owner[by_owner], one)
    count = np.searchsorted(owner[by_owner], one, side="right") - first
    wall = by_owner[runs(first, count)]
    other, low = np.repeat(other, count), np.repeat(apart, count)
    box = shapely.bounds(shapes)[other]
    west, east = np.minimum(start.real, end.real)[wall], np.maximum(start.real, end.real)[wall]
    south, north = np.minimum(start.imag, end.imag)[wall], np.maximum(start.imag, end.imag)[wall]
    aside, above = np.maximum(box[:, 0] - east, west - box[:, 2]), np.maximum(box[:, 1] - north, south - box[:, 3])
    low = np.maximum(low, np.hypot(np.maximum(aside, 0), np.maximum(above, 0)))
    # Boxes of slanting walls say too little, and a place costs more than a distance.
    long = np.flatnonzero(low < 2 * np.abs(end - start)[wall])
    low[long] = shapely.distance(segments(start, end)[wall[long]], shapes[other[long]])
    gap = np.full(len(start), np.inf)
    np.minimum.at(gap, wall, low)
    return gap


def ridges(places: Places, block: np.ndarray, bounds: np.ndarray) -> Ridges:
    """Find the borders between groups, block by block.

    Parameters
    ----------
    places : Places
    block : int64[k]
        The block of each place.
    bounds : float64[b, 4]
        Of the blocks; the borders reach beyond them, but those wholly outside are left out.
    """
    order = np.lexsort((places.place.imag, places.place.real, block))
    place, group, block = places.place[order], places.group[order], block[order]
    several = np.unique(block)
    first, last = np.searchsorted(block, several), np.searchsorted(block, several, side="right")
    found = [_ridges_in(place[one:end], group[one:end], bounds[each])
             for each, one, end in zip(several, first, last, strict=True)]
    if not found:
        return Ridges(np.empty(0, complex), np.empty(0, complex), np.empty(0, np.int64))
    start, end = (np.concatenate(each) for each in zip(*found, strict=True))
    return Ridges(start, end, np.repeat(several, [len(each) for each, _ in found]))


def _ridges_in(place: np.ndarray, group: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.spatial import Delaunay

    low, high = complex(*bounds[:2]), complex(*bounds[2:])
    middle = np.round((low + high) / 2)  # Qhull squares coordinates: near the origin it loses nothing
    # No place within the bounds is as far from another one as from these four, so they close every cell.
    guards = 3 * abs(high - low) * np.array([1, 1j, -1, -1j])
    place, group = np.concatenate([place - middle, guards]), np.append(group, [-1, -1, -1, -1])
    web = Delaunay(place.view(float).reshape(-1, 2))
    triangle, side = np.nonzero(web.neighbors > np.arange(len(web.simplices))[:, None])
    one, other = (group[web.simplices[triangle, (side + turn) % 3]] for turn in (1, 2))
    between = (one != other) & (one >= 0) & (other >= 0)
    ends = np.stack([triangle[between], web.neighbors[triangle[between], side[between]]])
    corner = _centres(place[web.simplices[ends]].T) + middle
    corner = np.round(corner.real / GRID_M) * GRID_M + 1j * (np.round(corner.imag / GRID_M) * GRID_M)
    end, start = corner
    west, south, east, north = bounds
    within = (np.maximum(start.real, end.real) >= west) & (np.minimum(start.real, end.real) <= east)
    within &= (np.maximum(start.imag, end.imag) >= south) & (np.minimum(start.imag, end.imag) <= north)
    kept = within & (start != end)
    return start[kept], end[kept]


def _centres(corners: np.ndarray) -> np.ndarray:
    """Find the places at the same distance from all three corners of triangles: complex128[3, …] to [2, …]."""
    first, b, c = corners[0], corners[1] - corners[0], corners[2] - corners[0]
    return (first - 1j * (np.abs(b) ** 2 * c - np.abs(c) ** 2 * b) / (2 * (b.conj() * c).imag)).T
