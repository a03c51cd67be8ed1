"""Habits of sheets that are told: headings once more, short and hidden rows, a unit above the table."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from layers.formats import read_table
from tests.formats.test_workbooks import HEAD, noted
from tests.formats.workbooks import xlsx


def test_headings_that_are_repeated_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [HEAD, ["A1", "甲", 3], ["编码 ", "名称", "户数"], ["A2", "乙", 4]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows), "utf-8")
    for table in (read_table(xlsx(tmp_path / "a.xlsx", rows)), read_table(path)):
        assert table.columns["编码"] == ["A1", "A2"] and "headings-repeated" in noted(table)


def test_rows_that_are_shorter_than_the_headings_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编码,名称,户数\nA1,甲,3\nA2,乙\nA3,丙,5\n\x1a", "utf-8")
    table = read_table(path)
    assert table.columns["户数"] == ["3", None, "5"]
    assert [(each.key, each.params["rows"]) for each in table.notes] == [("formats.csv-too-few-cells", "3")]


def test_rows_that_are_hidden_are_read_and_told(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEAD, ["A1", "甲", 3], ["A2", "乙", 4]])
    book = openpyxl.load_workbook(path)
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    table = read_table(path)
    assert table.columns["编码"] == ["A1", "A2"]
    assert [each.params["rows"] for each in table.notes] == ["3"]


@pytest.mark.parametrize(("title", "unit"), [
    ("单位：万㎡", "万㎡"), ("（计量单位: 亩）", "亩"), ("填报单位：某街道", None), ("单位：某街道", None),
])  # fmt: skip
def test_a_unit_above_the_table(tmp_path: Path, title: str, unit: str | None) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["表"], [None, None, title], HEAD, ["A1", "甲", 3], ["A2", "乙", 4]])
    assert read_table(path).choices.get("unit") == unit
