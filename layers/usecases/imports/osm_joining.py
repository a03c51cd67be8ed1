"""Where roads of OpenStreetMap are joined: at nodes that they share, and which of them only pass over each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import shapely

from layers.formats.table import RawTable

Joins = Literal["nodes", "lines"]


def joined(tables: Mapping[str, RawTable], joins: Joins) -> Mapping[str, RawTable]:
    """Say of all roads of a file where they are joined: at shared nodes, as the file has it, or wherever lines meet."""
    roads = tables["roads"]
    if joins == "nodes":
        return tables
    return {**tables, "roads": replace(roads, columns={**roads.columns, "joins": [joins] * len(roads)})}


def apart(roads: RawTable, shapes: np.ndarray) -> Counter[str]:
    """Count the pairs of roads of one level that cross or touch and share no node there, by their codes."""
    columns = roads.columns
    if not len(roads) or "nodes" not in columns["joins"]:
        return Counter()
    strict = np.array([each == "nodes" for each in columns["joins"]], dtype=bool)
    rows = np.flatnonzero(strict & ~shapely.is_missing(shapes))
    lines = shapes[rows]
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    first = one < other
    one, other = one[first], other[first]
    level = np.array([each or 0 for each in columns["level"]])[rows]
    ends = np.array([columns["from_node"], columns["to_node"]], dtype=np.int64)[:, rows]
    share = (ends[:, one][:, None] == ends[:, other][None]).any(axis=(0, 1))
    fits = level[one] == level[other]
    fits[fits & share] = shapely.crosses(lines[one[fits & share]], lines[other[fits & share]])
    found: Counter[str] = Counter()
    for a, b in zip(one[fits].tolist(), other[fits].tolist(), strict=True):
        if _met(lines[a], lines[b]) - (_places(lines[a]) & _places(lines[b])):
            found[f"{columns['code'][rows[a]]} × {columns['code'][rows[b]]}"] += 1
    return found


def _met(one: shapely.Geometry, other: shapely.Geometry) -> set[tuple[float, ...]]:
    """Return where two lines meet; where they run along each other, the ends of that."""
    return _places(shapely.intersection(one, other))


def _places(shape: shapely.Geometry) -> set[tuple[float, ...]]:
    return {tuple(xy) for xy in np.round(shapely.get_coordinates(shape), 8).tolist()}
