"""Blocks cut along the borders between the groups in them: one face to each group, tiling its block exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely

from geo.lines import segments
from geo.partition import edges_of, undirected
from geo.tessellation.blocks import absorbed, in_order, order_of, united
from geo.tessellation.voronoi import GRID_M, Places, Ridges


class Faces(NamedTuple):
    """The faces of one block in the order of `in_order`, and the face of each of its groups: int64[g]."""

    shapes: np.ndarray
    face_of: np.ndarray


class _Edges(NamedTuple):
    """The straight pieces of the outlines of blocks, the lower place first: complex128[k] twice, int64[k]."""

    low: np.ndarray
    high: np.ndarray
    block: np.ndarray

    def place(self, edge: np.ndarray, along_m: np.ndarray) -> np.ndarray:
        """Find places so far along edges, on a lattice that both sides of an edge share, and never beside its ends."""
        low, high = self.low[edge], self.high[edge]
        length = np.abs(high - low)
        along_m = np.round(along_m / GRID_M) * GRID_M
        place = low + (high - low) * (along_m / length)
        return np.where(along_m <= 0, low, np.where(along_m > length - GRID_M / 2, high, place))


def faces_in(blocks: np.ndarray, places: Places, block: np.ndarray, ridges: Ridges,
             home: Callable[[int], shapely.Geometry]) -> list[Faces]:
    """Cut blocks along ridges, and give each group the face that it is in.

    Parameters
    ----------
    blocks : object[b] of Polygon
        Each with two groups or more.
    places : Places
        Groups are numbered block by block.
    block : int64[k]
        The block of each place.
    ridges : Ridges
    home : function of a group
        What it is made of. Of several faces that are nearest to a group, the one with most of its home stays its
        face; others go to the neighbour that they share the longest border with.

    Raises
    ------
    ArithmeticError
        If the faces of a block do not fill it; no case is known.
    """
    pieces, owner = _arranged(blocks, ridges)
    order = np.argsort(owner, kind="stable")
    of_owner = np.split(pieces[order], np.searchsorted(owner[order], np.arange(1, len(blocks))))
    sorted_places = np.argsort(block, kind="stable")
    of_block = np.split(sorted_places, np.searchsorted(block[sorted_places], np.arange(1, len(blocks))))
    made = []
    for each, rows, lines in zip(blocks, of_block, of_owner, strict=True):
        group, first = places.group[rows], places.group[rows].min()
        faces = _Labelled(in_order(_polygonized(each, lines)), places.place[rows], group - first)
        made.append(faces.settled(int(group.max() - first) + 1, _counted_from(int(first), home)))
    return made


def _counted_from(first: int, home: Callable[[int], shapely.Geometry]) -> Callable[[int], shapely.Geometry]:
    return lambda each: home(first + each)


def _arranged(blocks: np.ndarray, ridges: Ridges) -> tuple[np.ndarray, np.ndarray]:
    """Cut ridges and outlines where they meet: pieces that meet at their ends only, and the block of each."""
    outline = edges_of(blocks)
    edges = _Edges(*undirected(outline.start, outline.end), outline.owner)
    tree = shapely.STRtree(segments(edges.low, edges.high))
    start, on_start = _snapped(edges, tree, ridges.start, ridges.block)
    end, on_end = _snapped(edges, tree, ridges.end, ridges.block)
    ridge, edge = tree.query(segments(start, end), predicate="intersects")
    same = ridges.block[ridge] == edges.block[edge]
    ridge, edge, share, place = _crossings(edges, start, end, ridge[same], edge[same])
    count = len(start)
    which = np.concatenate([np.arange(count), ridge, np.arange(count)])
    at = np.concatenate([np.zeros(count), share, np.ones(count)])
    one, other, middle, which = _chained(which, at, np.concatenate([start, place, end]))
    beyond = start[which] + middle * (end - start)[which]
    shapely.prepare(blocks)
    inside = shapely.contains_xy(blocks[ridges.block[which]], beyond.real, beyond.imag)
    inner = segments(one[inside], other[inside])
    met, places = np.concatenate([on_start[0], on_end[0], edge]), np.concatenate([on_start[1], on_end[1], place])
    count = len(edges.low)
    which_edge = np.concatenate([np.arange(count), met, np.arange(count)])
    all_places = np.concatenate([edges.low, places, edges.high])
    one, other, _, which_edge = _chained(which_edge, np.abs(all_places - edges.low[which_edge]), all_places)
    return (np.concatenate([inner, segments(one, other)]),
            np.concatenate([ridges.block[which[inside]], edges.block[which_edge]]))


def _snapped(edges: _Edges, tree: shapely.STRtree, place: np.ndarray, block: np.ndarray,
             ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Move corners of ridges on to an edge of their block at hand: where they are now, and which edges to cut where."""
    corner, edge = tree.query(shapely.points(place.real, place.imag), predicate="dwithin", distance=GRID_M)
    same = block[corner] == edges.block[edge]
    corner, edge = corner[same], edge[same]
    along = edges.high[edge] - edges.low[edge]
    from_low = (place[corner] - edges.low[edge]) * along.conj() / np.abs(along)
    order = np.lexsort((edge, np.abs(from_low.imag), corner))
    nearest = order[np.unique(corner[order], return_index=True)[1]]
    corner, edge = corner[nearest], edge[nearest]
    moved = place.copy()
    moved[corner] = edges.place(edge, from_low.real[nearest])
    return moved, (edge, moved[corner])


