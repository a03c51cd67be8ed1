"""What editors and servers write besides plain extracts: any order, ids below zero, deleted objects, half an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from layers.errors import UnsupportedMedia
from layers.formats import read_osm
from tests.formats.test_osm import counts, rows

EDITED = """<?xml version='1.0' encoding='UTF-8'?>
<osm version='0.6' generator='JOSM'>
<way id='-10'><nd ref='-1'/><nd ref='-2'/><tag k='highway' v='residential'/></way>
<way id='11' visible='true'><nd ref='-2'/><nd ref='3'/><tag k='highway' v='residential'/></way>
<way id='12' action='delete' visible='true'><nd ref='3'/><nd ref='-1'/><tag k='highway' v='residential'/></way>
<way id='13' visible='false'><nd ref='3'/><nd ref='-1'/><tag k='highway' v='residential'/></way>
<node id='3' visible='true' lat='36.002' lon='120.0'/>
<node id='-1' lat='36.0' lon='120.0'><tag k='barrier' v='gate'/><tag k='ref' v='-7'/></node>
<node id='-2' lat='36.001' lon='120.0'/>
</osm>"""


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    (tmp_path / "edited.osm").write_text(EDITED, "utf-8")
    return tmp_path / "edited.osm"


def test_ways_before_nodes_and_ids_below_zero(edited: Path) -> None:
    found = read_osm(edited)
    roads = rows(found["roads"])
    assert sorted(roads) == ["osm-w-10-1", "osm-w11-1"]
    assert roads["osm-w-10-1"]["geometry"].equals(shapely.LineString([(120, 36), (120, 36.001)]))
    assert rows(found["gates"])["osm-n-1"]["name"] == "-7"


def test_what_is_marked_as_deleted_or_no_longer_there_is_counted(edited: Path) -> None:
    assert counts(read_osm(edited))["file", "deleted", ""] == 2


def test_nodes_that_only_their_ways_place(tmp_path: Path) -> None:
    """As Overpass writes them with ``out geom``; node 2 is there by itself, and counts as it is there."""
    ways = "".join(
        f'<way id="{way}"><bounds minlat="36"/><nd ref="{one}" lat="36.00{one}" lon="120"/>'
        f'<nd ref="{other}" lat="36.00{other}" lon="120"/><tag k="highway" v="residential"/></way>'
        for way, one, other in ((1, 1, 2), (2, 2, 3))
    )
    text = f'<osm version="0.6"><node id="2" lat="36.0025" lon="120"/>{ways}</osm>'
    (tmp_path / "geom.osm").write_text(text, "utf-8")
    roads = rows(read_osm(tmp_path / "geom.osm")["roads"])
    assert roads["osm-w1-1"]["geometry"].equals(shapely.LineString([(120, 36.001), (120, 36.0025)]))
    assert roads["osm-w2-1"]["geometry"].equals(shapely.LineString([(120, 36.0025), (120, 36.003)]))


def test_an_area_whose_ways_stand_in_it_alone(tmp_path: Path) -> None:
    """As Overpass writes relations with ``out geom``."""
    course = "".join(f'<nd lat="{36 + y / 1000}" lon="{120 + x / 1000}"/>' for x, y in ((0, 0), (1, 0), (1, 1), (0, 0)))
    member = f'<member type="way" ref="1" role="outer">{course}</member>'
    tagged = '<tag k="type" v="multipolygon"/><tag k="landuse" v="reservoir"/>'
    node = '<member type="node" ref="9" role="label" lat="36" lon="120"/>'
    text = f'<osm version="0.6"><relation id="1">{member}{node}{tagged}</relation></osm>'
    (tmp_path / "lake.osm").write_text(text, "utf-8")
    assert list(rows(read_osm(tmp_path / "lake.osm")["barriers"])) == ["osm-r1"]


@pytest.mark.parametrize("order", [1, -1])
def test_what_stands_there_again_without_its_tags(tmp_path: Path, order: int) -> None:
    """A way, and the skeleton of it, in one version."""
    bare = '<way id="7" version="1"><nd ref="1"/><nd ref="2"/></way>'
    found = town_of(tmp_path, *[way(1), bare][::order])
    assert list(rows(found["roads"])) == ["osm-w7-1"]
    assert counts(found)["file", "twice", ""] == 2


def test_the_fence_of_an_area_that_is_a_relation(tmp_path: Path) -> None:
    nodes = "".join(f'<node id="{n}" lat="{36 + y / 1000}" lon="{120 + x / 1000}"/>'
                    for n, (x, y) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1)), start=1))  # fmt: skip
    ring = "".join(f'<nd ref="{each}"/>' for each in (1, 2, 3, 4, 1))
    tagged = '<tag k="type" v="multipolygon"/><tag k="landuse" v="residential"/><tag k="barrier" v="fence"/>'
    text = f'<way id="1">{ring}</way><relation id="1"><member type="way" ref="1" role="outer"/>{tagged}</relation>'
    (tmp_path / "fence.osm").write_text(f'<osm version="0.6">{nodes}{text}</osm>', "utf-8")
    found = rows(read_osm(tmp_path / "fence.osm")["barriers"])
    assert {code: each["kind"] for code, each in found.items()} == {"osm-r1": "fence"}


def test_ways_out_of_order(streets_data: Path) -> None:
    found = read_osm(streets_data / "17c-ways-unsorted-josm" / "in.osm")
    assert sorted(rows(found["roads"])) == ["osm-w11-1", "osm-w12-1"]


def test_half_an_answer_is_refused_with_what_to_do(tmp_path: Path) -> None:
    text = EDITED.replace("</osm>", "<remark> runtime error: Query timed out </remark></osm>")
    (tmp_path / "half.osm").write_text(text, "utf-8")
    with pytest.raises(UnsupportedMedia, match=r"Query timed out.*smaller area"):
        read_osm(tmp_path / "half.osm")


@pytest.mark.parametrize("name", ["bow_bld", "bow_park", "bow_ped"])
def test_an_area_that_crosses_itself_is_counted_with_its_id_and_refuses_nothing(streets_data: Path, name: str) -> None:
    """A bow tie of four nodes: a building, a car park, a square."""
    found = read_osm(streets_data / "34-self-crossing-areas" / f"{name}.osm")
    layer = {"bow_bld": "buildings", "bow_park": "stations", "bow_ped": "roads"}[name]
    assert counts(found)[layer, "unclosed", "w11"] == 1
    assert "osm-w10-1" in rows(found["roads"])


#   3─────4        a square of 100 m with a fountain of 20 m in its middle; streets end at the middle of its west side
#   1  □  2        (node 1) and of its east side (node 2)
#   5─────6
SQUARE = """<osm version="0.6">{nodes}
<way id="1"><nd ref="7"/><nd ref="1"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="2"/><nd ref="8"/><tag k="highway" v="residential"/></way>
<way id="10"><nd ref="1"/><nd ref="3"/><nd ref="4"/><nd ref="2"/><nd ref="6"/><nd ref="5"/><nd ref="1"/>{way}</way>
<way id="11"><nd ref="21"/><nd ref="22"/><nd ref="23"/><nd ref="24"/><nd ref="21"/></way>{relation}</osm>"""
TAGS = '<tag k="highway" v="pedestrian"/>'
AT = {1: (0, 0), 2: (100, 0), 3: (0, 50), 4: (100, 50), 5: (0, -50), 6: (100, -50), 7: (-300, 0), 8: (400, 0),
      21: (40, -10), 22: (60, -10), 23: (60, 10), 24: (40, 10)}  # fmt: skip


def square(path: Path, way: str = "", relation: str = "") -> Path:
    nodes = "".join(f'<node id="{id}" lat="{y / 111_000}" lon="{x / 111_000}"/>' for id, (x, y) in AT.items())
    path.write_text(SQUARE.format(nodes=nodes, way=way, relation=relation), "utf-8")
    return path


def shortest_m(path: Path) -> float:
    """Return metres from node 1 to node 2 over the edges that come out."""
    import numpy as np

    best = {AT[1]: 0.0}
    edges = [np.round(shapely.get_coordinates(row["geometry"]) * 111_000).tolist()
             for row in rows(read_osm(path)["roads"]).values()]  # fmt: skip
    for _ in range(20):
        for course in edges:
            length = shapely.LineString(course).length
            for one, other in ((course[0], course[-1]), (course[-1], course[0])):
                if tuple(one) in best:
                    best[tuple(other)] = min(best.get(tuple(other), np.inf), best[tuple(one)] + length)
    return best[AT[2]]


def test_a_square_is_crossed_past_its_fountain(tmp_path: Path) -> None:
    """40 m and 10 m aside, 20 m along it, and the same again: 102.5 m; round the edge it would be 200 m."""
    members = '<member type="way" ref="10" role="outer"/><member type="way" ref="11" role="inner"/>'
    relation = f'<relation id="5">{members}<tag k="type" v="multipolygon"/>{TAGS}</relation>'
    path = square(tmp_path / "a.osm", relation=relation)
    assert shortest_m(path) == pytest.approx(2 * (40**2 + 10**2) ** 0.5 + 20, abs=1)
    assert counts(read_osm(path))["roads", "crossed", ""] == 1


def test_a_square_that_is_a_closed_way_is_crossed_too(tmp_path: Path) -> None:
    assert shortest_m(square(tmp_path / "a.osm", way=TAGS + '<tag k="area" v="yes"/>')) == pytest.approx(100, abs=1)


def test_a_closed_footway_that_is_no_area_is_walked_around(tmp_path: Path) -> None:
    assert shortest_m(square(tmp_path / "a.osm", way=TAGS)) == pytest.approx(200, abs=1)


def overpass(path: Path, **answer: object) -> Path:
    """Write an answer of Overpass."""
    path.write_text(json.dumps({"version": 0.6, "generator": "Overpass API", **answer}, ensure_ascii=False), "utf-8")
    return path


class TestOverpassJson:
    NODES = tuple({"type": "node", "id": id, "lat": 36.0, "lon": 120.0 + id / 1000} for id in (1, 2, 3))

    @property
    def way(self) -> dict:
        tags = {"highway": "residential", "name": "A & <B> 路"}
        return {"type": "way", "id": 7, "nodes": [1, 2, 3], "tags": tags}

    def test_it_is_read_as_the_same_in_xml(self, tmp_path: Path) -> None:
        found = rows(read_osm(overpass(tmp_path / "a.json", elements=[self.way, *self.NODES]))["roads"])
        assert list(found) == ["osm-w7-1"]
        assert (found["osm-w7-1"]["name"], found["osm-w7-1"]["class"]) == ("A & <B> 路", "residential")

    def test_places_that_only_the_way_has(self, tmp_path: Path) -> None:
        """As `out geom` gives them."""
        place = [{"lat": each["lat"], "lon": each["lon"]} for each in self.NODES]
        tables = read_osm(overpass(tmp_path / "a.json", elements=[self.way | {"geometry": place}]))
        assert tables["roads"].geometry[0].bounds == pytest.approx((120.001, 36.0, 120.003, 36.0))

    @pytest.mark.parametrize("refs", [True, False])
    def test_places_that_only_the_members_of_an_area_have(self, tmp_path: Path, refs: bool) -> None:
        """A lake of `out geom`, without its way; the road beside it and its gate have a place in common."""
        at = [{"lat": 36.0 + y / 1000, "lon": 120.0 + x / 1000} for x, y in ((0, 0), (1, 0), (1, 1), (0, 0))]
        member = {"type": "way", "ref": 9, "role": "outer", "geometry": at}
        lake = {"type": "relation", "id": 1, "members": [member], "tags": {"type": "multipolygon", "natural": "water"}}
        gate = {"type": "node", "id": 2, "lat": 36.0, "lon": 120.002, "tags": {"barrier": "gate"}}
        way = self.way | {"geometry": [{"lat": 36.0, "lon": 120.0 + n / 1000} for n in (1, 2, 3)]}
        if not refs:
            del way["nodes"]
        tables = read_osm(overpass(tmp_path / "a.json", elements=[lake, way, gate]))
        assert tables["barriers"].geometry[0].bounds == pytest.approx((120, 36, 120.001, 36.001))
        assert sorted(rows(tables["roads"])) == ["osm-w7-1", "osm-w7-2"]  # cut at its gate

    @pytest.mark.parametrize("order", [1, -1])
    def test_what_comes_with_its_tags_and_again_without(self, tmp_path: Path, order: int) -> None:
        """As of `out tags; >; out skel`, in either order."""
        tagged = {key: self.way[key] for key in ("type", "id", "tags")}
        bare = {key: self.way[key] for key in ("type", "id", "nodes")}
        found = read_osm(overpass(tmp_path / "a.json", elements=[*[tagged, bare][::order], *self.NODES]))
        assert rows(found["roads"])["osm-w7-1"]["class"] == "residential"
        assert counts(found)["file", "twice", ""] == 1

    def test_the_newer_version_counts(self, tmp_path: Path) -> None:
        ways = [self.way | {"version": version, "tags": {"highway": kind}}
                for version, kind in ((3, "service"), (2, "primary"))]  # fmt: skip
        found = rows(read_osm(overpass(tmp_path / "a.json", elements=[*ways, *self.NODES]))["roads"])
        assert found["osm-w7-1"]["class"] == "service"

    def test_an_answer_without_places_is_told(self, tmp_path: Path) -> None:
        """`out center` has no course of a way; nor can the turn that names it be drawn."""
        way = {key: self.way[key] for key in ("type", "id", "tags")} | {"center": {"lat": 36.0, "lon": 120.0}}
        members = [{"type": kind, "ref": ref, "role": role}
                   for kind, ref, role in (("way", 7, "from"), ("node", 2, "via"), ("way", 7, "to"))]  # fmt: skip
        turn = {"type": "relation", "id": 4, "members": members,
                "tags": {"type": "restriction", "restriction": "no_u_turn"}}  # fmt: skip
        found = counts(read_osm(overpass(tmp_path / "a.json", elements=[way, turn, *self.NODES])))
        assert found["roads", "without-nodes", ""] == 1
        assert found["turns", "turn-absent", "r4"] == 1

    def test_an_answer_that_broke_off_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedMedia, match="timed out"):
            read_osm(overpass(tmp_path / "a.json", elements=self.NODES, remark="runtime error: Query timed out"))

    @pytest.mark.parametrize("text", ['{"type": "FeatureCollection", "features": []}', "[1, 2", "[" * 100_000])
    def test_other_json_is_refused_with_what_to_do(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.json").write_text(text, "utf-8")
        with pytest.raises(UnsupportedMedia, match=r"out:json"):
            read_osm(tmp_path / "a.json")


BOTH = """<node id="1" version="1" lat="36" lon="120"/><node id="2" version="1" lat="36.001" lon="120"/>
<node id="2" version="3" lat="36.002" lon="120"/>"""


def town_of(tmp_path: Path, *things: str) -> dict:
    path = tmp_path / "town.osm"
    path.write_text(f'<osm version="0.6">{BOTH}{"".join(things)}</osm>', "utf-8")
    return read_osm(path)


def way(version: int, kind: str = "residential", more: str = "") -> str:
    return (f'<way id="7" version="{version}"{more}><nd ref="1"/><nd ref="2"/>'
            f'<tag k="highway" v="{kind}"/></way>')  # fmt: skip


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_what_stands_there_twice_the_newer_version_counts(tmp_path: Path, order: tuple[int, int]) -> None:
    kinds = {1: "service", 2: "primary"}
    found = town_of(tmp_path, *(way(each, kinds[each]) for each in order))
    (road,) = rows(found["roads"]).values()
    assert road["class"] == "primary"
    assert road["geometry"].equals(shapely.LineString([(120, 36), (120, 36.002)]))  # the node that moved, too
    assert counts(found)["file", "twice", ""] == 2


def test_what_was_deleted_and_came_back_is_there(tmp_path: Path) -> None:
    assert len(rows(town_of(tmp_path, way(1, more=' visible="false"'), way(2))["roads"])) == 1


def test_what_was_there_and_was_deleted_is_gone(tmp_path: Path) -> None:
    found = town_of(tmp_path, way(1), way(2, more=' visible="false"'))
    assert len(rows(found["roads"])) == 0
    assert counts(found)["file", "deleted", ""] == 1


def test_what_stands_in_a_comment_is_not_there(tmp_path: Path) -> None:
    """Neither a remark, nor a deleted way, nor the bounds of another file."""
    found = town_of(tmp_path, "<!-- <remark>runtime error: timed out</remark> ", '<bounds minlat="1" minlon="1" ',
                    'maxlat="2" maxlon="2"/>', way(9, more=" action='delete'"), " -->", way(1))  # fmt: skip
    assert len(rows(found["roads"])) == 1
    assert not [key for key in counts(found) if key[:2] in (("file", "extent"), ("file", "deleted"))]


def test_extracts_of_two_days_put_together(tmp_path: Path) -> None:
    """As a program merges them into one: both versions stay, the older one first."""
    import osmium

    ways = way(1, "service") + way(2, "primary")
    (tmp_path / "both.osm").write_text(f'<osm version="0.6">{BOTH}{ways}</osm>', "utf-8")
    reader = osmium.MergeInputReader()
    reader.add_file(str(tmp_path / "both.osm"))
    with osmium.SimpleWriter(str(tmp_path / "both.osm.pbf")) as writer:
        reader.apply(writer, simplify=False)
    found = read_osm(tmp_path / "both.osm.pbf")
    (road,) = rows(found["roads"]).values()
    assert road["class"] == "primary"
    assert road["geometry"].equals(shapely.LineString([(120, 36), (120, 36.002)]))
    assert counts(found)["file", "twice", ""] == 2
