"""A mixed-integer model handed to HiGHS as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geo.engines.highs import Answer, prepared, solved

if TYPE_CHECKING:
    import highspy


@dataclass
class Model:
    """Columns and rows, block by block.

    Attributes
    ----------
    cost, low, high, whole : list of arrays
        By columns.
    """

    cost: list[np.ndarray] = field(default_factory=list)
    low: list[np.ndarray] = field(default_factory=list)
    high: list[np.ndarray] = field(default_factory=list)
    whole: list[np.ndarray] = field(default_factory=list)
    columns: int = 0
    rows: int = 0
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    ends: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def add(
        self, cost: np.ndarray, high: np.ndarray | float = np.inf, low: float = 0.0,
        whole: np.ndarray | bool = False,
    ) -> np.ndarray:
        """Add columns and return their numbers."""
        count = len(cost)
        self.cost.append(np.asarray(cost, float))
        self.low.append(np.full(count, low))
        self.high.append(np.broadcast_to(np.asarray(high, float), count))
        self.whole.append(np.broadcast_to(np.asarray(whole, bool), count))
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def require(
        self, count: int, parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray | float]],
        low: np.ndarray | float = -np.inf, high: np.ndarray | float = np.inf,
    ) -> None:  # fmt: skip
        """Add rows: parts are (row from 0, column, value)."""
        for row, column, value in parts:
            self.entries.append((row + self.rows, column, np.broadcast_to(np.asarray(value, float), len(column))))
        ends = [np.broadcast_to(np.asarray(each, float), count) for each in (low, high)]
        self.ends.append((ends[0], ends[1]))
        self.rows += count

    def run(self, seconds: float, seed: int = 1, known: np.ndarray | None = None, nodes: int = 2**31 - 1,
            gap: float = 0.0) -> Answer:  # fmt: skip
        """Solve it; from `known` values on, where there are such. Errors as `prepared`."""
        solver = prepared(self._lp(), seconds, nodes, seed, gap)
        if known is not None:
            solver.setSolution(len(known), np.arange(len(known), dtype=np.int32), known)
        return solved(solver, relaxed=not np.concatenate(self.whole).any())

    def relaxed(self, seconds: float, seed: int = 1) -> Answer:
        """Solve it as if nothing had to be whole. Errors as `prepared`."""
        lp = self._lp()
        lp.integrality_ = []
        return solved(prepared(lp, seconds, 2**31 - 1, seed), relaxed=True)

    def _lp(self) -> highspy.HighsLp:
        import highspy
        from scipy.sparse import csr_array

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, self.rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = (np.concatenate(each) for each in (self.cost, self.low, self.high))
        lp.row_lower_, lp.row_upper_ = (np.concatenate([each[at] for each in self.ends]) for at in (0, 1))
        row, column, value = (np.concatenate([each[at] for each in self.entries]) for at in (0, 1, 2))
        matrix = csr_array((value, (row, column)), shape=(self.rows, self.columns))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        kinds = highspy.HighsVarType
        whole = np.concatenate(self.whole)
        if whole.any():
            lp.integrality_ = [kinds.kInteger if each else kinds.kContinuous for each in whole]
        return lp
