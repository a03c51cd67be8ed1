"""Walls, gates and water in the records, and the way from a door to the street.

    y 130   ─────────────────────────────────  north street N
    y 100   ┌───────────┐
            │           │    the courtyard C1, x 0 to 100, y 30 to 100
    y 50    │     h     │    the house h, 10 m wide, its middle at (50, 55)
    y 30    └───────────┘
    y 0     ─────────────────────────────────  south street S, with the station at (0, 0)
            x 0        100

To the south street are 55 m, to the north street 75 m; the streets meet at x -300, and x 400.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from layers.store import open_store
from tests import town
from tests.streets.conftest import Place
from tests.town import box, line, point

RING = [(-300, 0), (400, 0), (400, 130), (-300, 130), (-300, 0)]


@pytest.fixture
def block(place: Place, drawn_once: Callable[..., Place]) -> Place:
    """The drawing without a wall: the courtyard's enclosure is not known."""

    def draw() -> None:
        with closing(open_store(place.path)) as store:
            for number, (one, other) in enumerate(pairwise(RING)):
                town.add(store, "roads", f"S{number}", line(one, other), **{"class": "residential"})
            town.add(store, "buildings", "h", box(45, 50, 10, 10), use="residential")
            town.add(store, "courtyards", "C1", box(0, 30, 100, 70))
            town.add(store, "stations", "T", point(0, 0), kind="clinic")

    return drawn_once(place, draw)


def change(block: Place, **of_courtyard: object) -> None:
    with closing(open_store(block.path)) as store:
        town.amend(store, "courtyards", "C1", **of_courtyard)


def put(block: Place, layer: str, code: str, shape: object, **properties: object) -> None:
    with closing(open_store(block.path)) as store:
        town.add(store, layer, code, shape, **properties)


def leg(block: Place) -> tuple:
    found = block.buildings(minutes=[60])["h"]
    return found["leg"], found["access_m"], found["via"]


def test_no_wall_is_known(block: Place) -> None:
    assert leg(block) == ("clear", pytest.approx(55, abs=0.5), None)


def test_a_closed_court_without_a_gate_is_told(block: Place) -> None:
    change(block, enclosure="closed")
    assert leg(block) == ("through_barrier", pytest.approx(55, abs=0.5), None)
    found = block.ask(minutes=[60])
    assert found["summary"]["legs"] == {"through_barrier": 1}
    assert "put a gate" in found["buildings"]["features"][0]["properties"]["leg_text"]


def test_through_its_gate_to_the_street(block: Place) -> None:
    """The gate in the north wall at (50, 100): 45 m, and 30 m on. By the streets to the station 300 + 130 + 350 m."""
    change(block, enclosure="closed")
    put(block, "gates", "G1", point(50, 100), name="北门", access="residents")
    assert leg(block) == ("clear", pytest.approx(75, abs=0.5), "北门")
    assert block.buildings(minutes=[60])["h"]["minutes"] == pytest.approx((75 + 780) * 0.015, abs=0.05)
    assert block.ask(minutes=[60])["summary"]["via_gate"] == 1


@pytest.mark.parametrize(("at", "by_m"), [((100, 100), 67.3 + 30), ((97, 99), 64.4 + 31)], ids=["on it", "near it"])
def test_a_gate_at_a_corner_is_open_round_the_corner(block: Place, at: tuple, by_m: float) -> None:
    """From (50, 55) to the corner of the yard 67 m, and 30 m to the north street."""
    change(block, enclosure="closed")
    put(block, "gates", "G1", point(*at), name="角门")
    assert leg(block) == ("clear", pytest.approx(by_m, abs=0.6), "角门")


def test_an_opening_is_walked_through_beside_the_gate(block: Place) -> None:
    """The gate stands 2 m aside: straight on through its opening, and not by its post."""
    change(block, enclosure="closed")
    put(block, "gates", "G1", point(52, 30), name="南门")
    assert leg(block) == ("clear", pytest.approx(55, abs=0.02), "南门")


@pytest.mark.parametrize("locked", [{"locked": True}, {"access": "closed"}])
def test_a_locked_gate_is_no_opening(block: Place, locked: dict) -> None:
    change(block, enclosure="closed")
    put(block, "gates", "G1", point(50, 100), **locked)
    assert leg(block)[0] == "through_barrier"


def test_a_half_open_court_is_walled_where_it_has_gates_on_record(block: Place) -> None:
    change(block, enclosure="semi")
    assert leg(block)[::2] == ("clear", None)
    put(block, "gates", "G1", point(50, 100))
    assert leg(block)[::2] == ("clear", "G1")


def test_a_boundary_drawn_around_the_buildings_is_no_wall(block: Place) -> None:
    change(block, enclosure="closed", geometry_derived=True)
    assert leg(block)[0] == "clear"


def test_an_inner_way_is_taken_before_a_gate(block: Place) -> None:
    change(block, enclosure="closed")
    put(block, "gates", "G1", point(50, 100))
    put(block, "roads", "I", line((20, 60), (20, 130)), **{"class": "service"})
    assert leg(block) == ("clear", pytest.approx(30, abs=0.5), None)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("wall", line((-50, 20), (150, 20))), ("water", box(-50, 10, 200, 10)), (None, line((0, 9), (99, 9)))],
)
def test_barriers_on_record_are_not_crossed(block: Place, kind: str | None, shape: object) -> None:
    put(block, "barriers", "B1", shape, kind=kind)
    assert leg(block) == ("clear", pytest.approx(75, abs=0.5), None)


