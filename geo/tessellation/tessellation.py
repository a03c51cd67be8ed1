"""Boundaries divided into cells, one to each footprint or group of them, that tile exactly.

An enclosed tessellation after Hamaina, Leduc and Moreau (2012) and Fleischmann, Feliciotti, Romice and Porta
(2020): barriers cut the boundary into blocks, and in a block each place goes to the nearest footprint. Other
than theirs the result is a partition, whatever the footprints: those that overlap or touch share a cell, one
that reaches over a barrier belongs to one block as a whole, every cell is one polygon, and neighbours share
all vertices of their borders, across barriers too.

Each block is made for itself, from the block and its own footprints alone. Therefore the order of footprints
does not matter, and after a change only the blocks that it touched have to be made again (`renewed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from geo.shapes import force_2d, usable
from geo.tessellation.blocks import LEAST_M2, LEAST_WIDTH_M, blocks_of
from geo.tessellation.enclosed import faces_in
from geo.tessellation.seated import Seats, grouped, seated
from geo.tessellation.shared_vertices import with_shared_vertices
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
    _check(boundary, Options(touch_m, least_block_m2, least_block_width_m))
    sound = usable(force_2d(np.asarray(footprints, dtype=object)))
    blocks = blocks_of(boundary, np.asarray(barriers, dtype=object), least_block_m2, least_block_width_m)
    seats = seated(sound, blocks, shapely.STRtree(blocks))
    by_block, face = _cut(blocks, seats, touch_m)
    counts = [len(each) for each in by_block]
    cell_of = np.where(seats.block >= 0, np.cumsum([0, *counts])[seats.block] + face, -1)
    cells = with_shared_vertices(np.concatenate(by_block))
    return Tessellation(cells, np.repeat(np.arange(len(blocks)), counts), blocks, cell_of)


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
