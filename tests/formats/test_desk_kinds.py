"""Kinds of files that other programs write: Esri JSON, KMZ, KML with Chinese names, zips of several folders."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from layers.errors import GridmapError, InvalidParameter, TooLarge, UnsupportedMedia
from layers.formats import read_table, read_tables
from layers.formats.limits import Limits
from layers.formats.readers.esrijson import polygons
from layers.formats.table import ReadOptions

SQUARE = [[120.4, 36.2], [120.401, 36.2], [120.401, 36.201], [120.4, 36.201], [120.4, 36.2]]
HOLE = [[120.4004, 36.2004], [120.4006, 36.2004], [120.4006, 36.2006], [120.4004, 36.2006], [120.4004, 36.2004]]
BESIDE = [[x + 0.01, y] for x, y in SQUARE]


def esri(path: Path, *geometries: object, **members: object) -> Path:
    features = [{"attributes": {"YCBM": f"A{place}"}, "geometry": each} for place, each in enumerate(geometries)]
    head = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4490}, "features": features} | members
    path.write_text(json.dumps(head, ensure_ascii=False), "utf-8")
    return path


class TestEsriJSON:
    def test_shells_and_holes_whichever_way_they_run(self, tmp_path: Path) -> None:
        path = esri(
            tmp_path / "a.json", {"rings": [SQUARE[::-1], HOLE]}, {"rings": [SQUARE, HOLE]},
            {"rings": [HOLE, BESIDE, SQUARE]}, {"rings": [SQUARE]}, None,
        )  # fmt: skip
        table = read_table(path)
        shell, beside = shapely.Polygon(SQUARE, [HOLE]), shapely.Polygon(BESIDE)
        assert table.geometry[0].equals(shell) and table.geometry[1].equals(shell)
        assert table.geometry[2].equals(shapely.union(shell, beside))
        assert table.geometry[3].equals(shapely.Polygon(SQUARE))
        assert table.geometry[4] is None
        assert (table.crs, table.faults) == ("EPSG:4490", [])

    def test_points_and_paths(self, tmp_path: Path) -> None:
        path = esri(tmp_path / "a.json", {"x": 120.4, "y": 36.2}, {"paths": [SQUARE[:2]]}, {"points": SQUARE[:2]},
                    {"x": "NaN", "y": "NaN"})  # fmt: skip
        assert [None if each is None else each.geom_type for each in read_table(path).geometry] == [
            "Point", "LineString", "MultiPoint", None
        ]  # fmt: skip

    def test_aliases_are_headings_and_dates_are_days(self, tmp_path: Path) -> None:
        fields = [{"name": "YCBM", "type": "esriFieldTypeString", "alias": "楼院编码"},
                  {"name": "DATE", "type": "esriFieldTypeDate", "alias": "摸排日期"}]  # fmt: skip
        path = esri(tmp_path / "a.json", {"rings": [SQUARE]}, fields=fields)
        whole = json.loads(path.read_text("utf-8"))
        whole["features"][0]["attributes"]["DATE"] = 1740787200000
        path.write_text(json.dumps(whole), "utf-8")
        table = read_table(path)
        assert table.columns["楼院编码"] == ["A0"]
        assert str(table.columns["摸排日期"][0]) == "2025-03-01 00:00:00+00:00"

    @pytest.mark.parametrize(("reference", "crs"), [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"), ({"wkid": 4549}, "EPSG:4549"),
        ({"wkid": 102100}, "ESRI:102100"), ({"wkt": "GEOGCS[]"}, "GEOGCS[]"), (None, None),
    ])  # fmt: skip
    def test_the_reference_as_it_is_named(self, tmp_path: Path, reference: object, crs: str | None) -> None:
        assert read_table(esri(tmp_path / "a.json", {"rings": [SQUARE]}, spatialReference=reference)).crs == crs

    def test_a_curve_and_a_broken_ring_are_faults_of_their_rows(self, tmp_path: Path) -> None:
        broken = ({"curveRings": [[]]}, {"rings": [[[1], [2]]]}, {"rings": "x"})
        table = read_table(esri(tmp_path / "a.json", *broken, {"rings": [SQUARE]}))
        assert [each.where["row"] for each in table.faults] == [1, 2, 3]
        assert table.geometry[3].equals(shapely.Polygon(SQUARE))

    def test_what_is_deep_costs_its_row_alone(self, tmp_path: Path) -> None:
        path = esri(tmp_path / "a.json", {"rings": [SQUARE]})
        deep = '{"attributes": {"YCBM": ' + "[" * 100_000 + "]" * 100_000 + '}, "geometry": null}'
        rings = '{"attributes": {}, "geometry": {"rings": ' + "[" * 100_000 + "]" * 100_000 + "}}"
        path.write_text(path.read_text("utf-8").replace('"features": [', f'"features": [{deep}, {rings}, '), "utf-8")
        try:
            table = read_table(path)
        except GridmapError as refusal:
            assert 400 <= refusal.status < 500
        else:
            assert {each.where["row"] for each in table.faults} == {1, 2}

    def test_very_many_rings_are_told_apart_by_their_direction(self) -> None:
        shell, hole = (shapely.get_coordinates(shapely.Polygon(each)) for each in (SQUARE[::-1], HOLE))
        assert [len(each) for each in polygons([shell, hole] * 150)] == [2] * 150


class TestKML:
    def kml(self, path: Path, inside: str, declared: str = "UTF-8") -> Path:
        head = f'<?xml version="1.0" encoding="{declared}"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        path.write_bytes((head + inside + "</kml>").encode(declared))
        return path

    MARK = (
        "<Placemark><name>站1</name><ExtendedData>{data}</ExtendedData>"
        "<Point><coordinates>120.401,36.201,5</coordinates></Point></Placemark>"
    )

    @pytest.mark.parametrize("declared", ["UTF-8", "GBK", "GB2312"])
    def test_columns_are_called_as_in_the_file(self, tmp_path: Path, declared: str) -> None:
        data = '<Data name="编码"><value>F01</value></Data><Data name="备注"><value> </value></Data>'
        path = self.kml(tmp_path / "a.kml", f"<Document>{self.MARK.format(data=data)}</Document>", declared)
        table = read_table(path)
        assert table.columns == {"name": ["站1"], "编码": ["F01"]}
        assert table.geometry[0] == shapely.Point(120.401, 36.201)

    def test_a_schema_gives_types(self, tmp_path: Path) -> None:
        schema = '<Schema id="s"><SimpleField name="户数" type="int"/><SimpleField name="编码" type="string"/></Schema>'
        data = ('<SchemaData schemaUrl="#s"><SimpleData name="户数">120</SimpleData>'
                '<SimpleData name="编码">001</SimpleData></SchemaData>')  # fmt: skip
        path = self.kml(tmp_path / "a.kml", f"<Document>{schema}{self.MARK.format(data=data)}</Document>")
        assert read_table(path).columns == {"name": ["站1"], "户数": [120], "编码": ["001"]}

    def test_folders_are_tables(self, tmp_path: Path) -> None:
        marks = (self.MARK.format(data=f'<Data name="{each}"><value>1</value></Data>') for each in ("a", "b", "c"))
        named = zip(("甲", "乙", "甲"), marks, strict=True)
        folders = "".join(f"<Folder><name>{name}</name>{mark}</Folder>" for name, mark in named)
        path = self.kml(tmp_path / "a.kml", f"<Document><name>d</name>{folders}</Document>")
        assert [each.name for each in read_tables(path)] == ["甲", "乙", "甲 (2)"]
        assert read_table(path, ReadOptions(layer="乙")).name == "乙"
        with pytest.raises(InvalidParameter, match="甲, 乙"):
            read_table(path)

    @pytest.mark.parametrize("inside", [
        "<Document>" * 5000 + "</Document>" * 5000, "<Document><Placemark></Document>", "<Document/>",
    ])  # fmt: skip
    def test_what_is_no_map(self, tmp_path: Path, inside: str) -> None:
        with pytest.raises(UnsupportedMedia):
            read_table(self.kml(tmp_path / "a.kml", inside))


class TestKMZ:
    def kmz(self, path: Path, **entries: str) -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in entries.items():
                archive.writestr(name.replace("__", "/").replace("_", "."), text)
        return path

    DOCUMENT = (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>站1</name>'
        "<Point><coordinates>120.4,36.2</coordinates></Point></Placemark></Document></kml>"
    )

    def test_the_document_in_it(self, tmp_path: Path) -> None:
        table = read_table(self.kmz(tmp_path / "a.kmz", doc_kml=self.DOCUMENT, files__a_png="x"))
        assert table.geometry[0] == shapely.Point(120.4, 36.2)
        assert table.columns == {"name": ["站1"]}

    def test_a_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        path = self.kmz(tmp_path / "a.kmz", doc_kml=self.DOCUMENT + " " * (80 << 20))
        with pytest.raises(TooLarge):
            read_table(path, ReadOptions(), Limits(unpacked_bytes=1 << 30, archive_ratio=50))

    @pytest.mark.parametrize("inside", [
        '<!DOCTYPE kml [<!ENTITY a "aaaa">]>' + DOCUMENT, "no map at all", "",
    ])  # fmt: skip
    def test_an_entity_or_no_document(self, tmp_path: Path, inside: str) -> None:
        with pytest.raises(UnsupportedMedia):
            read_table(self.kmz(tmp_path / "a.kmz", doc_kml=inside))

    def test_no_kml_and_no_zip(self, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedMedia, match="holds no KML"):
            read_table(self.kmz(tmp_path / "a.kmz", a_txt="x"))
        (tmp_path / "b.kmz").write_text(self.DOCUMENT, "utf-8")
        with pytest.raises(UnsupportedMedia, match=r"ends in \.kmz"):
            read_table(tmp_path / "b.kmz")


class TestZips:
    def folders(self, tmp_path: Path, *names: str) -> Path:
        parts = gpd.GeoDataFrame({"code": ["A1", "A2"]}, geometry=[shapely.Polygon(SQUARE), shapely.Polygon(BESIDE)])
        (tmp_path / "one").mkdir()
        parts.set_crs(4326).to_file(tmp_path / "one" / "x.shp", encoding="utf-8")
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for part in sorted((tmp_path / "one").iterdir()):
                for name in names:
                    archive.writestr(name + part.suffix, part.read_bytes())
        return tmp_path / "a.zip"

    def test_two_of_one_name_are_chosen_by_their_path(self, tmp_path: Path) -> None:
        path = self.folders(tmp_path, "2024/x", "2025/x")
        with pytest.raises(InvalidParameter, match="2024/x, 2025/x"):
            read_table(path)
        assert [each.name for each in read_tables(path)] == ["2024/x", "2025/x"]
        assert read_table(path, ReadOptions(layer="2025/x")).name == "2025/x"

    def test_what_macos_adds_is_passed_over(self, tmp_path: Path) -> None:
        path = self.folders(tmp_path, "楼栋/x")
        with zipfile.ZipFile(path, "a") as archive:
            for name in ("__MACOSX/楼栋/._x.shp", "楼栋/._x.shp", "楼栋/__MACOSX/y.shp"):
                archive.writestr(name, b"\0\5\x16\7")
        assert len(read_table(path)) == 2


@pytest.mark.parametrize("ring", [
    [[120.4, 36.2]] * 4, [[120.4, 36.2], [120.5, 36.2], [120.6, 36.2], [120.4, 36.2]],
])  # fmt: skip
def test_a_ring_without_area_is_a_fault_of_its_row(tmp_path: Path, ring: list) -> None:
    path = tmp_path / "a.geojson"
    shape = {"type": "Polygon", "coordinates": [ring]}
    path.write_text(json.dumps({"type": "Feature", "properties": {"code": "A1"}, "geometry": shape}), "utf-8")
    table = read_table(path)
    assert table.geometry[0] is None and not table.repaired
    assert [(each.text.key, each.where["row"]) for each in table.faults] == [("formats.geometry-without-area", 1)]
