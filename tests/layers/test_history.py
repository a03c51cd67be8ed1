"""Undo as a new changeset that holds the inverse."""

from __future__ import annotations

import pytest

from layers.errors import Conflict, NotFound
from layers.store.protocol import Store
from layers.usecases.history import revert
from tests import town


def test_an_edit_is_undone_and_the_undo_too(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", households=99)
    undone = revert(small_town, 2, "tests", town.NOON)
    assert small_town.get("buildings", "b01").properties["households"] == 10
    assert undone.reverts == 2
    assert small_town.changeset(2).reverted_by == 3
    revert(small_town, 3, "tests", town.NOON)
    assert small_town.get("buildings", "b01").properties["households"] == 99


def test_what_later_changes_rest_on_is_not_undone(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", households=98)
    town.amend(small_town, "buildings", "b01", households=99)
    with pytest.raises(Conflict) as refused:
        revert(small_town, 2, "tests", town.NOON)
    assert "changeset 3" in refused.value.say("en")
    assert small_town.revision() == 3


def test_several_are_undone_the_last_one_first(small_town: Store) -> None:
    for households in (97, 98, 99):
        town.amend(small_town, "buildings", "b01", households=households)
    for changeset in (4, 3, 2):
        revert(small_town, changeset, "tests", town.NOON)
    assert small_town.get("buildings", "b01").properties["households"] == 10


def test_a_changeset_is_undone_once(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", households=98)
    revert(small_town, 2, "tests", town.NOON)
    with pytest.raises(Conflict, match="already"):
        revert(small_town, 2, "tests", town.NOON)


def test_a_changeset_that_is_not_there(small_town: Store) -> None:
    with pytest.raises(NotFound, match="no changeset 7"):
        revert(small_town, 7, "tests", town.NOON)


def test_the_whole_town_goes_and_comes_back(small_town: Store) -> None:
    revert(small_town, 1, "tests", town.NOON)
    assert small_town.count("buildings") == 0
    revert(small_town, 2, "tests", town.NOON)
    assert small_town.count("buildings") == 10
