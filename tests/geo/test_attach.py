"""Points joined to the nearest place on the nearest usable edge."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import attachment
from geo.network.attachment import attach, away_m
from tests.geo.street_plan import plan, random_network
from tests.suite import examples


@pytest.fixture(autouse=True, params=[attachment._MANY, 1], ids=["few", "as of a city"])
def how_many(request, monkeypatch):
    monkeypatch.setattr(attachment, "_MANY", request.param)


#    0 -------- 1     y 10   for both
#    0 -------- 1     y 0    footpath
TWO = [([(0, 0), (100, 0)], True, False, 0, 0), ([(0, 10), (100, 10)], True, True, 0, 0)]


def attached(points, mode="walk", max_access_m=200.0):
    found = attach(plan(TWO), np.array(points, float), mode, max_access_m)
    return list(zip(found.edge.tolist(), found.at_m.tolist(), found.access_m.tolist(), strict=True))


def test_to_the_nearest_edge_of_the_mode():
    assert attached([[30, 2]]) == [(0, 30, 2)]
    assert attached([[30, 2]], "drive") == [(1, 30, 8)]
    assert attached([[-3, -4]]) == [(0, 0, 5)]  # beyond its end: to the end


def test_of_two_edges_equally_near_the_first():
    assert attached([[70, 5]]) == [(0, 70, 5)]


def test_not_beyond_the_greatest_distance_but_at_it():
    assert attached([[50, 60], [50, 60.001]], "walk", 50.0)[0] == (1, 50, 50)
    assert attached([[50, 60.001]], "walk", 50.0)[0][0] == -1
    assert [edge for edge, _, _ in attached([[50, 0], [50, 1]], "walk", 0.0)] == [0, -1]
    assert attached([[50, 1e6]], "walk", np.inf)[0][0] == 1


def test_how_far_the_nearest_edge_is_whatever_the_distance():
    points = np.array([[30.0, 2], [50, 60], [-3, -4], [50, 1e6]])
    assert away_m(plan(TWO), points, "walk") == pytest.approx([2, 50, 5, 1e6 - 10])
    assert away_m(plan(TWO), points, "drive") == pytest.approx([8, 50, np.hypot(3, 14), 1e6 - 10])
    assert away_m(plan(TWO), points, "walk", usable=np.array([False, True])).tolist()[0] == 8
    assert away_m(plan(TWO), points, "walk", usable=np.array([False, False])).tolist() == [np.inf] * 4
    assert away_m(plan(TWO), np.empty((0, 2)), "walk").tolist() == []


def test_points_that_are_nowhere():
    found = attach(plan(TWO), np.array([[np.nan, 0], [np.inf, 0], [9e9, 9e9]]), "walk", 200.0)
    assert found.edge.tolist() == [-1, -1, -1]
    assert np.isnan(found.at_m).all()
    assert np.isnan(found.access_m).all()
    assert len(attach(plan(TWO), np.empty((0, 2)), "walk", 200.0)) == 0


def test_only_to_edges_one_is_told():
    found = attach(plan(TWO), np.array([[30.0, 2.0]]), "walk", 200.0, usable=np.array([False, True]))
    assert (found.edge.tolist(), found.access_m.tolist()) == ([1], [8])


def test_places_and_rows():
    network = plan(TWO)
    found = attach(network, np.array([[30, 2], [9e9, 0], [-3, 14]], float), "walk", 200.0)
    assert found.places(network)[[0, 2]].tolist() == [[30, 0], [0, 10]]
    assert np.isnan(found.places(network)[1]).all()
    assert found.take(np.array([2])).access_m.tolist() == [5]


@pytest.mark.parametrize("distance", [-1, float("nan")])
def test_distances_that_make_no_sense_are_refused(distance):
    with pytest.raises(ValueError, match="max_access_m"):
        attach(plan(TWO), np.zeros((1, 2)), "walk", distance)


@settings(max_examples=examples(30))
@given(st.integers(0, 2**32))
def test_shapely_agrees_on_every_distance(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    points = rng.uniform(-100, 500, (40, 2))
    for mode in ("walk", "drive"):
        found = attach(network, points, mode, 60.0)
        edges = np.flatnonzero(network.usable(mode))
        away = shapely.distance(shapely.points(points)[:, None], network.geometries[edges])
        nearest = away.min(axis=1, initial=np.inf)
        assert np.array_equal(found.edge >= 0, nearest <= 60)
        on = found.edge >= 0
        assert np.allclose(found.access_m[on], nearest[on])
        assert np.allclose(np.hypot(*(found.places(network)[on] - points[on]).T), nearest[on])
