"""Which managed area reaches which building, kept from one revision to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.model.management import scope_pairs
from layers.situation.kept import pairs_kept
from layers.situation.moves import State, differing, moved, same, state_of

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.store.kept_files import KeptFiles

Moved = tuple[np.ndarray, np.ndarray]  # where each old row stands now, and which rows are new or changed

READ = ["code", "courtyard_code", "version", "geometry"]  # of buildings
# With more changes than this share, everything is computed again.
FEW = 0.02


class Reaching:
    """The pairs of buildings and managed areas; after an edit only what changed is paired again."""

    def __init__(self, files: KeptFiles) -> None:
        self._by_position = pairs_kept(files)
        self._buildings: gpd.GeoDataFrame | None = None
        self._areas: State | None = None
        self._pairs = pd.DataFrame()
        self._crs: CRS | None = None

    def pairs(self, buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, crs: CRS) -> pd.DataFrame:
        """Return what `model.scope.scope_pairs` gives for the whole layers."""
        buildings, around = buildings[READ], state_of(areas)
        if self._buildings is None or self._areas is None or crs != self._crs:
            self._pairs = scope_pairs(buildings, areas, crs, self._by_position)
        else:
            rows = differing(self._buildings, buildings)
            if rows is None or len(rows) or not same(self._areas, around):
                moves = moved(state_of(self._buildings), state_of(buildings)), moved(self._areas, around)
                self._catch_up(buildings, areas, crs, moves)
        self._buildings, self._areas, self._crs = buildings, around, crs
        return self._pairs

    def _catch_up(
        self, buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, crs: CRS, moves: tuple[Moved, Moved]
    ) -> None:
        (building_of, new_buildings), (area_of, new_areas) = moves
        if len(new_buildings) > FEW * len(buildings) + 100 or len(new_areas) > FEW * len(areas) + 10:
            self._pairs = scope_pairs(buildings, areas, crs, self._by_position)
            return
        kept = self._pairs.assign(building=building_of[self._pairs["building"]], area=area_of[self._pairs["area"]])
        kept = kept[((kept["building"] >= 0) & (kept["area"] >= 0)).to_numpy()]
        found = [kept]
        if len(new_buildings):
            pairs = scope_pairs(buildings.iloc[new_buildings], areas, crs)
            found.append(pairs.assign(building=new_buildings[pairs["building"]]))
        if len(new_areas):
            pairs = scope_pairs(buildings, areas.iloc[new_areas], crs)
            pairs = pairs.assign(area=new_areas[pairs["area"]])
            found.append(pairs[~pairs["building"].isin(new_buildings)])
        self._pairs = pd.concat(found, ignore_index=True)
