"""Places of the buildings in scope, found once for all questions about a situation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.places import centroids_xy, representative_xy, xy_from_lonlat
from geo.shapes import PointIndex, Shapes, kept_as, same_shapes
from layers.keeping import OfEach, Recent
from layers.reach.beelines import nearest_m
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
    """Return a point in each feature, metric, to be read only: float64[n, 2], nan without geometry."""
    if len(frame) and rows_in_scope(now, frame) is not None:
        return _POINTS(now)
    return _points(kept_as(frame["geometry"].array), now)


def middles_xy(now: Situation, base: pd.DataFrame) -> np.ndarray:
    """Return the centroid of each building, longitude and latitude: float64[n, 2]."""
    if rows_in_scope(now, base) is not None:
        return _MIDDLES(now)
    return centroids_xy(kept_as(base["geometry"].array))


def middles_within(now: Situation, base: pd.DataFrame, areas: np.ndarray) -> np.ndarray:
    """Say whose centroid lies in any of some valid areas, longitude and latitude: bool[n]."""
    whole = rows_in_scope(now, base) is not None
    found = np.zeros(len(base), dtype=bool)
    found[(_INDEX(now) if whole else PointIndex(middles_xy(now, base))).inside(areas, valid=True)[1]] = True
    return found


def nearest_station_m(now: Situation, base: pd.DataFrame, homes: np.ndarray, stations: np.ndarray) -> np.ndarray:
    """Return `nearest_m` of buildings; of those in scope it is kept for the next question about the same stations."""
    if rows_in_scope(now, base) is None:
        return nearest_m(homes, stations)
    return _NEAREST(now).made(stations.tobytes(), lambda: nearest_m(homes, stations))


def inner_xy(now: Situation, base: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """Return a place in each of some buildings of `base`, sought on the metric plane: float64[k, 2], nan without one.

    Those in scope are found once for all questions about a situation.
    """
    shapes = kept_as(base["geometry"].array)
    if rows_in_scope(now, base) is None:
        return places_in(shapes[rows], now)
    kept = _INNER(now)
    new = rows[np.isnan(kept[rows, 0])]
    kept[new] = places_in(shapes[new], now)
    return kept[rows]


def places_in(shapes: Shapes, now: Situation) -> np.ndarray:
    """Return a place in each shape, sought on the metric plane block by block: float64[n, 2], nan for None."""
    found = [np.empty((0, 2))]
    for start in range(0, len(shapes), _BLOCK):
        found.append(representative_xy(shapes[start : start + _BLOCK], now.crs))
    return np.concatenate(found)


def _points(shapes: Shapes, now: Situation) -> np.ndarray:
    xy = representative_xy(shapes)
    placed = np.isfinite(xy).all(axis=1)
    xy[placed] = np.column_stack(xy_from_lonlat(xy[placed, 0], xy[placed, 1], now.crs))
    xy.flags.writeable = False
    return xy


def _shapes(now: Situation) -> Shapes:
    return kept_as(now.in_scope(["geometry"])["geometry"].array)


_BLOCK = 50_000
_NEAREST: OfEach[Situation, Recent[bytes, np.ndarray]] = OfEach(lambda now: Recent(2))
_POINTS: OfEach[Situation, np.ndarray] = OfEach(lambda now: _points(_shapes(now), now))
_MIDDLES: OfEach[Situation, np.ndarray] = OfEach(lambda now: centroids_xy(_shapes(now)))
_INDEX: OfEach[Situation, PointIndex] = OfEach(lambda now: PointIndex(_MIDDLES(now)))
_INNER: OfEach[Situation, np.ndarray] = OfEach(lambda now: np.full((len(_shapes(now)), 2), np.nan))
