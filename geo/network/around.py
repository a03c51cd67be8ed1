"""What stands between points and a network: walls, buildings, gates in walls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.network.cells import Cells, cells_of
from geo.network.corners import corners, corners_of_lines
from geo.places import METRES_PER_DEGREE, from_lonlat, xy_from_lonlat, xy_to_lonlat
from geo.shapes import Packed, Shapes, bounds, fingerprint, surely_sound

if TYPE_CHECKING:
    from pyproj import CRS

BESIDE_M = 0.5
"""So far beside a gate, or past the end of a wall, the way on begins."""
_GATE_M = 4.0  # an end of a wall so near to a gate is that gate's post
_SAME_M = 0.01
_BLOCK = 5_000  # legs at a time: many buildings drawn over each other meet each leg
MANY = 500
"""A building of more vertices is looked at in pieces, and gone round by its hull; a wall is gone round in pieces."""
_LINE, _POLYGON = 1, 3
_CUT_AT = 0.4837  # of its length; at the half there might be a passage
_SMALLEST_M = 0.01  # a piece no larger than this is left as it is
_SURELY = 1.02  # a degree is a little longer at the poles, and a metre on the map not quite one on the ground
_MOST_CELLS = 25_000_000
_FINE = (4, 1)  # cells are so many times finer than the distance, where they are not too many
_MANY = 5_000  # of fewer pieces GEOS knows all before a kernel is loaded
_FEW = 1_000  # points, of which it is worth while to look who is near them
_BESIDE_ALL_M = 2.0  # a corner lies a little beside its building
_LEAST_CELL_M = 1.0  # of a reach of nothing cells have a size all the same


@dataclass(frozen=True)
class Around:
    """What stands between points and a network. Metric CRS, that of the network.

    Attributes
    ----------
    obstacles : object[k]
        Lines that nobody crosses; where there is an opening they are cut.
    footprints : object[f], or the same packed
        Polygons that nobody crosses where it can be avoided; None for none.
    gates_xy : float64[g, 2]
        Openings in obstacles through which a leg may go.
    gaps, gap_gate : object[h], int32[h]
        The pieces that were cut out of obstacles, and the gate of each.
    crs : CRS, optional
        The metric CRS where `footprints` alone are still in longitude and latitude: those of a city are brought into it
        when they are looked at, some at a time.
    """

    obstacles: np.ndarray
    footprints: Shapes
    gates_xy: np.ndarray
    gaps: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=object))
    gap_gate: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))
    crs: CRS | None = None

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all of it."""
        shapes = [fingerprint(each).encode() for each in (self.obstacles, self.footprints, self.gaps)]
        crs = b"" if self.crs is None else self.crs.to_wkt().encode()
        return fingerprint(shapely.points(self.gates_xy), *shapes, self.gap_gate.tobytes(), crs)

    def beside(self, points_xy: np.ndarray, reach_m: float | None) -> Around:
        """Return the same in metres, with the footprints within a distance of any of the points, and some more.

        None is any distance.
        """
        if self.crs is None:
            return self
        chosen = self.footprints if reach_m is None else self.footprints[self._within(points_xy, reach_m)]
        near = replace(self, footprints=_metric(chosen, self.crs), crs=None)
        for name in ("_lines", "obstacle_tree", "_walls", "bends", "wall_corners"):  # they are the same for all
            vars(near)[name] = getattr(self, name)
        return near

    def _within(self, points_xy: np.ndarray, reach_m: float) -> np.ndarray:
        """Return the rows of the footprints near points, told by cells that are as large as that or finer."""
        assert self.crs is not None
        finite = points_xy[np.isfinite(points_xy).all(axis=1)]
        lonlat = np.column_stack(xy_to_lonlat(finite[:, 0], finite[:, 1], self.crs))
        if not len(lonlat) or not np.isfinite(lonlat).all():
            return np.arange(len(self.footprints) if len(lonlat) else 0)
        narrow = max(np.cos(np.radians(min(np.abs(lonlat[:, 1]).max() + 1.0, 89.9))), 1e-3)
        whole = _SURELY * max(reach_m, _LEAST_CELL_M) / METRES_PER_DEGREE / np.array([narrow, 1.0])
        for fine in _FINE:  # cells to that distance
            cell = whole / fine
            low = lonlat.min(axis=0) - 2 * cell
            size = np.ceil((lonlat.max(axis=0) - low) / cell).astype(int) + 3
            if size.prod() <= _MOST_CELLS:
                break
        else:
            return np.arange(len(self.footprints))
        marked = np.zeros(size + 1, dtype=np.int32)
        column, row = ((lonlat - low) / cell).astype(int).T
        marked[column + 1, row + 1] = 1  # the first of sums is none
        sums = marked.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
        first, last = (
            np.clip(np.nan_to_num(np.floor((each - low) / cell), nan=-3.0 * fine) + more, 0, size).astype(int)
            for each, more in ((self._boxes[:, :2], -fine), (self._boxes[:, 2:], fine + 1))
        )
        (west, south), (east, north) = first.T, last.T
        inside = sums[east, north] - sums[west, north] - sums[east, south] + sums[west, south]
        return np.flatnonzero(inside > 0)

    @cached_property
    def _boxes(self) -> np.ndarray:
        return bounds(self.footprints)

    @cached_property
    def obstacle_tree(self) -> shapely.STRtree:
        """The obstacles, in segments of few vertices each, so that long ones are not looked through."""
        return shapely.STRtree(_short(self._lines))

    @cached_property
    def _lines(self) -> np.ndarray:
        """The parts of obstacles; to part what is whole would make each anew."""
        lines = np.asarray(self.obstacles, dtype=object)
        whole = (shapely.get_type_id(lines) == _LINE) & ~shapely.is_empty(lines)
        return lines if whole.all() else shapely.get_parts(lines)

    @cached_property
    def ends_xy(self) -> np.ndarray:
        """Where one gets round an obstacle: just past each end that touches no other and is no gate's post; k, 2."""
        lines = self._lines
        lines = lines[(shapely.get_num_coordinates(lines) > 1) & ~shapely.is_closed(lines)]
        if not len(lines):
            return np.empty((0, 2))
        every, ends = shapely.get_coordinates(lines), np.cumsum(shapely.get_num_coordinates(lines))
        starts = np.concatenate([[0], ends[:-1]])
        xy = every[np.concatenate([starts, ends - 1])]
        ahead = xy - every[np.concatenate([starts + 1, ends - 2])]
        length = np.hypot(*ahead.T)
        beyond = xy + ahead * np.divide(BESIDE_M, length, out=np.zeros(len(length)), where=length > 0)[:, None]
        points = shapely.points(xy)
        met = self.obstacle_tree.query(points, predicate="dwithin", distance=_SAME_M)[0]
        free = np.bincount(met, minlength=len(xy)) == 1  # itself alone
        if len(self.gates_xy):
            free[shapely.STRtree(shapely.points(self.gates_xy)).query(points, "dwithin", _GATE_M)[0]] = False
        return beyond[free]

    @cached_property
    def bends(self) -> tuple[np.ndarray, Cells | None]:
        """Where a leg may turn, gates before ends of obstacles: float64[b, 2], and the cells they lie in."""
        xy = np.concatenate([self.gates_xy, self.ends_xy])
        return xy, cells_of(np.hstack([xy, xy]))

    @cached_property
    def buildings(self) -> np.ndarray:
        """The footprints, each once: in a ledger placed by address a whole courtyard may stand on one spot."""
        every = np.asarray(self.footprints, dtype=object)
        placed = every[~shapely.is_missing(every)]
        placed = placed if self.crs is None else from_lonlat(placed, self.crs)
        kept = np.ones(len(placed), dtype=bool)
        alike = _alike(placed)  # of a city very few, and a text of each takes long to compare
        kept[alike] = False
        kept[alike[np.unique(shapely.to_wkb(placed[alike]), return_index=True)[1]]] = True
        once = placed[kept]
        shapely.prepare(once[shapely.get_num_coordinates(once) > MANY])
        return once

    @cached_property
    def building_tree(self) -> shapely.STRtree:
        """The `buildings`."""
        return shapely.STRtree(self.buildings)

    @cached_property
    def pieces(self) -> tuple[shapely.STRtree, np.ndarray]:
        """The `buildings`, those of many vertices cut up, and the building of each piece: a tree, int64[k]."""
        many = shapely.get_num_coordinates(self.buildings) > MANY
        if not many.any():
            return self.building_tree, np.arange(len(many))
        cut = [_cut(each) for each in self.buildings[many]]
        of = np.concatenate([np.flatnonzero(~many), np.repeat(np.flatnonzero(many), [len(each) for each in cut])])
        return shapely.STRtree(np.concatenate([self.buildings[~many], *cut])), of

    @cached_property
    def corners(self) -> tuple[np.ndarray, Cells | None]:
        """Where a leg may turn past the corner of a building: float64[c, 2], and the cells they lie in."""
        xy = corners(self.buildings, self.pieces, MANY, BESIDE_M)
        return xy, cells_of(np.hstack([xy, xy]))

    def bending_near(self, points_xy: np.ndarray, reach_m: float) -> Around:
        """Return the same with the `corners` that may be within a distance of points, in their order, and some more.

        Where there are many points it is the same with all of them, which are then made once for all.
        """
        if "corners" in vars(self) or len(points_xy) > _FEW:
            return self
        boxes = shapely.box(*(points_xy - reach_m - _BESIDE_ALL_M).T, *(points_xy + reach_m + _BESIDE_ALL_M).T)
        rows = np.unique(self.building_tree.query(boxes)[1])
        xy = corners(self.buildings[rows], self.pieces, MANY, BESIDE_M, rows)
        near = replace(self)
        vars(near).update(vars(self), corners=(xy, cells_of(np.hstack([xy, xy]))))
        return near

    @cached_property
    def wall_corners(self) -> tuple[np.ndarray, Cells | None]:
        """Where a leg may turn past the corner of an obstacle: float64[c, 2], and the cells they lie in."""
        parts = self._lines
        many = shapely.get_num_coordinates(parts) > MANY
        xy = corners_of_lines(np.concatenate([parts[~many], _short(parts[many])]), BESIDE_M)
        return xy, cells_of(np.hstack([xy, xy]))

    @cached_property
    def yards(self) -> tuple[shapely.STRtree, np.ndarray]:
        """What is closed all round: areas in closed obstacles, and holes of buildings; a tree, which are the latter."""
        lines, shapes = self._lines, self.buildings
        lines = lines[shapely.is_closed(lines) & (shapely.get_num_coordinates(lines) > 3)]
        plain = (shapely.get_type_id(shapes) == _POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
        parts = shapely.get_parts(shapes[~plain])
        rings, part = shapely.get_rings(parts[shapely.get_num_interior_rings(parts) > 0], return_index=True)
        closed = np.concatenate([lines, rings[np.append(False, part[1:] == part[:-1])[: len(rings)]]])
        xy, line = shapely.get_coordinates(closed, return_index=True)
        areas = shapely.polygons(shapely.linearrings(xy, indices=line)) if len(closed) else closed
        sound = shapely.is_valid(areas)
        return shapely.STRtree(areas[sound]), (np.arange(len(areas)) >= len(lines))[sound]

    def standing_in(self, points_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pair points with the `buildings` that they stand in: their rows, those of the buildings."""
        point, building = self.building_tree.query(shapely.points(points_xy))
        within = shapely.intersects_xy(self.buildings[building], *points_xy[point].T)
        return point[within], building[within]

    def crosses_obstacle(self, ends: np.ndarray) -> np.ndarray:
        """Tell which straight legs, float64[k, 4] from x, y to x, y, cross or touch an obstacle: bool[k]."""
        from geo.network import around_kernel

        found, left = np.zeros(len(ends), dtype=bool), np.arange(len(ends))
        if self._walls is not None:
            how = around_kernel.met(np.ascontiguousarray(ends), *self._walls)
            found, left = how == around_kernel.ACROSS, np.flatnonzero(how == around_kernel.DOUBTFUL)
        legs = shapely.linestrings(ends[left].reshape(-1, 2, 2))
        found[left[self.obstacle_tree.query(legs, predicate="intersects")[0]]] = True
        return found

    @cached_property
    def _walls(self) -> tuple[np.ndarray, Cells] | None:
        """The pieces of obstacles, from corner to corner, and the cells they lie in; None where cells are of no use."""
        xy, line = shapely.get_coordinates(self._lines, return_index=True)  # open at a gate
        pieces = np.hstack([xy[:-1], xy[1:]])[line[1:] == line[:-1]]
        cells = cells_of(pieces)
        return None if cells is None else (pieces, cells)

    @cached_property
    def _rings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The points of all rings of the `pieces`, which of them end a ring, and where each piece's begin."""
        pieces = self.pieces[0].geometries
        if (shapely.get_type_id(pieces) == _POLYGON).all() and not shapely.get_num_interior_rings(pieces).any():
            begins = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(pieces))])
            ends = np.zeros(begins[-1], dtype=bool)
            ends[begins[1:] - 1] = True
            return shapely.get_coordinates(pieces), ends, begins
        parts, piece = shapely.get_parts(pieces, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        counts = shapely.get_num_coordinates(rings)
        ends = np.zeros(int(counts.sum()), dtype=bool)
        ends[np.cumsum(counts) - 1] = True
        of_piece = np.bincount(piece[part], counts, len(pieces)).astype(np.int64)
        return shapely.get_coordinates(rings), ends, np.concatenate([[0], np.cumsum(of_piece)])

    @cached_property
    def _valid(self) -> np.ndarray:
        pieces, (xy, ends, begins) = self.pieces[0].geometries, self._rings
        valid = np.zeros(len(pieces), dtype=bool)
        each = np.count_nonzero(ends) == len(pieces) and bool((np.diff(begins) > 0).all())  # has one ring
        if each and len(pieces) >= _MANY and np.isfinite(xy).all():
            valid = surely_sound(xy, begins)
        valid[~valid] = shapely.is_valid(pieces[~valid])
        return valid

    def crosses_building(self, ends: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
        """Tell which straight legs, float64[k, 4], cross one of the `buildings`, but those they start in: bool[k].

        `own` is a building of each leg that it may cross as well.
        """
        from geo.network import around_kernel

        found, left = np.zeros(len(ends), dtype=bool), np.arange(len(ends))
        if self._houses is not None:
            mine = np.full(len(ends), -1) if own is None else np.asarray(own, dtype=np.int64)
            how = around_kernel.through(np.ascontiguousarray(ends), mine, self._rings, *self._houses)
            found, left = how == around_kernel.ACROSS, np.flatnonzero(how == around_kernel.DOUBTFUL)
        for first in range(0, len(left), _BLOCK):
            some = left[first : first + _BLOCK]
            found[some] = self._surely_crosses(ends[some], None if own is None else own[some])
        return found

    @cached_property
    def _houses(self) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], Cells] | None:
        """Boxes of the `pieces`, the building of each, whether it is sound and whole; and the cells they lie in."""
        tree, building = self.pieces
        boxes = shapely.bounds(tree.geometries)
        cells = cells_of(boxes)
        if cells is None:
            return None
        whole = np.bincount(building, minlength=1)[building] == 1
        return (boxes, building.astype(np.int64), self._valid & whole), cells

    def _surely_crosses(self, ends: np.ndarray, own: np.ndarray | None) -> np.ndarray:
        """Answer `crosses_building` by GEOS, where a pair of a leg and a building could be decided by rounding."""
        from geo.network import around_kernel

        (tree, building), found = self.pieces, np.zeros(len(ends), dtype=bool)
        legs = shapely.linestrings(ends.reshape(-1, 2, 2))
        leg, piece = tree.query(legs)
        if own is not None:
            other = building[piece] != own[leg]
            leg, piece = leg[other], piece[other]
        how = around_kernel.across(ends, (leg, piece), *self._rings)
        how[~self._valid[piece]] = around_kernel.DOUBTFUL
        # A leg that crosses an edge of a sound shape and begins outside it crosses it. GEOS says the rest.
        for state in (around_kernel.ACROSS, around_kernel.DOUBTFUL):
            one = np.flatnonzero((how == state) & ~found[leg])
            at, there = leg[one], piece[one]
            away = ~shapely.intersects_xy(self.buildings[building[there]], *ends[at, :2].T)
            at, there = at[away], there[away]
            if state == around_kernel.DOUBTFUL:
                at = at[shapely.crosses(legs[at], tree.geometries[there])]
            found[at] = True
        return found


