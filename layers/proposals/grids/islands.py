"""Islands: what joins them, what could, and which of them are too small for a grid within the band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.partition import Partition
from layers.text import Text
from layers.usecases.plans.sources import metric

LANDING_M = 50.0
"""How far from a cell a bridge or ferry may end and still land on it."""

MOST_NAMED = 5


@dataclass(frozen=True)
class Ferry:
    """A road that could join two islands if it was named in `links`; the cells that it lands on."""

    code: str
    one: int
    other: int


@dataclass(frozen=True, eq=False)
class Apart:
    """A piece that has fewer households than a grid must have, and that nothing joins to the rest.

    Attributes
    ----------
    cells : int64[k]
        Its cells; they are a grid of their own.
    households : int
    buildings : list of str
        Codes of some of its buildings.
    links : list of str
        Roads that would join it to the rest if they were named in `links`.
    shut_in : list of str
        The frozen grids around it, if they are what parts it from the rest.
    nearest : Text
        The nearest wish that can be met.
    """

    cells: np.ndarray
    households: int
    buildings: list[str]
    links: list[str]
    shut_in: list[str]
    nearest: Text


def links_of(
    roads: pd.DataFrame, named: Sequence[str], p: Partition, island: np.ndarray, crs: CRS
) -> tuple[list[tuple[int, int]], list[Ferry]]:
    """Find the pairs of cells on different islands that a bridge or a named ferry joins, and roads that could.

    Parameters
    ----------
    roads : GeoDataFrame
    named : sequence of str
        The codes that were wished.
    island : int64[n]
        That of each cell.
    """
    roads = roads[roads.geometry.notna()]
    over = roads["bridge"].fillna(False).astype(bool) | (roads["level"].fillna(0) > 0)
    chosen = (over | roads["code"].isin(named)).to_numpy(dtype=bool)
    lines = metric(roads.geometry.to_numpy(), crs)
    if not len(lines):
        return [], []
    pairs: set[tuple[int, int]] = set()
    if chosen.any():
        whole = shapely.get_parts(shapely.line_merge(shapely.union_all(lines[chosen])))
        pairs = {(one, other) for _, one, other in _landings(whole, p.cells, island)}
    others = np.flatnonzero(~chosen)
    codes = roads["code"].to_numpy(dtype=object)[others]
    ferries = [Ferry(str(codes[at]), one, other) for at, one, other in _landings(lines[others], p.cells, island)]
    return sorted(pairs), sorted(ferries, key=lambda each: each.code)


def _landings(lines: np.ndarray, cells: np.ndarray, island: np.ndarray) -> list[tuple[int, int, int]]:
    """Return the lines whose ends land on different islands, with the cells nearest to the ends."""
    tree = shapely.STRtree(cells)
    landed = np.full((len(lines), 2), -1, np.int64)
    for end, at in enumerate((0, -1)):
        points = shapely.get_point(lines, at)
        which, cell = tree.query(points, predicate="dwithin", distance=LANDING_M)
        order = np.lexsort((cell, shapely.distance(points[which], cells[cell]), which))
        line, first = np.unique(which[order], return_index=True)
        landed[line, end] = cell[order[first]]
    both = np.flatnonzero((landed >= 0).all(axis=1))
    parted = both[island[landed[both, 0]] != island[landed[both, 1]]]
    return [(int(at), *sorted(landed[at].tolist())) for at in parted]


def too_light(totals: Sequence[float], low: float) -> list[int]:
    """Return the pieces that cannot be a grid, where others can; where none can, those without households."""
    able = [at for at, total in enumerate(totals) if total >= low]
    able = able or [at for at, total in enumerate(totals) if total > 0]
    return [at for at in range(len(totals)) if at not in able]
