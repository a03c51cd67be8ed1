"""Polygons that ought to fit together, made to: overlaps cut, gaps filled, slivers and spills given away.

The pieces in question become polygons of their own, GEOS's coverage cleaner (3.14) nodes everything with
everything, and only then each piece goes to its neighbour, so that no step opens what another has closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.lines import SAME_M
from geo.partition.index import borders
from geo.partition.topology import SLIVER_COMPACTNESS, Defect, Kind, find_defects
from geo.shapes import problems, usable

_LISTED_M2 = 1e-3  # faults smaller than this are mended but not listed: rounding makes them by the thousand
_MOST_TRIES = 6
_SHORT = 1e-9  # border lengths below this are none

Given = tuple[shapely.Geometry, int, int]
"""A scrap, whose it was, and whose it is now."""


@dataclass(frozen=True)
class Mended:
    """One fault and who got the ground.

    Attributes
    ----------
    what : str
        gap, overlap, spill, sliver or invalid, as in `geo.partition.topology.Defect`.
    where : Geometry or None
    m2 : float
    members : tuple of int
        Positions of the shapes concerned.
    to : int or None
        The position of the shape that has the ground now, None if none has.
    """

    what: Kind
    where: shapely.Geometry | None
    m2: float
    members: tuple[int, ...]
    to: int | None


@dataclass(frozen=True)
class Repair:
    """Shapes that fit together.

    Attributes
    ----------
    shapes : object[n] of Polygon, MultiPolygon or None
        In the order given; None where nothing was given or nothing is left. A valid coverage.
    mended : list of Mended
    left : list of Defect
        What `find_defects` still finds: shapes in several parts that lie truly apart, thin shapes.
    """

    shapes: np.ndarray
    mended: list[Mended]
    left: list[Defect]


def repair(boundary: shapely.Geometry | None, shapes: np.ndarray, snap_m: float = SAME_M, hole_m2: float = 100.0,
           scrap_m2: float = 1.0, homes: np.ndarray | None = None) -> Repair:
    """Make polygons fit together and fill their boundary.

    Parameters
    ----------
    boundary : Polygon, MultiPolygon or None
        Metric CRS. With it every gap is filled and every spill cut off. Without it only holes within the
        polygons are gaps, and only small ones.
    shapes : object[n] of Polygon, MultiPolygon or None
        The same CRS; invalid ones are repaired first.
    snap_m : float
        Vertices nearer to each other than this become one.
    hole_m2 : float
        Without a boundary, holes below this area are filled, and those too narrow to be a place (compactness
        below 0.05).
    scrap_m2 : float
        Secondary parts of a shape below this area, or as narrow, are slivers and go to the neighbour. Parts
        that cleaning itself cuts off are treated alike.
    homes : object[m] of Point, optional
        Where somebody lives: a sliver in which one of them lies stays with its shape.

    Returns
    -------
    Repair
        An overlap goes to the shape that shares the longest border with it; a gap or sliver to the neighbour
        with the longest shared edge, or to the nearest shape if it touches none.

    Raises
    ------
    ValueError
        If the boundary is not usable.
    ArithmeticError
        If even a step 32 times as coarse as `snap_m` does not bring the shapes to fit.
    """
    shapes = np.asarray(shapes, dtype=object)
    given = [*_invalid(shapes), *find_defects(shapes, boundary, tolerance_m=0.0, min_area_m2=_LISTED_M2)]
    sound = usable(shapes)
    frame = usable(np.array([boundary], dtype=object))[0]
    if boundary is not None and (frame is None or not frame.area):
        raise ValueError("the boundary is not a usable polygon")
    clipped = sound if frame is None else shapely.intersection(sound, frame)
    present = np.flatnonzero(shapely.area(_areal(clipped)) > 0)
    gaps = _gaps(_areal(clipped[present]), frame, hole_m2)
    if frame is None:
        given += _as_defects(gaps, clipped, snap_m)
    made, scraps = _fitted(_areal(clipped[present]), gaps, frame, snap_m, _Scraps(scrap_m2, homes))
    result = np.full(len(shapes), None, dtype=object)
    result[present] = made
    result[shapely.is_empty(result)] = None
    left = [each for each in find_defects(result, frame) if each.detail != "null"]
    slivers = [Mended("sliver", part, part.area, (int(present[was]),), int(present[to])) for part, was, to in scraps]
    return Repair(result, [*_told(given, result), *slivers], left)


@dataclass(frozen=True)
class _Scraps:
    """Which parts of shapes are too small to stay: below an area, or as narrow, where nobody lives."""

    m2: float
    homes: np.ndarray | None

    def among(self, parts: np.ndarray, owner: np.ndarray) -> np.ndarray:
        """Say which parts are scraps: bool[n]."""
        areas = shapely.area(parts)
        compactness = 4 * np.pi * areas / shapely.length(parts) ** 2
        largest = np.zeros(max(1, int(owner.max(initial=-1)) + 1))  # no shape may be left at all
        np.maximum.at(largest, owner[owner >= 0], areas[owner >= 0])
        scrap = (owner >= 0) & ((areas < self.m2) | (compactness < SLIVER_COMPACTNESS))
        scrap &= areas < largest[owner]
        if self.homes is not None and scrap.any():
            at = np.flatnonzero(scrap)
            lived_in = shapely.STRtree(self.homes).query(parts[at], predicate="intersects")[0]
            scrap[at[np.unique(lived_in)]] = False
        return scrap


def _fitted(shapes: np.ndarray, gaps: np.ndarray, frame: shapely.Geometry | None, snap_m: float,
            scraps: _Scraps) -> tuple[np.ndarray, list[Given]]:
    """Node shapes, gaps and what lies around, then give every gap and scrap to a neighbour; name the scraps."""
    rim = np.empty(0, dtype=object)
    if frame is not None:  # what lies around takes part, so that the boundary gets and keeps all vertices
        west, south, east, north = shapely.bounds(frame)
        rim = np.array([shapely.difference(shapely.box(west - 1, south - 1, east + 1, north + 1), frame)], dtype=object)
    pieces = np.concatenate([shapes, gaps, rim])
    # The cleaner's noder, in floating point, may leave a crossing that a coarser step, or rounded vertices, do not.
    for step_m in snap_m * 2.0 ** np.arange(_MOST_TRIES):
        for rounded_m in (0.0, step_m / 4):
            try:
                tried = shapely.set_precision(pieces, rounded_m) if rounded_m else pieces
                made, given = _cleaned(tried, len(shapes), len(gaps), step_m, scraps)
            except shapely.GEOSException:
                continue
            if _fits(made, frame, step_m):
                return made, given
    raise ArithmeticError("the shapes cannot be brought to fit")


def _cleaned(
    pieces: np.ndarray, shapes: int, gaps: int, snap_m: float, scraps: _Scraps
) -> tuple[np.ndarray, list[Given]]:
    clean = shapely.coverage_clean(pieces, snapping_distance=snap_m)
    parts, owner = shapely.get_parts(_areal(clean[:shapes + gaps]), return_index=True)
    parts, owner = parts[shapely.area(parts) > 0], owner[shapely.area(parts) > 0]  # snapping may leave nothing
    before = np.where(owner < shapes, owner, -1)
    scrap = scraps.among(parts, before)
    owner = _given_away(parts, np.where(scrap, -1, before))
    given = [
        (parts[at], int(before[at]), int(owner[at]))
        for at in np.flatnonzero(scrap & (owner != before))
        if parts[at].area >= _LISTED_M2
    ]
    return np.array([_united(parts[owner == each]) for each in range(shapes)], dtype=object), given


def _fits(shapes: np.ndarray, frame: shapely.Geometry | None, snap_m: float) -> bool:
    if not shapely.is_valid(shapes).all() or not shapely.coverage_is_valid(shapes):
        return False
    union = shapely.coverage_union_all(shapes)
    if abs(union.area - shapely.area(shapes).sum()) > _LISTED_M2:
        return False
    return frame is None or shapely.symmetric_difference(union, frame).area <= snap_m * frame.length


def _given_away(parts: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Give parts without an owner (-1) to the neighbour with the longest shared edge: the owners."""
    owner = owner.copy()
    pairs = borders(parts)
    while (owner < 0).any():
        # Those that lie between two shapes first; those behind them get their turn when these have an owner.
        one = np.concatenate([pairs.first, pairs.second])
        other = np.concatenate([pairs.second, pairs.first])
        length = np.concatenate([pairs.length_m, pairs.length_m])
        usable_pair = (owner[one] < 0) & (owner[other] >= 0) & (length > _SHORT)
        if not usable_pair.any():
            break
        one, to, length = one[usable_pair], owner[other[usable_pair]], length[usable_pair]
        which, at = np.unique(np.column_stack([one, to]), axis=0, return_inverse=True)
        total = np.bincount(at.ravel(), weights=length)
        order = np.lexsort((which[:, 1], -total, which[:, 0]))
        first = np.unique(which[order, 0], return_index=True)[1]
        owner[which[order[first], 0]] = which[order[first], 1]
    alone = np.flatnonzero(owner < 0)
    settled = np.flatnonzero(owner >= 0)
    if len(alone) and len(settled):
        near = shapely.STRtree(parts[settled]).query_nearest(parts[alone], all_matches=False)[1]
        owner[alone] = owner[settled[near]]
    return owner


