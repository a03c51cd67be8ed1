"""What stands between doors and streets on a day: walls, closed courtyards, water and railways, and other buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.network import Around
from geo.places import from_lonlat, representative_points
from geo.shapes import kept_as, only_areas
from layers.model.roads import opens, walls_of

if TYPE_CHECKING:
    from pyproj import CRS

LAYERS = ("barriers", "gates", "courtyards", "buildings")
GATE_M = 5.0  # a gate so near to a wall stands in it
OPENING_M = 3.0  # and so wide to either side is its opening


def around(frames: dict[str, gpd.GeoDataFrame], fast: np.ndarray, crs: CRS) -> Around:
    """Gather what legs must not cross.

    Obstacles are the barriers on record, the boundary of every courtyard that is closed (or half closed, where it has
    gates on record), and fast roads on the ground; where a gate stands in them that somebody passes they are open.

    Parameters
    ----------
    frames : dict
        Those of `LAYERS`, on the day.
    fast : ndarray of LineString
        Roads that nobody crosses on foot; in the metric CRS.
    crs : CRS
    """
    gates = frames["gates"][opens(frames["gates"])]
    doors = from_lonlat(representative_points(gates.geometry.to_numpy()), crs)
    closed, half = walls_of(frames["courtyards"])
    rings = from_lonlat(shapely.boundary(frames["courtyards"].geometry.to_numpy()), crs)
    walls = from_lonlat(frames["barriers"].geometry.to_numpy(), crs)
    areas = shapely.get_dimensions(walls) == 2
    walls[areas] = shapely.boundary(walls[areas])
    obstacles = shapely.get_parts(np.concatenate([walls, rings[closed], fast]))
    half_open = shapely.get_parts(rings[half])
    whole = np.concatenate([obstacles, half_open[_met(half_open, doors)]])
    obstacles, gaps, gap_gate = _opened(whole, doors)
    xy = np.column_stack([shapely.get_x(doors), shapely.get_y(doors)])
    return Around(obstacles, only_areas(kept_as(frames["buildings"].geometry.array)), xy, gaps, gap_gate, crs)


def _met(lines: np.ndarray, doors: np.ndarray) -> np.ndarray:
    """Tell which lines a gate stands in."""
    found = np.zeros(len(lines), dtype=bool)
    found[shapely.STRtree(lines).query(doors, predicate="dwithin", distance=GATE_M)[1]] = True
    return found


def _opened(lines: np.ndarray, doors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Open lines where gates stand in them: the lines, the pieces that are cut out, and the gate of each."""
    door, line = shapely.STRtree(lines).query(doors, predicate="dwithin", distance=GATE_M)
    places = shapely.line_interpolate_point(lines[line], shapely.line_locate_point(lines[line], doors[door]))
    holes = shapely.buffer(places, OPENING_M)
    gaps = shapely.intersection(lines[line], holes)
    lines = lines.copy()
    for row in np.unique(line):
        lines[row] = shapely.difference(lines[row], shapely.union_all(holes[line == row]))
    return lines, gaps, door.astype(np.int32)
