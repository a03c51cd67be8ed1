"""Stations that serve their own compound alone, where the records say which courtyard they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.places import representative_points

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from layers.situation.day import Situation


@dataclass(frozen=True)
class Compound:
    """The stations of one courtyard that serve nobody else, by row, and the rows of the buildings in it."""

    stations: np.ndarray
    buildings: np.ndarray


def compounds(stations: gpd.GeoDataFrame, confined: np.ndarray, base: pd.DataFrame, now: Situation,
              ) -> Iterator[Compound]:  # fmt: skip
    """Yield the courtyards in which such stations stand.

    Parameters
    ----------
    stations : GeoDataFrame
        Points, longitude and latitude.
    confined : ndarray of bool
        Which of them serve their own compound only.
    base : DataFrame
        The buildings asked about, indexed by id.
    now : Situation
    """
    rows, yards = np.flatnonzero(confined), now.courtyards
    if not len(rows) or yards.empty:
        return
    station, yard = shapely.STRtree(yards.geometry.to_numpy()).query(
        stations.geometry.to_numpy()[rows], predicate="intersects"
    )
    codes, shapes = yards["code"].to_numpy(dtype=object), yards.geometry.to_numpy()
    told = now.buildings["courtyard"].reindex(base.index)
    silent = np.flatnonzero(told.isna().to_numpy())  # of these their place decides
    places = shapely.STRtree(representative_points(np.asarray(base["geometry"].array[silent], dtype=object)))
    for each in np.unique(yard):
        inside = silent[places.query(shapes[each], predicate="intersects")]
        mine = np.union1d(np.flatnonzero((told == codes[each]).to_numpy(dtype=bool)), inside)
        yield Compound(rows[np.unique(station[yard == each])], mine)
