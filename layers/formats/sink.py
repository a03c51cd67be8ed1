"""Where readers put what they find: it batches rows, watches the limits and keeps faults and notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from layers.errors import Fault, TooLarge
from layers.formats import frames, wkb
from layers.formats.limits import Limits
from layers.formats.soundness import checked
from layers.formats.table import ReadOptions
from layers.text import Text

BATCH_ROWS = 20_000
LISTED_ROWS = 20
SHOWN_CHARACTERS = 60
READERS = {
    "geojson": "layers.formats.readers.geojson",
    "csv": "layers.formats.readers.delimited",
    "xlsx": "layers.formats.readers.spreadsheet",
    "xls": "layers.formats.readers.spreadsheet",
    "ods": "layers.formats.readers.spreadsheet",
    "gpkg": "layers.formats.readers.geopackage",
    "shp": "layers.formats.readers.shapefile",
    "dbf": "layers.formats.readers.shapefile",
    "zip": "layers.formats.readers.zipped",
    "fgb": "layers.formats.readers.flatgeobuf",
    "kml": "layers.formats.readers.kml",
    "kmz": "layers.formats.readers.kmz",
    "parquet": "layers.formats.readers.parquet",
    "osm-pbf": "layers.formats.readers.osm",
    "osm-xml": "layers.formats.readers.osm",
    "osm-json": "layers.formats.readers.osm",
}


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read: `path` is ours, `file` the user's name of it, `name` the same without its ending."""

    path: Path
    file: str
    name: str
    kind: str
    want: str
    options: ReadOptions
    limits: Limits

    def of(self, **changes: Any) -> Job:  # as `replace` takes them
        """Return the same job with some parts changed."""
        return replace(self, **changes)


