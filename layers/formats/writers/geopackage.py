"""GeoPackage: one layer named as the catalogue's table, with the ids, its style and what its fields mean.

The field dictionary is the GeoPackage Schema extension (OGC 12-128r18, annex F.9), which GDAL and QGIS read; styles lie
in the table `layer_styles`, where QGIS looks for them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from layers.catalogue import Style
from layers.formats import styles
from layers.formats.export import Export
from layers.formats.writers import vector
from layers.formats.writing import WriteOptions
from layers.text import Text

# A fixed time, so that the same data gives the same file.
THEN = "1980-01-01T00:00:00.000Z"
DATA_COLUMNS = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""
EXTENSION = "gpkg_schema", "http://www.geopackage.org/spec121/#extension_schema", "read-write"
EXTENSIONS = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""
LAYER_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME);
"""


def write(export: Export, target: Path, options: WriteOptions) -> list[Text]:
    """Write a GeoPackage with one layer."""
    table = export.layer.table
    vector.write_layer(export, target, "GPKG", table, vector.arrays(export))
    with closing(sqlite3.connect(target)) as database, database:
        _describe(database, export, options.language)
        if said := options.description():
            database.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = ?", (said, table))
        style = export.layer.style
        if style is not None and len(export.kinds()) == 1:
            _add_style(database, export, style, options.language)
    return []


def _describe(database: sqlite3.Connection, export: Export, language: str) -> None:
    """Say what each column means, and which codes it may hold."""
    table = export.layer.table
    database.executescript(DATA_COLUMNS)
    database.execute(EXTENSIONS)
    for name in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        database.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, ?)", (name, *EXTENSION))
    taken: set[str] = set()
    for field in export.fields:
        domain = f"{table}_{field.name}" if field.values else None
        description = field.description.say(language) if field.description else None
        title, heading = field.label.say(language), field.heading(language, "（）")
        name = heading if heading not in taken else field.name
        taken.add(name)
        database.execute(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (table, field.name, name, title, description, domain),
        )
        for choice in field.values:
            database.execute(
                "INSERT INTO gpkg_data_column_constraints VALUES (?, 'enum', ?, NULL, NULL, NULL, NULL, ?)",
                (domain, choice.code, choice.label.say(language)),
            )


def _add_style(database: sqlite3.Connection, export: Export, style: Style, language: str) -> None:
    table, (kind,) = export.layer.table, export.kinds()
    names = {field.name: field.name for field in export.fields}
    head = (export.layer.label.say(language), language)
    drawn = [write(style, kind, export.fields, names, head) for write in (styles.qml, styles.sld)]
    (column,) = database.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (table,)
    ).fetchone()
    database.executescript(LAYER_STYLES)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
        (THEN,),
    )
    database.execute(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
        "styleQML, styleSLD, useAsDefault, description, owner, update_time) "
        "VALUES ('', '', ?, ?, 'gridmap', ?, ?, 1, '', '', ?)",
        (table, column, *drawn, THEN),
    )
