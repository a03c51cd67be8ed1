"""XLSX for people: 汇总, 明细 and 字段说明 (or Summary, Details, Fields); codes as text, dates as dates, totals."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import shapely
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from layers.catalogue import Field
from layers.errors import Fault, TooLarge
from layers.formats.export import Export
from layers.formats.writers.sheet_rows import splice
from layers.formats.writing import WriteOptions
from layers.text import Text

# Nothing that a cell holds may become a formula, a link or a number by its looks.
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}
MAX_ROWS = 1_048_576 - 2
MAX_TEXT = 32_767
MAX_HEADER = 200  # of 255 characters, codes included
# Units that add up over features; floors, years, rates and the like do not.
ADDITIVE_UNITS = ("户", "人", "㎡", "m²", "m2", "个", "栋", "处", "名", "部", "台", "张", "床")
SUM_OF_VISIBLE = 109
SHARE = "%"  # a share of one, which is shown in per cent
A4 = 9
DETAILS = "xl/worksheets/sheet2.xml"
WIDTHS = (8, 42)
SAMPLED_ROWS = 200
STYLES = {
    "head": {"bold": True, "bg_color": "#E8EEF2", "bottom": 1, "text_wrap": True, "valign": "vcenter"},
    "title": {"bold": True, "font_size": 14},
    "bold": {"bold": True},
    "text": {"num_format": "@"},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "integer": {"num_format": "#,##0"},
    "year": {"num_format": "0"},
    "number": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"},
    "degrees": {"num_format": "0.0000000"},
    "total": {"bold": True, "top": 1, "num_format": "#,##0.##"},
}


def write(export: Export, target: Path, options: WriteOptions) -> list[Text]:
    """Write a workbook of three sheets; points get two columns of degrees, other geometry is left out."""
    if len(export) > MAX_ROWS:
        raise TooLarge(Fault(Text("formats.xlsx-rows", limit=MAX_ROWS), {"file": target.name}))
    notes: list[Text] = []
    made = _Open()
    with _workbook(made, target.parent) as workbook:
        # The same data gives the same file.
        workbook.set_properties({"created": dt.datetime(2000, 1, 1)})
        book = _Book(workbook, options.language)
        summary, details, fields = (book.sheet(each) for each in ("summary", "details", "fields"))
        title = options.title or export.layer.label.say(options.language)
        for sheet in (details, fields):
            print_wide(sheet)
        print_upright(summary)
        for sheet in (summary, details, fields):
            print_titled(sheet, title)
        _summary(book, summary, export, options)
        columns = _Details(book, details, export, notes).write()
        _fields(book, fields, export)
    if columns and len(export):
        whole = _Open()
        splice(made, DETAILS, columns, whole)
        made = whole
    target.write_bytes(made.getvalue())
    return notes


@contextmanager
def workbook_at(target: Path) -> Iterator[xlsxwriter.Workbook]:
    """Give a workbook that is written when the block ends; its temporary files lie beside it and are closed with it.

    The archive is made in memory and written by us: one that finds the disk full tries again when it is collected.
    """
    made = _Open()
    with _workbook(made, target.parent) as workbook:
        yield workbook
    target.write_bytes(made.getvalue())


@contextmanager
def _workbook(made: _Open, folder: Path) -> Iterator[xlsxwriter.Workbook]:
    workbook = xlsxwriter.Workbook(made, {**SAFE, "tmpdir": str(folder)})
    try:
        with workbook:
            yield workbook
    except BaseException:
        for sheet in workbook.worksheets():
            for file in (sheet.row_data_fh, sheet.fh):
                with suppress(OSError, AttributeError):  # never opened, or full still: it is closed all the same
                    file.close()
        raise


class _Open(io.BytesIO):
    """Memory that stays open: an archive given up half-way ends itself when it is collected, maybe after its memory."""

    def close(self) -> None:
        """Go on taking what is written."""


class _Book:
    """A workbook with its styles and language."""

    def __init__(self, workbook: xlsxwriter.Workbook, language: str) -> None:
        self.language = language
        self.style = {name: workbook.add_format(look) for name, look in STYLES.items()}
        self._workbook = workbook

    def sheet(self, slug: str) -> Worksheet:
        return self._workbook.add_worksheet(self.say(f"formats.sheet-{slug}"))

    def say(self, key: str) -> str:
        return Text(key).say(self.language)

    def put(self, sheet: Worksheet, row: int, column: int, value: object, style: str | None = None) -> None:
        """Write one cell by the value's own type; text always as text."""
        look = self.style[style] if style else None
        if value is None:
            sheet.write_blank(row, column, None, look)
        elif isinstance(value, bool):
            sheet.write_string(row, column, self.say("formats.yes" if value else "formats.no"), look)
        elif isinstance(value, (int, float)):
            sheet.write_number(row, column, value, look)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, look or self.style["date"])
        else:
            text = value.say(self.language) if hasattr(value, "say") else str(value)
            sheet.write_string(row, column, text[:MAX_TEXT], look)


