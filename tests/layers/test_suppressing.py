"""Which counts are hidden in a workspace where courtyards and grids cut across one another."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.usecases.exports.suppressing import hidden_counts
from tests.layers.test_disclosure import bounds
from tests.suite import examples

LIMIT = 5


def frame(prefix: str, counts: list, **codes: list) -> gpd.GeoDataFrame:
    names = [f"{prefix}{n}" for n in range(len(counts))]
    nobody = pd.array([None] * len(counts), dtype="Int64")
    columns = {"code": names, "population": nobody, "elderly_60": nobody, "elderly_65": nobody}
    columns["households"] = pd.array(counts, dtype="Int64")
    texts = {name: pd.Series(values, dtype=object).to_numpy() for name, values in codes.items()}
    return gpd.GeoDataFrame(columns | texts, index=names, geometry=[None] * len(names), crs=4326)


@st.composite
def districts(draw: st.DrawFn) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, np.ndarray]]:
    """Buildings in courtyards of one community and in grids; totals that are sums, some of them not on record.

    Beside the frames: layer → which buildings each record counts, bool[records, buildings].
    """
    few = st.one_of(st.integers(0, 6), st.integers(0, 60))
    counts = draw(st.lists(few, min_size=1, max_size=10))
    size = len(counts)
    court = draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size))
    grid = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    inside = {
        "communities": np.ones((1, size), bool),
        "courtyards": np.array([[each == n for each in court] for n in range(3)]),
        "grids": np.array([[each == n for each in grid] for n in range(3)]),
        "buildings": np.eye(size, dtype=bool),
    }

    def totals(layer: str) -> list:
        sums = (inside[layer] @ np.array(counts)).tolist()
        return [total if draw(st.integers(0, 3)) else None for total in sums]

    def named(prefix: str, numbers: list[int]) -> list[str | None]:
        return [f"{prefix}{n}" if n >= 0 else None for n in numbers]

    grids = frame("G", totals("grids"), community_code=["M0"] * 3, grid_system=["service"] * 3)
    return {
        "communities": frame("M", totals("communities")),
        "courtyards": frame("C", totals("courtyards"), community_code=["M0"] * 3),
        "buildings": frame("B", counts, courtyard_code=named("C", court), community_code=["M0"] * size,
                           grid_code=named("G", grid)),
        "grids": grids,
    }, inside  # fmt: skip


@given(districts())
@settings(max_examples=examples(80))
def test_two_ways_of_adding_up_leave_every_small_count_open(
    district: tuple[dict[str, gpd.GeoDataFrame], dict[str, np.ndarray]],
) -> None:
    frames, inside = district
    hidden = hidden_counts(frames, LIMIT)
    equations, sums, small = [], [], []
    for layer, each in frames.items():
        values = each["households"].to_numpy(dtype=float, na_value=np.nan)
        away = each.index.isin(hidden[layer]["households"]) | ~(values >= LIMIT)
        equations += list(inside[layer][~away].astype(float))
        sums += values[~away].tolist()
        small += list(inside[layer][values < LIMIT].astype(float))
    for wanted in small:
        if wanted.any():
            low, high = bounds(wanted, np.array(equations), np.array(sums))
            assert low <= 0.001 and high >= LIMIT - 1.001
