"""Where a set of cells fails to partition its boundary: each fault located, measured, with its cells.

Gaps are found as boundary minus union and overlaps by intersection, not by GEOS's coverage check: that one
passes a gap unless told its width, and fails where one side of a sound T-junction lacks a vertex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from geo.shapes import problems, usable

CUT_SHARE = 0.05
"""From which share of its surface in a second cell on a footprint counts as cut."""

SLIVER_COMPACTNESS = 0.05
"""Below which 4 pi A / P^2 (1 for a disc, Polsby and Popper 1991) a shape is a sliver."""

Kind = Literal["gap", "overlap", "spill", "cut", "sliver", "multipart", "invalid"]


@dataclass(frozen=True)
class Defect:
    """One located fault of a set of cells.

    Attributes
    ----------
    kind : str
        gap, overlap, spill, cut, sliver, multipart or invalid.
    geometry : Geometry or None
        Where it is, in the CRS of the cells: the missing, doubled or surplus piece; the pieces of a cut
        footprint outside its main cell; the shape itself of a sliver or multipart cell; the spot, if GEOS
        names one, of an invalid shape.
    members : tuple of int
        Positions of the cells concerned, ascending; of a cut footprint the main cell first. Beside a gap: the
        cells within the tolerance. Empty for an invalid boundary.
    measure : float
        m2 for gap, overlap, spill and cut; the compactness of a sliver; the number of parts; 0 for invalid.
    footprint : int or None
        Position of a cut footprint.
    detail : str
        Of an invalid shape, its code as in `geo.shapes.validity.problems`.
    """

    kind: Kind
    geometry: shapely.Geometry | None
    members: tuple[int, ...]
    measure: float
    footprint: int | None = None
    detail: str = ""


def find_defects(cells: np.ndarray, boundary: shapely.Geometry | None, footprints: np.ndarray | None = None,
                 tolerance_m: float = 0.5, min_area_m2: float = 1.0) -> list[Defect]:
    """Find every fault of cells that ought to fill a boundary exactly and cut no footprint.

    Parameters
    ----------
    cells : array of Polygon, MultiPolygon or None
        Metric CRS. Invalid ones are reported, and repaired in a copy for the other checks.
    boundary : Polygon, MultiPolygon or None
        The same CRS; without it gaps and spills are not looked for.
    footprints : array of geometries, optional
        The same CRS; those without surface are never cut.
    tolerance_m, min_area_m2 : float
        A gap, overlap or spill is passed over if it is smaller than `min_area_m2` and nowhere wider than
        `tolerance_m`. So a gap 0.3 m wide along a street is found. A cut needs `min_area_m2` in the second
        cell.

    Returns
    -------
    list of Defect, in the order of the kinds above and within one kind by members; each connected piece is
    one fault.
    """
    cells = np.asarray(cells, dtype=object)
    edge = np.array([boundary], dtype=object)
    checker = _Checker(usable(cells), usable(edge)[0], tolerance_m, min_area_m2)
    found = [*checker.gaps(), *checker.overlaps(), *checker.spills()]
    if footprints is not None:
        found += checker.cuts(usable(footprints))
    found += [*checker.slivers(), *checker.multiparts(), *_invalid(cells, is_cell=True)]
    if boundary is not None:
        found += _invalid(edge, is_cell=False)
    return found


class _Checker:
    """The usable cells, their tree and union: what the checks share."""

    def __init__(self, cells: np.ndarray, boundary: shapely.Geometry | None, tolerance_m: float,
                 min_area_m2: float) -> None:
        self.cells, self.boundary = cells, boundary
        self.tolerance_m, self.min_area_m2 = tolerance_m, min_area_m2
        self.tree = shapely.STRtree(cells)
        self.union = shapely.union_all(cells[~shapely.is_missing(cells)])

    def gaps(self) -> list[Defect]:
        if self.boundary is None:
            return []
        found = []
        for piece in self._pieces(shapely.difference(self.boundary, self.union)):
            near = self.tree.query(piece, predicate="dwithin", distance=self.tolerance_m)
            found.append(Defect("gap", piece, _ascending(near), piece.area))
        return _by_members(found)

    def overlaps(self) -> list[Defect]:
        first, second = self.tree.query(self.cells, predicate="intersects")
        once = first < second
        first, second = first[once], second[once]
        shared = shapely.intersection(self.cells[first], self.cells[second])
        return _by_members(Defect("overlap", piece, (int(one), int(other)), piece.area)
                           for one, other, common in zip(first, second, shared, strict=True)
                           for piece in self._pieces(common))

    def spills(self) -> list[Defect]:
        if self.boundary is None:
            return []
        found = []
        for piece in self._pieces(shapely.difference(self.union, self.boundary)):
            near = self.tree.query(piece, predicate="intersects")
            owners = near[shapely.area(shapely.intersection(self.cells[near], piece)) > 0]
            found.append(Defect("spill", piece, _ascending(owners), piece.area))
        return _by_members(found)

    def cuts(self, footprints: np.ndarray) -> list[Defect]:
        surface = shapely.area(footprints)
        which, cell = self.tree.query(footprints, predicate="intersects")
        # Only a footprint that meets two cells can be cut; most meet one.
        several = (np.bincount(which, minlength=len(footprints)) > 1)[which] & (surface[which] > 0)
        which, cell = which[several], cell[several]
        pieces = shapely.intersection(footprints[which], self.cells[cell])
        areas = shapely.area(pieces)
        order = np.lexsort((cell, -areas, which))
        found = []
        for rows in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
            if not len(rows):
                continue
            number = int(which[rows[0]])
            enough = (areas[rows[1:]] >= self.min_area_m2) & (areas[rows[1:]] >= CUT_SHARE * surface[number])
            others = rows[1:][enough]
            if len(others):
                members = (int(cell[rows[0]]), *_ascending(cell[others]))
                lost = shapely.union_all(pieces[others])
                found.append(Defect("cut", lost, members, float(areas[others].sum()), number))
        return found

    def slivers(self) -> list[Defect]:
        parts, owner = shapely.get_parts(self.cells, return_index=True)
        compactness = _compactness(parts)
        return [Defect("sliver", parts[at], (int(owner[at]),), float(compactness[at]))
                for at in np.flatnonzero(compactness < SLIVER_COMPACTNESS)]

    def multiparts(self) -> list[Defect]:
        counts = shapely.get_num_geometries(self.cells)
        return [Defect("multipart", self.cells[at], (int(at),), float(counts[at]))
                for at in np.flatnonzero(counts > 1)]

    def _pieces(self, geometry: shapely.Geometry) -> list[shapely.Geometry]:
        """Take the polygons out of an overlay's result that are large or wide enough to be a fault."""
        parts = shapely.get_parts(shapely.get_parts(geometry))
        parts = parts[shapely.get_dimensions(parts) == 2]
        areas = shapely.area(parts)
        large = areas >= self.min_area_m2
        # A disc of that width must fit in; ask only where it could. Then something is left when the outline is drawn in
        # by half of it, which is quick to see: GEOS takes a second to find the largest disc in a sliver of kilometres.
        unsure = ~large & (areas > np.pi / 4 * self.tolerance_m**2)
        if self.tolerance_m > 0:
            unsure[unsure] = ~shapely.is_empty(shapely.buffer(parts[unsure], -self.tolerance_m / 2))
        return list(parts[large | unsure])


def _invalid(shapes: np.ndarray, is_cell: bool) -> Iterator[Defect]:
    for at, code in enumerate(problems(shapes)):
        if code is not None:
            spot = re.search(r"\[(\S+) (\S+)\]", str(shapely.is_valid_reason(shapes[at])))
            place = shapely.Point(float(spot[1]), float(spot[2])) if spot and code != "nan" else None
            yield Defect("invalid", place, (at,) if is_cell else (), 0.0, detail=code)


def _compactness(shapes: np.ndarray) -> np.ndarray:
    """Measure 4 pi A / P^2: float64[n], nan for what has no outline."""
    perimeter = shapely.length(shapes)
    return np.divide(4 * np.pi * shapely.area(shapes), perimeter**2, out=np.full(len(shapes), np.nan),
                     where=perimeter > 0)


def _ascending(members: np.ndarray) -> tuple[int, ...]:
    return tuple(sorted(int(member) for member in members))


def _by_members(defects: Iterator[Defect] | list[Defect]) -> list[Defect]:
    return sorted(defects, key=lambda defect: (defect.members, -defect.measure))
