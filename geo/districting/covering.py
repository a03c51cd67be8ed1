"""Who meets whom reduced to stars: the pairs that are worth most, so that nobody who has several is one of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Stars:
    """Pairs that were kept.

    Attributes
    ----------
    host : int64[b]
        Of each column the row in which it lies whole; -1 where rows lie in it.
    inside : int64[a]
        Of each row the column in which it lies whole; -1 where columns lie in it.
    kept : float
        What the pairs are worth.
    """

    host: np.ndarray
    inside: np.ndarray
    kept: float


class Cover:
    """The model: every row lies in a column that it meets, or columns lie in it, of which it meets one at least.

    Parameters
    ----------
    worth : float64[a, b]
    meet : bool[a, b]
        Which pairs meet. A column may also lie in a row that it does not meet, which is worth nothing.
    """

    def __init__(self, worth: np.ndarray, meet: np.ndarray) -> None:
        a, b = self.shape = worth.shape
        self.worth = np.where(meet, worth, 0.0)
        self.rows, self.columns = np.nonzero(meet)
        m, n = len(self.rows), a * b
        # Columns in rows (x, all pairs), rows in columns (z, pairs that meet); rows and columns in which others lie.
        self.x = np.arange(n).reshape(a, b)
        self.z = n + np.arange(m)
        row_of, column_of = n + m + np.arange(a), n + m + a + np.arange(b)
        self.size = n + m + a + b
        self._conditions: list[tuple[np.ndarray, np.ndarray, float, float]] = []
        for row in range(a):
            mine = self.z[self.rows == row]
            self._add([*mine, row_of[row]], np.ones(len(mine) + 1), 1, 1)
            met = self.x[row, self.columns[self.rows == row]]
            self._add([row_of[row], *met], [1.0, *-np.ones(len(met))], -np.inf, 0)
        for column in range(b):
            self._add([*self.x[:, column], column_of[column]], np.ones(a + 1), 1, 1)
            mine = self.z[self.columns == column]
            self._add([column_of[column], *mine], [1.0, *-np.ones(len(mine))], -np.inf, 0)
        for row in range(a):
            for column in range(b):
                self._add([self.x[row, column], row_of[row]], [1, -1], -np.inf, 0)
        for pair in range(m):
            self._add([self.z[pair], column_of[self.columns[pair]]], [1, -1], -np.inf, 0)

    def _add(self, at: object, values: object, low: float, high: float) -> None:
        self._conditions.append((np.asarray(at, np.int64), np.asarray(values, float), low, high))

    def cheapest(self) -> Stars | None:
        """Return the stars that are worth most of those that are not forbidden; None where there are none.

        Raises
        ------
        RuntimeError
            HiGHS gave up.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        starts = np.concatenate([[0], np.cumsum([len(each[0]) for each in self._conditions])])
        matrix = csr_array(
            (np.concatenate([each[1] for each in self._conditions]),
             np.concatenate([each[0] for each in self._conditions]), starts),
            shape=(len(self._conditions), self.size),
        )  # fmt: skip
        low, high = (np.array([each[side] for each in self._conditions]) for side in (2, 3))
        price = np.zeros(self.size)
        # Of stars that are worth as much, those that leave more columns in one row.
        price[: self.x.size] = -self.worth.ravel() - 1e-6
        price[self.z] = -self.worth[self.rows, self.columns]
        found = milp(price, constraints=LinearConstraint(matrix, low, high), bounds=Bounds(0, 1),
                     integrality=np.ones(self.size), options={"mip_rel_gap": 0.0})  # fmt: skip
        if found.status == 2:
            return None
        if found.x is None or found.status != 0:
            raise RuntimeError(f"HiGHS gave up: {found.message}")
        chosen = np.round(found.x) > 0
        host, inside = np.full(self.shape[1], -1, np.int64), np.full(self.shape[0], -1, np.int64)
        row, column = np.nonzero(chosen[self.x])
        host[column] = row
        inside[self.rows[chosen[self.z]]] = self.columns[chosen[self.z]]
        kept = self.worth[row, column].sum() + self.worth[self.rows, self.columns][chosen[self.z]].sum()
        return Stars(host, inside, float(kept))

    def _chosen(self, stars: Stars) -> np.ndarray:
        hosted = np.flatnonzero(stars.host >= 0)
        return np.concatenate([self.x[stars.host[hosted], hosted], self.z[stars.inside[self.rows] == self.columns]])

    def forbid(self, stars: Stars) -> None:
        """Ask for other stars from now on."""
        chosen = self._chosen(stars)
        self._add(chosen, np.ones(len(chosen)), -np.inf, len(chosen) - 1)

    def forbid_hosting(self, row: int, columns: np.ndarray) -> None:
        """Forbid that just these columns lie in a row."""
        within = np.isin(np.arange(self.shape[1]), columns)
        self._add(self.x[row], np.where(within, 1.0, -1.0), -np.inf, int(within.sum()) - 1)
