"""The roads of a day as lines that a network is made of, told from those of another moment."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.network import ENDS, cut_at
from geo.places import from_lonlat, representative_points
from layers.model.roads import STREETS, starts_from, use_of

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

FORMAT = "5"
"""To be changed whenever the same roads make another network, so that files of before are not taken."""


class RoadLines:
    """Lines, and who may use them.

    Parameters
    ----------
    roads : GeoDataFrame
        The catalogue's fields, indexed by id; longitude and latitude.
    crs : CRS
        Metric.
    gates : GeoDataFrame, optional
        Points that cut the roads they stand on.
    walls : ndarray of geometries, optional
        What stands near gates, metric: a gate in a wall closes no road that only passes by.
    parted : ndarray of bool, optional
        Those whose loose ends stay where they are, for a wall stands between.

    Attributes
    ----------
    ids, codes : Index, object[k]
    use : dict
        What `geo.network.graph.build_network` asks of each line.
    starts : ndarray of bool
        On which of them one may begin by stepping out of a door.
    streets : ndarray of bool
        Which are streets, not ways inside a block.
    assumed : int
        For how many of them the class had to decide.
    """

    def __init__(
        self,
        roads: gpd.GeoDataFrame,
        crs: CRS,
        gates: gpd.GeoDataFrame | None = None,
        walls: np.ndarray | None = None,
        parted: np.ndarray | None = None,
    ) -> None:
        self.ids, self.codes, self.crs = roads.index, roads["code"].to_numpy(dtype=object), crs
        self._shapes = roads.geometry.to_numpy()
        self.use = use_of(roads)
        for may, ends in (("walkable", "walk_ends"), ("drivable", "drive_ends")):
            self.use[may] = np.where(self.use[may] & self.use.pop(ends), ENDS, self.use[may]).astype(np.int8)
        self.use["parted"] = np.zeros(len(roads), dtype=bool) if parted is None else parted
        self.assumed = int(self.use.pop("assumed").sum())
        self.starts, self.streets = starts_from(roads), roads["class"].isin(STREETS).to_numpy(dtype=bool)
        shapes = np.empty(0, dtype=object) if gates is None else gates.geometry.to_numpy()
        moved = from_lonlat(representative_points(shapes), crs)
        self._gates = np.column_stack([shapely.get_x(moved), shapely.get_y(moved)])
        self._walls = np.empty(0, dtype=object) if walls is None else walls

    @cached_property
    def uncut(self) -> np.ndarray:
        """The lines in the metric CRS, as they are on record: object[k]."""
        return from_lonlat(self._shapes, self.crs)

    @property
    def lines(self) -> np.ndarray:
        """The same, cut where gates stand on them: object[k]."""
        return self._cut[0]

    @property
    def places(self) -> np.ndarray:
        """Where each gate stands on its road, metric; nan for none: float64[g, 2]."""
        return self._cut[1]

    @cached_property
    def _cut(self) -> tuple[np.ndarray, np.ndarray]:
        return cut_at(self.uncut, self._gates, walls=self._walls)

    @cached_property
    def digest(self) -> str:
        """A name for everything that the network depends on: whoever has the same has the same network."""
        parts, part_of = shapely.get_parts(self._shapes, return_index=True)
        xy, vertex_of = shapely.get_coordinates(parts, return_index=True)
        kinds = shapely.get_type_id(self._shapes)
        found = blake2b(f"{FORMAT} {self.crs.to_wkt()} {sorted(self.use)}".encode(), digest_size=20)
        for array in (xy, vertex_of, part_of, kinds, self._gates, *(self.use[name] for name in sorted(self.use))):
            found.update(f"{array.dtype}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).data)
        for wall in shapely.to_wkb(self._walls):  # where none stands near a gate the digest is that of before
            found.update(wall)
        return found.hexdigest()

    def follow(self, other: RoadLines) -> np.ndarray:
        """Find each road in `other` and take over its line: the row where it is the same road, else -1.

        Rows that stand in another order count as new.
        """
        row = other.ids.get_indexer(self.ids)
        both = np.flatnonzero(row >= 0)
        mine, theirs = self._shapes[both], other._shapes[row[both]]
        same = shapely.equals_identical(mine, theirs) | (shapely.is_missing(mine) & shapely.is_missing(theirs))
        for name, values in self.use.items():
            here, there = values[both], other.use[name][row[both]]
            same &= (here == there) | ((here != here) & (there != there))
        row[both[~same]] = -1
        row[row < np.maximum.accumulate(row)] = -1
        self.uncut = np.empty(len(row), dtype=object)
        self.uncut[row >= 0] = other.uncut[row[row >= 0]]
        self.uncut[row < 0] = from_lonlat(self._shapes[row < 0], self.crs)
        kept = np.flatnonzero(row >= 0)  # a line is another one where gates cut it elsewhere
        row[kept[~shapely.equals_identical(self.lines[kept], other.lines[row[kept]])]] = -1
        return row

    def take_over(self, other: RoadLines) -> None:
        """Take over the lines of the same roads with the same gates."""
        for name in ("uncut", "_cut"):
            if name in vars(other):
                vars(self)[name] = vars(other)[name]
