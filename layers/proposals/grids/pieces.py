"""What hangs together of a community's ground, and which of today's grids go on in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Piece:
    """What hangs together of the ground that may change.

    Attributes
    ----------
    units : int64[u]
        The larger units, as numbers of the whole.
    codes : list of str
        Today's grids in it, which it begins with.
    home : int64[u], in `codes`, -1 for none.
    """

    units: np.ndarray
    codes: list[str]
    home: np.ndarray

    def staying(self, weight: np.ndarray, count: int) -> list[int]:
        """Return which of today's grids go on, in order: the heaviest, where there are to be fewer."""
        known = self.home >= 0
        sums = np.bincount(self.home[known], weights=weight[known], minlength=len(self.codes))
        kept = np.lexsort((np.arange(len(sums)), -sums))[:count]
        return sorted(kept.tolist())

    def kept(self, weight: np.ndarray, count: int) -> np.ndarray:
        """Return each unit's grid of today among those that go on, -1 for units of others."""
        number = np.full(len(self.codes) + 1, -1, np.int64)
        staying = self.staying(weight, count)
        number[staying] = np.arange(len(staying))
        return number[self.home]
