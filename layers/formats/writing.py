"""Writing a layer to a file: one door, one preparation, one writer per ending, and never half a file.

Formats of text are written part by part, so that a city need not be held in memory; the others take a layer whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from layers import disks, scratch
from layers.catalogue import Layer
from layers.errors import Fault, GridmapError, InvalidParameter
from layers.text import Text

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from layers.formats.export import Export

WRITERS = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "geopackage",
    ".zip": "shapefile",
    ".csv": "delimited",
    ".xlsx": "spreadsheet",
    ".fgb": "flatgeobuf",
    ".kml": "kml",
    ".parquet": "parquet",
}
# Those whose `write` takes the parts of a layer one after the other.
STREAMED = ("geojson", "delimited", "kml")
PROFILES = ("rfc7946", "legacy")
ABOUT = "-metadata.json"
"""How the name of what describes a CSV file ends, after the CSV file's own: see `layers.formats.writers.beside`."""


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """A small table for the summary sheet."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose records a file holds, and up to which day they tell; None where nobody said so."""

    workspace: str | None = None
    data_date: str | None = None


NOBODYS = Whose()


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a layer is to be written.

    Parameters
    ----------
    crs : str or None
        Coordinate system of the file; None = longitude and latitude, WGS84. ``EPSG:4490`` keeps the coordinates
        and names CGCS2000.
    profile : str
        For GeoJSON: ``"rfc7946"`` (WGS84 only) or ``"legacy"`` (any system, named by a `crs` member).
    language : str
        ``"zh"`` or ``"en"``: headings, sheets, words for enumerations, in spreadsheets.
    title, as_of : str or None
        Head of the summary sheet: what it is, and which day it shows.
    whose : Whose
        It stands in the summary sheet, in the ``metadata`` member of GeoJSON, in the description of a GeoPackage, a
        FlatGeobuf file and KML, in the metadata of Parquet; for CSV beside it (`layers.formats.writers.beside`).
    summary : sequence of (label, value, unit or denominator)
        Figures for the summary sheet.
    tables : sequence of SummaryTable
        Small tables below them.
    """

    crs: str | None = None
    profile: str = "rfc7946"
    language: str = "zh"
    title: str | None = None
    as_of: str | None = None
    whose: Whose = NOBODYS
    summary: Sequence[tuple[object, object, object]] = ()
    tables: Sequence[SummaryTable] = ()


    def about(self) -> list[tuple[str, Text, str]]:
        """Return what the file says of itself, as far as it is known: name, label and value."""
        said = (("workspace", self.whose.workspace), ("data_date", self.whose.data_date), ("as_of", self.as_of))
        return [(name, Text(f"formats.about-{name.replace('_', '-')}"), value) for name, value in said if value]

    def description(self) -> str:
        """Return that as one sentence in the file's language."""
        colon = "：" if self.language == "zh" else ": "
        return " · ".join(f"{label.say(self.language)}{colon}{value}" for _, label, value in self.about())


PLAIN = WriteOptions()


def write(layer: Layer, frame: GeoDataFrame, target: Path, options: WriteOptions = PLAIN) -> list[Text]:
    """Write a layer's features to a file whose ending chooses the format.

    Parameters
    ----------
    layer : Layer
        Says what the columns mean; those fields are written that are columns of `frame`.
    frame : GeoDataFrame
        Indexed by id, EPSG:4326, geometry may be missing. Whatever must not leave has been taken out by the caller.
    target : Path
        Replaced only when the file is complete.

    Returns
    -------
    list of Text
        What the format could not hold (cut texts, geometry left out).

    Raises
    ------
    InvalidParameter
        An ending that is not written, or a coordinate system that the format or PROJ does not take.
    StorageFull
        The disk is full; `target` is as it was.
    """
    return write_parts(layer, [frame], target, options)


def write_parts(
    layer: Layer, frames: Iterable[GeoDataFrame], target: Path, options: WriteOptions = PLAIN
) -> list[Text]:
    """Write the parts of a layer as `write` does the whole; the same file comes of it however they are parted.

    Parameters
    ----------
    frames : iterable of GeoDataFrame
        At least one; only one unless the ending `is_streamed`. They may be walked through more than once.
    """
    target = Path(target)
    name = _writer(target)
    writer = import_module(f"layers.formats.writers.{name}")
    parts = _Parts(layer, frames, options)
    if name in STREAMED:
        return replace_whole(target, lambda path: writer.write(parts, path, options))
    (whole,) = parts
    return replace_whole(target, lambda path: writer.write(whole, path, options))


def is_streamed(target: Path) -> bool:
    """Say whether a file of this ending is written part by part; errors as `write`."""
    return _writer(Path(target)) in STREAMED


def writable_endings() -> list[str]:
    """Return the endings that `write` knows."""
    return list(WRITERS)


def replace_whole(target: Path, make: Callable[[Path], list[Text]]) -> list[Text]:
    """Let `make` write a file in a room beside `target`, then put it in place in one step; errors as `write`."""
    try:
        with scratch.beside(target) as room:
            path = room / f"whole{target.suffix.lower()}"
            notes = make(path)
            os.replace(path, target)
    except GridmapError:
        raise
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise InvalidParameter(Fault(Text("formats.cannot-write"), {"file": target.name})) from error
    except Exception as error:  # every library has an error of its own for a disk that is full
        full = disks.refusal(error, target.name)
        if full is None:
            raise
        raise full from error
    return notes


@dataclass(frozen=True, slots=True)
class _Parts:
    """A layer's frames made ready for the writer, each when its turn comes."""

    layer: Layer
    frames: Iterable[GeoDataFrame]
    options: WriteOptions

    def __iter__(self) -> Iterator[Export]:
        from layers.formats.export import prepare

        for frame in self.frames:
            yield prepare(self.layer, frame, self.options)


def _writer(target: Path) -> str:
    ending = target.suffix.lower()
    if ending not in WRITERS:
        raise InvalidParameter(Fault(Text("formats.ending-not-written", endings=list(WRITERS)), {"file": target.name}))
    return WRITERS[ending]
