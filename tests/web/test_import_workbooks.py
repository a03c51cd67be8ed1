"""Workbooks of every kind through `POST /api/imports`: tables on several sheets, ledgers in old and other formats."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient

from layers.usecases.imports import ledger_kind
from tests.formats.workbooks import biff, ods, xlsx
from tests.web.test_imports import looked_at, send

HEAD = ["楼栋编码", "楼号", "户数"]
LEDGER = ["序号", "社区", "小区名称", "楼院编码", "户数", "物业公司", "管理模式", "合同起始"]


@pytest.fixture
def two_sheets(tmp_path: Path) -> bytes:
    """A sheet for each of two communities."""
    path = xlsx(
        tmp_path / "a.xlsx", [HEAD, ["b01", "1号楼", 11]], [["东岭"], HEAD, ["b99", "甲", "x"], ["b98", "乙", 4]]
    )
    return path.read_bytes()


def test_sheets_with_the_same_headings_are_one_table(client: FlaskClient, two_sheets: bytes) -> None:
    seen = looked_at(client, two_sheets, "楼栋.xlsx", layer="buildings")
    assert seen["row_count"] == 3
    assert [(each["name"], each["rows"]) for each in seen["sheets"]] == [("1、2", 3), ("1", None), ("2", None)]
    assert [(each["sheet"], each["row"], len(each["faults"])) for each in seen["rows"]] == [
        ("1", 2, 0), ("2", 3, 1), ("2", 4, 0)
    ]  # fmt: skip
    assert (seen["faults"][0]["sheet"], seen["faults"][0]["row"]) == ("2", 3)


def test_one_of_them_can_be_chosen_and_all_again(client: FlaskClient, two_sheets: bytes) -> None:
    path = f"/api/imports/{looked_at(client, two_sheets, '楼栋.xlsx', layer='buildings')['id']}"
    assert client.patch(path, json={"sheet": "1"}).json["row_count"] == 1
    assert client.patch(path, json={"sheet": "1、2"}).json["row_count"] == 3
    done = client.post(f"{path}/commit", json={"only_sound": True})
    assert done.json["counts"]["buildings"]["new"] == 1


def test_an_unreadable_cell_is_shown_as_it_stands(client: FlaskClient, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEAD, ["b01", "1号楼", "#N/A"]])
    seen = looked_at(client, path.read_bytes(), "楼栋.xlsx", layer="buildings")
    assert seen["rows"][0]["cells"] == ["b01", "1号楼", "#N/A"]
    assert seen["fault_count"] == 1 and "error of a spreadsheet formula" in seen["faults"][0]["detail"]


@pytest.mark.parametrize("ending", [".xls", ".xlsm", ".ods", ".csv"])
def test_a_ledger_of_any_kind(client: FlaskClient, tmp_path: Path, ending: str) -> None:
    rows = [LEDGER, ["1", "和平社区", "一号院", "c77", "12", "诚信物业", "专业化", "2024-01-01"]]
    path = tmp_path / f"a{ending}"
    if ending == ".csv":
        path.write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    elif ending == ".ods":
        cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
        lines = ("".join(cell.format(each) for each in row) for row in rows)
        body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
        ods(path, f'<table:table table:name="台账">{body}</table:table>')
    else:
        (biff if ending == ".xls" else xlsx)(path, rows)
    seen = looked_at(client, path.read_bytes(), f"台账{ending}")
    assert (seen["layer"], seen["faults"]) == ("ledger", [])
    assert {layer: each["new"] for layer, each in seen["counts"].items()} == {
        "courtyards": 1, "managed-areas": 1, "managers": 1, "arrangements": 1
    }  # fmt: skip


def test_a_long_text_is_a_ledger_only_when_somebody_says_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_kind, "LONGEST_TEXT_BYTES", 10)
    rows = [LEDGER, ["1", "和平社区", "一号院", "c77", "12", "诚信物业", "专业化", "2024-01-01"]]
    content = "\n".join(map(",".join, rows)).encode()
    assert "ledger" not in str(looked_at(client, content, "台账.csv")["layers"][0])
    assert looked_at(client, content, "台账.csv", layer="ledger")["counts"]["courtyards"]["new"] == 1


def test_a_workbook_of_another_kind_than_its_name_says(client: FlaskClient, tmp_path: Path) -> None:
    path = biff(tmp_path / "a.xls", [HEAD, ["b01", "1号楼", 11.0]])
    assert send(client, path.read_bytes(), "楼栋.ods").status_code == 415
    assert send(client, b"PK\x03\x04" + b"\0" * 100, "楼栋.xlsm").status_code == 415


def test_corrected_in_its_own_workbook(client: FlaskClient, two_sheets: bytes) -> None:
    seen = looked_at(client, two_sheets, "楼栋.xlsx", layer="buildings")
    answer = client.get(f"/api/imports/{seen['id']}/report?lang=en")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["gridmap questions", "1", "2"]
    assert "not a number" in book["2"]["C3"].comment.text
    book["2"]["C3"] = 5
    kept = io.BytesIO()
    book.save(kept)
    again = looked_at(client, kept.getvalue(), "楼栋.xlsx", layer="buildings")
    assert (again["fault_count"], again["row_count"]) == (0, 3)
