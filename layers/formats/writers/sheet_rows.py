"""The rows of a large sheet, column by column: a library's call for every cell takes many times as long.

The workbook itself, its styles, headings and totals are XlsxWriter's. Between its first row and its last one go the
rows, as ECMA-376 (part 1, 18.3.1) writes them: texts inline, dates as days since 1899-12-30.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name

ROWS_AT_ONCE = 20_000
COMPRESSION = 4  # a tenth larger than the usual 6, in two thirds of the time
FIRST_DAY = dt.date(1900, 3, 1)  # Excel counts a 29 February 1900; what is before it is written as text
DAYS_BEFORE_1970 = 25_569
LARGE_BYTES, CELL_BYTES = 2**31 - 1, 80

# What XML cannot hold as it is, or what Excel reads as an escape of its own.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9a-fA-F]{4}_)")
_ANY_ESCAPED = "[&<>\\x00-\\x08\\x0B-\\x1F\\x{FFFE}\\x{FFFF}]|_x[0-9a-fA-F]{4}_"
_STYLE = re.compile(rb' s="([0-9]+)"')
_EDGES = r"^\s|\s$"
_JOINED = pa.scalar("")


def splice(book: BinaryIO, member: str, columns: list[list[Any]], target: BinaryIO) -> None:
    """Write a workbook again with rows in one of its sheets, in place of the second that it has.

    Parameters
    ----------
    book : file
        The workbook. Its sheet has a row of headings, a row of empty cells that look as those below the headings shall,
        and maybe a last row below the place of the new ones.
    member : str
        The sheet's name in the archive.
    columns : list of lists, at least one, all of one length n > 0
        The values of a column are of one type (str, int, float or date), None where a cell stays empty. They become
        rows 2 to n + 1.
    target : file
        What is written.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    count = len(columns[0])
    large = count * len(columns) * CELL_BYTES > LARGE_BYTES
    with (
        zipfile.ZipFile(book) as before,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, True, COMPRESSION) as after,
    ):
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename != member:
                after.writestr(entry, content)
                continue
            head, end, rest = content.partition(b"</row>")
            pattern, _, rest = rest.partition(b"</row>")
            styles = [int(each) for each in _STYLE.findall(pattern)]
            new = zipfile.ZipInfo(entry.filename, entry.date_time)
            new.compress_type = zipfile.ZIP_DEFLATED
            with after.open(new, "w", force_zip64=large) as out:
                out.write(_measured(head, len(columns), count + 1 + (b"<row" in rest)) + end)
                for some in rows(columns, styles):
                    out.write(some)
                out.write(rest)


def rows(columns: list[list[Any]], styles: list[int]) -> Iterator[bytes]:
    """Yield the rows' XML, some thousand rows at a time, from row 2 on."""
    names = [xl_col_to_name(place) for place in range(len(columns))]
    for begin in range(0, len(columns[0]), ROWS_AT_ONCE):
        end = min(begin + ROWS_AT_ONCE, len(columns[0]))
        number = pa.array(range(begin + 2, end + 2)).cast(pa.string())
        cells = [
            _cells(values[begin:end], f'<c r="{name}', number, f'" s="{style}')
            for values, name, style in zip(columns, names, styles, strict=True)
        ]
        row = pc.binary_join_element_wise('<row r="', number, '">', *cells, "</row>", _JOINED, null_handling="skip")
        yield "".join(row.to_pylist()).encode()


def _cells(values: list[Any], name: str, number: pa.Array, style: str) -> pa.Array:
    """Return the cells of one column, null where there is none."""
    found = pa.array(values)
    if pa.types.is_null(found.type):
        return found.cast(pa.string())
    if pa.types.is_string(found.type):
        return _texts(found, name, number, style)
    if pa.types.is_date(found.type):
        days = found.cast(pa.int32())
        late = pc.greater_equal(found, pa.scalar(FIRST_DAY))
        serial = _numbers(pc.add(days, DAYS_BEFORE_1970), name, number, style)
        return pc.if_else(late, serial, _texts(found.cast(pa.string()), name, number, style))
    if pa.types.is_floating(found.type) and pc.any(pc.invert(pc.is_finite(found))).as_py():
        raise ValueError("a cell cannot hold a number that is not finite")
    return _numbers(found, name, number, style)


def _numbers(found: pa.Array, name: str, number: pa.Array, style: str) -> pa.Array:
    return pc.binary_join_element_wise(name, number, style + '"><v>', found.cast(pa.string()), "</v></c>", _JOINED)


def _texts(found: pa.Array, name: str, number: pa.Array, style: str) -> pa.Array:
    if pc.any(pc.match_substring_regex(found, _ANY_ESCAPED)).as_py():
        found = pa.array([None if each is None else _escaped(each) for each in found.to_pylist()], pa.string())
    opened = style + '" t="inlineStr"><is><t'
    if pc.any(pc.match_substring_regex(found, _EDGES)).as_py():
        kept = pc.match_substring_regex(found, _EDGES)
        opened = pc.if_else(kept, opened + ' xml:space="preserve">', opened + ">")
    else:
        opened += ">"
    return pc.binary_join_element_wise(name, number, opened, found, "</t></is></c>", _JOINED)


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ESCAPED.sub(lambda found: f"_x{ord(found.group()):04X}_", text)


def _measured(head: bytes, columns: int, rows: int) -> bytes:
    """Return the beginning of a sheet with the size that it will have."""
    size = f'<dimension ref="A1:{xl_col_to_name(columns - 1)}{rows}"/>'.encode()
    return re.sub(rb'<dimension ref="[^"]*"/>', size, head, count=1)