def _crossings(edges: _Edges, start: np.ndarray, end: np.ndarray, ridge: np.ndarray, edge: np.ndarray,
               ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find where ridges cross edges away from their own ends: ridge, edge, share of the ridge, and place."""
    along, across, gap = (end - start)[ridge], (edges.high - edges.low)[edge], edges.low[edge] - start[ridge]
    turn = (along.conj() * across).imag
    crossed = np.abs(turn) > 1e-9 * np.abs(along) * np.abs(across)
    ridge, edge, along, across, gap, turn = (each[crossed] for each in (ridge, edge, along, across, gap, turn))
    share, on_edge = (gap.conj() * across).imag / turn, (gap.conj() * along).imag / turn
    place = edges.place(edge, np.clip(on_edge, 0, 1) * np.abs(across))
    inside = (place != start[ridge]) & (place != end[ridge])
    return ridge[inside], edge[inside], np.clip(share, 0, 1)[inside], place[inside]


def _chained(line: np.ndarray, at: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, ...]:
    """Make pieces between places that follow each other on a line: start, end, the middle of `at`, and the line."""
    order = np.lexsort((place.imag, place.real, at, line))
    line, at, place = line[order], at[order], place[order]
    piece = (line[1:] == line[:-1]) & (place[1:] != place[:-1])
    return place[:-1][piece], place[1:][piece], ((at[1:] + at[:-1]) / 2)[piece], line[1:][piece]


def _polygonized(block: shapely.Polygon, pieces: np.ndarray) -> np.ndarray:
    """Find the faces between straight pieces; where rounding made some of these cross, only after noding them again."""
    for lines in (pieces, None):
        if lines is None:
            lines = shapely.get_parts(shapely.union_all(pieces))
        found, cuts, dangles, invalid = shapely.polygonize_full(lines)
        faces = shapely.get_parts(found)
        if len(block.interiors):  # holes come out as faces
            faces = faces[shapely.intersects(block, shapely.point_on_surface(faces))]
        clean = all(shapely.is_empty(each) for each in (cuts, dangles, invalid))
        filled = abs(shapely.area(faces).sum() - block.area) <= 1e-6 + 1e-9 * block.area
        if filled and (clean or lines is not pieces):
            return faces
    raise ArithmeticError(f"a block of {block.area:.0f} m2 at {block.bounds} could not be divided")


class _Labelled(NamedTuple):
    """Faces of one block, and the places of its groups, numbered from 0."""

    faces: np.ndarray
    place: np.ndarray
    group: np.ndarray

    def settled(self, groups: int, home: Callable[[int], shapely.Geometry]) -> Faces:
        """Make one face of each group."""
        from scipy.spatial import cKDTree

        inner = shapely.get_coordinates(shapely.point_on_surface(self.faces))
        label = self.group[cKDTree(self.place.view(float).reshape(-1, 2)).query(inner)[1]]
        face_of = np.full(groups, -1)
        face_of[label] = np.arange(len(self.faces))
        if len(self.faces) == groups and (face_of >= 0).all():
            return Faces(self.faces, face_of)
        for each in np.flatnonzero(np.bincount(label, minlength=groups) > 1).tolist():
            face_of[each] = self._main(np.flatnonzero(label == each), home(each))
        firm = np.zeros(len(self.faces), dtype=bool)
        firm[face_of[face_of >= 0]] = True
        into = absorbed(self.faces, firm, np.inf)
        for each in np.flatnonzero(face_of < 0).tolist():
            face_of[each] = into[self._main(np.arange(len(self.faces)), home(each))]
        shapes = united(self.faces, into)
        face_of = np.searchsorted(np.flatnonzero(into == np.arange(len(into))), face_of)
        order = order_of(shapes)
        return Faces(shapely.normalize(shapes[order]), np.argsort(order)[face_of])

    def _main(self, rows: np.ndarray, home: shapely.Geometry) -> int:
        """Choose the face that holds most of a home."""
        faces = self.faces[rows]
        shared = shapely.area(shapely.intersection(faces, home))
        return int(rows[np.lexsort((rows, -shapely.area(faces), shapely.distance(faces, home), -shared))[0]])
