"""Places of the buildings in scope, found once for all questions about a situation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.places import centroids_xy, representative_xy, xy_from_lonlat
from geo.shapes import Shapes, kept_as, same_shapes
from layers.keeping import OfEach
from layers.situation.day import Situation

if TYPE_CHECKING:
    import pandas as pd


def rows_in_scope(now: Situation, base: pd.DataFrame) -> np.ndarray | None:
    """Return where the rows of `base` stand among the buildings; None where they are others than those in scope."""
    rows = np.flatnonzero(now.buildings["scoped"].to_numpy(dtype=bool))
    if len(rows) != len(base):
        return None
    every, some = (kept_as(each["geometry"].array) for each in (now.buildings, base))
    return rows if same_shapes(every[rows], some) else None


def points_xy(now: Situation, frame: pd.DataFrame) -> np.ndarray:
    """Return a point in each feature, metric: float64[n, 2], nan without geometry."""
    if len(frame) and rows_in_scope(now, frame) is not None:
        return _POINTS(now).copy()
    return _points(kept_as(frame["geometry"].array), now)


def middles_xy(now: Situation, base: pd.DataFrame) -> np.ndarray:
    """Return the centroid of each building, longitude and latitude: float64[n, 2]."""
    if rows_in_scope(now, base) is not None:
        return _MIDDLES(now)
    return centroids_xy(kept_as(base["geometry"].array))


def _points(shapes: Shapes, now: Situation) -> np.ndarray:
    xy = representative_xy(shapes)
    placed = np.isfinite(xy).all(axis=1)
    xy[placed] = np.column_stack(xy_from_lonlat(xy[placed, 0], xy[placed, 1], now.crs))
    return xy


def _shapes(now: Situation) -> Shapes:
    return kept_as(now.in_scope(["geometry"])["geometry"].array)


_POINTS: OfEach[Situation, np.ndarray] = OfEach(lambda now: _points(_shapes(now), now))
_MIDDLES: OfEach[Situation, np.ndarray] = OfEach(lambda now: centroids_xy(_shapes(now)))
