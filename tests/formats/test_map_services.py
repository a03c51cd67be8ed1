"""Answers of map services: parts of more, refusals, Esri's coded values, dates in UTC, heights of nothing."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import shapely

from layers.errors import UnsupportedMedia
from layers.formats import read_table
from tests.formats.test_desk_kinds import SQUARE, esri
from tests.suite import quickly

POINT = {"type": "Point", "coordinates": [120.4, 36.2]}
FEATURE = {"type": "Feature", "properties": {"code": "A1"}, "geometry": POINT}
WEST = [[120.4, 36.2], [120.4, 36.201], [120.401, 36.201], [120.401, 36.2]]
EAST = [[x + 0.001, y + 0.001] for x, y in WEST]  # touches WEST in one corner


def put(path: Path, body: object) -> Path:
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return path


@pytest.mark.parametrize(("says", "total"), [
    ({"exceededTransferLimit": True}, "?"), ({"properties": {"exceededTransferLimit": True}}, "?"),
    ({"numberMatched": 20, "numberReturned": 1}, "20"), ({"totalFeatures": 20}, "20"),
    ({"links": [{"rel": "next", "href": "x"}]}, "?"),
    ({"exceededTransferLimit": False}, None), ({"numberMatched": 1}, None), ({"totalFeatures": "unknown"}, None),
    ({"links": [{"rel": "self", "href": "x"}]}, None), ({}, None),
])  # fmt: skip
def test_an_answer_that_says_that_there_is_more(tmp_path: Path, says: dict, total: str | None) -> None:
    body = {"type": "FeatureCollection", "features": [FEATURE]} | says
    assert read_table(put(tmp_path / "a.geojson", body)).choices.get("in_all") == total


def test_esris_answers_say_so_too(tmp_path: Path) -> None:
    path = esri(tmp_path / "a.json", {"rings": [SQUARE]}, exceededTransferLimit=True)
    assert read_table(path).choices["in_all"] == "?"


@pytest.mark.parametrize(("body", "reason"), [
    ({"error": {"code": 498, "message": "Invalid token."}}, "Invalid token"),
    ({"code": "NotFound", "description": "no such collection"}, "no such collection"),
    ({"exceptions": [{"text": "bad filter"}]}, "bad filter"), ({"error": "quota"}, "quota"),
])  # fmt: skip
def test_what_a_server_says_instead_of_data(tmp_path: Path, body: dict, reason: str) -> None:
    with pytest.raises(UnsupportedMedia, match=reason):
        read_table(put(tmp_path / "a.json", body))


@pytest.mark.parametrize("head", [{}, {"objectIdFieldName": "OBJECTID"}, {"spatialReference": {"wkid": "4490"}}])
def test_features_with_attributes_are_esris_whatever_stands_around(tmp_path: Path, head: dict) -> None:
    body = head | {"features": [{"attributes": {"编码": "A1"}, "geometry": {"x": 120.4, "y": 36.2}}]}
    table = read_table(put(tmp_path / "a.json", body))
    assert table.columns == {"编码": ["A1"]} and table.geometry[0] == shapely.Point(120.4, 36.2)


def test_a_reference_of_each_shape(tmp_path: Path) -> None:
    geometry = {"x": 500000.0, "y": 4000000.0, "spatialReference": {"wkid": 4549}}
    assert read_table(put(tmp_path / "a.json", {"features": [{"attributes": {}, "geometry": geometry}]})).crs == (
        "EPSG:4549"
    )


@pytest.mark.parametrize(("milliseconds", "day"), [(1740758400000, "2025-02-28 16:00"), (1740787200000, "2025-03-01")])
def test_dates_are_counted_in_utc(tmp_path: Path, milliseconds: int, day: str) -> None:
    fields = [{"name": "YCBM", "type": "esriFieldTypeDate"}]
    path = esri(tmp_path / "a.json", {"rings": [SQUARE]}, fields=fields)
    body = json.loads(path.read_text("utf-8"))
    body["features"][0]["attributes"]["YCBM"] = milliseconds
    moment = read_table(put(path, body)).columns["YCBM"][0]
    assert str(moment).startswith(day) and moment.utcoffset().total_seconds() == 0


def test_coded_values_are_their_words_but_codes_stay_codes(tmp_path: Path) -> None:
    coded = {"type": "codedValue", "codedValues": [{"name": "住宅", "code": 1}, {"name": "甲", "code": "A0"}]}
    fields = [{"name": "用途", "domain": coded}, {"name": "编码", "domain": coded}, {"name": "x", "domain": ["?"]}]
    features = [{"attributes": {"用途": each, "编码": "A0", "x": 1}, "geometry": None} for each in (1, 2)]
    body = {"geometryType": "esriGeometryPoint", "fields": fields, "features": features}
    table = read_table(put(tmp_path / "a.json", body))
    assert table.columns == {"用途": ["住宅", 2], "编码": ["A0", "A0"], "x": [1, 1]}


def test_an_alias_that_nobody_knows_leaves_a_name_that_is_known(tmp_path: Path) -> None:
    fields = [{"name": "编码", "alias": "甲"}, {"name": "F1", "alias": "户数"}, {"name": "F2", "alias": "F1"}]
    body = {"geometryType": "x", "fields": fields, "features": [{"attributes": {"编码": "A1", "F1": 3, "F2": 4}}]}
    assert read_table(put(tmp_path / "a.json", body)).columns == {"编码": ["A1"], "户数": [3], "F2": [4]}


@pytest.mark.parametrize("beyond", [[5.0], [None], ["NaN"], [0, None]])
def test_heights_and_measures_of_nothing(tmp_path: Path, beyond: list) -> None:
    table = read_table(esri(tmp_path / "a.json", {"rings": [[[*each, *beyond] for each in SQUARE]]}))
    assert table.geometry[0].equals(shapely.Polygon(SQUARE)) and not table.faults


def test_a_box_is_an_area(tmp_path: Path) -> None:
    box = {"xmin": 120.4, "ymin": 36.2, "xmax": 120.401, "ymax": 36.201}
    assert read_table(esri(tmp_path / "a.json", box)).geometry[0].equals(shapely.Polygon(SQUARE))


@pytest.mark.parametrize("turns", quickly([(each,) for each in itertools.product(range(4), range(4))], 0, 5, 10, 15))
def test_parts_that_touch_in_a_corner_are_no_holes(tmp_path: Path, turns: tuple[int, int]) -> None:
    rings = []
    for ring, turn in zip((WEST, EAST), turns, strict=True):
        turned = ring[turn:] + ring[:turn]
        rings.append([*turned, turned[0]])
    for order in (rings, rings[::-1]):
        table = read_table(esri(tmp_path / "a.json", {"rings": order}))
        assert table.geometry[0].equals(shapely.MultiPolygon([shapely.Polygon(WEST), shapely.Polygon(EAST)]))
        assert not table.repaired


@pytest.mark.parametrize("turn", range(3))
def test_a_hole_that_touches_its_shell_is_one(tmp_path: Path, turn: int) -> None:
    hole = [[120.4, 36.2], [120.4005, 36.20025], [120.40025, 36.2005]]
    hole = hole[turn:] + hole[:turn]
    table = read_table(esri(tmp_path / "a.json", {"rings": [[*WEST, WEST[0]], [*hole, hole[0]]]}))
    assert table.geometry[0].equals(shapely.Polygon(WEST, [hole]))


@pytest.mark.parametrize(("crs", "read"), [
    ({"type": "EPSG", "properties": {"code": 4549}}, "EPSG:4549"),
    ({"type": "link", "properties": {"href": "http://spatialreference.org/ref/epsg/4549/proj4/"}}, "EPSG:4549"),
    ({"type": "link", "properties": {"href": "http://www.opengis.net/def/crs/EPSG/0/4549"}}, "EPSG:4549"),
])  # fmt: skip
def test_older_ways_to_name_a_system(tmp_path: Path, crs: dict, read: str) -> None:
    body = {"type": "FeatureCollection", "features": [FEATURE], "crs": crs}
    assert read_table(put(tmp_path / "a.geojson", body)).crs == read
