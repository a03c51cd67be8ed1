"""GDAL with its doors shut: only the drivers that gridmap needs, no network, no virtual files, no plugins.

GDAL decides by content, not by ending, which driver opens a file. A virtual file (VRT, GDALG) under any name can
therefore name other files of the machine, and a web driver can fetch. `GDAL_SKIP` is read once, when GDAL
registers its drivers, which is at the import of pyogrio: so the variables are set before.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

ALLOWED = frozenset({"ESRI Shapefile", "FlatGeobuf", "GPKG", "MEM", "Memory"})
SKIPPED = (
    "ADBC", "AIVector", "AmigoCloud", "Arrow", "AVCBin", "AVCE00", "BAG", "CAD", "Carto", "Cloudant", "CouchDB", "CSV",
    "CSW", "DB2ODBC", "DGN", "DODS", "DWG", "DXF", "EDIGEO", "EEDA", "EEDAI", "Elasticsearch", "ESRIJSON", "FileGDB",
    "FITS", "GDALG", "Geoconcept", "GeoJSON", "GeoJSONSeq", "Geomedia", "GeoRSS", "GML", "GMLAS", "GPSBabel", "GPX",
    "GTFS", "HANA", "HDF5", "HTTP", "IDB", "Idrisi", "Interlis 1", "Interlis 2", "JML", "JP2KAK", "JP2OpenJPEG",
    "JSONFG", "KML", "LIBKML", "LVBAG", "MapInfo File", "MapML", "MBTiles", "MiraMonVector", "MongoDBv3",
    "MSSQLSpatial",
    "MVT", "MySQL", "NAS", "netCDF", "NGW", "OAPIF", "OCI", "ODBC", "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT",
    "OpenFileGDB", "OSM", "Parquet", "PCIDSK", "PDF", "PDS4", "PGDUMP", "PGeo", "PLSCENES", "PMTiles", "PostgreSQL",
    "S57", "SDTS", "Selafin", "SOSI", "SQLite", "SVG", "SXF", "TIGER", "TileDB", "TopoJSON", "UK .NTF", "VDV", "VFK",
    "VICAR", "VRT", "Walk", "WAsP", "WFS", "WMTS", "WMS", "XLS", "XLSX", "XODR", "ZARR", "Zarr",
)  # fmt: skip
OPTIONS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE": "NO",
    "GDAL_CONFIG_FILE": "",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_NUM_THREADS": "1",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "OGR_DRIVER_PATH": "disable",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "PROJ_NETWORK": "OFF",
    "SHAPE_RESTORE_SHX": "YES",
    # Large machines reserve address space per thread, which would use up the memory limit.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


class UnlistedDrivers(RuntimeError):
    """GDAL registered drivers that are neither allowed nor on the list of those to skip."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def environment(skipped: tuple[str, ...] = SKIPPED) -> dict[str, str]:
    """Return the variables that a process needs before it imports pyogrio."""
    return {**OPTIONS, "GDAL_SKIP": ",".join(skipped), "OGR_SKIP": ",".join(skipped)}


def lean_pyogrio() -> ModuleType:
    """Import pyogrio for a reading process, without pandas and pyarrow, which that never uses.

    Raises
    ------
    UnlistedDrivers
        Another driver than the allowed ones is registered, so no file may be opened.
    """
    hidden = [heavy for heavy in ("pandas", "geopandas", "pyarrow") if heavy not in sys.modules]
    nowhere: dict[str, Any] = dict.fromkeys(hidden)  # with None there, an import finds nothing
    sys.modules.update(nowhere)
    try:
        import pyogrio
        import pyogrio.raw
    finally:
        for heavy in hidden:  # a process that waits does not know yet whether its file will need them
            del sys.modules[heavy]

    unlisted = sorted(set(pyogrio.list_drivers()) - ALLOWED)
    if unlisted:
        raise UnlistedDrivers(unlisted)
    return pyogrio
