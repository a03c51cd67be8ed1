"""Rows that go into a workbook column by column: what comes out of two readers is what went in."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from layers.formats.writers.sheet_rows import ROWS_AT_ONCE, splice

DETAILS = "xl/worksheets/sheet1.xml"
TEXT, NUMBER, DATE = "@", "#,##0.00", "yyyy-mm-dd"
# What a text may hold in a workbook; a reader takes a carriage return for a line's end unless it is escaped.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=30)


def written(columns: list[list], looks: list[str], last: list | None = None) -> bytes:
    """A workbook of headings, the columns and maybe a last row."""
    made, whole = io.BytesIO(), io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet("rows")
        for place in range(len(looks)):
            sheet.write_string(0, place, f"heading {place}")
        for place, look in enumerate(looks):
            sheet.write_blank(1, place, None, book.add_format({"num_format": look}))
        for place, value in enumerate(last or ()):
            sheet.write(len(columns[0]) + 1, place, value)
    splice(made, DETAILS, columns, whole)
    return whole.getvalue()


def read(book: bytes) -> list[tuple]:
    """What is in the rows; this reader leaves Excel's escapes in texts that stand in their cells."""
    rows = openpyxl.load_workbook(io.BytesIO(book))["rows"].iter_rows(min_row=2, values_only=True)
    return [tuple(unescape(cell) if isinstance(cell, str) else cell for cell in row) for row in rows]


@given(st.lists(st.tuples(TEXTS | st.none(), st.integers(-(2**53), 2**53) | st.none(),
                          st.floats(allow_nan=False, allow_infinity=False) | st.none(),
                          st.dates(dt.date(1900, 3, 1)) | st.none()), min_size=1, max_size=8))  # fmt: skip
def test_every_cell_comes_back(rows: list[tuple]) -> None:
    columns = [list(each) for each in zip(*rows, strict=True)]
    book = written(columns, [TEXT, NUMBER, NUMBER, DATE], last=["end"])
    *found, end = read(book)
    assert end[0] == "end"
    dates = [day and dt.datetime.combine(day, dt.time()) for day in columns[3]]
    assert found == list(zip(*columns[:3], dates, strict=True))


def test_another_reader_sees_the_same() -> None:
    book = written([["甲 & <乙>", " 空 ", None], [1, None, 3]], [TEXT, NUMBER])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("rows")
    assert sheet.to_python()[1:] == [["甲 & <乙>", 1], [" 空 ", ""], ["", 3]]


def test_what_looks_like_an_escape_or_a_tag_stays_text() -> None:
    odd = ["_x0041_", "\x01", "\r\n", "<r><t>fett</t></r>", "=1+1", "a\tb\nc"]
    found = [row[0] for row in read(written([odd], [TEXT]))]
    assert found == odd


def test_a_day_that_excel_does_not_know_is_a_text() -> None:
    days = [dt.date(1899, 12, 31), dt.date(1900, 2, 28), dt.date(1900, 3, 1)]
    assert [row[0] for row in read(written([days], [DATE]))] == ["1899-12-31", "1900-02-28", dt.datetime(1900, 3, 1)]


def test_looks_are_those_of_the_row_that_was_there() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written([["a"], [1.5]], [TEXT, NUMBER])))["rows"]
    assert [cell.number_format for cell in sheet[2]] == [TEXT, NUMBER]


def test_rows_are_counted_on_over_every_piece() -> None:
    count = ROWS_AT_ONCE + 3
    book = written([list(range(count)), ["x"] * count], [NUMBER, TEXT], last=["end"])
    found = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("rows").to_python()
    assert [row[0] for row in found[1:]] == [*range(count), "end"]
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert f'<dimension ref="A1:B{count + 2}"/>'.encode() in archive.read(DETAILS)[:2000]


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        written([[1.0, float("inf")]], [NUMBER])
