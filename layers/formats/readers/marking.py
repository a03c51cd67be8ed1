"""Writes a workbook again with marks, in the reading process: it has looked into a stranger's file."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from layers.errors import Fault, TooLarge, UnsupportedMedia
from layers.formats.archive import Archive
from layers.formats.limits import MEGABYTE
from layers.formats.readers.sheets import Grid
from layers.formats.sandbox import MADE, PLAN
from layers.formats.sink import Job
from layers.formats.table import is_ours
from layers.model.values import Unreadable
from layers.text import Text

AUTHOR, COLOUR = "gridmap", "FFFFC7CE"
ALSO = "\n—— gridmap ——\n"
# What the library that writes workbooks would leave out.
LOST = ("xl/charts/", "xl/media/", "xl/drawings/drawing", "xl/cellimages", "xl/slicers/", "xl/timelines/",
        "xl/richdata/", "xl/activex/", "xl/ctrlprops/", "xl/embeddings/", "xl/threadedcomments/", "xl/chartsheets/",
        "xl/dialogsheets/", "xl/macrosheets/", "xl/model/", "xl/diagrams/")  # fmt: skip
MACROS = "xl/vbaproject"
MOST_UNPACKED = 96 * MEGABYTE
MOST_CELLS = 1_000_000
MOST_REASON, MOST_TEXT = 2000, 32_767
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
WIDTHS = (16, 8, 20, 24, 48, 60)

# The cells of a workbook of openpyxl, which has no types: Any, and only in this module.
Cell = Any


@dataclass(slots=True)
class _Mark:
    """One fault of the plan: where it is said to be, and why.

    Its `cells` are those of the list of questions: sheet, row, column, value and what is said. Without `rows` it is
    about its column as a whole, or about the file.
    """

    cells: list[str | None]
    rows: list[int]
    reason: str
    address: str | None = None


def mark(job: Job, grids: Callable[[], Iterator[tuple[str, bool, Grid]]]) -> None:
    """Write the workbook of a job with the marks of its plan; `grids` gives its cells where it is no XLSX.

    Raises
    ------
    UnsupportedMedia, TooLarge
        It cannot be written again as it is.
    """
    plan = json.loads(job.path.with_name(PLAN).read_text("utf-8"))
    marks = [_Mark(**each) for each in plan["faults"]]
    macros = False
    if job.kind == "xlsx":
        book, macros = _loaded(job)
    else:
        book = _rebuilt(job, grids())
    for name in [name for name in book.sheetnames if is_ours(name)]:
        book.remove(book[name])
    for sheet in book.worksheets:
        _clear(sheet)
    _put(book, marks)
    _list(book, plan, marks, macros)
    book.save(job.path.with_name(MADE))


def _loaded(job: Job) -> tuple[Any, bool]:
    """Open an XLSX that will be the same when it is written again."""
    import openpyxl

    with Archive(job.path, job.limits) as archive:
        names = [name.lower() for name in archive.names]
        size = sum(entry.file_size for entry in archive.names.values())
    if size > MOST_UNPACKED:
        raise TooLarge(Fault(Text("formats.marked-too-large", limit_mb=MOST_UNPACKED // MEGABYTE), {"file": job.file}))
    if any(name.startswith(LOST) for name in names):
        raise UnsupportedMedia(Fault(Text("formats.marked-would-lose"), {"file": job.file}))
    try:
        book = openpyxl.load_workbook(job.path, rich_text=True)
    except MemoryError:
        raise
    except Exception as error:  # what a package that is not as usual makes openpyxl raise is not declared anywhere
        raise UnsupportedMedia(Fault(Text("formats.marked-not-opened"), {"file": job.file})) from error
    if not book.worksheets or all(sheet.max_row <= 1 and sheet.max_column <= 1 for sheet in book.worksheets):
        raise UnsupportedMedia(Fault(Text("formats.marked-not-opened"), {"file": job.file}))
    return book, any(name.startswith(MACROS) for name in names)


def _rebuilt(job: Job, grids: Iterator[tuple[str, bool, Grid]]) -> Any:
    """Make an XLSX of the cells of another kind of file: values and merged ranges, texts as texts."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    count = 0
    for name, hidden, grid in grids:
        count += sum(map(len, grid.cells))
        if count > MOST_CELLS:
            raise TooLarge(Fault(Text("formats.marked-too-many-cells", limit=MOST_CELLS), {"file": job.file}))
        sheet = book.create_sheet(FORBIDDEN.sub(" ", name)[:31] or "1")
        sheet.sheet_state = "hidden" if hidden else "visible"
        for row, values in enumerate(grid.cells, start=1):
            for column, value in enumerate(values, start=1):
                if value is not None:
                    _write(sheet.cell(row, column), value)
        for top, left, bottom, right in grid.merged:
            sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    if all(sheet.sheet_state == "hidden" for sheet in book.worksheets):
        book.worksheets[0].sheet_state = "visible"
    return book


