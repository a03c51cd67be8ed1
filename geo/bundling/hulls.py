"""The area of each bundle: its footprints and the ways between them, filled up where nobody else stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.bundling.links import Ground

STRIP_M = 0.08
"""Half the width of a way between footprints, where nothing may be added to it."""

POINT_M = 3.0
"""The radius of the disc that stands for a building on record as a point."""

FILLED_M = 12.0
"""Gaps of twice this width are filled where a whole convex hull would take in what is not the bundle's."""

GRAIN_M = 1e-3

SPARE_M = 0.02
"""How far areas stay from what is not theirs."""


@dataclass(frozen=True, eq=False)
class Members:
    """The buildings and ways of each bundle.

    Attributes
    ----------
    rows : list of int64[k]
        Rows of buildings.
    ways : list of object[w]
        The ways that join them.
    """

    rows: list[np.ndarray]
    ways: list[np.ndarray]


def hulls(ground: Ground, members: Members, bounds: np.ndarray) -> np.ndarray:
    """Draw the area of each bundle: object[b] of Polygon, a MultiPolygon only where a foreign area cuts a building.

    Areas overlap neither each other, nor a foreign building, nor one of the ground's areas; filled ground crosses none
    of its lines and reaches over no bounds.

    Parameters
    ----------
    ground : Ground
    members : Members
    bounds : object[b]
        How far each bundle's area may be filled up; None for no bounds.
    """
    cores = _cores(ground, members)
    wide = shapely.convex_hull(cores)
    tree = shapely.STRtree(wide)
    done = cores.copy()
    for at, rows in enumerate(members.rows):
        for whole, shape in ((True, wide[at]), (False, _closed(cores[at]))):
            alien = _foreign(ground, shape, rows)
            alien += [done[each] for each in tree.query(shape).tolist() if each != at and done[each].intersects(shape)]
            if bounds[at] is not None and not shapely.covers(bounds[at], shape):
                alien.append(shapely.difference(shape, bounds[at]))
            alien += list(ground.lines[ground.line_tree.query(shape, predicate="intersects")])
            filled = None if whole and alien else _filled(cores[at], shape, alien)
            if filled is not None:
                done[at] = filled
                break
    return done


def _closed(core: shapely.Geometry) -> shapely.Geometry:
    """Fill narrow gaps."""
    return shapely.buffer(shapely.buffer(core, FILLED_M, quad_segs=4), -FILLED_M, quad_segs=4)


def _cores(ground: Ground, members: Members) -> np.ndarray:
    """Draw what each bundle must have, less what is not its own; of buildings that overlap the first has the ground."""
    shapes = [_core(ground.footprints[rows], ways) for rows, ways in zip(members.rows, members.ways, strict=True)]
    cores = np.array([*shapes, None], dtype=object)[:-1]
    for at, rows in enumerate(members.rows):
        cores[at] = _without(cores[at], _foreign(ground, cores[at], rows))
    for one, other in shapely.STRtree(cores).query(cores, predicate="intersects").T.tolist():
        if one < other and shapely.intersection(cores[one], cores[other]).area > 0:
            cores[other] = _without(cores[other], [cores[one]])
    return cores


def _core(footprints: np.ndarray, ways: np.ndarray) -> shapely.Geometry:
    """Unite footprints and the strips between them; what touches only just is united too."""
    shapes = np.where(shapely.get_dimensions(footprints) == 2, footprints, shapely.buffer(footprints, POINT_M))
    strips = shapely.buffer(ways, STRIP_M, quad_segs=2)
    return shapely.union_all(np.concatenate([shapes, strips]))


def _foreign(ground: Ground, shape: shapely.Geometry, rows: np.ndarray) -> list[shapely.Geometry]:
    """Give the buildings and areas under a shape that are not the bundle's own."""
    near = ground.footprint_tree.query(shape, predicate="intersects")
    near = np.sort(near[~np.isin(near, rows)])
    alien = ground.footprints[near]
    points = shapely.get_dimensions(alien) < 2
    alien = np.where(points, shapely.buffer(alien, SPARE_M), alien)
    areas = ground.areas[np.sort(ground.area_tree.query(shape, predicate="intersects"))]
    return [*alien, *areas]


def _without(shape: shapely.Geometry, alien: list[shapely.Geometry]) -> shapely.Geometry:
    """Take away what is not ours; slivers go too."""
    if not alien:
        return shape
    away = shapely.buffer(shapely.union_all(np.array(alien, dtype=object)), SPARE_M / 4, quad_segs=2)
    rest = _sound(shapely.difference(shape, away))
    parts = shapely.get_parts(rest)
    parts = parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0.05)]
    return shapely.union_all(parts) if len(parts) else shape


def _filled(core: shapely.Geometry, shape: shapely.Geometry, alien: list[shapely.Geometry]) -> shapely.Geometry | None:
    """Fill a core up to a shape but for what is not ours: None where no one piece of it holds the core."""
    if not alien:
        return _sound(shapely.union(core, shape))
    away = shapely.buffer(shapely.union_all(np.array(alien, dtype=object)), SPARE_M, quad_segs=2)
    whole = _sound(shapely.union(core, shapely.difference(shape, away)))
    parts = shapely.get_parts(whole)
    parts = parts[shapely.get_dimensions(parts) == 2]
    held = parts[shapely.area(shapely.intersection(parts, core)) >= shapely.area(core) * (1 - 1e-6)]
    return held[0] if len(held) else None


def _sound(shape: shapely.Geometry) -> shapely.Geometry:
    """Lay corners on a fine grid, so that no two lie so near that they cross when they are stored as degrees."""
    return shapely.set_precision(shape, GRAIN_M)