def _gaps(shapes: np.ndarray, frame: shapely.Geometry | None, hole_m2: float) -> np.ndarray:
    """Find what no shape has: object[k] of Polygon."""
    union = shapely.union_all(shapes)
    if frame is not None:
        return _polygons(shapely.difference(frame, union))
    rings = shapely.get_rings(shapely.get_parts(union))
    outer = shapely.get_exterior_ring(shapely.get_parts(union))
    holes = shapely.polygons(rings[~np.isin(shapely.to_wkb(rings), shapely.to_wkb(outer))])
    areas = shapely.area(holes)
    narrow = 4 * np.pi * areas < SLIVER_COMPACTNESS * shapely.length(holes) ** 2
    return holes[(areas < hole_m2) | narrow]


def _as_defects(gaps: np.ndarray, shapes: np.ndarray, snap_m: float) -> list[Defect]:
    tree = shapely.STRtree(shapes)
    beside = [tree.query(each, predicate="dwithin", distance=snap_m) for each in gaps]
    return [Defect("gap", gap, tuple(sorted(rows.tolist())), gap.area)
            for gap, rows in zip(gaps, beside, strict=True) if gap.area >= _LISTED_M2]


def _invalid(shapes: np.ndarray) -> list[Defect]:
    return [Defect("invalid", shapes[at], (at,), 0.0, detail=code) for at, code in enumerate(problems(shapes))
            if code is not None and code != "null"]


