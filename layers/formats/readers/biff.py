"""XLS: the workbooks of Excel 97 to 2003, which offices still send."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

from layers.errors import Fault, UnsupportedMedia
from layers.formats.readers import padding
from layers.formats.readers.biff_pictures import pictures
from layers.formats.readers.sheets import (
    LONGEST_SHOWN,
    MOST_COMMENTS,
    Book,
    Comment,
    Grid,
    bounded,
    put_pictures,
    since_1904,
    usual,
)
from layers.formats.sink import Job
from layers.model.values import Unreadable
from layers.text import Text

HIDDEN = (1, 2)


def open_book(job: Job) -> Book:
    """Open a workbook of the old kind; a document of another program, or one with a password, is refused."""
    import xlrd

    try:
        with open(os.devnull, "w") as nobody:
            book = xlrd.open_workbook(str(job.path), logfile=nobody, formatting_info=True, on_demand=True)
    except xlrd.XLRDError as error:
        slug = "workbook-locked" if "encrypted" in str(error).lower() else "xls-broken"
        raise UnsupportedMedia(Fault(Text(f"formats.{slug}"), {"file": job.file})) from error
    except MemoryError:
        raise
    except Exception as error:  # what a damaged file makes xlrd raise is not declared anywhere
        raise UnsupportedMedia(Fault(Text("formats.xls-broken"), {"file": job.file})) from error
    names = book.sheet_names()
    hidden = [book._sheet_visibility[place] in HIDDEN for place in range(len(names))]

    def grid(name: str) -> Grid:
        try:
            sheet = book.sheet_by_name(name)
            bounded(job, name, sheet.nrows, sheet.ncols)
            cells = [
                [_cell(book, *pair) for pair in zip(sheet.row_types(row), sheet.row_values(row), strict=True)]
                + [None] * (sheet.ncols - sheet.row_len(row))
                for row in range(sheet.nrows)
            ]
            merged = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
            hidden_rows = tuple(row for row, how in sorted(sheet.rowinfo_map.items()) if how.hidden)
            hidden_columns = tuple(column for column, how in sorted(sheet.colinfo_map.items()) if how.hidden)
            begins = book._sh_abs_posn[names.index(name)]
            put_pictures(cells, pictures(book.mem, begins), merged)
            padding.show(cells, _padded(book, sheet))
            struck = tuple(_struck(book, sheet))
            comments = tuple(_comments(sheet))
            book.unload_sheet(name)
        except (MemoryError, UnsupportedMedia):
            raise
        except (xlrd.XLRDError, AssertionError, ArithmeticError, LookupError, ValueError, TypeError) as error:
            where = {"file": job.file, "sheet": name}
            raise UnsupportedMedia(Fault(Text("formats.xls-broken"), where)) from error
        if book.datemode:
            since_1904(cells)
        return Grid(cells, merged, hidden_rows, hidden_columns, struck, comments)

    return Book(dict(zip(names, hidden, strict=True)), grid)


def _struck(book: Any, sheet: Any) -> Iterator[tuple[int, int]]:
    """Yield (row, column) of the cells that are struck out, or a part of their text."""
    fonts = {at for at, font in enumerate(book.font_list) if font.struck_out}
    formats = {at for at, form in enumerate(book.xf_list) if form.font_index in fonts}
    if not fonts:
        return
    runs = sheet.rich_text_runlist_map
    for row in range(sheet.nrows):
        for column in range(sheet.row_len(row)):
            in_part = any(font in fonts for _, font in runs.get((row, column), ()))
            if in_part or sheet.cell_xf_index(row, column) in formats:
                yield row, column


def _padded(book: Any, sheet: Any) -> Iterator[tuple[int, int, padding.Padding]]:
    """Yield (row, column, how it is shown) of the cells that show whole numbers with zeros in front."""
    codes = {key: padding.padding(each.format_str or "") for key, each in book.format_map.items()}
    styles = {at: shown for at, form in enumerate(book.xf_list) if (shown := codes.get(form.format_key)) is not None}
    for row in range(sheet.nrows if styles else 0):
        for column in range(sheet.row_len(row)):
            if (shown := styles.get(sheet.cell_xf_index(row, column))) is not None:
                yield row, column, shown


def _comments(sheet: Any) -> Iterator[Comment]:
    for (row, column), note in sorted(sheet.cell_note_map.items())[:MOST_COMMENTS]:
        if text := note.text.strip():
            yield row, column, text[:LONGEST_SHOWN]


def _cell(book: Any, kind: int, value: Any) -> object:
    """Return a cell of xlrd, whose types are Any, as readers hand it on."""
    import xlrd

    if kind == xlrd.XL_CELL_ERROR:
        return Unreadable(xlrd.error_text_from_code.get(value, "#ERROR"))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate_as_datetime(value, book.datemode)
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return value
        if value < 1:
            return str(moment.time())
        return moment.date() if moment.time() == dt.time() else moment
    return None if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else usual(value)