def test_a_closed_court_that_covers_the_district_hinders_nobody(block: Place) -> None:
    put(block, "courtyards", "C2", box(-5000, -5000, 10_000, 10_000), enclosure="closed")
    assert leg(block)[0] == "clear"


def test_what_changes_is_seen_at_once(block: Place) -> None:
    """A wall comes, and goes again."""
    before = leg(block)
    put(block, "barriers", "B1", line((-50, 20), (150, 20)), kind="wall")
    assert leg(block) != before
    with closing(open_store(block.path)) as store:
        town.amend(store, "barriers", "B1", valid_to=town.DAY.replace(year=2020))
    assert leg(block) == before


def test_a_doubtful_way_is_among_the_defects(block: Place) -> None:
    def doubtful() -> list[str]:
        found = block.ask("data-quality")["defects"]["features"]
        return [each["properties"]["feature"] for each in found if each["properties"]["kind"] == "suspicious-access"]

    assert doubtful() == []
    change(block, enclosure="closed")
    assert doubtful() == ["h"]


class TestCompounds:
    def test_opening_a_compound_is_one_switch(self, block: Place) -> None:
        """A residents' alley from the north street to the south street at x 200."""
        put(block, "roads", "R", line((200, 0), (200, 130)), access="residents", **{"class": "service"})
        put(block, "buildings", "n", box(195, 140, 10, 10), use="residential")
        by = {each: block.minutes(minutes=[60], residents_roads=each)["n"] for each in ("ends", "closed", "open")}
        assert by["ends"] == by["closed"] == pytest.approx((15 + 200 + 130 + 400) * 0.015, abs=0.1)
        assert by["open"] == pytest.approx((15 + 130 + 200) * 0.015, abs=0.1)

    def test_who_gains_where_compounds_are_open(self, block: Place) -> None:
        """n saves 370 m in the drawing of the test above; h, who has no need of the alley, is not in the list."""
        put(block, "roads", "R", line((200, 0), (200, 130)), access="residents", **{"class": "service"})
        put(block, "buildings", "n", box(195, 140, 10, 10), use="residential", courtyard_code="C1", households=7)
        found = block.ask("service-coverage", minutes=[60], residents_roads="open")["opened"]
        saved = (15 + 200 + 130 + 400) * 0.015 - (15 + 130 + 200) * 0.015
        assert [(each["courtyard_code"], each["gained"], each["households_gained"]) for each in found] == [("C1", 1, 7)]
        assert found[0]["minutes_saved"] == pytest.approx(saved, abs=0.1)
        assert block.ask("service-coverage", minutes=[60])["opened"] == []

    def test_a_station_for_its_own_compound(self, block: Place) -> None:
        """It stands in the alley; h lives on the street, r in the alley."""
        put(block, "roads", "R", line((200, 0), (200, 130)), access="residents", **{"class": "service"})
        put(block, "buildings", "r", box(205, 60, 10, 10), use="residential")
        put(block, "stations", "K", point(198, 80), kind="elder_canteen", serves="compound")
        found = block.minutes(minutes=[60], stations=["K"])
        assert found["r"] is not None
        assert found["h"] is None
        with closing(open_store(block.path)) as store:
            town.amend(store, "stations", "K", serves="public")
        assert block.minutes(minutes=[60], stations=["K"])["h"] is not None


    @pytest.mark.parametrize("told", [True, False])
    def test_a_station_for_its_own_courtyard_whose_ways_are_open_to_all(self, block: Place, told: bool) -> None:
        """Nothing is said of the alley that leads in: the courtyard on record is the compound, n lives outside."""
        put(block, "roads", "R", line((20, 0), (20, 90)), **{"class": "service"})
        put(block, "buildings", "n", box(25, 10, 10, 10), use="residential")
        put(block, "stations", "K", point(22, 80), kind="elder_canteen", serves="compound")
        if told:  # else by their place
            with closing(open_store(block.path)) as store:
                town.amend(store, "buildings", "h", courtyard_code="C1")
        found = block.buildings(minutes=[60], stations=["K"])
        assert found["h"]["minutes"] == pytest.approx((30 + 25 + 2) * 0.015, abs=0.05)
        assert (found["h"]["station"], found["h"]["covered"], found["n"]["covered"]) == ("K", True, False)
        assert block.minutes(minutes=[0.5], stations=["K"])["h"] is None


def test_roads_of_before_are_for_everybody(block: Place) -> None:
    """Nothing is said of who passes them, and a closed road is closed."""
    with closing(open_store(block.path)) as store:
        assert store.get("roads", "S0").properties.get("access") is None
        town.amend(store, "roads", "S0", access="closed")
    assert block.buildings(minutes=[60])["h"]["access_m"] == pytest.approx(75, abs=0.5)


def test_a_station_beside_an_island_of_streets_takes_the_street(streets_data: Path, place: Place) -> None:
    """3 m from a path that leads nowhere, 40 m from the street: today it covered nobody."""
    folder = streets_data / "35-island-of-streets"
    for layer, name in (("roads", "ir"), ("buildings", "ib"), ("stations", "is")):
        place.take("import", layer, str(folder / f"{name}.geojson"))
    found = place.minutes(minutes=[15])
    assert None not in found.values()
    assert len(found) == 6
