"""The basis 达标 where no acceptance is on record at all: that is not recorded, and not nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.situation.day import situation
from layers.situation.standing import standing
from layers.store.protocol import Store
from tests import town
from tests.layers.test_analyses import run


@pytest.fixture
def unrecorded(small_town: Store) -> Store:
    town.amend(small_town, "arrangements", "RA", accepted_on=None)
    return small_town


def test_without_any_acceptance_there_is_no_share(unrecorded: Store) -> None:
    summary = run(unrecorded, "coverage", basis="accepted")["summary"]
    assert (summary["coverage"], summary["acceptance_recorded"]) == (None, False)
    assert [row["coverage"] for row in run(unrecorded, "coverage", basis="accepted")["rows"]] == [None]
    assert run(unrecorded, "coverage", basis="broad")["summary"]["coverage"] == pytest.approx(6 / 9)


def test_one_acceptance_is_enough_to_count(small_town: Store) -> None:
    """Only A was accepted: 4 of 9; a day before that it was none of them, and that is 0 %."""
    summary = run(small_town, "coverage", basis="accepted")["summary"]
    assert (summary["coverage"], summary["acceptance_recorded"]) == (pytest.approx(4 / 9), True)
    assert run(small_town, "coverage", basis="accepted", as_of="2024-05-31")["summary"]["coverage"] == 0


def test_the_list_says_that_it_is_not_recorded(unrecorded: Store) -> None:
    found = run(unrecorded, "unmanaged-buildings", basis="accepted")["buildings"]["features"]
    reasons = {each["id"]: each["properties"]["reason"] for each in found}
    assert (reasons["b01"], reasons["b08"]) == ("acceptance_not_recorded", "no_arrangement")


def test_a_courtyard_in_force_is_then_not_known(unrecorded: Store) -> None:
    yards = standing(situation(unrecorded, town.DAY, "accepted")).set_index("code")["standing"].to_dict()
    assert (yards["CA"], yards["CE"]) == ("unknown", "none")
    recorded = dt.date(2024, 6, 1)
    town.amend(unrecorded, "arrangements", "RA", accepted_on=recorded)
    yards = standing(situation(unrecorded, town.DAY, "accepted")).set_index("code")["standing"].to_dict()
    assert (yards["CA"], yards["CB"]) == ("all", "none")
