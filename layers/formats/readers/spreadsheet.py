"""Workbooks: sheets as they stand, and tables found in them below titles and above notes, joined where they are one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from itertools import dropwhile

from layers.errors import Fault, InvalidParameter, TooLarge, UnsupportedMedia
from layers.formats.readers.headings import (
    Heading,
    fill_merged,
    filled,
    heading_of,
    numbers_columns,
    repeats,
    stated_unit,
    units_of,
    with_units,
)
from layers.formats.readers.marking import mark
from layers.formats.readers.placed import Placement
from layers.formats.readers.sheets import Book, Comment, Grid
from layers.formats.sink import Batch, Job, Sink, unique_names
from layers.formats.table import comments_not_read, is_details, is_ours
from layers.model.values import is_signature
from layers.text import Text, first_few

BOOKS = {"xlsx": "ooxml", "xls": "biff", "ods": "opendocument"}
TOTALS = ("合计", "总计", "小计", "累计", "total", "totals", "sum", "subtotal", "grand total")
NOTES = ("注", "备注", "说明", "填表", "填报", "note", "制表", "审核")
# Sheets that name so much of the same are one table on several sheets.
ALIKE = 0.75
NAMED_SHEETS = 10
_some = partial(first_few, most=NAMED_SHEETS)


@dataclass(slots=True)
class _Table:
    """The table that a sheet holds; `rows` are its cells below the headings, each with its number in the sheet."""

    sheet: str
    heading: Heading
    names: list[str]
    rows: list[tuple[int, list[object]]]
    filled_in: int = 0
    numbered: int | None = None
    stated: int | None = None
    unit: str | None = None
    hidden: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    struck: dict[int, list[str]] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()


def read(job: Job, sink: Sink) -> None:
    """Read sheets as grids (``want="sheets"``) or as tables with their headings."""
    if job.want == "marked":
        mark(job, lambda: _grids(_open(job)))
        return
    book = _open(job)
    names = _chosen(book, job)
    if job.want == "sheets":
        cells = 0
        for name in names:
            grid = book.grid(name)
            cells += sum(map(len, grid.cells))
            if cells > job.limits.cells:
                raise TooLarge(Fault(Text("formats.xlsx-cells", limit=job.limits.cells), {"file": job.file}))
            sink.sheet(name, grid.cells, grid.merged, book.sheets[name], grid.beside())
        return
    notes, groups = _groups(book, names, job)
    wanted = job.options.sheet
    if wanted is not None and wanted not in names:
        groups = [group for group in groups if _called(group) == wanted]
        if not groups:
            raise _unknown(wanted, names)
    if not groups:
        raise UnsupportedMedia(Fault(Text("formats.xlsx-no-table"), {"file": job.file}), *notes)
    if job.want == "table" and len(groups) > 1:
        if not is_details(groups[0][0].sheet):
            notes.append(Text("formats.sheets-with-other-tables", sheets=_some([each[0].sheet for each in groups[1:]])))
        del groups[1:]
    for group in groups:
        for note in notes:
            sink.note(note)
        _send(sink, group, several=len(book.sheets) > 1)


def _grids(book: Book) -> Iterator[tuple[str, bool, Grid]]:
    for name, hidden in book.sheets.items():
        yield name, hidden, book.grid(name)


def _open(job: Job) -> Book:
    open_book: Callable[[Job], Book] = import_module(f"layers.formats.readers.{BOOKS[job.kind]}").open_book
    book = open_book(job)
    if len(book.sheets) > job.limits.sheets:
        raise TooLarge(
            Fault(Text("formats.too-many-sheets", limit=job.limits.sheets, found=len(book.sheets)), {"file": job.file})
        )
    return book


def _chosen(book: Book, job: Job) -> list[str]:
    """Return the sheets to read, all of them for a table that is called after several.

    A sheet of our own questions is none, whatever became of the rest.
    """
    names = [name for name in book.sheets if not is_ours(name)]
    wanted = job.options.sheet
    if wanted in names:
        return [wanted]
    if wanted is not None and job.want == "sheets":
        raise _unknown(wanted, names)
    if job.want == "sheets":
        return names
    # Our own exports begin with a summary; their rows stand in the sheet of details.
    return sorted(names, key=lambda name: not is_details(name))


def _unknown(wanted: str, names: list[str]) -> InvalidParameter:
    return InvalidParameter(Fault(Text("formats.sheet-unknown", sheets=names), {"parameter": "sheet", "value": wanted}))


def _groups(book: Book, names: list[str], job: Job) -> tuple[list[Text], list[list[_Table]]]:
    """Return what is to be told, and the tables, those that are one table on several sheets together."""
    hidden = [name for name in names if book.sheets[name] and job.options.sheet != name]
    groups: list[list[_Table]] = []
    without: list[str] = []
    for name in names:
        if name in hidden:
            continue
        table = _table(name, book.grid(name))
        if table is None:
            without.append(name)
            continue
        group = next((each for each in groups if _alike(each[0], table)), None)
        if group is None:
            groups.append([table])
        else:
            group.append(table)
    # What fills one column of a sheet is words: a cover, where other sheets hold tables.
    if any(len(group[0].names) > 1 for group in groups):
        without += [table.sheet for group in groups if len(group[0].names) == 1 for table in group]
        groups = [group for group in groups if len(group[0].names) > 1]
    notes = []
    if hidden:
        notes.append(Text("formats.sheets-hidden", sheets=_some(hidden)))
    if without and groups and len(book.sheets) > 1:
        notes.append(Text("formats.sheets-without-table", sheets=_some(without)))
    return notes, groups


def _table(name: str, grid: Grid) -> _Table | None:
    heading = heading_of(grid)
    if heading is None:
        return None
    done = fill_merged(grid, heading)
    below = grid.cells[heading.bottom + 1 :]
    body = [
        (heading.bottom + 2 + index, [row[place] if place < len(row) else None for place in heading.columns])
        for index, row in enumerate(below)
    ]
    rows = [(number, values) for number, values in body if filled(values)]
    table = _Table(name, heading, unique_names(heading.names), rows, done)
    table.unit = stated_unit(grid.cells[: heading.top])
    numbers = {number for number, _ in rows}
    table.hidden = tuple(row + 1 for row in grid.hidden_rows if row + 1 in numbers)
    unseen = set(grid.hidden_columns)
    table.hidden_columns = tuple(
        name
        for at, (place, name) in enumerate(zip(heading.columns, table.names, strict=True))
        if place in unseen and any(values[at] is not None for _, values in rows)
    )
    table.comments = grid.comments
    over = set(grid.struck)
    for number, values in rows if over else ():
        there = zip(heading.columns, table.names, values, strict=True)
        table.struck[number] = [name for place, name, value in there if (number - 1, place) in over and filled([value])]
    if len(rows) > 1 and (units := units_of(rows[0][1])) is not None:
        table.stated = rows.pop(0)[0]
        table.names = unique_names(with_units(heading.names, units))
    if rows and numbers_columns(rows[0][1]):
        table.numbered = rows.pop(0)[0]
    return table


def _alike(first: _Table, other: _Table) -> bool:
    mine, theirs = set(first.names), set(other.names)
    return len(mine & theirs) >= max(2, ALIKE * max(len(mine), len(theirs)))


def _send(sink: Sink, group: list[_Table], several: bool) -> None:
    """Send one table, which may stand on several sheets; its rows are numbered on from sheet to sheet."""
    names = list(dict.fromkeys(name for table in group for name in table.names))
    if len(group) > 1:
        rows = sum(len(table.rows) for table in group)
        sink.note(Text("formats.sheets-joined", sheets=_some([table.sheet for table in group]), rows=rows))
    placement = Placement(
        names, [_values(table, names, row) for table in group for _, row in table.rows[:50]][:50], sink
    )
    kept = [place for place in range(len(names)) if place not in placement.used]
    sink.table(_called(group))
    sink.choices |= {"sheet": group[0].sheet, "header_row": str(group[0].heading.bottom + 1)}
    if group[0].unit is not None and all(table.unit == group[0].unit for table in group):
        sink.choices["unit"] = group[0].unit
    batch = Batch(sink, [names[place] for place in kept], bool(placement.used))
    offset = 0
    for table in group:
        if several:
            sink.sheets.append((table.sheet, offset))
        last = offset
        for number, cells in _without_totals(sink, table):
            last = offset + number
            values = [_checked(sink, last, names[at], value) for at, value in enumerate(_values(table, names, cells))]
            shape = placement.shape(last, values) if placement.used else None
            batch.add(last, [values[place] for place in kept], shape)
        offset = last
    batch.flush()
    sink.end(placement.crs() if placement.used else None)


def _called(group: Sequence[_Table]) -> str:
    """Return what a table is called: its sheet, or its sheets."""
    return "、".join(_some([table.sheet for table in group]))


def _values(table: _Table, names: list[str], cells: list[object]) -> list[object]:
    """Return a row's cells in the order of the joined table's names."""
    if table.names == names:
        return cells
    mine = dict(zip(table.names, cells, strict=True))
    return [mine.get(name) for name in names]


def _without_totals(sink: Sink, table: _Table) -> list[tuple[int, list[object]]]:
    if table.filled_in:
        sink.note(Text("formats.merged-filled", sheet=table.sheet, count=table.filled_in))
    if table.stated is not None:
        sink.note(Text("formats.units-below-headings", row=table.stated))
    if table.numbered is not None:
        sink.note(Text("formats.column-numbers-left-out", row=table.numbered))
    if table.hidden:
        rows = ", ".join(map(str, table.hidden[:NAMED_SHEETS])) + (" …" if len(table.hidden) > NAMED_SHEETS else "")
        sink.note(Text("formats.hidden-rows-read", sheet=table.sheet, count=len(table.hidden), rows=rows))
    if table.hidden_columns:
        sink.note(Text("formats.hidden-columns-read", sheet=table.sheet, columns=_some(table.hidden_columns)))
    if table.comments:
        sink.note(comments_not_read(table.sheet, table.comments))
    kept: list[tuple[int, list[object]]] = []
    for number, values in _of_first(sink, table):
        if repeats(table.names, values):
            sink.note(Text("formats.headings-repeated", row=number))
            continue
        first = str(next(dropwhile(lambda value: value is None, values))).strip().lower()
        plain = first.replace(" ", "").replace("\u3000", "")
        if plain in TOTALS or first in TOTALS:
            sink.note(Text("formats.total-left-out", row=number, text=first))
        elif (filled(values) == 1 and len(values) > 2 and plain.startswith(NOTES)) or _signs(values):
            sink.note(Text("formats.note-left-out", row=number, text=first[:40]))
        else:
            kept.append((number, values))
            _struck(sink, table, number, values)
    return kept


def _struck(sink: Sink, table: _Table, number: int, values: list[object]) -> None:
    """Make a fault of a row that is struck out, or of its cells where a part of it is."""
    names = table.struck.get(number, [])
    if names and len(names) == filled(values):
        sink.fault(Text("formats.row-struck"), row=number)
    else:
        for name in names:
            sink.fault(Text("formats.cell-struck"), row=number, column=name)


def _signs(values: list[object]) -> bool:
    return is_signature([each for each in values if each is not None])


def _of_first(sink: Sink, table: _Table) -> list[tuple[int, list[object]]]:
    """Return the rows above a second table on the sheet; where one begins, that is a fault."""
    figures: set[int] = set()  # the columns in which every row so far has a number, if anything
    words: set[int] = set()
    last = table.rows[0][0] if table.rows else 0
    gap: int | None = None
    for place, (number, values) in enumerate(table.rows):
        there = [index for index, value in enumerate(values) if filled([value])]
        gap = place if number > last + 1 else gap
        last = number
        if gap is not None and len(there) == 1:
            continue  # the second table's title, perhaps
        named = [str(values[index]).strip() for index in there if _is_word(values[index])]
        if gap is not None and len(there) == len(named) > 1 and (figures - words) & set(there):
            sink.fault(Text("formats.second-table", headings=_some(named)), row=number)
            return table.rows[:gap]
        gap = None
        for index in there:
            (words if _is_word(values[index]) else figures).add(index)
    return table.rows


def _is_word(value: object) -> bool:
    return isinstance(value, str) and not any(each.isdecimal() for each in value)


def _checked(sink: Sink, row: int, column: str, value: object) -> object:
    """Return the value, or None with a fault for a long number whose last digits Excel has lost."""
    if type(value) is float and value.is_integer():
        sink.fault(Text("formats.digits-lost"), row=row, column=column, value=f"{value:.0f}")
        return None
    return value
