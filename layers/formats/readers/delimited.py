"""CSV and other delimited text: every cell stays text, so a code keeps its zeros."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from layers.errors import Fault, TooLarge, UnsupportedMedia
from layers.formats import encodings
from layers.formats.formulas import as_it_was
from layers.formats.limits import MEGABYTE
from layers.formats.readers.headings import filled, numbers_columns, repeats, units_of, with_units
from layers.formats.readers.marking import mark
from layers.formats.readers.placed import Placement
from layers.formats.readers.sheets import Grid, usual
from layers.formats.sink import LISTED_ROWS, Batch, Job, Sink, unique_names
from layers.text import Text

DELIMITERS = (",", "\t", ";", "|", "，")
SNIFFED_ROWS = 50
NOTHING = " \t\r\n\u3000\u00a0\x1a"  # the last is where a file of DOS ends
CELL_CHARACTERS = 64 * MEGABYTE
CHUNK_BYTES = MEGABYTE
# A line that tells Excel the separator, as German and Chinese programs write it first.
SEPARATOR_LINE = "sep="


def read(job: Job, sink: Sink) -> None:
    """Read delimited text into one table; row numbers are those that a spreadsheet program shows."""
    csv.field_size_limit(CELL_CHARACTERS)
    with job.path.open("rb") as stream:
        marked = encodings.mark(stream.read(4096))
    choice = encodings.guess(_chunks(job.path), job.options.encoding, marked)
    sink.choices |= {"encoding": choice.encoding, "encoding_source": choice.source}
    if choice.note:
        sink.note(choice.note)
    try:
        _read(job, sink, choice.encoding)
    except UnicodeDecodeError as error:
        raise encodings.does_not_fit(choice.encoding) from error
    except csv.Error as error:
        raise UnsupportedMedia(Fault(Text("formats.csv-broken", reason=str(error)), {"file": job.file})) from error


def _read(job: Job, sink: Sink, encoding: str) -> None:
    delimiter = _sniff(job.path, encoding)
    sink.choices["delimiter"] = delimiter
    with job.path.open(encoding=encoding, newline="") as stream:
        numbered = _records(stream, delimiter)
        if job.want == "sheets":
            sink.sheet(job.name, _cells(job, numbered), [])
            return
        if job.want == "marked":
            mark(job, lambda: iter([(job.name, False, Grid(_cells(job, numbered), []))]))
            return
        number, header = _below_titles(sink, job.path, encoding, delimiter, numbered)
        if not header:
            raise UnsupportedMedia(Fault(Text("formats.csv-empty"), {"file": job.file}))
        sink.choices["header_row"] = str(number)
        if len(header) > sink.limits.columns:
            raise TooLarge(Text("formats.too-many-columns", limit=sink.limits.columns))
        _send(job, sink, _headings(header), numbered)


def _below_titles(
    sink: Sink, path: Path, encoding: str, delimiter: str, numbered: Iterator[tuple[int, list[str]]]
) -> tuple[int, list[str]]:
    """Return the record of headings with its number: the first below a line for Excel and below titles."""
    with path.open(encoding=encoding, newline="") as stream:
        widths = Counter(filled(record) for _, record in islice(_records(stream, delimiter), SNIFFED_ROWS))
    most = max(widths, key=lambda width: (widths[width], width), default=0)
    for number, record in numbered:
        width = filled(record)
        if _names_separator(record):
            continue
        # A title stands alone, or has a unit or a day beside it; headings are as many as most records have cells.
        if not (width < most and (width == 1 or (width == 2 and most > 4))):
            return number, record
        sink.note(Text("formats.title-left-out", row=number, text=" ".join(filter(None, record))[:40]))
    return 0, []


def _names_separator(record: list[str]) -> bool:
    return record[0].lower().startswith(SEPARATOR_LINE) and not any(record[1:])


def _cells(job: Job, numbered: Iterator[tuple[int, list[str]]]) -> list[list[object]]:
    """Return the records as a grid of cells, each where it stands in the file; texts as they are, but for errors."""
    cells: list[list[object]] = []
    count = 0
    for number, record in numbered:
        if number == 1 and _names_separator(record):
            continue
        count += len(record) + number - len(cells)
        if number > job.limits.rows or len(record) > job.limits.columns or count > job.limits.cells:
            raise TooLarge(Fault(Text("formats.xlsx-cells", limit=job.limits.cells), {"file": job.file}))
        cells.extend([] for _ in range(number - 1 - len(cells)))
        cells.append([usual(_cell(cell) or "") for cell in record])
    if not cells:
        raise UnsupportedMedia(Fault(Text("formats.csv-empty"), {"file": job.file}))
    width = max(map(len, cells))
    return [row + [None] * (width - len(row)) for row in cells]


def _send(job: Job, sink: Sink, header: list[str], numbered: Iterator[tuple[int, list[str]]]) -> None:
    short: list[int] = []

    def fitted(record: list[str], number: int) -> list[str | None]:
        if len(record) < len(header):
            short.append(number)
        return _fit(record, len(header), number, sink)

    first = [(number, fitted(record, number)) for number, record in islice(numbered, SNIFFED_ROWS)]
    header, first = _explained(sink, header, first)
    placement = Placement(header, [values for _, values in first], sink)
    kept = [place for place in range(len(header)) if place not in placement.used]
    sink.table(job.name)
    batch = Batch(sink, [header[place] for place in kept], bool(placement.used))
    rest = ((number, fitted(record, number)) for number, record in numbered)
    for number, values in chain(first, rest):
        if repeats(header, values):
            sink.note(Text("formats.headings-repeated", row=number))
            continue
        shape = placement.shape(number, values) if placement.used else None
        batch.add(number, [values[place] for place in kept], shape)
    batch.flush()
    if short:
        rows = ", ".join(map(str, short[:LISTED_ROWS])) + (" …" if len(short) > LISTED_ROWS else "")
        sink.note(Text("formats.csv-too-few-cells", count=len(short), rows=rows, width=len(header)))
    sink.end(placement.crs() if placement.used else None)


_Record = tuple[int, list[str | None]]


def _explained(sink: Sink, header: list[str], first: list[_Record]) -> tuple[list[str], list[_Record]]:
    """Return headings and first records without a row that states the units of the columns, or numbers them."""
    if len(first) > 1 and (units := units_of(first[0][1])) is not None:
        sink.note(Text("formats.units-below-headings", row=first[0][0]))
        header, first = unique_names(with_units(header, units)), first[1:]
    if first and numbers_columns(first[0][1]):
        sink.note(Text("formats.column-numbers-left-out", row=first[0][0]))
        first = first[1:]
    return header, first


def _records(stream: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every record that is not blank with its number."""
    # Strict: an unclosed quote would swallow the rest of the file into one cell.
    for number, record in enumerate(csv.reader(stream, delimiter=delimiter, strict=True), start=1):
        if number == 1 and record:
            record[0] = record[0].removeprefix("\ufeff")
        if any(cell.strip(NOTHING) for cell in record):
            yield number, record


