"""Drawing the grids of one community: what is free to change, pieces and counts, the search, and what binds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from geo.districting import (
    Allotment,
    Effort,
    Found,
    Glued,
    Problem,
    Widened,
    allotments,
    glued,
    pieces,
    possible,
    solve,
    tighten,
    widen,
)
from layers.proposals.frame import Verdict
from layers.proposals.grids.community import Community
from layers.proposals.grids.counting import counts_met
from layers.proposals.grids.islands import Apart, too_light
from layers.proposals.grids.pieces import Piece
from layers.proposals.grids.reasons import apart_of, binds_of, nearest_of, notes_of
from layers.proposals.wishes import GridWishes
from layers.text import Text

MOST_TRIED = 6
"""Numbers of grids that are tried where the likeliest do not work."""

MOST_WIDENED = 60


@dataclass(frozen=True)
class Smallest:
    """The smallest band that is possible for what is not apart; `bound` is None where nothing is known of it."""

    low: float
    high: float
    by: float
    bound: float | None

    @property
    def proven(self) -> bool:
        """Whether nothing narrower is possible."""
        return self.bound is not None and self.by <= self.bound + 1e-6

    @property
    def whole(self) -> tuple[int, int]:
        """The band in whole households."""
        return math.floor(self.low + 1e-6), math.ceil(self.high - 1e-6)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What was found for a community.

    Attributes
    ----------
    part : object[n] of str or None
        The name of each cell's grid: today's code where one goes on, else one of the proposal's own.
    frozen : frozenset of str
        Those that were not to change.
    verdict : Verdict
    binds : list of Text
        What keeps the wishes from being met.
    nearest : list of Text
        Wishes that could be met instead.
    apart : list of Apart
        Pieces that are grids of their own because nothing joins them.
    smallest : Smallest or None
        Where the band is impossible.
    left_out : int64[k]
        Cells without buildings that nothing joins to any grid.
    notes : list of Text
    """

    part: np.ndarray
    frozen: frozenset[str]
    verdict: Verdict
    binds: list[Text]
    nearest: list[Text]
    apart: list[Apart]
    smallest: Smallest | None
    left_out: np.ndarray
    notes: list[Text]


