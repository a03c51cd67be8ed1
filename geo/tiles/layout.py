"""A layer's shapes as compact arrays in the unit square of Web Mercator: what tiles are cut from.

The layout follows GeoArrow (coordinates and offsets); of a polygon only its rings and which of them are holes are kept,
which is all that a vector tile tells.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.shapes import Packed, Shapes, kept_as

POINT, LINE, POLYGON = 1, 2, 3
# Behind many shapes there is room for some more, with so many courses and corners each, so that an edit copies nothing.
MANY, SPARE = 50_000, 20_000
COURSES_EACH, CORNERS_EACH = 2, 16
MAX_LATITUDE = 85.0511287798066
_KIND_OF_TYPE = np.array([POINT, LINE, LINE, POLYGON, POINT, LINE, POLYGON, 0])


@dataclass(frozen=True)
class Ragged:
    """Shapes as courses: each point, line or ring is one course of vertices.

    Attributes
    ----------
    kind : int8[n]
        1 points, 2 lines, 3 polygons, 0 nothing; of a collection of several kinds, the one of most dimensions.
    courses : int64[n + 1]
        The courses of shape i are courses[i] to courses[i + 1].
    starts : int64[c + 1]
        The vertices of course j are starts[j] to starts[j + 1]; a ring ends where it begins.
    hole : bool[c]
    xy : float64[v, 2]
        x to the east and y to the south, 0 to 1 over the square of Web Mercator.
    boxes : float64[n, 4]
        Least x, least y, greatest x, greatest y of each shape; nan for nothing.
    room : Room, optional
        Where the arrays lie, with space behind them.
    """

    kind: np.ndarray
    courses: np.ndarray
    starts: np.ndarray
    hole: np.ndarray
    xy: np.ndarray
    boxes: np.ndarray
    room: Room | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.kind)


class Room:
    """Arrays of shapes with space behind them: whoever has all that is in it may have more written there.

    Others that have less of it never look behind what they have, so that nothing changes for them.
    """

    def __init__(self, shapes: Ragged) -> None:
        more, courses = SPARE, SPARE * COURSES_EACH
        spare = more, more, courses, courses, SPARE * CORNERS_EACH, more
        self._arrays = tuple(
            np.empty((len(each) + extra, *each.shape[1:]), each.dtype)
            for each, extra in zip(_arrays(shapes), spare, strict=True)
        )
        for array, given in zip(self._arrays, _arrays(shapes), strict=True):
            array[: len(given)] = given
        self._ends = tuple(map(len, _arrays(shapes)))
        self._lock = threading.Lock()

    def whole(self) -> Ragged:
        """Return all that is in it."""
        kind, courses, starts, hole, xy, boxes = (
            array[:end] for array, end in zip(self._arrays, self._ends, strict=True)
        )
        return Ragged(kind, courses, starts, hole, xy, boxes, self)

    def with_more(self, first: Ragged, second: Ragged) -> Ragged | None:
        """Write the shapes of `second` behind those of `first`; None where somebody else did so, or they do not fit."""
        with self._lock:
            added = _following(first, second)
            if tuple(map(len, _arrays(first))) != self._ends:
                return None
            ends = tuple(end + len(each) for end, each in zip(self._ends, added, strict=True))
            if any(end > len(array) for end, array in zip(ends, self._arrays, strict=True)):
                return None
            for array, begin, end, each in zip(self._arrays, self._ends, ends, added, strict=True):
                array[begin:end] = each
            self._ends = ends
            return self.whole()


def _arrays(shapes: Ragged) -> tuple[np.ndarray, ...]:
    return shapes.kind, shapes.courses, shapes.starts, shapes.hole, shapes.xy, shapes.boxes


def _following(first: Ragged, second: Ragged) -> tuple[np.ndarray, ...]:
    """Return the arrays of `second` as they stand behind those of `first`."""
    courses, starts = second.courses[1:] + first.courses[-1], second.starts[1:] + first.starts[-1]
    return second.kind, courses, starts, second.hole, second.xy, second.boxes


def mercator(lonlat: np.ndarray) -> np.ndarray:
    """Turn degrees into the unit square of Web Mercator: float64[v, 2]; latitudes beyond the square stop at its edge.

    The formula is that of EPSG method 1024, scaled and turned so that y grows to the south as rows of tiles do.
    """
    latitude = np.radians(np.clip(lonlat[:, 1], -MAX_LATITUDE, MAX_LATITUDE))
    return np.column_stack([lonlat[:, 0] / 360.0 + 0.5, 0.5 - np.arctanh(np.sin(latitude)) / (2 * np.pi)])


def ragged(shapes: Shapes) -> Ragged:
    """Lay out shapes.

    Parameters
    ----------
    shapes : object[n], or the same packed
        Geometries in degrees, or None.

    Raises
    ------
    ValueError
        A coordinate is not finite.
    """
    shapes = kept_as(shapes)
    rings = _rings(shapes)
    flat, owner = _flat(shapes)
    kinds = _KIND_OF_TYPE[np.maximum(shapely.get_type_id(flat), 0)] if len(flat) else np.empty(0, np.int64)
    kind = np.zeros(len(shapes), np.int8)
    np.maximum.at(kind, owner, kinds.astype(np.int8))
    kind[rings[0]] = POLYGON
    chosen = kinds == kind[owner]
    flat, owner, kinds = flat[chosen], owner[chosen], kinds[chosen]
    pieces = [_courses(flat[kinds == each], owner[kinds == each], each) for each in (POINT, LINE, POLYGON)]
    pieces.append(rings)
    course_owner = np.concatenate([piece[0] for piece in pieces])
    lengths = np.concatenate([piece[1] for piece in pieces])
    hole = np.concatenate([piece[2] for piece in pieces])
    xy = mercator(np.concatenate([piece[3] for piece in pieces]))
    if not np.isfinite(xy).all():
        raise ValueError("a coordinate is not finite")
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    # Courses lie by kind; each shape has one kind, so a stable sort gathers them without disorder.
    order = np.argsort(course_owner, kind="stable")
    if len(order) and (np.diff(order) < 0).any():
        xy, lengths = xy[_spread(starts[order], lengths[order])], lengths[order]
        hole, course_owner = hole[order], course_owner[order]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    counts = np.bincount(course_owner, minlength=len(shapes))
    courses = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return roomy(Ragged(kind, courses, starts, hole, np.ascontiguousarray(xy), _boxes(xy, starts, courses)))


def appended(first: Ragged, second: Ragged) -> Ragged:
    """Put the shapes of `second` after those of `first`."""
    found = first.room.with_more(first, second) if first.room is not None else None
    if found is not None:
        return found
    pairs = zip(_arrays(first), _following(first, second), strict=True)
    kind, courses, starts, hole, xy, boxes = (np.concatenate(pair) for pair in pairs)
    return roomy(Ragged(kind, courses, starts, hole, xy, boxes))


def roomy(shapes: Ragged) -> Ragged:
    """Return the same shapes, with room behind them where they are many."""
    return Room(shapes).whole() if len(shapes) >= MANY else shapes


def _rings(shapes: Shapes) -> tuple[np.ndarray, ...]:
    """Return what `_courses` does of shapes of which the corners are known."""
    if not isinstance(shapes, Packed):
        return _courses(np.empty(0, dtype=object), np.empty(0, np.int64), POLYGON)
    owner, (xy, begins) = np.flatnonzero(shapes.plain), shapes.corners()
    return owner, np.diff(begins), np.zeros(len(owner), bool), xy


def _flat(shapes: Shapes) -> tuple[np.ndarray, np.ndarray]:
    """Take collections apart, whatever their depth; empty shapes go, and those of which the corners are known."""
    if isinstance(shapes, Packed):
        flat, owner = _flat(shapes.others())
        return flat, np.flatnonzero(~shapes.plain)[owner]
    owner = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    flat = shapes[owner]
    while len(flat) and (shapely.get_type_id(flat) == 7).any():
        flat, index = shapely.get_parts(flat, return_index=True)
        owner = owner[index]
        there = ~shapely.is_empty(flat)
        flat, owner = flat[there], owner[there]
    return flat, owner


def _courses(shapes: np.ndarray, owner: np.ndarray, kind: int) -> tuple[np.ndarray, ...]:
    """Return for shapes of one kind: owner of each course, its number of vertices, whether a hole, and coordinates."""
    if not len(shapes):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool), np.empty((0, 2))
    if kind == POINT:
        xy, index = shapely.get_coordinates(shapes, return_index=True)
        return owner[index], np.ones(len(xy), np.int64), np.zeros(len(xy), bool), xy
    if kind == LINE:
        parts, index = shapely.get_parts(shapes, return_index=True)
        lengths = shapely.get_num_coordinates(parts).astype(np.int64)
        return owner[index], lengths, np.zeros(len(parts), bool), shapely.get_coordinates(parts)
    several = shapely.get_type_id(shapes) == 6
    if several.any():
        shapes, index = shapely.get_parts(shapes, return_index=True)
        owner = owner[index]
    _, xy, (rings, polygons) = shapely.to_ragged_array(shapes, include_z=False)
    of_polygon = np.repeat(np.arange(len(shapes)), np.diff(polygons))
    hole = np.ones(len(rings) - 1, bool)
    hole[polygons[:-1]] = False
    return owner[of_polygon], np.diff(rings), hole, xy


def _spread(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the rows of runs one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)


def _boxes(xy: np.ndarray, starts: np.ndarray, courses: np.ndarray) -> np.ndarray:
    boxes = np.full((len(courses) - 1, 4), np.nan)
    there = np.diff(courses) > 0
    first = starts[courses[:-1][there]]
    if len(first):
        boxes[there, :2] = np.minimum.reduceat(xy, first, axis=0)
        boxes[there, 2:] = np.maximum.reduceat(xy, first, axis=0)
    return boxes
