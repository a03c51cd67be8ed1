"""Looking again at an upload: nothing is read twice, nothing stale is answered, and what is unclear is asked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from layers.usecases.imports import content as opening
from layers.usecases.imports import table_kind
from tests import town
from tests.web.plan_session import ONE, Planner
from tests.web.test_imports import BUILDINGS, FAULTY, HEADING, looked_at, send, send_all, table, uploads


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every reading of a file and every look at an upload, as it happens."""
    happened: list[str] = []
    for module, name in ((opening, "read_tables"), (table_kind, "prepare")):
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
    told = client.patch(f"/api/imports/{seen['id']}", json={"layer": "courtyards"}).json
    assert told["layer"] == "courtyards" and told["shapes"]["states"] == {"open": 2}
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
    assert (group["count"], group["column"], group["value"], seen["fault_count"]) == (10, "用途", "宫殿", 1)
    assert [each["row"] for each in group["rows"]] == [2, 3, 4, 5]


def test_faults_further_down_are_among_the_rows(client: FlaskClient) -> None:
    rows = [(f"n{n}", "住宅") for n in range(80)]
    rows[70] = ("n70", "宫殿")
    seen = looked_at(client, table(("楼栋编码", "用途"), *rows))
    assert [row["row"] for row in seen["rows"]] == [*range(2, 52), 72]


def test_an_upload_whose_page_was_closed_makes_room(
    client: FlaskClient, service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layers.usecases.imports import uploads as module

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


def patch(client: FlaskClient, layer: str, id: str, **properties: object) -> None:
    """Change some fields of a feature as a colleague does."""
    path = f"/api/collections/{layer}/items/{id}"
    headers = {"If-Match": client.get(path).headers["ETag"], "Gridmap-Author": "%E6%9D%8E"}
    answer = client.patch(path, json={"properties": properties}, headers=headers)
    assert answer.status_code == 200, answer.text


def test_painting_a_plan_is_not_in_the_way(client: FlaskClient, service: Flask, done: list[str]) -> None:
    town.lay_street(service.extensions["gridmap"].store)
    planner = Planner(client)
    seen = looked_at(client, BUILDINGS)
    assert planner.send("/edits", {"op": "assign", "units": ["c1-6"], "grid": ONE}).status_code == 200
    patch(client, "stations", "T1", name="新站")
    landed = client.post(f"/api/imports/{seen['id']}/commit")
    assert landed.status_code == 201 and landed.json["counts"] == seen["counts"]
    assert done == ["read_tables", "prepare", "prepare"]  # as when nobody is there


def test_what_a_colleague_changed_otherwise_is_named_and_the_way_on_is_to_look(
    client: FlaskClient, done: list[str]
) -> None:
    seen = looked_at(client, BUILDINGS)
    patch(client, "buildings", "b01", households=77, floors=7)
    refused = client.post(f"/api/imports/{seen['id']}/commit?lang=en")
    assert refused.status_code == 412 and refused.json["type"] == "/problems/stale-revision"
    whole, named = refused.json["errors"]
    assert "Look again" in whole["detail"]
    assert (named["layer"], named["feature"]) == ("buildings", "b01")
    assert named["detail"].startswith("李 changed Households (") and "changeset 2)" in named["detail"]
    zh = client.post(f"/api/imports/{seen['id']}/commit?lang=zh").json["errors"]
    assert "李 修改了户数" in zh[1]["detail"] and "重新预览" in zh[0]["detail"]
    assert client.get(f"/api/imports/{seen['id']}").json["counts"]["buildings"]["changed"] == 1
    landed = client.post(f"/api/imports/{seen['id']}/commit")
    assert landed.status_code == 201
    found = client.get("/api/collections/buildings/items/b01").json["properties"]
    assert (found["households"], found["floors"]) == (11, 7)
    assert done.count("read_tables") == 1


def test_what_a_colleague_wrote_just_so_is_the_same(client: FlaskClient) -> None:
    seen = looked_at(client, BUILDINGS)
    patch(client, "buildings", "b01", households=11)
    landed = client.post(f"/api/imports/{seen['id']}/commit").json
    assert landed["counts"]["buildings"] == {"new": 1, "changed": 1, "same": 0, "missing": 9}  # its place moves too
    assert any("both changes stand" in note or "nothing of theirs" in note for note in landed["notes"])


def test_columns_mean_what_they_meant_when_they_were_seen(client: FlaskClient) -> None:
    content = table(("楼栋编码", "甲", "楼号"), ("b01", "33", "x"))
    seen, rival = looked_at(client, content), looked_at(client, content, mapping='{"households": "甲", "name": ""}')
    assert client.post(f"/api/imports/{rival['id']}/commit").status_code == 201
    assert client.post(f"/api/imports/{seen['id']}/commit").status_code == 201
    found = client.get("/api/collections/buildings/items/b01").json["properties"]
    assert (found["households"], found["name"]) == (33, "x")


def test_one_who_imports_keeps_nobody_waiting_long(
    client: FlaskClient, service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.imports import uploads as imports

    monkeypatch.setattr(imports, "TURN_SECONDS", 0.01)
    seen = looked_at(client, BUILDINGS)
    with service.extensions[imports.ROOM].importing:
        busy = client.post(f"/api/imports/{seen['id']}/commit")
    assert busy.status_code == 503 and busy.json["type"] == "/problems/overloaded" and busy.headers["Retry-After"]
    assert client.post(f"/api/imports/{seen['id']}/commit").status_code == 201


def test_a_plan_is_no_file_to_import(client: FlaskClient) -> None:
    refused = send(client, table(HEADING, ("c1", "", "", "", "120", "36")), layer="plan-cells")
    assert refused.status_code == 404 and "plan-cells" in refused.json["detail"]
