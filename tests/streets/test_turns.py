"""Restrictions of turns, out of OpenStreetMap and drawn by hand, in the minutes of cars.

    y 100   4 ─────── 5 ─────── 6
            │         │         │        residential streets, 30 km/h: 100 m are 0.2 minutes
    y 0     1 ─────── 2 ─────── 3

The station T stands at x 20 in the south street, the house h at the middle rung, y 50. Cars come from the station:
east, then left at 2.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from layers.store import open_store
from tests import town
from tests.desk.conftest import records
from tests.streets.conftest import Place
from tests.suite import quickly
from tests.town import box, line, point

NODES = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (0, 100), 5: (100, 100), 6: (200, 100)}
WAYS = {1: (1, 2), 2: (2, 3), 3: (4, 5), 4: (5, 6), 5: (1, 4), 6: (2, 5), 7: (3, 6)}


def osm(path: Path, relations: str = "", ways: dict[int, tuple[int, ...]] = WAYS, nodes: dict = NODES) -> Path:
    """Write streets and relations as an editor does."""
    parts = ['<osm version="0.6">']
    for id, (x, y) in nodes.items():
        parts.append(f'<node id="{id}" version="1" lon="{point(x, y).x:.7f}" lat="{point(x, y).y:.7f}"/>')
    for id, of in ways.items():
        refs = "".join(f'<nd ref="{each}"/>' for each in of)
        parts.append(f'<way id="{id}" version="1">{refs}<tag k="highway" v="residential"/></way>')
    path.write_text("\n".join([*parts, relations, "</osm>"]), "utf-8")
    return path


def relation(id: int = 1, came: str = "w1", via: str = "n2", goes: str = "w6", **tags: str) -> str:
    """Write a relation; members as ``w1`` and ``n2``, several with blanks between."""
    kinds = {"w": "way", "n": "node"}
    members = "".join(
        f'<member type="{kinds[each[0]]}" ref="{each[1:]}" role="{role}"/>'
        for role, some in (("from", came), ("via", via), ("to", goes))
        for each in some.split()
    )
    named = {"type": "restriction", "restriction": "no_left_turn"} | tags
    tagged = "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in named.items() if value)
    return f'<relation id="{id}" version="1">{members}{tagged}</relation>'


@pytest.fixture
def ladder(place: Place, tmp_path: Path, drawn_once: Callable[..., Place]) -> Place:
    """The drawing, its streets out of OpenStreetMap, no turn forbidden."""

    def draw() -> None:
        place.take("import-osm", str(osm(tmp_path / "streets.osm")))
        with closing(open_store(place.path)) as store:
            town.add(store, "buildings", "h", box(95, 45, 10, 10), use="residential")
            town.add(store, "stations", "T", point(20, 0), kind="clinic")

    return drawn_once(place, draw)


def minutes(place: Place, **inputs: object) -> float:
    return place.minutes(mode="drive", direction="from", minutes=[60], **inputs)["h"]


def turns(place: Place) -> dict:
    with closing(open_store(place.path)) as store:
        return records(store, "turns")


def test_what_cars_do_without(ladder: Place) -> None:
    assert minutes(ladder) == pytest.approx(0.16 + 0.1, abs=0.02)


def test_a_restriction_of_the_map(ladder: Place, tmp_path: Path) -> None:
    said = ladder.take("import-osm", str(osm(tmp_path / "a.osm", relation())))
    assert "Turn restrictions: 1 new" in said
    assert (turns(ladder)["osm-r1"].properties["kind"], turns(ladder)["osm-r1"].properties["turn"]) == ("no", "left")
    assert minutes(ladder) == pytest.approx(0.04 + 0.2 + 0.2 + 0.1, abs=0.02)


def test_walkers_do_not_mind(ladder: Place, tmp_path: Path) -> None:
    before = ladder.minutes(minutes=[60])
    ladder.take("import-osm", str(osm(tmp_path / "a.osm", relation())))
    assert ladder.minutes(minutes=[60]) == before


@pytest.mark.parametrize(
    ("tags", "minutes_of_cars"),
    quickly([
        ({"restriction": "only_straight_on", "goes": "w2"}, 0.54),
        ({"restriction": "only_left_turn"}, 0.26),
        ({"restriction": "no_right_turn"}, 0.54),  # the roads count, not the word
        ({"except": "psv;bicycle"}, 0.54),
        ({"except": "psv;motorcar"}, 0.26),
        ({"restriction": "", "restriction__hgv": "no_left_turn"}, 0.26),
        ({"restriction": "", "restriction__motorcar": "no_left_turn"}, 0.54),
        ({"restriction": "", "restriction__conditional": "no_left_turn @ (07:00-09:00)"}, 0.26),
        ({"restriction": "no_left_turn", "hour_on": "07:00", "hour_off": "09:00"}, 0.26),
        ({"came": "w2", "goes": "w1"}, 0.26),
        ({"type": "restriction", "restriction": "no_exit", "goes": "w6 w2"}, 0.54),
    ], 0, 3, 4, 7, 10),
)  # fmt: skip
def test_kinds_of_restriction(ladder: Place, tmp_path: Path, tags: dict, minutes_of_cars: float) -> None:
    ladder.take("import-osm", str(osm(tmp_path / "a.osm", relation(**tags))))
    assert minutes(ladder) == pytest.approx(minutes_of_cars, abs=0.02)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"restriction": "", "restriction__conditional": "no_left_turn @ (Mo-Fr)"},
         "they hold at some hours only: 1 (restriction:conditional=no_left_turn @ (Mo-Fr) 1)"),
        ({"except": "motorcar"}, "they do not hold for cars: 1 (except=motorcar 1)"),
        ({"restriction": "no_parking"}, "of no known kind: 1 (no_parking 1)"),
        ({"came": "w99"}, "they name what is not among the roads of the file: 1 (r1 1)"),
        ({"came": "w4"}, "their roads do not meet end to end: 1 (r1 1)"),
        ({"via": ""}, "their roads do not meet end to end: 1 (r1 1)"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(ladder: Place, tmp_path: Path, tags: dict, told: str) -> None:
    said = ladder.take("import-osm", str(osm(tmp_path / "a.osm", relation(**tags))))
    assert f"Turn restrictions: restrictions of turns left out, {told}" in said
    assert turns(ladder) == {}


def test_a_restriction_over_a_road(ladder: Place, tmp_path: Path) -> None:
    """Nobody comes from the south street in the west over the middle rung into the north street in the west."""
    drawn = relation(came="w1", via="w6", goes="w3", restriction="no_u_turn")
    ladder.take("import-osm", str(osm(tmp_path / "a.osm", drawn)))
    assert minutes(ladder) == pytest.approx(0.26, abs=0.02)
    with closing(open_store(ladder.path)) as store:
        town.add(store, "buildings", "far", box(75, 95, 10, 10), use="residential")
    far = ladder.minutes(mode="drive", direction="from", minutes=[60])["far"]
    assert far == pytest.approx(0.04 + 0.2 + 0.16, abs=0.02)  # round by the west, as it is nearer anyway
    with closing(open_store(ladder.path)) as store:
        town.amend(store, "roads", "osm-w5-1", valid_to=town.DAY.replace(year=2020))
    far = ladder.minutes(mode="drive", direction="from", minutes=[60])["far"]
    assert far == pytest.approx(0.16 + 0.2 + 0.2 + 0.2 + 0.04, abs=0.02)  # round by the east


class TestNewer:
    def test_a_newer_extract_ends_what_it_no_longer_has(self, ladder: Place, tmp_path: Path) -> None:
        ladder.take("import-osm", str(osm(tmp_path / "a.osm", relation(1) + relation(2, goes="w2"))))
        said = ladder.take("import-osm", str(osm(tmp_path / "b.osm", relation(1))))
        assert "Turn restrictions: no longer in the file within its area, ended on the day before: 1 (osm-r2)" in said
        assert turns(ladder)["osm-r1"].properties.get("valid_to") is None

    def test_the_same_again_changes_nothing(self, ladder: Place, tmp_path: Path) -> None:
        file = str(osm(tmp_path / "a.osm", relation()))
        ladder.take("import-osm", file)
        assert "Turn restrictions: 0 new, 0 changed, 1 same" in ladder.take("import-osm", file)


class TestByHand:
    def test_a_turn_that_an_office_draws(self, ladder: Place) -> None:
        with closing(open_store(ladder.path)) as store:
            town.add(store, "turns", "V1", line((80, 1), (99, 1), (101, 20)), kind="no")
        assert minutes(ladder) == pytest.approx(0.54, abs=0.02)
        with closing(open_store(ladder.path)) as store:
            town.amend(store, "turns", "V1", valid_to=town.DAY.replace(year=2020))
        assert minutes(ladder) == pytest.approx(0.26, abs=0.02)

    def test_a_file_of_turns(self, ladder: Place, tmp_path: Path) -> None:
        with closing(open_store(ladder.path)) as store:
            town.add(store, "turns", "V1", line((80, 0), (100, 0), (100, 20)), kind="only", turn="left")
        ladder.take("export", "turns", str(tmp_path / "turns.geojson"))
        assert "1 same" in ladder.take("import", "turns", str(tmp_path / "turns.geojson"))

    def test_one_that_follows_no_roads_is_a_defect(self, ladder: Place) -> None:
        with closing(open_store(ladder.path)) as store:
            town.add(store, "turns", "V1", line((80, 40), (90, 40), (90, 60)), kind="no")
        found = [each["properties"] for each in ladder.ask("data-quality")["defects"]["features"]]
        assert [each["feature"] for each in found if each["kind"] == "turn-without-roads"] == ["V1"]
        assert minutes(ladder) == pytest.approx(0.26, abs=0.02)


def test_a_road_from_which_every_way_on_is_forbidden_is_told(ladder: Place, tmp_path: Path) -> None:
    """From the west at 2: one restriction forbids to turn left, another to go straight on."""
    left, ahead = relation(1), relation(2, goes="w2", restriction="no_straight_on")
    for relations, expected in ((left, []), (left + ahead, ["osm-w1-1"])):
        ladder.take("import-osm", str(osm(tmp_path / "a.osm", relations)))
        found = [each["properties"] for each in ladder.ask("data-quality")["defects"]["features"]]
        assert [each["feature"] for each in found if each["kind"] == "no-way-on"] == expected


@pytest.mark.parametrize("as_one", [True, False])
def test_of_several_only_any_may_be_taken(ladder: Place, tmp_path: Path, as_one: bool) -> None:
    """From the south street at 2: straight on to 3, or left to 5 where h lives; in one relation, or one each."""
    both = relation(1, goes="w2 w6", restriction="only_straight_on")
    each = relation(1, goes="w2", restriction="only_straight_on") + relation(2, restriction="only_left_turn")
    ladder.take("import-osm", str(osm(tmp_path / "a.osm", both if as_one else each)))
    assert minutes(ladder) == pytest.approx(0.16 + 0.1, abs=0.02)
