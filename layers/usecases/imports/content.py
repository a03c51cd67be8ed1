"""The content of an upload, read at most once as long as there is room to keep it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from layers.errors import Fault, TooLarge
from layers.formats import Limits, RawSheet, RawTable, ReadOptions, read_osm, read_sheets, read_tables
from layers.text import Text
from layers.usecases.imports.memory import Key, size_of
from layers.usecases.imports.uploads import Upload

if TYPE_CHECKING:
    from layers.usecases.imports.kinds import Held

LONGEST_HEADING = 500
Read = TypeVar("Read", list[RawTable], list[RawSheet], dict[str, RawTable])


def tables_of(uploads: Held, upload: Upload, limits: Limits) -> list[RawTable]:
    """Read the tables of an upload, or the one that was chosen; errors as `read_tables`."""
    choices = upload.choices
    one = choices.sheet if len(upload.inside) != 1 else None
    every = uploads.kept.get((upload.id, "tables", choices.encoding, None)) if one else None
    if every is not None and (chosen := [table for table in every if table.name == one]):
        return chosen

    def read() -> list[RawTable]:
        options = ReadOptions(encoding=choices.encoding, sheet=one, layer=one)
        return _labelled(read_tables(uploads.path(upload), options, limits), upload)

    return _kept(uploads, (upload.id, "tables", choices.encoding, one), read)


def sheets_of(uploads: Held, upload: Upload, limits: Limits) -> list[RawSheet]:
    """Read the sheets of a workbook as grids of cells; errors as `read_sheets`."""
    encoding = upload.choices.encoding

    def read() -> list[RawSheet]:
        sheets = read_sheets(uploads.path(upload), ReadOptions(encoding=encoding), limits)
        stem = PurePosixPath(upload.main).stem
        return [replace(each, name=upload.label) if each.name == stem else each for each in sheets]

    return _kept(uploads, (upload.id, "sheets", encoding), read)


def sheet_of(upload: Upload, sheets: list[RawSheet]) -> str | None:
    """Return the sheet that was chosen; a table that stands on several is not one of them."""
    chosen = upload.choices.sheet
    tables = {name for name, _ in upload.inside} - {each.name for each in sheets}
    return None if chosen in tables else chosen


def osm_of(uploads: Held, upload: Upload, limits: Limits) -> dict[str, RawTable]:
    """Read OpenStreetMap data within the box that was chosen; errors as `read_osm`."""
    box = upload.choices.bbox
    return _kept(uploads, (upload.id, "osm", box), lambda: read_osm(uploads.path(upload), box, limits))


def _kept(uploads: Held, key: Key, read: Callable[[], Read]) -> Read:
    kept = uploads.kept.get(key)
    if kept is None:
        kept = read()
        uploads.kept.put(key, kept, size_of(kept.values() if isinstance(kept, dict) else kept))
    return kept


def _labelled(tables: list[RawTable], upload: Upload) -> list[RawTable]:
    """Call the table of a file of one table what the user calls the file."""
    stem = PurePosixPath(upload.main).stem
    tables = [replace(each, name=upload.label) if each.name == stem else each for each in tables]
    for table in tables:
        longest = max(map(len, table.columns), default=0)
        if longest > LONGEST_HEADING:
            raise TooLarge(Fault(Text("imports.heading-too-long", most=LONGEST_HEADING), {"file": upload.main}))
    return tables
