"""What stands in squares: buildings, water and walls of the same file, which ways across a square go round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from layers.formats.readers.osm_edges import UNITS_A_DEGREE
from layers.model.osm.roads import floors_of

ROOFS = {"roof", "carport", "canopy"}
WALL_M, GATE_M, DOOR_M = 0.2, 3.0, 1.0
"""Half a wall; how far to either side a gate opens it; and where a street comes through it."""
_AT_ONCE = 50_000


def on_the_ground(tags: Mapping[str, str]) -> bool:
    """Say whether a building keeps people from walking where it stands: it is no roof, and on the ground."""
    floors = floors_of(tags.get("layer", "")) or floors_of(tags.get("level", "")) or [0]
    raised = floors_of(tags.get("building:min_level", "")) or [0]
    return (tags.get("building") not in ROOFS and floors[0] <= 0 <= floors[-1] and raised[0] <= 0
            and tags.get("location") not in ("roof", "underground"))  # fmt: skip


@dataclass
class Standing:
    """Shapes (WKB, degrees) of what stands somewhere: areas, walls, and gates that are open to everybody."""

    areas: list[bytes] = field(default_factory=list)
    walls: list[bytes] = field(default_factory=list)
    gates: list[bytes] = field(default_factory=list)

    def near(self, boxes: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Give the areas, walls and gates at each box (float64[k, 4], degrees)."""
        return [*zip(*(_by_box(each, boxes) for each in (self.areas, self.walls, self.gates)), strict=True)]


def _by_box(shapes: list[bytes], boxes: np.ndarray) -> list[np.ndarray]:
    found: list[list[shapely.Geometry]] = [[] for _ in boxes]
    for first in range(0, len(shapes), _AT_ONCE):
        some = shapely.from_wkb(np.array(shapes[first:first + _AT_ONCE], dtype=object))
        for box, item in zip(*shapely.STRtree(some).query(shapely.box(*boxes.T)), strict=True):
            found[box].append(some[item])
    return [np.array(each, dtype=object) for each in found]


def left_of(area: shapely.Polygon, beside: tuple[np.ndarray, np.ndarray, np.ndarray], scale: np.ndarray,
            doors: np.ndarray) -> shapely.Geometry:  # fmt: skip
    """Return what is left of a square to walk on; of what crosses itself all that it spans is taken away.

    Parameters
    ----------
    area : Polygon
        In metres.
    beside : areas, walls, gates
        Degrees, as `Standing.near` gives them.
    scale : float64[2]
        Metres for 1e-7 degrees.
    doors : float64[d, 2]
        Where streets meet the square: there a wall lets them through.
    """
    areas, walls, gates = (shapely.transform(each, lambda xy: np.rint(xy * UNITS_A_DEGREE) * scale) for each in beside)
    walls = shapely.buffer(walls[shapely.intersects(walls, area)], WALL_M, cap_style="flat", join_style="mitre")
    if len(walls):
        openings = np.concatenate([shapely.buffer(gates, GATE_M), shapely.buffer(shapely.points(doors), DOOR_M)])
        walls = shapely.difference(walls, shapely.union_all(openings))
    areas = np.where(shapely.is_valid(areas), areas, shapely.convex_hull(areas))
    there = np.concatenate([areas, walls])
    there = there[shapely.area(shapely.intersection(there, area)) > 0]
    return shapely.difference(area, shapely.union_all(there)) if len(there) else area
