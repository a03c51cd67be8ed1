"""The ways to read a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layers.errors import Fault, NotFound, UnsupportedMedia
from layers.formats import sandbox
from layers.formats.kinds import MAP_FILES, READABLE, SHEETS, has_sheets, kind_of
from layers.formats.limits import Limits
from layers.formats.table import RawSheet, RawTable, ReadOptions
from layers.text import Text

AS_FOUND, USUAL = ReadOptions(), Limits()


def read_table(path: Path, options: ReadOptions = AS_FOUND, limits: Limits = USUAL) -> RawTable:
    """Read the one table that a file holds, or the one that was chosen.

    Parameters
    ----------
    path : Path
        A file; its ending names the format and its content has to agree.
    options : ReadOptions
        Encoding, sheet and layer, where the user knows them.
    limits : Limits
        How much the file may ask of the machine.

    Raises
    ------
    InvalidParameter
        Several layers and none chosen, a layer or sheet that is not there, an encoding that does not fit.
    UnsupportedMedia
        A format that is not read, a broken file, or one that broke the reader.
    TooLarge
        Over a limit.
    NotFound
        There is no such file.
    """
    return _read(path, options, limits, "table")[0]


def read_tables(path: Path, options: ReadOptions = AS_FOUND, limits: Limits = USUAL) -> list[RawTable]:
    """Read every table of a file (layers, sheets), or the one that was chosen; errors as in `read_table`."""
    return _read(path, options, limits, "tables")


def read_sheets(path: Path, options: ReadOptions = AS_FOUND, limits: Limits = USUAL) -> list[RawSheet]:
    """Read a workbook's sheets, or delimited text, as grids of cells with merged ranges; errors as in `read_table`."""
    if not has_sheets(path.name):
        text = Text("formats.not-a-spreadsheet", endings=[each for each in READABLE if READABLE[each][0] in SHEETS])
        raise UnsupportedMedia(Fault(text, {"file": path.name}))
    return _read(path, options, limits, "sheets")


def read_osm(
    path: Path, bbox: tuple[float, float, float, float] | None = None, limits: Limits = USUAL
) -> dict[str, RawTable]:
    """Read OpenStreetMap data (.osm.pbf, .osm, or .json of Overpass): a table for each layer, and `counts`.

    Parameters
    ----------
    bbox : (west, south, east, north), optional
        Degrees; what does not touch it is left out and counted.

    Returns
    -------
    dict of RawTable
        Columns are the catalogue's fields and what `layers.formats.readers.osm` adds; errors as in `read_table`.
    """
    tables = _read(path, ReadOptions(bbox=bbox), limits, "tables", MAP_FILES)
    return {table.name: table for table in tables}


def _read(
    path: Path,
    options: ReadOptions,
    limits: Limits,
    want: str,
    readable: Mapping[str, tuple[str, tuple[str, ...]]] = READABLE,
) -> list[Any]:  # tables or sheets, as is wanted
    path = Path(path)
    if not path.is_file():
        raise NotFound(Fault(Text("formats.no-such-file"), {"file": path.name}))
    request = sandbox.Request(path, kind_of(path, readable), want, options, limits)
    return sandbox.read(request)
