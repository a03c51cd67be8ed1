"""On which days a station is open."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from layers.model.roads.stations import open_on


class TestStations:
    @pytest.mark.parametrize(
        ("status", "since", "until", "is_open"),
        [
            ("open", None, None, True),
            (None, None, None, True),
            ("unknown", None, None, True),
            ("closed", None, None, False),
            ("planned", None, None, False),
            ("open", 0, None, True),
            ("open", 1, None, False),
            ("open", None, 0, True),
            ("open", None, -1, False),
            ("closed", None, 0, True),
            ("closed", None, -1, False),
            ("closed", 0, None, False),
            ("planned", 0, None, True),
            ("planned", 1, None, False),
            ("planned", None, 0, False),
            ("open", -1, 1, True),
        ],
    )
    def test_open_from_its_first_to_its_last_day(self, status, since, until, is_open) -> None:
        day = dt.date(2025, 2, 6)
        dates = [pd.NaT if days is None else pd.Timestamp(day) + pd.Timedelta(days=days) for days in (since, until)]
        frame = pd.DataFrame(
            {
                "status": pd.Series([status], dtype=object),
                "open_from": pd.Series([dates[0]], dtype="datetime64[s]"),
                "open_to": pd.Series([dates[1]], dtype="datetime64[s]"),
            }
        )
        assert open_on(frame, day).tolist() == [is_open]
