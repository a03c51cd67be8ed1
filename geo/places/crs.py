"""Coordinate reference systems: choosing, reading, guessing, and the way to and from longitude/latitude.

Longitude comes first everywhere (``always_xy``). WGS84 and CGCS2000 differ by less than any of our data and
are treated as one; every other datum needs a transformation that PROJ knows, never a "ballpark" one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from geo.shapes import force_2d

LONLAT = CRS.from_user_input("OGC:CRS84")
"""Longitude, latitude in degrees, WGS84: how everything is stored."""

Bounds = tuple[float, float, float, float]
Pair = tuple[np.ndarray, np.ndarray]

CHINA_LON, CHINA_LAT = (73.0, 136.0), (17.0, 54.0)

_CODE = re.compile(r"^[A-Za-z]{2,10}:[A-Za-z0-9]+$")
_WKT = re.compile(r"^(PROJCS|GEOGCS|PROJCRS|PROJECTEDCRS|GEOGCRS|GEOGRAPHICCRS|GEODCRS|GEODETICCRS|BOUNDCRS|"
                  r"COMPD_CS|COMPOUNDCRS)\s*\[", re.IGNORECASE)
_URI = re.compile(r"^(urn:(x-)?ogc:def:crs:|https?://www\.opengis\.net/def/crs/)", re.IGNORECASE)
_ONE_WITH_WGS84 = ("china2000", "chinageodeticcoordinatesystem2000", "cgcs2000", "worldgeodeticsystem1984",
                   "wgs84", "wgs1984")
_OLDER = ("xian1980", "xian80", "beijing1954", "beijing54", "newbeijing")
UNSHIFTED_M = 100.0  # between degrees of the older systems and of CGCS2000, as offices report it
ZONE_M = 2e6


def metric_crs(lon: float, lat: float) -> CRS:
    """Choose the projected CRS in metres that measures best around one place.

    In the bounding box of China (73-136 E, 17-54 N) this is the CGCS2000 3-degree zone ``n = round(lon / 3)``
    without zone prefix, EPSG 4534 + (n - 25); elsewhere UTM on WGS84.

    Parameters
    ----------
    lon, lat : float
        Degrees.

    Raises
    ------
    ValueError
        If the place is not on the globe, or so near a pole that UTM ends.
    """
    if not (-180 <= lon <= 180 and -80 <= lat <= 84):
        raise ValueError(f"no metric CRS for longitude {lon}, latitude {lat}: longitude must be in -180..180 "
                         "and latitude in -80..84 degrees")
    if CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]:
        zone = int(np.clip(np.floor(lon / 3 + 0.5), 25, 45))
        return CRS.from_epsg(4534 + zone - 25)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def parse_crs(text: str) -> CRS:
    """Read a CRS as people write it: ``EPSG:4549``, ``4549``, a PROJ string, WKT, an OGC URN or URI.

    Names ("Beijing 1954") are refused because PROJ guesses at them, and so are PROJ strings that name grid
    files.

    Raises
    ------
    ValueError
        If the text is none of these, or is not a geographic or projected CRS.
    """
    text = str(text).strip()
    if not text:
        raise ValueError("the CRS is empty; give an EPSG code, a PROJ string or WKT")
    shown = text if len(text) <= 60 else text[:57] + "..."
    is_proj = text.lower().startswith(("+proj=", "proj=", "+type=crs"))
    if is_proj and re.search(r"init=|grids=|pipeline", text, re.IGNORECASE):
        raise ValueError(f"the PROJ string {shown!r} names a file or a pipeline; give a plain definition")
    if text.isdecimal() and text.isascii():
        text = f"EPSG:{text}"
    elif not (is_proj or _CODE.match(text) or _WKT.match(text) or _URI.match(text)):
        raise ValueError(f"{shown!r} is no CRS; give an EPSG code, a PROJ string or WKT")
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        raise ValueError(f"{shown!r} is not a CRS that PROJ knows") from None
    if not (crs.is_geographic or crs.is_projected):
        raise ValueError(f"{shown!r} is neither geographic nor projected")
    return crs


def is_geographic_wgs84_like(crs: CRS) -> bool:
    """Whether this CRS is longitude/latitude of WGS84 or CGCS2000: 4326, CRS84, 4490 and their WKT."""
    if not crs.is_geographic or crs.is_bound:
        return False
    degrees = all(abs(axis.unit_conversion_factor - np.pi / 180) < 1e-12 for axis in crs.axis_info[:2])
    greenwich = crs.prime_meridian is None or crs.prime_meridian.longitude == 0
    return degrees and greenwich and _shares_wgs84_datum(crs)


def is_metric(crs: CRS) -> bool:
    """Whether this CRS may be measured in: projected, in metres, and no Mercator of the world."""
    if not crs.is_projected:
        return False
    operation = crs.coordinate_operation
    method = operation.method_name if operation is not None else ""
    # The two Mercators stretch with latitude: at 36 degrees an area comes out 1.53 times too big.
    return not method.startswith(("Popular Visualisation", "Mercator")) and all(
        axis.unit_conversion_factor == 1 for axis in crs.axis_info[:2])


def require_metric(crs: CRS) -> CRS:
    """Return the CRS itself, or raise ValueError if it cannot be measured in."""
    if not is_metric(crs):
        raise ValueError(f"cannot measure in {crs.name!r}: a projected CRS in metres is needed, not Mercator")
    return crs


@dataclass(frozen=True)
class DatumShift:
    """How an older system was brought to WGS84; without a `name` by no shift at all, its degrees taken as they are."""

    name: str | None
    accuracy_m: float
    area: str | None = None


def is_older_chinese(crs: CRS) -> bool:
    """Whether this CRS is one of those that China used before 2018: Beijing 1954, Xian 1980, New Beijing."""
    if crs.is_bound or crs.geodetic_crs is None:
        return False
    names = [crs.geodetic_crs.name, crs.geodetic_crs.datum.name if crs.geodetic_crs.datum else ""]
    folded = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in names]
    return any(old in each for each in folded for old in _OLDER)


def datum_shift(crs: CRS, lon: float, lat: float) -> DatumShift | None:
    """Say by which shift places of an older Chinese system near a place come to WGS84; None for every other CRS.

    China has not published its own shifts, so that without a published one the degrees are taken as they are. That is
    wrong by some tens of metres, up to about `UNSHIFTED_M`.
    """
    if not is_older_chinese(crs):
        return None
    found = _published(crs.geodetic_crs, np.array([lon]), np.array([lat]))
    if found is None:
        return DatumShift(None, UNSHIFTED_M)
    steps = (each.name for each in found.operations or () if not each.name.startswith("axis order"))
    return DatumShift(next(steps, found.description), found.accuracy, found.area_of_use.name)


def older_systems(crs: CRS) -> list[CRS]:
    """Return the older Chinese systems whose numbers look like those of a 3-degree zone of CGCS2000."""
    code = crs.to_epsg() or 0
    for first, xian, beijing in ((4534, 2370, 2422), (4513, 2349, 2401)):
        if first <= code < first + 21:
            return [CRS.from_epsg(xian + code - first), CRS.from_epsg(beijing + code - first)]
    return []


def holds(crs: CRS, bounds: Bounds) -> bool:
    """Whether numbers can be of a CRS: east of a Gauss-Kruger zone by less than `ZONE_M` from its middle.

    A file whose x begins with the number of its zone, and whose CRS has no such number, or the other way round, lies
    millions of metres off, where the projection still gives degrees.
    """
    if not crs.is_projected or crs.coordinate_operation is None:
        return True
    if "Transverse Mercator" not in crs.coordinate_operation.method_name:
        return True
    eastings = [float(each.value) for each in crs.coordinate_operation.params if each.name == "False easting"]
    return not eastings or max(abs(bounds[0] - eastings[0]), abs(bounds[2] - eastings[0])) < ZONE_M


def to_lonlat(geometries: np.ndarray, crs: CRS) -> np.ndarray:
    """Turn geometries of any CRS into longitude/latitude.

    Parameters
    ----------
    geometries : array of shapely geometries
        x is east or longitude, whatever order the CRS itself names. None stays None.
    crs : CRS
        What they are in.

    Returns
    -------
    ndarray of object, same shape and order; two-dimensional (Z is dropped). A coordinate that the projection
    cannot hold becomes infinite, which `geo.shapes.validity.problems` reports.

    Raises
    ------
    ValueError
        If PROJ knows no datum shift from this CRS to WGS84.
    """
    return _transform(geometries, crs, forward=False)


def from_lonlat(geometries: np.ndarray, crs: CRS) -> np.ndarray:
    """Turn longitude/latitude geometries into another CRS: the inverse of `to_lonlat`, same contract."""
    return _transform(geometries, crs, forward=True)


def xy_to_lonlat(x: np.ndarray, y: np.ndarray, crs: CRS) -> Pair:
    """Turn coordinate arrays into longitude and latitude; `to_lonlat` without geometries."""
    return (x, y) if is_geographic_wgs84_like(crs) else _transformer(crs, False)(x, y)


def xy_from_lonlat(lon: np.ndarray, lat: np.ndarray, crs: CRS) -> Pair:
    """Turn longitude and latitude arrays into another CRS; `from_lonlat` without geometries."""
    return (lon, lat) if is_geographic_wgs84_like(crs) else _transformer(crs, True)(lon, lat)


def guess_projected(bounds: Bounds, near: tuple[float, float] | None = None) -> list[CRS]:
    """List the CRSs that numbers too large for degrees may be in, most likely first.

    An easting above 1e6 carries the zone in front: 3-degree zones 25-45 (EPSG 4513 + (n - 25)), 6-degree
    zones 13-23 (EPSG 4491 + (n - 13)), or it is Web Mercator. Without a prefix every 3-degree zone of China
    is possible; only a place tells them apart.

    Parameters
    ----------
    bounds : (min x, min y, max x, max y)
    near : (lon, lat), optional
        Where the data should lie, in degrees; candidates are sorted by distance from there.

    Returns
    -------
    list of CRS, empty if the numbers are degrees or fit nothing.
    """
    min_x, min_y, max_x, max_y = bounds
    if not np.isfinite(bounds).all() or looks_like_degrees(bounds) or not (1.8e6 <= min_y <= max_y <= 7.2e6):
        return []
    codes: list[int] = []
    if min_x > 1e6:
        zone = int(min_x // 1e6)
        if zone == int(max_x // 1e6):
            codes += [4513 + zone - 25] if 25 <= zone <= 45 else []
            codes += [4491 + zone - 13] if 13 <= zone <= 23 else []
        if 8.1e6 <= min_x <= max_x <= 1.52e7:
            codes.append(3857)
    elif 1e5 <= min_x <= max_x <= 9e5:
        codes += [4534 + zone - 25 for zone in range(25, 46)]
    candidates = [CRS.from_epsg(code) for code in codes]
    if near is None:
        return candidates
    middle = np.array([(min_x + max_x) / 2]), np.array([(min_y + max_y) / 2])

    def distance(crs: CRS) -> float:
        lon, lat = xy_to_lonlat(*middle, crs)
        return float(np.hypot((lon[0] - near[0]) * np.cos(np.radians(near[1])), lat[0] - near[1]))
    return sorted(candidates, key=distance)


def looks_like_degrees(bounds: Bounds) -> bool:
    """Whether bounds may be longitude/latitude in either order."""
    return bool(np.isfinite(bounds).all() and np.abs(bounds).max() <= 180
                and min(np.abs(bounds[0::2]).max(), np.abs(bounds[1::2]).max()) <= 90)


def looks_swapped(bounds: Bounds) -> bool:
    """Whether degrees came as latitude/longitude: y is beyond 90, or only the swapped bounds lie in China."""
    if not looks_like_degrees(bounds):
        return False
    min_x, min_y, max_x, max_y = bounds
    return max(abs(min_y), abs(max_y)) > 90 or (_in_china(min_y, min_x, max_y, max_x)
                                                 and not _in_china(min_x, min_y, max_x, max_y))


def _in_china(min_lon: float, min_lat: float, max_lon: float, max_lat: float) -> bool:
    return (CHINA_LON[0] <= min_lon and max_lon <= CHINA_LON[1]
            and CHINA_LAT[0] <= min_lat and max_lat <= CHINA_LAT[1])


def _shares_wgs84_datum(crs: CRS) -> bool:
    if crs.datum is None or crs.ellipsoid is None:
        return False
    name = re.sub(r"[^a-z0-9]", "", crs.datum.name.lower())
    if any(one in name for one in _ONE_WITH_WGS84):
        return True
    # City systems come as PROJ strings without a datum; on the ellipsoid of CGCS2000 they are meant to be
    # CGCS2000.
    ellipsoid = crs.ellipsoid
    return (name.startswith("unknown") and abs(ellipsoid.semi_major_metre - 6378137) < 0.01
            and abs(ellipsoid.inverse_flattening - 298.25722) < 1e-4)


@lru_cache(maxsize=64)
def _transformer(crs: CRS, forward: bool) -> Callable[[np.ndarray, np.ndarray], Pair]:
    # Within one datum only the projection is left: asking PROJ for WGS84 to CGCS2000 would be a ballpark
    # operation.
    lonlat = crs.geodetic_crs if not crs.is_bound and _shares_wgs84_datum(crs) else LONLAT
    given, wanted = (lonlat, crs) if forward else (crs, lonlat)
    if not forward and is_older_chinese(crs):
        return _shifted(crs)
    try:
        return Transformer.from_crs(given, wanted, always_xy=True, allow_ballpark=False).transform
    except ProjError:
        raise ValueError(f"no datum shift is known between {crs.name!r} and WGS84; give the CRS as a PROJ "
                         "string with +towgs84") from None


def _shifted(crs: CRS) -> Callable[[np.ndarray, np.ndarray], Pair]:
    """Return the way from an older Chinese system to WGS84: by the published shift made for the place, or by none."""
    own = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform

    def to_wgs84(x: np.ndarray, y: np.ndarray) -> Pair:
        lon, lat = own(x, y)
        found = _published(crs.geodetic_crs, lon, lat)
        return (lon, lat) if found is None else found.transform(lon, lat)

    return to_wgs84


def _published(geodetic: CRS | None, lon: np.ndarray, lat: np.ndarray) -> Transformer | None:
    """Return the most accurate datum shift whose area holds the middle of some places; None where there is none."""
    usable = np.isfinite(lon) & np.isfinite(lat)
    if geodetic is None or not usable.any():
        return None
    x, y = float(np.median(lon[usable])), float(np.median(lat[usable]))
    group = TransformerGroup(geodetic, LONLAT, always_xy=True, allow_ballpark=False)
    made = [each for each in group.transformers if each.area_of_use and _holds(each.area_of_use.bounds, x, y)]
    return min(made, key=lambda each: each.accuracy, default=None)


def _holds(bounds: Bounds, x: float, y: float) -> bool:
    return bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]


def _transform(geometries: np.ndarray, crs: CRS, forward: bool) -> np.ndarray:
    flat = force_2d(np.array(geometries, dtype=object))  # the caller's own array, whatever it shares
    if is_geographic_wgs84_like(crs):
        return flat
    function = _transformer(crs, forward)
    return shapely.transform(flat, lambda xy: np.column_stack(function(xy[:, 0], xy[:, 1])))
