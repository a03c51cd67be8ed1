"""The repair coach: what to do next, worked out, each with the edit that does it.

It looks at what an edit touched: a grid in several pieces, cells without a grid, a grid outside the band that one more
group of border cells would bring nearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from layers.text import Text, first_few
from layers.usecases.plans.figures import Band
from layers.usecases.plans.numbering import numbered
from layers.usecases.plans.sources import lonlat
from layers.usecases.plans.state import PlanState

MOST = 5
TRIED = 12
"""How many border cells of a grid outside the band are looked at."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do: in words, where, and the edit as it is sent."""

    kind: str
    text: Text
    grids: tuple[str, ...]
    cells: tuple[str, ...]
    at: tuple[float, float]
    edit: dict[str, object]


def suggestions(state: PlanState, keys: Iterable[str] | None, band: Band) -> list[Suggestion]:
    """Return at most five suggestions about some grids, all of them with None, and about cells without a grid."""
    if state.get("needs_repair") or state.get("state") != "draft":
        return []
    ground = _Ground(state)
    chosen = [key for key in (state.grids if keys is None else keys) if key in ground.number]
    found: list[Suggestion] = []
    for source in (ground.cut_off(chosen), ground.unassigned(), ground.out_of_band(chosen, band)):
        for each in source:
            found.append(each)
            if len(found) == MOST:
                return found
    return found


class _Ground:
    """A plan's cells with numbered grids, and the borders between them."""

    def __init__(self, state: PlanState) -> None:
        self.state, self.p = state, state.partition
        self.cells = numbered(state)
        self.keys, self.number, self.grid = self.cells.keys, self.cells.number, self.cells.grid
        self.households = self.cells.households
        self.total = np.bincount(self.grid + 1, weights=self.households, minlength=len(self.keys) + 1)[1:]
        self.borders = self.p.neighbours()

    def cut_off(self, keys: Iterable[str]) -> Iterator[Suggestion]:
        """Yield the pieces of grids that do not hang together with the largest."""
        for key in keys:
            for piece in self.cells.pieces(key)[1:]:
                to = self._neighbour(piece, self.number[key])
                if to is not None:
                    yield self._move("cut-off", piece, key, to)

    def unassigned(self) -> Iterator[Suggestion]:
        """Yield groups of cells without a grid, those with most households first."""
        if not (self.grid >= 0).any() or not (self.grid < 0).any():
            return
        pieces = sorted(self.cells.pieces(None), key=lambda piece: -self.households[piece].sum())
        for piece in pieces[: 2 * MOST]:
            to = self._neighbour(piece, -1)
            if to is not None:
                yield self._move("unassigned", piece, None, to)

    def out_of_band(self, keys: Iterable[str], band: Band) -> Iterator[Suggestion]:
        """Yield for each grid outside the band the border cell that brings it nearest and cuts nothing off."""
        for key in keys:
            here = self.number[key]
            low, high = band
            if low <= self.total[here] <= high:
                continue
            gains = bool(self.total[here] < low)
            best = self._best_step(here, gains, band)
            if best is not None:
                cell, giver, taker = best
                yield self._move("out-of-band", np.array([cell]), self.keys[giver], taker)

    def _best_step(self, here: int, gains: bool, band: Band) -> tuple[int, int, int] | None:
        target = band[0] if gains else band[1]
        first, second = self.borders.first, self.borders.second
        across = (self.grid[first] == here) ^ (self.grid[second] == here)
        mine = np.where(self.grid[first[across]] == here, first[across], second[across])
        theirs = np.where(self.grid[first[across]] == here, second[across], first[across])
        cell, other = (theirs, self.grid[theirs]) if gains else (mine, self.grid[theirs])
        wanted = abs(target - self.total[here])
        usable = (other >= 0) & (self.households[cell] > 0)
        order = np.argsort(np.abs(self.households[cell] - wanted) + np.where(usable, 0, np.inf), kind="stable")
        for at in order[:TRIED]:
            if not usable[at]:
                return None
            giver, taker = (int(other[at]), here) if gains else (here, int(other[at]))
            moved = self.households[cell[at]]
            nearer = abs(self.total[here] + (moved if gains else -moved) - target) < wanted
            # Nobody is helped by a neighbour that leaves the band for it.
            fair = self.total[giver] - moved >= band[0] if gains else self.total[taker] + moved <= band[1]
            if nearer and fair and self._stays_whole(giver, int(cell[at])):
                return int(cell[at]), giver, taker
        return None

    def _stays_whole(self, giver: int, cell: int) -> bool:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        rows = np.flatnonzero(self.grid == giver)
        rows = rows[rows != cell]
        at = np.full(len(self.grid), -1)
        at[rows] = np.arange(len(rows))
        one, other = at[self.borders.first], at[self.borders.second]
        both = (one >= 0) & (other >= 0)
        links = coo_array((np.ones(both.sum(), np.int8), (one[both], other[both])), shape=(len(rows), len(rows)))
        return len(rows) > 0 and connected_components(links, directed=False)[0] == 1

    def _neighbour(self, piece: np.ndarray, own: int) -> int | None:
        """Return the grid with which a group of cells shares the longest border."""
        inside = np.zeros(len(self.grid), dtype=bool)
        inside[piece] = True
        first, second = self.borders.first, self.borders.second
        across = inside[first] ^ inside[second]
        outer = np.where(inside[first[across]], second[across], first[across])
        grid = self.grid[outer]
        other = (grid >= 0) & (grid != own)
        if not other.any():
            return None
        return int(np.bincount(grid[other], weights=self.borders.length_m[across][other]).argmax())

    def _move(self, kind: str, piece: np.ndarray, from_: str | None, to: int) -> Suggestion:
        cells = tuple(str(each) for each in self.p.ids[piece])
        households, target = round(self.households[piece].sum()), self.keys[to]
        text = Text(
            f"plans.coach-{kind}",
            count=len(cells),
            cells=first_few(cells, 3),
            to=self._called(target),
            households=households,
            total=round(self.total[to]) + households,
            **({"grid": self._called(from_)} if from_ else {}),
        )
        (spot,) = lonlat(np.array([shapely.point_on_surface(self.p.cells[piece[0]])], dtype=object), self.state.crs)
        edit: dict[str, object] = {"op": "assign", "units": list(cells), "grid": target}
        grids = (from_, target) if from_ else (target,)
        return Suggestion(kind, text, grids, cells, (round(spot.x, 7), round(spot.y, 7)), edit)

    def _called(self, key: str) -> str:
        return str(self.state.grids[key].properties.get("name") or key)
