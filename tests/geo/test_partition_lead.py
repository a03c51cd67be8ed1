"""A line drawn by hand and the streets beside it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.partition.lead import led


def line(*places) -> shapely.LineString:
    return shapely.LineString(places)


def streets(*courses) -> np.ndarray:
    return np.array([shapely.LineString(each) for each in courses], dtype=object)


HAND = line((10, 3), (90, 3))


def test_a_street_beside_the_line_is_followed_from_end_to_end():
    made, (note,) = led(HAND, streets([(-50, 0), (150, 0)]), 5.0)
    x, y = shapely.get_coordinates(made).T
    assert (y == 0).all() and len(x) == 2  # straight on, without the places in between
    assert 5 <= x[0] <= 12 and 88 <= x[1] <= 95
    assert (note.kind, note.geometry, note.measure) == ("led", made, made.length)


@pytest.mark.parametrize("course", [[(-50, -3), (150, -3)], [(50, 40), (50, 90)], []])
def test_what_is_farther_than_it_may_be_is_not_followed(course):
    near = streets(course) if course else np.empty(0, dtype=object)
    assert led(HAND, near, 5.0) == (HAND, [])


def test_a_street_of_one_piece_is_followed_too():
    made, _ = led(line((0, 0), (10, 0)), streets([(0, 1), (10, 1)]), 20.0)
    assert made.equals(line((0, 1), (10, 1)))


def test_a_street_that_only_crosses_is_crossed():
    made, _ = led(HAND, streets([(50, -20), (50, 20)]), 5.0)
    assert made.equals(HAND)


def test_where_the_street_ends_the_line_goes_on_as_it_was_drawn():
    made, _ = led(line((0, 3), (200, 3)), streets([(60, 0), (140, 0)]), 5.0)
    xy = shapely.get_coordinates(made)
    assert xy[0].tolist() == [0, 3] and xy[-1].tolist() == [200, 3]
    on = xy[xy[:, 1] == 0]
    assert on[0, 0] < 66 and on[-1, 0] > 134


def test_of_two_streets_the_one_under_the_line():
    # 1 m above the line, and 4 m below it.
    made, _ = led(HAND, streets([(-50, 4), (150, 4)], [(-50, -1), (150, -1)]), 5.0)
    assert (shapely.get_coordinates(made)[:, 1] == 4).all()


def test_a_detour_is_followed_up_to_three_times_the_way():
    # A street with a bay: 20 m straight on, or 8 + 20 + 8 m around it. Along the street it is 36 against 3 × 20.
    bay = [(-50, 0), (40, 0), (40, 8), (60, 8), (60, 0), (150, 0)]
    made, _ = led(line((10, 0), (90, 0)), streets(bay), 10.0)
    assert made.bounds[3] == 8
    # With a bay of 30 m the hand's line is the shorter way, and a street so far off is not asked.
    deep = [(-50, 0), (40, 0), (40, 30), (60, 30), (60, 0), (150, 0)]
    made, _ = led(line((10, 0), (90, 0)), streets(deep), 10.0)
    assert made.bounds[3] < 1


def test_a_bend_of_the_street_is_a_bend_of_the_line():
    made, _ = led(line((0, 1), (49, 1), (49, 60)), streets([(-20, 0), (50, 0), (50, 90)]), 5.0)
    assert [50, 0] in shapely.get_coordinates(made).tolist()


def test_lines_in_one_street_of_several_parts():
    both = np.array([shapely.MultiLineString([[(-50, 0), (50, 0)], [(50, 0), (150, 0)]])], dtype=object)
    made, notes = led(HAND, both, 5.0)
    assert len(notes) == 1 and (shapely.get_coordinates(made)[:, 1] == 0).all()
