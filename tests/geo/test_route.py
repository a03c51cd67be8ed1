"""Ways traced: as long as the time says, in one piece, over no forbidden turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import Network, attach, reach, route, with_turns
from geo.network.attachment import Attached
from tests.geo.test_turns import DRIVE, FROM, LADDER, LEFT, TO, lines_of, town, towns
from tests.suite import examples


def way(network: Network, source: tuple, target: tuple) -> list[tuple[float, float]]:
    """The corners of the way from a target to a source."""
    one, other = (attach(network, np.array([each], float), "drive", 1.0) for each in (source, target))
    found = route(reach(network, one, 600, DRIVE), other, 0)
    return [] if found is None else [tuple(each) for each in np.round(found.xy, 3).tolist()]


def test_by_the_turn() -> None:
    assert way(town(LADDER), FROM, TO) == [(100, 50), (100, 0), (40, 0)]


def test_where_the_turn_is_forbidden() -> None:
    network, _ = with_turns(town(LADDER), lines_of(LEFT), np.array([False]))
    assert way(network, FROM, TO) == [(100, 50), (100, 100), (0, 100), (0, 0), (40, 0)]


def test_on_one_street_and_on_one_place() -> None:
    assert way(town(LADDER), (40, 0), (90, 0)) == [(90, 0), (40, 0)]
    assert way(town(LADDER), (40, 0), (40, 0)) == [(40, 0), (40, 0)]
    assert way(town(LADDER), (100, 0), (100, 0)) == [(100, 0), (100, 0)]


def test_where_no_way_leads() -> None:
    assert way(town([*LADDER, [(0, 500), (9, 500)]]), FROM, (5, 500)) == []


@settings(max_examples=examples(300), deadline=None)
@given(towns(), st.data())
def test_a_way_is_as_long_as_its_time(drawn: tuple[Network, list], data: st.DataObject) -> None:
    """At a metre a second; its pieces follow each other, and no ban is in it."""
    network, bans = drawn
    edges = st.integers(0, len(network.edge_line) - 1)
    shares = st.sampled_from([0.0, 0.25, 0.75, 1.0])

    def on(count: int) -> Attached:
        edge = np.array([data.draw(edges) for _ in range(count)], np.int32)
        at_m = network.length_m[edge] * [data.draw(shares) for _ in range(count)]
        return Attached(edge, at_m, np.zeros(count))

    direction = data.draw(st.sampled_from(["to", "from"]))
    sources, target = on(2), on(1)
    found = reach(network, sources, 600, replace(DRIVE, direction=direction))
    times, traced = found.at(target), route(found, target, 0)
    if np.isinf(times.minutes[0]):
        assert traced is None
        return
    assert traced is not None
    assert traced.source == times.source[0]
    assert traced.length_m == pytest.approx(times.minutes[0] * 60, abs=0.05)
    steps = np.hypot(*np.diff(traced.xy, axis=0).T)
    assert steps.sum() == pytest.approx(traced.length_m, abs=0.05)  # in one piece
    assert traced.xy[0] == pytest.approx(target.places(network)[0], abs=1e-6)
    assert traced.xy[-1] == pytest.approx(sources.places(network)[traced.source], abs=1e-6)
    # From the target to the source one goes as the traffic does where times are *to* the source, else backwards.
    path = [2 * edge + (high < low) for edge, low, high in traced.spans]
    driven = path if direction == "to" else [edge ^ 1 for edge in reversed(path)]
    for ban in bans:
        assert all(tuple(driven[at : at + len(ban)]) != ban for at in range(len(driven)))
