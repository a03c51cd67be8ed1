"""What the words of a placemark say: its name, its extended data, and the table that programs write as its description.

ArcGIS, Google Earth and map services of China put attributes into the description as a page of HTML, with a row or a
line for each: those are columns too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from xml.etree import ElementTree

DESCRIPTION = "description"
PLAIN = ("name", DESCRIPTION, "address", "phoneNumber")
LONGEST_KEY, FEWEST_LINES = 24, 2
# A number as a number is written: codes with zeros in front and numbers that were rounded stay text.
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(\.\d+)?")
NUMBERS = frozenset({"int", "uint", "short", "ushort", "float", "double"})
LINE = re.compile(rf"\s*([^:：=<>\s][^:：=<>]{{0,{LONGEST_KEY - 1}}}?)\s*(?:[:：=])\s*(.*)")
PREFIX = re.compile(r"<(/?)\w+:")
ROWS, CELLS, BREAKS = ("tr",), ("td", "th"), ("br", "p", "div", "li", "ul")


def kind(element: ElementTree.Element) -> str:
    """Return what an element is called, without its namespace."""
    return element.tag.rpartition("}")[2]


def cells(placemark: ElementTree.Element, numeric: Mapping[str, bool]) -> tuple[dict[str, object], bool]:
    """Return the cells of a placemark, called as in the file, and whether some were found in its description.

    Parameters
    ----------
    numeric : mapping
        Name of a field → whether the document's schema calls it a number.
    """
    found: dict[str, object] = {}
    for each in placemark:
        if kind(each) in PLAIN:
            text = _text(each)
            if text:
                found[kind(each)] = text
        elif kind(each) == "ExtendedData":
            for data in each.iter():
                if kind(data) == "Data":
                    value = next((one.text for one in data if kind(one) == "value"), None)
                    _put(found, data.get("name"), value, False)
                elif kind(data) == "SimpleData":
                    _put(found, data.get("name"), data.text, numeric.get(data.get("name", ""), False))
    described = pairs(str(found.get(DESCRIPTION, "")))
    for name, value in described.items():
        found.setdefault(name, value)
    if described:
        del found[DESCRIPTION]  # it is these cells
    return found, bool(described)


def pairs(description: str) -> dict[str, str]:
    """Return the attributes that a description lists: two cells in a row of a table, or 名称：… line by line."""
    if "<" not in description and "\n" not in description:
        return {}
    page = _Page()
    page.feed(description)
    page.close()
    rows = [row for row in page.rows if len(row) == 2 and row[0] and len(row[0]) <= LONGEST_KEY]
    if rows:
        return {name.rstrip(":："): value for name, value in rows if value}
    lines = [LINE.fullmatch(line) for line in page.lines if line.strip()]
    if len(lines) < FEWEST_LINES or not all(lines):
        return {}
    return {line[1]: line[2].strip() for line in lines if line is not None and line[2].strip()}


class _Page(HTMLParser):
    """Rows of tables as their cells, tables within cells too; and the lines of what stands in none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._open: list[list[str]] = []
        self._in_cell = False
        self._line: list[str] = []
        self.lines: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ROWS:
            self._open.append([])
            self._in_cell = False
        elif tag in CELLS and self._open:
            self._open[-1].append("")
            self._in_cell = True
        elif tag in BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in ROWS and self._open:
            self.rows.append([" ".join(cell.split()) for cell in self._open.pop()])
            self._in_cell = False
        elif tag in CELLS:
            self._in_cell = False
        elif tag in BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._open and self._in_cell and self._open[-1]:
            self._open[-1][-1] += data
        elif not self._open:
            first, *more = data.split("\n")
            self._line.append(first)
            for line in more:
                self._break()
                self._line.append(line)

    def close(self) -> None:
        super().close()
        self._break()

    def _break(self) -> None:
        self.lines.append("".join(self._line))
        self._line = []


def _text(element: ElementTree.Element) -> str:
    """Return an element's text, with its markup where somebody wrote a page into it without quoting it."""
    if not len(element):
        return (element.text or "").strip()
    inside = "".join(ElementTree.tostring(each, "unicode") for each in element)
    return ((element.text or "") + PREFIX.sub(r"<\1", inside)).strip()


def _put(found: dict[str, object], name: str | None, value: str | None, is_number: bool) -> None:
    text = (value or "").strip()
    if not name or not text:
        return
    number = NUMBER.fullmatch(text) if is_number else None
    found[name] = text if number is None else float(text) if number[1] else int(text)


