"""The past of a layer: what a changeset says holds from its day on, and a correction on all days."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas.testing
import pytest
from shapely import Point

from layers.model.feature import Change, Feature
from layers.store import migrations, open_store
from layers.store.believed import believed
from layers.store.frames import Frames
from layers.store.protocol import Changeset, Draft, Holding, Query, Store
from layers.usecases.history import revert
from layers.usecases.knowing import known, revision_known
from tests.suite import quickly

JANUARY, FEBRUARY, MARCH, APRIL = (dt.date(2025, month, 1) for month in (1, 2, 3, 4))
NOON = dt.datetime(2025, 6, 1, 4, tzinfo=dt.UTC)


def write(
    store: Store, id: str, day: dt.date | None = None, time: dt.datetime = NOON, **properties: object
) -> Changeset:
    """Say something of a building from a day on; None corrects it for all days."""
    old = store.get("buildings", id)
    if old is None:
        new = Feature(id, Point(120, 36), {"code": id, **properties})
    else:
        new = Feature(id, old.geometry, {**old.properties, **properties}, old.version)
    return store.commit(Draft("t", time, "said", "edit", [Change("buildings", id, old, new)], holding=Holding(day)))


def remove(store: Store, id: str, day: dt.date | None = None) -> Changeset:
    change = Change("buildings", id, store.get("buildings", id), None)
    return store.commit(Draft("t", NOON, "gone", "edit", [change], holding=Holding(day)))


def on(store: Store, day: dt.date, field: str, id: str = "B1") -> object:
    """What a field holds on a day; by every way of asking."""
    one = store.get("buildings", id, on_day=day)
    page = {each.id: each for each in store.page("buildings", Query(as_of=day), 10).features}
    frame = store.read("buildings", Query(on_day=day))
    assert (one is None) == (id not in page) == (id not in frame.index)
    assert store.count("buildings", Query(as_of=day)) == len(page)
    if one is None:
        return None
    assert one.properties == page[id].properties
    return one.properties.get(field)


def test_a_statement_holds_from_its_day_on(store: Store) -> None:
    write(store, "B1", households=10)
    write(store, "B1", MARCH, households=12)
    assert [on(store, day, "households") for day in (FEBRUARY, MARCH, APRIL)] == [10, 12, 12]


def test_a_correction_holds_for_all_days_and_carries_nothing_else(store: Store) -> None:
    write(store, "B1", households=10, floors=6)
    write(store, "B1", MARCH, households=12)
    write(store, "B1", floors=7)
    assert [(on(store, day, "households"), on(store, day, "floors")) for day in (FEBRUARY, MARCH)] == [(10, 7), (12, 7)]
    write(store, "B1", households=11)
    assert [on(store, day, "households") for day in (FEBRUARY, MARCH)] == [11, 11]


def test_what_came_later_is_not_there_before_and_what_went_later_still_is(store: Store) -> None:
    write(store, "B1", FEBRUARY, households=10)
    write(store, "B1", MARCH, households=12)
    remove(store, "B1", APRIL)
    found = [on(store, day, "households") for day in (JANUARY, FEBRUARY, MARCH, APRIL)]
    assert found == [None, 10, 12, None]


def test_an_opening_holds_on_earlier_days_too(store: Store) -> None:
    new = Feature("B1", None, {"code": "B1", "households": 10})
    changes = [Change("buildings", "B1", None, new)]
    store.commit(Draft("t", NOON, "first", "import", changes, holding=Holding(MARCH, opening=True)))
    assert on(store, JANUARY, "households") == 10
    assert (store.changeset(1).effective, store.changeset(1).opening) == (MARCH, True)


def test_undoing_a_statement_undoes_it_on_the_days_on_which_it_held(store: Store) -> None:
    write(store, "B1", households=10)
    wrong = write(store, "B1", MARCH, households=12)
    undone = revert(store, wrong.revision, "t", NOON)
    assert undone.effective == MARCH
    assert [on(store, day, "households") for day in (FEBRUARY, MARCH)] == [10, 10]


def test_a_deletion_that_was_undone_leaves_earlier_days_as_they_were(store: Store) -> None:
    write(store, "B1", households=10)
    write(store, "B1", MARCH, households=12)
    gone = remove(store, "B1")
    assert on(store, FEBRUARY, "households") is None
    revert(store, gone.revision, "t", NOON)
    assert [on(store, day, "households") for day in (FEBRUARY, MARCH)] == [10, 12]


def test_what_was_known_of_a_day_earlier_can_be_asked(store: Store) -> None:
    write(store, "B1", households=10, time=dt.datetime(2025, 1, 5, tzinfo=dt.UTC))
    write(store, "B1", MARCH, households=12, time=dt.datetime(2025, 3, 5, tzinfo=dt.UTC))
    write(store, "B1", FEBRUARY, floors=3, time=dt.datetime(2025, 4, 5, 8, 30, tzinfo=dt.UTC))
    for moment, revision in (("1", 1), ("2025-01-04", 0), ("2025-03-06", 2), ("2025-04-05T08:30:00Z", 3),
                             ("2025-04-05T08:29:59.999+00:00", 2)):  # fmt: skip
        assert revision_known(store, moment) == revision
    then = known(store, "2")
    assert then.get("buildings", "B1").properties.get("floors") is None
    assert then.get("buildings", "B1", on_day=FEBRUARY).properties["households"] == 10
    assert believed(store, 2) is then and believed(store, 0).count("buildings") == 0


def test_a_day_can_be_filtered_and_sorted_like_any_other(store: Store) -> None:
    for number in range(4):
        write(store, f"B{number}", households=number)
    write(store, "B3", MARCH, households=-1)
    order = Query(as_of=FEBRUARY, sort=(("households", True),))
    assert [each.id for each in store.page("buildings", order, 2).features] == ["B3", "B2"]
    assert store.count("buildings", Query(as_of=FEBRUARY, equals={"households": 3})) == 1


@pytest.mark.parametrize("seed", quickly(range(4), 0))
def test_frames_and_pages_agree_with_what_was_said(store: Store, seed: int) -> None:
    chance, said, days = random.Random(seed), [], (None, JANUARY, FEBRUARY, MARCH)
    for number in range(40):
        id, field, day = chance.choice(("B1", "B2")), chance.choice(("households", "floors")), chance.choice(days)
        write(store, id, day if any(each[0] == id for each in said) else None, **{field: number})
        said.append((id, field, number, day if any(each[0] == id for each in said) else None))
    frames = Frames(store)
    for known_at, day in itertools.product((10, 25, 40), (JANUARY, FEBRUARY, MARCH)):
        expected: dict = {}
        for id, field, number, since in said[:known_at]:  # each statement sets its field where it holds, in order
            if since is None or since <= day:
                expected.setdefault(id, {})[field] = number
        then = believed(store, known_at)
        found = {each.id: each.properties for each in then.page("buildings", Query(as_of=day), 10).features}
        for id, fields in expected.items():
            assert {name: found[id].get(name) for name in fields} == fields, (known_at, day)
        read = then.read("buildings", Query(on_day=day))
        geopandas.testing.assert_geodataframe_equal(Frames(then).get("buildings", day), read)
        if known_at == 40:
            geopandas.testing.assert_geodataframe_equal(frames.get("buildings", day), read)


def test_a_workspace_of_the_last_version_keeps_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.gpkg"
    with closing(open_store(path)) as store:
        write(store, "B1", households=10)
        write(store, "B1", households=12)
    with closing(sqlite3.connect(path)) as raw:  # as the last version left it
        raw.execute("DROP INDEX gridmap_changesets_effective")
        for column in ("effective", "opening"):
            raw.execute(f"ALTER TABLE gridmap_changesets DROP COLUMN {column}")
        raw.execute("ALTER TABLE gridmap_job_results DROP COLUMN words")
        raw.execute(f"UPDATE {migrations.VERSION_TABLE} SET version_num = '0005'")
        raw.commit()
    with closing(open_store(path)) as store:
        assert [each.effective for each in store.changesets()] == [None, None]
        assert [on(store, day, "households") for day in (JANUARY, MARCH)] == [12, 12]
        write(store, "B1", MARCH, households=14)
        assert [on(store, day, "households") for day in (JANUARY, MARCH)] == [12, 14]
