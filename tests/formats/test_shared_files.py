"""Real files from real offices and test suites: every one gives a table or a clear refusal."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from layers.errors import GridmapError, InvalidParameter, UnsupportedMedia
from layers.formats import RawTable, ReadOptions, read_sheets, read_table, read_tables

NASTY = "nasty"
MISC = "nasty/12_mapshaper_misc"


def _types(table: RawTable) -> dict[str, int]:
    return dict(Counter(shape.geom_type for shape in table.geometry if shape is not None))


def _keys(table: RawTable) -> set[str]:
    return {note.key for note in table.notes} | {fault.text.key for fault in table.faults}


class TestTheLedger:
    FOLDER = "cities/shanghai_core_ledger"

    def test_communities(self, shared_data: Path) -> None:
        table = read_table(shared_data / self.FOLDER / "communities.geojson")
        assert len(table) == 12 and table.columns["name"][0] == "望江社区" and table.crs == "OGC:CRS84"

    def test_buildings_in_gbk_without_cpg(self, shared_data: Path) -> None:
        table = read_table(shared_data / self.FOLDER / "buildings_gbk.zip")
        assert len(table) == 1278 and table.crs == "EPSG:4549" and table.name == "楼栋"
        assert table.choices["encoding"] == "gb18030" and "formats.encoding-guessed" in _keys(table)
        assert {"楼栋编码", "用途", "户数"} <= set(table.columns) and "住宅" in table.columns["用途"]
        assert not table.faults

    def test_stations(self, shared_data: Path) -> None:
        table = read_table(shared_data / self.FOLDER / "stations.csv")
        assert len(table) == 31 and _types(table) == {"Point": 31}
        assert table.choices["encoding"] == "utf-8-sig"

    def test_the_ledger_as_a_grid(self, shared_data: Path) -> None:
        sheet = read_sheets(shared_data / self.FOLDER / "ledger.xlsx")[0]
        assert len(sheet.cells) == 120 and len(sheet.merged) == 11
        assert sheet.cells[4][3] == "9901010010010001" and sheet.cells[118][8] == 53117


@pytest.mark.parametrize(
    ("file", "rows", "types", "crs", "keys"),
    [
        (f"{NASTY}/01_gbk_dbf_no_cpg/区县界_area.shp", 17, {"Polygon": 16, "MultiPolygon": 1}, "EPSG:4326", set()),
        (f"{NASTY}/03_no_prj/sz.shp", 10, {"Polygon": 6, "MultiPolygon": 4}, None, set()),
        (f"{NASTY}/05_bd09_mercator_csv/point-mc.csv", 2998, {"Point": 2998}, None, set()),
        (f"{NASTY}/05_bd09_mercator_csv/wangfujin.csv", 22381, {"Point": 22381}, None, set()),
        (f"{NASTY}/07_bare_geometry_geojson_gcj02/370202.geojson", 1, {"MultiPolygon": 1}, "OGC:CRS84", set()),
        (f"{MISC}/openring.json", 1, {"Polygon": 1}, "OGC:CRS84", {"formats.rings-closed"}),
        (f"{MISC}/ex10_bowtie.json", 1, {"MultiPolygon": 1}, "OGC:CRS84", set()),
        (f"{MISC}/ex17_ogc.json", 1, {"MultiPolygon": 1}, "OGC:CRS84", set()),
        (f"{MISC}/ex1_invalid_rings.json", 1, {"MultiPolygon": 1}, "OGC:CRS84", set()),
        (f"{MISC}/ex2_nesting.json", 1, {"MultiPolygon": 1}, "OGC:CRS84", set()),
        (f"{MISC}/mixed_feature.json", 3, {"MultiPoint": 1, "LineString": 1, "Polygon": 1}, "OGC:CRS84", set()),
        (f"{MISC}/six_counties_three_null.json", 6, {"Polygon": 2, "MultiPolygon": 1}, "OGC:CRS84", set()),
        (f"{MISC}/null_crs_gdal.gpkg", 1, {"MultiPolygon": 1}, None, set()),
        (
            f"{MISC}/missing_shx_gauss_kruger/gauss_kruger.shp",
            3,
            {"Point": 3},
            "EPSG:2435",
            {"formats.shx-restored", "formats.shp-without-table"},
        ),
        (f"{MISC}/shp_corrupt_and_z/data_corruption_error.shp", 8, {"LineString": 8}, "EPSG:3006", set()),
        (f"{MISC}/shp_corrupt_and_z/max_callstack_error.shp", 138, {"LineString": 138}, "EPSG:3021", set()),
        (f"{MISC}/invalid_coords/invalid_coordinates.json", 1, {"Point": 1}, None, {"formats.geojson-not-degrees"}),
        ("population/DenverCo_blocks.zip", 10149, {"Polygon": 10149}, "EPSG:2232", set()),
        ("population/helsinki_population_grid_2020.gpkg", 92, {"Polygon": 92}, "EPSG:4326", set()),
    ],
)
def test_a_file_and_what_is_said_about_it(
    shared_data: Path, file: str, rows: int, types: dict, crs: str | None, keys: set[str]
) -> None:
    table = read_table(shared_data / file)
    assert (len(table), sum(_types(table).values()), table.crs) == (rows, sum(types.values()), crs)
    assert set(_types(table)) == set(types)
    assert _keys(table) == keys


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("raw/shenzhen_futian_overpass.json", "not GeoJSON"),
        ("raw/Helsinki.osm.pbf", "not read"),
        (f"{MISC}/sample1.json", "broken at line 1, column 5"),
        (f"{MISC}/sample.json", "broken at line"),
        (f"{MISC}/data-multipolygon-encoding_native.parquet", "stored as multipolygon"),
        ("cities/shanghai_core_open.gpkg", "several layers.*buildings"),
    ],
)
def test_a_refusal_says_why(shared_data: Path, file: str, reason: str) -> None:
    with pytest.raises(GridmapError, match=reason):
        read_table(shared_data / file)


@pytest.mark.parametrize(
    ("file", "name", "source"),
    [
        ("dbf/gbk.dbf", "简体国语", "guessed"),
        ("dbf/gb2312.dbf", "简体国语", "guessed"),
        ("dbf/utf8.dbf", "国语國語", "guessed"),
        ("dbf_ldid/chinese.shp", "简体", "named"),
        ("dbf_cpg/big5.shp", "國語", "named"),
        ("dbf_cpg/shiftjis.dbf", "カタカナひらがな", "named"),
        ("dbf_cpg/win1251.dbf", "русский", "named"),
        ("dbf_cpg/koi8r.dbf", "русский", "named"),
        ("dbf_cpg/latin2.dbf", "čeština", "named"),
    ],
)
def test_the_encoding_of_a_dbf(shared_data: Path, file: str, name: str, source: str) -> None:
    table = read_table(shared_data / MISC / file)
    assert table.columns["NAME"][0].casefold() == name.casefold()
    assert table.choices["encoding_source"] == source


@pytest.mark.parametrize(
    ("file", "preview", "encoding", "name"),
    [
        ("big5.dbf", "繁體國語", "big5", "繁體國語"),
        ("latin1.dbf", "México", "latin1", "Peçeña México"),
        ("shiftjis.dbf", "shift_jis", "shift_jis", None),
    ],
)
def test_an_unclear_dbf_is_asked_about(
    shared_data: Path, file: str, preview: str, encoding: str, name: str | None
) -> None:
    path = shared_data / MISC / "dbf" / file
    with pytest.raises(InvalidParameter, match=preview):
        read_table(path)
    values = read_table(path, ReadOptions(encoding=encoding)).columns["NAME"]
    assert name is None or name in values


def test_a_dbf_in_utf16_gives_no_rows_and_says_so(shared_data: Path) -> None:
    try:
        table = read_table(shared_data / MISC / "dbf_cpg" / "utf16.dbf")
    except GridmapError:
        return
    assert "formats.no-features" in _keys(table)


@pytest.mark.parametrize("kind", ["", "-xyz"])
@pytest.mark.parametrize(
    "name",
    ["point", "multipoint", "linestring", "multilinestring", "polygon", "multipolygon", "geometrycollection"],
)
def test_every_geometry_becomes_two_dimensional(shared_data: Path, name: str, kind: str) -> None:
    table = read_table(shared_data / NASTY / "13_geojson_xyz_all_types" / f"{name}{kind}.geojson")
    assert table.geometry[0].geom_type.lower() == name and not table.geometry[0].has_z


@pytest.mark.parametrize("city", ["jiang1_su1_nan2_jing1", "shan1_dong1_qing1_dao3", "si4_chuan1_cheng2_du1"])
def test_invalid_districts_are_repaired_where_they_are_read(shared_data: Path, city: str) -> None:
    table = read_table(shared_data / NASTY / "18_invalid_city_districts_echarts" / f"{city}.geojson")
    assert all(shape is not None for shape in table.geometry) and not table.faults
    assert all(shape.is_valid for shape in table.geometry) and len(table.repaired) >= len(table) // 2
    assert all(len(code) == 6 for code in table.columns["id"])


def test_the_bare_list_of_villages(shared_data: Path) -> None:
    table = read_table(shared_data / "raw" / "beijing-village.json")
    assert len(table) == 8470 and table.crs is None
    keys = {"geojson-bare-array", "rings-closed", "ring-too-short", "geometry-without-area"}
    assert _keys(table) == {f"formats.{each}" for each in keys}
    assert len(table.faults) == sum(shape is None for shape in table.geometry) == 17


def test_layers_of_a_geopackage(shared_data: Path) -> None:
    tables = read_tables(shared_data / MISC / "missing_crs_mixed_ranges.gpkg")
    assert [(table.name, table.crs) for table in tables] == [("OR_land_2269", None), ("OR_land_4326", None)]
    tables = read_tables(shared_data / MISC / "data_only_tables.gpkg")
    assert [len(table) for table in tables] == [5, 6]
    assert all(shape is None for table in tables for shape in table.geometry)


def test_a_custom_projection_is_handed_on_as_text(shared_data: Path) -> None:
    assert read_table(shared_data / MISC / "world_land_robin.gpkg").crs.startswith('PROJCS["UNK / Robinson"')


def test_geoparquet(shared_data: Path) -> None:
    pytest.importorskip("pyarrow")
    assert _types(read_table(shared_data / MISC / "example-crs_vermont-crs84-wkt2.parquet")) == {"Polygon": 1}
    assert len(read_table(shared_data / "cities" / "communities_shanghai.parquet")) == 2904


@pytest.mark.parametrize("part", [".shp", ".dbf"])
def test_a_shapefile_that_is_cut_off_is_not_half_read(shared_data: Path, tmp_path: Path, part: str) -> None:
    source = shared_data / NASTY / "03_no_prj"
    for path in source.iterdir():
        shutil.copyfile(path, tmp_path / path.name)
    whole = (source / f"sz{part}").read_bytes()
    (tmp_path / f"sz{part}").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnsupportedMedia, match="damaged"):
        read_table(tmp_path / "sz.shp")
