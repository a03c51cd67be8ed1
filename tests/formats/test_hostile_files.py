"""Files made to do harm: each was seen to work against GIS servers, each is refused here, and the service lives on."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest

from layers.errors import GridmapError, TooLarge, UnsupportedMedia
from layers.formats import Limits, gdal, read_sheets, read_table, read_tables
from tests.formats.hostile import (
    DEEP,
    VRT,
    geopackage,
    geopackage_blob,
    nested_geojson,
    nested_wkb,
    nested_wkt,
    zipped,
)

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", ["a.gpkg", "a.json", "a.geojson", "a.csv", "a.shp", "a.fgb", "a.kml", "a.xlsx"])
def test_a_virtual_file_under_another_name_reads_nothing_of_the_machine(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(VRT)
    with pytest.raises(UnsupportedMedia):
        read_tables(path)


@pytest.mark.parametrize("inner", ["a.kml", "a.csv", "a.gpkg"])
def test_a_virtual_file_in_a_zip_reads_nothing_of_the_machine(tmp_path: Path, inner: str) -> None:
    with pytest.raises(UnsupportedMedia):
        read_tables(zipped(tmp_path / "a.zip", {inner: VRT.encode()}))


def test_the_reading_process_has_only_the_drivers_it_needs(tmp_path: Path) -> None:
    (tmp_path / "a.vrt").write_text(VRT)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    code = """
from layers.formats import gdal
pyogrio = gdal.lean_pyogrio()
for name in ("a.vrt", "a.csv", "/vsicurl/http://127.0.0.1:9/a.shp"):
    try:
        pyogrio.raw.read(name)
    except pyogrio.errors.DataSourceError:
        print("refused")
