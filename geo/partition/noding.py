"""Lines drawn over cells, brought to meet the cells' edges in shared vertices.

Vertices of cells never move: lines bend to them, by a millimetre at most. Where a line crosses an edge both
get the crossing as a vertex; it is computed once and so is the same number in every cell. After Hobby 1999
(snap rounding), with the cells' vertices in the place of a lattice, so that what nobody touched stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from geo.lines import SAME_M
from geo.partition.index import Edges, edge_numbers, edges_of, points_at, undirected

Places = tuple[np.ndarray, np.ndarray, np.ndarray]
"""What to put into edges or pieces: which of them, where along it as a share, and the place."""

_MOST_PASSES = 25
_BEND_M = SAME_M / 4  # less than what makes two vertices one, or lines would bend to and fro between near ones
_LEAST_M = 1e-7  # what rounding does to coordinates of ten million


class Unresolved(ArithmeticError):
    """Lines and edges lie so close to each other that bending does not come to an end."""


@dataclass(frozen=True)
class Noded:
    """Cells and lines that meet in shared vertices alone; places are complex numbers.

    Attributes
    ----------
    edges : Edges
        The outlines of the cells as they were.
    number : int64[k]
        Of each edge, the same for an edge of two cells.
    inserted : dict of int to complex128[j]
        By number of an edge its new vertices, from its lower end on (`partition_index.undirected`).
    start, end : complex128[l]
        The lines, in straight pieces that meet each other and the edges at their ends only. Pieces that run
        along an edge are left out.
    """

    edges: Edges
    number: np.ndarray
    inserted: dict[int, np.ndarray]
    start: np.ndarray
    end: np.ndarray

    @cached_property
    def is_inserted(self) -> np.ndarray:
        """Whether an edge has new vertices, by its number: bool."""
        found = np.zeros(int(self.number.max(initial=-1)) + 1, dtype=bool)
        found[list(self.inserted)] = True
        return found


def node_into(cells: np.ndarray, start: np.ndarray, end: np.ndarray) -> Noded:
    """Bring straight pieces of lines to meet the edges of cells and each other in shared vertices.

    Parameters
    ----------
    cells : object[n] of Polygon, a valid coverage; metric CRS
    start, end : complex128[l]
        The pieces, in any order and direction.

    Raises
    ------
    Unresolved
    """
    edges = edges_of(cells)
    number = edge_numbers(edges.start, edges.end)
    first = np.unique(number, return_index=True)[1]
    low, high = undirected(edges.start[first], edges.end[first])
    rigid, loose = _Pieces(low, high, np.arange(len(low))), _tidy(start, end)
    for turn in range(_MOST_PASSES):
        rigid, loose, done = _pass(rigid, loose, max(_BEND_M / 2**turn, _LEAST_M))
        if done:
            break
    else:
        raise Unresolved
    return Noded(edges, number, _inserted(rigid, len(low)), loose.start, loose.end)


@dataclass(frozen=True)
class _Pieces:
    """Straight pieces, and which line each is part of; pieces of one line follow each other."""

    start: np.ndarray
    end: np.ndarray
    line: np.ndarray

    def shapes(self) -> np.ndarray:
        return shapely.linestrings(np.column_stack([self.start, self.end]).view(float).reshape(-1, 2, 2))

    def project(self, which: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the nearest place on pieces: the share of the way along, 0..1, and the place."""
        along = (self.end - self.start)[which]
        share = ((place - self.start[which]) * along.conj()).real / np.abs(along) ** 2
        share = np.clip(share, 0.0, 1.0)
        return share, self.start[which] + share * along

    def chained(self, which: np.ndarray, share: np.ndarray, place: np.ndarray) -> _Pieces:
        """Put places into pieces, in their order along them."""
        if not len(which):
            return self
        count = len(self.start)
        owner = np.concatenate([np.arange(count), which, np.arange(count)])
        at = np.concatenate([np.full(count, -1.0), share, np.full(count, 2.0)])
        places = np.concatenate([self.start, place, self.end])
        order = np.lexsort((at, owner))
        owner, places = owner[order], places[order]
        kept = (owner[1:] == owner[:-1]) & (places[1:] != places[:-1])
        return _Pieces(places[:-1][kept], places[1:][kept], self.line[owner[:-1][kept]])


def _tidy(start: np.ndarray, end: np.ndarray) -> _Pieces:
    """Leave out pieces without length and the second of two that are the same."""
    long = start != end
    start, end = undirected(start[long], end[long])
    first = np.unique(edge_numbers(start, end), return_index=True)[1]
    return _Pieces(start[first], end[first], np.zeros(len(first), np.int64))


def _pass(rigid: _Pieces, loose: _Pieces, bend_m: float) -> tuple[_Pieces, _Pieces, bool]:
    """Snap vertices, bend lines to vertices, then cut what crosses; done when nothing was left to do."""
    given, count = _off_the_edges(rigid, loose), len(rigid.start)
    fixed = np.unique(np.concatenate([rigid.start, rigid.end]))
    loose, onto = _snapped(rigid, given, fixed)
    rigid = rigid.chained(*onto)
    places = np.unique(np.concatenate([fixed, onto[2], loose.start, loose.end]))
    loose = _tidied(loose.chained(*_vertices_beside(loose, places, bend_m)))
    on_rigid, on_loose = _crossings(rigid, loose)
    rigid, loose = rigid.chained(*on_rigid), _tidied(loose.chained(*on_loose))
    loose = _off_the_edges(rigid, loose)
    same = np.array_equal(loose.start, given.start) and np.array_equal(loose.end, given.end)
    return rigid, loose, same and len(rigid.start) == count


