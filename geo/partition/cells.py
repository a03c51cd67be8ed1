"""Cells that tile a boundary exactly, each labelled with its part: parts cannot gape or overlap.

A part is the union of its cells. An edit gives cells another label, or first cuts them and puts the new
vertices into the neighbours too; so shared borders stay shared, vertex by vertex, whatever is drawn.
Partitions never change: an edit makes the next one, which shares with it all that stayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from geo.lines import SAME_M
from geo.partition.index import Borders, Index, edge_numbers, edges_of
from geo.partition.rows import Held, carried, rows_by_part

Name = Callable[[int], list[str]]
"""Gives that many ids which no cell has had before."""


class PartitionError(ValueError):
    """What was asked for cannot be done; the partition is as it was.

    Attributes
    ----------
    reason : str
        A code: unknown-cell, unknown-part, part-exists, same-part, nothing-to-do · not-finite, degenerate,
        too-large, invalid, self-crossing, outside · no-crossing, too-small, no-neighbour · no-vertex,
        on-boundary, too-close, folds, cuts-building · stale, unsound.
    geometry : Geometry or None
        Where, in the CRS of the partition.
    members : tuple
        Ids of cells, labels of parts, or for cuts-building positions of footprints.
    """

    def __init__(self, reason: str, geometry: shapely.Geometry | None = None,
                 members: Iterable[str | int] = ()) -> None:
        self.reason, self.geometry, self.members = reason, geometry, tuple(members)
        super().__init__(f"{reason}: {', '.join(map(str, self.members[:5]))}" if self.members else reason)


@dataclass(frozen=True)
class Cell:
    """The state of one cell.

    Attributes
    ----------
    geometry : Polygon
    part : str or None
        None where no part has it yet.
    footprints : tuple of int
        Positions of the footprints that belong to it, ascending.
    """

    geometry: shapely.Polygon
    part: str | None
    footprints: tuple[int, ...] = ()


@dataclass(frozen=True)
class Change:
    """One cell before and after an edit: None before it was made and after it was removed.

    Attributes
    ----------
    before, after : Cell or None
    origin : str or None
        Of a cell that was cut off another, the id of that other, which lives on as the largest piece.
    """

    before: Cell | None
    after: Cell | None
    origin: str | None = None


@dataclass(frozen=True)
class Delta:
    """All that an edit changed, by the ids of the cells concerned."""

    changes: Mapping[str, Change]

    def inverse(self) -> Delta:
        """Give the delta that takes this one back."""
        return Delta({each: Change(change.after, change.before, change.origin)
                      for each, change in self.changes.items()})

    def parts(self) -> tuple[str, ...]:
        """List the labels of the parts that gained, lost or changed a cell, in order."""
        both = [cell.part for change in self.changes.values() for cell in (change.before, change.after) if cell]
        return tuple(sorted({part for part in both if part is not None}))

    def moved(self) -> dict[int, tuple[str | None, str | None]]:
        """Tell of each footprint that changed part which it left and which it came to."""
        left = {each: change.before.part for change in self.changes.values() if change.before
                for each in change.before.footprints}
        came = {each: change.after.part for change in self.changes.values() if change.after
                for each in change.after.footprints}
        return {each: (left.get(each), came.get(each)) for each in sorted({*left, *came})
                if left.get(each) != came.get(each)}


@dataclass(frozen=True)
class Note:
    """One thing that an edit did beside what it was asked for.

    Attributes
    ----------
    kind : str
        outside (what lay beyond the boundary was left out), sliver (a piece too thin to be a cell stayed with
        the rest of its cell), whole (a footprint on the line went to one side as a whole), extended (the end
        of a line was led on to the border), led (the line was led along others), emptied (a part has no cell
        any more).
    geometry : Geometry or None
    measure : float
        m2, of extended and led m.
    members : tuple
        The id of the cell, the positions of the footprints or the label of the part concerned.
    """

    kind: str
    geometry: shapely.Geometry | None
    measure: float = 0.0
    members: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Edit:
    """The next partition, what differs from the one before, and what is worth telling."""

    partition: Partition
    delta: Delta
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, eq=False)
class Partition:
    """Cells that tile a boundary, and the part of each.

    Attributes
    ----------
    boundary : Polygon or MultiPolygon
        Metric CRS, as everything here.
    ids : object[n] of str
    cells : object[n] of Polygon
        A valid coverage: neighbours share all vertices of their common edges.
    part : object[n] of str or None
    footprints : object[m] of geometries
    cell_of : int64[m]
        The row of the cell a footprint belongs to, -1 for none.

    None of the arrays may be changed.
    """

    boundary: shapely.Geometry
    ids: np.ndarray
    cells: np.ndarray
    part: np.ndarray
    footprints: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=object))
    cell_of: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    # None until `__post_init__`, for nobody to see.
    _index: Index = field(default=None, repr=False)  # type: ignore[assignment]  # see above
    _rows: dict[str, int] = field(default=None, repr=False)  # type: ignore[arg-type]  # see above
    _shapes: dict[str | None, shapely.Geometry] = field(default_factory=dict, repr=False)
    _held: Held = field(default=None, repr=False)  # type: ignore[arg-type]  # see above
    _edge: shapely.Geometry = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("ids", "cells", "part", "footprints"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=object))
        object.__setattr__(self, "cell_of", np.asarray(self.cell_of, dtype=np.int64))
        if self._index is None:
            object.__setattr__(self, "_index", Index(self.cells))
        if self._rows is None:
            object.__setattr__(self, "_rows", {each: row for row, each in enumerate(self.ids)})
        if self._edge is None:
            edge = shapely.boundary(self.boundary)
            shapely.prepare(edge)
            object.__setattr__(self, "_edge", edge)
        if self._held is None:
            object.__setattr__(self, "_held", rows_by_part(self.part))

    def rows(self, ids: Iterable[str]) -> np.ndarray:
        """Find the rows of cells by id: int64, in the order asked for.

        Raises
        ------
        PartitionError
            unknown-cell, with the ids that no cell has.
        """
        ids = list(ids)
        unknown = [each for each in ids if each not in self._rows]
        if unknown:
            raise PartitionError("unknown-cell", members=unknown)
        return np.array([self._rows[each] for each in ids], dtype=np.int64)

    def near(self, shapes: np.ndarray | shapely.Geometry, distance_m: float = 0.0) -> np.ndarray:
        """Find the rows of cells within a distance of any of the shapes: int64, ascending, each once."""
        return self._index.near(shapes, distance_m)

    def parts(self) -> tuple[str, ...]:
        """List the labels in use, in order."""
        return tuple(sorted(each for each in self._held if each is not None))

    def holds(self, part: str | None) -> bool:
        """Tell whether a part has cells, or with None whether there are cells without a part."""
        return part in self._held

    def rows_of(self, part: str | None) -> np.ndarray:
        """Find the rows of a part's cells, or with None of the cells without a part: int64, ascending.

        Raises
        ------
        PartitionError
            unknown-part, if there are none and `part` is not None.
        """
        if part not in self._held and part is not None:
            raise PartitionError("unknown-part", members=(part,))
        return self._held.get(part, np.empty(0, np.int64))

    def shape(self, part: str | None) -> shapely.Geometry:
        """Give the union of a part's cells: Polygon or MultiPolygon, made of their own vertices."""
        if part not in self._shapes:
            cells = self.cells[self.rows_of(part)]
            # One cell is its own union; the union of none is an empty collection.
            made = cells[0] if len(cells) == 1 else shapely.coverage_union_all(cells)
            self._shapes[part] = made if len(cells) else shapely.MultiPolygon()
        return self._shapes[part]

    def neighbours(self) -> Borders:
        """Give the pairs of cells that share an edge, with its length in metres."""
        return self._index.borders()

    def pieces(self, part: str | None) -> list[np.ndarray]:
        """Group a part's cells into what hangs together by edges, not corners: rows, the largest piece first."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        rows, pairs = self.rows_of(part), self.neighbours()
        at = np.full(len(self.ids), -1)
        at[rows] = np.arange(len(rows))
        both = (at[pairs.first] >= 0) & (at[pairs.second] >= 0)
        ends = (at[pairs.first[both]], at[pairs.second[both]])
        links = coo_array((np.ones(both.sum(), np.int8), ends), shape=(len(rows), len(rows)))
        count, piece = connected_components(links, directed=False)
        groups = [rows[piece == each] for each in range(count)]
        return sorted(groups, key=lambda group: (-shapely.area(self.cells[group]).sum(), group[0]))

    def part_of_footprints(self) -> np.ndarray:
        """Tell the part of each footprint: object[m], None where it has no cell or the cell no part."""
        return np.append(self.part, np.array([None], dtype=object))[self.cell_of]

    def cell(self, row: int) -> Cell:
        """Give the state of one cell by its row."""
        return self.states(np.array([row]))[self.ids[row]]

    def states(self, rows: np.ndarray) -> dict[str, Cell]:
        """Give the states of cells by id, in the order of the rows."""
        homes: dict[int, list[int]] = {int(row): [] for row in rows}
        wanted = np.zeros(len(self.ids) + 1, dtype=bool)
        wanted[rows] = True
        for each in np.flatnonzero(wanted[self.cell_of]):
            homes[int(self.cell_of[each])].append(int(each))
        return {self.ids[row]: Cell(self.cells[row], self.part[row], tuple(homes[int(row)])) for row in rows}

    def edited(self, after: Mapping[str, Cell | None], origin: Mapping[str, str] | None = None,
               notes: Iterable[Note] = ()) -> Edit:
        """Make the next partition from the states of the cells that differ; nothing is checked here.

        Parameters
        ----------
        after : dict of id to Cell, or to None where the cell is to go
            Cells that come out as they were do not become part of the delta.
        origin : dict of id to id, optional
            For new cells, the cell they were cut off.
        notes : iterable of Note
        """
        origin = origin or {}
        before = self.states(self.rows(each for each in after if each in self._rows))
        changes = {each: Change(before.get(each), cell, origin.get(each)) for each, cell in after.items()
                   if before.get(each) != cell}
        made = _next(self, changes)
        before_parts = (change.before.part for change in changes.values() if change.before)
        lost = {part for part in before_parts if part is not None}
        emptied = [part for part in sorted(lost) if not made.holds(part)]
        told = (*notes, *(Note("emptied", None, 0.0, (part,)) for part in emptied))
        return Edit(made, Delta(changes), told)


def apply(p: Partition, delta: Delta) -> Edit:
    """Make the changes of a delta, as to redo an edit or, with its inverse, to take it back.

    Raises
    ------
    PartitionError
        stale, with the ids of cells that are no longer as they were before (or after) that edit.
    """
    now = p.states(p.rows(each for each in delta.changes if each in p._rows))
    stale = [each for each, change in delta.changes.items() if not _alike(now.get(each), change.before)]
    if stale:
        raise PartitionError("stale", members=stale)
    return p.edited({each: change.after for each, change in delta.changes.items()},
                    {each: change.origin for each, change in delta.changes.items() if change.origin})


def is_sound(p: Partition, ids: Iterable[str] | None = None) -> bool:
    """Tell whether cells fit together with all around them: valid, no overlap, no gap, all vertices shared.

    Parameters
    ----------
    ids : iterable of str, optional
        The cells to look at, with their neighbours; all cells without it.

    A gap shows as an edge that no neighbour shares and that does not run along the boundary, so that a gap
    of any width is found; overlaps and unmatched vertices by GEOS's coverage check.
    """
    rows = np.arange(len(p.ids)) if ids is None else p.rows(each for each in ids if each in p._rows)
    if not len(rows):
        return True
    around = rows if ids is None else p.near(p.cells[rows])
    cells = p.cells[around]
    mine = np.isin(around, rows)
    if not (shapely.is_valid(cells[mine]) & (shapely.get_type_id(cells[mine]) == 3)).all():
        return False
    # Of the cells around some neighbours are left out, and GEOS then misjudges edges that end where a third
    # cell touches itself; so only what it says of the cells in question counts.
    if not shapely.is_empty(shapely.coverage_invalid_edges(cells)[mine]).all():
        return False
    edges = edges_of(cells)
    number = edge_numbers(edges.start, edges.end)
    count = np.bincount(number)[number]
    if (count[mine[edges.owner]] > 2).any():
        return False
    alone = (count == 1) & mine[edges.owner]
    middle = (edges.start[alone] + edges.end[alone]) / 2
    return bool(shapely.dwithin(p._edge, shapely.points(middle.real, middle.imag), SAME_M).all())


def _alike(one: Cell | None, other: Cell | None) -> bool:
    """Compare two states of a cell; coordinates may have been stored in degrees and come back a nanometre off."""
    if one is None or other is None:
        return one is other
    return (one.part == other.part and one.footprints == other.footprints
            and shapely.equals_exact(one.geometry, other.geometry, tolerance=SAME_M))


def _next(p: Partition, changes: Mapping[str, Change]) -> Partition:
    """Make the next partition, sharing with `p` whatever stayed."""
    touched = {cell.part for change in changes.values() for cell in (change.before, change.after) if cell}
    shapes = {part: shape for part, shape in p._shapes.items() if part not in touched}
    both = {each: (change.before, change.after) for each, change in changes.items() if change.before and change.after}
    if len(both) == len(changes) and all(before.geometry is after.geometry and before.footprints == after.footprints
                                         for before, after in both.values()):
        part = p.part.copy()
        part[p.rows(both)] = [after.part for _, after in both.values()]
        return replace(p, part=part, _shapes=shapes, _held=carried(p._held, changes, p._rows))
    ids, cells, part, rows, now_at = _rooms(p, changes)
    cell_of = np.append(now_at, -1)[p.cell_of]
    reshaped = []
    for each, change in changes.items():
        if change.after is None:
            continue
        row = rows[each]
        cells[row], part[row] = change.after.geometry, change.after.part
        cell_of[list(change.after.footprints)] = row
        if change.before is None or change.before.geometry is not change.after.geometry:
            reshaped.append(row)
    index = p._index.changed(cells, np.array(sorted(reshaped), dtype=np.int64), now_at)
    gone = any(each.after is None for each in changes.values())
    held = rows_by_part(part) if gone else carried(p._held, changes, rows)
    return replace(p, ids=ids, cells=cells, part=part, cell_of=cell_of, _index=index, _rows=rows, _shapes=shapes,
                   _held=held)


def _rooms(p: Partition, changes: Mapping[str, Change],
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int], np.ndarray]:
    """Copy ids, cells and parts, without the cells that go and with room for the new: also the rows, new and old."""
    gone = [each for each, change in changes.items() if change.after is None]
    new = [each for each, change in changes.items() if change.before is None]
    if not gone and not new:
        return p.ids, p.cells.copy(), p.part.copy(), p._rows, np.arange(len(p.ids))
    stays = np.ones(len(p.ids), dtype=bool)
    stays[p.rows(gone)] = False
    room = np.full(len(new), None, dtype=object)
    ids, cells, part = (np.concatenate([each[stays], room]) for each in (p.ids, p.cells, p.part))
    ids[len(ids) - len(new):] = new
    return ids, cells, part, {each: row for row, each in enumerate(ids)}, np.where(stays, np.cumsum(stays) - 1, -1)
