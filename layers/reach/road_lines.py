"""The roads of a day as lines that a network is made of, told from those of another moment."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.places import from_lonlat
from layers.model.roads import use_of

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

FORMAT = "1"
"""To be changed whenever the same roads make another network, so that files of before are not taken."""


class RoadLines:
    """Lines, and who may use them.

    Parameters
    ----------
    roads : GeoDataFrame
        The catalogue's fields, indexed by id; longitude and latitude.
    crs : CRS
        Metric.

    Attributes
    ----------
    ids, codes : Index, object[k]
    use : dict
        What `geo.network.graph.build_network` asks of each line.
    assumed : int
        For how many of them the class had to decide.
    """

    def __init__(self, roads: gpd.GeoDataFrame, crs: CRS) -> None:
        self.ids, self.codes, self.crs = roads.index, roads["code"].to_numpy(dtype=object), crs
        self._shapes = roads.geometry.to_numpy()
        self.use = use_of(roads)
        self.assumed = int(self.use.pop("assumed").sum())

    @cached_property
    def lines(self) -> np.ndarray:
        """The lines in the metric CRS: object[k]."""
        return from_lonlat(self._shapes, self.crs)

    @cached_property
    def digest(self) -> str:
        """A name for everything that the network depends on: whoever has the same has the same network."""
        parts, part_of = shapely.get_parts(self._shapes, return_index=True)
        xy, vertex_of = shapely.get_coordinates(parts, return_index=True)
        kinds = shapely.get_type_id(self._shapes)
        found = blake2b(f"{FORMAT} {self.crs.to_wkt()} {sorted(self.use)}".encode(), digest_size=20)
        for array in (xy, vertex_of, part_of, kinds, *(self.use[name] for name in sorted(self.use))):
            found.update(f"{array.dtype}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).data)
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
        lines = np.empty(len(row), dtype=object)
        lines[row >= 0] = other.lines[row[row >= 0]]
        lines[row < 0] = from_lonlat(self._shapes[row < 0], self.crs)
        self.lines = lines
        return row
