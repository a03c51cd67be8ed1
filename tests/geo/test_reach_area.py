"""Areas of reach beside the exact union of buffers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.attach import attach
from geo.reach import Travel, reach
from geo.reach_area import reach_areas
from geo.stretches import Stretches
from tests.geo.street_plan import plan, random_network, random_points


def lattice(columns=12, rows=12, step=90.0):
    rng = np.random.default_rng(3)
    xy = np.stack(np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"), axis=-1) * step
    xy = xy + rng.uniform(-0.3, 0.3, xy.shape) * step
    across = [([xy[i, j], xy[i + 1, j]], True, True, 0, 0) for i in range(columns - 1) for j in range(rows)]
    up = [([xy[i, j], xy[i, j + 1]], True, True, 0, 0) for i in range(columns) for j in range(rows - 1)]
    return plan(across + up)


def likeness(one, other):
    return shapely.area(shapely.intersection(one, other)) / shapely.area(shapely.union(one, other))


def exact(network, stretches, buffer_m=25.0):
    return shapely.union_all(shapely.buffer(stretches.lines(network), buffer_m, quad_segs=32))


def test_bands_are_like_the_union_of_buffers_and_hold_each_other():
    network = lattice()
    station = attach(network, np.array([[500.0, 480.0]]), "walk")
    found = reach(network, station, 12)
    bands = [found.stretches(minutes) for minutes in (4, 8, 12)]
    areas = reach_areas(network, bands)
    for area, band in zip(areas, bands, strict=True):
        assert area.is_valid
        assert likeness(area, exact(network, band)) >= 0.99
    assert shapely.area(shapely.difference(areas[:-1], areas[1:])).max() < 1e-6
    assert (np.diff(shapely.area(areas)) > 0).all()


def test_holes_stay_holes():
    # A block of 200 m by 200 m: inside, the middle is more than 25 m from any street.
    square = plan([([(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)], True, True, 0, 0)])
    area, = reach_areas(square, [Stretches(np.array([0]), np.zeros(1), np.ones(1))])
    assert [len(part.interiors) for part in area.geoms] == [1]
    assert not area.contains(shapely.Point(100, 100))
    assert area.contains(shapely.Point(100, 24)) and not area.contains(shapely.Point(100, 26))


def test_an_area_does_not_jump_a_river_without_a_bridge():
    banks = plan([([(0, 0), (500, 0)], True, True, 0, 0), ([(0, 80), (500, 80)], True, True, 0, 0)])
    station = attach(banks, np.array([[250.0, -5.0]]), "walk")
    area, = reach_areas(banks, [reach(banks, station, 15).stretches()])
    assert area.bounds[3] == pytest.approx(25, abs=0.5)


def test_the_width_is_the_callers():
    street = plan([([(0, 0), (1000, 0)], True, True, 0, 0)])
    whole = Stretches(np.array([0]), np.zeros(1), np.ones(1))
    for width in (5.0, 25.0, 100.0):
        area, = reach_areas(street, [whole], width)
        assert area.area == pytest.approx(2000 * width + np.pi * width**2, rel=0.01)


def test_nothing_reached_is_an_empty_area():
    network = plan()
    nothing = Stretches(np.empty(0, np.int32), np.empty(0), np.empty(0))
    whole = Stretches(np.array([0]), np.zeros(1), np.ones(1))
    assert [area.is_empty for area in reach_areas(network, [nothing, whole])] == [True, False]
    assert len(reach_areas(network, [])) == 0


@pytest.mark.parametrize("width", [0, -1, float("nan"), float("inf")])
def test_widths_that_make_no_sense_are_refused(width):
    with pytest.raises(ValueError, match="buffer_m"):
        reach_areas(plan(), [], width)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1.0, 3.0]))
def test_areas_are_valid_and_near_the_exact_ones(seed, limit):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    found = reach(network, random_points(rng, network, "walk", 3), limit, Travel("walk"))
    stretches = found.stretches()
    area, = reach_areas(network, [stretches])
    assert area.is_valid
    assert likeness(area, exact(network, stretches)) >= 0.98 if len(stretches.edge) else area.is_empty


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_stretches_are_drawn_as_long_as_they_are(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    edge = np.sort(rng.integers(0, len(network.length_m), 50)).astype(np.int32)
    share = np.sort(rng.choice([0.0, 1.0, *rng.random(6)], (50, 2)), axis=1)
    stretches = Stretches(edge, *share.T)
    lines = stretches.lines(network)
    assert np.allclose(shapely.length(lines), stretches.length_m(network), atol=1e-6)
    for end, vertex in ((share[:, 0], 0), (share[:, 1], -1)):
        place = shapely.line_interpolate_point(network.geometries[edge], end, normalized=True)
        assert (shapely.distance(shapely.get_point(lines, vertex), place) < 1e-6).all()
