"""The published coordinate offsets GCJ-02 and BD-09, there and back.

GCJ-02 is a smooth shift of some hundred metres laid over WGS84 in China; BD-09 shifts GCJ-02 once more, and
"BD-09 Mercator" (bd09mc) is BD-09 in metres by a piecewise polynomial. None is a CRS that PROJ knows. The
formulas are the ones published by the eviltransform and PRCoords projects; inverses are found by fixed-point
iteration, because the usual one-step inverse errs by up to 3.7 m.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

_A, _EE = 6378245.0, 0.00669342162296594323  # Krasovsky 1940: semi-major axis in metres, squared eccentricity
_BD_LON, _BD_LAT = 0.0065, 0.0060
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_CLOSE_DEGREES = 1e-11  # a thousandth of a millimetre
_MOST_STEPS = 20

# BD-09 Mercator: northing band in metres; longitude = c0 + c1 x; latitude = polynomial c2..c8 of |y| / c9.
# These numbers are facts of the format, found alike in many published readers.
_MC_BANDS = np.array([12890594.86, 8362377.87, 5591021.0, 3481989.83, 1678043.12, 0.0])
_MC_TO_LL = np.array([
    [1.410526172116255e-8, 8.98305509648872e-6, -1.9939833816331, 200.9824383106796, -187.2403703815547,
     91.6087516669843, -23.38765649603339, 2.57121317296198, -0.03801003308653, 17337981.2],
    [-7.435856389565537e-9, 8.983055097726239e-6, -0.78625201886289, 96.32687599759846, -1.85204757529826,
     -59.36935905485877, 47.40033549296737, -16.50741931063887, 2.28786674699375, 10260144.86],
    [-3.030883460898826e-8, 8.98305509983578e-6, 0.30071316287616, 59.74293618442277, 7.357984074871,
     -25.38371002664745, 13.45380521110908, -3.29883767235584, 0.32710905363475, 6856817.37],
    [-1.981981304930552e-8, 8.983055099779535e-6, 0.03278182852591, 40.31678527705744, 0.65659298677277,
     -4.44255534477492, 0.85341911805263, 0.12923347998204, -0.04625736007561, 4482777.06],
    [3.09191371068437e-9, 8.983055096812155e-6, 6.995724062e-5, 23.10934304144901, -2.3663490511e-4,
     -0.6321817810242, -0.00663494467273, 0.03430082397953, -0.00466043876332, 2555164.4],
    [2.890871144776878e-9, 8.983055095805407e-6, -3.068298e-8, 7.47137025468032, -3.53937994e-6,
     -0.02145144861037, -1.234426596e-5, 1.0322952773e-4, -3.23890364e-6, 826088.5],
])

Pair = tuple[np.ndarray, np.ndarray]
Shift = Callable[[np.ndarray, np.ndarray], Pair]


def wgs84_to_gcj02(lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Shift WGS84 degrees to GCJ-02; arrays of one shape in and out, places outside China untouched."""
    lon, lat = _floats(lon, lat)
    return _inside_china(lon, lat, _gcj02)


def gcj02_to_wgs84(lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Undo `wgs84_to_gcj02` by fixed-point iteration, to better than 0.1 mm."""
    lon, lat = _floats(lon, lat)
    return _inside_china(lon, lat, lambda x, y: _undo(_gcj02, x, y))


def wgs84_to_bd09(lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Shift WGS84 degrees to BD-09 by way of GCJ-02; places outside China untouched."""
    lon, lat = _floats(lon, lat)
    return _inside_china(lon, lat, lambda x, y: _bd09(*_gcj02(x, y)))


def bd09_to_wgs84(lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Undo `wgs84_to_bd09`, both steps by fixed-point iteration, to better than 0.1 mm."""
    lon, lat = _floats(lon, lat)
    return _inside_china(lon, lat, lambda x, y: _undo(_gcj02, *_undo(_bd09, x, y)))


def bd09mc_to_wgs84(x: np.ndarray, y: np.ndarray) -> Pair:
    """Turn BD-09 Mercator metres into WGS84 degrees by way of BD-09."""
    x, y = _floats(x, y)
    band = np.minimum((np.abs(y)[..., None] < _MC_BANDS).sum(axis=-1), len(_MC_BANDS) - 1)
    table = np.moveaxis(_MC_TO_LL[band], -1, 0)
    part = np.abs(y) / table[9]
    lat = table[8]
    for power in range(7, 1, -1):
        lat = lat * part + table[power]
    lon = table[0] + table[1] * np.abs(x)
    return bd09_to_wgs84(np.copysign(lon, x), np.copysign(lat, y))


def shift(geometries: np.ndarray, function: Shift) -> np.ndarray:
    """Apply one of the functions above to every coordinate of geometries; None stays None, Z is dropped."""
    flat = shapely.force_2d(np.asarray(geometries, dtype=object))
    return shapely.transform(flat, lambda xy: np.column_stack(function(xy[:, 0], xy[:, 1])))


def _floats(lon: np.ndarray, lat: np.ndarray) -> Pair:
    lon, lat = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return lon, lat


def _inside_china(lon: np.ndarray, lat: np.ndarray, function: Shift) -> Pair:
    inside = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    new_lon, new_lat = lon.copy(), lat.copy()
    if inside.any():
        new_lon[inside], new_lat[inside] = function(lon[inside], lat[inside])
    return new_lon, new_lat


def _undo(function: Shift, lon: np.ndarray, lat: np.ndarray) -> Pair:
    # The shift changes by far less than one metre per metre, so each step shrinks the error some hundredfold.
    x, y = lon, lat
    for _ in range(_MOST_STEPS):
        there_lon, there_lat = function(x, y)
        step_x, step_y = lon - there_lon, lat - there_lat
        x, y = x + step_x, y + step_y
        if max(np.abs(step_x).max(), np.abs(step_y).max()) < _CLOSE_DEGREES:
            break
    return x, y


def _gcj02(lon: np.ndarray, lat: np.ndarray) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north_m = (-100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
               + (ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)
                  + 160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3)
    east_m = (300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
              + (ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)
                 + 150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3)
    latitude = np.radians(lat)
    root = np.sqrt(1 - _EE * np.sin(latitude) ** 2)
    metres_per_radian_east = _A / root * np.cos(latitude)
    metres_per_radian_north = _A * (1 - _EE) / root**3
    return (lon + np.degrees(east_m / metres_per_radian_east),
            lat + np.degrees(north_m / metres_per_radian_north))


def _bd09(lon: np.ndarray, lat: np.ndarray) -> Pair:
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(np.radians(lat) * 3000)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(np.radians(lon) * 3000)
    return radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT
