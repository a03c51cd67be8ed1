"""Boundaries divided into cells, one to each footprint or group of them, that tile exactly.

An enclosed tessellation after Hamaina, Leduc and Moreau (2012) and Fleischmann, Feliciotti, Romice and Porta
(2020): barriers cut the boundary into blocks, and in a block each place goes to the nearest footprint. Other
than theirs the result is a partition, whatever the footprints: those that overlap or touch share a cell, one
that reaches over a barrier belongs to one block as a whole, every cell is one polygon, and neighbours share
all vertices of their borders, across barriers too.

Each block is made for itself, from the block and its own footprints alone. Therefore the order of footprints
does not matter, and after a change the blocks that it did not touch are taken over as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely

from geo.lines import runs
from geo.shapes import force_2d, usable
from geo.tessellation.blocks import LEAST_M2, LEAST_WIDTH_M, blocks_of
from geo.tessellation.enclosed import faces_in
from geo.tessellation.seated import Seats, grouped, seated
from geo.tessellation.shared_vertices import REACH_M, with_shared_vertices
from geo.tessellation.voronoi import places_along, ridges


class Options(NamedTuple):
    """Of `tessellate`, where they are explained."""

    touch_m: float
    least_block_m2: float
    least_block_width_m: float


@dataclass(frozen=True, eq=False)
class Tessellation:
    """Cells that tile a boundary.

    Attributes
    ----------
    cells : object[n] of Polygon
        By block and there from west to east by their bounds. A valid coverage: neighbours share every vertex.
    block : int64[n]
        The block that a cell is part of, ascending.
    blocks : object[b] of Polygon
        From west to east by their bounds; each is the union of its cells.
    cell_of : int64[m]
        The cell of each footprint, -1 for one that is not in the boundary.

    None of the arrays may be changed.
    """

    cells: np.ndarray
    block: np.ndarray
    blocks: np.ndarray
    cell_of: np.ndarray
    _made: _Made = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Made:
    """What a tessellation was made of, for the next one."""

    boundary: shapely.Geometry
    barriers: np.ndarray
    options: Options
    tree: shapely.STRtree  # of the blocks
    ground: _Ground
    seat: np.ndarray  # the block of each footprint, -1 for none
    face: np.ndarray  # its cell, counted within the block
    contents: np.ndarray  # by block, the keys of the footprints in it, in order
    raw: np.ndarray  # the cells without the vertices that only cells of other blocks have
    first: np.ndarray  # the first cell of each block, and the number of all


class _Ground(NamedTuple):
    """Footprints as they were given, their keys (the same shape has the same key), and as they are computed with."""

    given: np.ndarray
    keys: list[bytes]
    sound: np.ndarray
    row_of: dict[bytes, int]


def tessellate(boundary: shapely.Geometry, footprints: np.ndarray, barriers: np.ndarray, *, touch_m: float = 0.5,
               least_block_m2: float = LEAST_M2, least_block_width_m: float = LEAST_WIDTH_M) -> Tessellation:
    """Divide a boundary into cells.

    Parameters
    ----------
    boundary : Polygon or MultiPolygon
        Valid, metric CRS. Its vertices are kept, and others only added on its line.
    footprints : object[m] of geometries or None
        The same CRS, usually polygons; points and lines will do. What lies outside the boundary does not count.
    barriers : object[k] of geometries or None
        The same CRS: streets, rails, shores, usually lines; of polygons the outlines count, invalid lines do not.
        A loose end within the boundary cuts nothing.
    touch_m : float
        Footprints of one block within this distance share a cell; so do those that overlap by 1 m2 or half of
        the smaller one, directly or through others. A footprint, or several that overlap, belong to the block
        with the largest share of them, and other blocks take no notice of them.
    least_block_m2, least_block_width_m : float
        What is smaller, or on average narrower (traffic islands, central reserves, slivers along the border),
        joins the neighbour that it shares the longest border with.

    Returns
    -------
    Tessellation
        A block without footprints, or with one group, is one cell.

    Raises
    ------
    ValueError
        If the boundary is not a valid area, or an option is not a number from 0 on; `touch_m` from 0.05 on.
    ArithmeticError
        If a block cannot be divided exactly; no case is known.
    """
    options = Options(touch_m, least_block_m2, least_block_width_m)
    _check(boundary, options)
    barriers = np.asarray(barriers, dtype=object)
    ground, _ = _grounded(footprints, None)
    blocks = blocks_of(boundary, barriers, least_block_m2, least_block_width_m)
    tree = shapely.STRtree(blocks)
    seats = seated(ground.sound, blocks, tree)
    by_block, face = _cut(blocks, seats, touch_m)
    first = np.cumsum([0, *(len(each) for each in by_block)])
    contents = _contents(ground.keys, seats.block, np.arange(len(blocks)))
    raw = np.concatenate(by_block)
    made = _Made(boundary, barriers, options, tree, ground, seats.block, face, contents, raw, first)
    return _assembled(blocks, with_shared_vertices(raw), made)


def retessellate(old: Tessellation, boundary: shapely.Geometry, footprints: np.ndarray, barriers: np.ndarray,
                 touched: np.ndarray | None = None) -> Tessellation:
    """Divide a boundary again after footprints, barriers or the boundary itself have changed.

    The result equals that of `tessellate` with the options of `old`. What differs is found by comparing, and
    only blocks with another outline or with other footprints are made anew; all other cells are the very same
    objects, except for those that gain or lose a vertex on the border of such a block.

    Parameters
    ----------
    old : Tessellation
    boundary, footprints, barriers
        All of them, as they are now; positions of footprints may have changed.
    touched : array of geometries, optional
        Blocks that these meet are made anew in any case.

    Raises
    ------
    ValueError, ArithmeticError
        As `tessellate`.
    """
    before = old._made
    _check(boundary, before.options)
    barriers = np.asarray(barriers, dtype=object)
    ground, was_at = _grounded(footprints, before.ground)
    if _same(before, boundary, barriers):
        blocks, tree, was = old.blocks, before.tree, np.arange(len(old.blocks))
        seat, doubtful = _reseated(before, ground, was_at, blocks)
    else:
        blocks, was = _kept(old.blocks, blocks_of(boundary, barriers, *before.options[1:]))
        tree, doubtful = shapely.STRtree(blocks), np.arange(len(blocks))
        seat = seated(ground.sound, blocks, tree).block
    contents = before.contents[was]
    contents[doubtful] = _contents(ground.keys, seat, doubtful)
    anew = was < 0
    anew[[each for each in doubtful if contents[each] != before.contents[was[each]]]] = True
    if touched is not None:
        anew[tree.query(np.atleast_1d(np.asarray(touched, dtype=object)), predicate="intersects")[1]] = True
    raw, first, face = _cut_again(before, blocks, tree, ground.sound, seat, (was_at, was), anew)
    made = _Made(boundary, barriers, before.options, tree, ground, seat, face, contents, raw, first)
    return _assembled(blocks, _shared_again(old, made, blocks, was, anew), made)


def _check(boundary: shapely.Geometry, options: Options) -> None:
    if not isinstance(boundary, shapely.Polygon | shapely.MultiPolygon) or boundary.is_empty or not boundary.is_valid:
        raise ValueError("the boundary must be a valid polygon or multipolygon")
    for name, value in options._asdict().items():
        least = 0.05 if name == "touch_m" else 0.0
        if not least <= value < np.inf:
            raise ValueError(f"{name} is {value}; it must be a number from {least} on")


def _cut(blocks: np.ndarray, seats: Seats, touch_m: float) -> tuple[list[np.ndarray], np.ndarray]:
    """Divide blocks among the groups in them: the cells of each block, and for each footprint which one it has."""
    group = grouped(seats, touch_m)
    raw = list(blocks.reshape(-1, 1))
    face = np.where(group >= 0, 0, -1)
    lead = np.unique(group, return_index=True)[1][int((group < 0).any()):]  # a footprint of each group
    crowded = np.flatnonzero(np.bincount(seats.block[lead], minlength=len(blocks)) > 1)
    rows = np.flatnonzero(np.isin(seats.block, crowded))
    if not len(rows):
        return raw, face
    number, group = np.unique(group[rows], return_inverse=True)
    block, piece = np.searchsorted(crowded, seats.block[rows]), seats.piece[rows]
    solid = ~shapely.is_empty(piece)
    places = places_along(piece[solid], group[solid], block[solid], touch_m)
    block_of_group = np.empty(len(number), np.int64)
    block_of_group[group] = block
    at = block_of_group[places.group]
    crossed = ridges(places, at, shapely.bounds(blocks[crowded]))
    found = faces_in(blocks[crowded], places, at, crossed, lambda each: shapely.union_all(piece[group == each]))
    for each, faces in zip(crowded.tolist(), found, strict=True):
        raw[each] = faces.shapes
    face[rows] = np.concatenate([faces.face_of for faces in found])[group]
    return raw, face


def _assembled(blocks: np.ndarray, cells: np.ndarray, made: _Made) -> Tessellation:
    cell_of = np.where(made.seat >= 0, made.first[made.seat] + made.face, -1)
    return Tessellation(cells, np.repeat(np.arange(len(blocks)), np.diff(made.first)), blocks, cell_of, made)


def _grounded(footprints: np.ndarray, before: _Ground | None) -> tuple[_Ground, np.ndarray]:
    """Prepare footprints, and find the row that each had before, -1 for a new one."""
    given = np.asarray(footprints, dtype=object)
    known = {id(each): row for row, each in enumerate(before.given)} if before else {}
    was_at = np.array([known.get(id(each), -1) for each in given], dtype=np.int64)
    strange = np.flatnonzero(was_at < 0)
    keys = [before.keys[row] if before and row >= 0 else b"" for row in was_at.tolist()]
    for row, key in zip(strange.tolist(), shapely.to_wkb(given[strange]).tolist(), strict=True):
        keys[row] = key
        was_at[row] = before.row_of.get(key, -1) if before else -1
    fresh = was_at < 0
    sound = before.sound[was_at] if before and len(before.sound) else np.empty(len(given), dtype=object)
    sound[fresh] = usable(force_2d(given[fresh]))
    return _Ground(given, keys, sound, {key: row for row, key in enumerate(keys)}), was_at


def _contents(keys: list[bytes], seat: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """List the footprints of some blocks, in an order that is theirs: object[b] of tuple of keys."""
    by_block: dict[int, list[bytes]] = {each: [] for each in blocks.tolist()}
    for row in np.flatnonzero(np.isin(seat, blocks)).tolist():
        by_block[int(seat[row])].append(keys[row])
    made = np.empty(len(blocks), dtype=object)
    made[:] = [tuple(sorted(each)) for each in by_block.values()]
    return made


def _same(before: _Made, boundary: shapely.Geometry, barriers: np.ndarray) -> bool:
    """Tell whether boundary and barriers are as they were."""
    return bool(shapely.equals_identical(before.boundary, boundary) and len(barriers) == len(before.barriers)
                and (before.barriers is barriers or
                     (shapely.equals_identical(before.barriers, barriers)
                      | shapely.is_missing(barriers) & shapely.is_missing(before.barriers)).all()))


def _kept(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put old blocks in the place of equal new ones: the blocks, and the row that each had, -1 for none."""
    row_of = {key: row for row, key in enumerate(shapely.to_wkb(old).tolist())}
    was = np.array([row_of.get(key, -1) for key in shapely.to_wkb(new).tolist()], dtype=np.int64)
    blocks = new.copy()
    blocks[was >= 0] = old[was[was >= 0]]
    return blocks, was


