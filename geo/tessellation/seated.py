"""Which block each footprint belongs to, and which footprints of a block belong together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

OVERLAP_M2 = 1.0
"""Footprints that share so much surface, or half of the smaller one, stand for one thing."""


class Seats(NamedTuple):
    """Where footprints belong.

    Attributes
    ----------
    block : int64[m]
        -1 for a footprint outside all blocks: with less than `OVERLAP_M2` in them and less than half of itself.
    piece : object[m]
        The part of the footprint in that block; empty where only a footprint that it overlaps reaches there.
    bundle : int64[m]
        The same for footprints that overlap, directly or through others; these share a block.
    """

    block: np.ndarray
    piece: np.ndarray
    bundle: np.ndarray


def seated(footprints: np.ndarray, blocks: np.ndarray, tree: shapely.STRtree) -> Seats:
    """Find the block that holds the largest share of each footprint, taking those that overlap together.

    Parameters
    ----------
    footprints : object[m] of geometries or None
        Valid, metric CRS; points and lines count by number and length.
    blocks : object[b] of Polygon, a coverage
    tree : STRtree of the blocks
    """
    shapely.prepare(blocks)
    footprint, block = tree.query(footprints, predicate="intersects")
    inside = shapely.covers(blocks[block], footprints[footprint])
    piece = footprints[footprint]
    piece[~inside] = shapely.intersection(piece[~inside], blocks[block[~inside]])
    size = _sizes(piece, shapely.get_dimensions(footprints)[footprint])
    whole = _sizes(footprints, shapely.get_dimensions(footprints))
    held = np.bincount(footprint, weights=size, minlength=len(footprints))
    counts = (held > 0) & (held >= np.minimum(OVERLAP_M2, whole / 2))
    bundle = _bundles(footprints, counts)
    each, which = np.unique(np.column_stack([bundle[footprint], block]), axis=0, return_inverse=True)
    share = np.bincount(which.ravel(), weights=np.where(counts[footprint], size, 0.0), minlength=len(each))
    order = np.lexsort((each[:, 1], -share, each[:, 0]))
    first = order[np.unique(each[order, 0], return_index=True)[1]]
    block_of_bundle = np.full(len(footprints), -1)
    block_of_bundle[each[first, 0]] = each[first, 1]
    seat = np.where(counts, block_of_bundle[bundle], -1)
    pieces = np.full(len(footprints), shapely.from_wkt("POLYGON EMPTY"), dtype=object)
    own = block == seat[footprint]
    pieces[footprint[own]] = piece[own]
    return Seats(seat, pieces, bundle)


def _sizes(shapes: np.ndarray, dimensions: np.ndarray) -> np.ndarray:
    """Measure surface, length or number, by the dimensions that the whole shape has."""
    measures = shapely.get_num_coordinates(shapes).astype(float), shapely.length(shapes), shapely.area(shapes)
    return np.choose(np.clip(dimensions, 0, 2), measures)


def _bundles(footprints: np.ndarray, counts: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(counts)
    one, other = shapely.STRtree(footprints[rows]).query(footprints[rows], predicate="intersects")
    once = one < other
    one, other = rows[one[once]], rows[other[once]]
    shared = shapely.area(shapely.intersection(footprints[one], footprints[other]))
    least = np.minimum(shapely.area(footprints[one]), shapely.area(footprints[other])) / 2
    # A place or a line within a footprint shares no surface with it, yet belongs to it.
    overlap = (shared >= np.minimum(OVERLAP_M2, least)) & ((shared > 0) | (least == 0))
    return joined(len(footprints), one[overlap], other[overlap])


def joined(count: int, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Number the groups of things that pairs link, directly or through others: int64[count]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(one), dtype=bool), (one, other)), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)


def grouped(seats: Seats, touch_m: float) -> np.ndarray:
    """Number the groups of footprints that share a cell, block by block: int64[m], -1 outside all blocks.

    Footprints of one block belong together if they overlap or their pieces are within a distance of each other.
    """
    rows = np.flatnonzero(seats.block >= 0)
    piece, block = seats.piece[rows], seats.block[rows]
    one, other = shapely.STRtree(piece).query(piece, predicate="dwithin", distance=touch_m)
    near = (one < other) & (block[one] == block[other])
    _, first, bundle = np.unique(seats.bundle[rows], return_index=True, return_inverse=True)
    one, other = np.append(one[near], np.arange(len(rows))), np.append(other[near], first[bundle])
    group = joined(len(rows), one, other)
    found, first, group = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(found), np.int64)
    rank[np.lexsort((first, block[first]))] = np.arange(len(found))
    made = np.full(len(seats.block), -1)
    made[rows] = rank[group]
    return made
