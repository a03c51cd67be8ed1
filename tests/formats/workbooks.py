"""Small workbooks of every kind, made as programs other than ours make them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
from openpyxl.utils.cell import coordinate_to_tuple

ODS = (
    "<?xml version='1.0' encoding='UTF-8'?><office:document-content"
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    '<office:automatic-styles><style:style style:name="away"><style:table-properties table:display="false"/>'
    '</style:style><style:style style:name="over"><style:text-properties style:text-line-through-style="solid"/>'
    '</style:style><style:style style:name="plain"><style:text-properties style:text-line-through-style="none"/>'
    "</style:style></office:automatic-styles><office:body><office:spreadsheet>{}</office:spreadsheet></office:body>"
    "</office:document-content>"
)


def xlsx(
    path: Path,
    *sheets: list[list],
    hidden: tuple[str, ...] = (),
    merged: tuple[str, ...] = (),
    pictures: tuple[str, ...] = (),
) -> Path:
    """An XLSX whose sheets are called 1, 2, 3; ``=…`` is a formula without a stored result, ``#N/A`` an error."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(str(number))
        sheet.sheet_state = "hidden" if sheet.title in hidden else "visible"
        for row in rows:
            sheet.append(row)
        for span in merged:
            sheet.merge_cells(span)
    book.save(path)
    return _pictured(path, pictures) if pictures else path


def _pictured(path: Path, places: tuple[str, ...]) -> Path:
    """The same workbook with pictures that float over cells of its first sheet; what they show is not in it."""
    made = ""
    for row, column in map(coordinate_to_tuple, places):
        made += (
            f"<xdr:oneCellAnchor><xdr:from><xdr:col>{column - 1}</xdr:col><xdr:colOff>0</xdr:colOff>"
            f"<xdr:row>{row - 1}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:pic/></xdr:oneCellAnchor>"
        )
    drawing = f'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">{made}</xdr:wsDr>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
    relation = f'<Relationship Id="rId1" Type="{kind}" Target="/xl/drawings/drawing1.xml"/>'
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    with zipfile.ZipFile(path, "a") as archive:
        relations = f'<Relationships xmlns="{space}">{relation}</Relationships>'
        archive.writestr("xl/worksheets/_rels/sheet1.xml.rels", relations)
        archive.writestr("xl/drawings/drawing1.xml", drawing)
    return path


def edited(path: Path, part: str, edit: Callable[[str], str]) -> Path:
    """The same package with one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = edit(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def ods(path: Path, tables: str, extra: dict[str, str] | None = None) -> Path:
    """An ODS whose tables are given as XML; ``away`` is a style of hidden ones."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(tables))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return path


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _drawn(pictures: tuple[tuple[int, int], ...], charts: tuple[tuple[int, int], ...]) -> bytes:
    """The records of an XLS sheet's drawing: a group of shapes, each with its kind and the cell at which it begins."""

    def escher(kind: int, data: bytes, said: int) -> bytes:
        return struct.pack("<HHI", said, kind, len(data)) + data

    def shape(kind: int, row: int, column: int) -> bytes:
        anchor = struct.pack("<9H", 2, column, 0, row, 0, column + 1, 0, row + 1, 0)
        return escher(0xF004, escher(0xF00A, bytes(8), kind << 4 | 2) + escher(0xF010, anchor, 0), 0xF)

    shapes = b"".join(shape(75, *each) for each in pictures) + b"".join(shape(201, *each) for each in charts)
    whole = escher(0xF002, escher(0xF003, shapes, 0xF), 0xF)
    half = len(whole) // 2  # a long drawing goes on in another record
    chart = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x20, 0, 1997, 0, 6)) + _record(0x00EC, whole)
    thing = struct.pack("<HHHHH12xHH", 0x15, 18, 8, 1, 0, 0, 0)
    drawing = _record(0x00EC, whole[:half]) + _record(0x003C, whole[half:]) + _record(0x005D, thing)
    return drawing + chart + _record(0x000A, b"")


def biff(
    path: Path,
    cells: list[list],
    pictures: tuple[tuple[int, int], ...] = (),
    charts: tuple[tuple[int, int], ...] = (),
    hidden_columns: tuple[int, ...] = (),
    hidden_rows: tuple[int, ...] = (),
    struck: tuple[tuple[int, int], ...] = (),
) -> Path:
    """The records of an XLS sheet without a container, as some programs write them: texts, numbers, ``#N/A``.

    The cells of `struck` have the second cell format, whose font is struck out.
    """
    record = _record
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 1997, 0, 6))
    for column in hidden_columns:
        sheet += record(0x007D, struct.pack("<HHHHHH", column, column, 2048, 0, 1, 0))
    for row in hidden_rows:
        sheet += record(0x0208, struct.pack("<HHHHHHI", row, 0, len(cells[0]), 0, 0, 0, 0x20))
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, int((row, column) in struck))
            if value == "#N/A":
                sheet += record(0x0205, place + bytes((42, 1)))
            elif isinstance(value, str):
                sheet += record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            elif value is not None:
                sheet += record(0x0203, place + struct.pack("<d", value))
    sheet += (_drawn(pictures, charts) if pictures or charts else b"") + record(0x000A, b"")
    name = "台账"
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x05, 0, 1997, 0, 6)) + record(0x0042, b"\xb0\x04")
    if struck:
        for how in (0, 0x8):
            font = struct.pack("<HHHHHBBBxBB", 200, how, 0x7FFF, 400, 0, 0, 0, 0, 1, 0)
            begin += record(0x0031, font + b"A")
        for font in (0, 1):
            begin += record(0x00E0, struct.pack("<HHHBBBBIIH", font, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    bound = struct.pack("<BBBB", 0, 0, len(name), 1) + name.encode("utf-16-le")
    offset = len(begin) + 4 + 4 + len(bound) + 4
    path.write_bytes(begin + record(0x0085, struct.pack("<I", offset) + bound) + record(0x000A, b"") + sheet)
    return path
