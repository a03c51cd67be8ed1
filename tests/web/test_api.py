"""The API: collections, paging, exports, analyses, history, health, and one shape for every refusal."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from layers.analyses.registry import analyses
from layers.catalogue import catalogue
from layers.errors import StoreBusy
from layers.text import Text
from tests import town
from web.http.problems import explanations


def test_every_layer_is_a_collection(reader: FlaskClient) -> None:
    listed = reader.get("/api/collections").json["collections"]
    assert [each["id"] for each in listed] == catalogue().ids()
    one = reader.get("/api/collections/buildings?lang=zh").json
    assert (one["title"], one["itemCount"]) == ("楼栋", 10)
    assert "households" in {field["name"] for field in one["fields"]}


class TestItems:
    URL = "/api/collections/buildings/items"

    def test_a_feature_collection(self, reader: FlaskClient) -> None:
        answer = reader.get(self.URL)
        assert answer.mimetype == "application/geo+json"
        assert (answer.json["numberMatched"], answer.json["numberReturned"]) == (10, 10)
        first = answer.json["features"][0]
        assert (first["id"], first["properties"]["households"]) == ("b01", 10)
        ring = shapely.geometry.shape(first["geometry"]).exterior
        assert ring.is_ccw  # RFC 7946 section 3.1.6
        assert "crs" not in answer.json

    def test_pages_lead_on_and_hold_everything_once(self, reader: FlaskClient) -> None:
        seen, url, pages = [], f"{self.URL}?limit=4", 0
        while url:
            page = reader.get(url).json
            assert page["numberMatched"] == 10
            seen += [feature["id"] for feature in page["features"]]
            url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
            pages += 1
        assert seen == [f"b{number:02}" for number in range(1, 11)]
        assert pages == 3

    def test_an_over_large_limit_is_clamped(self, reader: FlaskClient) -> None:
        assert reader.get(f"{self.URL}?limit=999999999").json["numberReturned"] == 10

    def test_bbox(self, reader: FlaskClient) -> None:
        west, south, east, north = town.house(3).bounds
        found = reader.get(f"{self.URL}?bbox={west},{south},{east},{north}").json
        assert [feature["id"] for feature in found["features"]] == ["b03"]

    def test_datetime_asks_as_of_a_day(self, service: Flask, client: FlaskClient) -> None:
        town.amend(service.extensions["gridmap"].store, "buildings", "b01", valid_to=town.DAY)
        assert client.get(f"{self.URL}?datetime=2025-02-06").json["numberMatched"] == 10
        assert client.get(f"{self.URL}?datetime=2025-02-07T00:00:00Z").json["numberMatched"] == 9

    def test_one_feature_and_its_version(self, service: Flask, client: FlaskClient) -> None:
        assert client.get(f"{self.URL}/b01").headers["ETag"] == '"1"'
        town.amend(service.extensions["gridmap"].store, "buildings", "b01", households=11)
        answer = client.get(f"{self.URL}/b01")
        assert (answer.headers["ETag"], answer.json["properties"]["households"]) == ('"2"', 11)

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0", "limit=-1", "limit=ten", "limit=1&limit=2", "bbox=1,2,3", "bbox=nan,0,1,1", "bbox=1e999,0,1,1",
            "bbox=0,2,1,1", "datetime=yesterday", "datetime=2025-02-30", "datetime=2025-02-01/2025-01-01", "cursor=",
            "colour=red", "f=pdf", "cursor=%00",
        ],
    )  # fmt: skip
    def test_what_cannot_be_used_is_refused(self, reader: FlaskClient, query: str) -> None:
        refused(reader.get(f"{self.URL}?{query}"), 400, "invalid-parameter")


class TestExport:
    @pytest.mark.parametrize("form", ["geojson", "gpkg", "shp", "csv", "xlsx", "fgb", "parquet", "kml"])
    def test_every_format(self, reader: FlaskClient, form: str) -> None:
        answer = reader.get(f"/api/collections/buildings/export?f={form}")
        assert answer.status_code == 200
        assert "attachment; filename=buildings." in answer.headers["Content-Disposition"]
        assert len(answer.data) > 500

    def test_a_spreadsheet_adds_up_and_keeps_codes_as_text(self, reader: FlaskClient) -> None:
        answer = reader.get("/api/collections/buildings/export?f=xlsx&lang=zh")
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        assert book.sheetnames == ["汇总", "明细", "字段说明"]
        sheet = book["明细"]
        assert sheet.freeze_panes in ("A2", "B2")
        assert {type(cell.value) for cell in sheet["A"][1:-1]} == {str}

    def test_public(self, reader: FlaskClient) -> None:
        found = reader.get("/api/collections/buildings/export?f=geojson&public=true").json
        assert {each["properties"]["elderly_60"] for each in found["features"]} == {None}
        refused(reader.get("/api/collections/inspections/export?public=true"), 400, "invalid-parameter")

    def test_an_unknown_format(self, reader: FlaskClient) -> None:
        refused(reader.get("/api/collections/buildings/export?f=doc"), 400, "invalid-parameter")
        refused(reader.get("/api/collections/buildings/export?crs=EPSG:99999"), 400, "invalid-parameter")


class TestProcesses:
    def run(self, client: FlaskClient, id: str, inputs: object) -> object:
        return client.post(f"/api/processes/{id}/execution", json={"inputs": inputs})

    def test_they_describe_themselves(self, reader: FlaskClient) -> None:
        listed = reader.get("/api/processes").json["processes"]
        assert [each["id"] for each in listed] == list(analyses())
        for each in listed:
            described = reader.get(f"/api/processes/{each['id']}").json
            assert described["inputs"] and described["outputs"]

    def test_an_execution_answers_its_outputs(self, client: FlaskClient) -> None:
        answer = self.run(client, "coverage", {"as_of": "2025-02-06"})
        assert answer.json["summary"]["coverage"] == pytest.approx(6 / 9)
        assert answer.json["rows"][0]["name"] == "和平社区"

    def test_without_inputs_it_is_today(self, client: FlaskClient) -> None:
        answer = client.post("/api/processes/coverage/execution", json={})
        assert answer.json["summary"]["total"] == 10

    @pytest.mark.parametrize(
        "inputs", [{"as_of": 5}, {"basis": None}, {"basis": ["broad"]}, {"x": 1}, {"within": "a:b:c"}, [], 3]
    )
    def test_bad_inputs(self, client: FlaskClient, inputs: object) -> None:
        refused(self.run(client, "coverage", inputs), 400, "invalid-parameter")

    @pytest.mark.parametrize("body", ['{"inputs": {"as_of": NaN}}', "[" * 100_000, "{", '{"a": 1e999}', "\xff"])
    def test_bad_json(self, client: FlaskClient, body: str) -> None:
        answer = client.post(
            "/api/processes/coverage/execution", data=body.encode("latin-1"), content_type="application/json"
        )
        refused(answer, 400, "invalid-parameter")

    def test_a_misspelt_member_is_not_an_analysis_with_defaults(self, client: FlaskClient) -> None:
        answer = client.post("/api/processes/coverage/execution", json={"input": {"basis": "strict"}})
        refused(answer, 400, "invalid-parameter")

    def test_another_media_type(self, client: FlaskClient) -> None:
        answer = client.post(
            "/api/processes/coverage/execution", data="a=b", content_type="application/x-www-form-urlencoded"
        )
        refused(answer, 415, "unsupported-media")


def test_history(service: Flask, client: FlaskClient) -> None:
    town.amend(service.extensions["gridmap"].store, "buildings", "b01", households=11)
    listed = client.get("/api/changesets").json["changesets"]
    assert [each["id"] for each in listed] == [2, 1]
    assert listed[0]["counts"] == {"buildings": {"create": 0, "update": 1, "delete": 0}}
    assert client.get("/api/changesets/2").json["changes"] == [{"layer": "buildings", "id": "b01", "op": "update"}]
    first = client.get("/api/changesets?limit=1").json
    assert client.get(first["links"][0]["href"]).json["changesets"][0]["id"] == 1


def test_a_workspace_that_is_gone_is_not_ready(service: Flask, client: FlaskClient) -> None:
    workspace = Path(service.extensions["gridmap"].store.url)
    moved = workspace.rename(workspace.with_name("moved.gpkg"))
    answer = client.get("/health/ready")
    refused(answer, 503, "store-unusable")
    moved.rename(workspace)
    assert client.get("/health/ready").status_code == 200


def test_health(reader: FlaskClient) -> None:
    assert reader.get("/health/live").json == {"status": "live"}
    assert reader.get("/health/ready").json == {"status": "ready", "revision": 1}


def refused(answer: object, status: int, slug: str) -> dict:
    """Check that a refusal has the one shape that all have."""
    assert answer.status_code == status, answer.data
    assert answer.mimetype == "application/problem+json"
    body = answer.json
    assert (body["type"], body["status"]) == (f"/problems/{slug}", status)
    assert body["title"] and body["detail"] and body["request_id"]
    assert "Traceback" not in json.dumps(body)
    return body


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "status", "slug"),
        [
            ("get", "/nowhere", 404, "not-found"),
            ("get", "/api/collections/castles", 404, "not-found"),
            ("get", "/api/collections/castles/items", 404, "not-found"),
            ("get", "/api/collections/buildings/items/nobody", 404, "not-found"),
            ("get", "/api/processes/divination", 404, "not-found"),
            ("post", "/api/processes/divination/execution", 404, "not-found"),
            ("get", "/api/changesets/99", 404, "not-found"),
            ("get", "/api/changesets/99999999999999999999999", 404, "not-found"),
            ("get", "/api/?x=1", 400, "invalid-parameter"),
            ("get", "/api/collections?x=1", 400, "invalid-parameter"),
            ("get", "/api/processes/coverage?x=1", 400, "invalid-parameter"),
            ("get", "/api/collections/buildings/items/b01?f=gpkg", 400, "invalid-parameter"),
            ("get", "/maps/treasure", 404, "not-found"),
            ("get", "/problems/bad-luck", 404, "not-found"),
            ("post", "/health/live", 405, "method-not-allowed"),
            ("delete", "/api/collections", 405, "method-not-allowed"),
            ("get", "/api/changesets?limit=x", 400, "invalid-parameter"),
            ("get", "/maps/coverage?as_of=soon", 400, "invalid-parameter"),
            ("get", "/static/../app.py", 404, "not-found"),
        ],
    )
    def test_one_shape(self, client: FlaskClient, method: str, path: str, status: int, slug: str) -> None:
        refused(getattr(client, method)(path), status, slug)

    def test_all_faults_at_once(self, reader: FlaskClient) -> None:
        body = refused(reader.get("/api/collections/buildings/items?colour=red&size=3"), 400, "invalid-parameter")
        assert [each["parameter"] for each in body["errors"]] == ["colour", "size"]

    def test_in_the_readers_language(self, reader: FlaskClient) -> None:
        chinese = reader.get("/nowhere", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).json
        english = reader.get("/nowhere", headers={"Accept-Language": "en-GB"}).json
        assert (chinese["title"], english["title"]) == ("未找到", "Not found")

    def test_a_crash_says_nothing_but_its_number(
        self, service: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("a secret path")

        monkeypatch.setattr(type(service.extensions["gridmap"].store), "revision", fail)
        body = refused(client.get("/health/ready"), 500, "internal-error")
        assert "secret" not in json.dumps(body)

    def test_a_busy_workspace_asks_to_try_again(
        self, service: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(*_: object) -> None:
            raise StoreBusy(Text("settings.invalid"))

        monkeypatch.setattr(type(service.extensions["gridmap"].store), "revision", busy)
        answer = client.get("/health/ready")
        refused(answer, 503, "store-busy")
        assert answer.headers["Retry-After"]

    def test_a_browser_gets_a_page_with_the_way_back(self, reader: FlaskClient) -> None:
        browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
        answer = reader.get("/maps/coverage?as_of=2024-13-45", headers=browser)
        page = answer.get_data(as_text=True)
        assert (answer.status_code, answer.mimetype) == (400, "text/html")
        assert "as_of" in page and 'href="/"' in page
        assert reader.get("/api/nowhere", headers=browser).mimetype == "application/problem+json"

    @pytest.mark.parametrize("slug", sorted(explanations()))
    def test_every_type_has_a_page_in_both_languages(self, client: FlaskClient, slug: str) -> None:
        page = client.get(f"/problems/{slug}").get_data(as_text=True)
        assert explanations()[slug]["zh"] in page
        assert explanations()[slug]["en"].split(";")[0][:40] in page


def test_no_answer_lets_a_page_load_from_elsewhere(reader: FlaskClient) -> None:
    for path in ("/", "/maps/coverage", "/problems/not-found", "/api/"):
        policy = reader.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy


def test_the_page_of_the_api_lists_every_address_once(reader):
    text = reader.get("/api/?f=html").text
    found = re.findall(r'<li><a href="([^"]+)">(?!<)', text[text.index("<main>"):])
    assert len(found) == len(set(found)) > 6
    ends = [each.partition("/api/")[2] for each in found]
    assert ends.count("conformance") == ends.count("collections") == 1
