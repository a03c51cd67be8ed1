"""OpenStreetMap data into a workspace: the small map of `tests/formats/osm_town.py`, imported and imported again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import shapely

from layers.cli import run
from layers.errors import ImportRejected, InvalidParameter
from layers.store import open_store
from layers.store.protocol import Draft, Store
from layers.usecases.edits.pending import Pending
from layers.usecases.history import revert
from layers.usecases.imports.osm import SOURCE, OsmOptions, components, import_osm, parse_bbox
from layers.usecases.imports.tables import ImportReport
from tests.formats import osm_town
from tests.formats.osm_town import NODE_TAGS, WAYS, at

NOW = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)
NOTHING = {"new": 0, "changed": 0, "same": 0, "missing": 0}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return osm_town.write(tmp_path / "town.osm.pbf")


def load(store: Store, path: Path, **options: object) -> ImportReport:
    """Import a map."""
    return import_osm(store, path, OsmOptions(**options), "tests", NOW)


def said(report: ImportReport) -> str:
    """Return all notes in English."""
    return "\n".join(note.say("en") for note in report.notes)


class TestUpsert:
    def test_one_changeset_for_all_layers(self, empty: Store, town: Path) -> None:
        done = load(empty, town)
        assert {layer: counts["new"] for layer, counts in done.counts.items()} == {
            "roads": 8, "buildings": 2, "stations": 3, "gates": 1, "barriers": 0, "turns": 0,
        }  # fmt: skip
        assert empty.revision() == done.changeset.revision == 1

    def test_the_same_file_again_changes_nothing(self, empty: Store, town: Path) -> None:
        load(empty, town)
        again = load(empty, town)
        assert again.counts == {
            "roads": NOTHING | {"same": 8}, "buildings": NOTHING | {"same": 2}, "stations": NOTHING | {"same": 3},
            "gates": NOTHING | {"same": 1}, "barriers": NOTHING, "turns": NOTHING,
        }  # fmt: skip
        assert again.changeset is None

    def test_features_are_as_the_catalogue_wants_them(self, empty: Store, town: Path) -> None:
        load(empty, town)
        street = empty.get("roads", "osm-w2-1").properties
        expected = {"class": "residential", "walkable": True, "drivable": True, "oneway": "forward", "speed_kmh": 50,
                    "level": 0, "bridge": False, "tunnel": False, "source": SOURCE}  # fmt: skip
        assert {name: street[name] for name in expected} == expected
        assert empty.get("stations", "osm-n20").properties["name"] == "东街卫生站"
        assert empty.get("stations", "osm-n20").properties["status"] == "open"
        park = empty.get("stations", "osm-w12").geometry  # an area becomes a point inside it
        assert park.geom_type == "Point"
        assert park.within(shapely.box(*at(6, -2), *at(7, -1)))
        assert empty.get("buildings", "osm-w8").properties.get("households") is None

    def test_what_an_office_entered_where_the_map_is_silent_stays(self, empty: Store, tmp_path: Path) -> None:
        silent = osm_town.write(tmp_path / "a.osm.pbf", ways=WAYS | {8: (WAYS[8][0], {"building": "yes"})})
        load(empty, silent)
        pending = Pending(empty)
        pending.put("buildings", "osm-w8", {"use": "residential", "households": 24})
        empty.commit(Draft("office", NOW, "edit", "edit", pending.changes()))
        load(empty, silent)
        home = empty.get("buildings", "osm-w8").properties
        assert (home["use"], home["households"]) == ("residential", 24)

    def test_a_barrier_that_is_gone_opens_the_road(self, empty: Store, town: Path, tmp_path: Path) -> None:
        load(empty, town)
        nodes = {11: {"barrier": "gate"}, 20: NODE_TAGS[20], 21: NODE_TAGS[21]}
        done = load(empty, osm_town.write(tmp_path / "later.osm.pbf", node_tags=nodes))
        assert done.counts["roads"] == NOTHING | {"same": 8}
        assert done.counts["gates"] == NOTHING | {"changed": 1}
        opened = empty.get("gates", "osm-n11").properties
        assert (opened["kind"], opened["drive_access"]) == ("gate", "public")

    def test_edges_that_a_road_no_longer_has_are_removed(self, empty: Store, town: Path, tmp_path: Path) -> None:
        """Drawn past the side street, way 1 is one edge again; its second edge would lie on top of it."""
        load(empty, town)
        done = load(empty, osm_town.write(tmp_path / "later.osm.pbf", ways=WAYS | {1: ([1, 3, 4], WAYS[1][1])}))
        assert empty.get("roads", "osm-w1-2") is None
        assert empty.get("roads", "osm-w1-1").geometry.equals(shapely.LineString([at(0, 0), at(2, 0), at(4, 0)]))
        assert done.counts["roads"] == NOTHING | {"changed": 1, "same": 6}
        assert "edges removed because their road is cut differently now: 1" in said(done)

    def test_a_road_stays_cut_where_one_on_record_meets_it_that_lives_on(
        self, empty: Store, town: Path, tmp_path: Path
    ) -> None:
        """What is missing from the file is not removed, and nobody would come from it on to way 1."""
        load(empty, town)
        ways = {id: way for id, way in WAYS.items() if id != 2}
        ways[1] = (WAYS[1][0], {**WAYS[1][1], "name": "解放路"})
        done = load(empty, osm_town.write(tmp_path / "later.osm.pbf", ways=ways))
        assert empty.get("roads", "osm-w2-1") is not None
        assert done.counts["roads"] == NOTHING | {"changed": 2, "same": 5, "missing": 1}
        assert {empty.get("roads", f"osm-w1-{n}").properties["name"] for n in (1, 2)} == {"解放路"}

    def test_it_is_undone_whole(self, empty: Store, town: Path) -> None:
        revert(empty, load(empty, town).changeset.revision, "tests", NOW)
        assert [empty.count(layer) for layer in ("roads", "buildings", "stations")] == [0, 0, 0]

    def test_a_dry_run_writes_nothing(self, empty: Store, town: Path) -> None:
        done = load(empty, town, dry_run=True)
        assert done.counts["roads"]["new"] == 8
        assert empty.revision() == 0


class TestReport:
    def test_edges_and_connected_parts_by_mode(self, empty: Store, town: Path) -> None:
        text = said(load(empty, town))
        assert "7 highway ways in the file; 6 of them came in, as 8 edges" in text
        assert "on foot: 7 edges in 1 connected parts, the largest with 7 edges; the first holds 100.0%" in text
        assert "by car: 8 edges in 2 connected parts, the largest with 7, 1 edges; the first holds 87.5%" in text

    def test_what_was_left_out_and_why(self, empty: Store, town: Path) -> None:
        text = said(load(empty, town))
        assert "Roads: ways left out, not built or no longer there: 1 (construction 1)" in text
        assert "Roads: ways for residents, customers or whose destination it is, used at the ends" in text
        assert "of a trip only: 1 (private 1)" in text
        assert "Buildings: left out, the outline is open, crosses itself, or lacks parts in the file: 1 (w11 1)" in text
        assert "Stations: left out, parking that is not public: 1 (private 1)" in text
        assert "Roads: gates and barriers that cut a road for walkers or cars at their place: 1 (bollard 1)" in text
        assert "OpenStreetMap contributors" in text

    def test_speed_limits_that_cannot_be_read_are_told(self, empty: Store, tmp_path: Path) -> None:
        ways = {1: ([1, 2], {"highway": "primary", "maxspeed": "signals"})}
        text = said(load(empty, osm_town.write(tmp_path / "a.osm.pbf", ways=ways, relations={})))
        assert (
            "Roads: ways whose speed limit cannot be read, the default of their class was used: 1 (signals 1)" in text
        )
        assert empty.get("roads", "osm-w1-1").properties["speed_kmh"] == 60

    def test_ferries_come_in_and_are_named(self, empty: Store, tmp_path: Path) -> None:
        ways = {
            1: ([1, 2], {"highway": "primary"}),
            2: ([2, 4], {"route": "ferry", "name": "东渡", "foot": "yes"}),
            3: ([1, 4], {"route": "ferry", "duration": "00:20"}),
        }
        text = said(load(empty, osm_town.write(tmp_path / "a.osm.pbf", ways=ways, relations={})))
        told = "Roads: ferries, used only where a question asks for them: 1 (w3 1)"
        assert told in text
        assert "ferries whose duration is not in the file or cannot be read, taken to go at 10 km/h" in text
        kinds = {code: empty.get("roads", code).properties["class"] for code in ("osm-w1-1", "osm-w2-1", "osm-w3-1")}
        assert kinds == {"osm-w1-1": "primary", "osm-w2-1": "ferry", "osm-w3-1": "ferry"}

    def test_parts_are_counted_by_edges(self) -> None:
        """1-2-3 and 4-5; the edge 3-4 would join them but is closed."""
        columns = {"from_node": [1, 2, 3, 4], "to_node": [2, 3, 4, 5], "walkable": [True, True, False, True]}
        assert components(columns, "walkable") == [2, 1]


class TestBox:
    @pytest.mark.parametrize(
        "text", ["", "1,2,3", "a,b,c,d", "120,36,119,37", "120,36,121,36", "0,0,181,1", "nan,0,1,1"]
    )
    def test_a_box_that_is_none(self, text: str) -> None:
        with pytest.raises(InvalidParameter, match="W,S,E,N"):
            parse_bbox(text)

    def test_a_box(self) -> None:
        assert parse_bbox("120.3, 36.0,120.5,36.2") == (120.3, 36.0, 120.5, 36.2)

    def test_codes_do_not_depend_on_it(self, empty: Store, town: Path) -> None:
        load(empty, town)
        done = load(empty, town, bbox=(*at(1.5, -0.5), *at(2.5, 0.5)))  # only the second edge of way 1
        assert done.counts["roads"] == NOTHING | {"same": 1, "missing": 7}
        assert done.changeset is None


class TestRefusals:
    def test_nothing_in_the_file(self, empty: Store, tmp_path: Path) -> None:
        path = osm_town.write(tmp_path / "a.osm.pbf", ways={}, node_tags={}, relations={})
        with pytest.raises(ImportRejected, match="no roads, buildings, stations, gates or barriers"):
            load(empty, path)
        assert empty.revision() == 0

    def test_nothing_in_the_box(self, empty: Store, town: Path) -> None:
        with pytest.raises(ImportRejected, match=r"its data lie within 120\.0000,35\.9960,120\.0070,36\.0030"):
            load(empty, town, bbox=(10, 10, 11, 11))
        assert empty.revision() == 0

    def test_only_roads_is_enough(self, empty: Store, tmp_path: Path) -> None:
        done = load(empty, osm_town.write(tmp_path / "a.osm.pbf", ways={1: WAYS[1]}, node_tags={}, relations={}))
        assert done.counts["roads"]["new"] == 1


class TestCommandLine:
    """Exit 0 done, 1 nothing to import, 2 wrong usage or no such format."""

    @pytest.fixture
    def workspace(self, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        return tmp_path / "w.gpkg"

    def test_import(self, workspace: Path, town: Path, capsys: pytest.CaptureFixture) -> None:
        assert run(None, ["--lang", "en", "import-osm", str(town), "-w", str(workspace)]) == 0
        assert "Roads: 8 new" in capsys.readouterr().out
        store = open_store(workspace)
        assert store.count("roads") == 8
        store.close()

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["town.osm.pbf", "--bbox", "10,10,11,11"], 1),
            (["town.osm.pbf", "--bbox", "1,2,3"], 2),
            (["town.osm.pbf", "--bbox", "120,36,119,37"], 2),
            (["none.osm.pbf"], 2),
            (["cut.osm.pbf"], 2),
            (["a.zip"], 2),
            ([], 2),
        ],
    )
    def test_refusals(self, workspace: Path, town: Path, arguments: list[str], code: int) -> None:
        (town.parent / "cut.osm.pbf").write_bytes(town.read_bytes()[:-30])
        (town.parent / "a.zip").write_bytes(b"PK\x03\x04")
        assert run(None, ["import-osm", *arguments, "-w", str(workspace)]) == code
        if workspace.exists():
            store = open_store(workspace)
            assert store.revision() == 0
            store.close()


@pytest.mark.deep  # whole cities
@pytest.mark.parametrize(
    ("name", "edges", "buildings"), [("liechtenstein-2013-08-03.osm.pbf", 5423, 3723), ("Helsinki.osm.pbf", 7746, 446)]
)
def test_a_real_map_comes_in_whole_and_only_once(
    empty: Store, shared_data: Path, name: str, edges: int, buildings: int
) -> None:
    done = load(empty, shared_data / "raw" / name)
    assert (done.counts["roads"]["new"], done.counts["buildings"]["new"]) == (edges, buildings)
    assert load(empty, shared_data / "raw" / name).changeset is None
