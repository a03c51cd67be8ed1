"""Files through `POST /api/imports` over the small town: guesses with reasons, corrections, one changeset, undone."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from geo.places.offsets import wgs84_to_gcj02
from tests import town

HEADING = ("楼栋编码", "楼号", "用途", "户数", "经度", "纬度")


def table(*rows: tuple, encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def send(client: FlaskClient, content: bytes, name: str = "楼栋.csv", **fields: str) -> TestResponse:
    return send_all(client, [(content, name)], **fields)


def send_all(client: FlaskClient, files: list[tuple[bytes, str]], **fields: str) -> TestResponse:
    # Written out here: the test client would leave large bodies behind in open files.
    form = {"file": [FileStorage(io.BytesIO(content), name) for content, name in files], **fields}
    boundary, body = encode_multipart(MultiDict(form))
    return client.post("/api/imports?lang=en", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def looked_at(client: FlaskClient, content: bytes, name: str = "楼栋.csv", **fields: str) -> dict:
    answer = send(client, content, name, **fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/imports/{answer.json['id']}"
    return answer.json


def uploads(service: Flask) -> list[Path]:
    folder = Path(service.extensions["gridmap"].settings.workspace + ".uploads")
    return sorted(folder.iterdir()) if folder.exists() else []


BUILDINGS = table(
    HEADING,
    ("b01", "1号楼", "住宅", "11", "120.0005", "36.0005"),
    ("b99", "99号楼", "住宅", "12", "120.0006", "36.0006"),
)
FAULTY = table(
    HEADING,
    ("b98", "98号楼", "住宅", "若干", "120.0005", "36.0005"),
    ("b99", "9号楼", "宫殿", "12", "120.0006", "36.0006"),
    ("b97", "97号楼", "住宅", "8", "120.0007", "36.0006"),
)


class TestPreview:
    def test_what_it_is_thought_to_be_and_why(self, client: FlaskClient) -> None:
        seen = looked_at(client, BUILDINGS)
        assert seen["file"] == "楼栋.csv" and seen["kind"] == "csv" and seen["state"] == "preview"
        assert seen["layer"] == seen["layers"][0]["id"] == "buildings"
        assert seen["layers"][0]["score"] > seen["layers"][1]["score"]
        assert "4 of 4 columns match" in seen["layers"][0]["reasons"][0]
        assert seen["encoding"] == {"used": "utf-8", "source": "guessed", "evidence": []}
        assert {each["field"]: each["column"] for each in seen["mapping"]["matched"]} == {
            "code": "楼栋编码", "name": "楼号", "use": "用途", "households": "户数"}  # fmt: skip
        assert seen["crs"]["used"] == "degrees"
        assert seen["counts"] == {"buildings": {"new": 1, "changed": 1, "same": 0, "missing": 9}}
        assert seen["row_count"] == 2 and seen["can_commit"] and not seen["fault_count"]

    def test_rows_as_they_stand_and_as_they_are_understood(self, client: FlaskClient) -> None:
        first = looked_at(client, BUILDINGS)["rows"][0]
        assert (first["row"], first["cells"]) == (2, ["b01", "1号楼", "住宅", "11"])
        assert first["parsed"] == {"code": "b01", "name": "1号楼", "use": "residential", "households": 11}

    def test_shapes_for_the_map(self, client: FlaskClient) -> None:
        shapes = looked_at(client, BUILDINGS)["shapes"]
        assert [each["properties"]["state"] for each in shapes["features"]] == ["known", "new"]
        assert shapes["features"][0]["geometry"] == {"type": "Point", "coordinates": [120.0005, 36.0005]}

    def test_faults_with_row_column_value_and_remedy(self, client: FlaskClient) -> None:
        seen = looked_at(client, FAULTY)
        assert seen["fault_count"] == 2
        assert [(each["row"], each["column"], each["value"]) for each in seen["faults"]] == [
            (3, "用途", "宫殿"), (2, "户数", "若干")]  # fmt: skip
        assert seen["counts"]["buildings"]["new"] == 1  # of the sound rows
        assert seen["rows"][0]["faults"][0]["column"] == "户数"
        assert seen["can_commit"]

    def test_gb18030_is_guessed_and_said(self, client: FlaskClient) -> None:
        seen = looked_at(client, table(HEADING, ("b1", "一号楼", "住宅", "3", "120", "36"), encoding="gb18030"))
        assert seen["encoding"]["used"] == "gb18030"
        assert "GB18030" in seen["encoding"]["evidence"][0]

    def test_an_encoding_that_is_unclear_is_asked_for(self, client: FlaskClient) -> None:
        content = "編碼,樓號\n1,壹號樓\n".encode("big5") + b"\xff\xfe\n"
        answer = send(client, content)
        assert answer.status_code == 201
        assert answer.json["blocking"][0]["parameter"] == "encoding" and "big5" in answer.json["encodings"]
        assert not answer.json["can_commit"]

    def test_metres_without_a_name_are_asked_for(self, client: FlaskClient) -> None:
        seen = looked_at(client, table(("编码", "x", "y"), ("s1", "500030", "3985600")), "站点.csv", layer="stations")
        assert "names no CRS" in seen["blocking"][0]["detail"]
        assert seen["crs"]["candidates"][0]["reading"] == "EPSG:4549"  # the town's zone goes first
        told = client.patch(f"/api/imports/{seen['id']}", json={"crs": "EPSG:4549"}).json
        assert not told["blocking"] and told["counts"]["stations"]["new"] == 1

    def test_an_offset_shows_with_figures_and_is_undone_when_told(self, client: FlaskClient) -> None:
        places = [town.house(n).centroid for n in range(1, 11)]
        lon, lat = wgs84_to_gcj02(np.array([each.x for each in places]), np.array([each.y for each in places]))
        moved = [(f"n{n}", x, y) for n, (x, y) in enumerate(zip(lon, lat, strict=True))]
        content = table(("编码", "lng", "lat"), *moved)
        seen = looked_at(client, content, "楼栋.csv", layer="buildings")
        assert seen["crs"]["suspected"] == "gcj02" and seen["crs"]["compared"] == 10
        assert "probably GCJ-02" in seen["crs"]["evidence"][0]
        told = client.patch(f"/api/imports/{seen['id']}", json={"crs": "gcj02"}).json
        assert told["crs"]["suspected"] is None
        first = told["shapes"]["features"][0]["geometry"]["coordinates"]
        assert first == pytest.approx([places[0].x, places[0].y], abs=1e-6)

    def test_several_sheets(self, client: FlaskClient) -> None:
        book = openpyxl.Workbook()
        book.active.title = "说明"
        book.active.append(["这是一份说明"])
        book.active.append(["没有数据"])
        sheet = book.create_sheet("管理单位")
        for row in (("管理单位一览",), ("编码", "名称"), ("M7", "诚信物业"), ("M8", "和谐物业")):
            sheet.append(row)
        kept = io.BytesIO()
        book.save(kept)
        seen = looked_at(client, kept.getvalue(), "单位.xlsx", layer="managers")
        assert [each["name"] for each in seen["sheets"]] == ["管理单位"]
        assert "Sheets without a table were passed over: 说明." in seen["notes"]
        assert (seen["table"], seen["header_row"], seen["row_count"]) == ("管理单位", 2, 2)
        done = client.post(f"/api/imports/{seen['id']}/commit")
        assert done.status_code == 201 and done.json["counts"]["managers"]["new"] == 2

    def test_a_shapefile_in_its_parts(self, client: FlaskClient, tmp_path: Path) -> None:
        import geopandas as gpd

        frame = gpd.GeoDataFrame({"编码": ["b77"], "楼号": ["甲楼"]}, geometry=[town.house(3)], crs=4326)
        folder = tmp_path / "parts"
        folder.mkdir()
        frame.to_file(folder / "楼.shp", encoding="GBK", engine="pyogrio")
        (folder / "楼.cpg").unlink()
        answer = send_all(client, [(path.read_bytes(), path.name) for path in sorted(folder.iterdir())])
        assert answer.status_code == 201, answer.text
        assert answer.json["encoding"]["used"] == "gb18030"
        assert answer.json["rows"][0]["cells"] == ["b77", "甲楼"] and answer.json["layer"] == "buildings"


class TestCorrections:
    def test_a_wrong_mapping_is_corrected(self, client: FlaskClient) -> None:
        seen = looked_at(client, table(("楼栋编码", "甲", "乙"), ("b01", "三号楼", "33")))
        assert seen["mapping"]["unused_columns"] == ["甲", "乙"]
        again = client.patch(f"/api/imports/{seen['id']}", json={"mapping": {"name": "甲", "households": "乙"}}).json
        assert again["rows"][0]["parsed"] == {"name": "三号楼", "households": 33, "code": "b01"}
        assert {each["field"]: each["source"] for each in again["mapping"]["matched"]}["name"] == "told"

    def test_a_column_can_be_left_out(self, client: FlaskClient) -> None:
        seen = looked_at(client, BUILDINGS, mapping=json.dumps({"name": None}))
        assert "name" not in seen["rows"][0]["parsed"]
        assert seen["mapping"]["left_out"] == ["name"]

    def test_two_columns_for_one_field_are_asked_about(self, client: FlaskClient) -> None:
        seen = looked_at(client, table(("楼栋编码", "户数", "households"), ("b01", "1", "2")))
        assert "all mean" in seen["blocking"][0]["detail"] and not seen["can_commit"]
        again = client.patch(f"/api/imports/{seen['id']}", json={"mapping": {"households": "户数"}}).json
        assert again["can_commit"] and again["rows"][0]["parsed"]["households"] == 1

    def test_another_layer_takes_its_columns_with_it(self, client: FlaskClient) -> None:
        seen = looked_at(client, BUILDINGS, mapping=json.dumps({"remark": "楼号"}))
        again = client.patch(f"/api/imports/{seen['id']}", json={"layer": "stations"}).json
        assert again["layer"] == "stations" and again["choices"]["mapping"] == {}

    @pytest.mark.parametrize(
        "body",
        [{"layer": "roofs"}, {"encoding": "rot13"}, {"mapping": {"nothing": "楼号"}}, {"mapping": {"name": "nowhere"}},
         {"layer": 1}, {"what": "?"}, {"mapping": {"name": ["楼号"]}}, {"sheet": "x" * 300}, []],
    )  # fmt: skip
    def test_what_is_not_there(self, client: FlaskClient, body: object) -> None:
        seen = looked_at(client, BUILDINGS)
        answer = client.patch(f"/api/imports/{seen['id']}", json=body)
        assert answer.status_code in (200, 400, 404)
        assert answer.status_code != 200 or answer.json["blocking"]
        assert client.get(f"/api/imports/{seen['id']}").json["layer"] == "buildings"

    def test_headings_are_remembered(self, client: FlaskClient) -> None:
        mapping = '{"households": "甲", "name": ""}'
        seen = looked_at(client, table(("楼栋编码", "甲", "楼号"), ("b01", "33", "x")), mapping=mapping)
        assert client.post(f"/api/imports/{seen['id']}/commit").status_code == 201
        again = looked_at(client, table(("楼栋编码", "甲", "楼号"), ("b02", "34", "y")))
        assert again["rows"][0]["parsed"] == {"households": 34, "code": "b02"}
        assert any("as set for an earlier file" in note for note in again["notes"])
        other = looked_at(client, table(("楼栋编码", "甲"), ("b02", "34")))
        assert "households" not in other["rows"][0]["parsed"]  # other headings, another file


    def test_features_of_several_parts_are_offered_to_be_split(self, client: FlaskClient) -> None:
        boxes = [shapely.box(120 + n / 1000, 36, 120.0005 + n / 1000, 36.0005) for n in range(3)]
        houses = shapely.MultiPolygon(boxes)
        shapes = {"m": houses, "one": shapely.box(120.01, 36, 120.0105, 36.0005)}
        features = [{"type": "Feature", "properties": {"code": code}, "geometry": shapely.geometry.mapping(shape)}
                    for code, shape in shapes.items()]  # fmt: skip
        content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        seen = looked_at(client, content, "buildings.geojson")
        assert (seen["of_parts"], len(seen["rows"]), seen["counts"]["buildings"]["new"]) == (1, 2, 2)
        split = client.patch(f"/api/imports/{seen['id']}", json={"split_parts": True}).json
        assert (split["of_parts"], split["counts"]["buildings"]["new"], split["shapes"]["total"]) == (1, 4, 4)
        assert [row["parsed"]["code"] for row in split["rows"]] == ["m-1", "m-2", "m-3", "one"]
        assert [row["row"] for row in split["rows"]] == [1, 1, 1, 2]
        done = client.post(f"/api/imports/{seen['id']}/commit", json={"confirmed": True}).json
        assert done["counts"]["buildings"]["new"] == 4


class TestCommit:
    def test_one_changeset_that_can_be_undone(self, client: FlaskClient, service: Flask) -> None:
        seen = looked_at(client, BUILDINGS)
        done = client.post(f"/api/imports/{seen['id']}/commit", headers={"Gridmap-Author": "%E7%8E%8B"})
        assert done.status_code == 201
        assert done.json["changeset"]["author"] == "王" and "楼栋.csv" in done.json["changeset"]["message"]
        store = service.extensions["gridmap"].store
        assert store.get("buildings", "b99").properties["source"] == "楼栋.csv"
        assert [path.name for folder in uploads(service) for path in folder.iterdir()] == ["upload.json"]
        undone = client.post(f"/api/changesets/{done.json['changeset']['id']}/revert")
        assert undone.status_code == 201 and undone.json["reverts"] == done.json["changeset"]["id"]
        assert store.get("buildings", "b99") is None
        assert client.post(f"/api/changesets/{done.json['changeset']['id']}/revert").status_code == 409

    def test_faults_refuse_it_unless_the_rest_is_wanted(self, client: FlaskClient, service: Flask) -> None:
        seen = looked_at(client, FAULTY)
        refused = client.post(f"/api/imports/{seen['id']}/commit")
        assert refused.status_code == 422 and refused.json["type"] == "/problems/import-rejected"
        assert refused.json["error_count"] == 2
        store = service.extensions["gridmap"].store
        assert store.revision() == seen["revision"]
        done = client.post(f"/api/imports/{seen['id']}/commit", json={"only_sound": True})
        assert done.status_code == 201 and done.json["left_out"] == 2
        assert store.get("buildings", "b97") is not None and store.get("buildings", "b99") is None

    def test_blocked_is_refused(self, client: FlaskClient) -> None:
        seen = looked_at(client, table(("编码", "x", "y"), ("s1", "500030", "3985600")), layer="stations")
        refused = client.post(f"/api/imports/{seen['id']}/commit", json={"only_sound": True})
        assert refused.status_code == 422

    def test_another_import_of_the_same(self, client: FlaskClient) -> None:
        first, second, third = (looked_at(client, BUILDINGS) for _ in range(3))
        assert client.post(f"/api/imports/{first['id']}/commit").status_code == 201
        nothing = client.post(f"/api/imports/{second['id']}/commit")
        assert nothing.status_code == 200 and nothing.json["changeset"] is None
        assert nothing.json["counts"]["buildings"]["same"] == 2
        again = client.get(f"/api/imports/{third['id']}").json
        assert again["counts"]["buildings"]["same"] == 2 and not again["can_commit"]

    def test_twice_is_once(self, client: FlaskClient, service: Flask) -> None:
        seen = looked_at(client, BUILDINGS)
        key = {"Idempotency-Key": "k1"}
        first = client.post(f"/api/imports/{seen['id']}/commit", headers=key)
        again = client.post(f"/api/imports/{seen['id']}/commit", headers=key)
        assert (again.status_code, again.json) == (201, first.json)
        assert client.post(f"/api/imports/{seen['id']}/commit").status_code == 409
        assert client.get(f"/api/imports/{seen['id']}").json["state"] == "committed"
        assert client.patch(f"/api/imports/{seen['id']}", json={}).status_code == 409
        assert service.extensions["gridmap"].store.revision() == seen["revision"] + 1

    def test_at_the_same_time_is_once(self, client: FlaskClient, service: Flask) -> None:
        seen = looked_at(client, BUILDINGS)
        with ThreadPoolExecutor(4) as pool:
            path = f"/api/imports/{seen['id']}/commit"
            answers = list(pool.map(lambda _: service.test_client().post(path), range(4)))
        assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]

    def test_a_correction_stands_in_the_history(self, client: FlaskClient) -> None:
        seen = looked_at(client, table(("编码", "lng", "lat"), ("s1", "120.0", "36.0")), layer="stations", crs="gcj02")
        done = client.post(f"/api/imports/{seen['id']}/commit").json
        message = client.get(f"/api/changesets/{done['changeset']['id']}").json["message"]
        assert "GCJ-02 undone" in message


class TestUploads:
    def test_thrown_away(self, client: FlaskClient, service: Flask) -> None:
        seen = looked_at(client, BUILDINGS)
        assert client.delete(f"/api/imports/{seen['id']}").status_code == 204
        for method in (client.get, client.delete):
            assert method(f"/api/imports/{seen['id']}").status_code == 404
        assert uploads(service) == []

    def test_too_old(self, client: FlaskClient, service: Flask) -> None:
        import os

        seen = looked_at(client, BUILDINGS)
        record = uploads(service)[0] / "upload.json"
        body = json.loads(record.read_text())
        record.write_text(json.dumps(body | {"created": "2020-01-01T00:00:00Z"}))
        assert client.get(f"/api/imports/{seen['id']}").status_code == 404
        os.utime(uploads(service)[0], (0, 0))
        looked_at(client, BUILDINGS)
        assert len(uploads(service)) == 1  # the next one sweeps

    def test_too_many(self, client: FlaskClient, service: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        from layers.usecases.imports import uploads as module

        monkeypatch.setattr(module, "MOST_UPLOADS", 2)
        looked_at(client, BUILDINGS), looked_at(client, BUILDINGS)
        refused = send(client, BUILDINGS)
        assert refused.status_code == 503 and refused.headers["Retry-After"]
        assert len(uploads(service)) == 2

    @pytest.mark.parametrize("id", ["x", "..", "0" * 31, "0" * 32, "..%2f..%2fetc", "A" * 32])
    def test_no_such_upload(self, client: FlaskClient, id: str) -> None:
        path = f"/api/imports/{id}"
        asked = [client.get(path), client.post(f"{path}/commit"), client.delete(path), client.get(f"{path}/report")]
        assert {each.status_code for each in (*asked, client.patch(path, json={}))} <= {404, 405}

    def test_the_report_as_a_workbook(self, client: FlaskClient) -> None:
        seen = looked_at(client, FAULTY)
        answer = client.get(f"/api/imports/{seen['id']}/report?lang=zh")
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        questions = list(book["gridmap 问题清单"].iter_rows(min_row=4, values_only=True))
        assert len(questions) == 2 and "若干" in str(questions)
        there = book.worksheets[1]
        marked = {cell.coordinate: cell.comment.text for row in there.iter_rows() for cell in row if cell.comment}
        assert sorted(marked) == sorted(row[1] for row in questions)

    @pytest.mark.deep
    def test_a_shape_of_many_corners_is_cut_from_the_preview_only(self, client: FlaskClient) -> None:
        angles = np.linspace(0, 2 * np.pi, 3_000)
        ring = np.column_stack([120 + 0.001 * np.cos(angles), 36 + 0.001 * np.sin(angles)])
        features = [{"type": "Feature", "properties": {"code": f"c{n}"}, "geometry": shapely.geometry.mapping(
            shapely.Polygon(ring + np.array([0.01 * n, 0])))} for n in range(100)]  # fmt: skip
        content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        seen = looked_at(client, content, "courtyards.geojson")
        assert seen["layer"] == "courtyards" and seen["shapes"]["total"] == 100
        assert 60 <= len(seen["shapes"]["features"]) < 70
