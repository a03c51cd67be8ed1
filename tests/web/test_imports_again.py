"""Looking again at an upload: nothing is read twice, nothing stale is answered, and what is unclear is asked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from layers.usecases import opening, previewing
from tests import town
from tests.web.test_imports import BUILDINGS, FAULTY, looked_at, send_all, table, uploads


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every reading of a file and every look at an upload, as it happens."""
    happened: list[str] = []
    for module, name in ((opening, "read_tables"), (previewing, "prepare")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, name=name, real=real: (happened.append(name), real(*given))[1])
    return happened


def test_a_changed_mapping_reads_nothing_and_a_step_back_does_nothing(client: FlaskClient, done: list[str]) -> None:
    seen = looked_at(client, BUILDINGS)
    path = f"/api/imports/{seen['id']}?lang=en"
    without = client.patch(path, json={"mapping": {"name": None}}).json
    assert "name" not in without["rows"][0]["parsed"]
    assert done == ["read_tables", "prepare", "prepare"]
    assert client.patch(path, json={"mapping": {}}).json == seen
    assert client.get(path).json == seen
    assert client.get(f"/api/imports/{seen['id']}/report").status_code == 200
    assert done == ["read_tables", "prepare", "prepare"]
    assert client.post(f"/api/imports/{seen['id']}/commit").json["counts"] == seen["counts"]
    assert done.count("read_tables") == 1


def test_another_encoding_reads_again(client: FlaskClient, done: list[str]) -> None:
    seen = looked_at(client, BUILDINGS)
    client.patch(f"/api/imports/{seen['id']}", json={"encoding": "gb18030"})
    client.patch(f"/api/imports/{seen['id']}", json={"encoding": None})
    assert done.count("read_tables") == 2


def test_another_language_is_answered_in_it(client: FlaskClient) -> None:
    seen = looked_at(client, BUILDINGS)
    assert client.get(f"/api/imports/{seen['id']}?lang=zh").json["layers"][0]["label"] == "楼栋"
    assert client.get(f"/api/imports/{seen['id']}?lang=en").json == seen


def test_a_workspace_that_moved_on_is_looked_at_again(client: FlaskClient, done: list[str]) -> None:
    first, second = looked_at(client, BUILDINGS), looked_at(client, BUILDINGS)
    assert client.post(f"/api/imports/{first['id']}/commit").status_code == 201
    again = client.get(f"/api/imports/{second['id']}?lang=en").json
    assert again["counts"]["buildings"]["same"] == 2 and again["revision"] == second["revision"] + 1
    assert done.count("read_tables") == 2


def test_what_nothing_speaks_for_is_asked(client: FlaskClient) -> None:
    shapes = [{"type": "Feature", "properties": {"a": n}, "geometry": shapely.geometry.mapping(town.house(n))}
              for n in (1, 2)]  # fmt: skip
    seen = looked_at(client, json.dumps({"type": "FeatureCollection", "features": shapes}).encode(), "x.geojson")
    assert seen["layer"] is None and "choose the layer" in seen["blocking"][0]["detail"] and not seen["can_commit"]
    assert [row["cells"] for row in seen["rows"]] == [[1], [2]] and "mapping" not in seen
    assert seen["shapes"]["states"] == {"open": 2}  # where it lies shows at once
    told = client.patch(f"/api/imports/{seen['id']}", json={"layer": "buildings"}).json
    assert told["layer"] == "buildings" and told["shapes"]["states"] == {"open": 2}
    assert "no column means a field" in told["blocking"][0]["detail"]
    told = client.patch(f"/api/imports/{seen['id']}", json={"mapping": {"code": "a"}}).json
    assert told["shapes"]["states"] == {"new": 2} and told["can_commit"]


def test_a_few_points_among_lines_do_not_hide_what_they_are(client: FlaskClient) -> None:
    line = {"type": "LineString", "coordinates": [[120, 36], [120.01, 36]]}
    rows = [{"type": "Feature", "properties": {"highway": "primary"}, "geometry": line}] * 19
    rows.append({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [120, 36]}})
    seen = looked_at(client, json.dumps({"type": "FeatureCollection", "features": rows}).encode(), "roads.geojson")
    assert seen["layer"] == "roads"
    assert any(each["row"] == 20 and "Point does not fit" in each["detail"] for each in seen["faults"])


def test_a_file_without_a_sound_row_is_not_called_known(client: FlaskClient) -> None:
    seen = looked_at(client, table(("楼号", "户数"), ("1号楼", "3")), layer="buildings")
    assert seen["fault_count"] == 1 and not any("on record already" in note for note in seen["notes"])
    assert any("No row of the file is without faults" in note for note in seen["notes"])


def test_faults_alike_stand_together(client: FlaskClient) -> None:
    rows = [(f"b{n}", "宫殿") for n in range(20, 30)]
    seen = looked_at(client, table(("楼栋编码", "用途"), *rows))
    (group,) = seen["fault_groups"]
    assert (group["count"], group["column"], group["value"], seen["fault_count"]) == (10, "用途", "宫殿", 10)
    assert [each["row"] for each in group["rows"]] == [2, 3, 4, 5]


def test_faults_further_down_are_among_the_rows(client: FlaskClient) -> None:
    rows = [(f"n{n}", "住宅") for n in range(80)]
    rows[70] = ("n70", "宫殿")
    seen = looked_at(client, table(("楼栋编码", "用途"), *rows))
    assert [row["row"] for row in seen["rows"]] == [*range(2, 52), 72]


def test_an_upload_whose_page_was_closed_makes_room(
    client: FlaskClient, service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers.usecases import uploads as module

    monkeypatch.setattr(module, "MOST_UPLOADS", 2)
    first, second = looked_at(client, BUILDINGS), looked_at(client, FAULTY)
    an_hour_ago = os.stat(uploads(service)[0]).st_mtime - 3600
    for folder in uploads(service):
        if folder.name == first["id"]:
            os.utime(folder, (an_hour_ago, an_hour_ago))
    looked_at(client, BUILDINGS)
    assert first["id"] not in {each.name for each in uploads(service)}
    assert second["id"] in {each.name for each in uploads(service)}


def test_a_dbase_table_with_its_code_page(client: FlaskClient, shared_data: Path) -> None:
    folder = shared_data / "nasty" / "12_mapshaper_misc" / "dbf_cpg"
    parts = [folder / "koi8r.cpg", folder / "koi8r.dbf"]
    answer = send_all(client, [(part.read_bytes(), part.name) for part in parts])
    assert answer.status_code == 201 and answer.json["encoding"]["used"] == "koi8-r"
