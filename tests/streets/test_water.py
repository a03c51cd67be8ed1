"""What of OpenStreetMap's areas is open water that nobody walks through, and what is not; minutes by the ruler.

    y 200  ┌──────────────────────────┐   north street
           │           h  (200, 60)   │
    y 45   │  ~~~~~~~~~~~~~~~~~~~~~~  │   what is tried, x -80 to 480, y 15 to 45
    y 0    T──────────────────────────┘   south street, x -100 to 500, with the station at (-90, 8)

Over dry land h walks 60 m to the south street and 290 m along it; else 140 m to the north street, and 510 m round.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.streets.conftest import Place
from tests.streets.test_words import STREET, Land, Tags, differing

DRY, WET = (8 + 290 + 60) * 0.015, (8 + 10 + 200 + 300 + 140) * 0.015
BANKS = [(-80, 15), (480, 15), (480, 45), (-80, 45)]

WATER = [
    {"natural": "water"},
    {"natural": "water", "water": "basin", "intermittent": "yes"},
    {"landuse": "reservoir"},
    {"landuse": "reservoir", "natural": "water", "water": "reservoir"},
    {"landuse": "basin"},
    {"landuse": "basin", "basin": "retention"},
    {"landuse": "salt_pond"},
    {"landuse": "pond"},
    {"water": "lake"},
    {"waterway": "riverbank"},
    {"waterway": "dock"},
]
LAND = [
    {"landuse": "basin", "basin": "detention"},
    {"natural": "water", "water": "basin", "basin": "infiltration"},
    {"landuse": "reservoir", "covered": "yes"},
    {"landuse": "reservoir", "location": "underground"},
    {"landuse": "grass"},
    {"natural": "wetland", "wetland": "reedbed"},
    {"natural": "bay"},
    {"natural": "strait"},
    {"leisure": "swimming_pool"},
    {"water": "yes"},
]


def town(land: Land, code: str, home: tuple[float, float]) -> None:
    land.town(code, home)
    corners = [land.node(*at) for at in ((-100, 0), (500, 0), (500, 200), (-100, 200))]
    land.way([*corners, corners[0]], STREET)


def ring(land: Land, corners: list[tuple[float, float]], tags: Tags) -> int:
    nodes = [land.node(*at) for at in corners]
    return land.way([*nodes, nodes[0]], tags)


@pytest.mark.parametrize("as_relation", [False, True])
def test_open_water_is_walked_round_and_dry_land_is_not(place: Place, tmp_path: Path, as_relation: bool) -> None:
    land, expected = Land(), {}
    for tags in (*WATER, *LAND):
        code = " ".join(f"{key}={value}" for key, value in tags.items())
        town(land, code, (200, 60))
        way = ring(land, BANKS, {} if as_relation else tags)
        if as_relation:
            land.relation([("way", way, "outer")], {"type": "multipolygon", **tags})
        expected[code] = WET if tags in WATER else DRY
    land.put_into(place, tmp_path)
    assert not differing(place.minutes(minutes=[60]), expected)


def test_a_river_drawn_as_a_line_stays_one(place: Place, tmp_path: Path) -> None:
    """Whatever its `water` says."""
    land = Land()
    town(land, "h", (200, 60))
    land.way([land.node(-80, 30), land.node(480, 30)], {"waterway": "river", "water": "river"})
    land.put_into(place, tmp_path)
    assert not differing(place.minutes(minutes=[60]), {"h": WET})


def test_an_island_in_a_reservoir_is_reached_by_its_dam(place: Place, tmp_path: Path) -> None:
    """Water from y 15 to 180 but for the island, x 150 to 250, y 60 to 120, where h stands at (200, 90).

        ~~~~~┌─────┐~~~~~       the dam's footway leads from (190, 0) to (190, 70): 22.4 m from h;
        ~~~~~│  h  │~~~~~       without it the nearest street is told, through the water
        ~~~~~└╥────┘~~~~~
        ~~~~~~║~~~~~~~~~~
        ──────╨──────────       south street
    """
    land = Land()
    for code in ("by the dam", "without"):
        land.town(code, (200, 90))
        corners = [land.node(*at) for at in ((-100, 0), (190, 0), (500, 0), (500, 200), (-100, 200))]
        land.way([*corners, corners[0]], STREET)
        if code == "by the dam":
            land.way([corners[1], land.node(190, 70)], {"highway": "footway"})
        outer = ring(land, [(-80, 15), (480, 15), (480, 180), (-80, 180)], {})
        inner = ring(land, [(150, 60), (250, 60), (250, 120), (150, 120)], {"landuse": "grass"})
        land.relation([("way", outer, "outer"), ("way", inner, "inner")],
                      {"type": "multipolygon", "landuse": "reservoir"})  # fmt: skip
    land.put_into(place, tmp_path)
    found = place.buildings(minutes=[60])
    assert {code: each["leg"] for code, each in found.items()} == {"by the dam": "clear", "without": "through_barrier"}
    assert found["by the dam"]["minutes"] == pytest.approx((8 + 280 + 70 + 22.4) * 0.015, abs=0.1)
