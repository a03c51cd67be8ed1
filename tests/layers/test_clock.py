"""Days begin where the office is, whatever the computer's own clock is set to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers import clock
from layers.errors import InvalidParameter
from layers.model.values import parse_date
from layers.settings import Settings, load_settings
from layers.store.protocol import Store
from layers.usecases import chronicle
from layers.usecases.knowing import revision_known
from layers.workshop import wire
from tests.store.examples import building, create

# A quarter past midnight in Qingdao, an hour and more before it in Ürümqi's own time, the afternoon before in London.
NIGHT = dt.datetime(2025, 2, 5, 16, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = clock.zone_name()
    yield
    clock.use_zone(before)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("+08:00", 6), ("UTC+8", 6), ("Asia/Shanghai", 6), ("Asia/Urumqi", 5), ("+06:00", 5), ("UTC", 5), ("-05:00", 5)],
)
def test_the_day_of_a_moment_is_the_day_there(zone: str, day: int) -> None:
    clock.use_zone(zone)
    assert clock.day_of(NIGHT) == dt.date(2025, 2, day)
    assert parse_date("2025-02-05T16:15:00Z").value == dt.date(2025, 2, day)
    assert parse_date(NIGHT).value == dt.date(2025, 2, day)


def test_a_cell_without_a_zone_keeps_its_day() -> None:
    clock.use_zone("-05:00")
    assert (
        parse_date("2025-02-05 00:10").value == parse_date(dt.datetime(2025, 2, 5, 23, 50)).value == dt.date(2025, 2, 5)
    )


@pytest.mark.parametrize("zone", ["", "Peking", "+25:00", "+08:75", "../etc/passwd", "8"])
def test_what_is_no_time_zone_is_refused_with_what_to_write(zone: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        load_settings({"GRIDMAP_TIME_ZONE": zone})
    assert "+08:00" in refused.value.say("en") and "Asia/Shanghai" in refused.value.say("zh")


def test_the_usual_zone_is_chinas() -> None:
    assert Settings().time_zone == "+08:00" == load_settings({}).time_zone
    assert load_settings({"GRIDMAP_TIME_ZONE": "Asia/Urumqi"}).time_zone == "Asia/Urumqi"


def test_history_is_read_by_days_of_the_office(small_town: Store) -> None:
    create(small_town, building("N1"), time=NIGHT.replace(year=2031))
    revision = small_town.revision()

    def on(day: int) -> list[int]:
        whole = dt.date(2031, 2, day)
        lines, _ = chronicle.entries(small_town, chronicle.Wanted(since=whole, until=whole), None, 50)
        return [each.newest.revision for each in lines]

    assert (on(5), on(6)) == ([], [revision])
    clock.use_zone("UTC")
    assert (on(5), on(6)) == ([revision], [])


def test_what_was_known_on_a_day_is_known_until_its_end_there(small_town: Store) -> None:
    before = small_town.revision()
    create(small_town, building("N1"), time=dt.datetime(2031, 2, 5, 16, 15, tzinfo=dt.UTC))
    assert revision_known(small_town, "2031-02-05") == before
    clock.use_zone("UTC")
    assert revision_known(small_town, "2031-02-05") == before + 1


def test_processes_of_the_service_keep_its_time_zone() -> None:
    sent = wire.packed(wire.Opening(Settings(time_zone="Asia/Urumqi"), None))
    assert b"Asia/Urumqi" in bytes(sent)


def test_a_service_sets_it_when_it_starts(tmp_path: Path) -> None:
    from app import create_app

    app = create_app(Settings(workspace=str(tmp_path / "w.gpkg"), time_zone="-11:00"))
    assert clock.zone_name() == "-11:00"
    assert app.extensions["gridmap"].today() == dt.datetime.now(dt.timezone(dt.timedelta(hours=-11))).date()
    app.extensions["gridmap"].store.close()
