"""Which buildings had been surveyed by a day: themselves, or the courtyard that they belong to."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from layers.situation.whereabouts import Places


class Surveyed:
    """The courtyards that were surveyed, kept while they and the day are the same."""

    def __init__(self) -> None:
        self._codes, self._courtyards = np.empty(0, dtype=object), pd.Index([], dtype=object)
        self._by_courtyard = np.zeros(1, dtype=bool)

    def of(self, buildings: pd.DataFrame, courtyards: pd.DataFrame, places: Places, as_of: dt.date) -> np.ndarray:
        """Say which buildings had been surveyed by a day, in the order of the buildings: bool[n]."""
        codes = courtyards["code"].to_numpy(dtype=object)[surveyed_by(courtyards, as_of)]
        if places.courtyards is not self._courtyards or not np.array_equal(codes, self._codes):
            at = places.courtyards.get_indexer(codes)
            self._by_courtyard = np.zeros(len(places.courtyards) + 1, dtype=bool)  # the last is of no courtyard
            self._by_courtyard[at[at >= 0]] = True
            self._codes, self._courtyards = codes, places.courtyards
        return surveyed_by(buildings, as_of) | self._by_courtyard[places.courtyard]


def surveyed_by(frame: pd.DataFrame, as_of: dt.date) -> np.ndarray:
    """Say which buildings or courtyards had themselves been surveyed by a day."""
    in_time = frame["survey_date"].isna() | (frame["survey_date"] <= pd.Timestamp(as_of))
    return ((frame["survey_status"] == "surveyed") & in_time).to_numpy(dtype=bool)
