"""After any series of edits, what was kept and brought up to date equals what is computed from scratch."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from pyproj import CRS

from layers.model.management.scope import scope_pairs
from layers.situation import statuses
from layers.situation.day import Cases, situation
from layers.situation.derived import numbers
from layers.situation.footprints import Footprints
from layers.situation.reaching import Reaching
from layers.store.frames import frames_of
from layers.store.kept_files import KeptFiles
from layers.store.protocol import Store
from tests import town
from tests.suite import quickly

METRIC = CRS.from_epsg(4549)


def sorted_pairs(pairs: pd.DataFrame) -> list[tuple]:
    return sorted(map(tuple, pairs[["building", "area", "how"]].to_numpy().tolist()))


def random_edit(store: Store, rng: np.random.Generator, number: int) -> None:
    """Move a house, change a list, draw, move or retire an area, or add one."""
    kind = rng.integers(5)
    building, area = f"b{rng.integers(1, 11):02}", f"A{'ABCD'[rng.integers(4)]}"
    west = float(rng.integers(0, 900))
    if kind == 0:
        town.amend(store, "buildings", building, courtyard_code=f"C{'ABCDEF'[rng.integers(6)]}")
    elif kind == 1:
        town.amend(store, "managed-areas", area, building_codes=(building,))
    elif kind == 2:
        town.amend(store, "managed-areas", area, courtyard_codes=())
    elif kind == 3:
        town.add(store, "managed-areas", f"N{number}", town.box(west, 0, 200, 100), courtyard_codes=())
    else:
        town.add(store, "buildings", f"n{number}", town.box(west, 45, 10, 10), use="residential", floors=3)


@pytest.mark.parametrize("seed", range(6))
def test_pairs_catch_up(small_town: Store, seed: int) -> None:
    rng = np.random.default_rng(seed)
    reaching = Reaching(KeptFiles(small_town.url))
    for number in range(8):
        buildings, areas = small_town.read("buildings"), small_town.read("managed-areas")
        kept = reaching.pairs(buildings, areas, METRIC)
        assert sorted_pairs(kept) == sorted_pairs(scope_pairs(buildings, areas, METRIC))
        random_edit(small_town, rng, number)


def test_footprints_catch_up(small_town: Store) -> None:
    footprints = Footprints(KeptFiles(small_town.url))
    footprints.of(small_town.read("buildings"), METRIC)
    town.add(small_town, "buildings", "a00", town.box(0, 0, 20, 20))  # sorts before all others
    town.amend(small_town, "buildings", "b03", households=1)
    frame = small_town.read("buildings")
    kept = footprints.of(frame, METRIC)
    np.testing.assert_array_equal(kept, Footprints(KeptFiles(small_town.url)).of(frame, METRIC))
    assert kept[0, 2] == pytest.approx(400, rel=1e-3)


@pytest.mark.parametrize("seed", quickly(range(3), 0))
def test_situations_catch_up(small_town: Store, seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    for number in range(6):
        random_edit(small_town, rng, number)
        kept = situation(small_town, town.DAY, "strict").buildings
        scratch = Cases(small_town).on(town.DAY, "strict", town.DAY).buildings
        pd.testing.assert_frame_equal(pd.DataFrame(kept), pd.DataFrame(scratch))


DAYS = (town.DAY, dt.date(2024, 6, 1), dt.date(2023, 1, 1))


def arranged_otherwise(store: Store, rng: np.random.Generator) -> None:
    """End an arrangement, blacklist nobody any more, survey a courtyard, or draw a community anew."""
    kind = rng.integers(4)
    code = sorted(store.read("arrangements").index)
    if kind == 0:
        town.amend(store, "arrangements", code[rng.integers(len(code))], terminated_on=dt.date(2024, 3, 1))
    elif kind == 1:
        town.amend(store, "arrangements", code[rng.integers(len(code))], mode="fallback")
    elif kind == 2:
        yard = sorted(store.read("courtyards").index)[rng.integers(6)]
        town.amend(store, "courtyards", yard, survey_status="surveyed", survey_date=dt.date(2024, 1, 1))
    else:
        town.amend(store, "buildings", f"b{rng.integers(1, 11):02}", survey_status="surveyed", floors=9)


@pytest.mark.parametrize("seed", quickly(range(2), 0))
def test_other_days_ask_again_only_what_stands_otherwise(small_town: Store, seed: int) -> None:
    rng = np.random.default_rng(200 + seed)
    for number in range(3):
        arranged_otherwise(small_town, rng)
        random_edit(small_town, rng, number)
        for day in DAYS:
            kept = situation(small_town, day, "accepted").buildings
            scratch = Cases(small_town).on(day, "accepted", day).buildings
            pd.testing.assert_frame_equal(pd.DataFrame(kept), pd.DataFrame(scratch))


def test_an_edit_after_a_look_at_another_day_asks_for_no_status(
    small_town: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in DAYS[:2]:
        situation(small_town, day)
    town.amend(small_town, "buildings", "b03", households=77)
    monkeypatch.setattr(statuses, "management_status", lambda *given: pytest.fail("the day is evaluated anew"))
    assert situation(small_town, DAYS[0]).buildings.loc["b03", "households"] == 77
    monkeypatch.undo()
    kept, scratch = situation(small_town, DAYS[2]), Cases(small_town).on(DAYS[2], "broad", DAYS[2])
    pd.testing.assert_frame_equal(pd.DataFrame(kept.buildings), pd.DataFrame(scratch.buildings))


def test_a_situation_of_before_stays_as_it_was(small_town: Store) -> None:
    before = situation(small_town, town.DAY)
    status = list(before.buildings["status"])
    first = sorted(small_town.read("arrangements").index)[0]
    town.amend(small_town, "arrangements", first, start_date=dt.date(2028, 1, 1))
    assert list(situation(small_town, town.DAY).buildings["status"]) != status
    assert list(before.buildings["status"]) == status


def test_an_edited_frame_is_the_layer_read_anew_and_the_other_stays(small_town: Store) -> None:
    frames = frames_of(small_town)
    before = frames.get("buildings")
    town.amend(small_town, "buildings", "b03", households=77)
    after = frames.get("buildings")
    assert after.loc["b03", "households"] == 77 and before.loc["b03", "households"] != 77
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(small_town.read("buildings")))


def test_what_follows_from_an_edit_that_decides_nothing_is_the_very_same(small_town: Store) -> None:
    before = situation(small_town, town.DAY)
    town.amend(small_town, "buildings", "b03", households=77, name="三号楼")
    after = situation(small_town, town.DAY)
    assert after.buildings.loc["b03", "households"] == 77
    assert after.derived is before.derived
    # and of one that decides something it is another
    town.amend(small_town, "buildings", "b03", use="commercial")
    assert situation(small_town, town.DAY).derived is not before.derived
    first = sorted(small_town.read("arrangements").index)[0]
    ended = situation(small_town, town.DAY).derived
    town.amend(small_town, "arrangements", first, terminated_on=dt.date(2020, 1, 1))
    assert situation(small_town, town.DAY).derived is not ended


def test_what_is_derived_is_what_the_buildings_say(small_town: Store) -> None:
    for basis in ("broad", "strict", "accepted"):  # the second and third are made of the first
        now = situation(small_town, town.DAY, basis)
        for name in now.derived.columns:
            pd.testing.assert_series_equal(now.buildings[name], now.derived.columns[name])


@pytest.mark.parametrize("seed", range(3))
def test_numbers_of_a_column_are_its_values(small_town: Store, seed: int) -> None:
    rng = np.random.default_rng(300 + seed)
    for number in range(3):
        arranged_otherwise(small_town, rng)
        random_edit(small_town, rng, number)
        now = situation(small_town, town.DAY)
        for name in ("community", "status", "reason", "arrangement", "reason_date"):
            found, different = numbers(now.derived, name)
            said = [None if n < 0 else str(different[n]) for n in found]
            assert said == [None if pd.isna(each) else str(each) for each in now.buildings[name]]
