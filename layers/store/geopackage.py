"""What makes a SQLite file a GeoPackage 1.4: https://www.geopackage.org/spec140/.

The names in this SQL are the catalogue's, checked in `layers.store.schema`; values are bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.store import predicates
from layers.store.deadlines import Deadline
from layers.store.geometry import SRS_ID, envelope
from layers.store.schema import LayerTable, geometry_type

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10400
GEOMETRY = "geom"
_SPEC = "https://www.geopackage.org/spec140/"
_HISTORY = "gridmap_history"

_REFERENCE_SYSTEMS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined cartesian coordinate reference system"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
    (
        "WGS 84 geodetic",
        4326,
        "EPSG",
        4326,
        'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
        'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
        'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]',
        "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid",
    ),
    (
        "CGCS2000",
        4490,
        "EPSG",
        4490,
        'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",'
        'SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],'
        'PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
        'AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]',
        "longitude/latitude coordinates in decimal degrees, China Geodetic Coordinate System 2000",
    ),
)

_CONTAINER = (
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL,
        srs_id INTEGER PRIMARY KEY,
        organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL,
        definition TEXT NOT NULL,
        description TEXT)""",
    """CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY,
        data_type TEXT NOT NULL,
        identifier TEXT UNIQUE,
        description TEXT DEFAULT '',
        last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
        srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL,
        column_name TEXT NOT NULL,
        geometry_type_name TEXT NOT NULL,
        srs_id INTEGER NOT NULL,
        z TINYINT NOT NULL,
        m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_extensions (
        table_name TEXT,
        column_name TEXT,
        extension_name TEXT NOT NULL,
        definition TEXT NOT NULL,
        scope TEXT NOT NULL,
        CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

# The trigger set of version 1.4: update1 gave way to update6 and update7, update3 to update5, because the old ones
# corrupted the index on an UPSERT. The condition comes before the action, as in the specification.
_TRIGGERS = {
    "insert": (
        "AFTER INSERT ON {t} WHEN (NEW.{g} NOT NULL AND NOT ST_IsEmpty(NEW.{g}))",
        "INSERT OR REPLACE INTO {r} VALUES ({new});",
    ),
    "update2": (
        "AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND (NEW.{g} ISNULL OR ST_IsEmpty(NEW.{g}))",
        "DELETE FROM {r} WHERE id = OLD.fid;",
    ),
    "update4": (
        "AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND (NEW.{g} ISNULL OR ST_IsEmpty(NEW.{g}))",
        "DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid);",
    ),
    "update5": (
        "AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND (NEW.{g} NOTNULL AND NOT ST_IsEmpty(NEW.{g}))",
        "DELETE FROM {r} WHERE id = OLD.fid; INSERT OR REPLACE INTO {r} VALUES ({new});",
    ),
    "update6": (
        "AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND (NEW.{g} NOTNULL AND NOT ST_IsEmpty(NEW.{g}))"
        " AND (OLD.{g} NOTNULL AND NOT ST_IsEmpty(OLD.{g}))",
        "UPDATE {r} SET minx = ST_MinX(NEW.{g}), maxx = ST_MaxX(NEW.{g}), miny = ST_MinY(NEW.{g}),"
        " maxy = ST_MaxY(NEW.{g}) WHERE id = NEW.fid;",
    ),
    "update7": (
        "AFTER UPDATE OF {g} ON {t} WHEN OLD.fid = NEW.fid AND (NEW.{g} NOTNULL AND NOT ST_IsEmpty(NEW.{g}))"
        " AND (OLD.{g} ISNULL OR ST_IsEmpty(OLD.{g}))",
        "INSERT INTO {r} VALUES ({new});",
    ),
    "delete": ("AFTER DELETE ON {t} WHEN OLD.{g} NOT NULL", "DELETE FROM {r} WHERE id = OLD.fid;"),
}
_NEW_BOX = "NEW.fid, ST_MinX(NEW.{g}), ST_MaxX(NEW.{g}), ST_MinY(NEW.{g}), ST_MaxY(NEW.{g})"


@dataclass
class Triggers:
    """Whether the triggers of one connection index what comes; to those asleep every geometry is empty.

    A switch, since SQLite lets no function be replaced while a statement is running.
    """

    awake: bool = True


def register_functions(
    connection: sqlite3.Connection, triggers: Triggers | None = None, deadline: Deadline | None = None
) -> None:
    """Give a connection the five functions that the R-tree's triggers call, `gridmap_touches`, and those of filters."""
    triggers = triggers or Triggers()
    for index, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, _bound(index), deterministic=True)
    connection.create_function(
        "ST_IsEmpty", 1, lambda blob: _is_empty(blob) if triggers.awake else 1, deterministic=True
    )
    connection.create_function("gridmap_touches", 5, _touches, deterministic=True)
    predicates.register(connection, deadline or Deadline())


