"""How many districts: of the whole, and of each piece that nothing joins to the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from geo.districting.problem import SAME

_MOST_TRIED = 40


@dataclass(frozen=True)
class Allotment:
    """A number of districts for each piece, and how far their means lie from the middle of the band, all together."""

    counts: tuple[int, ...]
    away: float

    @property
    def total(self) -> int:
        """How many districts there are."""
        return sum(self.counts)


def possible(total: float, lowest: float, highest: float, units: int) -> range:
    """Give the numbers of districts whose mean is within the band."""
    close = SAME * max(1.0, highest)
    fewest = max(1, int(np.ceil((total - close) / highest))) if highest > 0 else 1
    most = int(np.floor((total + close) / lowest)) if lowest > 0 else units
    return range(fewest, min(most, units) + 1)


def allotments(totals: Sequence[float], units: Sequence[int], lowest: float, highest: float,
               count: int | None = None, wanted: int | None = None) -> list[Allotment]:
    """List how many districts pieces may have, the likeliest first; none where sums forbid it.

    Parameters
    ----------
    totals, units : sequences
        The sum of weights and the number of units of each piece.
    count : int, optional
        How many districts there must be.
    wanted : int, optional
        How many there should be, as far as that is possible; without it, so many that their means lie near the
        middle of the band.
    """
    choices = [possible(total, lowest, highest, n) for total, n in zip(totals, units, strict=True)]
    if any(not len(each) for each in choices):
        return []
    middle = (lowest + highest) / 2
    found: dict[int, Allotment] = {0: Allotment((), 0.0)}
    for total, each in zip(totals, choices, strict=True):
        following: dict[int, Allotment] = {}
        for so_far in found.values():
            for number in islice(each, 4 * _MOST_TRIED):
                made = Allotment((*so_far.counts, number), so_far.away + number * abs(total / number - middle))
                if made.total not in following or made.away < following[made.total].away - SAME:
                    following[made.total] = made
        found = following
    every = [each for each in found.values() if count is None or each.total == count]
    if wanted is not None:
        every.sort(key=lambda each: (abs(each.total - wanted), each.total))
    else:
        mean = {each.total: abs(sum(totals) / each.total - middle) for each in every}
        every.sort(key=lambda each: (mean[each.total], each.total))
    return every[:_MOST_TRIED]