print(sorted(set(pyogrio.list_drivers()) - gdal.ALLOWED))
"""
    environment = os.environ | gdal.environment() | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.split("\n")[:4] == ["refused", "refused", "refused", "[]"], done.stderr


def test_a_driver_that_the_list_does_not_know_stops_the_first_try_and_is_skipped_in_the_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gdal, "SKIPPED", tuple(name for name in gdal.SKIPPED if name != "OGR_VRT"))
    path = tmp_path / "a.kml"
    path.write_text('<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>d</name><Placemark><name>门</name>'
                    "<Point><coordinates>120,36</coordinates></Point></Placemark></Document></kml>")  # fmt: skip
    assert read_table(path).columns["name"] == ["门"]


class TestNestedCollections:
    """GEOS recurses without a bound: 100,000 levels end the process that asks it."""

    def test_in_geojson(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text('{"type":"Feature","properties":{},"geometry":' + nested_geojson(DEEP) + "}")
        with pytest.raises(UnsupportedMedia, match="nests objects too deeply"):
            read_table(path)

    def test_in_geojson_just_over_the_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text('{"type":"Feature","properties":{"name":"x"},"geometry":' + nested_geojson(9) + "}")
        table = read_table(path)
        assert table.geometry[0] is None
        assert table.faults[0].text.key == "formats.geometry-too-deep"
        assert table.faults[0].where == {"row": 1}

    def test_in_csv(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text(f'name,wkt\ngood,POINT (120 36)\nbad,"{nested_wkt(DEEP)}"\n')
        table = read_table(path)
        assert [shape is None for shape in table.geometry] == [False, True]
        assert [fault.where["row"] for fault in table.faults] == [3]

    def test_in_a_geopackage_blob(self, tmp_path: Path) -> None:
        blobs = [geopackage_blob(nested_wkb(2)), geopackage_blob(nested_wkb(DEEP)), b"GP\0\1"]
        table = read_table(geopackage(tmp_path / "a.gpkg", blobs))
        assert [None if shape is None else shape.geom_type for shape in table.geometry] == [
            "GeometryCollection", None, None
        ]  # fmt: skip
        assert [fault.where["row"] for fault in table.faults] == [2, 3]

    def test_in_kml(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kml"
        nested = "<MultiGeometry>" * DEEP + "<Point><coordinates>1,2</coordinates></Point>" + "</MultiGeometry>" * DEEP
        path.write_text(
            f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>{nested}</Placemark></Document></kml>'
        )
        with pytest.raises(GridmapError):
            read_tables(path)

    def test_in_parquet(self, tmp_path: Path) -> None:
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        path = tmp_path / "a.parquet"
        parquet.write_table(pyarrow.table({"geometry": [nested_wkb(DEEP), nested_wkb(0)]}), path)
        table = read_table(path)
        assert table.geometry[0] is None and table.geometry[1].wkt == "POINT (120 36)"


class TestArchives:
    def test_a_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "bomb.zip", {"a.csv": b"0" * 300_000_000})
        assert path.stat().st_size < 300_000
        with pytest.raises(TooLarge, match="times its size"):
            read_table(path)

    def test_too_large_when_unpacked(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", {"a.csv": os.urandom(3_000_000)})
        with pytest.raises(TooLarge, match="more than 1 MB"):
            read_table(path, limits=Limits(unpacked_bytes=1 << 20))

    def test_too_many_entries(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", {f"{number}.csv": b"a,b" for number in range(1001)})
        with pytest.raises(TooLarge, match="1,001 entries"):
            read_table(path)

    @pytest.mark.parametrize("name", ["../a.csv", "/tmp/a.csv", "b/../../a.csv", "C:/a.csv", "..\\a.csv"])
    def test_names_that_lead_out_are_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UnsupportedMedia, match="leads out of the archive"):
            read_table(zipped(tmp_path / "a.zip", {name: b"a,b\n1,2\n"}))
        assert not (tmp_path.parent / "a.csv").exists()

    def test_links_are_refused(self, tmp_path: Path) -> None:
        entry = zipfile.ZipInfo("a.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(entry, "/etc/passwd")
        with pytest.raises(UnsupportedMedia, match="link and not a file"):
            read_table(tmp_path / "a.zip")

    def test_every_bad_entry_is_named_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedMedia) as refusal:
            read_table(zipped(tmp_path / "a.zip", {"../a.csv": b"", "../b.csv": b""}))
        assert [fault.where["file"] for fault in refusal.value.faults] == ["../a.csv", "../b.csv"]

    def test_an_archive_that_claims_less_than_it_holds(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", {"a.csv": b"a,b\n" + b"1,2\n" * 1000})
        data = bytearray(path.read_bytes())
        at = data.rfind(b"PK\1\2") + 24
        data[at : at + 4] = (10).to_bytes(4, "little")
        path.write_bytes(data)
        with pytest.raises(UnsupportedMedia, match="damaged"):
            read_table(path)


class TestSpreadsheets:
    PARTS: ClassVar = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
        ' Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    }
    SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'

    def workbook(self, path: Path, sheet: str) -> Path:
        parts = self.PARTS | {"xl/worksheets/sheet1.xml": sheet}
        return zipped(path, {name: text.encode() for name, text in parts.items()})

    def test_entities_do_not_grow(self, tmp_path: Path) -> None:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
        row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l11;</t></is></c></row>'
        sheet = f"<?xml version='1.0'?><!DOCTYPE x [{laughs}]>" + self.SHEET.format(row * 2)
        try:
            sheets = read_sheets(self.workbook(tmp_path / "a.xlsx", sheet), limits=Limits(seconds=20))
        except GridmapError:
            return
        assert sum(len(str(cell)) for row in sheets[0].cells for cell in row) < 1000

    def test_one_cell_at_the_far_end_does_not_fill_the_memory(self, tmp_path: Path) -> None:
        cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        with pytest.raises(GridmapError):
            read_sheets(self.workbook(tmp_path / "a.xlsx", self.SHEET.format(cells)))

    def test_a_locked_workbook_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)
        with pytest.raises(UnsupportedMedia, match="password-protected"):
            read_table(path)


class TestGeoPackages:
    @pytest.mark.deep  # seconds of it are waited for
    def test_a_view_that_never_ends_is_stopped(self, tmp_path: Path) -> None:
        view = """CREATE VIEW places AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                  SELECT count(*) AS name, NULL AS geom FROM n"""
        with pytest.raises(TooLarge, match="longer than 2 seconds"):
            read_table(geopackage(tmp_path / "a.gpkg", [], view), limits=Limits(seconds=2))

    def test_a_view_of_endless_rows_meets_the_limit(self, tmp_path: Path) -> None:
        view = """CREATE VIEW places AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                  SELECT i AS name, NULL AS geom FROM n"""
        with pytest.raises(TooLarge, match="more than 50,000 rows"):
            read_table(geopackage(tmp_path / "a.gpkg", [], view), limits=Limits(rows=50_000))

    def test_a_quote_in_a_layer_name_stays_a_name(self, tmp_path: Path) -> None:
        import sqlite3

        path = geopackage(tmp_path / "a.gpkg", [None])
        odd = 'a"; DROP TABLE gpkg_contents; --'
        with sqlite3.connect(path) as base:
            base.execute('ALTER TABLE places RENAME TO "{}"'.format(odd.replace('"', '""')))
            base.execute("UPDATE gpkg_contents SET table_name = ?", [odd])
        base.close()
        assert read_table(path).name == odd
