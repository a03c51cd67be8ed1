"""The figures of the district meeting, at the edges where a day or a unit decides."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from layers.model.management.indicators import coverage, expiring, mode_mix, open_share, share, weights

DAY = dt.date(2025, 2, 6)


def ending(*terms: tuple[int | None, str]) -> pd.DataFrame:
    """Arrangements that end so many days after `DAY` (None: never), each with its stage."""
    days = [pd.NaT if left is None else pd.Timestamp(DAY) + pd.Timedelta(days=left) for left, _ in terms]
    return pd.DataFrame({"end_date": pd.Series(days, dtype="datetime64[s]"), "stage": [stage for _, stage in terms]})


class TestExpiring:
    def test_the_last_day_of_each_span_is_within_it(self) -> None:
        found = ending(*((left, "formal") for left in (0, 30, 31, 60, 61, 90, 91)))
        assert expiring(found, pd.Series([True] * 7), DAY) == {
            "within_30_days": 2, "within_60_days": 4, "within_90_days": 6, "trials_within_30_days": 0,
        }  # fmt: skip

    def test_a_trial_that_ends_today_or_in_thirty_days_is_pressing_and_one_in_thirty_one_is_not(self) -> None:
        # A trial is to be decided upon before it ends: at thirty days it is on the list, a day earlier it is not yet.
        trials = ending((0, "trial"), (30, "trial"), (31, "trial"), (-1, "trial"), (10, "formal"), (None, "trial"))
        assert expiring(trials, pd.Series([True] * 6), DAY)["trials_within_30_days"] == 2

    def test_what_has_ended_already_does_not_end_soon(self) -> None:
        # Served on after its end, so still effective.
        assert set(expiring(ending((-1, "trial")), pd.Series([True]), DAY).values()) == {0}

    def test_what_is_not_in_force_does_not_count(self) -> None:
        both = ending((5, "trial"), (5, "trial"))
        found = expiring(both, pd.Series([True, False]), DAY)
        assert (found["within_30_days"], found["trials_within_30_days"]) == (1, 1)


    def test_who_is_served_on_after_the_end_is_counted_apart(self) -> None:
        found = ending(*((left, "trial") for left in (-2, -1, 0, 30, 90, 91, 30)))
        found["continued_service"] = pd.array([True, True, True, True, True, True, None], dtype="boolean")
        assert expiring(found, pd.Series([False, *[True] * 6]), DAY) == {
            "within_30_days": 1, "within_60_days": 1, "within_90_days": 1, "trials_within_30_days": 1,
            "served_on_within_90_days": 3, "served_on_past_end": 1,
        }  # fmt: skip


class TestCoverage:
    HOUSES = pd.DataFrame(
        {
            "managed": pd.array([True, False, None, True], dtype="boolean"),
            "households": pd.array([30, 10, 60, None], dtype="Int64"),
            "street": ["a", "a", "b", None],
        }
    )

    def test_shares_and_bounds_by_hand(self) -> None:
        # 30 managed of 40 known of 100: 75 % of 40 %, so between 30 and 90 % of all.
        row = coverage(self.HOUSES, "households").iloc[0]
        assert row[["managed", "unmanaged", "unknown", "known", "total"]].tolist() == [30, 10, 60, 40, 100]
        assert row[["coverage", "known_share", "lower", "upper"]].tolist() == pytest.approx([0.75, 0.4, 0.3, 0.9])
        assert row[["missing_weight", "buildings"]].tolist() == [1, 4]

    def test_a_house_is_one_whatever_its_households(self) -> None:
        assert weights(self.HOUSES, "buildings").tolist() == [1, 1, 1, 1]
        assert coverage(self.HOUSES, "buildings").iloc[0]["coverage"] == pytest.approx(2 / 3)

    def test_what_lies_in_no_street_has_a_row_of_its_own(self) -> None:
        rows = coverage(self.HOUSES, "buildings", "street")
        assert rows["buildings"].tolist() == [2, 1, 1]
        assert rows.index.name == "street" and pd.isna(rows.index[2])
        assert np.isnan(rows.loc["b", "coverage"])  # nothing is known there

    def test_of_nothing_there_is_no_share(self) -> None:
        rows = coverage(self.HOUSES.iloc[:0], "buildings")
        assert rows["total"].tolist() == [0] and rows["coverage"].isna().all()
        assert coverage(self.HOUSES.iloc[:0], "buildings", "street").empty

    def test_a_part_of_one_is_all_of_it(self) -> None:
        assert share(pd.Series([1, 0, 1]), pd.Series([1, 0, 2])).tolist()[::2] == [1.0, 0.5]
        assert share(pd.Series([0]), pd.Series([0])).isna().all()


def test_open_courtyards_by_number_and_by_households() -> None:
    # Open 1 of 3 known; households 10 of 10 + 30 known, one known courtyard without a number.
    courtyards = pd.DataFrame(
        {
            "enclosure": pd.Series(["open", "closed", "semi", "unknown", None], dtype=object),
            "households": pd.array([10, 30, None, 99, 99], dtype="Int64"),
        }
    )
    assert open_share(courtyards) == {
        "open": 1, "known": 3, "unknown": 2, "open_share": pytest.approx(1 / 3),
        "open_households": 10, "known_households": 40, "open_share_households": 0.25, "missing_households": 1,
    }  # fmt: skip
    assert open_share(courtyards.iloc[3:])["open_share"] is None


def test_households_by_mode_are_those_of_managed_buildings() -> None:
    houses = pd.DataFrame(
        {
            "status": ["managed", "managed", "managed", "lapsed"],
            "mode": pd.Series(["soe", "soe", None, "soe"], dtype=object),
            "households": [1, 2, 4, 8],
        }
    )
    assert mode_mix(houses) == {"soe": 3, "unknown": 4}
