"""Very many places in a metric CRS, to the centimetre: for pictures, never for deciding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.places.crs import xy_from_lonlat

if TYPE_CHECKING:
    from pyproj import CRS

STRAY_M = 0.01
"""No place that is looked at strays farther."""
_STEP = 0.0025  # of a degree, some 280 m: between four such places the projection bends by a millimetre
_MANY = 100_000  # of fewer places it is asked for each
_ASKED = 1_000  # to see that it does not stray


def xy_nearly(lonlat: np.ndarray, crs: CRS) -> np.ndarray:
    """Bring places into a metric CRS: those of a city between the corners of a grid, any others as they are projected.

    Parameters
    ----------
    lonlat : float64[n, 2]
    crs : CRS

    Returns
    -------
    float64[n, 2]
    """
    low = np.array([lonlat[:, 0].min(), lonlat[:, 1].min()]) if len(lonlat) >= _MANY else np.full(2, np.nan)
    high = np.array([lonlat[:, 0].max(), lonlat[:, 1].max()]) if len(lonlat) >= _MANY else low
    steps = (high - low) / _STEP + 2
    if not np.isfinite(steps).all() or not steps.prod() * 8 < len(lonlat):
        return _projected(lonlat, crs)
    from geo.places import measure_kernel

    columns, rows = np.ceil(steps).astype(int)
    across, down = np.meshgrid(low[0] + np.arange(columns) * _STEP, low[1] + np.arange(rows) * _STEP)
    corners = _projected(np.column_stack([across.ravel(), down.ravel()]), crs).reshape(rows, columns, 2)
    found = measure_kernel.between(np.ascontiguousarray(lonlat), corners, (low[0], low[1], _STEP))
    some = slice(None, None, max(len(lonlat) // _ASKED, 1))
    strays = np.abs(found[some] - _projected(lonlat[some], crs))
    return found if (strays <= STRAY_M).all() else _projected(lonlat, crs)


def _projected(lonlat: np.ndarray, crs: CRS) -> np.ndarray:
    return np.column_stack(xy_from_lonlat(lonlat[:, 0], lonlat[:, 1], crs))
