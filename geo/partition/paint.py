"""The one operation that all edits with a pencil come to: regions are painted over cells.

Cells are cut along the regions' outlines, footprints stay whole, and what would be a sliver stays with the
rest of its cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.lines import SAME_M
from geo.partition.cells import Cell, Edit, Name, Note, Partition, PartitionError, is_sound
from geo.partition.index import edges_of
from geo.partition.noding import Noded, Unresolved, node_into
from geo.partition.pieces import Key, Piece, faces, homes_of, needed, pieces_of, slivers, with_inserted, without

THIN_M = 0.2
"""Pieces of a smaller mean width stay with the rest of their cell."""

SMALL_M2 = 1.0
"""Pieces of a smaller area stay with the rest of their cell."""

_CUT_M2 = 1e-3  # a footprint that lies in two regions with more than this is in the way
_LOST_M2 = 1e-5  # more than rounding takes away or adds when a cell is cut


@dataclass(frozen=True)
class Regions:
    """What to paint.

    Attributes
    ----------
    shapes : object[r] of Polygon or MultiPolygon
        Valid; where two overlap the first has it.
    parts : list of str or None, or None
        The part that each gives to what lies in it. Without it nothing changes part, but each region's ground
        becomes cells of its own.
    """

    shapes: np.ndarray
    parts: Sequence[str | None] | None


def paint(p: Partition, rows: np.ndarray, regions: Regions, name: Name, thin_m: float = THIN_M) -> Edit:
    """Give the ground inside regions to parts, cutting cells where an outline crosses them.

    Parameters
    ----------
    rows : int64[k]
        The cells that may change part; others at most get vertices.
    regions : Regions
    name : function of n
        Gives ids to new cells, which are asked for in a fixed order.
    thin_m : float

    Raises
    ------
    PartitionError
        unsound, where lines lie too close to be told apart, or name gives an id that is in use.
    """
    return _Painter(p, np.unique(rows), regions, thin_m).edit(name)


class _Painter:
    """One painting: what lies in the way, the noded lines, the pieces and the next states of cells."""

    def __init__(self, p: Partition, rows: np.ndarray, regions: Regions, thin_m: float) -> None:
        self.p, self.rows, self.regions, self.thin_m = p, rows, regions, thin_m
        self.tree = shapely.STRtree(regions.shapes)
        self.after: dict[str, Cell] = {}
        self.settled: set[int] = set()  # cells that a line crosses, and that stay whole all the same
        self.notes: list[Note] = []

    def edit(self, name: Name) -> Edit:
        start, end = self._outlines()
        pieces_at = shapely.linestrings(np.column_stack([start, end]).view(float).reshape(-1, 2, 2))
        local = self.p.near(pieces_at, SAME_M)
        carved = local[np.isin(local, self.rows)]
        self.blocks = self._blocks(carved)
        rims = [edges_of(shapely.get_parts([shape for shape, _ in blocks])) for blocks in self.blocks.values()]
        start, end = (np.concatenate([first, *(getattr(rim, side) for rim in rims)])
                      for first, side in ((start, "start"), (end, "end")))
        # The outline of what is in the way may reach an edge of a cell that the lines do not.
        local = np.union1d(local, self.p.near(self.p.cells[list(self.blocks)])) if self.blocks else local
        try:
            noded = node_into(self.p.cells[local], start, end) if len(local) else None
        except Unresolved:
            raise PartitionError("unsound", shapely.multilinestrings(list(pieces_at))) from None
        found = self._pieces(local, noded) if noded else {}
        self._label(self.rows[~np.isin(self.rows, [*found, *self.settled])])
        fresh = self._cut(found, local, noded, name) if noded and found else {}
        made = self.p.edited(self.after, fresh, self.notes)
        if not is_sound(made.partition, [each for each in made.delta.changes if made.delta.changes[each].after]):
            raise PartitionError("unsound", shapely.union_all(regions_boundary(self.regions)))
        return made

    def _outlines(self) -> tuple[np.ndarray, np.ndarray]:
        """Take the straight pieces of the regions' outlines that come near a cell that may change."""
        edges = edges_of(self.regions.shapes)
        box = shapely.box(*shapely.total_bounds(self.p.cells[self.rows])) if len(self.rows) else shapely.Polygon()
        lines = shapely.linestrings(np.column_stack([edges.start, edges.end]).view(float).reshape(-1, 2, 2))
        near = shapely.dwithin(lines, box, 1.0)
        return edges.start[near], edges.end[near]

    def _region_at(self, points: np.ndarray) -> np.ndarray:
        """Find the region of points: int64, -1 where there is none."""
        at = np.full(len(points), len(self.regions.shapes))
        point, region = self.tree.query(points, predicate="intersects")
        np.minimum.at(at, point, region)
        return np.where(at < len(self.regions.shapes), at, -1)

    def _key(self, row: int, region: int) -> Key:
        """Tell where ground of a cell in a region goes: a part, or, where only cut, the region itself."""
        if self.regions.parts is None:
            return region
        return self.p.part[row] if region < 0 else self.regions.parts[region]

    def _blocks(self, carved: np.ndarray) -> dict[int, list[tuple[shapely.Geometry, Key]]]:
        """Find, by cell, footprints that lie in the way of the outlines, and where each goes as a whole."""
        p = self.p
        found: dict[int, list[tuple[shapely.Geometry, Key]]] = {}
        at = np.zeros(len(p.ids) + 1, dtype=bool)
        at[carved] = True
        mine = np.flatnonzero(at[p.cell_of])
        home, region = self.tree.query(p.footprints[mine], predicate="intersects")
        doubtful = self._doubtful(mine, home, region)
        for row in np.unique(p.cell_of[mine[doubtful]]):
            homes = np.flatnonzero(p.cell_of == row)
            near = np.unique(region[p.cell_of[mine[home]] == row])
            for shape, members in _clusters(p.footprints[homes], p.cells[row]):
                shares: dict[Key, float] = {}
                rest = shape
                for each in near:
                    common = shapely.intersection(rest, self.regions.shapes[each])
                    rest = shapely.difference(rest, self.regions.shapes[each])
                    key = self._key(row, int(each))
                    shares[key] = shares.get(key, 0.0) + common.area
                key = self._key(row, -1)
                shares[key] = shares.get(key, 0.0) + rest.area
                if sorted(shares.values())[-2:][0] > _CUT_M2 and len(shares) > 1:
                    best = max(shares, key=shares.__getitem__)
                    found.setdefault(int(row), []).append((shape, best))
                    self.notes.append(Note("whole", shape, shape.area, tuple(homes[members].tolist())))
        return found

    def _doubtful(self, homes: np.ndarray, home: np.ndarray, region: np.ndarray) -> np.ndarray:
        """Tell of footprints whether more than one region may have ground of them: bool, by pairs that meet.

        What lies in one region whole, its courts too, and meets no other is in nobody's way.
        """
        pairs = np.bincount(home, minlength=len(homes))
        parts, owner = shapely.get_parts(self.p.footprints[homes], return_index=True)
        solid = shapely.get_dimensions(parts) == 2
        filled = shapely.polygons(shapely.get_exterior_ring(parts[solid]))
        shapes = self.regions.shapes
        held = shapely.STRtree(filled).query(shapes, predicate="contains")[1]
        within = np.bincount(owner[solid][held], minlength=len(homes))
        return (pairs > 0) & ((pairs > 1) | (within < np.bincount(owner[solid], minlength=len(homes))))

    def _pieces(self, local: np.ndarray, noded: Noded) -> dict[int, list[Piece]]:
        """Cut the cells, and put their faces together by where they go: those that end as two or more."""
        found: dict[int, list[Piece]] = {}
        whole: dict[int, Key] = {}
        parted = faces(self.p.cells[local], noded, np.isin(local, self.rows))
        cut = {int(local[at]): made for at, made in parted.items()}
        inner = shapely.point_on_surface(np.concatenate([np.empty(0, dtype=object), *cut.values()]))
        regions, done = self._region_at(inner), 0
        homes_at = self._homes_at(list(cut))
        joined = self._slivers(cut, homes_at)
        for row, made in cut.items():
            points, mine = inner[done:done + len(made)], regions[done:done + len(made)]
            done += len(made)
            keys = [self._key(row, int(region)) for region in mine]
            for shape, key in self.blocks.get(row, []):
                for face in np.flatnonzero(shapely.intersects(shape, points)):
                    keys[face] = key
            at = joined.get(row, -1)
            if at >= 0 and keys[0] != keys[1]:
                self.notes.append(Note("sliver", made[at], made[at].area, (self.p.ids[row],)))
                whole[row] = keys[1 - at]
                continue
            pieces = pieces_of(made, keys, self.p.footprints[homes_at[row]], self.thin_m, SMALL_M2)
            self._require_filled(row, [each.shape for each in pieces])
            self.notes += [Note("sliver", thin, thin.area, (self.p.ids[row],)) for each in pieces for thin in each.thin]
            if len(pieces) > 1:
                found[row] = pieces
            else:
                whole[row] = pieces[0].key
        self.settled |= set(whole)
        if self.regions.parts is not None:
            self._set({row: _part(key) for row, key in whole.items()})
        return found

    def _slivers(self, cut: Mapping[int, np.ndarray], homes_at: Mapping[int, np.ndarray]) -> dict[int, int]:
        """Tell by row of the cells that fall into two faces which of them is joined to the other, -1 where unsure."""
        rows = [row for row, made in cut.items() if len(made) == 2]
        homes = [homes_at[row] for row in rows]
        pairs = np.array([cut[row] for row in rows], dtype=object).reshape(-1, 2)
        pair = np.repeat(np.arange(len(rows)), [len(each) for each in homes])
        held = self.p.footprints[np.concatenate([np.empty(0, np.int64), *homes])]
        found = slivers(pairs, held, pair, self.thin_m, SMALL_M2)
        for at in np.flatnonzero(found >= 0):
            self._require_filled(rows[at], pairs[at])
        return dict(zip(rows, found.tolist(), strict=True))

    def _require_filled(self, row: int, shapes: Sequence[shapely.Polygon] | np.ndarray) -> None:
        """Refuse pieces that are not all of their cell."""
        if abs(sum(each.area for each in shapes) - self.p.cells[row].area) > _LOST_M2:
            raise PartitionError("unsound", self.p.cells[row], (self.p.ids[row],))

    def _homes_at(self, rows: list[int]) -> dict[int, np.ndarray]:
        """Give the positions of the footprints of cells, by row, ascending."""
        order = np.argsort(self.p.cell_of, kind="stable")
        cell = self.p.cell_of[order]
        first, last = np.searchsorted(cell, rows), np.searchsorted(cell, rows, side="right")
        return {int(row): order[one:end] for row, one, end in zip(rows, first, last, strict=True)}

    def _set(self, given: Mapping[int, str | None]) -> None:
        """Give cells that stay whole to parts, by row."""
        other = np.array([row for row, part in given.items() if part != self.p.part[row]], np.int64)
        for row, (key, old) in zip(other.tolist(), self.p.states(other).items(), strict=True):
            self.after[key] = Cell(old.geometry, given[row], old.footprints)

    def _label(self, rows: np.ndarray) -> None:
        """Give the cells that stay whole to the region they lie in."""
        if self.regions.parts is None or not len(rows):
            return
        region = self._region_at(shapely.point_on_surface(self.p.cells[rows]))
        here = region >= 0
        self._set({row: self.regions.parts[each] for row, each in zip(rows[here].tolist(), region[here], strict=True)})

    def _cut(self, found: dict[int, list[Piece]], local: np.ndarray, noded: Noded, name: Name) -> dict[str, str]:
        """Put the pieces and the neighbours' new vertices into `after`; gives the origins of new cells."""
        new = np.unique(np.concatenate([*noded.inserted.values(), np.empty(0, complex)]))
        idle = new[~np.isin(new, needed(list(found.values())))]
        rows = sorted(found, key=lambda row: self.p.ids[row])
        fresh = iter(name(sum(len(found[row]) - 1 for row in rows)))
        origin = {}
        for row in rows:
            shapes = np.array([without(each.shape, idle) for each in found[row]], dtype=object)
            homes = np.flatnonzero(self.p.cell_of == row)
            home = homes_of(shapes, self.p.footprints[homes])
            for at, each in enumerate(found[row]):
                key = self.p.ids[row] if at == 0 else next(fresh)
                if at and (key in self.p._rows or key in self.after):
                    raise PartitionError("unsound", members=(key,))
                part = self.p.part[row] if self.regions.parts is None else _part(each.key)
                self.after[key] = Cell(shapes[at], part, tuple(homes[home == at].tolist()))
                if at:
                    origin[key] = self.p.ids[row]
        held = [number for number, places in noded.inserted.items() if not np.isin(places, idle).all()]
        beside = np.unique(noded.edges.owner[np.isin(noded.number, held)])
        for at in beside:
            row = int(local[at])
            if row not in found:
                key = self.p.ids[row]
                old = self.after.get(key) or self.p.cell(row)
                self.after[key] = Cell(without(with_inserted(noded, at), idle), old.part, old.footprints)
        return origin