def _tidied(pieces: _Pieces) -> _Pieces:
    return _tidy(pieces.start, pieces.end)


def _snapped(rigid: _Pieces, loose: _Pieces, fixed: np.ndarray) -> tuple[_Pieces, Places]:
    """Move vertices of lines on to the vertex of a cell, an edge of a cell or the other line's vertex at hand."""
    places, back = np.unique(np.concatenate([loose.start, loose.end]), return_inverse=True)
    to = places.copy()
    free = ~np.isin(places, fixed)
    points = points_at(places)
    hit, near = shapely.STRtree(points_at(fixed)).query_nearest(points, max_distance=SAME_M, all_matches=False)
    hit, near = hit[free[hit]], near[free[hit]]
    to[hit], free[hit] = fixed[near], False
    here = np.flatnonzero(free)
    if len(here) > 1:
        one, other = shapely.STRtree(points[here]).query(points[here], predicate="dwithin", distance=SAME_M)
        lowest = np.arange(len(here))
        np.minimum.at(lowest, one, other)
        to[here] = places[here[lowest]]
    beside, edge = shapely.STRtree(rigid.shapes()).query_nearest(points_at(to), max_distance=SAME_M, all_matches=False)
    beside, edge = beside[free[beside]], edge[free[beside]]
    share, on = rigid.project(edge, to[beside])
    at_start, at_end = np.abs(on - rigid.start[edge]) <= SAME_M, np.abs(on - rigid.end[edge]) <= SAME_M
    on = np.where(at_start, rigid.start[edge], np.where(at_end, rigid.end[edge], _together(edge, share, on)))
    to[beside] = on
    inside = ~at_start & ~at_end
    moved = _tidy(to[back[:len(loose.start)]], to[back[len(loose.start):]])
    return moved, (edge[inside], share[inside], on[inside])


def _together(edge: np.ndarray, share: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Make one of places on the same edge that are a millimetre apart."""
    order = np.lexsort((share, edge))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(edge[order]) != 0) | (np.abs(np.diff(place[order])) > SAME_M)
    made = place.copy()
    made[order] = place[order][np.flatnonzero(new)[np.cumsum(new) - 1]]
    return made


def _vertices_beside(loose: _Pieces, places: np.ndarray, bend_m: float) -> Places:
    """Find vertices that a line all but passes through, to bend it to them."""
    near, piece = shapely.STRtree(loose.shapes()).query(points_at(places), predicate="dwithin", distance=bend_m)
    place = places[near]
    share, _ = loose.project(piece, place)
    between = (place != loose.start[piece]) & (place != loose.end[piece]) & (share > 0) & (share < 1)
    return piece[between], share[between], place[between]


def _crossings(rigid: _Pieces, loose: _Pieces) -> tuple[Places, Places]:
    """Find where lines cross edges or each other, away from shared vertices: what to put into either."""
    shapes = loose.shapes()
    tree = shapely.STRtree(shapes)
    mine, theirs = _crossing(loose, rigid, *tree.query(rigid.shapes(), predicate="intersects")[::-1])
    ours = tree.query(shapes, predicate="intersects")
    one, other = _crossing(loose, loose, *ours[:, ours[0] < ours[1]])
    piece, share, place = (np.concatenate(each) for each in zip(mine, one, other, strict=True))
    return theirs, (piece, share, place)


def _crossing(a: _Pieces, b: _Pieces, i: np.ndarray, j: np.ndarray) -> tuple[Places, Places]:
    along, across, gap = (a.end - a.start)[i], (b.end - b.start)[j], b.start[j] - a.start[i]
    turn = _cross(along, across)
    parallel = turn == 0
    turn = np.where(parallel, 1.0, turn)
    on_a, on_b = _cross(gap, across) / turn, _cross(gap, along) / turn
    met = ~parallel & (on_a > 0) & (on_a < 1) & (on_b > 0) & (on_b < 1)
    for one in (a.start[i], a.end[i]):
        met &= (one != b.start[j]) & (one != b.end[j])
    i, j, on_a, on_b = i[met], j[met], on_a[met], on_b[met]
    place = _together(j, on_b, b.start[j] + on_b * across[met])
    return (i, on_a, place), (j, on_b, place)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a.conj() * b).imag


def _inserted(rigid: _Pieces, count: int) -> dict[int, np.ndarray]:
    several = np.flatnonzero(np.bincount(rigid.line, minlength=count) > 1)
    first = np.searchsorted(rigid.line, several)
    last = np.searchsorted(rigid.line, several, side="right")
    return {int(each): rigid.start[one + 1:end] for each, one, end in zip(several, first, last, strict=True)}


def _off_the_edges(rigid: _Pieces, loose: _Pieces) -> _Pieces:
    """Leave out the pieces that are edges of cells as well."""
    both = np.concatenate([rigid.start, loose.start]), np.concatenate([rigid.end, loose.end])
    number, count = edge_numbers(*both), len(rigid.start)
    off = ~np.isin(number[count:], number[:count])
    return _Pieces(loose.start[off], loose.end[off], loose.line[off])
