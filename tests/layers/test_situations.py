"""Situations that are asked for at the same time: what is known waits for nothing."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from layers.situation.day import Cases, Situation, situation
from layers.store.protocol import Store
from tests import town

SECONDS = 60.0
KNOWN, NEW, NEWER = dt.date(2025, 2, 6), dt.date(2024, 2, 6), dt.date(2023, 2, 6)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, small_town: Store) -> tuple[threading.Event, threading.Event, list[dt.date]]:
    """A day is known already; every other takes until it is let go: begun, let go, and which days were built."""
    situation(small_town, KNOWN)
    begun, go, built = threading.Event(), threading.Event(), []
    build = Cases._build

    def slowly(self: Cases, as_of: dt.date, basis: str, stated: dt.date) -> Situation:
        built.append(as_of)
        begun.set()
        assert go.wait(SECONDS)
        return build(self, as_of, basis, stated)

    monkeypatch.setattr(Cases, "_build", slowly)
    return begun, go, built


def asked(store: Store, day: dt.date, found: list[Situation]) -> threading.Thread:
    thread = threading.Thread(target=lambda: found.append(situation(store, day)), daemon=True)
    thread.start()
    return thread


def test_a_known_day_does_not_wait_while_another_is_built(small_town: Store, slow: tuple) -> None:
    begun, go, _ = slow
    found: list[Situation] = []
    building = asked(small_town, NEW, found)
    assert begun.wait(SECONDS)
    known: list[Situation] = []
    asked(small_town, KNOWN, known).join(SECONDS)
    assert [each.as_of for each in known] == [KNOWN] and found == []
    go.set()
    building.join(SECONDS)
    assert [each.as_of for each in found] == [NEW]


def test_days_are_built_one_after_the_other_and_each_once(small_town: Store, slow: tuple) -> None:
    begun, go, built = slow
    found: list[Situation] = []
    first = asked(small_town, NEW, found)
    assert begun.wait(SECONDS)
    others = [asked(small_town, day, found) for day in (NEW, NEWER, NEW)]
    assert built == [NEW]
    go.set()
    for each in (first, *others):
        each.join(SECONDS)
    assert sorted(built) == [NEWER, NEW]
    assert len({id(each) for each in found}) == 2 and len(found) == 4


def test_what_was_changed_meanwhile_is_in_the_next_answer(small_town: Store, slow: tuple) -> None:
    begun, go, _ = slow
    found: list[Situation] = []
    building = asked(small_town, NEW, found)
    assert begun.wait(SECONDS)
    town.amend(small_town, "buildings", "b01", households=11)
    go.set()
    building.join(SECONDS)
    now = situation(small_town, NEW)
    assert now.buildings.loc["b01", "households"] == 11
    assert situation(small_town, NEW) is now
