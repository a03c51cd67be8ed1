"""Habits of sheets that are told: headings once more, short and hidden rows, a unit above the table."""

from __future__ import annotations

import struct
from pathlib import Path

import openpyxl
import pytest

from layers.formats import read_sheets, read_table
from layers.model.values import Unreadable
from tests.formats.test_workbooks import HEAD, noted
from tests.formats.workbooks import biff, ods, xlsx


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


ROWS = [HEAD, ["A1", "甲", 3], ["A2", "乙", 4]]
PICTURED = [HEAD, ["A1", None, 3], ["A2", "乙", None], ["A3", None, 5]]


def drawn(rows: list[list], more: dict[tuple[int, int], str] | None = None, hidden_row: int | None = None) -> str:
    """Return the rows of an ODS, with what stands in cells beside their text, and one that is filtered away."""
    text = ""
    for at, row in enumerate(rows):
        text += '<table:table-row table:visibility="filter">' if at == hidden_row else "<table:table-row>"
        for column, value in enumerate(row):
            inside = "" if value is None else f"<text:p>{value}</text:p>"
            text += f"<table:table-cell>{inside}{(more or {}).get((at, column), '')}</table:table-cell>"
        text += "</table:table-row>"
    return text


def hiding(folder: Path, ending: str) -> Path:
    """Return a workbook of which the column 户数 and the last row are hidden, and a column of nothing."""
    if ending == "xls":
        return biff(folder / "a.xls", ROWS, hidden_columns=(2, 9), hidden_rows=(2,))
    if ending == "ods":
        columns = (
            '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
            '<table:table-column table:visibility="collapse" table:number-columns-repeated="16381"/>'
        )
        rows = drawn(ROWS, hidden_row=2)
        return ods(folder / "a.ods", f'<table:table table:name="台账">{columns}{rows}</table:table>')
    path = xlsx(folder / "a.xlsx", ROWS)
    book = openpyxl.load_workbook(path)
    book.active.column_dimensions["C"].hidden = book.active.column_dimensions["J"].hidden = True
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    return path


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_columns_that_are_hidden_are_read_and_told_as_rows_are(tmp_path: Path, ending: str) -> None:
    path = hiding(tmp_path, ending)
    table = read_table(path)
    assert list(map(str, table.columns["户数"])) == ["3", "4"]
    told = {each.key.removeprefix("formats."): each.params for each in table.notes}
    assert told["hidden-columns-read"]["columns"] == ["户数"] and told["hidden-rows-read"]["rows"] == "3"
    (sheet,) = read_sheets(path)
    assert sheet.hidden_rows == (2,) and 2 in sheet.hidden_columns and 0 not in sheet.hidden_columns


def test_a_hidden_column_of_nothing_is_not_worth_a_word(tmp_path: Path) -> None:
    path = biff(tmp_path / "a.xls", [HEAD, ["A1", "甲", None], ["A2", "乙", None]], hidden_columns=(2,))
    assert "hidden-columns-read" not in noted(read_table(path))


def test_a_picture_over_an_empty_cell_of_another_kind_of_workbook_is_no_blank(tmp_path: Path) -> None:
    picture = "<draw:frame><draw:image/></draw:frame>"
    chart = "<draw:frame><draw:object/><draw:image/></draw:frame>"
    table = drawn(PICTURED, {(1, 1): picture, (2, 2): picture, (3, 1): chart, (0, 0): picture})
    old = biff(tmp_path / "a.xls", PICTURED, pictures=((1, 1), (2, 2), (40, 1)), charts=((3, 1),))
    for path in (ods(tmp_path / "a.ods", f'<table:table table:name="台账">{table}</table:table>'), old):
        cells = read_sheets(path)[0].cells
        pictured = Unreadable("#IMAGE", "image")
        assert (cells[1][1], cells[2][2], cells[3][1], cells[0][0]) == (pictured, pictured, None, HEAD[0])