class _Details:
    """The sheet with one row a feature."""

    def __init__(self, book: _Book, sheet: Worksheet, export: Export, notes: list[Text]) -> None:
        self.book, self.sheet, self.export, self.notes = book, sheet, export, notes
        self.headings = [_heading(field, book.language) for field in export.fields]
        self.styles = [_style(field) for field in export.fields]
        self.columns = [self._cells(field) for field in export.fields]
        self.sums = [_adds_up(field) for field in export.fields]
        self._add_points()

    def write(self) -> list[list[Any]]:
        """Write all but the features' rows, of which the first shows how they look; return their columns."""
        book, sheet, last = self.book, self.sheet, len(self.export)
        for place, heading in enumerate(self.headings):
            sheet.set_column(place, place, _width(heading, self.columns[place]))
        sheet.freeze_panes(1, 1)
        if self.headings:
            sheet.autofilter(0, 0, last, len(self.headings) - 1)
        for place, heading in enumerate(self.headings):
            book.put(sheet, 0, place, heading, "head")
        for place, style in enumerate(self.styles):
            book.put(sheet, 1, place, None, style)
        if any(self.sums):
            self._totals(last + 1)
        return self.columns

    def _totals(self, row: int) -> None:
        for place, adds in enumerate(self.sums):
            if place == 0 and not adds:
                self.book.put(self.sheet, row, 0, self.book.say("formats.total"), "total")
            elif adds and row > 1:
                total = sum(value for value in self.columns[place] if value is not None)
                span = f"{_column(place)}2:{_column(place)}{row}"
                formula = f"=SUBTOTAL({SUM_OF_VISIBLE},{span})"
                self.sheet.write_formula(row, place, formula, self.book.style["total"], total)

    def _cells(self, field: Field) -> list[Any]:
        values = self.export.columns[field.name]
        if field.type in ("integer", "number", "date"):
            return values
        texts = [self.export.text(field, value, self.book.language) for value in values]
        too_long = sum(text is not None and len(text) > MAX_TEXT for text in texts)
        if too_long:
            self.notes.append(Text("formats.xlsx-cut", column=field.label, count=too_long))
            return [text and text[:MAX_TEXT] for text in texts]
        return texts

    def _add_points(self) -> None:
        kinds = self.export.kinds()
        if not kinds:
            return
        shapes = self.export.rounded()
        single = shapely.get_type_id(shapes[~shapely.is_missing(shapes)]) == shapely.GeometryType.POINT
        if not single.all() or not self.export.degrees:
            self.notes.append(Text("formats.xlsx-without-geometry"))
            return
        for name, values in (("formats.longitude", shapely.get_x(shapes)), ("formats.latitude", shapely.get_y(shapes))):
            self.headings.append(self.book.say(name))
            self.columns.append([None if value != value else value for value in values.tolist()])
            self.styles.append("degrees")
            self.sums.append(False)


def print_wide(sheet: Worksheet) -> None:
    """Set a sheet up for paper: A4 on its side, as wide as one page, the heading on every page."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def print_upright(sheet: Worksheet) -> None:
    """Set a sheet up for paper: A4 upright, as wide as one page."""
    sheet.set_paper(A4)
    sheet.set_portrait()
    sheet.fit_to_pages(1, 0)


def print_titled(sheet: Worksheet, title: object) -> None:  # whatever can be written
    """Put what a workbook is about over every page, and under it which page it is."""
    # An ampersand begins a code in headers, and doubled it is one.
    sheet.set_header("&L" + str(title).replace("&", "&&")[:MAX_HEADER] + "&R&A")
    sheet.set_footer("&C&P / &N")


def _summary(book: _Book, sheet: Worksheet, export: Export, options: WriteOptions) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 8, 16)
    book.put(sheet, 0, 0, options.title or export.layer.label, "title")
    rows = [(book.say("formats.summary-count"), len(export), None), *options.summary]
    rows[:0] = [(label.say(book.language), value, None) for _, label, value in options.about()]
    if export.kinds():
        rows.append((book.say("formats.summary-crs"), export.crs if len(export.crs) < 40 else options.crs, None))
    at = 2
    for label, value, unit in rows:
        for place, cell in enumerate((label, value, unit)):
            style = "share" if unit == SHARE else "integer" if isinstance(cell, int) else None
            book.put(sheet, at, place, None if cell == SHARE else cell, style if place == 1 else None)
        at += 1
    for table in options.tables:
        at += 1
        book.put(sheet, at, 0, table.title, "bold")
        for place, heading in enumerate(table.headings):
            book.put(sheet, at + 1, place, heading, "head")
        for row in table.rows:
            for place, cell in enumerate(row):
                book.put(sheet, at + 2, place, cell)
            at += 1
        at += 2


def _fields(book: _Book, sheet: Worksheet, export: Export) -> None:
    names = ("field", "label", "type", "unit", "values", "description")
    for place, name in enumerate(names):
        sheet.set_column(place, place, 18 if place < 4 else 60)
        book.put(sheet, 0, place, book.say(f"formats.dictionary-{name}"), "head")
    sheet.freeze_panes(1, 0)
    for row, field in enumerate(export.fields, start=1):
        allowed = "; ".join(f"{choice.code} = {choice.label.say(book.language)}" for choice in field.values)
        cells = (
            field.name,
            field.label,
            book.say(f"formats.type-{field.type}"),
            field.unit_in(book.language),
            allowed,
            field.description,
        )
        for place, cell in enumerate(cells):
            book.put(sheet, row, place, cell or "")


def _heading(field: Field, language: str) -> str:
    return field.label.say(language) if field.unit == SHARE else field.heading(language)


def _style(field: Field) -> str | None:
    if field.unit == SHARE:
        return "share"
    if field.type == "integer":
        return "integer" if field.unit else "year"
    return {"number": "number", "date": "date"}.get(field.type, "text")


def _adds_up(field: Field) -> bool:
    return field.type in ("integer", "number") and field.unit in ADDITIVE_UNITS


def _width(heading: str, values: Sequence[object]) -> float:
    """Return a column width in characters, 汉字 counting double."""
    texts = [heading, *(str(value) for value in values[:SAMPLED_ROWS] if value is not None)]
    longest = max(sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text) for text in texts)
    return min(max(longest + 3, WIDTHS[0]), WIDTHS[1])


def _column(place: int) -> str:
    return xlsxwriter.utility.xl_col_to_name(place)
