"""Divide a graph of cells into connected regions of about equal weight."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components


def neighbours(cells: list[shapely.Polygon]) -> list[set[int]]:
    """Return for each cell those that share a border with it, corners not counted.

    The cells are an exact partition: neighbours share their vertices.
    """
    tree = shapely.STRtree(cells)
    here, there = tree.query(cells, "intersects")
    keep = here < there
    here, there = here[keep], there[keep]
    borders = shapely.intersection(np.asarray(cells)[here], np.asarray(cells)[there])
    found: list[set[int]] = [set() for _ in cells]
    for a, b, length in zip(here, there, shapely.length(borders), strict=True):
        if length > 1.0:
            found[a].add(int(b))
            found[b].add(int(a))
    return found


def divide(
    members: list[int], weights: np.ndarray, centres: np.ndarray, near: list[set[int]], count: int
) -> list[list[int]]:
    """Divide connected `members` into `count` connected regions, by halving across the longer side.

    Parameters
    ----------
    members : list of int
        Positions in the three arrays that follow.
    weights : array of n
    centres : array of n × 2, m
    near : list of n sets
        Neighbours of each cell.

    Returns
    -------
    list of list of int
        At most `count` regions; fewer when there are too few cells.
    """
    if count <= 1 or len(members) < 2:
        return [sorted(members)]
    first = count // 2
    share = first / count
    left = _grow(members, weights, centres, near, share)
    right = [each for each in members if each not in left]
    parts = connected(right, near)
    parts.sort(key=lambda part: (-weights[part].sum(), part))
    for island in parts[1:]:
        left |= set(island)
    right = parts[0]
    return divide(sorted(left), weights, centres, near, first) + divide(
        right, weights, centres, near, count - first
    )


def _grow(
    members: list[int], weights: np.ndarray, centres: np.ndarray, near: list[set[int]], share: float
) -> set[int]:
    """Grow a region from one end of the members' longer axis until it has `share` of the weight."""
    points = centres[members]
    spread = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(spread, full_matrices=False)
    axis = axes[0] * (1.0 if axes[0][np.argmax(np.abs(axes[0]))] > 0 else -1.0)
    place = {each: float(at) for each, at in zip(members, spread @ axis, strict=True)}
    goal = share * weights[members].sum()
    start = min(members, key=lambda each: place[each])
    region, weight, free = {start}, weights[start], set(members)
    while len(region) < len(members) - 1:
        rim = {n for each in region for n in near[each] if n in free} - region
        if not rim:
            break
        following = min(rim, key=lambda each: (place[each], each))
        if weight + weights[following] / 2 > goal:
            break
        region.add(following)
        weight += weights[following]
    return region


def connected(members: list[int], near: list[set[int]]) -> list[list[int]]:
    """Return the connected parts of `members`."""
    if not members:
        return []
    at = {each: number for number, each in enumerate(members)}
    pairs = [(at[a], at[b]) for a in members for b in near[a] if b in at]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(members),) * 2)
    count, label = connected_components(graph, directed=False)
    return [[members[i] for i in np.flatnonzero(label == part)] for part in range(count)]


def merge_small(
    regions: list[list[int]], weights: np.ndarray, near: list[set[int]], count: int
) -> list[list[int]]:
    """Join the lightest region with its lightest neighbour until only `count` are left."""
    regions = [sorted(each) for each in regions]
    while len(regions) > count:
        order = sorted(range(len(regions)), key=lambda i: (weights[regions[i]].sum(), regions[i]))
        for small in order:
            rim = {n for each in regions[small] for n in near[each]}
            other = [i for i in order if i != small and rim & set(regions[i])]
            if other:
                regions[other[0]] = sorted(regions[other[0]] + regions[small])
                del regions[small]
                break
        else:
            break
    return regions
