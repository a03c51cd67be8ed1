"""What stands between points and a network: walls, buildings, gates in walls."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely

from geo.shapes import fingerprint

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
    def fingerprint(self) -> str:
        """A digest of all of it."""
        shapes = [fingerprint(each).encode() for each in (self.obstacles, self.footprints, self.gaps)]
        return fingerprint(shapely.points(self.gates_xy), *shapes, self.gap_gate.tobytes())

    @cached_property
    def obstacle_tree(self) -> shapely.STRtree:
        """The obstacles, in segments of few vertices each, so that long ones are not looked through."""
        return shapely.STRtree(_short(self.obstacles))

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

    @cached_property
    def _rings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The points of all rings of the `buildings`, which of them end a ring, and where each building's begin."""
        parts, building = shapely.get_parts(self.buildings, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        counts = shapely.get_num_coordinates(rings)
        ends = np.zeros(int(counts.sum()), dtype=bool)
        ends[np.cumsum(counts) - 1] = True
        of_building = np.bincount(building[part], counts, len(self.buildings)).astype(np.int64)
        return shapely.get_coordinates(rings), ends, np.concatenate([[0], np.cumsum(of_building)])

    @cached_property
    def _valid(self) -> np.ndarray:
        return shapely.is_valid(self.buildings)

    def crosses_building(self, legs: np.ndarray, start_xy: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
        """Tell which straight legs cross one of the `buildings`, but those they start in and their own: bool[k]."""
        from geo.network import around_kernel

        found = np.zeros(len(legs), dtype=bool)
        rings, valid = self._rings, self._valid
        for first in range(0, len(legs), _BLOCK):
            some = legs[first : first + _BLOCK]
            leg, other = self.building_tree.query(some)
            if own is not None:
                leg, other = leg[other != own[first + leg]], other[other != own[first + leg]]
            ends = shapely.get_coordinates(some).reshape(-1, 4)
            how = around_kernel.across(ends, (leg, other), *rings)
            how[~valid[other]] = around_kernel.DOUBTFUL
            # A leg that crosses an edge of a sound shape and begins outside it crosses it. GEOS says the rest.
            for state in (around_kernel.ACROSS, around_kernel.DOUBTFUL):
                one = np.flatnonzero((how == state) & ~found[first + leg])
                at, there = first + leg[one], other[one]
                away = ~shapely.intersects_xy(self.buildings[there], *start_xy[at].T)
                at, there = at[away], there[away]
                if state == around_kernel.DOUBTFUL:
                    at = at[shapely.crosses(legs[at], self.buildings[there])]
                found[at] = True
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
