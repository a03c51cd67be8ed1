"""One place that lies astray among many is a fault of its row; what all have in common is what the file is like."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.formats.table import RawTable
from layers.usecases.imports.astray import without_astray

ROW = [(120.40 + 0.001 * each, 36.20) for each in range(10)]
METRES = [(535_000.0 + 90 * each, 4_007_800.0) for each in range(10)]


def looked_at(places: list[tuple[float, float]]) -> dict[int, str]:
    """Return row → the key of what is said of it."""
    shapes = np.array([shapely.Point(each) for each in places], dtype=object)
    found = without_astray(RawTable("t", {}, list(range(2, len(places) + 2)), shapes))
    assert [each is None for each in found.geometry] == [
        row in {fault.where["row"] for fault in found.faults} for row in found.rows
    ]
    return {int(str(each.where["row"])): each.text.key for each in found.faults}


@pytest.mark.parametrize(("place", "key"), [
    ((0, 0), "imports.place-zero"),
    ((36.2, 120.4), "imports.place-swapped"),
    ((120.4, 0), "imports.place-half-zero"),
    ((1204, 36.2), "imports.place-digits"),
    ((12.04, 36.2), "imports.place-digits"),
    ((120400000, 36200000), "imports.place-digits"),
    ((535_000, 4_007_800), "imports.place-other-kind"),
])  # fmt: skip
def test_one_of_eleven(place: tuple[float, float], key: str) -> None:
    assert looked_at([*ROW, place]) == {12: key}


@pytest.mark.parametrize(("place", "key"), [
    ((0, 0), "imports.place-zero"),
    ((4_007_800, 535_000), "imports.place-swapped"),
    ((53_500, 4_007_800), "imports.place-digits"),
    ((120.4, 36.2), "imports.place-other-kind"),
])  # fmt: skip
def test_one_of_eleven_in_metres(place: tuple[float, float], key: str) -> None:
    assert looked_at([*METRES, place]) == {12: key}


def test_far_away_alone_is_no_fault() -> None:
    """A station in the next province may be right; whether it belongs here is asked where the records are known."""
    assert looked_at([*ROW, (117.0, 31.8)]) == {}


def test_what_a_third_of_the_rows_is_like_the_file_is_like() -> None:
    turned = [(y, x) for x, y in ROW]
    assert looked_at([*ROW[:5], *turned[:5]]) == {}
    assert looked_at(turned) == {}


def test_a_single_place_of_zeros_and_a_whole_column_of_them() -> None:
    assert looked_at([(0, 0)]) == {2: "imports.place-zero"}
    assert looked_at([*ROW[:2], (0, 0)]) == {4: "imports.place-zero"}


@pytest.mark.parametrize(("places", "found"), [
    ([(120.4, 36.2), (36.2, 120.4)], {3: "imports.place-swapped"}),
    ([(36.2, 120.4)], {}), ([(118.9, 36.2)], {}),
])  # fmt: skip
def test_a_file_of_two_is_compared_with_where_the_records_lie(
    places: list[tuple[float, float]], found: dict[int, str]
) -> None:
    """Where all of them are the other way round, that is what the file is like."""
    shapes = np.array([shapely.Point(each) for each in places], dtype=object)
    table = without_astray(RawTable("t", {}, [2, 3][: len(places)], shapes), (120.3, 36.1, 120.5, 36.3))
    assert {int(str(each.where["row"])): each.text.key for each in table.faults} == found
