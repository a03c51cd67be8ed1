"""Cells made anew where what they were made of has changed, and nowhere else.

The blocks that a changed footprint or line touches are taken out of the partition as they are, with every vertex that
their neighbours share, and divided again; so what lies around stays as it is, drawn by hand or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import shapely

from geo.lines import SAME_M
from geo.partition import Cell, Name, Partition, PartitionError, is_sound
from geo.tessellation.blocks import blocks_of
from geo.tessellation.shared_vertices import with_shared_vertices
from geo.tessellation.tessellation import Tessellation, tessellate

CLEAR = 0.8
"""Of its ground a new cell must have from one part, for that to be its part without a word."""

_THIN_M = 0.01  # a boundary that was rounded differs from itself by less
_BESIDE_M = 2 * SAME_M

Settle = Callable[[np.ndarray], np.ndarray]
"""Gives shapes as they will be once they have been stored and read again."""


class Unclear(NamedTuple):
    """A new cell whose ground came from several parts: the part that has it now, and the share that it had."""

    cell: str
    part: str | None
    share: float


@dataclass(frozen=True)
class Ground:
    """What cells are made of besides footprints.

    Attributes
    ----------
    boundary : Polygon, MultiPolygon or None
        Where it is another one than the partition's; metric CRS, as everything here.
    before, barriers : object[k] of lines
        Those that the cells were made of, and those that there are now.
    """

    boundary: shapely.Geometry | None
    before: np.ndarray
    barriers: np.ndarray


@dataclass(frozen=True)
class Renewal:
    """What became of a partition.

    Attributes
    ----------
    partition : Partition
    after : dict of id to Cell or None
        The cells of the blocks that were made anew, None for those that are gone, and neighbours with new vertices.
    block : dict of id to int
        The block of each cell in the blocks that were made anew.
    blocks : int
        How many were made anew.
    unclear : list of Unclear
    """

    partition: Partition
    after: dict[str, Cell | None]
    block: dict[str, int]
    blocks: int
    unclear: list[Unclear]


def renewed(p: Partition, block: np.ndarray, stirred: np.ndarray, ground: Ground, settle: Settle,
            name: Name) -> Renewal:
    """Divide the blocks again that changes touch.

    Parameters
    ----------
    p : Partition
        With the footprints as they are now; `cell_of` is -1 for those that are new or stand elsewhere.
    block : int64[n]
        The block of each cell, -1 where it is not known.
    stirred : int64[k]
        Rows of the cells that a footprint has left.
    ground : Ground
    settle : function of shapes
    name : function of n

    Returns
    -------
    Renewal
        A cell of the same shape keeps its id; a new one has the part that held most of its ground.

    Raises
    ------
    PartitionError
        unsound, where the blocks cannot be divided so that all fits.
    """
    alone = block < 0
    block = np.where(alone, block.max(initial=-1) + np.cumsum(alone), block)
    gained, lost = _border(p, ground.boundary)
    inside, homes = _touched(p, block, stirred, ground, np.append(gained, lost))
    blocks = len(np.unique(block[inside]))
    target = _united(p.cells[inside])
    if len(gained) or len(lost):
        target = shapely.difference(shapely.union_all([target, *gained]), shapely.union_all(lost))
    if shapely.is_empty(target):
        gone: dict[str, Cell | None] = {p.ids[row]: None for row in np.flatnonzero(inside)}
        return Renewal(bordered(p.edited(gone).partition) if gone else p, gone, {}, blocks, [])
    try:
        cut = tessellate(target, p.footprints[homes], ground.barriers)
    except (ValueError, ArithmeticError, shapely.errors.GEOSException) as error:
        raise PartitionError("unsound", target) from error
    shapes, beside = _fitted(p, inside, cut.cells, settle)
    made = _Made(p, block, np.flatnonzero(inside), shapes, cut, name)
    after = {**made.after(homes), **beside}
    partition = p.edited(after).partition
    if len(gained) or len(lost):
        partition = bordered(partition)
    if not is_sound(partition, [each for each, cell in after.items() if cell is not None]):
        raise PartitionError("unsound", target)
    return Renewal(partition, after, dict(zip(made.ids, made.block.tolist(), strict=True)), blocks, made.unclear)


def bordered(p: Partition) -> Partition:
    """Give a partition the boundary that its cells have."""
    return replace(p, boundary=shapely.coverage_union_all(p.cells), _edge=None)


def _border(p: Partition, boundary: shapely.Geometry | None) -> tuple[np.ndarray, np.ndarray]:
    """Find the ground that comes in and that falls out, without the hair's breadth that rounding makes."""
    none = np.empty(0, dtype=object)
    if boundary is None:
        return none, none
    both = [shapely.difference(boundary, p.boundary), shapely.difference(p.boundary, boundary)]
    found = [shapely.get_parts(shapely.get_parts(each)) for each in both]
    return tuple(each[~shapely.is_empty(shapely.buffer(each, -_THIN_M / 2))] for each in found)


