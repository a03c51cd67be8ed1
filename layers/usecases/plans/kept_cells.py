"""The cells of a community, kept in files beside the workspace by what they were cut from, for the next wish."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import shapely

from geo.partition import Partition
from geo.shapes import digest, fingerprint
from layers.store.kept_files import KeptFiles

FORMAT = "1"
"""To be changed whenever the same shapes are cut in another way."""
LEAST = 200  # of fewer footprints cells are cut more quickly than a file is worth
MOST_KEPT = 1_000
_CUT, _LAID = "cut", "laid"

Arrays = dict[str, np.ndarray]


class KeptCells:
    """Cells as they were cut, and with grids laid on them.

    Parameters
    ----------
    url : str
        The workspace's.
    shapes : sequence of array of geometries
        All that the cells are cut from.
    rules : str
        What else decides how.
    """

    def __init__(self, url: str, shapes: Sequence[np.ndarray], rules: str) -> None:
        worth = max(map(len, shapes)) >= LEAST
        self._files = KeptFiles(url, MOST_KEPT) if worth else None
        told = [*map(fingerprint, shapes), FORMAT, rules] if worth else []
        self._key = digest(*(each.encode() for each in told))

    def cut(self, make: Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray]]) -> tuple[np.ndarray, ...]:
        """Return cells, the cell of each footprint and the block of each cell, as they were cut or as they are now."""
        if self._files is None:
            return make()
        names = ("cell_of", "block")

        def made() -> Arrays:
            cells, *others = make()
            return {**_taken_apart(cells), **dict(zip(names, others, strict=True))}

        found = self._files.made(_CUT, self._key, lambda kept: set(names) < set(kept), made)
        return _put_together(found), *(found[name] for name in names)

    def laid(
        self, base: Partition, shapes: np.ndarray, labels: Sequence[str],
        make: Callable[[], tuple[Partition, np.ndarray]],
    ) -> tuple[Partition, np.ndarray]:  # fmt: skip
        """Return cells with grids laid on them, and the block of each, as they were laid or as they are now."""
        if self._files is None or any(each is not None for each in base.part):
            return make()
        told = fingerprint(base.cells), fingerprint(shapes), *base.ids, "", *labels
        key = digest(self._key.encode(), *(each.encode() for each in told))
        names = ("ids", "part", "cell_of", "block")

        def made() -> Arrays:
            p, block = make()
            number = {label: at for at, label in enumerate(labels)}
            part = np.array([-1 if each is None else number[each] for each in p.part], np.int64)
            told = p.ids.astype(str), part, p.cell_of, block
            return {**_taken_apart(p.cells), **dict(zip(names, told, strict=True))}

        found = self._files.made(_LAID, key, lambda kept: set(names) < set(kept), made)
        named = np.array([*labels, None], dtype=object)
        ids, cells = found["ids"].astype(object), _put_together(found)
        p = Partition(base.boundary, ids, cells, named[found["part"]], base.footprints, found["cell_of"])
        return p, found["block"]


def _taken_apart(cells: np.ndarray) -> Arrays:
    """Return polygons as numbers, bit by bit."""
    _, xy, (rings, polygons) = shapely.to_ragged_array(cells)
    return {"xy": xy, "rings": rings, "polygons": polygons}


def _put_together(found: Mapping[str, np.ndarray]) -> np.ndarray:
    parts = found["xy"], (found["rings"], found["polygons"])
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, *parts)
