"""A community cut into the cells that a plan is made of: what it is opened on, and what is proposed from."""

from __future__ import annotations

import datetime as dt

import numpy as np
import shapely

from geo.partition import Edit, Partition, PartitionError, edits
from geo.tessellation import tessellate
from layers.errors import Conflict, Fault, InvalidParameter
from layers.model.feature import Feature
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans import sources
from layers.usecases.plans.kept_cells import KeptCells
from layers.usecases.plans.mending import laid_on


class Ground:
    """A community as cells without grids.

    Attributes
    ----------
    crs : CRS
        Metric.
    boundary : Polygon or MultiPolygon
    buildings : Buildings
    partition : Partition
        Its footprints are the buildings, in their order.
    block_of : dict of cell to block
    """

    def __init__(self, store: Store, community: Feature, today: dt.date) -> None:
        self.crs = sources.crs_of(store, community.geometry)
        self.boundary = sources.boundary_of(community, self.crs)
        self.buildings = sources.buildings_of(store, community, self.crs, today)
        barriers = sources.as_lines(sources.barriers_of(store, community.geometry, today), self.crs)
        cut_from = np.array([self.boundary], dtype=object), self.buildings.footprints, barriers
        self._kept = KeptCells(store.url, cut_from, self.crs.to_wkt())
        cells, cell_of, block = self._kept.cut(lambda: self._cut(barriers))
        self._made = 0
        ids = np.array(self.name(len(cells)), dtype=object)
        self.block_of = dict(zip(ids, block, strict=True))
        part = np.full(len(cells), None, dtype=object)
        try:
            outline = shapely.coverage_union_all(cells)
        except shapely.errors.GEOSException as error:
            raise Conflict(Fault(Text("plans.cells-unsound", community=sources.code_of(community)))) from error
        self.partition = Partition(outline, ids, cells, part, self.buildings.footprints, cell_of)

    def _cut(self, barriers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the cells as they will be stored and read again, the cell of each building, the block of each cell."""
        cut = tessellate(self.boundary, self.buildings.footprints, barriers)
        return sources.settled(cut.cells, self.crs), cut.cell_of, cut.block

    def name(self, count: int) -> list[str]:
        """Name cells."""
        first, self._made = self._made + 1, self._made + count
        return [f"c1-{number}" for number in range(first, self._made + 1)]

    def laid(self, shapes: np.ndarray, labels: list[str]) -> Partition:
        """Return the cells with grids laid on them; what is cut off a cell is of its block."""
        made, base = self._made, self.partition

        def lay() -> tuple[Partition, np.ndarray]:
            p = self._followed(laid_on(base, shapes, labels, self.name))
            return p, np.array([self.block_of[each] for each in p.ids], np.int64)

        try:
            found, block = self._kept.laid(base, shapes, labels, lay)
        except PartitionError as error:
            raise InvalidParameter(Fault(Text("plans.grids-not-laid", reason=_why(error)))) from error
        self._made = made + len(found.ids) - len(base.ids)
        self.block_of |= dict(zip(found.ids, block, strict=True))
        return found

    def _followed(self, edit: Edit) -> Partition:
        """Note the blocks of cells that an edit cut off others."""
        for id, change in edit.delta.changes.items():
            if change.origin is not None:
                self.block_of[id] = self.block_of[change.origin]
        return edit.partition

    def overlaid(self, p: Partition, shapes: np.ndarray, keys: list[str]) -> Partition:
        """Return a partition with grids laid over it; one that was there has no other ground afterwards."""
        try:
            for key in keys:
                if p.holds(key):
                    p = edits.assign(p, p.ids[p.rows_of(key)], None).partition
            for key, shape in zip(keys, shapes, strict=True):
                edit = edits.draw(p, key, shape, self.name)
                p = self._followed(edit)
        except PartitionError as error:
            raise Conflict(Fault(Text("plans.parts-not-laid", reason=_why(error)))) from error
        return p


def _why(error: PartitionError) -> Text:
    return Text(f"plans.cannot-{error.reason}", members=list(error.members[:5]) or ["—"])
