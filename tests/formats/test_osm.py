"""Reading OpenStreetMap data: what comes out of a small map, and what a broken file is answered."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import shapely

from layers.errors import NotFound, TooLarge, UnsupportedMedia
from layers.formats import Limits, read_osm, read_table
from layers.formats.table import RawTable
from tests.formats import osm_town
from tests.formats.osm_town import WAYS, at


def rows(table: RawTable) -> dict[str, dict]:
    """Return code → row."""
    names = list(table.columns)
    entries = [dict(zip(names, values, strict=True)) for values in zip(*table.columns.values(), strict=True)]
    return {row["code"]: row | {"geometry": shape} for row, shape in zip(entries, table.geometry, strict=True)}


def counts(tables: dict[str, RawTable]) -> dict[tuple[str, str, str], int]:
    """Return (layer, reason, value) → how many."""
    columns = tables["counts"].columns
    keys = zip(columns["layer"], columns["reason"], columns["value"], strict=True)
    return dict(zip(keys, columns["count"], strict=True))


@pytest.fixture(params=[".osm.pbf", ".osm"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, RawTable]:
    return read_osm(osm_town.write(tmp_path / f"town{request.param}"))


class TestRoads:
    def test_ways_are_cut_where_they_share_a_node_and_nowhere_else(self, town: dict[str, RawTable]) -> None:
        roads = rows(town["roads"])
        assert sorted(roads) == [
            "osm-w1-1", "osm-w1-2", "osm-w2-1", "osm-w3-1", "osm-w4-1", "osm-w6-1", "osm-w7-1",
            "osm-w7-2",
        ]  # fmt: skip
        assert roads["osm-w1-2"]["geometry"].equals(shapely.LineString([at(1, 0), at(2, 0), at(4, 0)]))
        assert (roads["osm-w1-2"]["from_node"], roads["osm-w1-2"]["to_node"]) == (2, 4)

    def test_a_bridge_stays_apart_from_what_is_under_it(self, town: dict[str, RawTable]) -> None:
        roads = rows(town["roads"])
        bridge, street = roads["osm-w3-1"], roads["osm-w1-2"]
        assert bridge["geometry"].crosses(street["geometry"])
        assert (bridge["bridge"], bridge["level"], street["bridge"], street["level"]) == (True, 1, False, 0)

    def test_one_way_and_speed(self, town: dict[str, RawTable]) -> None:
        roads = rows(town["roads"])
        assert (roads["osm-w2-1"]["oneway"], roads["osm-w2-1"]["speed_kmh"]) == ("forward", 50)  # CN:urban
        assert (roads["osm-w4-1"]["oneway"], roads["osm-w4-1"]["speed_kmh"]) == ("forward", 40)  # roundabout; default
        assert (roads["osm-w3-1"]["oneway"], roads["osm-w3-1"]["speed_kmh"]) == ("forward", 100)  # motorway

    def test_a_bollard_cuts_at_its_node_and_leaves_both_edges_as_they_are(self, town: dict[str, RawTable]) -> None:
        roads, gates = rows(town["roads"]), rows(town["gates"])
        for edge in (roads["osm-w7-1"], roads["osm-w7-2"]):
            assert (edge["walkable"], edge["drivable"], edge["barrier"]) == (True, True, None)
        bollard = gates["osm-n11"]
        assert (bollard["kind"], bollard["access"], bollard["drive_access"]) == ("bollard", "public", "closed")
        assert bollard["geometry"].equals(shapely.Point(at(4.9, 0)))

    def test_a_private_way_is_for_residents(self, town: dict[str, RawTable]) -> None:
        drive = rows(town["roads"])["osm-w6-1"]
        assert (drive["access"], drive["drive_access"], drive["walkable"]) == ("residents", None, True)

    def test_walls_and_water_are_barriers(self, tmp_path: Path) -> None:
        """A wall as a line, a pond as an area, a river that leaves the file and comes back; a culvert is none."""
        ways = {
            1: ([1, 2], {"highway": "primary"}),
            20: ([1, 5, 6], {"barrier": "wall", "name": "长墙"}),
            21: ([51, 52, 53, 54, 51], {"natural": "water"}),
            22: ([3, 4, 99, 12, 8], {"waterway": "river"}),
            23: ([3, 4], {"waterway": "river", "tunnel": "culvert"}),
        }
        found = rows(read_osm(osm_town.write(tmp_path / "a.osm.pbf", ways=ways, relations={}))["barriers"])
        assert {code: (row["kind"], row["geometry"].geom_type) for code, row in found.items()} == {
            "osm-w20": ("wall", "LineString"), "osm-w21": ("water", "MultiPolygon"),
            "osm-w22": ("water", "LineString"), "osm-w22-2": ("water", "LineString"),
        }  # fmt: skip
        assert found["osm-w20"]["name"] == "长墙"

    def test_a_barrier_where_three_roads_meet_closes_none_of_them(self, tmp_path: Path) -> None:
        found = read_osm(osm_town.write(tmp_path / "a.osm.pbf", node_tags={4: {"barrier": "bollard"}},
                                        ways=WAYS | {20: ([4, 14], {"highway": "service"})}))  # fmt: skip
        assert all(row["barrier"] is None for row in rows(found["roads"]).values())
        assert counts(found)["roads", "barrier-at-junction", "bollard"] == 1

    def test_what_is_left_out_is_counted_with_its_reason(self, town: dict[str, RawTable]) -> None:
        found = counts(town)
        assert found["roads", "seen", ""] == 7
        assert found["roads", "unbuilt", "construction"] == 1
        assert found["roads", "residents", "private"] == 1  # came in

    def test_a_way_that_passes_a_node_twice_is_cut_there(self, tmp_path: Path) -> None:
        lollipop = {1: ([1, 2, 5, 6, 2], {"highway": "residential"})}
        roads = rows(read_osm(osm_town.write(tmp_path / "a.osm.pbf", ways=lollipop, relations={}))["roads"])
        assert {(row["from_node"], row["to_node"]) for row in roads.values()} == {(1, 2), (2, 2)}

    def test_a_way_at_the_border_of_an_extract_keeps_what_is_there(self, tmp_path: Path) -> None:
        ways = {1: ([1, 2, 99, 3, 4], {"highway": "primary"}), 2: ([98, 97], {"highway": "primary"})}
        found = read_osm(osm_town.write(tmp_path / "a.osm.pbf", ways=ways, relations={}))
        roads = rows(found["roads"])
        assert {(row["from_node"], row["to_node"]) for row in roads.values()} == {(1, 2), (3, 4)}
        assert counts(found)["roads", "incomplete", ""] == 1
        assert counts(found)["roads", "without-nodes", ""] == 1

    def test_a_place_that_stands_in_the_file_twice_comes_in_once(self, tmp_path: Path) -> None:
        path = osm_town.write(tmp_path / "a.osm")
        text = path.read_text("utf-8")
        node = text[text.index('<node id="20"') : text.index('<node id="21"')]
        path.write_text(text.replace(node, node + node), "utf-8")
        found = read_osm(path)
        assert len(found["stations"]) == 3
        assert counts(found)["file", "twice", ""] == 1


class TestPlaces:
    def test_buildings_from_ways_and_relations(self, town: dict[str, RawTable]) -> None:
        buildings = rows(town["buildings"])
        assert sorted(buildings) == ["osm-r1", "osm-w8"]
        home, school = buildings["osm-w8"], buildings["osm-r1"]
        assert (home["use"], home["floors"], home["name"]) == ("residential", 6, "1号楼")
        assert school["use"] == "public"
        assert len(school["geometry"].geoms[0].interiors) == 1
        assert counts(town)["buildings", "unclosed", "w11"] == 1

    def test_outlines_that_do_not_close_are_counted_in_the_order_of_their_names(self, tmp_path: Path) -> None:
        ways = {id: ([1, 2, 3], {"building": "yes"}) for id in range(40, 60)}
        found = counts(read_osm(osm_town.write(tmp_path / "a.osm.pbf", ways=ways, relations={})))
        assert [value for _, reason, value in found if reason == "unclosed"] == [f"w{id}" for id in ways]

    def test_stations_from_nodes_and_areas(self, town: dict[str, RawTable]) -> None:
        stations = rows(town["stations"])
        kinds = {code: (row["kind"], row["geometry"].geom_type) for code, row in stations.items()}
        assert kinds == {
            "osm-n20": ("clinic", "Point"), "osm-n21": ("other", "Point"), "osm-w12": ("parking", "MultiPolygon"),
        }  # fmt: skip
        assert counts(town)["stations", "not-public", "private"] == 1


class TestBox:
    BOX = (*at(-0.1, -0.1), *at(0.9, 0.9))  # around node 1, the clinic and the post office; cuts w1-1

    def test_only_what_touches_it_comes_in_whole_and_under_the_same_code(self, tmp_path: Path) -> None:
        path = osm_town.write(tmp_path / "a.osm.pbf")
        found, whole = read_osm(path, self.BOX), read_osm(path)
        roads = rows(found["roads"])
        assert list(roads) == ["osm-w1-1"]
        assert roads["osm-w1-1"] == rows(whole["roads"])["osm-w1-1"]
        assert sorted(rows(found["stations"])) == ["osm-n20", "osm-n21"]
        assert len(found["buildings"]) == 0

    def test_what_lies_outside_is_counted(self, tmp_path: Path) -> None:
        found = counts(read_osm(osm_town.write(tmp_path / "a.osm.pbf"), self.BOX))
        assert [found[layer, "outside", ""] for layer in ("roads", "buildings", "stations")] == [7, 2, 1]


class TestRefusals:
    def test_a_file_that_is_cut_off(self, tmp_path: Path) -> None:
        path = osm_town.write(tmp_path / "a.osm.pbf")
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(UnsupportedMedia, match="damaged"):
            read_osm(path)

    @pytest.mark.parametrize("place", [40, 200, 400, -30])
    def test_a_file_with_broken_bytes(self, tmp_path: Path, place: int) -> None:
        path = osm_town.write(tmp_path / "a.osm.pbf")
        data = bytearray(path.read_bytes())
        data[place : place + 8] = bytes(8) if place < 0 else b"\xff" * 8
        path.write_bytes(data)
        with pytest.raises(UnsupportedMedia, match="damaged"):
            read_osm(path)

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("a.osm.pbf", b"PK\x03\x04" + bytes(40), "its content is a zip archive"),
            ("a.osm.pbf", b"<osm version='0.6'/>", "its content is XML"),
            ("a.osm", b'{"type": "FeatureCollection", "features": []}', "its content is JSON"),
            ("a.osm", b"<kml></kml>", "damaged or not OpenStreetMap"),
            ("a.osm", b"<osm version='0.6'><node id='1' lat='36' lon=", "damaged"),
            ("a.osm", b"<osm version='0.6'><node id='1' lat='x' lon='120'/></osm>", "damaged"),
            ("a.osm", b"<osmChange version='0.6'></osmChange>", "history"),
            ("a.osm.pbf", b"", "empty"),
            ("a.geojson", b"{}", "Use one of"),
        ],
    )
    def test_a_file_that_is_something_else(self, tmp_path: Path, name: str, content: bytes, reason: str) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnsupportedMedia, match=reason):
            read_osm(tmp_path / name)

    def test_entities_that_grow_without_end(self, tmp_path: Path) -> None:
        path = tmp_path / "a.osm"
        path.write_text('<!DOCTYPE osm [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><osm version="0.6">&b;</osm>')
        with pytest.raises(UnsupportedMedia, match="damaged"):
            read_osm(path)

    def test_there_is_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            read_osm(tmp_path / "none.osm.pbf")

    def test_limits_hold(self, tmp_path: Path) -> None:
        with pytest.raises(TooLarge):
            read_osm(osm_town.write(tmp_path / "a.osm.pbf"), limits=Limits(rows=3))

    def test_one_layer_at_a_time_is_not_the_way(self, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedMedia, match="import-osm"):
            read_table(osm_town.write(tmp_path / "a.osm.pbf"))

    def test_without_the_library(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from layers.formats.readers import osm
        from layers.formats.sink import Job
        from layers.formats.table import ReadOptions

        monkeypatch.setitem(sys.modules, "osmium", None)
        job = Job(tmp_path / "input.pbf", "a.osm.pbf", "a", "osm-pbf", "tables", ReadOptions(), Limits())
        with pytest.raises(UnsupportedMedia, match="pip install osmium"):
            osm.read(job, None)


class TestRealMaps:
    """Against a plain count with libosmium."""

    @pytest.mark.parametrize("name", ["liechtenstein-2013-08-03.osm.pbf", "Helsinki.osm.pbf"])
    def test_every_way_and_ferry_is_an_edge_or_accounted_for(self, shared_data: Path, name: str) -> None:
        path = shared_data / "raw" / name
        plain = {each.id for each in osm_town.osmium.FileProcessor(str(path), osm_town.osmium.osm.WAY)
                 if "highway" in each.tags or each.tags.get("route") == "ferry"}  # fmt: skip
        found = read_osm(path)
        seen = counts(found)
        assert seen["roads", "seen", ""] == len(plain)
        gone = sum(seen[key] for key in seen if key[0] == "roads" and "=" not in key[2]  # platforms and piers: no roads
                   and key[1] in ("unbuilt", "unlisted", "closed", "without-nodes"))  # fmt: skip
        keys = {code.split("-")[1] for code in found["roads"].columns["code"]}
        came = {int(key[1:]) for key in keys if key[0] == "w" and key[1:].isdigit()}  # others go across areas
        assert came <= plain
        assert len(came) + gone == len(plain)

    def test_a_whole_country_matches_its_published_network(self, shared_data: Path) -> None:
        """`cities/liechtenstein_2013.gpkg`: 3,723 buildings; 5,382 edges, ours cut at barriers."""
        found = read_osm(shared_data / "raw" / "liechtenstein-2013-08-03.osm.pbf")
        assert len(found["buildings"]) == 3723
        assert len(found["roads"]) == pytest.approx(5382, rel=0.01)

    def test_a_real_file_that_is_cut_off(self, shared_data: Path, tmp_path: Path) -> None:
        whole = (shared_data / "raw" / "Helsinki.osm.pbf").read_bytes()
        (tmp_path / "a.osm.pbf").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(UnsupportedMedia, match="damaged"):
            read_osm(tmp_path / "a.osm.pbf")


@pytest.mark.parametrize("name", ["city.osm.bz2", "city.osm.gz", "city.osm.zip", "city.osm.xz", "city.tar"])
def test_a_packed_extract_is_to_be_unpacked(name: str, tmp_path: Path) -> None:
    """What says so is not what tables are told: a zip is of no use here."""
    path = tmp_path / name
    path.write_bytes(b"BZh91AY&SY")
    with pytest.raises(UnsupportedMedia) as refused:
        read_osm(path)
    assert "hand in the .osm.pbf, .osm or .json inside" in str(refused.value.faults[0].text.say("en"))
