"""ODS: the workbooks of LibreOffice. Its XML is read here, since cells have to be told apart from errors and merges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from layers.errors import Fault, TooLarge, UnsupportedMedia
from layers.formats.archive import Archive
from layers.formats.limits import MEGABYTE
from layers.formats.readers.sheets import (
    LONGEST_SHOWN,
    MOST_COLUMNS,
    MOST_COMMENTS,
    Book,
    Comment,
    Grid,
    Range,
    Undeclared,
    bounded,
    put_pictures,
    usual,
)
from layers.formats.sink import Job
from layers.model.values import Unreadable, is_error
from layers.text import Text

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
HEAD_BYTES = 4096
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
UNSEEN = ("collapse", "filter")
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
# A row or cell that is repeated more often fills the sheet's end and holds nothing.
MOST_REPEATED = 16_384


def open_book(job: Job) -> Book:
    """Open a workbook after its zip has been checked; one that declares entities is refused."""
    with Archive(job.path, job.limits) as archive:
        if CONTENT not in archive.names:
            raise _broken(job)
        content = archive.unpack(CONTENT, job.path.with_name("content.xml"))
        if MANIFEST in archive.names and _encrypted(archive.unpack(MANIFEST, job.path.with_name("manifest.xml"))):
            raise UnsupportedMedia(Fault(Text("formats.workbook-locked"), {"file": job.file}))
    try:
        grids, hidden = _read(content, job)
    except (ElementTree.ParseError, ValueError) as error:
        raise _broken(job) from error
    return Book({name: hidden[name] for name in grids}, grids.__getitem__)


def _broken(job: Job) -> UnsupportedMedia:
    return UnsupportedMedia(Fault(Text("formats.ods-broken"), {"file": job.file}))


def _encrypted(manifest: Path) -> bool:
    return b"encryption-data" in manifest.read_bytes()[: 16 * MEGABYTE]


def _read(content: Path, job: Job) -> tuple[dict[str, Grid], dict[str, bool]]:
    grids: dict[str, Grid] = {}
    hidden: dict[str, bool] = {}
    hidden_styles: set[str] = set()
    struck: set[str] = set()
    style, total = "", 0
    with content.open("rb") as stream:
        sheet: _Sheet | None = None
        for event, each in ElementTree.iterparse(Undeclared(stream), events=("start", "end")):
            if event == "start":
                if each.tag == f"{STYLE}style":
                    style = each.get(f"{STYLE}name", "")
                elif each.tag == f"{TABLE}table" and sheet is None:
                    sheet = _Sheet(each.get(f"{TABLE}name", ""), job, struck)
                    hidden[sheet.name] = each.get(f"{TABLE}style-name") in hidden_styles
            elif each.tag == f"{STYLE}table-properties" and each.get(f"{TABLE}display") == "false":
                hidden_styles.add(style)
            elif each.tag == f"{STYLE}text-properties" and sheet is None and _strikes(each):
                struck.add(style)
            elif each.tag == f"{TABLE}table-row" and sheet is not None:
                sheet.take(each)
                each.clear()
            elif each.tag == f"{TABLE}table-column" and sheet is not None:
                sheet.take_column(each)
            elif each.tag == f"{TABLE}table" and sheet is not None and each.get(f"{TABLE}name", "") == sheet.name:
                grids[sheet.name] = sheet.grid()
                total += sum(map(len, sheet.cells))
                if total > job.limits.cells:
                    raise TooLarge(Fault(Text("formats.xlsx-cells", limit=job.limits.cells), {"file": job.file}))
                sheet = None
                each.clear()
    return grids, hidden


class _Sheet:
    """One sheet in the making."""

    def __init__(self, name: str, job: Job, struck_styles: set[str]) -> None:
        self.name, self.job, self.struck_styles = name, job, struck_styles
        self.cells: list[list[object]] = []
        self.merged: list[Range] = []
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[int] = []
        self.pictures: list[tuple[int, int]] = []
        self.struck: list[tuple[int, int]] = []
        self.comments: list[Comment] = []
        self.row = self.column = 0
        self.width = 0

    def take_column(self, element: ElementTree.Element) -> None:
        times = min(_times(element, f"{TABLE}number-columns-repeated"), MOST_COLUMNS)
        if element.get(f"{TABLE}visibility") in UNSEEN and self.column < MOST_COLUMNS:
            self.hidden_columns.extend(range(self.column, self.column + times))
        self.column += times

    def take(self, element: ElementTree.Element) -> None:
        times = _times(element, f"{TABLE}number-rows-repeated")
        cells: list[object] = []
        place = 0
        for each in element:
            if each.tag not in CELLS:
                continue
            count = _times(each, f"{TABLE}number-columns-repeated")
            value = None if each.tag == CELLS[1] else _value(each)
            if _pictured(each):
                self.pictures.append((self.row, place))
            if value is not None:
                cells.extend([None] * (place - len(cells)))
                cells.extend([value] * min(count, MOST_REPEATED))
                self._merge(each, place)
                if self.struck_styles and self._is_struck(each):
                    self.struck.extend((self.row, at) for at in range(place, place + min(count, MOST_REPEATED)))
            self._comment(each, place)
            place += count
        if cells:
            self.width = max(self.width, len(cells))
            times = min(times, MOST_REPEATED)
            bounded(self.job, self.name, self.row + times, self.width)
            self.cells.extend([] for _ in range(self.row - len(self.cells)))
            self.cells.extend([*cells] for _ in range(times))
            if element.get(f"{TABLE}visibility") in UNSEEN:
                self.hidden_rows.extend(range(self.row, self.row + times))
        self.row += times

    def grid(self) -> Grid:
        bounded(self.job, self.name, len(self.cells), self.width)
        cells = [row + [None] * (self.width - len(row)) for row in self.cells]
        put_pictures(cells, self.pictures, self.merged)
        hidden = tuple(self.hidden_rows), tuple(self.hidden_columns)
        return Grid(cells, self.merged, *hidden, tuple(self.struck), tuple(self.comments))

    def _is_struck(self, cell: ElementTree.Element) -> bool:
        """Say whether a cell is struck out, or a part of its text."""
        if cell.get(f"{TABLE}style-name") in self.struck_styles:
            return True
        spans = (span for each in cell if each.tag == f"{TEXT}p" for span in each.iter(f"{TEXT}span"))
        return any(span.get(f"{TEXT}style-name") in self.struck_styles for span in spans)

    def _comment(self, cell: ElementTree.Element, column: int) -> None:
        """Keep what is said beside a cell."""
        note = cell.find(f"{OFFICE}annotation")
        text = "" if note is None else "\n".join(_paragraph(each) for each in note.iter(f"{TEXT}p")).strip()
        if text and len(self.comments) < MOST_COMMENTS:
            self.comments.append((self.row, column, text[:LONGEST_SHOWN]))

    def _merge(self, cell: ElementTree.Element, column: int) -> None:
        across = _times(cell, f"{TABLE}number-columns-spanned")
        down = _times(cell, f"{TABLE}number-rows-spanned")
        if across > 1 or down > 1:
            self.merged.append((self.row, column, self.row + down - 1, column + across - 1))


def _strikes(properties: ElementTree.Element) -> bool:
    kinds = (properties.get(f"{STYLE}text-line-through-{name}", "none") for name in ("style", "type"))
    return any(kind != "none" for kind in kinds)


def _times(element: ElementTree.Element, name: str) -> int:
    stated = element.get(name, "1")
    return max(1, int(stated)) if stated.isascii() and stated.isdigit() and len(stated) < 9 else 1


def _value(cell: ElementTree.Element) -> object:
    kind = cell.get(f"{OFFICE}value-type")
    shown = "\n".join(_paragraph(each) for each in cell if each.tag == f"{TEXT}p")
    formula = cell.get(f"{TABLE}formula")
    if cell.get(f"{CALC}value-type") == "error" or (formula is not None and is_error(shown.strip())):
        return Unreadable(shown.strip()[:LONGEST_SHOWN] or "#ERROR")
    if formula is not None and kind is None and not shown:
        return Unreadable(formula.partition(":")[2][:LONGEST_SHOWN] or formula[:LONGEST_SHOWN], "uncomputed")
    stated = cell.get(f"{OFFICE}value")
    if kind in ("float", "currency", "percentage") and stated is not None:
        return usual(float(stated))
    if kind == "date":
        return _date(cell.get(f"{OFFICE}date-value", "")) or shown or None
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    return usual(shown or cell.get(f"{OFFICE}string-value", ""))


def _pictured(cell: ElementTree.Element) -> bool:
    """Say whether a picture is anchored to a cell; the picture of a chart or of another document is none."""
    if not any(each.tag.startswith(DRAW) for each in cell):
        return False
    frames = cell.iter(f"{DRAW}frame")
    return any(each.find(f"{DRAW}image") is not None and each.find(f"{DRAW}object") is None for each in frames)


def _date(text: str) -> dt.date | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.date() if moment.time() == dt.time() else moment


def _paragraph(element: ElementTree.Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: ElementTree.Element) -> Iterator[str]:
    """Yield what a paragraph shows: its text, runs of spaces, tabs and breaks; no annotations."""
    yield element.text or ""
    for each in element:
        if each.tag == f"{TEXT}s":
            yield " " * min(_times(each, f"{TEXT}c"), MOST_REPEATED)
        elif each.tag == f"{TEXT}tab":
            yield "\t"
        elif each.tag == f"{TEXT}line-break":
            yield "\n"
        elif each.tag != f"{OFFICE}annotation":
            yield from _pieces(each)
        yield each.tail or ""