def _metric(shapes: Shapes, crs: CRS) -> np.ndarray:
    """Return footprints in metres: object[n]; those that are corners are made once, of corners in metres."""
    if not isinstance(shapes, Packed):
        return from_lonlat(shapes, crs)
    xy, begins = shapes.corners()
    plain, found = shapes.plain, np.empty(len(shapes), dtype=object)
    found[~plain] = from_lonlat(shapes.others(), crs)
    if plain.any():
        there = np.column_stack(xy_from_lonlat(xy[:, 0], xy[:, 1], crs))
        found[plain] = shapely.from_ragged_array(shapely.GeometryType.POLYGON, there, (begins, np.arange(len(begins))))
    return found


def _alike(shapes: np.ndarray) -> np.ndarray:
    """Return the rows of all shapes that may be the same as another: their boxes come to the same number."""
    west, south, east, north = shapely.bounds(shapes).T
    _, which, count = np.unique(west + 0.7 * south + 0.5 * east + 0.3 * north, return_inverse=True, return_counts=True)
    return np.flatnonzero(count[which] > 1)


def _short(lines: np.ndarray, most: int = 32) -> np.ndarray:
    """Cut lines, each of one part, into pieces of few vertices."""
    parts = lines[shapely.get_num_coordinates(lines) > 1]
    many = shapely.get_num_coordinates(parts) > most
    pieces = [parts[~many]]
    for line in parts[many]:
        xy = shapely.get_coordinates(line)
        cut = [shapely.LineString(xy[first:first + most + 1]) for first in range(0, len(xy) - 1, most)]
        pieces.append(np.array(cut, dtype=object))
    return np.concatenate(pieces)


def _cut(shape: shapely.Geometry) -> np.ndarray:
    """Cut a polygon of many vertices into pieces of few: object[k]. No leg runs along a cut but by a freak."""
    waiting, done = [shape], []
    while waiting:
        part = waiting.pop()
        west, south, east, north = part.bounds
        if shapely.get_num_coordinates(part) <= MANY or max(east - west, north - south) <= _SMALLEST_M:
            done.append(part)
            continue
        if east - west > north - south:
            x = west + _CUT_AT * (east - west)
            halves = shapely.box([west, x], south, [x, east], north)
        else:
            y = south + _CUT_AT * (north - south)
            halves = shapely.box(west, [south, y], east, [y, north])
        parts = shapely.get_parts(shapely.intersection(part, halves))
        waiting += parts[shapely.get_dimensions(parts) == 2].tolist()
    return np.array(done, dtype=object)