def _part(key: Key) -> str | None:
    """Read where ground goes as a part: what it is wherever regions have parts."""
    assert not isinstance(key, int)
    return key


def regions_boundary(regions: Regions) -> np.ndarray:
    """Give the outlines of regions."""
    return shapely.boundary(regions.shapes)


def _clusters(footprints: np.ndarray, cell: shapely.Polygon) -> list[tuple[shapely.Geometry, np.ndarray]]:
    """Group footprints of a cell that overlap, filled and clipped to the cell; each with its positions."""
    parts, owner = shapely.get_parts(footprints, return_index=True)
    solid = shapely.get_dimensions(parts) == 2
    filled = shapely.polygons(shapely.get_exterior_ring(parts[solid]))
    filled = shapely.intersection(filled, cell)
    groups = [{at} for at in range(len(filled))]
    for one, other in zip(*shapely.STRtree(filled).query(filled, predicate="intersects"), strict=True):
        same = owner[solid][one] == owner[solid][other]
        if one < other and groups[one] is not groups[other] and \
                (same or shapely.intersection(filled[one], filled[other]).area > _CUT_M2):
            groups[one] |= groups[other]
            for each in groups[other]:
                groups[each] = groups[one]
    found = []
    for group in {id(each): sorted(each) for each in groups}.values():
        shape = shapely.union_all(filled[group])
        parts = shapely.get_parts(shape)
        parts = parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > _CUT_M2)]
        if len(parts):
            found.append((shapely.multipolygons(parts), np.unique(owner[solid][group])))
    return found
