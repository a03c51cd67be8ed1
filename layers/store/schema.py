"""The tables: those of the layers, which come from the catalogue, and the system's own, which migrations create."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import UserDefinedType

from layers.catalogue import Catalogue, Layer

_COLUMN_TYPES = {
    "text": "TEXT",
    "enum": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "list": "TEXT",
}
_SAFE_NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = ("fid", "id", "version", "geom", "geometry")


class Declared(UserDefinedType[Any]):
    """A column whose declared type is written as it is and whose values pass through untouched.

    GDAL and QGIS take a column's type from its declaration; conversion is the business of `layers.store.values`.
    """

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:  # SQLAlchemy's, of no use here
        """Return the declared type."""
        return self.name


@dataclass(frozen=True, slots=True)
class LayerTable:
    """A layer, its table, the names of its columns in the order in which features are read and written, and the SQL
    that reads the feature with an id, and those whose ids a JSON list holds."""

    layer: Layer
    table: Table
    columns: tuple[str, ...]
    select_statement: str
    select_listed: str

    @property
    def name(self) -> str:
        """Return the table's name."""
        return self.table.name

    def insert_statement(self, columns: Sequence[str]) -> str:
        """Return the SQL that creates a feature from some of its columns; the others have no value."""
        names = ", ".join(f'"{name}"' for name in columns)
        return f'INSERT INTO "{self.name}" ({names}) VALUES ({", ".join("?" * len(columns))})'

    def update_statement(self) -> str:
        """Return the SQL that replaces a feature: its columns in order but for the id, then the id."""
        values = ", ".join(f'"{name}" = ?' for name in self.columns[1:])
        return f'UPDATE "{self.name}" SET {values} WHERE id = ?'


def geometry_type(layer: Layer) -> str:
    """Return the type of a layer's geometry column: the one that holds everything the layer accepts."""
    if len(layer.accepts) > 1:
        return "GEOMETRY"
    return {"point": "POINT", "line": "MULTILINESTRING", "polygon": "MULTIPOLYGON"}[layer.accepts[0]]


@lru_cache(maxsize=4)
def layer_tables(layers: Catalogue) -> Mapping[str, LayerTable]:
    """Return the table of every layer by layer id; ValueError for a name that cannot be a table's or column's."""
    metadata = MetaData()
    return MappingProxyType({layer.id: _layer_table(layer, metadata) for layer in layers})


def _layer_table(layer: Layer, metadata: MetaData) -> LayerTable:
    for name in (layer.table, *layer.by_name):
        if not _SAFE_NAME.fullmatch(name) or name in RESERVED or name.startswith(("gpkg_", "rtree_", "gridmap_")):
            raise ValueError(f"layer {layer.id}: {name!r} cannot be the name of a table or column")
    table = Table(
        layer.table,
        metadata,
        Column("fid", Integer, primary_key=True),
        Column("id", Declared("TEXT"), nullable=False, unique=True),
        Column("version", Declared("INTEGER"), nullable=False),
        *(Column(field.name, Declared(_COLUMN_TYPES[field.type])) for field in layer.fields),
        *([Column("geom", Declared(geometry_type(layer)))] if layer.spatial else []),
        sqlite_autoincrement=True,
    )
    columns = tuple(column.name for column in table.columns if column.name != "fid")
    names = ", ".join(f'"{name}"' for name in columns)
    select = f'SELECT {names} FROM "{table.name}" WHERE id'
    return LayerTable(layer, table, columns, f"{select} = ?", f"{select} IN (SELECT value FROM json_each(?))")


_system = MetaData()

changesets = Table(
    "gridmap_changesets",
    _system,
    Column("revision", Integer, primary_key=True),
    Column("author", Text),
    Column("time", Text),
    Column("message", Text),
    Column("kind", Text),
    Column("reverts", Integer),
    Column("counts", Text),
    Column("effective", Text),
    Column("opening", Integer),
)

changes = Table(
    "gridmap_changes",
    _system,
    Column("revision", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("layer", Text),
    Column("feature_id", Text),
    Column("op", Text),
    Column("before", LargeBinary),
    Column("after", LargeBinary),
)

layer_revisions = Table(
    "gridmap_layer_revisions",
    _system,
    Column("layer", Text, primary_key=True),
    Column("revision", Integer),
)

settings = Table(
    "gridmap_settings",
    _system,
    Column("name", Text, primary_key=True),
    Column("value", Text),
)
