"""Polygons that ought to fit together, and after repair do."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition import repairs
from geo.partition.repairs import repair
from geo.partition.topology import find_defects
from tests.geo.parcels import FRAMES, crazy
from tests.suite import examples

FRAME = shapely.box(0, 0, 200, 100)


def told(made):
    return [(each.what, each.members, round(each.m2, 3), each.to) for each in made.mended]


def whole(made, frame):
    """Check the result by other means than `repair` uses."""
    shapes = made.shapes[~shapely.is_missing(made.shapes)]
    assert shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    common = shapely.intersection(shapes[one[one < other]], shapes[other[one < other]])
    assert shapely.area(common).sum() < 1e-3
    rim = shapely.symmetric_difference(shapely.union_all(shapes), frame)
    assert rim.area < 4e-3 * frame.length  # the boundary bends by millimetres to what ends beside it
    assert {each.kind for each in find_defects(shapes, frame)} <= {"multipart", "sliver"}


def test_edges_that_do_not_share_their_corners_do_not_fit_though_nothing_is_between_them():
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    cornered = shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.5)])
    frame = shapely.box(0, 0, 2, 1)
    assert repairs._fits(np.array([left, right]), frame, 0.01)
    assert not repairs._fits(np.array([left, cornered]), frame, 0.01)
    assert not repairs._fits(np.array([left, right]), shapely.box(0, 0, 3, 1), 0.01)


def test_what_fits_stays_as_it_is():
    given = np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)])
    made = repair(FRAME, given)
    assert made.mended == [] and made.left == []
    assert shapely.equals(made.shapes, given).all()


def test_an_overlap_goes_to_one_of_the_two():
    made = repair(FRAME, np.array([shapely.box(0, 0, 102, 100), shapely.box(100, 0, 200, 100)]))
    whole(made, FRAME)
    ((what, members, m2, to),) = told(made)
    assert (what, members, m2) == ("overlap", (0, 1), 200.0)
    assert made.shapes[to].area == pytest.approx({0: 10_200, 1: 10_000}[to])


def test_a_gap_goes_to_the_longest_border():
    #  0 | gap between 90 and 100, from 0 to 60 | 1;   above the gap 2
    shapes = [
        shapely.Polygon([(0, 0), (90, 0), (90, 60), (90, 100), (0, 100)]),
        shapely.box(100, 0, 200, 100),
        shapely.box(90, 60, 100, 100),
    ]
    made = repair(FRAME, np.array([shapes[0], shapes[1] - shapely.box(99, 0, 101, 20), shapes[2]]))
    whole(made, FRAME)
    assert told(made) == [("gap", (0, 1, 2), 620.0, 1)]  # 1 has 62 m of border with it, 0 has 60 m, 2 has 10 m


def test_spills_are_cut_off():
    made = repair(FRAME, np.array([shapely.box(-5, 0, 100, 100), shapely.box(100, 0, 200, 103)]))
    whole(made, FRAME)
    assert told(made) == [("spill", (0,), 500.0, None), ("spill", (1,), 300.0, None)]


def test_scraps_go_to_the_neighbour():
    scrap = shapely.box(150, 50, 150.5, 51)
    given = [shapely.union(shapely.box(0, 0, 100, 100), scrap), shapely.box(100, 0, 200, 100) - scrap]
    made = repair(FRAME, np.array(given))
    whole(made, FRAME)
    assert shapely.equals(made.shapes, [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]).all()


def test_without_a_boundary_only_small_holes_are_gaps():
    lake, crack = shapely.box(40, 40, 60, 60), shapely.box(99.9, 40, 100, 50)
    shapes = [shapely.box(0, 0, 100, 100) - lake - crack, shapely.box(100, 0, 200, 100)]
    made = repair(None, np.array(shapes))
    whole(made, FRAME - lake)
    assert told(made) == [("gap", (0, 1), 1.0, 0)]


@pytest.mark.parametrize(("length_m", "stays"), [(55, True), (70, False)])
def test_a_part_is_a_sliver_by_how_narrow_it_is(length_m, stays):
    """Of a strip 1 m wide the area is 0.055 of that of a circle as long around at 55 m, 0.044 at 70; 0.05 decides."""
    strip = shapely.box(120, 50, 120 + length_m, 51)
    given = [shapely.union(shapely.box(0, 0, 100, 100), strip), shapely.box(100, 0, 200, 100) - strip]
    made = repair(FRAME, np.array(given))
    whole(made, FRAME)
    assert told(made) == ([] if stays else [("sliver", (0,), 70.0, 1)])


@pytest.mark.parametrize(("length_m", "stays"), [(82.5, True), (90, False)])
def test_a_hole_is_a_gap_by_how_narrow_it_is(length_m, stays):
    """Both are larger than a hole that is filled for its size; of a circle as long around they are 0.055 and 0.041."""
    crack = shapely.box(5, 50, 5 + length_m, 50 + (1.5 if stays else 1.2))
    made = repair(None, np.array([shapely.box(0, 0, 100, 100) - crack]))
    assert told(made) == ([] if stays else [("gap", (0,), 108.0, 0)])


def test_broken_shapes_and_none():
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    made = repair(FRAME, np.array([bow, None, shapely.box(100, 0, 200, 100)], dtype=object))
    whole(made, FRAME)
    assert made.shapes[1] is None
    assert ("invalid", (0,), 0.0, 0) in told(made)
    with pytest.raises(ValueError, match="boundary"):
        repair(shapely.Polygon(), np.array([bow]))


@settings(max_examples=examples(100))
@given(st.integers(0, 10**6), st.sampled_from(sorted(FRAMES)))
def test_shaken_partitions_are_made_whole(seed, frame):
    """Parts of a partition whose vertices are shaken one by one, and some grown: gaps and overlaps everywhere."""
    rng = np.random.default_rng(seed)
    p = crazy(seed, frame, 20, 4, blank=0.0)
    shapes = np.array([p.shape(part) for part in p.parts()], dtype=object)
    far = rng.choice([0.001, 0.3, 2.0])

    def shake(xy):
        places, which = np.unique(xy, axis=0, return_inverse=True)  # or rings would not close
        return (places + rng.normal(0, far, places.shape))[which.ravel()]

    shaken = np.array([shapely.transform(each, shake) for each in shapes], dtype=object)
    whole(repair(p.boundary, shapely.buffer(shaken, rng.choice([0.0, 0.5]))), p.boundary)


class TestSlivers:
    """A thin piece of a shape within another one."""

    def given(self) -> np.ndarray:
        piece = shapely.box(150, 5, 151, 95)
        return np.array([shapely.union(shapely.box(0, 0, 100, 100), piece), shapely.box(100, 0, 200, 100) - piece])

    def test_is_given_away_and_told(self):
        made = repair(FRAME, self.given())
        whole(made, FRAME)
        assert told(made) == [("sliver", (0,), 90.0, 1)]
        assert made.shapes[1].area == 10_000

    def test_stays_where_somebody_lives(self):
        home = np.array([shapely.Point(50, 50), shapely.Point(150.5, 40)])
        made = repair(FRAME, self.given(), homes=home)
        whole(made, FRAME)
        assert told(made) == []
        assert made.shapes[0].area == 10_090
