"""Reading through GDAL, batch by batch, its doors shut (see `layers.formats.gdal`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from layers.errors import Fault, UnsupportedMedia
from layers.formats import gdal
from layers.formats.sink import BATCH_ROWS, Job, Sink, unique_names
from layers.text import Text

Decoder = Callable[[str, int, str], str | None]


@dataclass(frozen=True, slots=True)
class View:
    """What to take of a file.

    Parameters
    ----------
    decode : callable, optional
        For files whose text is in an encoding of our choice: GDAL then hands every byte over as one character, and
        this turns a text, its row and its column into words.
    layer : str, optional
        The layer's name, for files with several.
    without : collection of str
        Columns that are left out.
    renamed : mapping
        The driver's name of a column → ours.
    texts : mapping
        Place of a column → row → what stands there, where the driver would read something else.
    skipped : collection of int
        Places of columns whose texts are not in the file; they are told.
    starred : mapping
        Place of a column → how many of its cells may hold a number that did not fit.
    """

    decode: Decoder | None = None
    layer: str | None = None
    without: Collection[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    skipped: Collection[int] = ()
    starred: Mapping[int, int] = field(default_factory=dict)


WHOLE = View()
Found: TypeAlias = "tuple[dict[str, Any], np.ndarray | None, list[np.ndarray]]"
"""What pyogrio says of a layer, its shapes as WKB, and its columns."""


def read_layer(path: Path, job: Job, sink: Sink, view: View = WHOLE) -> str | None:
    """Send one layer's rows and return its coordinate system as the file names it.

    Parameters
    ----------
    path : Path
        A file in the private folder.
    view : View
        What to take of it.
    """
    pyogrio = gdal.lean_pyogrio()
    told = (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, ValueError, RuntimeError)
    first, crs = 0, None
    while True:
        try:
            meta, _, shapes, fields = pyogrio.raw.read(
                path,
                layer=view.layer,
                encoding="ISO-8859-1" if view.decode else None,
                force_2d=True,
                skip_features=first,
                max_features=BATCH_ROWS,
                datetime_as_string=True,  # as numbers they would lose their zone
            )
        except MemoryError:
            raise
        except Exception as error:  # pyogrio raises whatever it stumbles over: an IndexError where there is no layer
            reason = plain_reason(str(error)) if isinstance(error, told) else "it cannot be opened"
            text = Text("formats.vector-broken", row=first + 1, reason=reason)
            raise UnsupportedMedia(Fault(text, {"file": job.file})) from error
        crs = meta["crs"]
        count = len(shapes) if shapes is not None else max((len(values) for values in fields), default=0)
        if count or not first:
            _send(sink, first, count, (meta, shapes, fields), view)
        first += count
        if count < BATCH_ROWS:
            return crs


def _send(sink: Sink, first: int, count: int, found: Found, view: View) -> None:
    meta, shapes, fields = found
    decode = view.decode
    numbers = list(range(first + 1, first + count + 1))
    names = [str(name) for name in meta["fields"]]
    if decode:
        names = [decode(name, 0, "") or name for name in names]
    columns = {}
    for place, (name, values, kind) in enumerate(zip(unique_names(names), fields, meta["ogr_types"], strict=True)):
        if name in view.without:
            continue
        if place in view.skipped:
            sink.note(Text("formats.memo-left-out", column=name))
            continue
        cells = _cells(values, kind)
        for row, text in view.texts.get(place, {}).items():
            if first < row <= first + count:
                cells[row - first - 1] = text
        if place in view.starred:
            sink.note(Text("formats.numbers-starred", column=name, count=view.starred[place]))
        if decode:
            cells = [
                decode(value, number, name) if isinstance(value, str) else value
                for value, number in zip(cells, numbers, strict=True)
            ]
        columns[view.renamed.get(name, name)] = cells
    checked = None
    if shapes is not None and meta["geometry_type"] is not None:
        checked = sink.shapes(numbers, list(shapes))
    sink.rows(numbers, columns, checked)


def _cells(values: np.ndarray, kind: str) -> list[object]:
    """Return plain Python values, None for what is missing; whole numbers with gaps come from GDAL as floats."""
    if kind in ("OFTDate", "OFTDateTime"):
        return [_moment(value, kind) for value in values]
    cells = values.tolist()
    if values.dtype.kind == "f":
        whole = kind in ("OFTInteger", "OFTInteger64")
        return [None if value != value else int(value) if whole else value for value in cells]
    if values.dtype == object:
        return [_plain(value) for value in cells]
    return cells


def _moment(value: object, kind: str) -> object:
    """Return a day, or a moment with the zone that it names; what GDAL does not write as one stays text."""
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = dt.datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        return value
    return moment.date() if kind == "OFTDate" else moment


def _plain(value: object) -> object:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, np.ndarray):
        return ";".join(str(each) for each in value.tolist()) or None
    return value


def plain_reason(text: str) -> str:
    """Return GDAL's words without paths."""
    return text.replace(str(Path.cwd()), "").replace("input", "")[:120]
