"""What a community's cells count and how they hang together, whatever is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from geo.districting import Graph, graph_of
from geo.partition import Partition
from layers.model.feature import Feature
from layers.proposals.grids.islands import Ferry, links_of
from layers.usecases.plans.sources import WEIGHTS, Buildings, code_of

if TYPE_CHECKING:
    import pandas as pd
    from pyproj import CRS

TOUCH_M = 1.0
"""Cells that share less of an edge do not hang together."""


def name_of(feature: Feature) -> str:
    """Return what a community is called: its name, else its code."""
    return str(feature.properties.get("name") or code_of(feature))


def bounds_of(feature: Feature) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a community, in degrees."""
    assert feature.geometry is not None  # who has none was told before
    west, south, east, north = feature.geometry.bounds
    return west, south, east, north


def counted(buildings: Buildings, p: Partition) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count by cell: what is on record, float64[n, 3]; buildings that do not say, int64[n, 3]; buildings, int64[n]."""
    n, homed = len(p.ids), p.cell_of >= 0
    at = p.cell_of[homed]

    def of(values: np.ndarray) -> np.ndarray:
        columns = range(len(WEIGHTS))
        return np.column_stack([np.bincount(at, weights=values[homed, each], minlength=n) for each in columns])

    silent = buildings.counted[:, None] & ~buildings.known
    return of(buildings.weights), of(silent).astype(np.int64), np.bincount(at, minlength=n)


def known_people(buildings: Buildings, p: Partition, cells: np.ndarray) -> list[int | None]:
    """Add up households, population and people of 60 and older of some cells.

    None where buildings count and none of them says; those that the indicators leave out say nothing either way.

    Parameters
    ----------
    cells : int64[k] or bool[n]
    """
    wanted = np.zeros(len(p.ids) + 1, dtype=bool)  # the last one is of what stands in no cell
    wanted[:-1][cells] = True
    here = wanted[p.cell_of]
    known, sums = buildings.known[here].any(axis=0), buildings.weights[here].sum(axis=0)
    silent = (buildings.counted[here, None] & ~buildings.known[here]).any(axis=0)
    return [None if silent[n] and not known[n] else round(float(sums[n])) for n in range(len(WEIGHTS))]


def bordering(p: Partition) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the pairs of cells that share an edge, and its metres."""
    pairs = p.neighbours()
    kept = pairs.length_m >= TOUCH_M
    return pairs.first[kept], pairs.second[kept], pairs.length_m[kept].astype(float)


def with_links(
    graph: Graph, p: Partition, crs: CRS, named: Sequence[str], roads: Callable[[], pd.DataFrame]
) -> tuple[Graph, list[Ferry]]:
    """Join islands by bridges and by the ferries that are `named`; tell of roads that could be such.

    Parameters
    ----------
    roads : function
        Reads them, where there are islands.
    """
    island = graph.components()
    if island.max(initial=0) == 0:
        return graph, []
    links, ferries = links_of(roads(), named, p, island, crs)
    one, other = np.array(links, np.int64).reshape(-1, 2).T
    ends = np.append(graph.first, one), np.append(graph.second, other)
    return graph_of(graph.n, *ends, np.append(graph.cost, np.zeros(len(links)))), ferries
