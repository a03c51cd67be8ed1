"""What coordinates mean, by evidence: the range of their values, and how they fit shapes that are surely in place.

A *reading* says how numbers become longitude and latitude. Its name is a CRS (``EPSG:4549``), one of the published
offsets (``gcj02``, ``bd09``, ``bd09mc``), ``swapped`` (latitude came first) or ``degrees``. Before a plus sign
and a CRS, ``swapped`` means that north came first (``swapped+EPSG:4549``), ``gcj02`` and ``bd09`` that shifted places
were projected.
Evidence is a suspicion with its figures, never a reason to convert unasked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from pyproj import CRS

from geo.places import offsets
from geo.places.crs import (
    Bounds,
    from_lonlat,
    guess_projected,
    looks_like_degrees,
    looks_swapped,
    parse_crs,
    require_metric,
    to_lonlat,
    xy_from_lonlat,
)

DEGREES, SWAPPED, BAIDU_METRES, MERCATOR = "degrees", "swapped", "bd09mc", "EPSG:3857"
OFFSETS: Mapping[str, offsets.Shift] = {
    "gcj02": offsets.gcj02_to_wgs84,
    "bd09": offsets.bd09_to_wgs84,
    BAIDU_METRES: offsets.bd09mc_to_wgs84,
}
"""The readings that undo a published offset."""
OFFSET_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09", BAIDU_METRES: "BD-09 Mercator"}
"""What is published under which name."""

_CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)  # a box of degrees around it
MOST_POINTS = 2_000
FEWEST_POINTS = 5  # fewer may lie near anything by chance
CLEARER = 3.0  # so many times nearer an offset must bring points
CLOSE_M = 150.0  # what an undone offset still may leave; the smallest offset is some 300 m long
_SAME_M = 1.0  # nearer than this nothing could bring them
_AREA = 2
FAR_CLEARER, TOWN_M = 10.0, 20_000.0  # the same of a CRS: it decides the town, not the house


def read_as(geometries: np.ndarray, reading: str) -> np.ndarray:
    """Turn geometries into longitude and latitude as a reading says; None stays None, Z is dropped.

    Raises
    ------
    ValueError
        It is no reading, and no CRS that PROJ knows.
    """
    flat = shapely.force_2d(np.asarray(geometries, dtype=object))
    first, plus, crs = reading.partition("+")
    first = first.lower()
    if first not in (SWAPPED, DEGREES, *OFFSETS):
        return to_lonlat(flat, parse_crs(reading))
    if first == SWAPPED:
        flat = shapely.transform(flat, lambda xy: xy[:, ::-1])
    if plus:
        flat = to_lonlat(flat, parse_crs(crs))
    return offsets.shift(flat, OFFSETS[first]) if first in OFFSETS else flat


def in_china(bounds: np.ndarray) -> np.ndarray:
    """Say which boxes of degrees, float64[n, 4], meet a box around China: bool[n]; nan meets nothing."""
    west, south, east, north = np.asarray(bounds, dtype=float).T
    return (west <= _CHINA[2]) & (east >= _CHINA[0]) & (south <= _CHINA[3]) & (north >= _CHINA[1])


def is_correction(reading: str | None) -> bool:
    """Say whether a reading changes coordinates beyond what a CRS says: an offset undone, axes swapped."""
    return reading is not None and reading.partition("+")[0].lower() in (SWAPPED, *OFFSETS)


def possible_readings(bounds: Bounds, near: tuple[float, float] | None = None) -> list[str]:
    """List the readings that the range of the values allows, likeliest first.

    Parameters
    ----------
    bounds : (min x, min y, max x, max y)
        Of the numbers as they stand.
    near : (lon, lat), optional
        Where the data should lie; zones without a prefix are sorted by it.
    """
    if not np.isfinite(bounds).all():
        return []
    if looks_like_degrees(bounds):
        upright, turned = [DEGREES, "gcj02", "bd09"], [SWAPPED]
        if abs(bounds[1]) > 90 or abs(bounds[3]) > 90:
            return turned
        return turned + upright if looks_swapped(bounds) else upright + turned
    found = []
    for prefix, (west, south, east, north) in (("", bounds), (SWAPPED + "+", _turned(bounds))):
        for crs in guess_projected((west, south, east, north), near):
            name = f"EPSG:{crs.to_epsg()}"
            found.append(prefix + name)
            if name == MERCATOR and not prefix:
                found.append(BAIDU_METRES)
    return found


@dataclass(frozen=True)
class Fit:
    """How a reading lays points on a reference; metres, nan where nothing could be compared."""

    reading: str
    median_m: float


@dataclass(frozen=True)
class Evidence:
    """What speaks for which reading.

    Attributes
    ----------
    count : int
        Points compared; 0 without a reference.
    fits : tuple of Fit
        The nearest first.
    as_is : Fit or None
        Of the numbers as they are claimed to be; None where they cannot be that.
    verdict : str or None
        The reading that is clearly better than the one claimed, or clearly the best where none is claimed.
    moved : (metres, degrees) or None
        Of an offset: how far, and by the compass where to (0 north, 90 east), the points as claimed lie from where the
        verdict puts them.
    """

    count: int
    fits: tuple[Fit, ...]
    as_is: Fit | None
    verdict: str | None
    moved: tuple[float, float] | None = None


@dataclass(frozen=True)
class Reference:
    """Shapes that are surely in place, longitude and latitude.

    `kind` is ``same`` for the same things as what is compared, ``among`` for others on which they lie, and ``around``
    for areas that merely contain them: those tell one town from another, and no offset of some hundred metres.
    """

    shapes: np.ndarray
    kind: Literal["same", "among", "around"]


def weigh(geometries: np.ndarray, claimed: str | None, readings: Sequence[str], reference: Reference, crs: CRS,
          ) -> Evidence:  # fmt: skip
    """Try readings: which one lays shapes on a reference?

    Parameters
    ----------
    geometries : array of shapely geometries
        As in the file; None and empty ones are left out.
    claimed : str or None
        The reading that would be used unasked.
    readings : sequence of str
        The others.
    reference : Reference
    crs : CRS
        Metric, to measure in.
    """
    fine = reference.kind != "around"
    points = evidence_points(geometries, fine)
    shapes = reference.shapes[shapely.get_num_geometries(reference.shapes) > 0]
    names = list(dict.fromkeys([*([claimed] if claimed else []), *readings]))
    if not names or not len(points) or not len(shapes):
        return Evidence(0, tuple(Fit(name, float("nan")) for name in names), None, None)
    if reference.kind == "same":
        shapes = _like(shapes, geometries)
    tree = shapely.STRtree(from_lonlat(shapes, require_metric(crs)))
    fits = {name: Fit(name, _median_m(points, name, tree, crs)) for name in names}
    ordered = sorted(fits.values(), key=lambda fit: (not np.isfinite(fit.median_m), fit.median_m))
    as_is = fits.get(claimed) if claimed else None
    verdict = _verdict(ordered, as_is, len(points), fine)
    moved = _moved(points, claimed, verdict, crs) if claimed and verdict and _is_offset(verdict) else None
    return Evidence(len(points), tuple(ordered), as_is, verdict, moved)


def lies_as_claimed(geometries: np.ndarray, claimed: str, shapes: np.ndarray, crs: CRS) -> bool:
    """Say whether areas lie, as claimed, within a metre of the same things: then `weigh` has no verdict on them.

    It looks only at what a point lies on, so that it costs little; False means that nothing is known yet.

    Parameters
    ----------
    geometries, claimed, crs
        See `weigh`.
    shapes : array of shapely geometries
        The same things as they surely lie, longitude and latitude.
    """
    from geo.places.measure import representative_points

    given = np.asarray(geometries, dtype=object)
    given = given[shapely.get_num_geometries(given) > 0]
    if _by_vertices(given) or not (shapely.get_dimensions(given) == _AREA).all():
        return False
    points = evidence_points(given)
    try:
        placed = read_as(points, claimed)
    except ValueError:
        return False
    which, on = shapely.STRtree(shapes).query(placed, predicate="intersects")
    here, there = (shapely.get_coordinates(each) for each in (placed[which], representative_points(shapes[on])))
    metres = [np.column_stack(xy_from_lonlat(each[:, 0], each[:, 1], crs)) for each in (here, there)]
    close = np.unique(which[np.hypot(*(metres[0] - metres[1]).T) <= _SAME_M])
    return 2 * len(close) > len(points) + 1


def evidence_points(geometries: np.ndarray, fine: bool = True) -> np.ndarray:
    """Return points that stand for shapes: one in each, or the vertices where there are few shapes or they are lines.

    Returns
    -------
    ndarray of object
        At most `MOST_POINTS`, spread evenly over the input.
    """
    from geo.places.measure import representative_points

    given = np.asarray(geometries, dtype=object)
    given = given[shapely.get_num_geometries(given) > 0]
    if fine and _by_vertices(given):
        # Thin the shapes before their vertices are laid out: a country's outline has millions.
        xy = shapely.get_coordinates(given[:: max(1, len(given) // MOST_POINTS)])
        points = shapely.points(xy[:: max(1, len(xy) // MOST_POINTS)])
    else:
        points = representative_points(shapely.force_2d(given[:: max(1, len(given) // MOST_POINTS)]))
    points = points[shapely.is_valid(points)]
    return points[:MOST_POINTS]


def _by_vertices(shapes: np.ndarray) -> bool:
    dimension = shapely.get_dimensions(shapes)
    return len(shapes) > 0 and dimension.max() > 0 and (len(shapes) < FEWEST_POINTS or (dimension == 1).any())


def _like(shapes: np.ndarray, geometries: np.ndarray) -> np.ndarray:
    """Return the reference as what the points are: outlines for vertices, points for points."""
    from geo.places.measure import representative_points

    given = np.asarray(geometries, dtype=object)
    if _by_vertices(given[shapely.get_num_geometries(given) > 0]):
        areas = shapely.get_dimensions(shapes) == 2
        return np.where(areas, shapely.boundary(shapes), shapes)
    return representative_points(shapes)


def _median_m(points: np.ndarray, reading: str, tree: shapely.STRtree, crs: CRS) -> float:
    """Return the median distance to the nearest reference; infinite where a reading leaves the earth."""
    try:
        lonlat = shapely.get_coordinates(read_as(points, reading))
    except ValueError:
        return float("inf")
    with np.errstate(invalid="ignore"):
        on_earth = (np.abs(lonlat) <= (180, 90)).all(axis=1)
    x, y = xy_from_lonlat(lonlat[:, 0], lonlat[:, 1], crs)
    usable = on_earth & np.isfinite(x) & np.isfinite(y)
    if usable.sum() * 2 <= len(points):
        return float("inf")
    distances = np.full(len(points), np.inf)
    found, metres = tree.query_nearest(shapely.points(x[usable], y[usable]), return_distance=True, all_matches=False)
    distances[np.flatnonzero(usable)[found[0]]] = metres
    return float(np.median(distances))


def _verdict(fits: Sequence[Fit], as_is: Fit | None, count: int, fine: bool) -> str | None:
    best = fits[0]
    if not np.isfinite(best.median_m) or best == as_is:
        return None
    before = as_is.median_m if as_is is not None else float("inf")
    if _is_offset(best.reading):
        clear = count >= FEWEST_POINTS and before > _SAME_M and CLEARER * best.median_m <= before
        return best.reading if fine and clear and best.median_m <= CLOSE_M else None
    far_clearer = FAR_CLEARER * best.median_m <= before and before > _SAME_M
    return best.reading if best.median_m <= TOWN_M and far_clearer else None


def _is_offset(reading: str) -> bool:
    return reading.partition("+")[0] in ("gcj02", "bd09")


def _moved(points: np.ndarray, claimed: str, verdict: str, crs: CRS) -> tuple[float, float]:
    """Return by how many metres (median), and in which compass direction, points lie from where a reading puts them."""
    lonlats = [shapely.get_coordinates(read_as(points, reading)) for reading in (claimed, verdict)]
    here, there = (np.column_stack(xy_from_lonlat(each[:, 0], each[:, 1], crs)) for each in lonlats)
    away = here - there
    east, north = away.mean(axis=0)
    return float(np.median(np.hypot(*away.T))), float(np.degrees(np.arctan2(east, north)) % 360)


def _turned(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return south, west, north, east
