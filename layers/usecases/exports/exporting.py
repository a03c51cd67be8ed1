"""Export a layer, or what an analysis gave, to a file for other tools."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from layers.catalogue import Choice, Field, Label, Layer, Style, catalogue
from layers.errors import Fault, InvalidParameter
from layers.filters import Filter
from layers.formats import write, write_beside
from layers.formats.writing import NOBODYS, SummaryTable, Whose, WriteOptions, is_streamed, write_parts
from layers.store.protocol import Query, Snapshot, Store
from layers.text import Text
from layers.usecases.exports.publishing import PublicSnapshot, public_fields, public_store
from layers.usecases.workspace import data_day, name_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

T = TypeVar("T")
# What `?f=` and the endings of files are called; the first of several is what we write.
ENDINGS = {
    "geojson": ".geojson",
    "gpkg": ".gpkg",
    "shp": ".zip",
    "csv": ".csv",
    "xlsx": ".xlsx",
    "fgb": ".fgb",
    "parquet": ".parquet",
    "kml": ".kml",
}
# Features that are held in memory at a time by formats that are written part by part.
PART = 5_000


@dataclass(frozen=True)
class ExportOptions:
    """How the user wants a layer to be exported.

    Parameters
    ----------
    crs : str, optional
        The file's CRS; longitude and latitude by default.
    profile : {"rfc7946", "legacy"}
        Of GeoJSON.
    as_of : date, optional
        Only features valid on this day.
    known_at : int, optional
        As it was known after this revision.
    where : Filter, optional
        Only features for which this holds.
    public : bool
        Only what is public of the layer: counts below `small_cell` are suppressed, and those that would give one away.
    language : {"zh", "en"}
    described : bool
        Beside a CSV file there is to be one that says whose records it holds.
    """

    crs: str | None = None
    profile: str = "rfc7946"
    as_of: dt.date | None = None
    known_at: int | None = None
    where: Filter | None = None
    public: bool = False
    small_cell: int = 5
    language: str = "zh"
    described: bool = False


def export_layer(store: Store, layer_id: str, target: Path, options: ExportOptions) -> int:
    """Write a layer to a file whose ending chooses the format, and return the number of features.

    Raises
    ------
    InvalidParameter
        The ending or the CRS cannot be used; or a public export was asked for, and the layer is not public, or the
        condition names what is not.
    """
    layer = catalogue().layer(layer_id)
    source = public_store(store, options.small_cell) if options.public else store
    refuse_unwritable(layer, options)
    written = WriteOptions(
        crs=options.crs,
        profile=options.profile,
        language=options.language,
        title=layer.label.say(options.language),
        as_of=None if options.as_of is None else options.as_of.isoformat(),
        whose=whose(store),
    )
    query = Query(as_of=options.as_of, at_revision=options.known_at, filter=options.where)
    with source.snapshot(layer.id, query) as snapshot:
        if is_streamed(target):
            parts = _Leaving(layer, snapshot, options, PART)
            write_parts(layer, parts, target, written)
            if options.described:
                write_beside(layer, target, written)
            return parts.count
        whole = _Leaving(layer, snapshot, options, None)
        (frame,) = whole
    write(layer, frame, target, replace(written, summary=whole.summary()))
    return whole.count


def whose(store: Store) -> Whose:
    """Return whose records these are and up to which day they tell."""
    day = data_day(store)
    return Whose(name_of(store), None if day is None else day.isoformat())


def refuse_unwritable(layer: Layer, options: ExportOptions) -> None:
    """Raise what `export_layer` would raise of its options alone; nothing is read and nothing written."""
    from layers.formats.export import asked_crs

    if options.public and layer.classification != "public":
        raise InvalidParameter(Fault(Text("exports.not-public", layer=layer.label), {"layer": layer.id}))
    if options.public and options.known_at is not None:
        raise InvalidParameter(Fault(Text("exports.no-public-past"), {"parameter": "known_at"}))
    asked_crs(WriteOptions(crs=options.crs))


class _Leaving:
    """What leaves of a layer, part by part, and how much that was; it may be walked through again."""

    def __init__(self, layer: Layer, snapshot: Snapshot, options: ExportOptions, size: int | None) -> None:
        self._layer, self._snapshot, self._options, self._size = layer, snapshot, options, size
        self.count = 0

    def __iter__(self) -> Iterator[gpd.GeoDataFrame]:
        self.count = 0
        public = {field.name for field in public_fields(self._layer)} | {"geometry"}
        for frame in self._snapshot.frames(self._size):
            self.count += len(frame)
            if self._options.public:
                yield frame[[name for name in frame.columns if name in public]]
            else:
                yield frame.drop(columns="version")

    def summary(self) -> list[tuple[object, object, object]]:
        """Return what the summary sheet says of it."""
        language = self._options.language
        rows = [(Text("exports.revision"), self._snapshot.revision)]
        if isinstance(self._snapshot, PublicSnapshot):
            limit = self._options.small_cell
            rows.append((Text("exports.suppressed", limit=limit), self._snapshot.suppressed))
            rows.append((Text("exports.masked"), self._snapshot.masked))
        return [(label.say(language), figure, None) for label, figure in rows]


@dataclass(frozen=True)
class Result:
    """A table that an analysis gave.

    Parameters
    ----------
    id : str
        The analysis.
    title : Label
    columns : mapping
        Column → label.
    frame : DataFrame
        With a ``geometry`` column where it has a place on the map.
    summary : mapping
        Figures that stand beside it, with `labels`.
    words : mapping
        Column or figure → code → what it is called.
    whose : Whose
        What the workspace is called, and up to which day it tells.
    style : Style, optional
        How other programs are to draw the rows.
    """

    id: str
    title: Label
    columns: Mapping[str, Label]
    frame: pd.DataFrame
    summary: Mapping[str, object]
    labels: Mapping[str, Label]
    words: Mapping[str, Mapping[str, Label]]
    whose: Whose = NOBODYS
    style: Style | None = None


def export_result(result: Result, target: Path, language: str, described: bool = False) -> int:
    """Write what an analysis gave to a file whose ending chooses the format; return the number of rows.

    Parameters
    ----------
    described : bool
        As in `ExportOptions`.
    """
    import geopandas as gpd

    frame = result.frame
    if "geometry" not in frame.columns:
        frame = gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs=4326)
    frame = frame.assign(
        **{name: _said(frame[name], language) for name in frame.columns if frame[name].dtype == object}
    )
    fields = tuple(_column(result, name, frame[name]) for name in result.columns if name in frame.columns)
    spatial = "polygon" if bool(frame.geometry.notna().any()) else "none"
    layer = Layer(result.id, result.id, result.title, spatial, ("polygon", "point"), fields, style=result.style)
    as_of = result.summary.get("as_of")
    options = WriteOptions(
        language=language,
        title=result.title.say(language),
        as_of=None if as_of is None else str(as_of),
        whose=result.whose,
        summary=[
            (
                _called(result.labels, name, language),
                NOT_ON_RECORD if value is None else _called(result.words.get(name, {}), value, language),
                _percent(name),
            )
            for name, value in result.summary.items()
            if name != "as_of" and (isinstance(value, str | int | float | dt.date) or value is None)
        ],
        tables=[
            SummaryTable(
                _called(result.labels, name, language),
                (Text("exports.item").say(language), Text("exports.value").say(language)),
                [
                    (_called(result.words.get(name, {}), key, language), NOT_ON_RECORD if each is None else each)
                    for key, each in value.items()
                ],
            )
            for name, value in result.summary.items()
            if isinstance(value, dict) and not any(isinstance(each, dict) for each in value.values())
        ],
    )
    write(layer, frame, target, options)
    if described:
        write_beside(layer, target, options)
    return len(frame)


def _column(result: Result, name: str, values: pd.Series) -> Field:
    choices = tuple(Choice(code, label) for code, label in result.words.get(name, {}).items())
    kind = "enum" if choices else _type(values)
    return Field(name=name, type=kind, label=result.columns[name], unit=_unit(name), values=choices)


def _called(labels: Mapping[str, Label], code: T, language: str) -> T | str:
    """Return what a code is called; itself where it has no name."""
    return labels[code].say(language) if isinstance(code, str) and code in labels else code


NOT_ON_RECORD = "—"  # an empty cell would look like one that was forgotten
UNITS = {"households": "户", "elderly_60": "人"}
SHARES = re.compile(r"(^|_)(coverage|share|lower|upper)(_|$)")


def _percent(name: str) -> str | None:
    return "%" if SHARES.search(name) else None


def _unit(name: str) -> str | None:
    """Return the unit of a column or a figure: a share of one is shown in per cent."""
    return _percent(name) or UNITS.get(name)


def _said(values: pd.Series, language: str) -> list[object]:
    return [value.say(language) if isinstance(value, Text) else value for value in values]


def _type(values: pd.Series) -> str:
    kind = values.dtype.kind if hasattr(values.dtype, "kind") else "O"
    return {"i": "integer", "u": "integer", "f": "number", "b": "boolean", "M": "date"}.get(kind, "text")
