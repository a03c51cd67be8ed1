"""Ferries: roads that only those use who ask for them, at their own speed, walkers too.

    T 1 ═══ 2 ~~~~~~~ 3 ═══ 4 h        the ferry from 2 to 3: 600 m in 6 minutes; streets of 100 m
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from layers.model.osm import LeftOut
from layers.model.osm.ferries import duration_minutes, ferry
from layers.store import open_store
from tests import town
from tests.streets.conftest import Place
from tests.streets.test_words import STREET, Land
from tests.town import box, line, point

NODES = {1: (0, 0), 2: (100, 0), 3: (700, 0), 4: (800, 0)}


def write(path: Path, **tags: str) -> Path:
    """Write the drawing as an editor does."""
    parts = ['<osm version="0.6">']
    for id, (x, y) in NODES.items():
        parts.append(f'<node id="{id}" version="1" lon="{point(x, y).x:.7f}" lat="{point(x, y).y:.7f}"/>')
    named = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in {"route": "ferry", **tags}.items())
    street = '<tag k="highway" v="residential"/>'
    for id, refs, tagged in ((1, (1, 2), street), (2, (2, 3), named), (3, (3, 4), street)):
        of = "".join(f'<nd ref="{each}"/>' for each in refs)
        parts.append(f'<way id="{id}" version="1">{of}{tagged}</way>')
    path.write_text("\n".join([*parts, "</osm>"]), "utf-8")
    return path


@pytest.fixture
def bay(place: Place, tmp_path: Path) -> Place:
    said = place.take("import-osm", str(write(tmp_path / "bay.osm", name="轮渡1线", duration="00:06", foot="yes")))
    assert "ferries, used only where a question asks for them: 1 (轮渡1线 1)" in said
    assert "on foot: 2 edges in 2 connected parts" in said
    with closing(open_store(place.path)) as store:
        town.add(store, "stations", "T", point(0, 5), kind="clinic")
        town.add(store, "buildings", "h", box(795, 5, 10, 10), use="residential")
        town.add(store, "buildings", "m", box(395, 5, 10, 10), use="residential")
    return place


def test_who_asks_for_them_takes_them_at_their_own_speed(bay: Place) -> None:
    assert bay.minutes(minutes=[60]) == {"h": None, "m": None}
    found = bay.minutes(minutes=[60], ferries=True)
    assert found["h"] == pytest.approx((5 + 100 + 100 + 10) * 0.015 + 6, abs=0.05)
    assert found["m"] is None  # nobody boards in mid-bay
    slow = bay.minutes(minutes=[60], ferries=True, speed_kmh=3.0)["h"]
    assert slow == pytest.approx((5 + 100 + 100 + 10) * 0.02 + 6, abs=0.05)
    assert bay.minutes(minutes=[60], ferries=True, mode="drive")["h"] is None  # it says that it is for walkers
    assert bay.minutes(minutes=[60])["h"] is None


def test_a_ferry_among_other_routes(place: Place, tmp_path: Path) -> None:
    """Buses go aboard."""
    said = place.take("import-osm", str(write(tmp_path / "bay.osm", route="bus; ferry", duration="00:06", foot="yes")))
    assert "ferries, used only where a question asks for them: 1" in said
    with closing(open_store(place.path)) as store:
        town.add(store, "stations", "T", point(0, 5), kind="clinic")
        town.add(store, "buildings", "h", box(795, 5, 10, 10), use="residential")
    assert place.minutes(minutes=[60], ferries=True)["h"] == pytest.approx(215 * 0.015 + 6, abs=0.05)


def test_a_line_of_ferries_and_buses_says_what_its_ways_do_not(place: Place, tmp_path: Path) -> None:
    land = Land()
    land.town("h", (790, 8))
    b, c, d, e = (land.node(*at) for at in ((-100, 0), (100, 0), (700, 0), (800, 0)))
    for course in ([b, c], [d, e]):
        land.way(course, STREET)
    way = land.way([c, d], {"seamark:type": "ferry_route"})
    land.relation([("way", way, "")], {"type": "route", "route": "ferry;bus", "duration": "00:09"})
    land.put_into(place, tmp_path)
    assert place.minutes(minutes=[60], ferries=True)["h"] == pytest.approx((190 + 90 + 16) * 0.015 + 9, abs=0.1)


def test_a_line_that_goes_and_comes_by_different_ways(place: Place, tmp_path: Path) -> None:
    """Nine minutes are for one crossing: 600 m there, 860 m back; a quay is no crossing.

        T b ═══ c ~~~~~~~~~~~ d ═══ e h       there: c to d; back: d, x, c; the quay: d to q
                 ~~~~~ x ~~~~~   q
    """
    land = Land()
    land.town("h", (790, 8))
    b, c, d, e, x, q = (land.node(*at) for at in ((-100, 0), (100, 0), (700, 0), (800, 0), (400, -308), (700, -50)))
    for course in ([b, c], [d, e]):
        land.way(course, STREET)
    ways = [land.way(course, {"seamark:type": "ferry_route"}) for course in ([c, d], [d, x, c], [d, q])]
    land.relation([("way", id, role) for id, role in zip(ways, ("forward", "backward", "platform"), strict=True)],
                  {"type": "route", "route": "ferry", "duration": "00:09"})  # fmt: skip
    land.put_into(place, tmp_path)
    assert place.minutes(minutes=[60], ferries=True)["h"] == pytest.approx((190 + 90 + 16) * 0.015 + 9, abs=0.1)


def test_a_ferry_that_an_office_draws(place: Place) -> None:
    with closing(open_store(place.path, create=True)) as store:
        for code, (x, to), kind in (("a", (0, 100), "residential"), ("f", (100, 700), "ferry"),
                                    ("b", (700, 800), "residential")):  # fmt: skip
            more = {"speed_kmh": 12.0} if kind == "ferry" else {}
            town.add(store, "roads", code, line((x, 0), (to, 0)), **{"class": kind, **more})
        town.add(store, "stations", "T", point(0, 5), kind="clinic")
        town.add(store, "buildings", "h", box(795, 5, 10, 10), use="residential")
    assert place.minutes(minutes=[60])["h"] is None
    assert place.minutes(minutes=[60], ferries=True)["h"] == pytest.approx(215 * 0.015 + 3, abs=0.05)


@pytest.mark.parametrize(
    ("tags", "walkers", "cars"),
    [
        ({}, "public", "public"),
        ({"foot": "yes"}, "public", None),
        ({"bicycle": "yes"}, "public", None),
        ({"foot": "no", "motor_vehicle": "yes"}, "closed", "public"),
        ({"access": "private"}, "residents", "residents"),
        ({"foot": "yes", "motorcar": "yes"}, "public", "public"),
        ({"motor_vehicle": "no"}, "public", None),
    ],
)
def test_who_boards(tags: dict, walkers: str, cars: str | None) -> None:
    found = ferry({"route": "ferry", **tags}, 1000.0)
    assert (found["access"], (found["drive_access"] or walkers) if found["drivable"] else None) == (walkers, cars)
    assert found["speed_kmh"] == 10.0  # nobody says how long it takes


def test_what_is_none() -> None:
    assert ferry({"route": "bus"}, 10.0) is None
    assert ferry({"route": "ferry", "access": "no", "name": "旧线"}, 10.0) == LeftOut("closed", "旧线")
    assert ferry({"route": "ferry", "access": "no"}, 10.0) == LeftOut("closed", "ferry")
    assert ferry({"route": "ferry", "disused": "yes"}, 10.0) == LeftOut("unbuilt", "disused")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("25", 25), ("00:25", 25), ("1:30", 90), ("00:06:30", 6.5), ("2:05:45", 125.75), ("00:00:45", 0.75),
     ("PT1H30M", 90), ("PT8M", 8), ("PT2H1M30S", 121.5), ("PT45S", 0.75), ("PT2H", 120), (" 25 ", 25), ("", None),
     ("soon", None), ("0", None), ("00:00", None), ("PT", None), ("PT0M", None), ("1:30:5", None)],
)  # fmt: skip
def test_durations(text: str, minutes: float | None) -> None:
    assert duration_minutes(text) == minutes


@pytest.mark.parametrize(
    ("duration", "length_m", "kmh"),
    [
        ("6", 1000.0, 10.0),
        ("7", 1234.0, 10.58),  # to the hundredth
        ("00:00:30", 500.0, 60.0),
        ("1", 9000.0, 120.0),  # no ferry is faster than a road may be
        ("5:00", 1000.0, 1.0),  # nor slower
        ("soon", 1000.0, 10.0),
    ],
)
def test_how_fast_it_is(duration: str, length_m: float, kmh: float) -> None:
    assert ferry({"route": "ferry", "duration": duration}, length_m)["speed_kmh"] == kmh


def test_the_record_of_a_ferry() -> None:
    line = {
        "name": "轮渡1线",
        "class": "ferry",
        "walkable": True,
        "drivable": True,
        "access": "public",
        "drive_access": None,
        "oneway": "no",
        "speed_kmh": 10.0,
        "level": 0,
    }
    assert ferry({"route": "ferry", "name": "轮渡1线", "ref": "1"}, 100.0) == line
    assert ferry({"route": "ferry", "ref": "1"}, 100.0) == line | {"name": "1"}
    cars_alone = ferry({"route": "ferry", "name": "轮渡1线", "foot": "no", "motorcar": "yes"}, 100.0)
    assert cars_alone == line | {"walkable": False, "access": "closed", "drive_access": "public"}
    walkers_alone = ferry({"route": "ferry", "name": "轮渡1线", "foot": "yes"}, 100.0)
    assert walkers_alone == line | {"drivable": False}