class Drawing:
    """The grids of a community in the making: `first` finds some, `second` proves or improves, `drawn` tells."""

    def __init__(self, community: Community, wishes: GridWishes, places: int = 1) -> None:
        self.community, self.wishes = community, wishes
        self.low, self.high = wishes.band
        today = community.partition.part
        named = np.array([each is not None for each in today])
        frozen = np.isin(today, wishes.locked) & named if wishes.locked else np.zeros(len(today), dtype=bool)
        mine = [code for code in wishes.only if code in community.today]
        if wishes.only:
            frozen |= named & ~np.isin(today, mine)
        self.frozen = frozenset(str(each) for each in today[frozen])
        self.free = np.flatnonzero(~frozen)
        self.glued = self._glue()
        self.weight = self._sums(community.households)
        self.pieces, self.left_out = self._pieces()
        self.effort = Effort.usual(len(self.weight), wishes.seed, places)
        self.tried: dict[tuple[int, int], Found] = {}
        self.stopped = False
        self.chosen: Allotment | None = None
        self.widened: dict[int, Widened] = {}
        self.other_counts: list[int] = []
        self.totals = [float(self.weight[each.units].sum()) for each in self.pieces]
        self.apart = too_light(self.totals, self.low)
        self.sound = self._sound()
        self.choices = self._choices()

    def _glue(self) -> Glued:
        group = self.community.group[self.free]
        return glued(self.community.graph.among(self.free), group)

    def _sums(self, values: np.ndarray) -> np.ndarray:
        unit = self.glued.unit
        return np.bincount(unit, weights=values[self.free], minlength=self.glued.graph.n)

    def _pieces(self) -> tuple[list[Piece], np.ndarray]:
        """Group the units into what hangs together; what has no building and stands alone is left out."""
        homes = self._sums(self.community.buildings.astype(float))
        found, left = [], []
        for units in pieces(self.glued.graph, np.arange(self.glued.graph.n)):
            if homes[units].sum() == 0:
                left.append(self.free[np.isin(self.glued.unit, units)])
                continue
            codes, home = self._home(units)
            found.append(Piece(units, codes, home))
        return found, np.concatenate([np.empty(0, np.int64), *left])

    def _home(self, units: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Say which of today's grids has most of each unit, by households, then cells."""
        if self.wishes.start == "none":
            return [], np.full(len(units), -1, np.int64)
        today, at = self.community.partition.part, np.full(self.glued.graph.n, -1, np.int64)
        at[units] = np.arange(len(units))
        rows = np.flatnonzero(at[self.glued.unit] >= 0)
        cells = self.free[rows]
        named = np.array([each is not None for each in today[cells]], dtype=bool)
        rows, cells = rows[named], cells[named]
        codes = sorted({str(each) for each in today[cells]})
        number = {code: at for at, code in enumerate(codes)}
        votes = np.zeros((len(units), max(1, len(codes))))
        label = np.array([number[str(each)] for each in today[cells]], dtype=np.int64)
        np.add.at(votes, (at[self.glued.unit[rows]], label), self.community.households[cells] + 1e-3)
        return codes, np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), -1)

    def _sound(self) -> list[int]:
        """Return the pieces whose households can be those of some grids within the band, whatever touches what."""
        kept = [at for at in range(len(self.pieces)) if at not in self.apart]
        return [at for at in kept if len(possible(self.totals[at], self.low, self.high, len(self.pieces[at].units)))]

    @property
    def count(self) -> int | None:
        """How many grids were asked for beside those that are frozen or apart."""
        wished = self.wishes.count
        return None if wished is None else wished - len(self.frozen) - len(self.apart)

    @property
    def kept(self) -> int:
        """How many pieces there are beside those that are apart."""
        return len(self.pieces) - len(self.apart)

    @property
    def shown(self) -> int:
        """How many grids there are in what is told."""
        return len(self.frozen) + sum(self._answer(at)[0] for at in range(len(self.pieces)))

    @property
    def rest_met(self) -> bool:
        """Whether all that is not apart is within the band."""
        return self.chosen is not None and len(self.sound) == self.kept

    def _choices(self) -> list[Allotment]:
        sound = [self.pieces[at] for at in self.sound]
        totals = [self.totals[at] for at in self.sound]
        units = [len(each.units) for each in sound]
        count = self.count
        wanted = sum(len(each.codes) for each in sound) or None
        if not sound or (count is not None and (count < len(sound) or len(sound) < self.kept)):
            return []
        return allotments(totals, units, self.low, self.high, count, wanted)

    def problem(self, at: int, count: int) -> Problem:
        """Return the problem of a piece with a number of grids."""
        piece, wishes = self.pieces[at], self.wishes
        graph = self.glued.graph.among(piece.units)
        home, leaving = None, None
        if piece.codes:
            home = piece.kept(self.weight[piece.units], count)
            least = np.bincount(self.glued.unit, weights=np.maximum(self.community.households[self.free], 1.0))
            leaving = wishes.moved_weight * least[piece.units]
        return Problem(
            graph, self.weight[piece.units], self.low, self.high, count, self._places(piece.units), home, leaving,
            self._sums(self.community.balanced)[piece.units], wishes.even_weight,
        )  # fmt: skip

    def _places(self, units: np.ndarray) -> np.ndarray:
        """Return the middle of each unit."""
        import shapely

        middle = shapely.get_coordinates(shapely.centroid(self.community.partition.cells[self.free]))
        area = shapely.area(self.community.partition.cells[self.free])
        unit, n = self.glued.unit, self.glued.graph.n
        total = np.bincount(unit, weights=area, minlength=n)
        xy = [np.bincount(unit, weights=area * middle[:, axis], minlength=n) / total for axis in (0, 1)]
        return np.column_stack(xy)[units]

    def first(self, stop: Callable[[], bool]) -> None:
        """Look for grids within the band, for the likeliest number of them first."""
        for choice in self.choices[:MOST_TRIED]:
            for at, count in zip(self.sound, choice.counts, strict=True):
                if (at, count) not in self.tried:
                    self.tried[at, count] = solve(self.problem(at, count), self.effort, stop)
            if self._met(choice):
                self.chosen = choice
                return
            if stop():
                self.stopped = True
                return

    def _met(self, choice: Allotment) -> bool:
        found = [self.tried.get(each) for each in zip(self.sound, choice.counts, strict=True)]
        return all(each is not None and each.feasible for each in found)

    def second(self, left: Callable[[], float]) -> None:
        """Prove, or find better; and where nothing keeps to the band, find the smallest that can be kept."""
        for choice in self.choices[:MOST_TRIED]:
            if self.chosen is not None and choice.total == self.chosen.total and choice != self.chosen:
                continue
            for at, count in zip(self.sound, choice.counts, strict=True):
                known = self.tried.get((at, count))
                if known is not None:
                    self.tried[at, count] = tighten(self.problem(at, count), known, self.effort, left())
            if self._met(choice):
                self.chosen = choice
                break
            if choice == self.chosen:
                break
        for at in range(len(self.pieces)):
            if at not in self.apart and self._answered(at) is None:
                self.widened[at] = self._widened(at, left)
        if self.verdict().status == "infeasible":
            self.other_counts = counts_met(self, left)

    def _widened(self, at: int, left: Callable[[], float]) -> Widened:
        units = len(self.pieces[at].units)
        most = min(units, MOST_WIDENED + int(self.totals[at] / max(self.low, 1)))
        counts = range(1, most + 1)
        effort, wanted = replace(self.effort, tries=2), len(self.pieces[at].codes) or None
        if self.count is not None and self.kept == 1:
            wanted = min(max(self.count, 1), units)
            if wanted == self.count:  # else no band whatever makes so many
                counts = range(wanted, wanted + 1)
        return widen(self.problem(at, 1), counts, effort, left, lambda count: self.problem(at, count), wanted)

    @property
    def size(self) -> int:
        """How large it is, for whoever does the small ones first."""
        return len(self.weight)

    def drawn(self) -> Drawn:
        """Tell what was found."""
        community = self.community
        part = community.partition.part.copy()
        part[self.free] = None
        used: set[str] = set(self.frozen)
        for at, piece in enumerate(self.pieces):
            count, label = self._answer(at)
            names = self._names(piece, count, used)
            used |= {each for each in names if each}
            unit = np.full(self.glued.graph.n, -1, np.int64)
            unit[piece.units] = label
            mine = unit[self.glued.unit]
            part[self.free[mine >= 0]] = np.array([*names, None], dtype=object)[mine[mine >= 0]]
        smallest = self.smallest()
        return Drawn(
            part, self.frozen, self.verdict(), binds_of(self), nearest_of(self, smallest), apart_of(self), smallest,
            self.left_out, notes_of(self),
        )  # fmt: skip

    def _answered(self, at: int) -> tuple[int, np.ndarray] | None:
        """Return how many grids within the band a piece has, and each unit's; None where none are known."""
        chosen = dict(zip(self.sound, self.chosen.counts, strict=True)) if self.chosen is not None else {}
        counts = [chosen[at]] if at in chosen else [count for piece, count in self.tried if piece == at]
        known = [(count, self.tried[at, count]) for count in counts]
        return next(((count, each.best.part) for count, each in known if each.feasible and each.best), None)

    def _answer(self, at: int) -> tuple[int, np.ndarray]:
        """Return how many grids a piece has, and the number of each unit's."""
        answered = self._answered(at)
        if answered is not None:
            return answered
        if at in self.widened:
            return self.widened[at].count, self.widened[at].best.part
        known = [(found.best, count) for (piece, count), found in self.tried.items() if piece == at and found.best]
        if known:
            best, count = min(known, key=lambda each: (each[0].widest, each[0].price))
            return count, best.part
        return 1, np.zeros(len(self.pieces[at].units), np.int64)

    def _names(self, piece: Piece, count: int, used: set[str]) -> list[str]:
        """Name a piece's grids: as they are called today, else anew; the caller puts the latter in reading order."""
        going_on = [piece.codes[each] for each in piece.staying(self.weight[piece.units], count)]
        names = [each if each not in used else "" for each in going_on]
        names += [""] * (count - len(names))
        made, taken = [], used | set(names)
        number = 0
        for each in names:
            if not each:
                number += 1
                while f"{self.community.code}.g{number}" in taken:
                    number += 1
                each = f"{self.community.code}.g{number}"
                taken.add(each)
            made.append(each)
        return made

    def verdict(self) -> Verdict:
        if not self.pieces:  # all stays as it is, and grids cannot be more or fewer than stay
            return Verdict("infeasible", None, None, True) if self.count else Verdict("optimal", 0.0, 0.0, True)
        stopped = self.stopped or any(each.stopped for each in self.tried.values())
        exact = self._exact()
        if self.chosen is None or len(self.sound) < len(self.pieces):
            return Verdict("infeasible", None, None, self.refuted(), stopped)
        found = [self.tried[each] for each in zip(self.sound, self.chosen.counts, strict=True)]
        objective = sum(each.best.price for each in found if each.best is not None)
        # Which of today's grids go on where there are to be fewer was decided before, and not by the model.
        chosen = all(len(piece.codes) <= count for piece, count in zip(self.pieces, self.chosen.counts, strict=True))
        proven = exact and chosen and all(each.proven for each in found)
        # What is known of a narrower question is no bound of what was asked.
        bound = sum(each.bound for each in found) if exact and chosen else 0.0
        return Verdict("optimal" if proven else "feasible", objective, min(bound, objective), proven, stopped)

    def _exact(self) -> bool:
        """Say whether the units are what was asked for, no more glued together than that."""
        return not self.glued.bridged and not self.glued.apart

    def refuted(self) -> bool:
        """Say whether it is proven that nothing keeps to the wishes: by sums alone, or by every number of grids."""
        return bool(self.apart) or self._unbalanced or self._too_heavy or self.exhausted()

    def exhausted(self) -> bool:
        """Say whether it is proven of every number of grids that may be that none keeps to the band."""
        none = self.count is not None and not self.choices
        return self._exact() and (none or any(self._refuted(at) for at in self.sound))

    @cached_property
    def _unbalanced(self) -> bool:
        """Say whether a piece's households cannot be those of any number of grids, as many as it has cells or fewer."""
        cells = np.bincount(self.glued.unit, minlength=self.glued.graph.n)
        return any(
            not len(possible(total, self.low, self.high, int(cells[piece.units].sum())))
            for piece, total in zip(self.pieces, self.totals, strict=True)
        )

    @cached_property
    def _too_heavy(self) -> bool:
        """Say whether a cell, or a courtyard that can be in one grid, has more households than a grid may have."""
        households, group = self.community.households[self.free], self.community.group[self.free]
        sums = np.bincount(group[group >= 0], weights=households[group >= 0], minlength=len(self.community.groups))
        sums[list(self.glued.apart)] = 0
        return max(households.max(initial=0), sums.max(initial=0)) > self.high

    def _refuted(self, at: int) -> bool:
        """Say whether it is proven of every number of grids that a piece may have that none keeps to the band."""
        counts = possible(self.totals[at], self.low, self.high, len(self.pieces[at].units))
        if self.count is not None and self.kept == 1:
            counts = range(self.count, self.count + 1)
        known = [self.tried.get((at, count)) for count in counts]
        return all(each is not None and each.proven and not each.feasible for each in known)

    def smallest(self) -> Smallest | None:
        """Return the smallest band for what is not apart, that which was wished where it can be kept."""
        if self.verdict().status != "infeasible":
            return None
        by = max((each.by for each in self.widened.values()), default=0.0)
        bound = max((each.bound for each in self.widened.values()), default=0.0)
        return Smallest(max(0.0, self.low - by), self.high + by, by, bound if self._exact() or by == 0 else None)