def _write(cell: Cell, value: object) -> None:
    """Write a value; a text stays one, whatever it begins with."""
    if isinstance(value, (bool, int, float)):
        cell.value = value + 0 if not isinstance(value, bool) else value
    elif isinstance(value, (dt.datetime, dt.date)):
        naive = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
        cell.value = naive
        cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, dt.datetime) else "yyyy-mm-dd"
    else:
        _write_text(cell, str(value))
        cell.number_format = "General" if isinstance(value, Unreadable) else "@"


def _write_text(cell: Cell, text: str) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:MOST_TEXT]
    cell.data_type = "s"


def _clear(sheet: Any) -> None:
    """Take away the marks of an earlier round."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    for cell in list(sheet._cells.values()):
        comment = cell.comment
        if comment is None or (comment.author != AUTHOR and ALSO not in comment.text):
            continue
        earlier = comment.text.partition(ALSO)[0] if ALSO in comment.text else ""
        cell.comment = Comment(earlier, comment.author) if earlier else None
        if cell.fill.fgColor.rgb == COLOUR:
            cell.fill = PatternFill()


def _put(book: Any, marks: list[_Mark]) -> None:
    """Colour the cells and say why; several reasons of one cell stand below each other."""
    by_sheet: dict[str, list[_Mark]] = defaultdict(list)
    shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.sheetnames
    for each in marks:
        if each.rows or each.cells[2]:
            stated = each.cells[0]
            name = stated if stated in book.sheetnames else shown[0] if stated is None or len(shown) == 1 else None
            if name is not None:
                by_sheet[name].append(each)
    for name, mine in by_sheet.items():
        sheet = book[name]
        columns = _Columns(sheet, {each.cells[2] for each in mine if each.cells[2]})
        reasons: dict[str, list[str]] = defaultdict(list)
        for each in mine:
            places = [_cell(sheet, columns, each, row) for row in each.rows] or [columns.heading(each.cells[2])]
            for cell in [place for place in places if place is not None]:
                each.address = each.address or cell.coordinate
                each.cells[0] = name
                reasons[cell.coordinate].append(each.reason)
        for address, texts in reasons.items():
            _colour(sheet[address], "\n".join(dict.fromkeys(texts)))


def _cell(sheet: Any, columns: _Columns, each: _Mark, row: int) -> Cell | None:
    """Return the cell of a row that a fault is about: of its column, of its value, or the first of the row."""
    if not 1 <= row <= sheet.max_row:
        return None
    column = columns.of(each.cells[2], row) if each.cells[2] else None
    if column is None:
        there = [cell for cell in sheet[row] if cell.value is not None]
        value = each.cells[3]
        named = [cell for cell in there if value is not None and str(cell.value).strip() == value]
        column = next((cell.column for cell in [*named, *there]), 1)
    for span in sheet.merged_cells.ranges:
        if span.min_row <= row <= span.max_row and span.min_col <= column <= span.max_col:
            return sheet.cell(span.min_row, span.min_col)
    return sheet.cell(row, column)


def _colour(cell: Cell, reason: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell.fill = PatternFill("solid", fgColor=COLOUR)
    reason = reason[:MOST_REASON]
    old = cell.comment
    comment = Comment(reason, AUTHOR) if old is None else Comment(old.text + ALSO + reason, old.author)
    comment.width, comment.height = 320, 120
    cell.comment = comment


class _Columns:
    """Where headings stand in a sheet, given as faults name them: the words of all their rows, or of the lowest."""

    def __init__(self, sheet: Any, headings: set[str]) -> None:
        ends = {each[start:] for heading in headings for each in _forms(heading) for start in range(len(each))}
        self._sheet = sheet
        self._found: list[tuple[str, str, int, int]] = []
        above: dict[int, str] = {}
        for cells in sheet.iter_rows():
            texts = {cell.column: _bare(cell.value) for cell in cells if isinstance(cell.value, str)}
            for column, text in texts.items():
                if text in ends:
                    group = next((above[left] for left in range(column, 0, -1) if left in above), "")
                    self._found.append((text, group + text, cells[0].row, column))
            above = texts

    def of(self, heading: str, row: int) -> int | None:
        """Return the column of a heading, the nearest above a row."""
        found = self._called(heading, [each for each in self._found if each[2] < row])
        return None if found is None else found[1]

    def heading(self, heading: str | None) -> Cell | None:
        """Return the cell of a heading; the first where it stands several times in a sheet."""
        if not heading or not self._found:
            return None
        top = self._found[0][2]  # they were found from above
        first = [each for each in self._found if each[2] == top]
        found = self._called(heading, first) or self._called(heading, self._found)
        return None if found is None else self._sheet.cell(*found)

    def _called(self, heading: str, here: list[tuple[str, str, int, int]]) -> tuple[int, int] | None:
        """Return row and column of the lowest of some headings that is called so."""
        forms = _forms(heading)
        ways: tuple[Callable[[tuple[str, str, int, int]], bool], ...] = (
            lambda each: each[1] in forms,
            lambda each: each[0] in forms,
            lambda each: any(form.endswith(each[0]) for form in forms),
        )
        for way in ways:
            fitting = [each for each in here if way(each)]
            if fitting:
                nearest = max(each[2] for each in fitting)
                longest = max(len(each[0]) for each in fitting if each[2] == nearest)
                there = [each[3] for each in fitting if (each[2], len(each[0])) == (nearest, longest)]
                return nearest, self._nth(heading, there)
        return None

    @staticmethod
    def _nth(heading: str, columns: list[int]) -> int:
        numbered = re.search(r" \((\d+)\)$", heading)
        return columns[min(int(numbered[1]), len(columns)) - 1] if numbered else columns[0]


def _bare(text: str) -> str:
    return "".join(text.replace("/", "").split())


def _forms(heading: str) -> tuple[str, ...]:
    """Return a heading without spaces, also without the number that the second of its name has."""
    return tuple(dict.fromkeys((_bare(heading), _bare(re.sub(r" \(\d+\)$", "", heading)))))


def _list(book: Any, plan: dict[str, Any], marks: list[_Mark], macros: bool) -> None:
    """Put the sheet of questions before all others."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter, quote_sheetname

    sheet = book.create_sheet(plan["sheet"], 0)
    lines = [plan["title"], plan["hint"], *([plan["without_macros"]] if macros else [])]
    for row, line in enumerate(lines, start=1):
        _write_text(sheet.cell(row, 1), line)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    head = len(lines) + 1
    for column, text in enumerate(plan["heads"], start=1):
        cell = sheet.cell(head, column)
        _write_text(cell, text)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFE8EEF2")
    for row, each in enumerate(marks, start=head + 1):
        for column, value in enumerate(each.cells, start=1):
            if value is not None:
                cell = sheet.cell(row, column)
                _write_text(cell, value)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        if each.address is not None:
            cell = sheet.cell(row, 2)
            _write_text(cell, each.address)
            cell.hyperlink = f"#{quote_sheetname(each.cells[0] or '')}!{each.address}"
            cell.font = Font(underline="single", color="FF0563C1")
    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
