"""Newer extracts, and neighbouring ones: nothing is lost, nothing revived, nothing kept that is gone."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

import pytest
import shapely

from layers import clock
from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.protocol import Draft
from tests import town
from tests.desk.conftest import records
from tests.streets.conftest import Place
from tests.streets.test_turns import osm
from tests.suite import quickly
from tests.town import point

NOW = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)


def roads(place: Place) -> dict[str, Feature]:
    with closing(open_store(place.path)) as store:
        return records(store, "roads")


def amend(place: Place, code: str, **properties: object) -> None:
    with closing(open_store(place.path)) as store:
        town.amend(store, "roads", code, **properties)


def edges(place: Place) -> dict[str, bytes]:
    """Return code → line of the roads that hold."""
    return {code: each.geometry.normalize().wkb for code, each in roads(place).items()
            if not each.properties.get("valid_to")}  # fmt: skip


@pytest.fixture
def bridge(streets_data: Path) -> Path:
    """Two streets and a footbridge between them; in `in2.osm` the footbridge is gone."""
    return streets_data / "11-newer-extract-way-deleted"


class TestNewer:
    def test_what_is_gone_ends_the_day_before_and_is_told(self, place: Place, bridge: Path) -> None:
        place.import_case(bridge)
        said = place.take("import-osm", str(bridge / "in2.osm"))
        assert "Roads: no longer in the file within its area, ended on the day before: 1 (osm-w3-1)" in said
        today = clock.day_of(dt.datetime.now(dt.UTC))
        assert roads(place)["osm-w3-1"].properties["valid_to"] == today - dt.timedelta(days=1)

    def test_what_comes_back_holds_again(self, place: Place, bridge: Path) -> None:
        for name in ("in.osm", "in2.osm"):
            place.take("import-osm", str(bridge / name))
        said = place.take("import-osm", str(bridge / "in.osm"))
        assert "Roads: had ended and is there again: 1 (osm-w3-1)" in said
        assert roads(place)["osm-w3-1"].properties.get("valid_to") is None

    def test_the_same_file_again_changes_nothing(self, place: Place, bridge: Path) -> None:
        place.take("import-osm", str(bridge / "in2.osm"))
        assert "changed" not in place.take("import-osm", str(bridge / "in2.osm")).replace("0 changed", "")

    def test_a_field_that_somebody_changed_stays_however_often_the_file_comes(self, place: Place, bridge: Path) -> None:
        place.take("import-osm", str(bridge / "in.osm"))
        amend(place, "osm-w3-1", access="residents", name="天桥")
        for name in ("in.osm", "in.osm"):
            said = place.take("import-osm", str(bridge / name))
            assert "Roads: changed by hand and kept so, though the file says otherwise: 1" in said
            assert "(osm-w3-1 (access, name))" in said
            kept = roads(place)["osm-w3-1"].properties
            assert (kept["access"], kept["name"], kept["class"]) == ("residents", "天桥", "path")

    def test_a_road_that_somebody_closed_stays_closed(self, place: Place, bridge: Path) -> None:
        place.take("import-osm", str(bridge / "in.osm"))
        amend(place, "osm-w3-1", valid_to=dt.date(2020, 1, 1))
        place.take("import-osm", str(bridge / "in.osm"))
        assert roads(place)["osm-w3-1"].properties["valid_to"] == dt.date(2020, 1, 1)

    def test_a_road_that_somebody_removed_is_not_revived(self, place: Place, bridge: Path) -> None:
        place.take("import-osm", str(bridge / "in.osm"))
        with closing(open_store(place.path)) as store:
            old = store.get("roads", "osm-w3-1")
            store.commit(Draft("office", NOW, "removed", "edit", [Change("roads", old.id, old, None)]))
        said = place.take("import-osm", str(bridge / "in.osm"))
        assert "Roads: removed by hand and not taken in again: 1 (osm-w3-1)" in said
        assert "osm-w3-1" not in roads(place)

    def test_what_an_office_drew_itself_is_never_ended(self, place: Place, bridge: Path) -> None:
        place.take("import-osm", str(bridge / "in.osm"))
        with closing(open_store(place.path)) as store:
            shape = store.get("roads", "osm-w3-1").geometry
            town.add(store, "roads", "own", shape, **{"class": "path"})
        place.take("import-osm", str(bridge / "in2.osm"))
        assert roads(place)["own"].properties.get("valid_to") is None


RING = {1: (0, 0), 2: (400, 0), 3: (400, 400), 4: (0, 400), 5: (800, 0), 6: (800, 400), 7: (1200, 0), 8: (1200, 400)}
SQUARE = {1: (1, 2), 2: (2, 3), 3: (3, 4), 4: (4, 1)}
TAIL = {5: (2, 5), 6: (3, 6)}  # ways that lead out of the square, all of them, as programs that cut leave them
BEYOND = {7: (5, 6), 8: (5, 7), 9: (7, 8), 10: (8, 6)}


class TestArea:
    """A square, a street out of it at either corner in the east, and what joins these outside."""

    def file(self, path: Path, ways: dict, more: str = "", head: str = "") -> str:
        of = {node for way in ways.values() for node in way}
        osm(path, more, ways, {node: RING[node] for node in of})
        path.write_text(path.read_text("utf-8").replace('<osm version="0.6">', f'<osm version="0.6">{head}'), "utf-8")
        return str(path)

    def live(self, place: Place) -> list[str]:
        return sorted(code for code, each in roads(place).items() if not each.properties.get("valid_to"))

    def test_what_only_joins_the_ends_of_ways_that_lead_out_is_not_ended(self, place: Place, tmp_path: Path) -> None:
        west = self.file(tmp_path / "west.osm", SQUARE | TAIL)
        east = self.file(tmp_path / "east.osm", {2: SQUARE[2]} | TAIL | BEYOND)
        for file in (west, east, west):
            said = place.take("import-osm", file)
        assert "kept, for it lies across the border of the file’s area: 3 (osm-w10-1, osm-w7-1, osm-w8-1)" in said
        assert self.live(place) == sorted(f"osm-w{each}-1" for each in range(1, 11))

    @pytest.mark.parametrize(
        ("generator", "ended"), [("CGImap", True), ("osmium/1.16.0", False)]
    )  # the second names the box around a border that is none
    def test_the_bounds_of_a_file_are_its_area(
        self, place: Place, tmp_path: Path, generator: str, ended: bool
    ) -> None:
        (low, high) = (point(-50, -50), point(1300, 450))
        head = f'<bounds minlat="{low.y}" minlon="{low.x}" maxlat="{high.y}" maxlon="{high.x}"/>'
        place.take("import-osm", self.file(tmp_path / "a.osm", SQUARE | TAIL | BEYOND))
        newer = Path(self.file(tmp_path / "b.osm", SQUARE | TAIL | {8: BEYOND[8]}, head=head))
        newer.write_text(newer.read_text("utf-8").replace("<osm ", f'<osm generator="{generator}" '), "utf-8")
        place.take("import-osm", str(newer))
        gone = {"osm-w7-1", "osm-w9-1", "osm-w10-1"} & set(self.live(place))
        assert gone == (set() if ended else {"osm-w7-1", "osm-w9-1", "osm-w10-1"})

    @pytest.mark.parametrize(
        ("newer", "told"),
        [
            ('<node id="20" lon="{x}" lat="{y}"><tag k="amenity" v="clinic"/><tag k="disused" v="yes"/></node>',
             "Stations: no longer in the file within its area, ended on the day before: 1 (osm-n20)"),
            ("", "Stations: the file holds none at all, so nothing was ended of what is on record in its area: 1"),
        ],
    )  # fmt: skip
    def test_the_only_station_is_gone(self, place: Place, tmp_path: Path, newer: str, told: str) -> None:
        at = {"x": point(200, 200).x, "y": point(200, 200).y}
        node = '<node id="20" lon="{x}" lat="{y}"><tag k="amenity" v="clinic"/></node>'
        place.take("import-osm", self.file(tmp_path / "a.osm", SQUARE, node.format(**at)))
        assert told in place.take("import-osm", self.file(tmp_path / "b.osm", SQUARE, newer.format(**at)))


LATTICE = {100 * column + row: (200.0 * column, 200.0 * row) for column in range(13) for row in range(6)}
ALONG = {row + 1: tuple(100 * column + row for column in range(13)) for row in range(6)}
ACROSS = {
    10 + 6 * column + row: (100 * column + row, 100 * column + row + 1) for column in range(13) for row in range(5)
}


class TestRaggedRim:
    """Streets in blocks of 200 m, six from west to east, whole in every part that has a node of them; 65 across."""

    def file(self, path: Path, columns: range, without: set[int] = frozenset()) -> str:
        across = {way: nodes for way, nodes in ACROSS.items() if (way - 10) // 6 in columns and way not in without}
        osm(path, "", ALONG | across, LATTICE)
        return str(path)

    def live(self, place: Place) -> set[str]:
        return {code for code, each in roads(place).items() if not each.properties.get("valid_to")}

    @pytest.mark.parametrize("order", quickly([(("west", "east"),), (("east", "west"),)], 0))
    def test_streets_between_ways_that_stick_out_live(
        self, place: Place, tmp_path: Path, order: tuple[str, str]
    ) -> None:
        columns = {"west": range(7), "east": range(6, 13)}
        for name in (*order, *order):
            place.take("import-osm", self.file(tmp_path / f"{name}.osm", columns[name]))
        assert {f"osm-w{way}-1" for way in ACROSS} <= self.live(place)

    @pytest.mark.parametrize("order", quickly([(("west", "east"),), (("east", "west"),)], 0))
    def test_edges_are_those_of_the_whole(self, place: Place, tmp_path: Path, order: tuple[str, str]) -> None:
        """The six streets along are whole in both, and cut at the streets across that either has."""
        columns = {"west": range(7), "east": range(5, 13)}
        for name in (*order, *order):
            place.take("import-osm", self.file(tmp_path / f"{name}.osm", columns[name]))
        whole = Place(tmp_path / "whole.gpkg", place.command)
        place.command("-w", str(whole.path), "import-osm", self.file(tmp_path / "all.osm", range(13)))
        assert edges(place) == edges(whole)
        assert len(edges(whole)) == 65 + 6 * 12

    def test_a_street_that_is_gone_far_from_the_rim_ends(self, place: Place, tmp_path: Path) -> None:
        place.take("import-osm", self.file(tmp_path / "whole.osm", range(13)))
        place.take("import-osm", self.file(tmp_path / "west.osm", range(7), without={10 + 6 * 1 + 2}))
        assert {f"osm-w{way}-1" for way in ACROSS} - self.live(place) == {"osm-w18-1"}


class TestNeighbours:
    """West holds nodes 1 to 5 of way 1, east nodes 5 to 9; side streets at 2, 3, 7 and 8."""

    @pytest.mark.parametrize("order", quickly([(("west", "east"),), (("east", "west"),)], 0))
    def test_all_of_both_is_kept_in_either_order_and_again(
        self, place: Place, streets_data: Path, order: tuple[str, str]
    ) -> None:
        folder = streets_data / "32-two-extracts-one-way"
        for name in (*order, *order):
            place.take("import-osm", str(folder / f"{name}.osm"))
        found = {code: feature for code, feature in roads(place).items() if not feature.properties.get("valid_to")}
        pieces, others = [f"osm-w1-p{each}" for each in range(1, 9)], [f"osm-w{way}-1" for way in (2, 3, 4, 5)]
        assert sorted(found) == pieces + others
        line = shapely.line_merge(shapely.union_all([found[f"osm-w1-p{each}"].geometry for each in range(1, 9)]))
        assert line.bounds[0] == pytest.approx(120.0011092)
        assert line.bounds[2] == pytest.approx(120.0099824)

    def test_where_the_whole_is_on_record_a_part_adds_nothing(
        self, place: Place, streets_data: Path, tmp_path: Path
    ) -> None:
        west, east = ((streets_data / "32-two-extracts-one-way" / f"{name}.osm").read_text("utf-8")
                      for name in ("west", "east"))  # fmt: skip
        nodes = west[west.index("<node") : west.index("<way")]
        (tmp_path / "whole.osm").write_text(east.replace("<node", nodes + "<node", 1), "utf-8")
        place.take("import-osm", str(streets_data / "32-two-extracts-one-way" / "west.osm"))
        place.take("import-osm", str(tmp_path / "whole.osm"))
        whole = {code for code in roads(place) if code.startswith("osm-w1-")}
        assert not [code for code in whole if "-p" in code]
        place.take("import-osm", str(streets_data / "32-two-extracts-one-way" / "west.osm"))
        assert {code for code in roads(place) if code.startswith("osm-w1-")} == whole
