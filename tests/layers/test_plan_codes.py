"""Codes of new grids: fifteen digits, in reading order, never used twice."""

from __future__ import annotations

import pytest

from layers.model.values.grid_codes import OutOfCodes, free_codes, reading_order

TOWN = "990301001001"


def test_new_codes_go_on_after_the_last_one_that_was_ever_used() -> None:
    assert free_codes(TOWN, [f"{TOWN}001", f"{TOWN}007", "990301001002009"], 2) == [f"{TOWN}008", f"{TOWN}009"]


def test_what_is_no_code_of_the_community_does_not_count() -> None:
    assert free_codes(TOWN, [f"{TOWN}00A", f"{TOWN}0011", TOWN], 1) == [f"{TOWN}001"]


def test_gaps_are_filled_only_when_nothing_is_left_above() -> None:
    used = [f"{TOWN}{number:03}" for number in range(1, 999) if number != 5]
    assert free_codes(TOWN, used, 1) == [f"{TOWN}999"]
    assert free_codes(TOWN, used, 2) == [f"{TOWN}005", f"{TOWN}999"]
    with pytest.raises(OutOfCodes) as refused:
        free_codes(TOWN, used, 3)
    assert refused.value.left == 2


def test_the_first_number_is_a_gap_like_any_other() -> None:
    used = [f"{TOWN}{number:03}" for number in range(2, 1000)]
    assert free_codes(TOWN, used, 1) == [f"{TOWN}001"]


def box(west: float, south: float, east: float, north: float) -> tuple[tuple, tuple]:
    return (west, south, east, north), ((west + east) / 2, (south + north) / 2)


def order(*boxes: tuple[tuple, tuple]) -> list[int]:
    return reading_order([bounds for bounds, _ in boxes], [middle for _, middle in boxes])


def test_a_row_is_numbered_from_west_to_east() -> None:
    assert order(box(20, 0, 30, 9), box(0, 1, 10, 11), box(10, 0, 20, 10)) == [1, 2, 0]


def test_rows_are_numbered_from_north_to_south() -> None:
    south_west, south_east, north_west, north_east = (
        box(0, 0, 10, 10), box(10, 1, 20, 11), box(0, 10, 10, 20), box(10, 11, 20, 21),
    )  # fmt: skip
    assert order(south_west, south_east, north_west, north_east) == [2, 3, 0, 1]
    assert order() == []


def test_a_middle_on_the_southern_edge_of_a_row_is_in_the_next() -> None:
    # The second lies to the west, its middle at y 10, where the first ends.
    assert order(box(0, 10, 10, 20), box(-20, 5, -10, 15)) == [0, 1]
    assert order(box(0, 10, 10, 20), box(-20, 5.2, -10, 15.2)) == [1, 0]
