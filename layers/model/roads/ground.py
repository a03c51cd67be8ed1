"""The streets under a scenario: stretches that are closed, cut and joined. Coordinates are metric."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from geo.lines import Interval, divided, running_along
from geo.places import from_lonlat
from layers.model.roads.passage import use_of

ALONG_M = 8.0  # a road so near to a closure that is drawn along it is meant by it
CUT_M = 20.0  # and one so near to a closure that is a point
GAP_M = 2.0  # is left open at a cut: more than loose ends are joined over
JOIN_M = 30.0  # so far from its ends a new link is joined to roads

Line: TypeAlias = shapely.LineString


@dataclass(frozen=True)
class Stretch:
    """A part of a road, who may use it, and whether that is less than on record."""

    road: str
    line: Line
    walk: bool
    drive: bool
    level: int
    narrowed: bool = False


@dataclass(frozen=True)
class Left:
    """Who may still pass a closure, and on which level it holds (None: on every)."""

    walk: bool = False
    drive: bool = False
    level: int | None = None


@dataclass(frozen=True)
class Joint:
    """Where the end of a new line meets a road: the road's stretch, the place on it, how far away."""

    stretch: Stretch
    place: shapely.Point
    away_m: float


class Ground:
    """The roads near a scenario's measures, as the measures change them one after the other.

    Parameters
    ----------
    roads : GeoDataFrame
        The catalogue's fields; longitude and latitude.
    crs : CRS
        Metric.
    """

    def __init__(self, roads: gpd.GeoDataFrame, crs: CRS) -> None:
        use = use_of(roads)
        parts, row = shapely.get_parts(from_lonlat(roads.geometry.to_numpy(), crs), return_index=True)
        ids = roads.index.to_numpy(dtype=object)
        columns = (use["walkable"], use["drivable"], use["level"])
        self._stretches = [
            Stretch(ids[at], line, *(each[at].item() for each in columns))
            for line, at in zip(parts, row, strict=True)
            if line.geom_type == "LineString" and line.length > 0
        ]
        self.changed: set[str] = set()
        self._index()

    def _index(self) -> None:
        self._tree = shapely.STRtree([each.line for each in self._stretches])

    def of_road(self, id: str) -> list[Stretch]:
        """Return what is left of a road."""
        return [each for each in self._stretches if each.road == id]

    def close_along(self, course: Line, left: Left) -> str | None:
        """Close what runs along a line; return why nothing was closed, or None."""

        def along(stretch: Stretch) -> list[Interval]:
            return running_along(stretch.line, course, ALONG_M)

        return self._close(self._near(course, ALONG_M), along, left)

    def cut_at(self, place: shapely.Point, left: Left) -> str | None:
        """Cut the nearest road at a point; return why nothing was cut, or None."""
        near = [at for at in self._near(place, CUT_M) if self._fits(at, left)]
        if near:
            away = shapely.distance([self._stretches[at].line for at in near], place)
            near = [near[int(np.argmin(away))]]

        def around(stretch: Stretch) -> list[Interval]:
            return _gaps(stretch.line, [place])

        return self._close(near, around, left)

    def cut_across(self, barrier: Line, left: Left) -> str | None:
        """Cut every road that crosses a line; return why nothing was cut, or None."""

        def across(stretch: Stretch) -> list[Interval]:
            met = shapely.intersection(stretch.line, barrier)
            return _gaps(stretch.line, shapely.points(shapely.get_coordinates(met)))

        return self._close(self._near(barrier, 0.0), across, left)

    def join(self, end: shapely.Point, walk: bool, drive: bool, levels: Collection[int] | None) -> Joint | None:
        """Find the nearest road that a link may be joined to; first among some levels, then on any."""
        near = [
            each for at in self._near(end, JOIN_M) for each in [self._stretches[at]]
            if (each.walk and walk) or (each.drive and drive)
        ]  # fmt: skip
        if not near:
            return None
        lines = [each.line for each in near]
        away = shapely.distance(lines, end)
        other = np.array([levels is not None and each.level not in levels for each in near])
        best = int(np.lexsort((away, other))[0])
        place = shapely.line_interpolate_point(lines[best], shapely.line_locate_point(lines[best], end))
        return Joint(near[best], place, float(away[best]))

    def crossed(self, line: Line, level: int) -> bool:
        """Say whether a line meets a road of its level."""
        return any(self._stretches[at].level == level for at in self._near(line, 0.0))

    def usable_within(self, place: shapely.Geometry, metres: float) -> bool:
        """Say whether any road that somebody may use is so near."""
        return any(self._stretches[at].walk or self._stretches[at].drive for at in self._near(place, metres))

    def _near(self, shape: shapely.Geometry, metres: float) -> list[int]:
        if not self._stretches:
            return []
        if metres > 0:
            return np.sort(self._tree.query(shape, predicate="dwithin", distance=metres)).tolist()
        return np.sort(self._tree.query(shape, predicate="intersects")).tolist()

    def _fits(self, at: int, left: Left) -> bool:
        stretch = self._stretches[at]
        return (stretch.walk or stretch.drive) and left.level in (None, stretch.level)

    def _close(self, near: Iterable[int], where: Callable[[Stretch], list[Interval]], left: Left) -> str | None:
        """Close intervals of stretches; return ``nothing`` or ``closed`` where that changes nothing, else None."""
        pieces: dict[int, list[Stretch]] = {}
        met = False
        for at in near:
            stretch = self._stretches[at]
            intervals = where(stretch) if left.level in (None, stretch.level) else []
            met = met or bool(intervals)
            walk, drive = stretch.walk and left.walk, stretch.drive and left.drive
            if not intervals or (walk, drive) == (stretch.walk, stretch.drive):
                continue
            cut = [
                replace(stretch, line=line, walk=walk, drive=drive, narrowed=True)
                if inside
                else replace(stretch, line=line)
                for line, inside in divided(stretch.line, intervals)
            ]
            pieces[at] = [each for each in cut if each.walk or each.drive]
            self.changed.add(stretch.road)
        if not pieces:
            return "closed" if met else "nothing"
        kept = [pieces.get(at, [each]) for at, each in enumerate(self._stretches)]
        self._stretches = [each for some in kept for each in some]
        self._index()
        return None


def _gaps(line: Line, places: Iterable[shapely.Point]) -> list[Interval]:
    """Return a gap around each place on a line; gaps that meet are one."""
    at = sorted(float(shapely.line_locate_point(line, place)) for place in places)
    gaps: list[list[float]] = []
    for each in at:
        start, end = max(each - GAP_M / 2, 0.0), min(each + GAP_M / 2, line.length)
        if gaps and start <= gaps[-1][1]:
            gaps[-1][1] = end
        else:
            gaps.append([start, end])
    return [(start, end) for start, end in gaps]
