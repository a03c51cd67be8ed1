"""A ledger through `POST /api/imports`: its columns can be corrected, and its rows say where on the map they land."""

from __future__ import annotations

import io

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.store.protocol import Query
from tests.web.test_imports import looked_at, table

HEADINGS = ("社区", "小区名称", "楼院编码", "楼栋编码", "总套数", "管理单位", "管理模式", "合同起始")
# On record: courtyard CA with b01-b04, and b10 in courtyard CF. Nobody knows a building x91.
ROWS = (
    ("和平社区", "甲院", "CA", "b01~b04", 40, "诚信物业", "专业化", "2024-01-01"),
    ("和平社区", "新院", "CG", "b10", 10, None, None, None),
    ("和平社区", "远院", "CH", "x91", 5, None, None, None),
    ("和平社区", "空院", "CI", None, 5, None, None, None),
)


def workbook(*rows: tuple) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "台账"
    for row in (("小城区物业台账",), *rows):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.fixture
def seen(client: FlaskClient) -> dict:
    """What is thought of the ledger."""
    return looked_at(client, workbook(HEADINGS, *ROWS), "台账.xlsx")


def test_every_column_says_what_it_was_taken_for(seen: dict) -> None:
    assert (seen["layer"], seen["row_count"], seen["table"]) == ("ledger", 4, "小城区物业台账")
    assert tuple(seen["columns"]) == HEADINGS
    taken = {each["column"]: each["field"] for each in seen["mapping"]["matched"]}
    assert taken["楼院编码"] == "courtyard.code" and taken["管理单位"] == "manager.name"
    assert seen["mapping"]["unused_columns"] == ["总套数"]
    first = seen["rows"][0]
    assert first["cells"][:5] == ["和平社区", "甲院", "CA", "b01~b04", 40]
    assert first["parsed"]["arrangement.mode"] == "professional" and first["parsed"]["buildings"] == "b01~b04"


def test_where_the_rows_land(seen: dict) -> None:
    assert (seen["landing"]["placed"], seen["landing"]["buildings"]) == (2, 5)
    assert [(each["count"], each["rows"][0]["row"]) for each in seen["landing"]["missed"]] == [(1, 5), (1, 6)]
    assert "none of the buildings" in seen["rows"][2]["missed"] and "names no buildings" in seen["rows"][3]["missed"]
    assert [row["buildings"] for row in seen["rows"]] == [4, 1, 0, 0]
    assert seen["shapes"]["states"] == {"known": 1, "new": 1, "member": 5}
    members = [each["properties"] for each in seen["shapes"]["features"] if each["properties"]["state"] == "member"]
    assert members[-1] == {"row": 4, "sheet": "台账", "code": "b10", "state": "member"}


def test_a_column_is_corrected_imported_and_remembered(client: FlaskClient, service: Flask, seen: dict) -> None:
    told = client.patch(f"/api/imports/{seen['id']}", json={"mapping": {"courtyard.households": "总套数"}}).json
    assert told["rows"][1]["parsed"]["courtyard.households"] == 10 and told["mapping"]["unused_columns"] == []
    assert told["ledger"]["households"] == 60
    done = client.post(f"/api/imports/{seen['id']}/commit")
    assert done.status_code == 201, done.text
    assert service.extensions["gridmap"].store.get("courtyards", "CG").properties["households"] == 10
    again = looked_at(client, workbook(HEADINGS, *ROWS[:2]), "下月.xlsx")
    match = next(each for each in again["mapping"]["matched"] if each["column"] == "总套数")
    assert (match["field"], match["source"]) == ("courtyard.households", "remembered")
    other = client.patch(f"/api/imports/{again['id']}", json={"mapping": {"courtyard.households": None}}).json
    assert other["mapping"]["unused_columns"] == ["总套数"]


def test_a_column_told_takes_the_meaning_from_another(client: FlaskClient, seen: dict) -> None:
    told = client.patch(f"/api/imports/{seen['id']}", json={"mapping": {"courtyard.name": "管理单位"}}).json
    assert told["rows"][0]["parsed"]["courtyard.name"] == "诚信物业"
    assert "小区名称" in told["mapping"]["unused_columns"]


@pytest.mark.parametrize("mapping", [{"courtyard.roof": "总套数"}, {"courtyard.households": "没有"}])
def test_what_is_not_there(client: FlaskClient, seen: dict, mapping: dict) -> None:
    refused = client.patch(f"/api/imports/{seen['id']}", json={"mapping": mapping})
    assert refused.status_code == 400 and refused.json["type"] == "/problems/invalid-parameter"


def test_from_the_ledger_to_a_table_and_back(client: FlaskClient, seen: dict) -> None:
    table = client.patch(f"/api/imports/{seen['id']}", json={"layer": "courtyards"}).json
    assert table["layer"] == "courtyards" and "ledger" in {each["id"] for each in table["layers"]}
    assert client.patch(f"/api/imports/{seen['id']}", json={"layer": "ledger"}).json["landing"] == seen["landing"]


# Two words that nobody knows, one of them twice; and a row that cannot be read.
ASKED = (
    ("和平社区", "甲院", "CA", "b01~b04", 40, "诚信物业", "新型物业", "2024-01-01"),
    ("和平社区", "新院", "CG", "b10", 10, "诚信物业", "新型物业", "2024-01-01"),
    ("和平社区", "远院", "CH", "x91", 5, "诚信物业、和平物业", "专业化", "2024-01-01"),
)


