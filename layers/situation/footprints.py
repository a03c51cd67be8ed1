"""What follows from a building's shape alone, kept from one revision to the next: a point in it, and its area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.places import points_and_areas_m2
from geo.shapes import Shapes, kept_as
from layers.situation.kept import facts_of
from layers.situation.moves import moved, same, same_rows

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.store.kept_files import KeptFiles

BLOCK = 50_000


class Footprints:
    """A point and an area for every building of the workspace; after an edit only what changed is computed again."""

    def __init__(self, files: KeptFiles) -> None:
        self._files = files
        self._index: pd.Index = pd.Index([], dtype=object)
        self._versions = np.empty(0, dtype="int64")
        self._facts = np.empty((0, 3))
        self._crs: CRS | None = None

    def of(self, frame: gpd.GeoDataFrame, crs: CRS) -> np.ndarray:
        """Return longitude and latitude of a point in each building, and its area in m²: float64[n, 3].

        Parameters
        ----------
        frame : GeoDataFrame
            The whole layer; a building without geometry has nan in all three.
        crs : CRS
            Metric, for the areas.
        """
        versions = frame["version"].to_numpy(dtype="int64")
        before, now = (self._index, self._versions), (frame.index, versions)
        if crs == self._crs and same(before, now):
            return self._facts
        changed, old = np.arange(len(frame)), None
        if crs == self._crs:
            old, changed = moved(before, now)
        new = facts_of(self._files, _facts, kept_as(frame.geometry.array)[changed], crs)
        if old is not None and same_rows(before, now) and np.array_equal(self._facts[changed], new, equal_nan=True):
            facts = self._facts  # other things were edited than shapes
        else:
            facts = np.full((len(frame), 3), np.nan)
            if old is not None:
                facts[old[old >= 0]] = self._facts[old >= 0]
            facts[changed] = new
        self._index, self._versions, self._facts, self._crs = frame.index, versions, facts, crs
        return facts


def _facts(shapes: Shapes, crs: CRS) -> np.ndarray:
    facts = np.full((len(shapes), 3), np.nan)
    for start in range(0, len(shapes), BLOCK):  # a city projected at once would not fit beside itself
        some = slice(start, start + BLOCK)
        facts[some] = np.column_stack(points_and_areas_m2(shapes[some], crs))
    return facts
