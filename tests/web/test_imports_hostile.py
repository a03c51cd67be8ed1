"""Files that mean harm, and every nasty one there is, through `POST /api/imports`: refused or explained, never 5xx."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.usecases.imports.uploads import PARTS
from tests.formats.hostile import VRT, nested_geojson, nested_wkt
from tests.web.test_imports import BUILDINGS, looked_at, send, send_all, table, uploads
from web import WORKSHOP

MARKUP = '<img src=x onerror="alert(1)">'


def zipped(**entries: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "."), data)
    return kept.getvalue()


HARM = {
    "empty": (b"", "a.csv"),
    "bomb": (zipped(a__shp=b"\0" * 200_000_000), "a.zip"),
    "path in a zip": (zipped(**{"../../evil__csv": b"a,b\n1,2\n"}), "a.zip"),
    "vrt as geojson": (VRT.encode(), "a.geojson"),
    "vrt as csv": (VRT.encode(), "a.csv"),
    "vrt as gpkg": (VRT.encode(), "a.gpkg"),
    "vrt as kml": (VRT.encode(), "a.kml"),
    "wrong ending": (b"PK\3\4 no zip", "a.gpkg"),
    "no ending": (b"a,b\n", "noending"),
    "an ending of another kind": (b"a", "a.exe"),
    "deep json": (b"[" * 100_000, "a.geojson"),
    "deep geometry": (
        b'{"type":"Feature","properties":{},"geometry":' + nested_geojson(20_000).encode() + b"}",
        "a.geojson",
    ),
    "deep wkt": (f'编码,wkt\n1,"{nested_wkt(20_000)}"\n'.encode(), "a.csv"),
    "nan": (b'{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[NaN,1e999]}}', "a.geojson"),
    "huge header": (b"a" * 3_000_000 + b",b\n1,2\n", "a.csv"),
    "many columns": (b",".join(b"c%d" % n for n in range(3_000)) + b"\n1\n", "a.csv"),
    "an unclosed quote": (b'a,b\n"' + b"x" * 100_000, "a.csv"),
    "xlsx without a sheet": (zipped(**{"[Content_Types]__xml": b"<x/>", "xl/workbook__xml": b"<x/>"}), "a.xlsx"),
    "an entity bomb": (
        b'<!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><kml><Document>&b;</Document></kml>',
        "a.kml",
    ),
    "parquet in name only": (b"PAR1" + b"\0" * 100 + b"PAR1", "a.parquet"),
    "flatgeobuf in name only": (b"fgb\3fgb\0" + b"\xff" * 64, "a.fgb"),
}


@pytest.mark.parametrize("which", [pytest.param(each, marks=pytest.mark.deep) if each == "huge header" else each
                                   for each in HARM])  # fmt: skip
def test_harm_is_refused_and_leaves_nothing(client: FlaskClient, service: Flask, which: str) -> None:
    before = service.extensions["gridmap"].store.revision()
    answer = send(client, *HARM[which])
    assert answer.status_code in (201, 400, 413, 415, 422), answer.text
    if answer.status_code != 201:
        assert answer.mimetype == "application/problem+json" and answer.json["detail"]
        assert uploads(service) == []
    assert service.extensions["gridmap"].store.revision() == before
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd.csv", "..\\..\\windows.csv", "/etc/cron.d/x.csv", "a" * 5_000 + ".csv", "a\0b.csv", "‮vsc.csv",
     "<img src=x onerror=alert(1)>.csv", "con.csv", ".csv.csv", "名\u200b字.CSV"],
)  # fmt: skip
def test_a_name_is_a_label_and_never_a_path(client: FlaskClient, service: Flask, name: str) -> None:
    answer = send(client, BUILDINGS, name)
    assert answer.status_code == 201, answer.text
    assert len(answer.json["file"]) <= 120 and "/" not in answer.json["file"].replace("</", "")
    assert [path.name for path in sorted(uploads(service)[0].iterdir())] == ["file.csv", "upload.json"]


def test_markup_travels_as_text(client: FlaskClient) -> None:
    seen = looked_at(client, table(("楼栋编码", "楼号", MARKUP), ("b01", MARKUP, MARKUP)))
    assert seen["rows"][0]["cells"] == ["b01", MARKUP, MARKUP] and MARKUP in seen["columns"]


def test_two_files_and_none(client: FlaskClient) -> None:
    both = {"file": [(io.BytesIO(b"a\n1\n"), "a.csv"), (io.BytesIO(b"a\n1\n"), "b.csv")]}
    assert client.post("/api/imports", data=both, content_type="multipart/form-data").status_code == 400
    assert client.post("/api/imports", data={"layer": "roads"}, content_type="multipart/form-data").status_code == 400
    assert client.post("/api/imports", json={}).status_code == 415
    assert client.post("/api/imports").status_code == 415
    odd = client.post("/api/imports", data=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x")
    assert odd.status_code == 400


@pytest.mark.parametrize(
    "fields",
    [{"mapping": "{"}, {"mapping": "[" * 10_000}, {"mapping": '{"a": 1}'}, {"what": "1"}, {"crs": "x" * 5_000},
     {"layer": "'; --"}, {"layer": "plans"}, {"encoding": "zip"}, {"mapping": json.dumps({"name": "nowhere"})}],
)  # fmt: skip
def test_fields_that_cannot_be_used(client: FlaskClient, service: Flask, fields: dict) -> None:
    answer = send(client, BUILDINGS, **fields)
    assert answer.status_code in (400, 404) or answer.json["blocking"], answer.text
    if answer.status_code >= 400:
        assert uploads(service) == []


def test_larger_than_allowed(service: Flask, client: FlaskClient) -> None:
    from dataclasses import replace

    house = service.extensions["gridmap"]
    service.extensions["gridmap"] = replace(house, settings=replace(house.settings, max_upload_mb=1))
    assert send(client, b"a,b\n" + b"1,2\n" * 600_000).status_code == 413


def test_ten_at_once(client: FlaskClient, service: Flask) -> None:
    service.extensions[WORKSHOP].places.patience_seconds = 120.0  # however busy the computer is otherwise
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(service.test_client(), BUILDINGS), range(10)))
    assert [each.status_code for each in answers] == [201] * 10
    assert len({each.json["id"] for each in answers}) == 10


def test_another_site_may_not_hand_in(client: FlaskClient) -> None:
    form = {"file": (io.BytesIO(BUILDINGS), "a.csv")}
    answer = client.post(
        "/api/imports", data=form, content_type="multipart/form-data", headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


@pytest.mark.deep  # the other files have tests of their own
def test_every_nasty_file(client: FlaskClient, service: Flask, shared_data: Path) -> None:
    """Alone, and a shapefile with its parts: an answer that says something, and the workspace unchanged."""
    before = service.extensions["gridmap"].store.revision()
    count = 0
    for path in sorted((shared_data / "nasty").rglob("*")):
        if not path.is_file():
            continue
        parts = [path]
        if path.suffix == ".shp":
            parts += [each for each in path.parent.glob(f"{path.stem}.*") if each.suffix in PARTS]
        answer = send_all(client, [(each.read_bytes(), each.name) for each in parts])
        assert answer.status_code in (201, 400, 413, 415), (path, answer.text)
        if answer.status_code == 201:
            seen = answer.json
            assert seen["layers"] or seen["blocking"], path
            assert client.delete(f"/api/imports/{seen['id']}").status_code == 204
        count += 1
    assert count > 70
    assert service.extensions["gridmap"].store.revision() == before
    assert uploads(service) == []


def test_a_ledger_is_known_for_one(client: FlaskClient, shared_data: Path) -> None:
    content = (shared_data / "cities" / "shanghai_core_ledger" / "ledger.xlsx").read_bytes()
    seen = looked_at(client, content, "台账.xlsx")
    assert seen["layer"] == "ledger" and seen["layers"][0]["id"] == "ledger"
    assert seen["row_count"] > 100 and set(seen["counts"]) >= {"courtyards", "arrangements"}


def test_rows_keep_their_order_under_a_csv_of_many(client: FlaskClient) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("楼栋编码", "楼号"), *((f"n{n}", f"{n}号") for n in range(5_000))])
    seen = looked_at(client, text.getvalue().encode())
    assert len(seen["rows"]) == 50 and seen["rows"][49]["row"] == 51 and seen["row_count"] == 5_000
