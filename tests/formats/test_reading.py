"""Ordinary files with their usual faults, format by format."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from pathlib import Path

import pytest
import shapely
import xlsxwriter

from layers.errors import GridmapError, InvalidParameter, UnsupportedMedia
from layers.formats import ReadOptions, read_sheets
from tests.formats.hostile import geopackage, read_here

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def _keys(table) -> list[str]:
    return [note.key for note in table.notes] + [fault.text.key for fault in table.faults]


class TestGeoJSON:
    def read(self, folder: Path, content: object, name: str = "a.geojson"):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_here(path)

    @pytest.mark.parametrize(
        ("geometry", "wkt"),
        [
            ({"type": "Point", "coordinates": [1, 2, 3]}, "POINT (1 2)"),
            ({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}, "MULTIPOINT ((1 2), (3 4))"),
            ({"type": "LineString", "coordinates": [[1, 2], [3, 4, 5]]}, "LINESTRING (1 2, 3 4)"),
            ({"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]}, "MULTILINESTRING ((1 2, 3 4))"),
            ({"type": "Polygon", "coordinates": [SQUARE]}, "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"),
            ({"type": "MultiPolygon", "coordinates": [[SQUARE]]}, "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)))"),
            (
                {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
                "GEOMETRYCOLLECTION (POINT (1 2))",
            ),
        ],
    )
    def test_every_geometry_bare_or_in_a_feature(self, tmp_path: Path, geometry: dict, wkt: str) -> None:
        feature = {"type": "Feature", "properties": None, "geometry": geometry}
        for content in (geometry, feature, {"type": "FeatureCollection", "features": [feature]}):
            table = self.read(tmp_path, content)
            assert [shape.wkt for shape in table.geometry] == [wkt]
            assert table.crs == "OGC:CRS84"

    @pytest.mark.parametrize(
        ("geometry", "key"),
        [
            ({"type": "Point", "coordinates": ["a", 1]}, "formats.geometry-json"),
            ({"type": "Point", "coordinates": [1]}, "formats.position-short"),
            ({"type": "Point", "coordinates": [None, None]}, "formats.geometry-json"),
            ({"type": "LineString", "coordinates": [[1, 2]]}, "formats.line-too-short"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "formats.ring-too-short"),
            ({"type": "Polygon", "coordinates": SQUARE}, "formats.geometry-json"),
            ({"type": "Circle", "coordinates": [1, 2]}, "formats.geometry-json"),
            ({"coordinates": [1, 2]}, "formats.geometry-json"),
            ("POINT (1 2)", "formats.geometry-json"),
        ],
    )
    def test_a_broken_geometry_costs_its_own_row_only(self, tmp_path: Path, geometry: object, key: str) -> None:
        good = {"type": "Feature", "properties": {"n": 1}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
        table = self.read(tmp_path, {"type": "FeatureCollection", "features": [good, good | {"geometry": geometry}]})
        assert [shape is None for shape in table.geometry] == [False, True]
        assert [(fault.text.key, fault.where["row"]) for fault in table.faults] == [(key, 2)]
        assert table.columns == {"n": [1, 1]}

    def test_no_geometry_is_allowed(self, tmp_path: Path) -> None:
        bare = {"type": "Feature", "properties": {}}
        features = [bare, bare | {"geometry": None}, bare | {"geometry": {"type": "Polygon", "coordinates": []}}]
        table = self.read(tmp_path, {"type": "FeatureCollection", "features": features})
        assert list(table.geometry) == [None, None, None] and not table.faults

    def test_an_open_ring_is_closed_and_named(self, tmp_path: Path) -> None:
        table = self.read(tmp_path, {"type": "Polygon", "coordinates": [SQUARE[:-1]]})
        assert table.geometry[0].wkt == "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
        assert table.notes[0].say("en") == "Rings that were not closed have been closed in 1 row(s): 1."

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (b'{"type":"Point","coordinates":[NaN,1]}', "NaN and Infinity"),
            (b'{"type":"Point","coordinates":[1,\n-Infinity]}', r"NaN and Infinity .*line 2"),
            (b'{"type":"FeatureCollection","features":[', "ends too early"),
            (b'{"type":"FeatureCollection","features":[}', "broken at line 1"),
            (b'{"type":"Topology","objects":{}}', "TopoJSON"),
            (b'{"hello":"world"}', "not GeoJSON"),
            (
                b'{"type":"Feature","properties":{},"geometry":null}\n{"type":"Feature","properties":{}}',
                "object a line",
            ),
            (b'\x1e{"type":"Feature","properties":{}}\n', "object a line"),
            (b"[" * 100_000, "too deeply"),
        ],
    )
    def test_what_is_not_geojson_is_refused_with_its_place(self, tmp_path: Path, text: bytes, reason: str) -> None:
        with pytest.raises(UnsupportedMedia, match=reason):
            self.read(tmp_path, text)

    def test_a_number_beyond_all_bounds(self, tmp_path: Path) -> None:
        table = self.read(
            tmp_path, b'{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1e999,1]}}'
        )
        assert _keys(table) == ["formats.geometry-json"]

    @pytest.mark.parametrize(
        ("name", "crs"),
        [
            ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"),
            ("urn:ogc:def:crs:EPSG::4549", "EPSG:4549"),
            ("EPSG:4549", "EPSG:4549"),
        ],
    )
    def test_the_old_crs_member(self, tmp_path: Path, name: str, crs: str) -> None:
        named = {"type": "name", "properties": {"name": name}}
        assert self.read(tmp_path, {"type": "FeatureCollection", "crs": named, "features": []}).crs == crs

    def test_metres_without_a_name_are_not_taken_for_degrees(self, tmp_path: Path) -> None:
        table = self.read(tmp_path, {"type": "Point", "coordinates": [518032.7, 3985561.2]})
        assert table.crs is None and _keys(table) == ["formats.geojson-not-degrees"]

    def test_properties_stay_raw(self, tmp_path: Path) -> None:
        properties = {"code": "001", "n": 12345678901234567890123, "list": ["a", "b"], "deep": {"a": [1]}, "ok": True}
        table = self.read(tmp_path, {"type": "Feature", "id": 7, "properties": properties, "geometry": None})
        assert {name: values[0] for name, values in table.columns.items()} == {
            "code": "001", "n": "12345678901234567890123", "list": "a;b", "deep": '{"a":[1]}', "ok": True, "id": 7,
        }  # fmt: skip

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
    def test_other_encodings(self, tmp_path: Path, encoding: str) -> None:
        text = json.dumps({"type": "Feature", "properties": {"name": "市南区"}, "geometry": None}, ensure_ascii=False)
        assert self.read(tmp_path, text.encode(encoding)).columns == {"name": ["市南区"]}


class TestCSV:
    def read(self, folder: Path, text: str, written: str = "utf-8", **options: str):
        path = folder / "a.csv"
        path.write_bytes(text.encode(written))
        return read_here(path, ReadOptions(**options))

    @pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
    def test_delimiters_and_encodings(self, tmp_path: Path, delimiter: str, encoding: str) -> None:
        rows = [["code", "名称"], ["001", "市南区"], ["002", "a b"]]
        table = self.read(tmp_path, "\r\n".join(delimiter.join(row) for row in rows), encoding)
        assert table.columns == {"code": ["001", "002"], "名称": ["市南区", "a b"]}
        assert table.rows == [2, 3]

    def test_a_guess_is_told(self, tmp_path: Path) -> None:
        table = self.read(tmp_path, "code,名称\n1,市南区", "gb18030")
        assert _keys(table) == ["formats.encoding-guessed"]
        assert table.choices["encoding_source"] == "guessed"

    def test_an_unclear_encoding_is_asked_for_with_a_preview(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidParameter, match="繁體國語"):
            self.read(tmp_path, "code,name\n1,繁體國語", "big5")
        assert self.read(tmp_path, "code,name\n1,繁體國語", "big5", encoding="big5").columns["name"] == ["繁體國語"]

    def test_an_encoding_that_does_not_fit(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidParameter, match="not valid in this encoding"):
            self.read(tmp_path, "名称\n市南区", "gb18030", encoding="utf-8")

    @pytest.mark.parametrize(
        "heading", ["lng,lat", "LON,LAT", "经度,纬度", "x,y", "longitude,latitude", "经度(°),纬度(°)"]
    )
    def test_points(self, tmp_path: Path, heading: str) -> None:
        table = self.read(tmp_path, f"name,{heading}\na,120.5,36.1\nb,１２０．５,36.2\nc,,\n")
        assert [shape and shape.wkt for shape in table.geometry] == ["POINT (120.5 36.1)", "POINT (120.5 36.2)", None]
        assert list(table.columns) == ["name"] and not table.faults

    @pytest.mark.parametrize("value", ["120.5°", "120°30′", "E120.5", "120度30分", "120°30'0\""])
    def test_a_coordinate_in_degrees_as_people_write_them(self, tmp_path: Path, value: str) -> None:
        quoted = value.replace('"', '""')
        table = self.read(tmp_path, f'name,lng,lat\na,"{quoted}",36.1\n')
        assert table.geometry[0] == shapely.Point(120.5, 36.1)

    @pytest.mark.parametrize("cell", ["120.5,36.1", "120.5，36.1", "120.5 36.1", "(120.5; 36.1)", "36.1°N 120.5°E",
                                      "36.1/120.5", "120°30′，36°6′"])  # fmt: skip
    def test_both_coordinates_in_one_cell(self, tmp_path: Path, cell: str) -> None:
        table = self.read(tmp_path, f'name,坐标\na,"{cell}"\n')
        assert table.geometry[0] == shapely.Point(120.5, 36.1)
        assert list(table.columns) == ["name"]

    def test_a_cell_without_two_numbers_is_a_fault_of_its_row(self, tmp_path: Path) -> None:
        table = self.read(tmp_path, 'name,坐标\na,"120.5,36.1"\nb,"120.6,36.1"\nc,east gate\n')
        assert [each is None for each in table.geometry] == [False, False, True]
        assert [(each.text.key, each.where["row"]) for each in table.faults] == [("formats.coordinates-not-two", 4)]

    def test_a_column_of_addresses_is_no_column_of_coordinates(self, tmp_path: Path) -> None:
        table = self.read(tmp_path, "name,位置\na,青岛路1号\nb,青岛路3号\n")
        assert table.geometry is None
        assert list(table.columns) == ["name", "位置"]

    @pytest.mark.parametrize("value", ["nan", "inf", "1e999", "abc", "", "120°30′ or so"])
    def test_a_coordinate_that_is_no_number(self, tmp_path: Path, value: str) -> None:
        table = self.read(tmp_path, f"name,lng,lat\na,{value},36.1\n")
        assert table.geometry[0] is None
        assert table.faults[0].where == {"row": 2, "column": "lng", "value": value}

    def test_well_known_text(self, tmp_path: Path) -> None:
        rows = ["POINT (1 2)", "SRID=4549;POINT Z (1 2 3)", "POINT (nan 1)", "POLYGON ((0 0, 1 1))", "hello", ""]
        table = self.read(tmp_path, "name;WKT\n" + "\n".join(f'a;"{row}"' for row in rows))
        assert [shape and shape.wkt for shape in table.geometry] == [
            "POINT (1 2)",
            "POINT (1 2)",
            None,
            None,
            None,
            None,
        ]
        assert [fault.where["row"] for fault in table.faults] == [4, 5, 6]
        assert table.crs == "EPSG:4549"

    def test_the_shape_of_the_table(self, tmp_path: Path) -> None:
        table = self.read(tmp_path, 'sep=;\n户数;户数;\n1;2;x\n\n3\n4;5;6;7\n"a\nb";c;d\n')
        assert table.columns == {
            "户数": ["1", "3", "4", "a\nb"],
            "户数 (2)": ["2", None, "5", "c"],
            "column 3": ["x", None, "6", "d"],
        }
        assert [(fault.text.key, fault.where["row"]) for fault in table.faults] == [("formats.csv-too-many-cells", 6)]


class TestXLSX:
    def write(self, path: Path, *sheets: list[list], merged: tuple = ()) -> Path:
        with xlsxwriter.Workbook(str(path)) as book:
            date = book.add_format({"num_format": "yyyy-mm-dd"})
            for rows in sheets:
                sheet = book.add_worksheet()
                for row, values in enumerate(rows):
                    for column, value in enumerate(values):
                        if isinstance(value, dt.date):
                            sheet.write_datetime(row, column, value, date)
                        elif value is not None:
                            sheet.write(row, column, value)
                for span in merged:
                    sheet.merge_range(*span, "merged")
        return path

    def test_a_table_below_its_title_and_above_its_notes(self, tmp_path: Path) -> None:
        rows = [["统计台账"], [None, None, "单位：户"], ["编码", "名称", "户数", "日期"],
                ["001", "一号院", 12, dt.date(2025, 2, 6)], [None] * 4, [370202001001, "二号院", 3.5, "2024.5"],
                ["合计", None, 15.5], ["注：空白为无"]]  # fmt: skip
        table = read_here(self.write(tmp_path / "a.xlsx", rows))
        assert table.columns == {"编码": ["001", 370202001001], "名称": ["一号院", "二号院"], "户数": [12, 3.5],
                                 "日期": [dt.date(2025, 2, 6), "2024.5"]}  # fmt: skip
        assert table.rows == [4, 6]
        assert _keys(table) == ["formats.total-left-out", "formats.note-left-out"]

    def test_digits_that_excel_has_destroyed(self, tmp_path: Path) -> None:
        table = read_here(self.write(tmp_path / "a.xlsx", [["编码", "名称"], [99010100100100001, "一号楼"]]))
        assert table.columns["编码"] == [None]
        assert table.faults[0].where == {"row": 2, "column": "编码", "value": "99010100100100000"}

    def test_points_in_columns(self, tmp_path: Path) -> None:
        table = read_here(self.write(tmp_path / "a.xlsx", [["名称", "经度", "纬度"], ["驿站", 120.5, 36.1]]))
        assert table.geometry[0].wkt == "POINT (120.5 36.1)" and list(table.columns) == ["名称"]

    def test_the_sheet_is_chosen_or_is_the_first_with_a_table(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "a.xlsx", [["just a title"]], [["a", "b"], [1, 2]], [["c", "d"], [3, 4]])
        assert read_here(path).name == "Sheet2"
        assert read_here(path, ReadOptions(sheet="Sheet3")).columns == {"c": [3], "d": [4]}
        with pytest.raises(InvalidParameter, match="Sheet1, Sheet2, Sheet3"):
            read_here(path, ReadOptions(sheet="other"))

    def test_no_table_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedMedia, match="No sheet holds a table"):
            read_here(self.write(tmp_path / "a.xlsx", [["title"]]))

    def test_sheets_as_grids_with_their_merged_ranges(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path / "a.xlsx", [[], ["a", 370202001001, None, 99010100100100001]], merged=((2, 0, 3, 1),)
        )
        (sheet,) = read_sheets(path)
        assert sheet.cells[1] == ["a", 370202001001, None, 99010100100100000.0]
        assert sheet.merged == [(2, 0, 3, 1)] and sheet.cells[2][0] == "merged"


class TestGeoPackage:
    def test_layers(self, tmp_path: Path) -> None:
        path = geopackage(tmp_path / "a.gpkg", [None])
        assert read_here(path).columns == {"name": ["place 0"]}
        assert read_here(path).crs == "EPSG:4326"
        with pytest.raises(InvalidParameter, match="places"):
            read_here(path, ReadOptions(layer="streets"))

    @pytest.mark.parametrize("content", [None, b"SQLite format 3\0" + b"\0" * 200])
    def test_it_is_closed_whatever_it_holds(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
    ) -> None:
        """Left to the interpreter it would stay open while an error is looked at, and Windows would not delete it."""
        path, opened = geopackage(tmp_path / "a.gpkg", [None]), []
        if content is not None:
            path.write_bytes(content)

        class Watched(sqlite3.Connection):
            def __init__(self, *given: object, **named: object) -> None:
                super().__init__(*given, **named)
                opened.append(self)

            def close(self) -> None:
                opened.remove(self)
                super().close()

        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, factory=Watched, **named))
        if content is None:
            read_here(path)
        else:
            with pytest.raises(GridmapError):
                read_here(path)
        assert opened == []

    @pytest.mark.parametrize("content", [b"SQLite format 3\0" + b"\0" * 200, b"SQLite format 3\0"])
    def test_a_broken_one(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.gpkg").write_bytes(content)
        with pytest.raises(GridmapError):
            read_here(tmp_path / "a.gpkg")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", b"%PDF-1.7", "PDF"),
        ("a.xlsx", b"a,b\n1,2", "plain text"),
        ("a.gpkg", b"PK\3\4", "zip"),
        ("a.geojson", b"<html>", "XML"),
        ("a.shp", b"{}", "JSON"),
        ("a.csv", b"a\0\0b", "binary"),
        ("a.docx", b"PK\3\4", "not read"),
        ("a.csv", b"", "empty"),
    ],
)
def test_an_ending_that_lies(tmp_path: Path, name: str, content: bytes, found: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnsupportedMedia, match=found):
        read_here(tmp_path / name)