def test_each_word_is_asked_once_answered_and_remembered(client: FlaskClient, service: Flask) -> None:
    seen = looked_at(client, workbook(HEADINGS, *ASKED), "台账.xlsx")
    mode, manager = seen["questions"]
    assert (mode["field"], mode["word"], mode["count"]) == ("arrangement.mode", "新型物业", 2)
    assert [each["code"] for each in mode["options"]][:2] == ["professional", "soe"]
    assert [each["code"] for each in manager["options"]] == ["诚信物业", "和平物业", "nobody"]
    first = seen["faults"][0]
    assert first["column"] == "管理模式" and first["rows"] == [3, 4]  # once, for both rows
    values = {"arrangement.mode": {"新型物业": "soe"}, "manager.name": {"诚信物业、和平物业": "和平物业"}}
    told = client.patch(f"/api/imports/{seen['id']}", json={"values": values}).json
    assert told["fault_count"] == 0 and {each["answer"] for each in told["questions"]} == {"soe", "和平物业"}
    done = client.post(f"/api/imports/{seen['id']}/commit", json={})
    assert done.status_code == 201, done.text
    store = service.extensions["gridmap"].store
    assert store.get("arrangements", "CG-诚信物业-2024-01-01").properties["mode"] == "soe"
    again = looked_at(client, workbook(HEADINGS, *ASKED), "下月.xlsx")
    assert again["fault_count"] == 0 and any("As answered before" in note for note in again["notes"])
    values = {"arrangement.mode": {"新型物业": None}}
    forgotten = client.patch(f"/api/imports/{again['id']}", json={"values": values}).json
    assert [each["word"] for each in forgotten["questions"] if each["answer"] is None] == ["新型物业"]


def test_an_answer_that_is_none_is_refused(client: FlaskClient) -> None:
    seen = looked_at(client, workbook(HEADINGS, *ASKED), "台账.xlsx")
    refused = client.patch(f"/api/imports/{seen['id']}", json={"values": {"arrangement.mode": {"新型物业": "best"}}})
    assert refused.status_code == 400 and "professional" in refused.json["errors"][0]["detail"]


def test_rows_held_back_are_counted_and_nothing_of_them_is_written(client: FlaskClient, service: Flask) -> None:
    rows = (*ROWS[:2], ("和平社区", "远院", "CH", "b11", 5, "诚信物业", "专业化", "见合同"))
    seen = looked_at(client, workbook(HEADINGS, *rows), "台账.xlsx")
    assert seen["rows"][2]["missed"] == "the row has a fault and is held back"
    done = client.post(f"/api/imports/{seen['id']}/commit", json={"only_sound": True})
    assert (done.status_code, done.json["left_out"]) == (201, 1)
    assert any("1 of 3 rows held back" in note and "远院" in note for note in done.json["notes"])
    on_record = service.extensions["gridmap"].store.page("courtyards", Query(), 99).features
    assert "CH" not in {each.id for each in on_record}


def test_what_would_be_absurd_is_confirmed_first(client: FlaskClient) -> None:
    rows = [(*row[:3], f"x{n}", *row[4:]) for n, row in enumerate(ROWS)]  # nobody knows these buildings
    rows = [(*row[:2], f"N{n}", *row[3:]) for n, row in enumerate(rows)]
    seen = looked_at(client, workbook(HEADINGS, *rows), "台账.xlsx")
    (doubt,) = seen["doubts"]
    assert doubt["kind"] == "no-buildings" and doubt["detail"].startswith("4 courtyards list buildings")
    assert doubt["detail"] not in seen["notes"]
    refused = client.post(f"/api/imports/{seen['id']}/commit", json={"allow": ["overwritten"]})
    assert refused.status_code == 422
    assert [(each["parameter"], each["value"]) for each in refused.json["errors"]] == [("allow", "no-buildings")]
    assert client.post(f"/api/imports/{seen['id']}/commit", json={"allow": ["no-buildings"]}).status_code == 201


def test_the_day_from_which_it_holds_is_looked_at_and_imported(client: FlaskClient) -> None:
    sent = workbook(HEADINGS, *ROWS[:2])
    seen = looked_at(client, sent, "台账.xlsx")
    assert seen["choices"]["effective"] is None and any("names no day" in each for each in seen["notes"])
    path = f"/api/imports/{seen['id']}"
    assert client.patch(path, json={"effective": "2199-01-01"}).status_code == 400
    seen = client.patch(f"{path}?lang=en", json={"effective": "2025-01-31"}).json
    assert seen["choices"]["effective"] == "2025-01-31" and any("2025-01-31" in each for each in seen["notes"])
    assert client.post(f"{path}/commit").json["changeset"]["effective"] == "2025-01-31"


def test_several_files_have_their_turns(client: FlaskClient) -> None:
    ledger = looked_at(client, workbook(HEADINGS, *ROWS[:2]), "台账.xlsx")
    buildings = looked_at(client, table(("楼栋编码", "楼号", "户数"), ("b01", "1号楼", "11")), "楼栋.csv")
    points = looked_at(client, table(("编码", "名称", "经度", "纬度"), ("S1", "东门", "120.0005", "36.0005")), "点.csv")
    assert buildings["turn"] < ledger["turn"]
    assert (points["layer"], points["turn"]) == (None, None)
    chosen = client.patch(f"/api/imports/{points['id']}", json={"layer": "stations"}).json
    assert ledger["turn"] < chosen["turn"]
