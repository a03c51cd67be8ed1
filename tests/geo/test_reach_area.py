"""Areas of reach beside the exact union of buffers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network.attachment import Attached, attach
from geo.network.reach_area import nearest_areas, reach_areas
from geo.network.search import Travel, reach
from geo.network.stretches import Stretches
from tests.geo.street_plan import plan, random_network, random_points, way
from tests.suite import examples


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
    station = attach(network, np.array([[500.0, 480.0]]), "walk", 200.0)
    found = reach(network, station, 12, way())
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
    station = attach(banks, np.array([[250.0, -5.0]]), "walk", 200.0)
    area, = reach_areas(banks, [reach(banks, station, 15, way()).stretches()])
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


@settings(max_examples=examples(25))
@given(st.integers(0, 2**32), st.sampled_from([1.0, 3.0]))
def test_areas_are_valid_and_near_the_exact_ones(seed, limit):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    found = reach(network, random_points(rng, network, "walk", 3), limit, way())
    stretches = found.stretches()
    area, = reach_areas(network, [stretches])
    assert area.is_valid
    assert likeness(area, exact(network, stretches)) >= 0.98 if len(stretches.edge) else area.is_empty


@settings(max_examples=examples(25))
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


def test_each_source_has_the_area_it_is_nearest_to():
    # Two stations on one street, 200 m apart: they share it in the middle, at x 100.
    street = plan([([(-500, 0), (500, 0)], True, True, 0, 0)])
    stations = attach(street, np.array([[0.0, 5.0], [200.0, 5.0], [9e9, 0.0]]), "walk", 200.0)
    found = reach(street, stations, 4, Travel(speed_kmh=3.0))  # 200 m less the 5 m of access
    stretches, source = found.stretches_by_source()
    drawn = [line.bounds[0::2] for line in stretches.lines(street)]
    assert source.tolist() == [0, 0, 1, 1]
    assert np.allclose(drawn, [(-195, 0), (0, 100), (100, 200), (200, 395)], atol=0.01)
    west, east, nobody = nearest_areas(street, stretches, source, 3)
    assert nobody.is_empty
    assert west.bounds[2] == pytest.approx(east.bounds[0], abs=0.01) == pytest.approx(100, abs=0.1)
    assert shapely.intersection(west, east).area < 1e-6


@settings(max_examples=examples(25))
@given(st.integers(0, 2**32), st.sampled_from(["walk", "drive"]))
def test_nearest_areas_share_out_the_whole_and_nothing_twice(seed, mode):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    found = reach(network, random_points(rng, network, mode, 4), 3, way(mode))
    stretches, source = found.stretches_by_source()
    whole = found.stretches()
    assert stretches.length_m(network).sum() == pytest.approx(whole.length_m(network).sum(), abs=0.1)
    areas = nearest_areas(network, stretches, source, 4)
    assert shapely.is_valid(areas).all()
    together = shapely.union_all(areas)
    assert shapely.area(areas).sum() <= together.area * 1.001 + 1e-6
    assert likeness(together, exact(network, whole)) >= 0.96 if len(source) else together.is_empty
    middle = Stretches(stretches.edge, (stretches.start + stretches.end) / 2, stretches.end)
    at = Attached(middle.edge, middle.start * network.length_m[middle.edge], np.zeros(len(source)))
    assert np.array_equal(found.at(at).source, source)
