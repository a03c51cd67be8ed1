"""The status of every building on a day, kept from one situation to the next.

A building's status follows from the areas that reach it, from the arrangements of those areas as they stand on the
day, and from whether it was surveyed. All that is put into one number for each building; where the number is as it was,
so is the status. So another day asks anew only for the buildings whose arrangements stand otherwise on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.model.management import management_status
from layers.situation.moves import State, same_rows, state_of, with_rows

if TYPE_CHECKING:
    import geopandas as gpd

TOLD = ("code", "managed_area", "manager", "mode", "stage", "start_date")
# With more buildings than this share, all are asked for: it costs as much, and nothing is copied.
MANY = 0.3
ODD = np.uint64(0x9E3779B97F4A7C15)


class Statuses:
    """What `management_status` said last, of which buildings and from what."""

    def __init__(self) -> None:
        self._buildings: State | None = None
        self._marks = np.empty(0, np.uint64)
        self._pairs, self._of_area, self._surveyed = pd.DataFrame(), np.empty(0, np.uint64), np.empty(0, bool)
        self._status: dict[str, np.ndarray] = {}

    def of(
        self,
        buildings: gpd.GeoDataFrame,
        pairs: pd.DataFrame,
        areas: gpd.GeoDataFrame,
        terms: tuple[pd.DataFrame, pd.DataFrame],
        surveyed: np.ndarray,
    ) -> dict[str, np.ndarray]:
        """Return what `management_status` says; `terms` are the arrangements and what `evaluate` says of them.

        The arrays are the caller's to read, not to write.
        """
        now, of_area = state_of(buildings), _marks_of_areas(areas, terms)
        if self._rests_on(now, pairs, of_area, surveyed):
            self._buildings = now
            return self._status
        marks = _marks(pairs, of_area, surveyed)
        changed = self._changed(now, marks)
        if changed is None or changed.sum() > MANY * len(changed):
            self._status = management_status(len(buildings), pairs, areas, *terms, surveyed)
        elif changed.any():
            self._status = self._with(np.flatnonzero(changed), pairs, areas, terms, surveyed)
        self._buildings, self._marks = now, marks
        self._pairs, self._of_area, self._surveyed = pairs, of_area, surveyed
        return self._status

    def _rests_on(self, now: State, pairs: pd.DataFrame, of_area: np.ndarray, surveyed: np.ndarray) -> bool:
        """Say whether the status was last asked for of the same buildings, pairs, areas and surveys."""
        same = pairs is self._pairs and np.array_equal(of_area, self._of_area)
        same = same and np.array_equal(surveyed, self._surveyed)
        return same and self._buildings is not None and same_rows(self._buildings, now)

    def _changed(self, now: State, marks: np.ndarray) -> np.ndarray | None:
        """Say of which buildings the status has to be asked for; None where all have, or where rows moved."""
        before = self._buildings
        return marks != self._marks if before is not None and same_rows(before, now) else None

    def _with(
        self,
        rows: np.ndarray,
        pairs: pd.DataFrame,
        areas: gpd.GeoDataFrame,
        terms: tuple[pd.DataFrame, pd.DataFrame],
        surveyed: np.ndarray,
    ) -> dict[str, np.ndarray]:
        place = np.full(len(surveyed), -1)
        place[rows] = np.arange(len(rows))
        at = place[pairs["building"].to_numpy()]
        few = pairs[at >= 0].assign(building=at[at >= 0])
        found = management_status(len(rows), few, areas, *terms, surveyed[rows])
        status = {}
        for name, values in self._status.items():
            status[name] = with_rows(values, rows, found[name])
        return status


def _marks_of_areas(areas: gpd.GeoDataFrame, terms: tuple[pd.DataFrame, pd.DataFrame]) -> np.ndarray:
    """Return a number for each area that says how its arrangements stand: uint64[n]."""
    arrangements, evaluated = terms
    told = pd.concat([arrangements[list(TOLD)], evaluated], axis=1)
    of_term = pd.util.hash_pandas_object(told, index=True).to_numpy()
    at = pd.Index(areas["code"]).get_indexer(arrangements["managed_area"])
    of_area = pd.util.hash_array(areas["code"].to_numpy(dtype=object))
    np.add.at(of_area, at[at >= 0], of_term[at >= 0] * ODD)
    return of_area


def _marks(pairs: pd.DataFrame, of_area: np.ndarray, surveyed: np.ndarray) -> np.ndarray:
    """Return a number for each building that says what its status follows from: uint64[n]."""
    of_pair = of_area[pairs["area"].to_numpy()] * (pairs["how"].to_numpy().astype(np.uint64) * np.uint64(2) + ODD)
    marks = surveyed.astype(np.uint64)
    np.add.at(marks, pairs["building"].to_numpy(), of_pair ^ (of_pair >> np.uint64(29)))
    return marks
