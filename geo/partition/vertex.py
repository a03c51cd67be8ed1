"""Move one vertex in every cell that has it."""

from __future__ import annotations

import numpy as np
import shapely

from geo.lines import SAME_M
from geo.partition.cells import Cell, Edit, Partition, PartitionError, is_sound

_CUT_M2 = 1e-3  # ground that a footprint may lose to rounding


def moved(p: Partition, from_: tuple[float, float], to: tuple[float, float], tolerance_m: float) -> Edit:
    """See `geo.partition.edits.move_vertex`."""
    if not np.isfinite([*from_, *to]).all():
        raise PartitionError("not-finite")
    here, place = shapely.Point(from_), complex(*to)
    rows = p.near(here, tolerance_m)
    old, rows = _vertex(p, rows, complex(*from_), tolerance_m, here)
    target = _checked_target(p, old, place, tolerance_m)
    cells, shapes = p.cells[rows], []
    for cell in cells:
        xy = shapely.get_coordinates(cell).view(complex).ravel()
        others = xy[xy != old]
        close = others[np.abs(others - target) <= SAME_M]
        if len(close):
            raise PartitionError("too-close", shapely.Point(close[0].real, close[0].imag), p.ids[rows])
        xy[xy == old] = target
        shapes.append(shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(cell)), xy.view(float).reshape(-1, 2)))
    turned = np.array(shapes, dtype=object)
    if not shapely.is_valid(turned).all() or abs(shapely.area(turned).sum() - shapely.area(cells).sum()) > _CUT_M2:
        raise PartitionError("folds", shapely.Point(target.real, target.imag), p.ids[rows])
    _spare_footprints(p, rows, turned)
    states = p.states(rows)
    made = p.edited({each: Cell(shape, state.part, state.footprints)
                     for (each, state), shape in zip(states.items(), turned, strict=True)})
    if not is_sound(made.partition, p.ids[rows]):
        raise PartitionError("folds", shapely.Point(target.real, target.imag), p.ids[rows])
    return made


def _vertex(p: Partition, rows: np.ndarray, wanted: complex, tolerance_m: float,
            here: shapely.Point) -> tuple[complex, np.ndarray]:
    """Find the vertex meant, and the cells that have it."""
    xy, owner = shapely.get_coordinates(p.cells[rows], return_index=True)
    places = xy.view(complex).ravel()
    if not len(places) or np.abs(places - wanted).min() > tolerance_m:
        raise PartitionError("no-vertex", here)
    old = places[np.argmin(np.abs(places - wanted))]
    return old, rows[np.unique(owner[places == old])]


def _checked_target(p: Partition, old: complex, to: complex, tolerance_m: float) -> complex:
    """Let a vertex on the boundary only slide along a straight stretch of it."""
    spot = shapely.Point(old.real, old.imag)
    if not shapely.dwithin(p._edge, spot, SAME_M):
        return to
    way = shapely.LineString([(old.real, old.imag), (to.real, to.imag)])
    nearest = shapely.get_coordinates(shapely.shortest_line(shapely.Point(to.real, to.imag), p._edge))[1]
    slid = complex(*nearest)
    slide = shapely.LineString([(old.real, old.imag), nearest])
    corners = shapely.get_coordinates(p._edge).view(complex).ravel()
    straight = shapely.covered_by(slide, shapely.buffer(p._edge, SAME_M))
    # A corner of the boundary within the slide, or the vertex itself being one, would change its shape.
    near = corners[np.abs(corners - old) <= SAME_M]
    if abs(slid - to) > tolerance_m or not straight or (len(near) and not _flat(p, old)):
        raise PartitionError("on-boundary", way)
    return slid


def _flat(p: Partition, corner: complex) -> bool:
    """Tell whether the boundary runs straight on at one of its own vertices."""
    for ring in shapely.get_rings(shapely.get_parts(p.boundary)):
        places = shapely.get_coordinates(ring).view(complex).ravel()[:-1]
        for at in np.flatnonzero(np.abs(places - corner) <= SAME_M):
            one, other = places[at - 1], places[(at + 1) % len(places)]
            away = abs(((other - one).conjugate() * (places[at] - one)).imag) / abs(other - one)
            if away > SAME_M:
                return False
    return True


def _spare_footprints(p: Partition, rows: np.ndarray, turned: np.ndarray) -> None:
    """Refuse where a footprint would have less of itself in its own cell than before."""
    at = np.full(len(p.ids) + 1, -1)
    at[rows] = np.arange(len(rows))
    which = np.flatnonzero(at[p.cell_of] >= 0)
    if not len(which):
        return
    home = at[p.cell_of[which]]
    gone = shapely.difference(shapely.intersection(p.footprints[which], p.cells[rows][home]), turned[home])
    cut = shapely.area(gone) > _CUT_M2
    if cut.any():
        raise PartitionError("cuts-building", shapely.union_all(gone[cut]), which[cut].tolist())
