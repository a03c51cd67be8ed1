"""Grids of several communities within a time limit, and cells that are kept for the next question."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from layers.proposals.frame import Timer
from layers.proposals.grids import proposing
from layers.store.protocol import Store
from layers.usecases.plans import kept_cells
from tests import town
from tests.proposals.test_propose_grids import EAST, WEST, houses, propose

STREET = f"streets:{town.COMMUNITY[:9]}"
OTHER = "990301001002"


@pytest.fixture
def neighbours(small_town: Store) -> Store:
    """Another community beside the town's, with a grid of its own."""
    town.add(small_town, "communities", OTHER, town.box(3000, 0, 1000, 100), name="远社区", kind="urban")
    shape = town.box(3000, 0, 1000, 100)
    given = {"community_code": OTHER, "grid_system": "service", "state": "active", "name": "远一"}
    town.add(small_town, "grids", f"{OTHER}001", shape, **given)
    return small_town


def test_communities_for_which_time_does_not_suffice_are_told(
    neighbours: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "Timer", partial(Timer, clock=partial(next, itertools.count(0, 1_000))))
    answer = propose(neighbours, within=STREET, start="none", seconds=30)
    summary = answer["summary"]
    assert (summary["status"], summary["proven"], summary["stopped"]) == ("infeasible", False, True)
    first, second = summary["communities"]
    assert (first["code"], first["households"]) == (town.COMMUNITY, 100) and first["grids"] > 0
    assert (second["code"], second["grids"], second["households"], second["proven"]) == (OTHER, 0, None, False)
    assert "nothing is known of it" in second["binds"][0]
    late = f"1 of 2 communities were looked at, for which nothing is known and nothing is counted here (远社区 {OTHER})"
    assert late in summary["notes"][0]
    assert {each["community_code"] for each in answer["rows"]} == {town.COMMUNITY}


def test_grids_of_a_community_not_looked_at_are_no_unknown_ones(
    neighbours: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "Timer", partial(Timer, clock=partial(next, itertools.count(0, 1_000))))
    assert propose(neighbours, within=STREET, locked=[f"{OTHER}001"], seconds=30)["rows"]


def test_kept_cells_give_the_same_proposal(small_town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    as_cut = propose(small_town, households_min=30, households_max=70)
    monkeypatch.setattr(kept_cells, "LEAST", 1)
    kept = Path(str(small_town.url) + ".cache")
    for _ in range(2):
        assert propose(small_town, households_min=30, households_max=70) == as_cut
        assert {path.name.partition("-")[0] for path in kept.iterdir()} >= {"cut", "laid"}
    assert set(houses(as_cut)) == {WEST, EAST}


def test_what_is_built_since_is_cut_anew(small_town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_cells, "LEAST", 1)
    assert sum(houses(propose(small_town, start="none")).values()) == 10
    town.amend(small_town, "buildings", "b10", valid_to=town.DAY.replace(year=2024))
    assert sum(houses(propose(small_town, start="none")).values()) == 9


def test_polygons_are_put_together_bit_by_bit() -> None:
    cells = np.array([town.box(0, 0, 10, 10).difference(town.box(2, 2, 1, 1)), town.box(10, 0, 3, 10)], dtype=object)
    again = kept_cells._put_together(kept_cells._taken_apart(cells))
    assert [each.wkb for each in again] == [each.wkb for each in cells]


def test_a_street_whose_courtyards_are_larger_than_a_grid_says_so(neighbours: Store) -> None:
    summary = propose(neighbours, within=STREET, households_min=1, households_max=9, seconds=2)["summary"]
    (told,) = [each for each in summary["notes"] if "may not be cut" in each]
    assert told.startswith("in 1 of 2 communities 10 courtyards or buildings")
    assert "10 to 10 households each, more than the 9 of a grid" in told


def test_of_many_that_are_too_large_the_largest_are_named_and_the_rest_counted(small_town: Store) -> None:
    for each in range(2):
        town.add(small_town, "buildings", f"x{each}", town.box(20 + 40 * each, 70, 20, 10), households=12)
    summary = propose(small_town, households_min=1, households_max=9, seconds=2)["summary"]
    heavy = [each for each in summary["binds"] if "which is more than" in each or "more of the" in each]
    assert sum("12 households" in each for each in heavy) == 2
    assert len(heavy) == 11 and heavy[-1].startswith("2 more of the")
