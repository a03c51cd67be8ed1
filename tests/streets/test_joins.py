"""Roads of OpenStreetMap are joined at the nodes that they share, those of other sources wherever their lines meet.

          4   ▫ h
          │
T 1 ──────┼────── 2      nobody says whether one passes over the other: the ways share no node
          │
          3              from 1 to 4 by the crossing: 200 m on foot, 3 minutes
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from layers.model.feature import Change
from layers.store import open_store
from layers.store.protocol import Draft
from tests import town
from tests.desk.conftest import records
from tests.streets.conftest import Place
from tests.streets.test_turns import osm
from tests.suite import quickly
from tests.town import box, line, point

NODES = {1: (0, 0), 2: (200, 0), 3: (100, -100), 4: (100, 100), 5: (100, 0)}
APART = {1: (1, 2), 2: (3, 4)}
SHARED = {1: (1, 5, 2), 2: (3, 5, 4)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two streets that cross without a shared node."""
    return osm(tmp_path / "apart.osm", ways=APART, nodes=NODES)


def found(place: Place) -> float | None:
    return place.minutes(minutes=[15], max_access_m=30)["h"]


def settle(place: Place) -> None:
    with closing(open_store(place.path)) as store:
        town.add(store, "stations", "T", point(0, 0), kind="canteen")
        town.add(store, "buildings", "h", box(98, 103, 4, 4), households=10)


def draw(place: Place, *points_m: tuple[float, float], code: str = "own", **properties: object) -> None:
    with closing(open_store(place.path)) as store:
        town.add(store, "roads", code, line(*points_m), **{"class": "path", **properties})


def joins(path: Path) -> dict[str, object]:
    with closing(open_store(path)) as store:
        return {code: each.properties.get("joins") for code, each in records(store, "roads").items()}


class TestCrossings:
    def test_without_a_shared_node_one_passes_over_the_other_and_the_import_says_so(
        self, place: Place, file: Path
    ) -> None:
        said = place.take("import-osm", str(file))
        assert "Roads: roads of one level that cross without a shared node" in said
        assert "(osm-w1-1 × osm-w2-1 1)" in said
        settle(place)
        assert found(place) is None

    def test_with_a_shared_node_they_are_joined_and_nothing_is_said(self, place: Place, tmp_path: Path) -> None:
        said = place.take("import-osm", str(osm(tmp_path / "shared.osm", ways=SHARED, nodes=NODES)))
        assert "without a shared node" not in said
        settle(place)
        assert found(place) == pytest.approx(3.1, abs=0.1)

    def test_two_nodes_in_one_place_are_one(self, place: Place, tmp_path: Path) -> None:
        nodes, ways = NODES | {6: NODES[5]}, {1: (1, 5, 2), 2: (3, 6, 4)}
        said = place.take("import-osm", str(osm(tmp_path / "twice.osm", ways=ways, nodes=nodes)))
        assert "without a shared node" not in said
        settle(place)
        assert found(place) == pytest.approx(3.1, abs=0.1)

    def test_a_source_may_be_joined_wherever_its_lines_meet(self, place: Place, file: Path) -> None:
        place.take("import-osm", str(file), "--joins", "lines")
        settle(place)
        assert found(place) == pytest.approx(3.1, abs=0.1)

    def test_ends_that_nearly_touch_are_not_drawn_together(self, place: Place, tmp_path: Path) -> None:
        """The street to the house begins 0.3 m beside the other one."""
        ways, nodes = {1: (1, 2), 2: (3, 4)}, NODES | {3: (100, 0.3)}
        place.take("import-osm", str(osm(tmp_path / "near.osm", ways=ways, nodes=nodes)))
        settle(place)
        assert found(place) is None
        place.take("import-osm", str(tmp_path / "near.osm"), "--joins", "lines")
        assert found(place) == pytest.approx(3.1, abs=0.1)


class TestOtherSources:
    def test_what_is_drawn_by_hand_is_joined_to_both(self, place: Place, file: Path) -> None:
        """A path from one street to the other, drawn across both: 150 m along, 71 m across, 50 m up."""
        place.take("import-osm", str(file))
        settle(place)
        draw(place, (160, -10), (90, 60))
        assert found(place) == pytest.approx((150 + 70.7 + 50 + 3) * 0.015, abs=0.1)

    def test_what_is_drawn_by_hand_is_joined_to_itself(self, place: Place) -> None:
        draw(place, (0, 0), (200, 0))
        draw(place, (100, -100), (100, 100), code="other")
        settle(place)
        assert found(place) == pytest.approx(3.1, abs=0.1)

    def test_a_drawn_road_may_say_that_it_is_joined_at_nodes(self, place: Place) -> None:
        draw(place, (0, 0), (200, 0), joins="nodes")
        draw(place, (100, -100), (100, 100), code="other", joins="nodes")
        settle(place)
        assert found(place) is None


