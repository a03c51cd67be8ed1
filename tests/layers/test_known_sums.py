"""What nobody has on record is unknown in every sum, and never 0."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.model.values import as_counts, known_sum, known_sums
from layers.store.protocol import Store
from tests import town
from tests.layers.test_service import names, run

VALUES = st.lists(st.one_of(st.just(float("nan")), st.integers(0, 50).map(float)), max_size=12)


@given(VALUES, st.data())
def test_a_sum_is_unknown_where_there_are_values_and_none_is_known(values: list[float], data: st.DataObject) -> None:
    group = data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)))
    found = known_sums(np.array(values), np.array(group, dtype=np.int64), 4)
    for each in range(4):
        mine = [value for value, at in zip(values, group, strict=True) if at == each]
        known = [value for value in mine if value == value]
        expected = None if mine and not known else sum(known)
        assert known_sum(mine) == expected
        assert (None if np.isnan(found[each]) else found[each]) == expected


def test_counts_that_are_not_known_are_missing_in_a_column_of_whole_numbers() -> None:
    column = as_counts(np.array([3.0, np.nan, 0.0]))
    assert str(column.dtype) == "Int64" and column.isna().tolist() == [False, True, False]
    assert column[0] == 3 and column[2] == 0


@pytest.fixture
def streets(small_town: Store) -> Store:
    """Ten houses of which six are reached in ten minutes; of b06 to b10 each the population is said one by one."""
    town.lay_street(small_town)
    return small_town


def silence(store: Store, which: list[str], **fields: object) -> None:
    for name in which:
        town.amend(store, "buildings", name, **(fields or {"population": None}))


class TestServiceCoverage:
    def test_nobody_says(self, streets: Store) -> None:
        silence(streets, names(1, 10))
        found = run(streets, "service-coverage", minutes=[10], by="grids", weight="population")
        said = found["summary"]
        assert (said["population_covered"], said["population_total"], said["population_missing"]) == (None, None, 10)
        for row in found["rows"]:
            assert (row["covered"], row["total"], row["share"], row["missing_weight"]) == (None, None, None, 5)
        (gap,) = (each["properties"] for each in found["gaps"]["features"])
        assert (gap["population"], gap["population_missing"], gap["buildings"]) == (None, 3, 3)
        assert (gap["elderly_60"], gap["elderly_60_missing"]) == (9, 0)

    def test_some_say(self, streets: Store) -> None:
        silence(streets, names(1, 10))
        silence(streets, ["b06", "b09"], population=20)
        found = run(streets, "service-coverage", minutes=[10], by="grids", weight="population")
        said = found["summary"]
        assert (said["population_covered"], said["population_total"], said["population_missing"]) == (20, 40, 8)
        west, east = found["rows"]
        assert (west["covered"], west["total"], west["share"]) == (None, None, None)
        assert (east["covered"], east["total"], east["share"], east["missing_weight"]) == (20, 40, 0.5, 3)
        (gap,) = (each["properties"] for each in found["gaps"]["features"])
        assert (gap["population"], gap["population_missing"]) == (20, 2)

    def test_everybody_says(self, streets: Store) -> None:
        silence(streets, names(1, 10), population=20)
        found = run(streets, "service-coverage", minutes=[10], by="grids", weight="population")
        said = found["summary"]
        assert (said["population_covered"], said["population_total"], said["population_missing"]) == (140, 200, 0)
        assert [(row["covered"], row["total"]) for row in found["rows"]] == [(100, 100), (40, 100)]
        (gap,) = (each["properties"] for each in found["gaps"]["features"])
        assert (gap["population"], gap["population_missing"]) == (60, 0)

    def test_the_nearest_station_of_houses_that_do_not_say(self, streets: Store) -> None:
        silence(streets, names(1, 10), households=None)
        areas = run(streets, "service-area", minutes=[10], nearest_areas=True)["nearest_areas"]["features"]
        assert [each["properties"]["households"] for each in areas] == [None]

    def test_places_that_nobody_is_known_to_ask_for(self, streets: Store) -> None:
        town.amend(streets, "stations", "T1", capacity=15)
        silence(streets, names(1, 10), households=None)
        found = run(streets, "service-coverage", minutes=[10], weight="households", capacity=True)
        assert (found["summary"]["placed"], found["summary"]["unplaced"]) == (None, None)
        assert {each["properties"]["asking"] for each in found["places"]["features"]} == {None}
        assert [(each["asking"], each["taken"], each["left"]) for each in found["stations"]] == [(None, None, None)]
