"""Which managed area reaches which building, kept from one revision to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.model.management import scope_pairs

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

State = tuple[pd.Index, np.ndarray]  # the ids of a layer's rows, and their versions
Moved = tuple[np.ndarray, np.ndarray]  # where each old row stands now, and which rows are new or changed

# With more changes than this share, everything is computed again.
FEW = 0.02


class Reaching:
    """The pairs of buildings and managed areas; after an edit only what changed is paired again."""

    def __init__(self) -> None:
        self._buildings: State | None = None
        self._areas: State | None = None
        self._pairs = pd.DataFrame()
        self._crs: CRS | None = None

    def pairs(self, buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, crs: CRS) -> pd.DataFrame:
        """Return what `model.scope.scope_pairs` gives for the whole layers."""
        now = (_state(buildings), _state(areas))
        if self._buildings is None or self._areas is None or crs != self._crs:
            self._pairs = scope_pairs(buildings, areas, crs)
        else:
            moved = _moved(self._buildings, now[0]), _moved(self._areas, now[1])
            self._catch_up(buildings, areas, crs, moved)
        (self._buildings, self._areas), self._crs = now, crs
        return self._pairs

    def _catch_up(
        self, buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, crs: CRS, moved: tuple[Moved, Moved]
    ) -> None:
        (building_of, new_buildings), (area_of, new_areas) = moved
        if len(new_buildings) > FEW * len(buildings) + 100 or len(new_areas) > FEW * len(areas) + 10:
            self._pairs = scope_pairs(buildings, areas, crs)
            return
        kept = self._pairs.assign(
            building=building_of[self._pairs["building"]], area=area_of[self._pairs["area"]]
        ).query("building >= 0 and area >= 0")
        found = [kept]
        if len(new_buildings):
            pairs = scope_pairs(buildings.iloc[new_buildings], areas, crs)
            found.append(pairs.assign(building=new_buildings[pairs["building"]]))
        if len(new_areas):
            pairs = scope_pairs(buildings, areas.iloc[new_areas], crs)
            pairs = pairs.assign(area=new_areas[pairs["area"]])
            found.append(pairs[~pairs["building"].isin(new_buildings)])
        self._pairs = pd.concat(found, ignore_index=True)


def _state(frame: gpd.GeoDataFrame) -> State:
    return frame.index, frame["version"].to_numpy(dtype="int64")


def _moved(before: State, now: State) -> Moved:
    """Return where each old row stands now (-1 = gone or changed), and which rows are new or changed."""
    old_index, old_versions = before
    index, versions = now
    place = np.arange(len(index)) if old_index is index else index.get_indexer(old_index)
    same = place >= 0
    same[same] = versions[place[same]] == old_versions[same]
    moved = np.where(same, place, -1)
    fresh = np.ones(len(index), dtype=bool)
    fresh[moved[same]] = False
    return moved, np.flatnonzero(fresh)