class TestKept:
    def test_through_another_import_and_through_hands(self, place: Place, file: Path) -> None:
        place.take("import-osm", str(file))
        place.take("import-osm", str(file))
        assert joins(place.path) == {"osm-w1-1": "nodes", "osm-w2-1": "nodes"}
        with closing(open_store(place.path)) as store:
            town.amend(store, "roads", "osm-w1-1", name="长街")
            town.amend(store, "roads", "osm-w2-1", joins="lines")
        said = place.take("import-osm", str(file))
        assert "(osm-w1-1 (name), osm-w2-1 (joins))" in said
        assert joins(place.path) == {"osm-w1-1": "nodes", "osm-w2-1": "lines"}

    @pytest.mark.parametrize("name", ["roads.geojson", "roads.gpkg", "roads.csv"])
    def test_through_a_file(self, place: Place, file: Path, tmp_path: Path, name: str) -> None:
        place.take("import-osm", str(file))
        place.take("export", "roads", str(tmp_path / name))
        other = Place(tmp_path / "other.gpkg", place.command)
        other.take("import", "roads", str(tmp_path / name), "-w", str(other.path))
        assert joins(other.path) == {"osm-w1-1": "nodes", "osm-w2-1": "nodes"}
        settle(other)
        assert found(other) is None

    @pytest.mark.deep
    def test_roads_of_an_older_workspace_are_joined_as_before_until_they_come_again(
        self, place: Place, file: Path
    ) -> None:
        """Versions before this one had no such field, and no way to change it by hand."""
        place.take("import-osm", str(file))
        settle(place)
        with closing(open_store(place.path)) as store:
            old = [(each, replace(each, properties={**each.properties, "joins": None}))
                   for each in records(store, "roads").values()]  # fmt: skip
            changes = [Change("roads", before.id, before, after) for before, after in old]
            store.commit(Draft("office", town.NOON, "as of before", "import", changes))
        assert found(place) == pytest.approx(3.1, abs=0.1)
        place.take("import-osm", str(file))
        assert found(place) is None


@pytest.mark.parametrize(
    ("between", "joined"),
    [
        (None, True),
        ({"kind": "wall"}, False),
        ({"kind": "wall", "gate": True}, True),
        ({"kind": "wall", "valid_to": town.DAY.replace(year=2020)}, True),
        ({"kind": "water", "as_area": True}, False),
    ],
    ids=["nothing", "a wall", "a wall with a gate", "a wall of once", "a ditch"],
)
@pytest.mark.parametrize("through", quickly([False, True], 0))
def test_a_loose_end_is_not_drawn_across_a_wall(
    place: Place, between: dict | None, joined: bool, through: bool
) -> None:
    """Two lines of a file, 0.4 m apart; the second ends there, or passes.

        T ─────────── ┃ ─────────── h         the wall at x 100.2; the second line begins at x 100.4,
                                              or passes there from y -50 to y 50 (through)
    """
    between = dict(between or {})
    gate, as_area = between.pop("gate", False), between.pop("as_area", False)
    with closing(open_store(place.path, create=True)) as store:
        town.add(store, "roads", "a", line((0, 0), (100, 0)), **{"class": "residential"})
        other = line((100.4, -50), (100.4, 50)) if through else line((100.4, 0), (200, 0))
        town.add(store, "roads", "b", other, **{"class": "residential"})
        town.add(store, "stations", "T", point(10, 5), kind="clinic")
        town.add(store, "buildings", "h", box(101, 40, 4, 4) if through else box(180, 5, 4, 4), use="residential")
        if between:
            shape = box(100.1, -5, 0.1, 10) if as_area else line((100.2, -5), (100.2, 5))
            town.add(store, "barriers", "W", shape, **between)
        if gate:
            town.add(store, "gates", "G", point(100.2, 0))
    assert (place.minutes(minutes=[60])["h"] is not None) == joined


def test_a_path_drawn_up_to_a_road_of_the_map_with_a_wall_between(place: Place) -> None:
    """The road of the map ends 0.4 m short of the path that an office drew: neither end is drawn to the other."""
    with closing(open_store(place.path, create=True)) as store:
        town.add(store, "roads", "osm-w1-1", line((0, 0), (100, 0)), joins="nodes", **{"class": "residential"})
        town.add(store, "roads", "b", line((100.4, -50), (100.4, 0), (100.4, 50)), **{"class": "path"})
        town.add(store, "stations", "T", point(10, 5), kind="clinic")
        town.add(store, "buildings", "h", box(101, 40, 4, 4), use="residential")
        assert place.minutes(minutes=[60])["h"] is not None
        town.add(store, "barriers", "W", line((100.2, -5), (100.2, 5)), kind="wall")
    assert place.minutes(minutes=[60])["h"] is None


def test_a_wall_that_comes_between_parts_at_once(place: Place) -> None:
    with closing(open_store(place.path, create=True)) as store:
        for code, (x, to) in (("a", (0, 100)), ("b", (100.4, 200))):
            town.add(store, "roads", code, line((x, 0), (to, 0)), **{"class": "residential"})
        town.add(store, "stations", "T", point(10, 5), kind="clinic")
        town.add(store, "buildings", "h", box(180, 5, 4, 4), use="residential")
    before = place.minutes(minutes=[60])
    with closing(open_store(place.path)) as store:
        town.add(store, "barriers", "W", line((100.2, -5), (100.2, 5)), kind="fence")
    assert (before["h"] is not None, place.minutes(minutes=[60])["h"]) == (True, None)
