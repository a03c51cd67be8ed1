"""Which points and footprints lie in which areas: exact, fast, and quick to catch up after an edit.

A point on a border counts as inside (shapely's ``covers``). Everything is planar: points and areas share one
CRS, and footprints, whose areas are compared, come in a metric one.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.shapes.validity import usable

_POINTS_PER_CELL = 8
_FEW = 50_000
POLYGON, MULTIPOLYGON = 3, 6
_AREA_BITS = 32  # an area and a point in one number, to sort both at once
_POINT_MASK = (1 << _AREA_BITS) - 1
_FAR = 1e150  # beyond, products overflow
_ROUNDING_SHARE = 1e-9  # a footprint cut exactly in half must not fail "at least half" by the last digit


class PointIndex:
    """An immutable index of points that answers which of them lie in which polygons.

    Parameters
    ----------
    points_xy : float64[n, 2]
        Any planar CRS. Points are known by their row; a row with nan or infinity lies in no area.

    Notes
    -----
    Points are sorted into the cells of a grid; `geo.shapes.containment_kernel` walks the rows of cells that a polygon
    reaches. The few points whose answer rounding could change are decided by GEOS, so the result equals
    ``shapely.covers``. Invalid areas are read as `geo.shapes.validity.repair` repairs them.
    """

    def __init__(self, points_xy: np.ndarray) -> None:
        points = np.asarray(points_xy, dtype=float).reshape(-1, 2)
        finite = np.flatnonzero((np.abs(points) <= _FAR).all(axis=1))  # no area reaches beyond
        self._size = len(points)
        self._grid = _grid_over(points[finite])
        cells = _cells_of(points[finite], self._grid)
        by_cell = np.argsort(cells, kind="stable")
        self._order = finite[by_cell].astype(np.int32)
        self._xy = np.ascontiguousarray(points[self._order].T)
        counts = np.bincount(cells, minlength=int(self._grid[4] * self._grid[5]))
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        for array in (self._grid, self._order, self._xy, self._starts):
            array.setflags(write=False)

    def __len__(self) -> int:
        return self._size

    def inside(self, areas: np.ndarray, valid: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Find every pair of an area and a point within it or on its border.

        Parameters
        ----------
        areas : array of Polygon, MultiPolygon or None
            None, empty and not finite areas hold no point.
        valid : bool
            Whether they are known to be valid, and need not be looked at.

        Returns
        -------
        (area_index, point_index) : two int64 arrays of one length, sorted by area, then by point; each pair
        once.

        Raises
        ------
        TypeError
            If an area is not polygonal.
        ValueError
            If an area reaches beyond 1e150.
        """
        areas, edges, begins = _valid_edges(areas) if valid else _sound_edges(areas)
        owner, held, doubtful = self._candidates(edges, begins)
        if doubtful.any():
            keep = ~doubtful
            for number in np.unique(owner[doubtful]):
                asked = np.flatnonzero(doubtful & (owner == number))
                keep[asked] = self._decide(areas[number], held[asked])
            owner, held = owner[keep], held[keep]
        pairs = owner.astype(np.int64) << _AREA_BITS | self._order[held]
        pairs.sort()
        return pairs >> _AREA_BITS, pairs & _POINT_MASK

    def _candidates(self, edges: np.ndarray, begins: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """List areas, positions in cell order, and which of these pairs rounding could decide."""
        from geo.shapes import containment_kernel

        size = 2 * len(self._order) + 1  # the second half is room for the next area, however large
        found = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint8)
        most = int(np.diff(begins).max(initial=0))
        room = np.empty(most, np.int64), np.empty(int(self._grid[4]), np.bool_), np.empty((4, most))
        index, area, pieces = (self._xy, self._starts, self._grid), 0, [[each[:0] for each in found]]
        while area < len(begins) - 1:
            area, count = containment_kernel.points_in_polygons(edges, begins, index, found, room, area)
            pieces.append([each[:count].copy() for each in found])
        owner, held, state = (np.concatenate(each) for each in zip(*pieces, strict=True))
        return owner, held, state == containment_kernel.DOUBTFUL

    def _decide(self, area: shapely.Geometry, held: np.ndarray) -> np.ndarray:
        shapely.prepare(area)
        return shapely.intersects_xy(area, *self._xy[:, held])


