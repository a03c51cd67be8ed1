"""Points on the edges that a search met, and no other ones, are all that it can have reached."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import ByEdge, reach
from tests.geo.street_plan import plan, random_network, random_points, way
from tests.geo.test_turns import DRIVE, towns
from tests.suite import examples


def test_of_a_long_street_few_points_are_looked_at() -> None:
    network = plan([([(at, 0), (at + 100, 0)], True, True, 0, 0) for at in range(0, 1000, 100)])
    rng = np.random.default_rng(1)
    points = random_points(rng, network, "walk", 200)
    found = reach(network, points.take(np.array([0])), 1, way("walk"))
    rows = ByEdge(points, len(network.edge_from)).met(found)
    assert 0 < len(rows) < 100
    assert (found.at(points.take(rows)).minutes == found.at(points).minutes[rows]).all()


@pytest.mark.parametrize("mode", ["walk", "drive"])
@given(seed=st.integers(0, 2**31), limit=st.sampled_from([0.05, 0.3, 1.0, 5.0]))
@settings(max_examples=examples(60), deadline=None)
def test_whatever_is_reached_is_among_them(mode: str, seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    points, sources = random_points(rng, network, mode, 40), random_points(rng, network, mode, 2)
    found = reach(network, sources, limit, way(mode))
    rows = ByEdge(points, len(network.edge_from)).met(found)
    minutes = found.at(points).minutes
    assert set(np.flatnonzero(np.isfinite(minutes))) <= set(rows)
    assert (found.at(points.take(rows)).minutes == minutes[rows]).all()


@given(drawn=towns(), seed=st.integers(0, 2**31))
@settings(max_examples=examples(60), deadline=None)
def test_where_turns_are_forbidden_too(drawn: tuple, seed: int) -> None:
    network, rng = drawn[0], np.random.default_rng(seed)
    points = random_points(rng, network, "drive", 30)
    found = reach(network, points.take(np.array([0])), 0.5, DRIVE)
    minutes = found.at(points).minutes
    rows = ByEdge(points, len(network.edge_from)).met(found)
    assert set(np.flatnonzero(np.isfinite(minutes))) <= set(rows)
