"""What is known of buildings beside their records, kept as it is from one situation to the next while nothing changes.

Most edits concern a name or a number of people. Then who manages what is as it was, and so are the counts and classes
of a whole city: whoever makes them keeps them for the `Derived` that they follow from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layers.keeping import OfEach, Recent
from layers.model.management import OUT_OF_SCOPE, on_basis

MOST = 12  # columns of which the values are numbered
KEPT = 2  # a few bytes a building each, beside what situations hold anyway


@dataclass(frozen=True, eq=False)  # each is itself alone: what follows from one is kept for it
class Derived:
    """What follows for every building of a situation.

    Parameters
    ----------
    rests_on : dict of arrays
        Where buildings stand (`whereabouts.Places.columns`) and what their status is (`management_status`).
    acceptances : bool
        Whether any acceptance is on record.
    columns : DataFrame
        That, the class of what is out of scope, and ``managed, reason`` on the basis; in the order of the buildings.
    """

    rests_on: Mapping[str, np.ndarray]
    acceptances: bool
    columns: pd.DataFrame


class Deriving:
    """The `Derived` of the days and bases that were asked for last."""

    def __init__(self) -> None:
        self._kept: Recent[tuple[dt.date, str], Derived] = Recent(KEPT)

    def of(
        self, day: dt.date, basis: str, index: pd.Index, rests_on: Mapping[str, np.ndarray], acceptances: bool
    ) -> Derived:
        """Return what follows for the buildings of `index`; the very same as before where all of it is the same."""
        before = self._kept.get((day, basis))
        if before is not None and before.acceptances == acceptances:
            same = all(before.rests_on[name] is values for name, values in rests_on.items())
            if same and before.columns.index.equals(index):
                return before
        columns = dict(rests_on)
        columns["status_class"] = np.where(columns["scoped"], columns["status_class"], OUT_OF_SCOPE)
        told = counted(pd.DataFrame(shared(index, **columns), copy=False), basis, acceptances)
        return self._kept.keep((day, basis), Derived(rests_on, acceptances, told))


def numbers(found: Derived, name: str) -> tuple[np.ndarray, pd.Index | np.ndarray]:
    """Return the number of each building's value in a column, -1 where there is none, and the values that differ."""
    return _NUMBERS(found).made(name, lambda: _numbered(found.columns[name]))


def _numbered(column: pd.Series) -> tuple[np.ndarray, pd.Index | np.ndarray]:
    number, different = pd.factorize(column.array)
    return as_few(number, len(different)), different


_NUMBERS: OfEach[Derived, Recent[str, tuple[np.ndarray, pd.Index | np.ndarray]]] = OfEach(lambda found: Recent(MOST))


def as_few(numbers: np.ndarray, different: int) -> np.ndarray:
    """Return numbers from -1 on of so many values in as few bytes as hold them; reckon with them as int64."""
    return numbers.astype(np.min_scalar_type(-max(different, 1)), copy=False)


def on_other_basis(found: Derived, basis: str) -> Derived:
    """Return the same, counted on another basis."""
    return Derived(found.rests_on, found.acceptances, counted(found.columns, basis, found.acceptances))


def counted(columns: pd.DataFrame, basis: str, acceptances: bool) -> pd.DataFrame:
    """Say of each building whether it is managed on a basis, and why not."""
    managed, reason = on_basis(columns, basis, acceptances)
    return columns.assign(managed=managed, reason=reason)


def shared(index: pd.Index, **columns: np.ndarray) -> dict[str, pd.Series]:
    """Return columns that keep references to a few texts, where text columns would hold a copy in every row."""
    return {name: pd.Series(values, index=index, dtype=values.dtype, copy=False) for name, values in columns.items()}
