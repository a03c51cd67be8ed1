"""GeoParquet 1.1 with WKB, where pyarrow is installed."""

from __future__ import annotations

from pathlib import Path

from layers.errors import Fault, InvalidParameter
from layers.formats.export import Export
from layers.formats.writers import vector
from layers.formats.writing import WriteOptions
from layers.text import Text

# numpy's kind → the pandas type that can also be missing.
NULLABLE = {"i": "Int64", "b": "boolean"}


def write(export: Export, target: Path, options: WriteOptions) -> list[Text]:
    """Write a GeoParquet file."""
    try:
        import pyarrow  # noqa: F401 - geopandas says it less clearly
    except ImportError as error:
        raise InvalidParameter(Fault(Text("formats.parquet-missing"), {"file": target.name})) from error
    import geopandas
    import pandas

    columns = {}
    for name, values, mask in vector.arrays(export):
        # A day is an object here: pandas has moments only, Parquet has days.
        series = pandas.Series(values.astype(object) if values.dtype.kind == "M" else values)
        columns[name] = series.astype(NULLABLE.get(values.dtype.kind, series.dtype)).mask(mask)
    frame = geopandas.GeoDataFrame(columns, geometry=export.geometry, crs=export.crs)
    # Where pandas keeps what a table says of itself, and any reader of Parquet shows it among the file's metadata.
    frame.attrs = {name: value for name, _, value in options.about()}
    frame.to_parquet(target, index=False)
    return []