def _told(given: list[Defect], result: np.ndarray) -> list[Mended]:
    """Tell of each fault who has the ground now."""
    kinds = {"gap", "overlap", "spill", "invalid"}
    found, seen = [], set()
    tree = shapely.STRtree(result)
    for each in given:
        if each.kind not in kinds or (each.kind == "invalid" and each.members in seen):
            continue
        to = each.members[0] if each.kind == "invalid" else None
        if each.kind in ("gap", "overlap"):
            inside = tree.query(shapely.point_on_surface(each.geometry), predicate="intersects")
            to = int(inside.min()) if len(inside) else None
        seen |= {each.members} if each.kind == "invalid" else set()
        found.append(Mended(each.kind, each.geometry, each.measure, each.members, to))
    return found


def _polygons(shape: shapely.Geometry) -> np.ndarray:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)]


def _areal(shapes: np.ndarray) -> np.ndarray:
    """Keep of each shape its polygons."""
    made, mixed = shapes.copy(), np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (-1, 3, 6)))
    made[mixed] = [shapely.multipolygons(_polygons(shapes[at])) for at in mixed]
    return made


def _united(parts: np.ndarray) -> shapely.Geometry:
    return shapely.coverage_union_all(parts) if len(parts) > 1 else parts[0] if len(parts) else shapely.Polygon()
