"""The doors for corrections by hand and the pages of records, over the small town."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

CORRECTED = {"layer": "buildings", "id": "b01", "version": 1, "properties": {"floors": "12 层"}}


def page_data(client: FlaskClient, address: str) -> dict:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return json.loads(re.search(r'id="page-data">(.*?)</script>', answer.text, re.DOTALL)[1])


def edit(client: FlaskClient, *changes: dict, **more: object) -> dict:
    answer = client.post("/api/edits", json={"changes": changes, **more}, headers={"Gridmap-Author": "wang"})
    assert answer.status_code == 201, answer.text
    return answer.json


class TestEdits:
    def test_a_correction_is_a_changeset_that_can_be_undone(self, client: FlaskClient) -> None:
        done = edit(client, CORRECTED)
        assert done["records"] == [{"layer": "buildings", "id": "b01", "version": 2}]
        assert client.post(f"/api/changesets/{done['changeset']['id']}/revert").status_code == 201
        assert client.get("/api/collections/buildings/items/b01").json["properties"]["floors"] == 6

    def test_all_of_it_or_nothing(self, client: FlaskClient) -> None:
        wrong = {"layer": "managers", "id": "M1", "version": 1, "properties": {"name": ""}}
        answer = client.post("/api/edits", json={"changes": [CORRECTED, wrong]})
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, "/changes/1/properties/name")
        assert client.get("/api/collections/buildings/items/b01").json["properties"]["floors"] == 6

    def test_it_may_hold_from_a_day_on(self, client: FlaskClient) -> None:
        edit(client, CORRECTED, effective="2025-03-01")
        item = "/api/collections/buildings/items/b01"
        assert client.get(f"{item}?as_of=2025-02-06").json["properties"]["floors"] == 6
        assert client.get(f"{item}?as_of=2025-03-01").json["properties"]["floors"] == 12

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"changes": []},
            {"changes": [{"layer": "castles"}]},
            {"changes": [{"layer": "buildings", "id": "b01", "properties": {"floors": 3}}]},
            {"changes": [{"layer": "buildings", "delete": True}]},
            {"changes": [{"layer": "buildings", "id": "b01", "version": 1, "colour": "red"}]},
            {"changes": [{"layer": "buildings", "id": "b01", "version": 1, "properties": {"code": "other"}}]},
            {"changes": [{"layer": "buildings", "id": "b01", "version": 1, "geometry": {"type": "Point"}}]},
            {"changes": [{"layer": "plans", "id": "x", "version": 1}]},
            {"changes": [CORRECTED], "effective": "some day"},
        ],
    )
    def test_nonsense_is_refused_and_nothing_written(self, client: FlaskClient, body: dict) -> None:
        assert client.post("/api/edits", json=body).status_code in (400, 403, 404)
        assert client.get("/api/changesets").json["changesets"][0]["id"] == 1

    def test_a_reader_from_elsewhere_may_not(self, client: FlaskClient) -> None:
        far = {"REMOTE_ADDR": "192.0.2.7"}
        assert client.post("/api/edits", json={"changes": [CORRECTED]}, environ_overrides=far).status_code == 403


ORDER = {"courtyard": "CB", "manager_name": "新物业", "mode": "professional", "start": "2025-03-01"}


class TestHandOvers:
    def test_somebody_takes_over(self, client: FlaskClient) -> None:
        answer = client.post("/api/handovers", json=ORDER)
        assert answer.status_code == 201, answer.text
        assert answer.json["changeset"]["effective"] == "2025-03-01"
        former = client.get("/api/collections/arrangements/items/RB").json["properties"]
        assert former["end_date"] == "2025-02-28"

    def test_what_is_missing_is_said_at_its_field(self, client: FlaskClient) -> None:
        answer = client.post("/api/handovers", json={**ORDER, "start": "in March"})
        assert [each["pointer"] for each in answer.json["errors"]] == ["/start"]
        answer = client.post("/api/handovers", json={**ORDER, "courtyard": None})
        assert [each["pointer"] for each in answer.json["errors"]] == ["/courtyard"]

    def test_it_is_asked_where_it_contradicts(self, client: FlaskClient) -> None:
        order = {**ORDER, "courtyard": "CA"}
        answer = client.post("/api/handovers", json=order)
        told = [(each["parameter"], each["value"]) for each in answer.json["errors"]]
        assert (answer.status_code, told) == (409, [("sure", "ends-early")])
        assert client.post("/api/handovers", json={**order, "sure": ["ends-early"]}).status_code == 201


class TestPages:
    def test_unknown_is_no_choice_in_a_form(self, reader: FlaskClient) -> None:
        fields = {each["name"]: each for each in reader.get("/api/forms/courtyards").json["fields"]}
        assert [code for code, _ in fields["enclosure"]["values"]] == ["closed", "semi", "open"]
        assert fields["code"]["locked"] and fields["community_code"]["refers_to"] == "communities"

    def test_records_are_found_by_name_code_pinyin_and_initials(self, reader: FlaskClient) -> None:
        for text in ("诚信", "M1", "cx", "诚信物业", "chengxin", "chengxinwuye", "xinwuye", "诚xin"):
            assert [each["code"] for each in reader.get(f"/api/forms/managers/names?q={text}").json["found"]] == ["M1"]

    def test_a_picker_reads_names_as_the_search_box_does(self, client: FlaskClient) -> None:
        edit(client, {"layer": "managers", "properties": {"code": "M9", "name": "重庆物业"}})
        path = "/api/forms/managers/names?q="
        found = {text: client.get(path + text).json["found"] for text in ("cq", "zq", "chongq")}
        assert [[each["code"] for each in hits] for hits in found.values()] == [["M9"], [], ["M9"]]

    def test_an_empty_date_shows_no_date(self, reader: FlaskClient) -> None:
        for page in ("/history", "/analyses/compare-dates"):
            assert 'placeholder="YYYY-MM-DD"' in reader.get(f"{page}?lang=en").text
            assert not re.search(r'placeholder="\d', reader.get(page).text)

    def test_a_record_shows_who_manages_it_and_its_history(self, client: FlaskClient) -> None:
        edit(client, CORRECTED)
        data = page_data(client, "/records/buildings/b01?lang=en")
        assert [each["op"] for each in data["history"]] == ["update", "create"]
        assert data["history"][0]["fields"] == [{"name": "floors", "label": "Floors", "before": "6", "after": "12"}]
        assert data["names"]["courtyards"] == {"CA": "A院"}
        contracts = page_data(client, "/records/courtyards/CA?lang=en")["standing"]["contracts"]
        assert [each["id"] for each in contracts] == ["RA"]

    def test_a_building_is_handed_over_with_its_courtyard(self, reader: FlaskClient) -> None:
        answer = reader.get("/records/buildings/b01?do=handover")
        assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/records/courtyards/CA")

    def test_back_leads_to_a_page_of_ours_alone(self, reader: FlaskClient) -> None:
        assert page_data(reader, "/records/buildings/b01?back=/maps/coverage")["back"] == "/maps/coverage"
        for strange in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:1"):
            assert page_data(reader, f"/records/buildings/b01?back={strange}")["back"] == ""

    def test_a_deleted_record_still_has_its_page(self, client: FlaskClient) -> None:
        edit(client, {"layer": "buildings", "id": "b10", "version": 1, "delete": True})
        data = page_data(client, "/records/buildings/b10")
        assert (data["gone"], data["record"], data["last"]["properties"]["name"]) == ("b10", None, "10号楼")
        edit(client, {"layer": "buildings", "id": "b10", "restore": True})
        assert page_data(client, "/records/buildings/b10")["record"]["version"] == 2

    def test_who_may_not_write_sees_no_controls(self, reader: FlaskClient) -> None:
        far = {"REMOTE_ADDR": "192.0.2.7"}
        for address in ("/records/buildings/b01", "/history", "/records"):
            assert '"may_write":false' in reader.get(address, environ_overrides=far).text
        assert '"writable":null' in reader.get("/maps/coverage", environ_overrides=far).text
        assert '"writable":null' in reader.get("/maps/coverage?public=true").text
        assert '"writable":"buildings"' in reader.get("/maps/coverage").text
        item = "/api/collections/buildings/items/b01?f=html"
        assert "/records/buildings/b01" in reader.get(item).text
        assert "/records/buildings/b01" not in reader.get(item, environ_overrides=far).text

    @pytest.mark.parametrize(
        "address", ["/records/castles", "/records/plans", "/records/buildings/b99", "/history?layer=x"]
    )
    def test_what_is_not_there_is_not_found(self, reader: FlaskClient, address: str) -> None:
        assert reader.get(address).status_code == 404

    def test_the_history_is_filtered(self, client: FlaskClient, service: Flask) -> None:
        edit(client, CORRECTED)
        lines = page_data(client, "/history?author=wang&layer=buildings&lang=zh")["lines"]
        assert [(each["author"], each["message"]) for each in lines] == [("wang", "楼栋：修改 1 个（1号楼）")]
        assert page_data(client, "/history?until=2020-01-01")["lines"] == []
