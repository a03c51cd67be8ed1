"""What stands between points and a network: walls, buildings, gates in walls."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

BESIDE_M = 0.5
"""So far beside a gate, or past the end of a wall, the way on begins."""
_GATE_M = 4.0  # an end of a wall so near to a gate is that gate's post
_SAME_M = 0.01
_BLOCK = 5_000  # legs at a time: many buildings drawn over each other meet each leg


@dataclass(frozen=True)
class Around:
    """What stands between points and a network. Metric CRS, that of the network.

    Attributes
    ----------
    obstacles : object[k]
        Lines that nobody crosses; where there is an opening they are cut.
    footprints : object[f]
        Polygons that nobody crosses where it can be avoided; None for none.
    gates_xy : float64[g, 2]
        Openings in obstacles through which a leg may go.
    gaps, gap_gate : object[h], int32[h]
        The pieces that were cut out of obstacles, and the gate of each.
    """

    obstacles: np.ndarray
    footprints: np.ndarray
    gates_xy: np.ndarray
    gaps: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=object))
    gap_gate: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))

    @cached_property
    def obstacle_tree(self) -> shapely.STRtree:
        """The obstacles, in segments of few vertices each, so that long ones are not looked through."""
        return shapely.STRtree(_short(self.obstacles))

    @cached_property
    def ends_xy(self) -> np.ndarray:
        """Where one gets round an obstacle: just past each end that touches no other and is no gate's post; k, 2."""
        lines = shapely.get_parts(self.obstacles)
        lines = lines[(shapely.get_num_coordinates(lines) > 1) & ~shapely.is_closed(lines)]
        if not len(lines):
            return np.empty((0, 2))
        last = np.stack([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)])
        before = np.stack([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (1, -2)])
        xy, ahead = last.reshape(-1, 2), (last - before).reshape(-1, 2)
        length = np.hypot(*ahead.T)
        beyond = xy + ahead * np.divide(BESIDE_M, length, out=np.zeros(len(length)), where=length > 0)[:, None]
        points = shapely.points(xy)
        met = self.obstacle_tree.query(points, predicate="dwithin", distance=_SAME_M)[0]
        free = np.bincount(met, minlength=len(xy)) == 1  # itself alone
        if len(self.gates_xy):
            free[shapely.STRtree(shapely.points(self.gates_xy)).query(points, "dwithin", _GATE_M)[0]] = False
        return beyond[free]

    @cached_property
    def bends(self) -> tuple[np.ndarray, cKDTree]:
        """Where a leg may turn, gates before ends of obstacles: float64[b, 2], and the same to be looked up."""
        from scipy.spatial import cKDTree

        xy = np.concatenate([self.gates_xy, self.ends_xy])
        return xy, cKDTree(xy)

    @cached_property
    def buildings(self) -> np.ndarray:
        """The footprints, each once: in a ledger placed by address a whole courtyard may stand on one spot."""
        placed = self.footprints[~shapely.is_missing(self.footprints)]
        _, first = np.unique(shapely.to_wkb(placed), return_index=True)
        return placed[np.sort(first)]

    @cached_property
    def building_tree(self) -> shapely.STRtree:
        """The `buildings`."""
        return shapely.STRtree(self.buildings)

    def crosses_obstacle(self, legs: np.ndarray) -> np.ndarray:
        """Tell which legs cross an obstacle: bool[k]."""
        found = np.zeros(len(legs), dtype=bool)
        found[self.obstacle_tree.query(legs, predicate="intersects")[0]] = True
        return found

    def crosses_building(self, legs: np.ndarray, start_xy: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
        """Tell which legs cross one of the `buildings` that they do not start in, nor is their own: bool[k]."""
        found = np.zeros(len(legs), dtype=bool)
        for first in range(0, len(legs), _BLOCK):
            leg, other = self.building_tree.query(legs[first : first + _BLOCK], predicate="intersects")
            leg += first
            away = ~shapely.intersects_xy(self.buildings[other], *start_xy[leg].T)
            if own is not None:
                away &= other != own[leg]
            leg, other = leg[away], other[away]
            found[leg[shapely.crosses(legs[leg], self.buildings[other])]] = True
        return found


def _short(lines: np.ndarray, most: int = 32) -> np.ndarray:
    """Cut lines into pieces of few vertices."""
    parts = shapely.get_parts(lines)
    parts = parts[shapely.get_num_coordinates(parts) > 1]
    many = shapely.get_num_coordinates(parts) > most
    pieces = [parts[~many]]
    for line in parts[many]:
        xy = shapely.get_coordinates(line)
        cut = [shapely.LineString(xy[first:first + most + 1]) for first in range(0, len(xy) - 1, most)]
        pieces.append(np.array(cut, dtype=object))
    return np.concatenate(pieces)
