"""What stands between doors and streets on a day: walls, closed courtyards, water and railways, and other buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.network import GATE_M, REACH_M, Around, meets
from geo.places import METRES_PER_DEGREE, from_lonlat, representative_points
from geo.shapes import kept_as, only_areas
from layers.model.roads import opens, walls_of

if TYPE_CHECKING:
    from pyproj import CRS

LAYERS = ("barriers", "gates", "courtyards", "buildings")
OPENING_M = 3.0  # so wide to either side of a gate the wall is open
ON_M = 0.5
"""A gate so near to a road is one of the road, and opens no wall that is farther and that the road does not meet."""


def walls_by_gates(frames: dict[str, gpd.GeoDataFrame], crs: CRS) -> np.ndarray:
    """Return what stands within reach of gates of barriers and of courtyards that are closed or half closed."""
    closed, half = walls_of(frames["courtyards"])
    yards = frames["courtyards"].geometry.to_numpy()[closed | half]
    walls = np.concatenate([frames["barriers"].geometry.to_numpy(), yards])
    return _by_gates(walls, frames["gates"], crs, outlines=True)


def roads_by_gates(frames: dict[str, gpd.GeoDataFrame], crs: CRS) -> np.ndarray:
    """Return the pieces of roads within reach of gates."""
    return _by_gates(frames["roads"].geometry.to_numpy(), frames["gates"], crs)


def _by_gates(shapes: np.ndarray, gates: gpd.GeoDataFrame, crs: CRS, outlines: bool = False) -> np.ndarray:
    """Cut out of shapes in degrees what lies within reach of gates, in metres; of areas, if so asked, the outline."""
    places = representative_points(gates.geometry.to_numpy())
    sound = ~shapely.is_missing(places) & ~shapely.is_empty(places)
    places = places[sound]
    if not len(places) or not len(shapes):
        return np.empty(0, dtype=object)
    shrink = np.cos(np.radians(np.abs(shapely.get_y(places)).max()))
    far = REACH_M / METRES_PER_DEGREE / max(shrink, 0.02)
    rows = np.unique(shapely.STRtree(shapes).query(places, predicate="dwithin", distance=far)[1])
    near = from_lonlat(shapes[rows], crs)
    if outlines:
        areas = shapely.get_dimensions(near) == 2
        near[areas] = shapely.boundary(near[areas])
    around = shapely.buffer(from_lonlat(places, crs), REACH_M)
    row, gate = shapely.STRtree(around).query(near, predicate="intersects")
    pieces = shapely.intersection(near[row], around[gate])
    return pieces[~shapely.is_empty(pieces)]


def around(frames: dict[str, gpd.GeoDataFrame], fast: np.ndarray, crs: CRS, paths: np.ndarray) -> Around:
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
    paths : ndarray
        Those of `roads_by_gates`.
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
    obstacles, gaps, gap_gate = _opened(whole, doors, paths)
    xy = np.column_stack([shapely.get_x(doors), shapely.get_y(doors)])
    return Around(obstacles, only_areas(kept_as(frames["buildings"].geometry.array)), xy, gaps, gap_gate, crs)


def _met(lines: np.ndarray, doors: np.ndarray) -> np.ndarray:
    """Tell which lines a gate stands in."""
    found = np.zeros(len(lines), dtype=bool)
    found[shapely.STRtree(lines).query(doors, predicate="dwithin", distance=GATE_M)[1]] = True
    return found


def _opened(lines: np.ndarray, doors: np.ndarray, paths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Open lines where gates stand in them: the lines, the pieces that are cut out, and the gate of each.

    What stops cars on a road beside a wall is no opening of the wall.
    """
    door, line = shapely.STRtree(lines).query(doors, predicate="dwithin", distance=GATE_M)
    tree, on_road = shapely.STRtree(paths), np.zeros(len(doors), dtype=bool)
    on_road[tree.query(doors, predicate="dwithin", distance=ON_M)[0]] = True
    opened = ~on_road[door] | (shapely.distance(doors[door], lines[line]) <= ON_M)
    for pair in np.flatnonzero(~opened):
        gate, wall = doors[door[pair]], lines[line[pair]]
        near = paths[tree.query(gate, predicate="dwithin", distance=REACH_M)]
        opened[pair] = any(meets(wall, gate, np.array([path])) for path in near)
    door, line = door[opened], line[opened]
    places = shapely.line_interpolate_point(lines[line], shapely.line_locate_point(lines[line], doors[door]))
    holes = shapely.buffer(places, OPENING_M)
    gaps = shapely.intersection(lines[line], holes)
    lines = lines.copy()
    for row in np.unique(line):
        lines[row] = shapely.difference(lines[row], shapely.union_all(holes[line == row]))
    return lines, gaps, door.astype(np.int32)
