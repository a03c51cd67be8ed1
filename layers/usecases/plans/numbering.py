"""A plan's grids as numbers by cell: what figures, suggestions and checks count with, worked out once a state."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from layers.keeping import OfEach
from layers.usecases.plans.state import PlanState

FEW = 8
"""From how many grids on it is faster to look for the pieces of all at once."""


class Numbered:
    """The cells of a plan with their grids numbered.

    Attributes
    ----------
    keys : list of str
        The grids on record, those without cells too.
    number : dict of key to int
    grid : int64[n]
        The number of each cell's grid, -1 for none.
    home : int64[m]
        The same of each building.
    households : float64[n]
        Of the buildings of each cell.
    """

    def __init__(self, state: PlanState) -> None:
        p = state.partition
        self.p = p
        self.keys = list(state.grids)
        self.number = {key: at for at, key in enumerate(self.keys)}
        self.grid = np.full(len(p.ids), -1)
        rows = [p.rows_of(label) for label in p.parts()]
        numbers = [self.number.get(label, -1) for label in p.parts()]
        if rows:
            self.grid[np.concatenate(rows)] = np.repeat(numbers, [len(each) for each in rows])
        self.home = np.append(self.grid, -1)[p.cell_of]
        homed = p.cell_of >= 0
        weights = state.buildings.weights[homed, 0]
        self.households = np.bincount(p.cell_of[homed], weights=weights, minlength=len(p.ids))
        self._pieces: dict[int, list[np.ndarray]] = {}

    def rows(self, key: str) -> np.ndarray:
        """Return the rows of a grid's cells."""
        return np.flatnonzero(self.grid == self.number[key])

    def homes(self, key: str) -> np.ndarray:
        """Return the positions of a grid's buildings."""
        return np.flatnonzero(self.home == self.number[key])

    def pieces(self, key: str | None) -> list[np.ndarray]:
        """Group the cells of a grid, or those without one, into what hangs together by edges; the largest first."""
        number = -1 if key is None else self.number[key]
        if number not in self._pieces:
            self._pieces[number] = self._grouped(np.flatnonzero(self.grid == number))
        return self._pieces[number]

    def prepare(self, keys: Iterable[str]) -> None:
        """Look for the pieces of many grids at once."""
        wanted = [self.number[key] for key in keys if self.number[key] not in self._pieces]
        if len(wanted) < FEW:
            return
        groups = self._grouped(np.arange(len(self.grid)))
        found: dict[int, list[np.ndarray]] = {number: [] for number in (-1, *range(len(self.keys)))}
        for group in groups:
            found[int(self.grid[group[0]])].append(group)
        self._pieces = found

    def _grouped(self, rows: np.ndarray) -> list[np.ndarray]:
        """Group cells of the same grid that share an edge, the group with the largest surface first."""
        import shapely
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        if len(rows) < 2:
            return [rows] if len(rows) else []
        first, second = self.p.neighbours()[:2]
        mine = np.zeros(len(self.grid), dtype=bool)
        mine[rows] = True
        both = np.flatnonzero(mine[first] & mine[second])
        first, second = first[both], second[both]
        same = self.grid[first] == self.grid[second]
        at = np.empty(len(self.grid), dtype=np.int64)
        at[rows] = np.arange(len(rows))
        ends = at[first[same]], at[second[same]]
        links = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(len(rows), len(rows)))
        count, piece = connected_components(links, directed=False)
        if count == 1:
            return [rows]
        order = np.argsort(piece, kind="stable")
        groups = np.split(rows[order], np.cumsum(np.bincount(piece))[:-1])
        areas = np.bincount(piece, weights=shapely.area(self.p.cells[rows]))
        return [groups[each] for each in np.lexsort(([group[0] for group in groups], -areas))]


def numbered(state: PlanState) -> Numbered:
    """Return the numbered cells of a plan."""
    return _NUMBERED(state)


_NUMBERED: OfEach[PlanState, Numbered] = OfEach(Numbered)
