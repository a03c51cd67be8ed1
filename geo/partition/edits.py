"""What can be done to a partition; every edit gives the next one and what changed, or says why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from geo.lines import SAME_M
from geo.partition.cells import Cell, Edit, Name, Note, Partition, PartitionError
from geo.partition.drawn import divided, lengthened, read_line, read_polygon, sides
from geo.partition.lead import led
from geo.partition.paint import Regions, paint
from geo.partition.vertex import moved

_LEAST_M2 = 1e-3  # ground below this is rounding


def assign(p: Partition, ids: Iterable[str], part: str | None) -> Edit:
    """Give cells to a part, new or old, or with None to none.

    Raises
    ------
    PartitionError
        unknown-cell; nothing-to-do, if there are no ids.
    """
    rows = np.unique(p.rows(ids))
    if not len(rows):
        raise PartitionError("nothing-to-do")
    return _relabelled(p, rows, part)


def merge(p: Partition, parts: Sequence[str], into: str) -> Edit:
    """Put several parts together under one label, one of theirs or a new one.

    Raises
    ------
    PartitionError
        unknown-part; part-exists, if `into` is another part's; nothing-to-do, if fewer than two parts meet.
    """
    rows = [p.rows_of(part) for part in dict.fromkeys(parts)]
    if len(rows) < 2:
        raise PartitionError("nothing-to-do", members=parts)
    if into not in parts and into in p.parts():
        raise PartitionError("part-exists", members=(into,))
    return _relabelled(p, np.concatenate(rows), into)


def retire(p: Partition, part: str, into: str | None) -> Edit:
    """Give all cells of a part to another, or to none.

    Raises
    ------
    PartitionError
        unknown-part, of either; same-part.
    """
    if part == into:
        raise PartitionError("same-part", members=(part,))
    rows = p.rows_of(part)
    if into is not None:
        p.rows_of(into)
    return _relabelled(p, rows, into)


def move_vertex(p: Partition, from_: tuple[float, float], to: tuple[float, float], tolerance_m: float = 0.5) -> Edit:
    """Move one vertex in every cell that has it.

    Parameters
    ----------
    from_ : (x, y)
        The vertex nearest to here, within `tolerance_m`, is moved.
    to : (x, y)
        Where to. A vertex on a straight stretch of the boundary may slide along it, if `to` is within
        `tolerance_m` of it.

    Raises
    ------
    PartitionError
        not-finite; no-vertex; on-boundary; too-close to another vertex; folds, if a cell would cross itself or
        reach over its neighbours; cuts-building, if a footprint would lose ground to another cell.
    """
    return moved(p, from_, to, tolerance_m)


def cut(p: Partition, line: shapely.LineString, name: Name) -> Edit:
    """Cut every cell that a line crosses entirely; the pieces stay in the part of their cell.

    Footprints stay whole, as in `split`; so does a cell whose piece would be a sliver.

    Raises
    ------
    PartitionError
        not-finite, degenerate, too-large, self-crossing, outside; no-crossing.
    """
    line = read_line(p, line)
    rows = p.near(line)
    shapes = [piece for row in rows for side in sides(p.cells[row], line) for piece in side]
    if not shapes:
        raise PartitionError("no-crossing", line)
    made = paint(p, rows, Regions(np.array(shapes, dtype=object), None), name)
    if not made.delta.changes:
        raise PartitionError("no-crossing", line)
    return made


def split(p: Partition, part: str, line: shapely.LineString, new_part: str, name: Name,
          snap_to: np.ndarray | None = None, reach_m: float = 10.0) -> Edit:
    """Split a part along a line; the smaller side becomes the new part.

    Parameters
    ----------
    line : LineString
        Must cross the part entirely; an end that stops up to `reach_m` short of the border is led on to it.
    new_part : str
        A label not in use.
    name : function of n
        Gives ids for the cells that the line cuts off others.
    snap_to : object[k] of lines, optional
        Streets: where they run within `reach_m` of the line, the cut follows them.
    reach_m : float

    A footprint on the line goes whole to the side that has more of it, the cut running round its outline;
    those that overlap each other go together. Pieces of the part that the line does not touch stay.

    Raises
    ------
    PartitionError
        unknown-part, part-exists; not-finite, degenerate, too-large, self-crossing, outside; no-crossing;
        too-small, if one side would have no cell.
    """
    rows = p.rows_of(part)
    if new_part in p.parts():
        raise PartitionError("part-exists", members=(new_part,))
    shape = p.shape(part)
    line, notes = _drawn(p, line, snap_to, reach_m)
    line, told = lengthened(line, shape, reach_m)
    left, right = sides(shape, line)
    if not len(left) or not len(right):
        raise PartitionError("no-crossing", line, (part,))
    smaller = min((left, right), key=lambda side: shapely.area(side).sum())
    made = paint(p, rows, Regions(smaller, [new_part] * len(smaller)), name)
    if not {part, new_part} <= set(made.partition.parts()):
        raise PartitionError("too-small", shapely.union_all(smaller), (part,))
    return _with_notes(made, [*notes, *told])


def reshape(p: Partition, part: str, line: shapely.LineString, name: Name, snap_to: np.ndarray | None = None,
            reach_m: float = 10.0) -> Edit:
    """Let a line replace the stretch of a part's border between its crossings.

    Where the line runs outside of the part it gains ground from whoever is there; where it runs inside, what
    lies beyond the line goes to the neighbour, or to none, that shares the longest border with it; the largest
    piece always stays. Footprints stay whole, as in `split`; parameters and errors as there, and no-neighbour,
    where the ground that is given away touches nothing but the boundary.
    """
    rows = p.rows_of(part)
    shape = p.shape(part)
    line, notes = _drawn(p, line, snap_to, reach_m)
    if len(shapely.get_parts(shapely.intersection(line, shapely.boundary(shape)))) < 2:
        line, told = lengthened(line, shape, reach_m, both_sides=True)
        notes += told
    pieces = divided(shape, line)
    inside = shapely.contains(shape, shapely.point_on_surface(pieces))
    known = shapely.get_parts(shape)
    # What the line does not touch is neither gained nor lost: other pieces of the part, holes of it.
    fresh = shapely.length(shapely.intersection(shapely.boundary(pieces), shapely.buffer(line, SAME_M))) > 2.1 * SAME_M
    gained, within = pieces[~inside & fresh], pieces[inside]
    of = shapely.STRtree(known).query(shapely.point_on_surface(within), predicate="intersects")[1]
    largest = [np.flatnonzero(of == each)[np.argmax(shapely.area(within[of == each]))] for each in np.unique(of)]
    lost = np.delete(within, largest)
    gained, lost = (each[shapely.area(each) > _LEAST_M2] for each in (gained, lost))
    if not len(gained) and not len(lost):
        raise PartitionError("no-crossing", line, (part,))
    notes += _beyond(p, shapely.union_all(gained))
    regions = Regions(np.append(gained, lost), [part] * len(gained) + [_beside(p, part, each) for each in lost])
    made = paint(p, np.union1d(rows, p.near(gained)) if len(gained) else rows, regions, name)
    if part not in made.partition.parts() or not made.delta.changes:
        raise PartitionError("too-small", line, (part,))
    return _with_notes(made, notes)


def draw(p: Partition, part: str, polygon: shapely.Geometry, name: Name) -> Edit:
    """Give what lies inside a polygon to a part, new or old; its neighbours lose it.

    Parameters
    ----------
    polygon : Polygon or MultiPolygon
        What lies outside of the boundary is left out and noted.

    Footprints stay whole, as in `split`.

    Raises
    ------
    PartitionError
        not-finite, degenerate, too-large, invalid (with the spot); outside; nothing-to-do, if the part has all
        of it; too-small, if no cell and no piece of one would come to the part.
    """
    polygon = read_polygon(p, polygon)
    notes = _beyond(p, polygon)
    if notes and notes[0].measure > polygon.area - _LEAST_M2:
        raise PartitionError("outside", polygon)
    made = paint(p, p.near(polygon), Regions(np.array([polygon], dtype=object), [part]), name)
    if not made.delta.changes:
        held = part in p.parts() and polygon.area - shapely.intersection(polygon, p.shape(part)).area < _LEAST_M2
        raise PartitionError("nothing-to-do" if held else "too-small", polygon, (part,))
    return _with_notes(made, notes)


def _relabelled(p: Partition, rows: np.ndarray, part: str | None) -> Edit:
    cells = p.states(rows[p.part[rows] != part])
    return p.edited({each: Cell(cell.geometry, part, cell.footprints) for each, cell in cells.items()})


def _drawn(p: Partition, line: shapely.LineString, snap_to: np.ndarray | None,
           reach_m: float) -> tuple[shapely.LineString, list[Note]]:
    """Read a line and lead it along streets."""
    line = read_line(p, line)
    return led(line, np.asarray(snap_to, dtype=object), reach_m) if snap_to is not None and len(snap_to) else (line, [])


def _beyond(p: Partition, region: shapely.Geometry) -> list[Note]:
    """Note what lies outside of the boundary."""
    outside = shapely.difference(region, p.boundary)
    return [Note("outside", outside, outside.area)] if outside.area > _LEAST_M2 else []


def _beside(p: Partition, part: str, lost: shapely.Polygon) -> str | None:
    """Find who shares the longest border with ground that a part gives away."""
    rows = p.near(lost, SAME_M)
    rows = rows[p.part[rows] != part]
    shared: dict[str | None, float] = {}
    edge = shapely.boundary(lost)
    for row in rows:
        length = shapely.intersection(edge, shapely.buffer(p.cells[row], SAME_M)).length
        if length > 3 * SAME_M:  # more than a corner
            shared[p.part[row]] = shared.get(p.part[row], 0.0) + length
    if not shared:
        raise PartitionError("no-neighbour", lost, (part,))
    return max(sorted(shared, key=str), key=lambda each: shared[each])


def _with_notes(made: Edit, notes: list[Note]) -> Edit:
    return Edit(made.partition, made.delta, (*notes, *made.notes))
