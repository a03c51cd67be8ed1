"""XLSX: sheets as they stand, and tables found in them below titles and above notes."""

from __future__ import annotations

import datetime as dt
from itertools import dropwhile

from layers.errors import Fault, InvalidParameter, TooLarge, UnsupportedMedia
from layers.formats.archive import Archive
from layers.formats.readers.placed import Placement
from layers.formats.sink import Batch, Job, Sink, unique_names
from layers.text import Text

MAIN_PARTS = ("[Content_Types].xml", "xl/workbook.xml")
DETAIL_SHEETS = ("明细", "Details")
TOTALS = ("合计", "总计", "小计", "累计", "total", "totals", "sum", "subtotal", "grand total")
NOTES = ("注", "备注", "说明", "填表", "填报", "note", "制表", "审核")
HEADER_SEARCH_ROWS = 30
HEADER_SHARE = 0.6
# Excel keeps 15 digits of a number; what stands beyond them was zero before we saw it.
EXACT_NUMBER = 10**15


def read(job: Job, sink: Sink) -> None:
    """Read sheets as grids (``want="sheets"``) or as tables with one header row."""
    workbook = _open(job)
    names = _chosen(workbook.sheet_names, job)
    if job.want == "sheets":
        for name in names:
            cells, merged = _grid(workbook, name, job)
            sink.sheet(name, cells, merged)
        return
    found = 0
    for name in names:
        cells, _ = _grid(workbook, name, job)
        header = header_row(cells)
        if header is None:
            continue
        _send(sink, name, cells, header)
        found += 1
        if job.want == "table":
            break
    if not found:
        raise UnsupportedMedia(Fault(Text("formats.xlsx-no-table"), {"file": job.file}))


def _open(job: Job):
    """Open the workbook after its zip has been checked; its XML is read without entities, so none can grow."""
    import python_calamine

    with Archive(job.path, job.limits) as archive:
        if any(part not in archive.names for part in MAIN_PARTS):
            raise UnsupportedMedia(Fault(Text("formats.xlsx-broken"), {"file": job.file}))
    try:
        return python_calamine.CalamineWorkbook.from_path(str(job.path))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UnsupportedMedia(Fault(Text("formats.xlsx-broken"), {"file": job.file})) from error


def _chosen(names: list[str], job: Job) -> list[str]:
    wanted = job.options.sheet
    if wanted is not None:
        if wanted not in names:
            where = {"parameter": "sheet", "value": wanted}
            raise InvalidParameter(Fault(Text("formats.sheet-unknown", sheets=names), where))
        return [wanted]
    if job.want == "table":
        # Our own exports begin with a summary; their rows stand in the sheet of details.
        return sorted(names, key=lambda name: name not in DETAIL_SHEETS)
    return names


def _grid(workbook, name: str, job: Job) -> tuple[list[list], list[tuple[int, int, int, int]]]:
    import python_calamine

    try:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > job.limits.cells:
            raise TooLarge(Fault(Text("formats.xlsx-cells", limit=job.limits.cells), {"sheet": name}))
        cells = [[_raw(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
        ranges = sheet.merged_cell_ranges or []
    except (python_calamine.CalamineError, ValueError) as error:
        raise UnsupportedMedia(Fault(Text("formats.xlsx-broken"), {"file": job.file, "sheet": name})) from error
    return cells, [(top, left, bottom, right) for (top, left), (bottom, right) in ranges]


def header_row(cells: list[list]) -> int | None:
    """Return the index of the row that holds the headings, below any title; None if the sheet has no table."""
    start = cells[:HEADER_SEARCH_ROWS]
    widest = max((_filled(row) for row in start), default=0)
    if len([row for row in cells if _filled(row)]) < 2:
        return None
    for index, row in enumerate(start):
        texts = sum(isinstance(value, str) and bool(value.strip()) for value in row)
        if _filled(row) >= max(1 if widest == 1 else 2, HEADER_SHARE * widest) and texts == _filled(row):
            return index
    return None


def _send(sink: Sink, name: str, cells: list[list], header: int) -> None:
    columns = [place for place, value in enumerate(cells[header]) if value is not None and str(value).strip()]
    names = unique_names([str(cells[header][place]).strip() for place in columns])
    body = [(header + 2 + index, [row[place] for place in columns]) for index, row in enumerate(cells[header + 1 :])]
    rows = _without_totals(sink, [(number, values) for number, values in body if _filled(values)])
    placement = Placement(names, [values for _, values in rows[:50]], sink)
    kept = [place for place in range(len(names)) if place not in placement.used]
    sink.table(name)
    sink.choices |= {"sheet": name, "header_row": str(header + 1)}
    batch = Batch(sink, [names[place] for place in kept], bool(placement.used))
    for number, values in rows:
        values = [_checked(sink, number, names[place], value) for place, value in enumerate(values)]
        shape = placement.shape(number, values) if placement.used else None
        batch.add(number, [values[place] for place in kept], shape)
    batch.flush()
    sink.end(placement.crs() if placement.used else None)


def _without_totals(sink: Sink, rows: list[tuple[int, list]]) -> list[tuple[int, list]]:
    kept = []
    for number, values in rows:
        first = str(next(dropwhile(lambda value: value is None, values))).strip().lower()
        plain = first.replace(" ", "").replace("\u3000", "")
        if plain in TOTALS or first in TOTALS:
            sink.note(Text("formats.total-left-out", row=number, text=first))
        elif _filled(values) == 1 and len(values) > 2 and plain.startswith(NOTES):
            sink.note(Text("formats.note-left-out", row=number, text=first[:40]))
        else:
            kept.append((number, values))
    return kept


def _filled(row: list) -> int:
    return sum(value is not None and value != "" and not (isinstance(value, str) and value.isspace()) for value in row)


def _raw(value: object) -> object:
    if value == "" or (isinstance(value, str) and value.isspace()):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_NUMBER:
        return int(value)
    if isinstance(value, (dt.time, dt.timedelta)):
        return str(value)
    return value


def _checked(sink: Sink, row: int, column: str, value: object) -> object:
    """Return the value, or None with a fault for a long number whose last digits Excel has lost."""
    if isinstance(value, float) and value.is_integer():
        sink.fault(Text("formats.digits-lost"), row=row, column=column, value=_digits(value))
        return None
    return value


def _digits(value: object) -> object:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else value
