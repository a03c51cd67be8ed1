"""GeoPackage: one layer named as the catalogue's table, with the ids."""

from __future__ import annotations

from pathlib import Path

from layers.formats.export import Export
from layers.formats.writers import vector
from layers.formats.writing import WriteOptions
from layers.text import Text


def write(export: Export, target: Path, options: WriteOptions) -> list[Text]:
    """Write a GeoPackage with one layer."""
    vector.write_layer(export, target, "GPKG", export.layer.table, vector.arrays(export))
    return []