class Membership:
    """How many areas hold each point, kept up to date edit by edit.

    Areas are numbered in the order they came; a number is never used twice. An edit asks only for the points
    in the area's old and new shape.
    """

    def __init__(self, index: PointIndex) -> None:
        self._index = index
        self._areas: list[shapely.Geometry | None] = []
        self._counts = np.zeros(len(index), dtype=np.int32)

    @classmethod
    def of(cls, index: PointIndex, areas: np.ndarray) -> Membership:
        """Count the areas (as in `PointIndex.inside`) around every point of an index."""
        membership = cls(index)
        membership._areas = list(areas)
        membership._counts += np.bincount(index.inside(areas)[1], minlength=len(index)).astype(np.int32)
        return membership

    @property
    def counts(self) -> np.ndarray:
        """The number of areas that hold each point; a read-only view of int32[n] that follows later edits."""
        view = self._counts.view()
        view.setflags(write=False)
        return view

    def replace(self, area_number: int, new_polygon: shapely.Geometry | None) -> np.ndarray:
        """Give one area a new shape (None for nothing) and return the points whose count changed, ascending.

        Raises
        ------
        IndexError
            If there is no area of this number.
        """
        if not 0 <= area_number < len(self._areas):
            raise IndexError(f"there is no area {area_number}; the last one is {len(self._areas) - 1}")
        changed = self._exchange(self._areas[area_number], new_polygon)
        self._areas[area_number] = new_polygon
        return changed

    def add(self, polygon: shapely.Geometry) -> int:
        """Add an area and return its number."""
        self._exchange(None, polygon)
        self._areas.append(polygon)
        return len(self._areas) - 1

    def remove(self, area_number: int) -> None:
        """Take an area away; its number stays unused. Raises IndexError if there is none of this number."""
        self.replace(area_number, None)

    def _exchange(self, old: shapely.Geometry | None, new: shapely.Geometry | None) -> np.ndarray:
        shape, points = self._index.inside(np.array([old, new], dtype=object))
        before, after = points[shape == 0], points[shape == 1]
        self._counts[before] -= 1
        self._counts[after] += 1
        return np.setxor1d(before, after, assume_unique=True)