class Sink:
    """One table after the other: `table`, any number of `rows`, `end`."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.limits = limits
        self._stream = stream
        self._reset()

    def _reset(self) -> None:
        self.count = 0
        self.choices: dict[str, str] = {}
        self.sheets: list[tuple[str, int]] = []
        self._columns: set[str] = set()
        self._notes: list[Text] = []
        self._faults: list[dict[str, Any]] = []
        self._more_faults = 0
        self._closed: list[int] = []
        self._closed_count = 0
        self._repaired: list[int] = []

    def table(self, name: str) -> None:
        """Begin a table."""
        frames.write_frame(self._stream, {"is": "table", "name": name})

    def rows(
        self, numbers: list[int], columns: Mapping[str, Sequence[object]], shapes: list[bytes | None] | None
    ) -> None:
        """Add rows: their numbers as users count them, raw values by column, WKB as `wkb` makes it.

        The shapes are priced, checked and repaired here; one that cannot be used is a fault of its row and None.
        """
        self.count += len(numbers)
        if self.count > self.limits.rows:
            raise TooLarge(Text("formats.too-many-rows", limit=self.limits.rows))
        self._columns.update(columns)
        if len(self._columns) > self.limits.columns:
            raise TooLarge(Text("formats.too-many-columns", limit=self.limits.columns))
        packed = {name: self._cells(name, numbers, values) for name, values in columns.items()}
        sound = None if shapes is None else self._sound(numbers, shapes)
        frame = {"is": "rows", "rows": numbers, "columns": packed, "shapes": sound}
        frames.write_frame(self._stream, frame)

    def end(self, crs: str | None = None) -> None:
        """Finish the table with the coordinate system that the file names."""
        if not self.count:
            self.note(Text("formats.no-features"))
        if self._closed_count:
            self.note(Text("formats.rings-closed", count=self._closed_count, rows=self._closed))
        if self._more_faults:
            self.note(Text("formats.more-faults", count=self._more_faults))
        found: dict[str, object] = {"choices": self.choices, "faults": self._faults, "repaired": self._repaired}
        end = {"is": "end", "crs": crs, "sheets": self.sheets, **found}
        end["notes"] = [frames.pack_text(each) for each in self._notes]
        frames.write_frame(self._stream, end)
        self._reset()

    def sheet(
        self,
        name: str,
        cells: list[list[object]],
        merged: list[tuple[int, int, int, int]],
        hidden: bool = False,
        beside: Mapping[str, list[object]] | None = None,
    ) -> None:
        """Add a whole sheet as a grid of cells, and by name what it has beside them."""
        packed = [[frames.pack_cell(value) for value in row] for row in cells]
        whole = {"is": "sheet", "name": name, "cells": packed, "merged": merged, "hidden": hidden, **(beside or {})}
        frames.write_frame(self._stream, whole)

    def note(self, text: Text) -> None:
        """Tell the user something about the table."""
        if text not in self._notes:
            self._notes.append(text)

    def fault(self, text: Text, **where: object) -> None:  # as `Fault` takes it
        """Record that something is wrong with one row or value."""
        if len(self._faults) >= self.limits.faults:
            self._more_faults += 1
            return
        value = where.get("value")
        if isinstance(value, str):
            where["value"] = value[:SHOWN_CHARACTERS]
        self._faults.append(frames.pack_fault(Fault(text, where)))

    def shape(self, row: int, data: bytes | None) -> bytes | None:
        """Check one geometry as WKB; a broken one becomes a fault of its row and None."""
        if data is None:
            return None
        try:
            geometry, closed = wkb.normalise(data, self.limits.nesting)
        except wkb.BadGeometry as error:
            self.bad_shape(row, error)
            return None
        if closed:
            self.closed_ring(row)
        return geometry

    def shapes(
        self,
        rows: Sequence[int],
        found: Sequence[bytes | None],
        broken: Mapping[int, wkb.BadGeometry] = MappingProxyType({}),
    ) -> list[bytes | None]:
        """Check the geometries of many rows as `shape` does; of those `broken`, by place, it is known already."""
        plain = wkb.plain_among(found)
        checked: list[bytes | None] = []
        for place, (row, data) in enumerate(zip(rows, found, strict=True)):
            if place in broken:
                self.bad_shape(row, broken[place])
            checked.append(data if plain[place] else self.shape(row, data))
        return checked

    def bad_shape(self, row: int, error: wkb.BadGeometry) -> None:
        """Record that a row's geometry cannot be used."""
        self.fault(Text(error.key, **error.params), row=row)

    def closed_ring(self, row: int) -> None:
        """Record that a ring was open and has been closed."""
        self._closed_count += 1
        if len(self._closed) < LISTED_ROWS:
            self._closed.append(row)

    def _sound(self, numbers: list[int], shapes: list[bytes | None]) -> list[bytes | None]:
        found = checked(shapes)
        for place, text in found.faults:
            self.fault(text, row=numbers[place])
        self._repaired += [numbers[place] for place in found.repaired]
        return found.shapes

    def _cells(self, name: str, numbers: list[int], values: Sequence[object]) -> Sequence[object]:
        """Return values that a frame can carry; a number that is not finite becomes a fault and None."""
        kinds = set(map(type, values))
        if kinds <= {str, bool, type(None)}:
            return values
        if kinds <= {int, type(None)}:
            whole = [value for value in values if isinstance(value, int)]
            if min(whole) >= -frames.WIDEST_INTEGER and max(whole) < frames.WIDEST_INTEGER:
                return values
        cells = [value if type(value) in (str, float) else frames.pack_cell(value) for value in values]
        if float in kinds:
            for place, value in enumerate(cells):
                if type(value) is float and not math.isfinite(value):
                    self.fault(Text("formats.number-not-finite"), row=numbers[place], column=name)
                    cells[place] = None
        return cells


class Batch:
    """Collects single rows with the same columns until a batch is full."""

    def __init__(self, sink: Sink, names: list[str], shaped: bool) -> None:
        self._sink, self._names, self._shaped = sink, names, shaped
        self._clear()

    def _clear(self) -> None:
        self._numbers: list[int] = []
        self._values: list[list[object]] = [[] for _ in self._names]
        self._shapes: list[bytes | None] = []

    def add(self, number: int, values: Sequence[object], shape: bytes | None = None) -> None:
        """Add one row; `values` in the order of the names."""
        self._numbers.append(number)
        for column, value in zip(self._values, values, strict=True):
            column.append(value)
        if self._shaped:
            self._shapes.append(shape)
        if len(self._numbers) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Hand over what has been collected."""
        columns = dict(zip(self._names, self._values, strict=True))
        self._sink.rows(self._numbers, columns, self._shapes if self._shaped else None)
        self._clear()


def reader_of(kind: str) -> Callable[[Job, Sink], None]:
    """Return the function that reads a kind of file; only its own libraries are loaded."""
    return import_module(READERS[kind]).read


def unique_names(names: list[str]) -> list[str]:
    """Return column names of which no two are equal: the second "户数" becomes "户数 (2)"."""
    taken: set[str] = set()
    result = []
    for name in names:
        number, unique = 1, name
        while unique in taken:
            number += 1
            unique = f"{name} ({number})"
        taken.add(unique)
        result.append(unique)
    return result