@pytest.mark.parametrize("row", [
    [None, None, "单位（盖章）："], ["审批领导：", None, "填报日期：2025年7月1日"],
    [None, "（公章）", None], [None, None, "2025年7月1日"],
])  # fmt: skip
def test_who_signs_below_a_table_is_left_out_and_told(tmp_path: Path, row: list) -> None:
    head = ["编码", "名称", "经度", "纬度"]
    rows = [["A1", "甲", 120.1, 36.1], ["A2", "乙", 120.2, 36.2], [*row, None]]
    table = read_table(xlsx(tmp_path / "a.xlsx", [head, *rows]))
    assert table.columns["编码"] == ["A1", "A2"] and table.faults == [] and "note-left-out" in noted(table)


def test_units_below_the_headings_are_theirs(tmp_path: Path) -> None:
    head = ["编码", "建筑面积", "启用日期", "经度", "纬度"]
    units = [None, "（万㎡）", "（年-月-日）", "(度)", "(度)"]
    rows = [units, ["A1", 1.2, "2025-01-01", 120.1, 36.1], ["A2", 2, None, 120.2, 36.2]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(map(str, (each or "" for each in row))) for row in [head, *rows]), "utf-8")
    for table in (read_table(xlsx(tmp_path / "a.xlsx", [head, *rows])), read_table(path)):
        assert "units-below-headings" in noted(table) and table.faults == []
        assert list(map(str, table.columns["建筑面积（万㎡）"])) == ["1.2", "2"] and len(table.geometry) == 2


def test_numbers_of_columns_are_left_out_of_a_csv_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编码,名称,户数,备注\n甲,乙,1,2\nA1,甲,3,\n", "utf-8")
    table = read_table(path)
    assert table.columns["编码"] == ["A1"] and "column-numbers-left-out" in noted(table)


def test_a_row_of_words_below_the_headings_is_a_row(tmp_path: Path) -> None:
    table = read_table(xlsx(tmp_path / "a.xlsx", [HEAD, ["A1", "（甲）", None], ["A2", "乙", 4]]))
    assert table.columns["编码"] == ["A1", "A2"]


def formed(path: Path, form: str) -> Path:
    """An XLS whose second cell format, that of cells struck out, shows numbers in a form and strikes nothing out."""
    data = bytearray(path.read_bytes())
    style = data.rindex(struct.pack("<HHHH", 0x00E0, 20, 1, 0))
    data[style + 4 : style + 8] = struct.pack("<HH", 0, 164)
    said = struct.pack("<HHB", 164, len(form), 1) + form.encode("utf-16-le")
    bound = data.index(struct.pack("<H", 0x0085)) + 4
    (begins,) = struct.unpack_from("<I", data, bound)
    struct.pack_into("<I", data, bound, begins + 4 + len(said))
    first = data.index(struct.pack("<HHHH", 0x00E0, 20, 0, 0))
    path.write_bytes(data[:first] + struct.pack("<HH", 0x041E, len(said)) + said + data[first:])
    return path


@pytest.mark.parametrize("ending", ["xlsx", "xls"])
@pytest.mark.parametrize(("form", "shown"), [
    ("00000", "00012"), ('"S"000', "S012"), ("00000;@", "00012"), ("0", 12), ("0.00", 12),
])  # fmt: skip
def test_a_code_that_is_kept_as_a_number_is_what_its_cell_shows(
    tmp_path: Path, ending: str, form: str, shown: object
) -> None:
    rows = [HEAD, [12, "甲", 3], [7, "乙", 4]]
    if ending == "xls":
        path = formed(biff(tmp_path / "a.xls", rows, struck=((1, 0),)), form)
    else:
        path = xlsx(tmp_path / "a.xlsx", rows)
        book = openpyxl.load_workbook(path)
        book.active["A2"].number_format = form
        book.save(path)
    first, second = read_table(path).columns["编码"]
    assert (first, second) == (shown, 7)


def test_what_a_spreadsheet_has_rounded_is_not_shown_as_if_it_had_not(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [HEAD, [9901010010010001.0, "甲", 3]])
    book = openpyxl.load_workbook(path)
    book.active["A2"].number_format = "0" * 16
    book.save(path)
    assert [each.text.key for each in read_table(path).faults] == ["formats.digits-lost"]