def _touched(p: Partition, block: np.ndarray, stirred: np.ndarray, ground: Ground,
             border: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the cells of the blocks that changes touch, and the footprints that belong there: bool[n], int64[k]."""
    rows = [stirred, _crossed(p, block, ground)]
    if len(border):
        rows.append(p.near(border, _BESIDE_M))
    wanted = np.unique(block[np.concatenate(rows)])
    tree = shapely.STRtree(p.cells)
    while True:
        inside = np.isin(block, wanted)
        homes = np.flatnonzero(np.append(inside, True)[p.cell_of])  # the last stands for "none", which is row -1
        # A footprint belongs to the block with most of it, which is another one where a border was drawn by hand.
        more = np.setdiff1d(block[_under(tree, p.cells, p.footprints[homes])], wanted)
        if not len(more):
            return inside, homes
        wanted = np.union1d(wanted, more)


def _under(tree: shapely.STRtree, cells: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Find the cell that each shape has most of itself in: rows, without shapes that lie in none."""
    shape, row = tree.query(shapes, predicate="intersects")
    share = shapely.area(shapely.intersection(shapes[shape], cells[row]))
    order = np.lexsort((row, -share, shape))
    return row[order[np.unique(shape[order], return_index=True)[1]]]


def _crossed(p: Partition, block: np.ndarray, ground: Ground) -> np.ndarray:
    """Find the cells of blocks that lines bound otherwise than before: rows."""
    before, now = (shapely.get_parts(each) for each in (ground.before, ground.barriers))
    changed = np.append(_missing(before, now), _missing(now, before))
    near = p.near(changed, _BESIDE_M) if len(changed) else np.empty(0, np.int64)
    if not len(near):
        return near
    rows = np.flatnonzero(np.isin(block, block[near]))
    zone = _united(p.cells[rows])
    try:
        was, found = (blocks_of(zone, lines) for lines in (before, now))
    except (ValueError, ArithmeticError, shapely.errors.GEOSException) as error:
        raise PartitionError("unsound", zone) from error
    others = was[~_has_same(found, was)]
    inside = shapely.STRtree(shapely.point_on_surface(p.cells[rows])).query(others, predicate="intersects")[1]
    return rows[np.unique(inside)]


def _missing(lines: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Take the lines that are not among others."""
    return lines[~np.isin(shapely.to_wkb(lines), shapely.to_wkb(others))] if len(lines) else lines


def _has_same(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Tell which polygons have their like, vertices on straight stretches aside: bool[w]."""
    one, other = shapely.STRtree(found).query(shapely.point_on_surface(wanted), predicate="intersects")
    apart = shapely.hausdorff_distance(shapely.boundary(wanted[one]), shapely.boundary(found[other]))
    same = np.zeros(len(wanted), dtype=bool)
    same[one[apart <= _BESIDE_M]] = True
    return same


def _united(cells: np.ndarray) -> shapely.Geometry:
    return shapely.coverage_union_all(cells) if len(cells) else shapely.Polygon()


def _fitted(p: Partition, inside: np.ndarray, cells: np.ndarray,
            settle: Settle) -> tuple[np.ndarray, dict[str, Cell]]:
    """Settle new cells, and give those beside them the vertices that they lack."""
    first = p.near(p.cells[inside]) if inside.any() else np.empty(0, np.int64)
    first = first[~inside[first]]
    second = np.setdiff1d(p.near(p.cells[first]), first) if len(first) else first
    second = second[~inside[second]]
    every = np.concatenate([cells, p.cells[first], p.cells[second]])
    count = len(cells)
    shared = with_shared_vertices(every, np.arange(count + len(first)))
    wider = np.flatnonzero([shared[count + at] is not p.cells[row] for at, row in enumerate(first)])
    settled = settle(np.append(shared[:count], shared[count + wider]))
    states = p.states(first[wider])
    beside = {id: replace(state, geometry=shape)
              for (id, state), shape in zip(states.items(), settled[count:], strict=True)}
    return settled[:count], beside


class _Made:
    """New cells beside the old ones of the same ground: ids, parts and blocks."""

    def __init__(self, p: Partition, block: np.ndarray, old: np.ndarray, shapes: np.ndarray, cut: Tessellation,
                 name: Name) -> None:
        self.p, self.old, self.shapes, self.cut = p, old, shapes, cut
        row_of = dict(zip(shapely.to_wkb(shapely.normalize(p.cells[old])).tolist(), old.tolist(), strict=True))
        keys = shapely.to_wkb(shapely.normalize(shapes)).tolist()
        self.was = np.array([row_of.get(key, -1) for key in keys], dtype=np.int64)
        fresh = iter(name(int((self.was < 0).sum())))
        self.ids = [p.ids[row] if row >= 0 else next(fresh) for row in self.was.tolist()]
        new, place = shapely.STRtree(p.cells[old]).query(shapes, predicate="intersects")
        self.common_m2 = shapely.area(shapely.intersection(shapes[new], p.cells[old[place]]))
        self.new, self.row = new, old[place]
        self.block = self._blocks(block)
        self.unclear: list[Unclear] = []

    def after(self, homes: np.ndarray) -> dict[str, Cell | None]:
        """Give the states of all cells of this ground."""
        home = self._home(homes)
        members: dict[int, list[int]] = {}
        for footprint, cell in zip(homes.tolist(), home.tolist(), strict=True):
            members.setdefault(cell, []).append(footprint)
        found: dict[str, Cell | None] = {self.p.ids[row]: None for row in self.old}
        for at, (id, part) in enumerate(zip(self.ids, self._parts(), strict=True)):
            shape = self.shapes[at] if self.was[at] < 0 else self.p.cells[self.was[at]]
            found[id] = Cell(shape, part, tuple(sorted(members.get(at, ()))))
        return found

    def _home(self, homes: np.ndarray) -> np.ndarray:
        """Find the cell of each footprint; one that hardly reaches in has the nearest."""
        home = self.cut.cell_of.copy()
        out = np.flatnonzero(home < 0)
        if len(out):
            tree = shapely.STRtree(self.cut.cells)
            home[out] = tree.query_nearest(self.p.footprints[homes[out]], all_matches=False)[1]
        return home

    def _parts(self) -> list[str | None]:
        """Choose the part that held most of each cell's ground."""
        shares: list[dict[str | None, float]] = [{} for _ in self.ids]
        for new, row, area in zip(self.new.tolist(), self.row.tolist(), self.common_m2.tolist(), strict=True):
            part = self.p.part[row]
            shares[new][part] = shares[new].get(part, 0.0) + area
        found = []
        for at, held in enumerate(shares):
            best = max(sorted(held, key=str), key=held.__getitem__) if any(held.values()) else None
            share = held.get(best, 0.0) / self.shapes[at].area
            if share < CLEAR:
                self.unclear.append(Unclear(self.ids[at], best, share))
            found.append(best)
        return found

    def _blocks(self, block: np.ndarray) -> np.ndarray:
        """Number the blocks: as the old block that most of a new one was, each number once, else on from the last."""
        pairs, at = np.unique(np.column_stack([self.cut.block[self.new], block[self.row]]), axis=0, return_inverse=True)
        common = np.bincount(at.ravel(), weights=self.common_m2, minlength=len(pairs))
        number: dict[int, int] = {}
        taken: set[int] = set()
        for each in np.argsort(-common, kind="stable").tolist():
            new, old = pairs[each].tolist()
            if common[each] > 0 and new not in number and old not in taken:
                number[new] = old
                taken.add(old)
        last = int(block.max(initial=-1))
        for new in range(len(self.cut.blocks)):
            if new not in number:
                last += 1
                number[new] = last
        return np.array([number[each] for each in self.cut.block.tolist()], dtype=np.int64)