def footprints_inside(footprints: np.ndarray, areas: np.ndarray, share: float = 0.5,
                      ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find every pair of an area and a footprint of which at least `share` of the surface lies in the area.

    Parameters
    ----------
    footprints : array of geometries or None
        Metric CRS. One without surface (point, line) counts, with share 1, if it lies within the area or on
        its border.
    areas : array of Polygon, MultiPolygon or None
        The same CRS. Invalid shapes on either side are repaired for the comparison.
    share : float
        Above 0, at most 1.

    Returns
    -------
    (area_index, footprint_index, share) : int64, int64, float64, sorted by area, then by footprint; each pair
    once.

    Raises
    ------
    ValueError
        If `share` is not in (0, 1].
    TypeError
        If an area is not polygonal.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; it must be above 0 and at most 1")
    areas, footprints = _sound_areas(areas), usable(footprints)
    tree = shapely.STRtree(footprints)
    inside = np.column_stack(tree.query(areas, predicate="covers"))
    touched = np.column_stack(tree.query(areas, predicate="intersects"))
    surface = shapely.area(footprints)
    # A straddler is touched, not covered, and has a surface to share out.
    key = touched @ [len(footprints), 1]
    straddling = touched[~np.isin(key, inside @ [len(footprints), 1]) & (surface[touched[:, 1]] > 0)]
    common = shapely.area(shapely.intersection(areas[straddling[:, 0]], footprints[straddling[:, 1]]))
    part = np.minimum(common / surface[straddling[:, 1]], 1.0)
    enough = part >= share - _ROUNDING_SHARE
    pairs = np.concatenate([inside, straddling[enough]]).astype(np.int64)
    shares = np.concatenate([np.ones(len(inside)), part[enough]])
    by = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[by, 0], pairs[by, 1], shares[by]


def locate(points: np.ndarray | PointIndex, areas: np.ndarray) -> np.ndarray:
    """Give each point the one area it belongs to: of several, on a shared border or in an overlap, the first.

    Parameters
    ----------
    points : float64[n, 2], array of shapely points (None allowed), or a PointIndex of them
    areas : array of Polygon, MultiPolygon or None, in the same CRS

    Returns
    -------
    int64[n], the area's position, -1 for none.
    """
    if isinstance(points, PointIndex):
        size, (area, point) = len(points), points.inside(areas)
    else:
        xy = _xy(points)
        size, (area, point) = len(xy), _few_inside(xy, areas) if len(xy) < _FEW else PointIndex(xy).inside(areas)
    home = np.full(size, -1, dtype=np.int64)
    home[point[::-1]] = area[::-1]  # the last write wins, so the lowest area does
    return home


def _few_inside(xy: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Answer as `PointIndex.inside` does, without loading its kernel, which takes longer than few points do."""
    finite = np.flatnonzero((np.abs(xy) <= _FAR).all(axis=1))
    point, area = shapely.STRtree(_sound_areas(areas)).query(shapely.points(xy[finite]), predicate="intersects")
    order = np.lexsort((point, area))
    return area[order], finite[point[order]]


def _xy(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points)
    if points.dtype != object:
        return points
    if not np.isin(shapely.get_type_id(points), (-1, 0)).all():
        raise TypeError("points must be shapely points, None, or coordinates: take representative points")
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _grid_over(points: np.ndarray) -> np.ndarray:
    """Lay a grid of some 8 points a cell: float64[6] of x0, y0, cell width, cell height, columns, rows."""
    if not len(points):
        return np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    low, high = points.min(axis=0), points.max(axis=0)
    # A cell must be much wider than the rounding of the coordinates, or its bounds mean nothing.
    least = np.maximum(np.abs(points).max() * 1e-8, 1e-100)
    size = np.maximum(high - low, least)
    per_axis = np.sqrt(len(points) / _POINTS_PER_CELL)
    aspect = np.clip(np.sqrt(size[0] / size[1]), 1e-3, 1e3)
    wanted = np.array([per_axis * aspect, per_axis / aspect])
    count = np.maximum(np.minimum(wanted, size / least), 1.0).astype(int)
    return np.array([*low, *(size / count), *count], dtype=float)


def _sound_areas(areas: np.ndarray) -> np.ndarray:
    areas = _polygonal(areas)
    sound = usable(areas)
    if (np.abs(shapely.bounds(sound)) > _FAR).any():
        raise ValueError(f"an area has coordinates beyond {_FAR:g}")
    return sound


def _sound_edges(areas: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return areas as `_sound_areas` does, all edges of all rings (float64[m, 4]), and where each area's begin."""
    from geo.shapes import soundness_kernel

    areas = _polygonal(areas)
    edges, rings, begins = _edges(areas)
    sure = soundness_kernel.surely_sound(edges, rings, begins, shapely.get_type_id(areas) == POLYGON)
    if not sure.all():
        areas = areas.copy()
        given = areas[~sure]
        areas[~sure] = usable(given)
        if any(now is not before for now, before in zip(areas[~sure], given, strict=True)):
            edges, rings, begins = _edges(areas)
    if (np.abs(edges) > _FAR).any():
        raise ValueError(f"an area has coordinates beyond {_FAR:g}")
    return areas, edges, rings[begins]


def edges_of(areas: np.ndarray) -> np.ndarray:
    """List the edges of all rings of areas, as they are: float64[m, 4], from x, y to x, y. TypeError as `locate`."""
    return _edges(_polygonal(areas))[0]


def _valid_edges(areas: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    areas = _polygonal(areas)
    edges, rings, begins = _edges(areas)
    return areas, edges, rings[begins]


def _polygonal(areas: np.ndarray) -> np.ndarray:
    areas = np.asarray(areas, dtype=object)
    strange = np.flatnonzero(~np.isin(shapely.get_type_id(areas), (-1, 3, 6)))
    if len(strange):
        raise TypeError(f"area {strange[0]} is a {areas[strange[0]].geom_type}, not a polygon")
    return areas


def _cells_of(points: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Number the cell of each point, row by row: int64[n], rounded as the kernel rounds columns."""
    column, row = np.clip((points - grid[0:2]) / grid[2:4], 0.0, grid[4:6] - 1.0).astype(np.int64).T
    return row * int(grid[4]) + column


def _edges(areas: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List all edges of all rings: float64[m, 4], and where each ring's edges and each area's rings begin."""
    from geo.shapes import soundness_kernel

    xy, area = shapely.get_coordinates(areas, return_index=True)
    counts = np.where(shapely.is_empty(areas) | shapely.is_missing(areas), 0, shapely.get_num_interior_rings(areas) + 1)
    ends = np.searchsorted(area, np.arange(1, len(areas) + 1))
    ring_ends = soundness_kernel.rings_of(xy, ends, counts)
    if len(ring_ends) != counts.sum() or (shapely.get_type_id(areas) == MULTIPOLYGON).any():
        parts, part_area = shapely.get_parts(areas, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        ring_ends = np.cumsum(shapely.get_num_coordinates(rings))
        counts = np.bincount(part_area[ring_part], minlength=len(areas))
    within = np.ones(max(len(xy) - 1, 0), dtype=bool)
    within[ring_ends[:-1] - 1] = False
    edges = np.hstack([xy[:-1], xy[1:]])[within]
    starts = np.concatenate([[0], ring_ends - np.arange(1, len(ring_ends) + 1)])
    return edges, starts, np.concatenate([[0], np.cumsum(counts)])
