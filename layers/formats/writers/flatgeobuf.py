"""FlatGeobuf: one layer with its spatial index, for fast reading over a network."""

from __future__ import annotations

from pathlib import Path

from layers.errors import Fault, InvalidParameter
from layers.formats.export import Export
from layers.formats.writers import vector
from layers.formats.writing import WriteOptions
from layers.text import Text


def write(export: Export, target: Path, options: WriteOptions) -> list[Text]:
    """Write a FlatGeobuf file; the index sorts features by place, so one without geometry needs it left out."""
    if not export.kinds():
        raise InvalidParameter(Fault(Text("formats.needs-geometry", ending=".fgb"), {"file": target.name}))
    complete = all(shape is not None for shape in export.geometry)
    index = "YES" if complete else "NO"
    columns = vector.arrays(export)
    said = options.description()
    told = {"DESCRIPTION": said} if said else {}
    vector.write_layer(export, target, "FlatGeobuf", export.layer.table, columns, SPATIAL_INDEX=index, **told)
    return []