def _reseated(before: _Made, ground: _Ground, was_at: np.ndarray, blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the block of each footprint, asking anew only for those that are new or overlap what changed.

    Returns
    -------
    int64[m], int64[k]
        The blocks, and those among them whose footprints may be others now.
    """
    stays = np.zeros(len(before.seat), dtype=bool)
    stays[was_at[was_at >= 0]] = True
    gone = np.flatnonzero(~stays)
    seat = np.where(was_at >= 0, before.seat[was_at], -1) if len(before.seat) else np.full(len(was_at), -1)
    reached = was_at < 0
    front = np.concatenate([ground.sound[reached], before.ground.sound[gone]])
    tree = shapely.STRtree(ground.sound if len(front) else [])
    while len(front):
        met = np.unique(tree.query(front, predicate="intersects")[1])
        met = met[~reached[met]]
        reached[met] = True
        front = ground.sound[met]
    left, rows = np.concatenate([before.seat[gone], seat[reached]]), np.flatnonzero(reached)
    seat[rows] = seated(ground.sound[rows], blocks, before.tree).block
    doubtful = np.unique(np.concatenate([left, seat[rows]]))
    return seat, doubtful[doubtful >= 0]


def _cut_again(before: _Made, blocks: np.ndarray, tree: shapely.STRtree, footprints: np.ndarray, seat: np.ndarray,
               history: tuple[np.ndarray, np.ndarray], anew: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide some blocks anew and take over the others: cells, first of each block, and face of each footprint."""
    was_at, was = history
    face = np.where(was_at >= 0, before.face[was_at], -1) if len(before.face) else np.full(len(was_at), -1)
    some = np.flatnonzero(anew)
    rows = np.flatnonzero(np.isin(seat, some))
    seats = seated(footprints[rows], blocks, tree)  # by all blocks: most of a footprint may lie beyond its own
    seats = seats._replace(block=np.searchsorted(some, seats.block))
    made, face[rows] = _cut(blocks[some], seats, before.options.touch_m)
    face[seat < 0] = -1
    counts = np.diff(before.first)[was]
    counts[some] = [len(each) for each in made]
    first = np.concatenate([[0], np.cumsum(counts)])
    raw = before.raw[_source(before, was, counts)]
    if len(some):
        raw[runs(first[some], counts[some])] = np.concatenate(made)
    return raw, first, face


def _source(before: _Made, was: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Tell which cell each cell was that is taken over; nonsense within range for those of new blocks."""
    return np.minimum(runs(before.first[np.maximum(was, 0)], counts), before.first[-1] - 1)


def _shared_again(old: Tessellation, made: _Made, blocks: np.ndarray, was: np.ndarray, anew: np.ndarray) -> np.ndarray:
    """Take over finished cells, all but those of new blocks and those beside them."""
    counts = np.diff(made.first)
    cells = old.cells[_source(old._made, was, counts)]
    new = np.repeat(anew, counts)
    if not new.any():
        return cells
    within = np.flatnonzero(anew)
    for _ in range(3):
        within = _near(made.tree, blocks[within])
    within = runs(made.first[within], counts[within])
    tree = shapely.STRtree(made.raw[within])
    beside = np.union1d(within[_near(tree, blocks[anew])], np.flatnonzero(new))
    those = np.union1d(beside, within[_near(tree, made.raw[beside])])
    some = np.union1d(those, within[_near(tree, made.raw[those])])
    shared = with_shared_vertices(made.raw[some], np.searchsorted(some, those))[np.searchsorted(some, beside)]
    same = ~new[beside] & shapely.equals_identical(shared, cells[beside])
    cells[beside] = np.where(same, cells[beside], shared)
    return cells


def _near(tree: shapely.STRtree, shapes: np.ndarray) -> np.ndarray:
    """Find what is so near to shapes that vertices may have to be shared: rows of the tree, ascending."""
    return np.unique(tree.query(shapes, predicate="dwithin", distance=2 * REACH_M)[1])