def create_container(connection: Connection) -> None:
    """Make an empty SQLite file a GeoPackage without layers."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {USER_VERSION}")
    for statement in _CONTAINER:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)", list(_REFERENCE_SYSTEMS))


def register_history(connection: Connection, tables: tuple[str, ...]) -> None:
    """Declare our own tables as an extension, so that a reader knows that they are no accident."""
    connection.exec_driver_sql(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
        [(table, _HISTORY, "changesets, changes and settings of a gridmap workspace") for table in tables],
    )


def register_layer(connection: Connection, layer: LayerTable) -> None:
    """Enter a layer's new table into the GeoPackage, with its spatial index."""
    declared = layer.layer
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)"
        " VALUES (?, 'attributes', ?, ?, 0)",
        (layer.name, f"{declared.label.zh} {declared.id}", declared.label.en),
    )
    if declared.spatial:
        register_geometry(connection, layer)


def register_geometry(connection: Connection, layer: LayerTable) -> None:
    """Make a registered table one of features: its geometry column is new, and gets a spatial index."""
    connection.exec_driver_sql(
        "UPDATE gpkg_contents SET data_type = 'features', srs_id = ? WHERE table_name = ?", (SRS_ID, layer.name)
    )
    connection.exec_driver_sql(
        "INSERT INTO gpkg_geometry_columns VALUES (?,?,?,?,0,0)",
        (layer.name, GEOMETRY, geometry_type(layer.layer), SRS_ID),
    )
    connection.exec_driver_sql(
        "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', ?, 'write-only')",
        (layer.name, GEOMETRY, f"{_SPEC}#extension_rtree"),
    )
    connection.exec_driver_sql(f'CREATE VIRTUAL TABLE "{rtree(layer)}" USING rtree(id, minx, maxx, miny, maxy)')
    names = {"t": f'"{layer.name}"', "r": f'"{rtree(layer)}"', "g": f'"{GEOMETRY}"'}
    names["new"] = _NEW_BOX.format(**names)
    for suffix, (when, then) in _TRIGGERS.items():
        name = f'"{rtree(layer)}_{suffix}"'
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {when.format(**names)} BEGIN {then.format(**names)} END")


def rtree(layer: LayerTable) -> str:
    """Return the name of a layer's R-tree."""
    return f"rtree_{layer.name}_{GEOMETRY}"


def touch_layer(connection: Connection, layer: LayerTable, time: str) -> None:
    """Note in the contents when a layer last changed."""
    connection.exec_driver_sql(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', ?) WHERE table_name = ?",
        (time, layer.name),
    )


def keep_extent(connection: Connection, layer: LayerTable, added: Box | None, removed: Box | None) -> None:
    """Keep a layer's extent true after geometries that lie in `added` came and those in `removed` went.

    The extent grows by arithmetic; the table is only read when something that touched its border has gone, and what
    came does not reach as far.
    """
    new: Sequence[float | None]
    where = (layer.name,)
    old = connection.exec_driver_sql(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", where
    ).one()
    if removed and None not in old and _may_shrink(removed, added, tuple(old)):
        new = connection.exec_driver_sql(
            f'SELECT min(ST_MinX("{GEOMETRY}")), min(ST_MinY("{GEOMETRY}")), max(ST_MaxX("{GEOMETRY}")),'
            f' max(ST_MaxY("{GEOMETRY}")) FROM "{layer.name}"'
        ).one()
    elif added:
        new = added if None in old else around(added, tuple(old))
    else:
        return
    connection.exec_driver_sql(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
        (*new, layer.name),
    )


def measure_extent(connection: Connection, layer: LayerTable) -> None:
    """Look up a layer's extent anew, after other programs had their hands in it."""
    connection.exec_driver_sql(
        f'UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) = (SELECT min(ST_MinX("{GEOMETRY}")),'
        f' min(ST_MinY("{GEOMETRY}")), max(ST_MaxX("{GEOMETRY}")), max(ST_MaxY("{GEOMETRY}")) FROM "{layer.name}")'
        " WHERE table_name = ?",
        (layer.name,),
    )


Box = tuple[float, float, float, float]


def union(one: Box | None, other: Box | None) -> Box | None:
    """Return the box around two boxes, each west, south, east, north."""
    if one is None or other is None:
        return one or other
    return around(one, other)


def around(one: Box, other: Box) -> Box:
    """Return the same of two boxes that are there."""
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


def _may_shrink(removed: Box, added: Box | None, extent: Box) -> bool:
    now = added or (math.inf, math.inf, -math.inf, -math.inf)
    low = any(removed[side] <= extent[side] < now[side] for side in (0, 1))
    return low or any(removed[side] >= extent[side] > now[side] for side in (2, 3))


def _bound(index: int) -> Callable[[bytes | None], float | None]:
    def bound(blob: bytes | None) -> float | None:
        box = envelope(blob)
        return None if box is None else box[index]

    return bound


def _is_empty(blob: bytes | None) -> int | None:
    if blob is None:
        return None
    box = envelope(blob)
    # GDAL writes an empty geometry with an envelope of NaN
    return int(box is None or math.isnan(box[0]))


def _touches(blob: bytes | None, west: float, south: float, east: float, north: float) -> int:
    box = envelope(blob)
    return int(box is not None and box[0] <= east and box[1] >= west and box[2] <= north and box[3] >= south)
