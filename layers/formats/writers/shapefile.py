"""A zipped Shapefile that others can read: UTF-8 with `.cpg`, ASCII field names of ten letters, a dictionary, styles.

A Shapefile holds one kind of geometry, so mixed layers become several; names hold ten bytes, texts 254.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from layers.errors import Fault, InvalidParameter
from layers.formats import styles
from layers.formats.export import KINDS, Export
from layers.formats.formulas import harmless
from layers.formats.short_names import short_names
from layers.formats.writers import vector
from layers.formats.writing import WriteOptions
from layers.text import Text

TEXT_BYTES = 254
DICTIONARY = {"zh": "字段说明.csv", "en": "fields.csv"}
# A fixed date, so the same data gives the same archive.
ENTRY_DATE = (1980, 1, 1, 0, 0, 0)
TEXTUAL = ("text", "enum", "list")


def write(export: Export, target: Path, options: WriteOptions) -> list[Text]:
    """Write one zip with a Shapefile for each kind of geometry, or a bare table where there is none."""
    kinds = sorted(export.kinds())
    if "collection" in kinds:
        raise InvalidParameter(Fault(Text("formats.shp-collection"), {"file": target.name}))
    aliases = short_names(export.fields)
    notes: list[Text] = []
    folder = target.with_suffix("")
    folder.mkdir()
    for kind in kinds or (None,):
        name = export.layer.table + (f"_{kind}" if len(kinds) > 1 else "")
        _write_one(_of_kind(export, kind, kinds), folder / name, aliases, notes)
        if kind is not None and export.layer.style is not None:
            head = (export.layer.label.say(options.language), options.language)
            for ending, style in ((".qml", styles.qml), (".sld", styles.sld)):
                text = style(export.layer.style, kind, export.fields, aliases, head)
                (folder / name).with_suffix(ending).write_text(text, "utf-8")
    made = io.BytesIO()  # on a full disk an archive complains once more when it is forgotten
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            _add(archive, path.name, path.read_bytes())
        _add(archive, DICTIONARY[options.language], _dictionary(export, aliases, options.language))
    target.write_bytes(made.getvalue())
    return notes


def _of_kind(export: Export, kind: str | None, kinds: list[str]) -> Export:
    """Return the features of one kind; those without geometry go with the first."""
    if kind is None or len(kinds) == 1:
        return export
    dimensions = shapely.get_dimensions(export.geometry)
    number = next(key for key, value in KINDS.items() if value == kind)
    chosen = (dimensions == number) | ((dimensions < 0) & (kind == kinds[0]))
    places = np.flatnonzero(chosen)
    return replace(
        export,
        ids=[export.ids[place] for place in places],
        columns={name: [values[place] for place in places] for name, values in export.columns.items()},
        geometry=export.geometry[places],
    )


def _write_one(export: Export, stem: Path, aliases: dict[str, str], notes: list[Text]) -> None:
    columns = []
    textual = {field.name for field in export.fields if field.type in TEXTUAL}
    for name, values, mask in vector.arrays(export, with_id=False):
        if name in textual:
            values = _cut(name, values, notes)
        columns.append((aliases[name], values, mask))
    ending = ".shp" if export.kinds() else ".dbf"
    vector.write_layer(export, stem.with_suffix(ending), "ESRI Shapefile", stem.name, columns)
    _refuse_cut(stem, len(export))
    # GDAL writes the .cpg for some encodings only; a table without it is garbled elsewhere.
    stem.with_suffix(".cpg").write_text("UTF-8", "ascii")


def _refuse_cut(stem: Path, count: int) -> None:
    """Refuse files that are shorter than they should be: GDAL does not always say that the disk was full."""
    with stem.with_suffix(".dbf").open("rb") as table:
        head = struct.unpack("<4xIHH", table.read(12))
        whole = head[0] == count and os.fstat(table.fileno()).st_size >= head[1] + head[0] * head[2]
    for path in (stem.with_suffix(".shp"), stem.with_suffix(".shx")):
        if path.exists():
            with path.open("rb") as shapes:
                words = struct.unpack(">24xI", shapes.read(28))[0]
                whole &= os.fstat(shapes.fileno()).st_size == 2 * words
    if not whole:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _cut(name: str, values: np.ndarray, notes: list[Text]) -> np.ndarray:
    """Cut texts to the 254 bytes that a DBF cell holds, never inside a character, and say so."""
    result, count = values.copy(), 0
    for place, value in enumerate(values):
        if value is not None and len(value.encode()) > TEXT_BYTES:
            result[place] = value.encode()[:TEXT_BYTES].decode("utf-8", "ignore")
            count += 1
    if count:
        notes.append(Text("formats.dbf-cut", column=name, count=count))
    return result


def _dictionary(export: Export, aliases: dict[str, str], language: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    headings = ("short", "field", "label", "unit", "values", "description")
    writer.writerow([Text(f"formats.dictionary-{each}").say(language) for each in headings])
    for field in export.fields:
        allowed = "; ".join(f"{choice.code} = {choice.label.say(language)}" for choice in field.values)
        description = field.description.say(language) if field.description else ""
        label, unit = field.label.say(language), field.unit_in(language)
        row = [aliases[field.name], field.name, label, unit, allowed, description]
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, ENTRY_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)
