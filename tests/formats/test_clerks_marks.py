"""What a clerk does to cells beside writing in them: rows and cells are struck out, comments stand beside them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from layers.formats import read_sheets, read_table
from layers.formats.table import RawTable
from layers.ledger import read_ledger
from tests.formats.test_workbooks import HEAD, noted
from tests.formats.workbooks import biff, ods, xlsx
from tests.ledger.sheets import faults

ROWS = [HEAD, ["A1", "甲", 3], ["A2", "乙", 4], ["A3", "丙", 5]]
# The row of A2 and the 5 of A3.
STRUCK = ((2, 0), (2, 1), (2, 2), (3, 2))


def struck(folder: Path, ending: str) -> Path:
    """Return a workbook in which a row is struck out, and the number of the next."""
    if ending == "xls":
        return biff(folder / "a.xls", ROWS, struck=STRUCK)
    if ending == "ods":
        text = ""
        for at, row in enumerate(ROWS):
            styles = ["over" if (at, column) in STRUCK else "plain" for column in range(3)]
            cells = [
                f'<table:table-cell table:style-name="{style}"><text:p>{value}</text:p></table:table-cell>'
                for style, value in zip(styles, row, strict=True)
            ]
            text += f"<table:table-row>{''.join(cells)}</table:table-row>"
        return ods(folder / "a.ods", f'<table:table table:name="台账">{text}</table:table>')
    path = xlsx(folder / "a.xlsx", ROWS)
    book = openpyxl.load_workbook(path)
    for row, column in STRUCK:
        book.active.cell(row + 1, column + 1).font = Font(strike=True)
    book.active.cell(2, 1).font = Font(strike=False)
    book.active.cell(9, 9).font = Font(strike=True)  # nothing stands there
    book.save(path)
    return path


def found(table: RawTable) -> list[tuple]:
    return [(each.text.key, each.where.get("row"), each.where.get("column")) for each in table.faults]


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_what_is_struck_out_is_a_fault_and_not_read_as_if_it_held(tmp_path: Path, ending: str) -> None:
    path = struck(tmp_path, ending)
    assert read_sheets(path)[0].struck == STRUCK
    assert found(read_table(path)) == [("formats.row-struck", 3, None), ("formats.cell-struck", 4, "户数")]


def test_a_part_of_a_text_that_is_struck_out_counts_as_well(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", ROWS)
    book = openpyxl.load_workbook(path)
    old, plain = InlineFont(strike=True), InlineFont(b=True)
    book.active["B2"] = CellRichText([TextBlock(old, "旧"), TextBlock(plain, "新")])
    book.active["B3"] = CellRichText([TextBlock(plain, "甲"), TextBlock(plain, "乙")])
    book.save(path)
    assert found(read_table(path)) == [("formats.cell-struck", 2, "名称")]
    path = tmp_path / "shared.xlsx"
    with xlsxwriter.Workbook(path) as made:
        line = made.add_format({"font_strikeout": True})
        sheet = made.add_worksheet()
        for row, values in enumerate(ROWS):
            sheet.write_row(row, 0, values)
        sheet.write_rich_string("B4", "新", line, "旧", " ")
    assert found(read_table(path)) == [("formats.cell-struck", 4, "名称")]
    span = '<text:p>新<text:span text:style-name="over">旧</text:span></text:p>'
    cells = "".join(f"<table:table-cell><text:p>{each}</text:p></table:table-cell>" for each in ("A1", 3))
    first = "".join(f"<table:table-cell><text:p>{each}</text:p></table:table-cell>" for each in HEAD)
    row = cells.replace("</table:table-cell>", f"</table:table-cell><table:table-cell>{span}</table:table-cell>", 1)
    table = "".join(f"<table:table-row>{each}</table:table-row>" for each in (first, row, row.replace(span, "")))
    path = ods(tmp_path / "a.ods", f'<table:table table:name="1">{table}</table:table>')
    assert found(read_table(path)) == [("formats.cell-struck", 2, "名称")]


def commented(path: Path, author: str = "王") -> Path:
    book = openpyxl.load_workbook(path)
    book.active["B3"].comment = Comment("2025年3月已撤场", author)
    book.save(path)
    return path


def test_comments_beside_cells_are_told(tmp_path: Path) -> None:
    path = commented(xlsx(tmp_path / "a.xlsx", ROWS))
    assert read_sheets(path)[0].comments == ((2, 1, "2025年3月已撤场"),)
    (told,) = read_table(path).notes
    assert (told.key, told.params["count"], told.params["comments"]) == (
        "formats.comments-not-read", 1, ["B3 “2025年3月已撤场”"]
    )  # fmt: skip
    ours = commented(xlsx(tmp_path / "b.xlsx", ROWS), author="gridmap")
    assert "comments-not-read" not in noted(read_table(ours))
    note = "<office:annotation><text:p>已撤场</text:p></office:annotation>"
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{a}</text:p>{note if a == 'A2' else ''}</table:table-cell>"
        f"<table:table-cell><text:p>{b}</text:p></table:table-cell></table:table-row>"
        for a, b, _ in ROWS
    )
    table = read_table(ods(tmp_path / "a.ods", f'<table:table table:name="1">{rows}</table:table>'))
    assert table.columns["编码"] == ["A1", "A2", "A3"]
    assert [each.params["comments"] for each in table.notes] == [["A3 “已撤场”"]]


LEDGER = [
    ["社区", "小区名称", "楼院编码", "物业公司", "管理模式", "合同起始"],
    ["望江", "甲院", "A-1", "安居乐", "专业化", "2024-01-01"],
    ["望江", "乙院", "A-2", "安居乐", "专业化", "2024-01-01"],
    ["望江", "丙院", "A-3", "安居乐", "专业化", "2024-01-01"],
]


def test_a_ledger_names_the_rows_and_cells_that_are_struck_out(tmp_path: Path) -> None:
    path = commented(xlsx(tmp_path / "a.xlsx", LEDGER))
    book = openpyxl.load_workbook(path)
    for column in range(1, 7):
        book.active.cell(2, column).font = Font(strike=True)
    book.active["D4"].font = Font(strike=True)
    book.save(path)
    ledger = read_ledger(read_sheets(path))
    assert faults(ledger) == [("row-struck", 2, None), ("cell-struck", 4, "物业公司")]
    assert "formats.comments-not-read" in {each.key for each in ledger.notes}
