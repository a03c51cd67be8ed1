"""Gates that stand in a wall beside a street close the wall alone; gates of a street open no wall beside it.

             ━━━━━━━━━ gate ━━━━━━━━━           y 3: a fence along the street
    T a ──────────────────────────────── b h    600 m
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from layers.store import open_store
from tests import town
from tests.streets.conftest import Place
from tests.streets.test_words import STREET, WALL, Land, differing
from tests.town import box, line, point

ALONG = (8 + 580 + 8) * 0.015
SHUT = {"private": {"access": "private"}, "locked": {"locked": "yes"}, "closed": {"access": "no"}}


def fenced(land: Land, code: str, off_m: float, gate: dict) -> None:
    land.town(code, (490, -8))
    land.way([land.node(x, 0) for x in (-100, 500)], STREET)
    post = land.node(200, off_m, {"barrier": "gate"} | gate)
    land.way([land.node(0, off_m), post, land.node(400, off_m)], {"barrier": "fence"})


def test_a_gate_in_a_fence_closes_no_street_beside_it(place: Place, tmp_path: Path) -> None:
    land = Land()
    codes = [(f"{name} {off_m}", off_m, tags) for name, tags in SHUT.items() for off_m in (1.5, 3.0, 4.5)]
    for code in codes:
        fenced(land, *code)
    land.put_into(place, tmp_path)
    assert differing(place.minutes(minutes=[60]), {code: ALONG for code, *_ in codes}) == {}
    by_car = 580 * 0.002 + 16 * 0.015
    assert differing(place.minutes(minutes=[60], mode="drive"), {code: by_car for code, *_ in codes}) == {}


@pytest.mark.parametrize("kind", ["bollard", "lift_gate", "gate"])
def test_what_stands_on_a_street_opens_no_wall_beside_it(place: Place, tmp_path: Path, kind: str) -> None:
    """h stands behind the wall, its other street leads round by the east.

                 ──────────────── d
                     h
             ━━━━━━━━━━━━━━━━━━━━           y 4
        T a ──── ● ────────────── b
    """
    land = Land()
    land.town("h", (200, 40))
    post = land.node(200, 0, {"barrier": kind})
    a, b, c, d = (land.node(*at) for at in ((-100, 0), (800, 0), (800, 90), (0, 90)))
    land.way([a, post, b, c, d], STREET)
    land.way([land.node(x, 4) for x in (-90, 790)], WALL)
    land.put_into(place, tmp_path)
    round_by_east = (8 + 890 + 90 + 600 + 50) * 0.015
    assert place.minutes(minutes=[60])["h"] == pytest.approx(round_by_east, abs=0.1)


class TestOfRecords:
    """A way leads through the south wall of a closed yard at x 50; the street runs 3 m before the wall."""

    @pytest.fixture
    def yard(self, place: Place) -> Place:
        with closing(open_store(place.path)) as store:
            town.add(store, "roads", "S", line((-300, 0), (50, 0)), **{"class": "residential"})
            town.add(store, "roads", "E", line((50, 0), (300, 0)), **{"class": "residential"})
            town.add(store, "roads", "I", line((50, 0), (50, 80)), **{"class": "service"})
            town.add(store, "courtyards", "C1", box(0, 3, 100, 100), enclosure="closed")
            town.add(store, "buildings", "in", box(53, 70, 2, 2), use="residential")
            town.add(store, "buildings", "out", box(290, 7, 2, 2), use="residential")
            town.add(store, "stations", "T", point(-290, 8), kind="clinic")
        return place

    def with_gate(self, yard: Place, at: tuple[float, float], **properties: object) -> dict:
        with closing(open_store(yard.path)) as store:
            town.add(store, "gates", "G1", point(*at), **properties)
        return yard.minutes(minutes=[60])

    @pytest.mark.parametrize("at", [(50, 3), (48, 4)], ids=["on it", "2 m beside"])
    def test_the_gate_closes_the_way_through_the_wall(self, yard: Place, at: tuple) -> None:
        found = self.with_gate(yard, at, locked=True)
        assert found["in"] is None
        assert found["out"] == pytest.approx((8 + 581 + 8) * 0.015, abs=0.1)

    def test_another_gate_closes_nothing_but_the_wall(self, yard: Place) -> None:
        found = self.with_gate(yard, (20, 3), locked=True)
        assert found["in"] == pytest.approx((8 + 340 + 71 + 4) * 0.015, abs=0.1)
        assert found["out"] == pytest.approx((8 + 581 + 8) * 0.015, abs=0.1)

    def test_without_a_wall_it_closes_the_road_within_5_m(self, yard: Place) -> None:
        assert self.with_gate(yard, (-100, 4), locked=True)["out"] is None
