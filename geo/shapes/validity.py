"""What is wrong with a geometry, and the few repairs that lose nothing.

The depth of WKT is counted here without recursion, because GEOS overflows the stack on deeply nested
collections and takes the process with it: check before the text becomes a geometry.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import numpy as np
import shapely

from geo.shapes.price import check_ms, repair_ms

MultiType = Literal["MultiPoint", "MultiLineString", "MultiPolygon"]

MAX_VERTICES = 250_000
"""Most vertices of one geometry that is checked or repaired."""

MAX_CHECK_MS = 2_000.0
"""Most that seeing whether one geometry is valid may cost, as `geo.shapes.price` reckons it beforehand."""

MAX_REPAIR_MS = 3_000.0
"""Most that repairing one geometry may cost, reckoned likewise."""

# Where a ring runs twice over one edge, the structure method gives two polygons that share it, which is not
# valid either; the next pass unites them. A pass over what is valid costs nothing.
_PASSES = 3

_COLLECTIONS = {4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon", 7: "GeometryCollection"}
_TAG_OR_BRACKET = re.compile(r"[A-Za-z]+|[()]")
_EMPTY_BY_DIMENSION = {0: shapely.from_wkt("POINT EMPTY"), 1: shapely.from_wkt("LINESTRING EMPTY"),
                       2: shapely.from_wkt("POLYGON EMPTY")}


def nesting_depth_wkt(text: str) -> int:
    """Count how deep geometry objects are nested in WKT or EWKT, a polygon 1, a multi 2."""
    tagged: list[int] = []  # levels that each open bracket adds: coordinates 0, a tag 1, MULTI... 2
    level, deepest, tag = 0, 1, 0
    for token in _TAG_OR_BRACKET.findall(text):
        if token == "(":
            tagged.append(tag)
            level += tag
            deepest, tag = max(deepest, level), 0
        elif token == ")":
            level -= tagged.pop() if tagged else 0
            tag = 0
        elif token.upper() == "EMPTY":
            deepest, tag = max(deepest, level + (tag > 0)), 0
        elif token.upper() not in ("Z", "M", "ZM"):
            tag = 2 if token.upper().startswith("MULTI") else 1
    return deepest


def problems(geometries: np.ndarray) -> np.ndarray:
    """Name what is wrong with each geometry.

    Returns
    -------
    ndarray of object, in the order of the input: None (sound), ``null``, ``empty``, ``nan`` (a coordinate is
    not a finite number), ``too-large`` (over MAX_VERTICES), ``too-intricate`` (over MAX_CHECK_MS; like what is
    too large it was not examined), or ``invalid:`` and GEOS's reason as a slug, such as
    ``invalid:self-intersection``.
    """
    geometries = np.asarray(geometries, dtype=object)
    found = np.full(geometries.shape, None, dtype=object)
    missing, empty = shapely.is_missing(geometries), shapely.is_empty(geometries)
    broken, large = ~_finite(geometries), shapely.get_num_coordinates(geometries) > MAX_VERTICES
    rest = ~(missing | empty | broken | large)
    dear = rest.copy()
    dear[rest] = check_ms(geometries[rest], MAX_CHECK_MS) > MAX_CHECK_MS
    rest &= ~dear
    faulty = rest.copy()
    faulty[rest] = ~shapely.is_valid(geometries[rest])
    found[missing], found[empty], found[large], found[dear], found[broken] = (
        "null", "empty", "too-large", "too-intricate", "nan")
    found[faulty] = [f"invalid:{_slug(reason)}" for reason in shapely.is_valid_reason(geometries[faulty])]
    return found


class Repair(NamedTuple):
    """Repaired geometries, and which of them differ from what came in."""

    geometries: np.ndarray
    changed: np.ndarray


def repair(geometries: np.ndarray) -> Repair:
    """Make invalid geometries valid, keeping what they enclose and only the dimension they had.

    A bow-tie becomes two triangles, a spike goes away, a polygon without area becomes an empty one. What is
    sound, null, not finite, or would cost too much (MAX_VERTICES, MAX_CHECK_MS, MAX_REPAIR_MS) comes back as it
    is: look at `problems` of the result. Uses GEOS's structure method; its linework method takes a minute for 201
    vertices.

    Returns
    -------
    Repair(geometries, changed) : ndarray of object and of bool, in the order of the input.
    """
    repaired = np.asarray(geometries, dtype=object).copy()
    changed = np.zeros(repaired.shape, dtype=bool)
    invalid = np.flatnonzero([str(code).startswith("invalid:") for code in problems(repaired)])
    for at in invalid[repair_ms(repaired[invalid], MAX_REPAIR_MS) <= MAX_REPAIR_MS]:
        old = made = repaired[at]
        for _ in range(_PASSES):
            made = shapely.make_valid(made, method="structure", keep_collapsed=False)
        repaired[at] = _keep_dimension(made, shapely.get_dimensions(old))
        changed[at] = True
    return Repair(repaired, changed)


def usable(geometries: np.ndarray) -> np.ndarray:
    """Give geometries that can be computed with: repaired where invalid, None where that did not help.

    The order is kept and empty geometries stay; for computing on a copy, never for storing.
    """
    flat = np.asarray(geometries, dtype=object)
    if _sound(flat).all():
        return flat
    repaired = repair(flat).geometries
    repaired[~(_sound(repaired) & _finite(repaired))] = None
    return repaired


def _sound(geometries: np.ndarray) -> np.ndarray:
    """Say which geometries are valid or None; one that costs too much to be examined is not."""
    found = shapely.get_num_coordinates(geometries) <= MAX_VERTICES
    found[found] = check_ms(geometries[found], MAX_CHECK_MS) <= MAX_CHECK_MS
    found[found] = shapely.is_valid(geometries[found]) | shapely.is_missing(geometries[found])
    return found


def force_2d(geometries: np.ndarray) -> np.ndarray:
    """Drop Z and M; None stays None."""
    geometries = np.asarray(geometries, dtype=object)
    # Most layers have no heights, and looking costs a tenth of copying.
    more = shapely.has_z(geometries).any() or shapely.has_m(geometries).any()
    return shapely.force_2d(geometries) if more else geometries


def promote_multi(geometries: np.ndarray, kind: MultiType) -> np.ndarray:
    """Give every geometry the multi type `kind`, wrapping single ones; None stays None.

    Raises
    ------
    ValueError
        If a geometry is of another family, naming the first such position.
    """
    geometries = np.asarray(geometries, dtype=object)
    multi = {name: number for number, name in _COLLECTIONS.items()}[kind]
    single, make, nothing = {4: ((0,), shapely.multipoints, shapely.MultiPoint()),
                             5: ((1, 2), shapely.multilinestrings, shapely.MultiLineString()),
                             6: ((3,), shapely.multipolygons, shapely.MultiPolygon())}[multi]
    types = shapely.get_type_id(geometries)
    strange = np.flatnonzero(~np.isin(types, (-1, multi, *single)))
    if len(strange):
        raise ValueError(f"geometry {strange[0]} is a {geometries[strange[0]].geom_type}, not a {kind}")
    promoted = geometries.copy()
    wrap = np.isin(types, single)
    full = wrap & ~shapely.is_empty(geometries)
    promoted[full] = make(geometries[full], indices=np.arange(full.sum()))
    promoted[wrap & ~full] = nothing
    return promoted


def simplest(geometries: np.ndarray) -> np.ndarray:
    """Return geometries in their simplest form: two dimensions, no multi-geometry of one part, None for empty.

    Parameters
    ----------
    geometries : (n,) object array of shapely geometries or None

    Returns
    -------
    (n,) object array
    """
    flat = np.array(shapely.force_2d(geometries) if shapely.has_z(geometries).any() else geometries, dtype=object)
    kinds = shapely.get_type_id(flat)
    single = (kinds >= 4) & (kinds <= 6) & (shapely.get_num_geometries(flat) == 1)
    if single.any():
        flat[single] = shapely.get_geometry(flat[single], 0)
    flat[shapely.is_empty(flat)] = None
    return flat


def orient_rfc7946(geometries: np.ndarray) -> np.ndarray:
    """Turn exterior rings counterclockwise and holes clockwise, as RFC 7946 section 3.1.6 asks."""
    return shapely.orient_polygons(np.asarray(geometries, dtype=object), exterior_cw=False)


def round_coordinates(geometries: np.ndarray, decimals: int = 7) -> np.ndarray:
    """Round every coordinate, and nothing else: 7 decimals of a degree are about a centimetre.

    A shape smaller than the step may collapse; look at `problems` of the result. None stays None, Z is
    dropped.
    """
    return shapely.transform(force_2d(geometries), lambda xy: np.round(xy, decimals))


def _finite(geometries: np.ndarray) -> np.ndarray:
    coordinates, owner = shapely.get_coordinates(geometries.ravel(), return_index=True)
    finite = np.ones(geometries.size, dtype=bool)
    finite[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite.reshape(geometries.shape)


def _slug(reason: str) -> str:
    return re.sub(r"[^a-z]+", "-", reason.partition("[")[0].lower()).strip("-")


def _keep_dimension(geometry: shapely.Geometry, dimension: int) -> shapely.Geometry:
    if shapely.get_type_id(geometry) != 7:
        kept = geometry if shapely.get_dimensions(geometry) == dimension else None
    else:
        parts = shapely.get_parts(geometry)
        kept = shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])
    return kept if kept is not None and not kept.is_empty else _EMPTY_BY_DIMENSION[dimension]
