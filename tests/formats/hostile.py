"""Files that mean harm, made small, and a way to read ordinary ones without a second process."""

from __future__ import annotations

import sqlite3
import struct
import zipfile
from io import BytesIO
from pathlib import Path

from layers.formats import Limits, ReadOptions
from layers.formats.kinds import kind_of
from layers.formats.sandbox import Answer
from layers.formats.sink import Job, Sink, reader_of
from layers.formats.table import RawTable

DEEP = 100_000
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="passwd"><SrcDataSource>/etc/passwd</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


def read_here(path: Path, options: ReadOptions | None = None, limits: Limits | None = None) -> RawTable:
    """Read in this process what is no danger to it; the frames go the same way as from the reading process."""
    limits = limits or Limits()
    pipe = BytesIO()
    job = Job(path, path.name, path.stem, kind_of(path), "table", options or ReadOptions(), limits)
    reader_of(job.kind)(job, Sink(pipe, limits))
    pipe.seek(0)
    answer = Answer(limits)
    answer.take(pipe)
    return answer.finished()[0]


def nested_wkb(depth: int) -> bytes:
    """A point inside `depth` geometry collections."""
    return struct.pack("<BII", 1, 7, 1) * depth + struct.pack("<BIdd", 1, 1, 120.0, 36.0)


def nested_wkt(depth: int) -> str:
    return "GEOMETRYCOLLECTION (" * depth + "POINT (120 36)" + ")" * depth


def nested_geojson(depth: int) -> str:
    return (
        '{"type":"GeometryCollection","geometries":[' * depth + '{"type":"Point","coordinates":[120,36]}' + "]}" * depth
    )


def geopackage(path: Path, blobs: list[bytes | None], view: str | None = None) -> Path:
    """A GeoPackage of one layer whose geometry cells are given; with `view`, the layer is that SQL."""
    with sqlite3.connect(path) as base:
        base.executescript("""
            CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
                organization_coordsys_id INTEGER, definition TEXT, description TEXT);
            INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS[]', '');
            CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT, identifier TEXT, srs_id INTEGER);
            CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,
                srs_id INTEGER, z INTEGER, m INTEGER);
            INSERT INTO gpkg_contents VALUES ('places', 'features', 'places', 4326);
            INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 'GEOMETRY', 4326, 0, 0);
        """)
        if view:
            base.execute(view)
        else:
            base.execute("CREATE TABLE places (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT)")
            rows = [(blob, f"place {place}") for place, blob in enumerate(blobs)]
            base.executemany("INSERT INTO places (geom, name) VALUES (?, ?)", rows)
    base.close()
    return path


def geopackage_blob(wkb: bytes) -> bytes:
    return b"GP\0\1" + struct.pack("<i", 4326) + wkb


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path
