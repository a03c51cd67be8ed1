"""XLSX and XLSM: cells by calamine, and beside them what it calls empty: errors, and formulas without a result.

A sheet's XML is looked through once for both marks (`t="e"` and ``<f>``); most sheets have neither.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from layers.errors import Fault, UnsupportedMedia
from layers.formats.archive import Archive
from layers.formats.limits import MEGABYTE
from layers.formats.readers import ooxml_marks, padding
from layers.formats.readers.marking import AUTHOR
from layers.formats.readers.ooxml_marks import local
from layers.formats.readers.sheets import (
    LONGEST_SHOWN,
    MOST_COLUMNS,
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

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STYLES, TEXTS = "xl/styles.xml", "xl/sharedstrings.xml"
MAIN_PARTS = ("[Content_Types].xml", WORKBOOK)
LONGEST_PART = 16 * MEGABYTE
BLOCK_BYTES = 4 * MEGABYTE
_DIGITS = 7  # of a row's number
LONGEST_TAG = 1024  # from where a cell begins to its formula
ON = ("1", "true", "on")

_ERROR = re.compile(rb"""\st=["']e["']""")
_PREFIXED = re.compile(rb"<\w+:f[\s/>]")
_COMPUTED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)<v>([^<]{1,2})")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_STARTS = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)>")
_LAST_START = re.compile(rb"<(?:\w+:)?(?:row|c)\s")
_END = re.compile(rb"</(?:\w+:)?c\s*>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_RESULT = re.compile(rb"<(?:\w+:)?v\b[^>]*?(/?)>([^<]*)")
_INLINE = re.compile(rb"<(?:\w+:)?is[\s>]")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(/?)>([^<]*)")
_HIDDEN = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\bhidden\s*=\s*["'](?:1|true|on)["'][^>]*>""")
_HIDDEN_COLUMNS = re.compile(rb"""<(?:\w+:)?col\s[^>]*?\bhidden\s*=\s*["'](?:1|true|on)["'][^>]*>""")
_NUMBERED = re.compile(rb"""\sr\s*=\s*["'](\d{1,7})["']""")


def open_book(job: Job) -> Book:
    """Open a workbook after its zip has been checked; its XML is read without entities, so none can grow."""
    import python_calamine as calamine

    with Archive(job.path, job.limits) as archive:
        if any(part not in archive.names for part in MAIN_PARTS):
            raise _broken(job)
    try:
        book = calamine.CalamineWorkbook.from_path(str(job.path))
    except calamine.PasswordError as error:
        raise UnsupportedMedia(Fault(Text("formats.workbook-locked"), {"file": job.file})) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _broken(job) from error
    package = _Package(job)
    visible, worksheet = calamine.SheetVisibleEnum.Visible, calamine.SheetTypeEnum.WorkSheet
    sheets = {each.name: each.visible != visible for each in book.sheets_metadata if each.typ == worksheet}

    def grid(name: str) -> Grid:
        try:
            sheet = book.get_sheet_by_name(name)
            bounded(job, name, sheet.total_height + 1, sheet.total_width + 1)
            rows = sheet.to_python(skip_empty_area=False)
            cells: list[list[object]] = [[usual(value) for value in row] for row in rows]
            ranges = sheet.merged_cell_ranges or []
        except (calamine.CalamineError, ValueError) as error:
            raise _broken(job, name) from error
        del sheet
        padding.show(cells, package.padded(name))
        if package.since_1904:
            since_1904(cells)
        found, hidden_rows, hidden_columns = package.looked_through(name)
        struck, comments = package.struck(name), tuple(package.comments(name))
        _put(cells, found, job, name)
        merged = [(top, left, bottom, right) for (top, left), (bottom, right) in ranges]
        put_pictures(cells, package.pictures(name), merged)
        return Grid(cells, merged, hidden_rows, hidden_columns, struck, comments)

    return Book(sheets, grid)


def _broken(job: Job, sheet: str | None = None) -> UnsupportedMedia:
    where = {"file": job.file} if sheet is None else {"file": job.file, "sheet": sheet}
    return UnsupportedMedia(Fault(Text("formats.xlsx-broken"), where))


def _put(cells: list[list[object]], found: dict[tuple[int, int], Unreadable], job: Job, name: str) -> None:
    """Put unreadable cells where calamine saw nothing, also beyond the last cell that it saw something in."""
    if not found:
        return
    height, width = (1 + max(place[axis] for place in found) for axis in (0, 1))
    width = max(width, len(cells[0]) if cells else 0)
    bounded(job, name, max(height, len(cells)), width)
    cells.extend([] for _ in range(height - len(cells)))
    for row in cells:
        row.extend([None] * (width - len(row)))
    for (at, column), value in found.items():
        cells[at][column] = value


class _Package:
    """The parts of a workbook that calamine does not show."""

    def __init__(self, job: Job) -> None:
        self.job = job
        with zipfile.ZipFile(job.path) as archive:
            self._names = {each.replace("\\", "/").lower(): each for each in archive.namelist()}
            workbook, relations = self._root(archive, WORKBOOK), self._root(archive, RELATIONS)
        targets = {each.get("Id"): each.get("Target", "") for each in relations}
        self.since_1904 = self.recalculated = False
        self._struck: tuple[set[str], set[str]] | None = None
        self._strikes_inside: set[str] = set()
        self.parts: dict[str, str] = {}
        for each in workbook.iter():
            tag = local(each.tag)
            if tag == "workbookPr":
                self.since_1904 = each.get("date1904", "").lower() in ON
            elif tag == "calcPr":
                self.recalculated = each.get("fullCalcOnLoad", "").lower() in ON
            elif tag == "sheet":
                key = next((value for name, value in each.attrib.items() if local(name) == "id"), None)
                self.parts[each.get("name", "")] = self._part(targets.get(key, ""))

    def _part(self, target: str) -> str:
        """Return the name of a part in the archive, or nothing; some writers count from its root without a slash."""
        target = target.replace("\\", "/")
        ways = (posixpath.normpath(posixpath.join("/xl", target)).lstrip("/"), target.lstrip("/"))
        return next((self._names[way.lower()] for way in ways if way.lower() in self._names), "")

    def looked_through(
        self, sheet: str
    ) -> tuple[dict[tuple[int, int], Unreadable], tuple[int, ...], tuple[int, ...]]:
        """Return (row, column) → what a sheet holds there without a value, and the rows and columns that it hides."""
        part = self.parts.get(sheet)
        if not part:
            raise _broken(self.job, sheet)
        with zipfile.ZipFile(self.job.path) as archive:
            for way in (_Scan.take, _Scan.count):
                scan = _Scan(self.recalculated)
                if all(way(scan, block) for block in _blocks(archive, part)):
                    break
        if scan.strikes:
            self._strikes_inside.add(sheet)
        found = scan.found if scan.computed else {**scan.zeros, **scan.found}
        return found, tuple(sorted(scan.hidden)), tuple(sorted(scan.hidden_columns))

    def pictures(self, sheet: str) -> list[tuple[int, int]]:
        """Return (row, column) of the cells at which pictures that float over a sheet begin."""
        found: list[tuple[int, int]] = []
        with zipfile.ZipFile(self.job.path) as archive:
            for anchor in self._beside(archive, sheet, "/drawing"):
                found += _begins(anchor)
        return found

    def comments(self, sheet: str) -> list[Comment]:
        """Return what is said beside the cells of a sheet by others than us."""
        with zipfile.ZipFile(self.job.path) as archive:
            return list(ooxml_marks.comments(self._beside(archive, sheet, "/comments"), AUTHOR))

    def struck(self, sheet: str) -> tuple[tuple[int, int], ...]:
        """Return (row, column) of the cells that hold something and are struck out, or a part of it.

        The sheet has been looked through before: it may hold texts of its own.
        """
        try:
            with zipfile.ZipFile(self.job.path) as archive:
                if self._struck is None:
                    self._struck = self._struck_out(archive)
                if not any(self._struck) and sheet not in self._strikes_inside:
                    return ()
                with archive.open(self.parts[sheet]) as stream:
                    return tuple(ooxml_marks.struck_cells(stream, *self._struck))
        except (ElementTree.ParseError, ValueError, zipfile.BadZipFile) as error:
            raise _broken(self.job, sheet) from error

    def padded(self, sheet: str) -> list[tuple[int, int, padding.Padding]]:
        """Return (row, column, how it is shown) of the cells that show whole numbers with zeros in front."""
        try:
            with zipfile.ZipFile(self.job.path) as archive:
                styles = padding.padded_styles(self._drawn(archive, STYLES))
                if not styles or sheet not in self.parts:
                    return []
                with archive.open(self.parts[sheet]) as stream:
                    return list(padding.padded_cells(stream, styles))
        except (ElementTree.ParseError, ValueError, zipfile.BadZipFile) as error:
            raise _broken(self.job, sheet) from error

    def _struck_out(self, archive: zipfile.ZipFile) -> tuple[set[str], set[str]]:
        styles = ooxml_marks.struck_styles(self._drawn(archive, STYLES))
        if TEXTS not in self._names:
            return styles, set()
        with archive.open(self._names[TEXTS]) as stream:
            return styles, ooxml_marks.struck_texts(stream)

    def _beside(self, archive: zipfile.ZipFile, sheet: str, kind: str) -> list[ElementTree.Element]:
        """Return what the parts of a kind hold that a sheet leads to."""
        folder, name = posixpath.split(self.parts.get(sheet, ""))
        found: list[ElementTree.Element] = []
        for relation in self._drawn(archive, f"{folder}/_rels/{name}.rels"):
            if relation.get("Type", "").endswith(kind):
                target = relation.get("Target", "").replace("\\", "/")
                found += self._drawn(archive, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
        return found

    def _drawn(self, archive: zipfile.ZipFile, name: str) -> list[ElementTree.Element]:
        """Return what stands in a part that tells of drawings; nothing where it is not there, or broken.

        Excel shows no picture then either, and the cells are read without it.
        """
        if name.lower() not in self._names:
            return []
        try:
            return list(self._root(archive, name))
        except UnsupportedMedia:
            return []

    def _root(self, archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
        try:
            with archive.open(self._names[name.lower()]) as stream:
                data = stream.read(LONGEST_PART + 1)
            if len(data) > LONGEST_PART or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
                raise _broken(self.job)
            return ElementTree.fromstring(data)
        except (KeyError, ElementTree.ParseError, zipfile.BadZipFile) as error:
            raise _broken(self.job) from error


def _begins(anchor: ElementTree.Element) -> list[tuple[int, int]]:
    """Return the cell at which an anchored picture begins; nothing for a chart or a shape."""
    if not any(local(each.tag) == "pic" for each in anchor.iter()):
        return []
    begin = next((each for each in anchor if local(each.tag) == "from"), None)
    place = {local(each.tag): (each.text or "").strip() for each in begin} if begin is not None else {}
    row, column = place.get("row", ""), place.get("col", "")
    fits = all(each.isascii() and each.isdecimal() and len(each) <= _DIGITS for each in (row, column))
    return [(int(row), int(column))] if fits else []


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet's XML in blocks that begin and end between cells."""
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK_BYTES):
            rest += block
            cut = _last_start(rest)
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _last_start(data: bytes) -> int:
    """Return where the last cell or row begins that the data show, 0 where they show none."""
    step = 1 << 16
    for begin in range(max(0, len(data) - step), -step, -step):
        starts = [each.start() for each in _LAST_START.finditer(data, max(0, begin), min(len(data), begin + step + 16))]
        if starts:
            return starts[-1]
    return 0


class _Scan:
    """What was found so far in a sheet.

    Attributes
    ----------
    found, zeros : dict
        (row, column) → cells without a value, and formulas whose result is 0 where Excel is told to compute again:
        a program that leaves computing to it writes 0 for every result.
    computed : bool
        Whether any formula has another result, so that somebody did compute them.
    hidden, hidden_columns : set of int
        The rows that are hidden, filtered ones too, and the columns.
    strikes : bool
        Whether a text that stands in the sheet itself may be struck out in part.
    """

    def __init__(self, recalculated: bool) -> None:
        self.recalculated = recalculated
        self.found: dict[tuple[int, int], Unreadable] = {}
        self.zeros: dict[tuple[int, int], Unreadable] = {}
        self.computed = False
        self.hidden: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.strikes = False
        self._row = self._column = -1

    def take(self, block: bytes) -> bool:
        """Look at the cells of a block that have a mark; False where one does not say where it stands."""
        placed = True
        self.strikes = self.strikes or b"strike" in block
        if b"hidden=" in block:
            self.hidden.update(int(hit[1]) - 1 for tag in _HIDDEN.finditer(block) if (hit := _NUMBERED.search(tag[0])))
            for tag in _HIDDEN_COLUMNS.finditer(block):
                self._hide(dict(_ATTRIBUTE.findall(tag[0])))
        if b't="e"' in block or b"t='e'" in block:
            placed = all(self._at(block, hit.end()) for hit in _ERROR.finditer(block))
        at = block.find(b"<f")
        while at >= 0:
            usual = _COMPUTED.match(block, at)
            if usual is None or usual[1] == b"0":
                placed = self._at(block, at) and placed
            else:
                self.computed = True
            at = block.find(b"<f", at + 2)
        if b":f" in block:
            placed = all(self._at(block, hit.start()) for hit in _PREFIXED.finditer(block)) and placed
        return placed

    def _hide(self, attributes: dict[bytes, bytes]) -> None:
        """Note a run of hidden columns; one that says its ends otherwise than in figures hides nothing."""
        first, last = attributes.get(b"min", b""), attributes.get(b"max", b"")
        if first.isdigit() and last.isdigit() and max(len(first), len(last)) <= _DIGITS:
            self.hidden_columns.update(range(int(first) - 1, min(int(last), MOST_COLUMNS)))

    def _at(self, block: bytes, place: int) -> bool:
        """Look at the cell that a place of a block is in, if it is in one."""
        near = max(0, place - LONGEST_TAG)
        start = max(block.rfind(mark, near, place) for mark in (b"<c ", b"<c>", b":c ", b":c>"))
        if start < 0:
            return True
        opened = _CELL.match(block, start if block[start : start + 1] == b"<" else block.rfind(b"<", near, start))
        if opened is None or (opened.end() < place and _END.search(block, opened.end(), place)):
            return True  # a formula of something else than a cell
        attributes = dict(_ATTRIBUTE.findall(opened[1]))
        stands = _place(attributes.get(b"r", b""))
        if stands is not None:
            self._cell(block, opened, attributes, stands)
        return stands is not None

    def count(self, block: bytes) -> bool:
        """Look at every cell of a block: one that does not say where it stands is beside the one before."""
        for opened in _STARTS.finditer(block):
            attributes = dict(_ATTRIBUTE.findall(opened[2]))
            stated = attributes.get(b"r", b"")
            if opened[1] == b"row":
                self._row, self._column = int(stated) - 1 if stated.isdigit() else self._row + 1, -1
                continue
            self._row, self._column = _place(stated) or (self._row, self._column + 1)
            self._cell(block, opened, attributes, (self._row, self._column))
        return True

    def _cell(
        self, block: bytes, opened: re.Match[bytes], attributes: dict[bytes, bytes], place: tuple[int, int]
    ) -> None:
        end = _END.search(block, opened.end())
        inside = b"" if opened[0].endswith(b"/>") else block[opened.end() : end.start() if end else len(block)]
        kind = attributes.get(b"t", b"n")
        result = _RESULT.search(inside)
        text = result[2].strip() if result else b""
        if kind == b"e":
            why = "image" if b"vm" in attributes and text == b"#VALUE!" else "error"
            self.found[place] = Unreadable(_words(text) or "#ERROR", why)
            return
        formula = _FORMULA.search(inside)
        if formula is None or _INLINE.search(inside):
            return
        missing = Unreadable(f"={_words(formula[2])}", "uncomputed")
        # A formula may well give an empty text; that is stored as one.
        if result is None or (not text and kind != b"str"):
            self.found[place] = missing
        elif text == b"0" and kind == b"n":
            if self.recalculated:
                self.zeros[place] = missing
        else:
            self.computed = True


def _words(text: bytes) -> str:
    shown = text.decode("utf-8", "replace")
    for mark, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        shown = shown.replace(mark, sign)
    return shown[:LONGEST_SHOWN]


def _place(address: bytes) -> tuple[int, int] | None:
    return ooxml_marks.place_of(address.decode("ascii", "replace"))