def _fit(record: list[str], width: int, number: int, sink: Sink) -> list[str | None]:
    if len(record) > width:
        if any(cell.strip() for cell in record[width:]):
            sink.fault(Text("formats.csv-too-many-cells", width=width, found=len(record)), row=number)
        record = record[:width]
    values = [_cell(cell) for cell in record]
    return values + [None] * (width - len(values))


def _cell(cell: str) -> str | None:
    """Return a cell's text, without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    text = as_it_was(cell)
    return text if text != cell or cell.strip() else None


def _headings(header: list[str]) -> list[str]:
    named = [name.strip().strip("'") or Text("formats.column-unnamed", number=place + 1).say("en")
             for place, name in enumerate(header)]  # fmt: skip
    return unique_names(named)


def _sniff(path: Path, encoding: str) -> str:
    """Choose the delimiter that cuts the first lines into most, equally many cells."""
    with path.open(encoding=encoding, newline="") as stream:
        start = [line[:CHUNK_BYTES].removeprefix("\ufeff") for line in islice(stream, SNIFFED_ROWS)]
    if (
        start
        and start[0].lower().startswith(SEPARATOR_LINE)
        and len(start[0].rstrip("\r\n")) == len(SEPARATOR_LINE) + 1
    ):
        return start[0][len(SEPARATOR_LINE)]

    def rank(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(record) for record in csv.reader(start, delimiter=delimiter) if record)
        # A title above the table has a width of its own; most records have the table's.
        most = max(widths, key=lambda width: (widths[width], width), default=0)
        if most < 2:
            return 0.0, 0
        return widths[most] / widths.total(), most

    return max(DELIMITERS, key=rank)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
