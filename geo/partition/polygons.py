"""Parts that exist as polygons, laid over cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.partition.cells import Edit, Name, Partition
from geo.partition.paint import Regions, paint
from geo.partition.topology import Defect, find_defects
from geo.shapes import usable


@dataclass(frozen=True)
class Imported:
    """Cells that have taken on existing parts.

    Attributes
    ----------
    edit : Edit
        Its notes tell of the pieces that stayed with their cell (sliver) and of footprints kept whole.
    defects : list of Defect
        What is wrong with the polygons as they came, each with its place; members are their positions.
    """

    edit: Edit
    defects: list[Defect]


def from_parts(p: Partition, shapes: np.ndarray, labels: Sequence[str] | np.ndarray, name: Name, sliver_m: float = 0.5,
               ) -> Imported:
    """Lay polygons over cells: the cells are cut along their outlines, which so stay as they are.

    Parameters
    ----------
    p : Partition
    shapes : object[k] of Polygon, MultiPolygon or None
        The same metric CRS; invalid ones are repaired in a copy, what cannot be is left out.
    labels : list of k str
    name : function of n
        Gives ids for the cells that outlines cut off others.
    sliver_m : float
        Pieces of cells with a smaller mean width stay with the rest of their cell: a border that runs nearly
        along the edges of cells falls into line with them.

    A gap between polygons keeps the part that its cells had, none in a fresh partition; where polygons overlap
    the first in the order given has the ground; what lies outside of the boundary is left out. A footprint
    goes whole to the part with most of it. All of it is in the defects, none happens in silence.

    Raises
    ------
    ValueError
        If there are not as many labels as shapes.
    """
    shapes = np.asarray(shapes, dtype=object)
    if len(shapes) != len(labels):
        raise ValueError(f"there are {len(labels)} labels for {len(shapes)} shapes")
    defects = find_defects(shapes, p.boundary, p.footprints)
    sound = usable(shapes)
    kept = np.flatnonzero((shapely.get_dimensions(sound) == 2) & ~shapely.is_empty(sound))
    regions = Regions(sound[kept], [labels[each] for each in kept.tolist()])
    return Imported(paint(p, p.near(sound[kept]), regions, name, sliver_m), defects)
