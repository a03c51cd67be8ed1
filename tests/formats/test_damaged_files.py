"""What thousands of damaged files have shown (`tests/bench/fuzz_files.py`): each is refused with words now, or read."""

from __future__ import annotations

import json
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from pyproj import CRS

from layers.errors import GridmapError, UnsupportedMedia
from layers.formats import read_table, read_tables, sandbox, write
from layers.store.protocol import Store
from tests.formats.examples import HOUSES, TWO, frame
from tests.formats.hostile import geopackage, zipped
from tests.town import box

PLENTY = 20
SHAPES = [box(0, 0, 10, 10), box(20, 0, 10, 10)]


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """A folder with two houses in every format that a test may ask for by its ending."""
    for ending in (".fgb", ".zip"):
        write(HOUSES, frame(TWO, SHAPES), tmp_path / f"houses{ending}")
    return tmp_path


def test_a_flatgeobuf_that_is_one_by_its_first_bytes_only(houses: Path) -> None:
    path = houses / "houses.fgb"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UnsupportedMedia, match="it cannot be opened"):
        read_table(path)


def test_a_coordinate_system_that_is_named_in_gbk(houses: Path) -> None:
    with zipfile.ZipFile(houses / "houses.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in parts if name.endswith(".prj"))
    parts[name] = parts[name].replace(b'GEOGCS["', 'GEOGCS["国家大地坐标系_'.encode("gb18030"), 1)
    table = read_table(zipped(houses / "named.zip", parts))
    assert [shape.equals(other) for shape, other in zip(table.geometry, SHAPES, strict=True)] == [True, True]
    assert CRS(table.crs).name.startswith("国家大地坐标系_")


def test_a_geopackage_with_a_table_whose_name_is_no_text(tmp_path: Path) -> None:
    path = geopackage(tmp_path / "a.gpkg", [None])
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE places", b"CREATE TABLE plac\xff\xfe"))
    with pytest.raises(UnsupportedMedia, match="GeoPackage"):
        read_table(path)


@pytest.mark.parametrize("column", ["names", "days", "numbers", "odd"])
def test_a_parquet_file_whose_geometry_or_dates_are_none(tmp_path: Path, column: str) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    days = pyarrow.array([-(2**31)], pyarrow.date32())  # five million years before our era
    columns = {"names": pyarrow.array(["a"]), "days": days, "numbers": pyarrow.array([1.5])}
    described = {"encoding": "WKB"} if column != "odd" else "WKB"
    geo = {"primary_column": column, "columns": {column: described}}
    table = pyarrow.table(columns).replace_schema_metadata({"geo": json.dumps(geo)})
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(UnsupportedMedia, match="Parquet"):
        read_table(tmp_path / "a.parquet")


@pytest.mark.deep
@pytest.mark.skipif(
    sys.platform != "linux", reason="processes that are forked, and a kernel that tells who opens a file"
)
def test_some_of_the_thousands(small_town: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.bench.fuzz_files import ENDINGS, Canary, seeds_of
    from tests.bench.mutants import mutant
    from tests.bench.nursery import Nurseries

    canary = Canary(tmp_path / "canary.csv")
    with closing(Nurseries(tmp_path, 60)) as nurseries:
        monkeypatch.setattr(sandbox, "_ask", nurseries.ask)
        for kind in ("geojson", "gpkg", "zip", "csv", "kml"):
            seeds, read = seeds_of(kind, small_town, tmp_path), 0
            for number in range(PLENTY):
                path = tmp_path / f"file{ENDINGS[kind]}"
                path.write_bytes(mutant(kind, seeds, number, canary.path))
                canary.opened()
                try:
                    read += len(read_tables(path)) > 0
                except GridmapError as refusal:
                    assert 400 <= refusal.status < 500 and refusal.say("zh")
                assert not canary.opened() and nurseries.code == 0, (kind, number, nurseries.complaints)
            assert 0 < read < PLENTY
