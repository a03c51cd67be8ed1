"""Loose ends of a file's lines that nearly touch the network, but for a wall between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.network import GATE_M, SNAP_M
from geo.places import METRES_PER_DEGREE, from_lonlat
from layers.model.roads import walls_of

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS


def parted(roads: gpd.GeoDataFrame, frames: dict[str, gpd.GeoDataFrame], crs: CRS) -> np.ndarray:
    """Tell which roads have an end that a wall parts from all that it nearly touches: bool[k].

    Walls are barriers and the boundaries of courtyards that are closed or half closed, but for where a gate is on
    record. Roads that are joined at shared nodes are not drawn to each other.
    """
    found, shapes = np.zeros(len(roads), dtype=bool), roads.geometry.to_numpy()
    closed, half = walls_of(frames["courtyards"])
    yards = frames["courtyards"].geometry.to_numpy()[closed | half]
    walls = np.concatenate([frames["barriers"].geometry.to_numpy(), yards])
    if not len(walls):
        return found
    drawn = ~(roads["joins"] == "nodes").fillna(False).to_numpy(dtype=bool)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    lines = shapely.get_type_id(parts) == 1
    parts, owner = parts[lines], np.tile(owner[lines], 2)
    ends = np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    if not drawn.any() or not len(ends):
        return found
    shrink = max(float(np.cos(np.radians(np.abs(shapely.get_y(ends)).max()))), 0.02)
    far = SNAP_M / METRES_PER_DEGREE / shrink
    walls = np.where(shapely.get_dimensions(walls) == 2, shapely.boundary(walls), walls)
    end, wall = shapely.STRtree(walls).query(ends, predicate="dwithin", distance=far)
    if not len(end):
        return found
    near = np.unique(end)
    at, road = shapely.STRtree(shapes).query(ends[near], predicate="dwithin", distance=far)
    other = (road != owner[near[at]]) & (drawn[road] | drawn[owner[near[at]]])
    at, road = at[other], road[other]
    steps = shapely.shortest_line(from_lonlat(ends[near[at]], crs), from_lonlat(shapes[road], crs))
    walls = from_lonlat(walls[np.unique(wall)], crs)
    gates = from_lonlat(frames["gates"].geometry.to_numpy(), crs)
    across = np.zeros(len(steps), dtype=bool)
    across[shapely.STRtree(walls).query(steps, predicate="crosses")[0]] = True
    across[shapely.STRtree(gates).query(steps, predicate="dwithin", distance=GATE_M)[0]] = False
    found[owner[near[at[across]]]] = True
    return found
