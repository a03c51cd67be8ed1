"""What stands in a square is walked round: walls, houses and ponds that a map draws over it.

            ┌─────────────────┐ 200        ┌────────┬────────┐
            │     ┌─────┐     │            │        │ wall   │
    T a ────b     │house│     c ──── d h   b        │        c
            │     └─────┘     │            │        │        │
            └─────────────────┘ 0          │                 │
            0    60   140    200           └─────────────────┘

T stands 90 m before b, h 90 m behind c, both 8 m beside the street; the square is crossed from b to c.
"""

from __future__ import annotations

from collections.abc import Callable
from math import hypot
from pathlib import Path

import pytest

from layers.formats import read_osm
from tests.streets.conftest import Place
from tests.streets.test_words import STREET, Land, Tags, differing

STRAIGHT = (180 + 16 + 200) * 0.015
ROUND_HOUSE = (180 + 16 + 2 * hypot(60, 40) + 80) * 0.015
ROUND_EDGE = (180 + 16 + 400) * 0.015
PAST_WALL = (180 + 16 + 2 * hypot(100, 60)) * 0.015
ALL = ((-1, -1), (201, -1), (201, 201), (-1, 201))
MIDDLE = ((60, 60), (140, 60), (140, 140), (60, 140))


def ring(land: Land, tags: Tags, corners: tuple[tuple[float, float], ...] = MIDDLE) -> int:
    nodes = [land.node(x, y - 100) for x, y in corners]
    return land.way([*nodes, nodes[0]], tags)


def wall(land: Land, tags: Tags, *places: tuple[float, float], gate: Tags | None = None) -> None:
    land.way([land.node(x, y - 100, gate if place == 1 else None) for place, (x, y) in enumerate(places)], tags)


def court(land: Land) -> None:
    inner = ring(land, {}, ((80, 80), (120, 80), (120, 120), (80, 120)))
    land.relation([("way", ring(land, {}), "outer"), ("way", inner, "inner")],
                  {"type": "multipolygon", "building": "yes"})  # fmt: skip


ACROSS = ((100, -40), (100, 100), (100, 260))
STANDING: dict[str, tuple[float, Callable[[Land], object]]] = {
    "house": (ROUND_HOUSE, lambda land: ring(land, {"building": "pavilion"})),
    "house on all of it": (ROUND_EDGE, lambda land: ring(land, {"building": "yes"}, ALL)),
    "house with a court": (ROUND_HOUSE, court),
    "pond": (ROUND_HOUSE, lambda land: ring(land, {"natural": "water"})),
    "fence round it": (ROUND_HOUSE, lambda land: ring(land, {"barrier": "fence"})),
    "wall that ends": (PAST_WALL, lambda land: wall(land, {"barrier": "wall"}, (100, 40), (100, 260))),
    "wall with a gate": (STRAIGHT, lambda land: wall(land, {"barrier": "wall"}, *ACROSS, gate={"barrier": "gate"})),
    "wall along the edge": (STRAIGHT, lambda land: wall(land, {"barrier": "wall"}, (0, 0), (0, 200))),
    "roof": (STRAIGHT, lambda land: ring(land, {"building": "roof"})),
    "storey above": (STRAIGHT, lambda land: ring(land, {"building": "yes", "building:min_level": "1"})),
    "hall below": (STRAIGHT, lambda land: ring(land, {"building": "yes", "layer": "-1"})),
    "tracks": (STRAIGHT, lambda land: wall(land, {"railway": "light_rail"}, *ACROSS)),
}


@pytest.fixture
def town(place: Place, tmp_path: Path) -> Place:
    land = Land()
    for code, (_, draw) in STANDING.items():
        land.town(code, (290, 8))
        a, b, c, d = (land.node(x, 0) for x in (-100, 0, 200, 300))
        south, north = [land.node(x, -100) for x in (0, 200)], [land.node(x, 100) for x in (200, 0)]
        land.way([a, b], STREET)
        land.way([c, d], STREET)
        land.way([b, *south, c, *north, b], {"highway": "pedestrian", "area": "yes"})
        draw(land)
    land.put_into(place, tmp_path)
    return place


def test_ways_across_go_round_what_stands_there(town: Place) -> None:
    assert differing(town.minutes(minutes=[60]), {code: each[0] for code, each in STANDING.items()}) == {}


def test_a_square_that_nothing_crosses_is_told(town: Place, tmp_path: Path) -> None:
    table = read_osm(tmp_path / "in.osm")["counts"].columns
    told = dict(zip(table["reason"], table["count"], strict=True))
    assert (told["crossed"], told["uncrossed"]) == (len(STANDING) - 1, 1)
