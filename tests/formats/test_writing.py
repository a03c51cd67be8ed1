"""What is in the files that leave: RFC 7946, Shapefiles that open anywhere, spreadsheets that people can use."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
import shapely

from layers.catalogue import Field, Label
from layers.errors import Fault, InvalidParameter
from layers.formats import SummaryTable, WriteOptions, read_table, read_tables, writable_endings, write, write_report
from layers.formats.export import prepare
from layers.text import Text
from tests.formats.examples import HOUSES, TWO, frame, house

BOX = shapely.box(120.1, 36.0, 120.2, 36.1)
HOLED = shapely.Polygon(BOX.exterior, [shapely.box(120.14, 36.04, 120.16, 36.06).exterior])
POINT = shapely.Point(120.123456789, 36.0)


class TestGeoJSON:
    def written(self, tmp_path: Path, shapes: list, rows: list | None = None, **options: object) -> dict:
        path = tmp_path / "a.geojson"
        write(HOUSES, frame(rows or TWO[: len(shapes)], shapes), path, WriteOptions(**options))
        return json.loads(path.read_text("utf-8"))

    def test_a_feature_by_the_letter(self, tmp_path: Path) -> None:
        collection = self.written(tmp_path, [POINT, None])
        assert set(collection) == {"type", "features"}
        first, second = collection["features"]
        assert first == {
            "type": "Feature",
            "id": "id-0",
            "geometry": {"type": "Point", "coordinates": [120.1234568, 36.0]},
            "properties": {
                "code": "990101001001001", "name": "一号院", "use": "residential", "households": 56, "build_year": 1987,
                "floor_area_m2": 1234.5, "open_to_the_street": True, "open_to_the_square": None,
                "surveyed_on": "2025-02-06", "members": ["a1", "b2"],
            },
        }  # fmt: skip
        assert second["geometry"] is None and second["properties"]["members"] is None

    @pytest.mark.parametrize(
        "shape", [HOLED, shapely.MultiPolygon([HOLED]), shapely.orient_polygons(HOLED, exterior_cw=True)]
    )
    def test_shells_turn_left_and_holes_right(self, tmp_path: Path, shape: shapely.Geometry) -> None:
        geometry = self.written(tmp_path, [shape])["features"][0]["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for shell, hole in polygons:
            assert shapely.LinearRing(shell).is_ccw and not shapely.LinearRing(hole).is_ccw
            assert shell[0] == shell[-1] and hole[0] == hole[-1]

    def test_another_system_needs_the_legacy_profile(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidParameter, match="always in WGS84"):
            self.written(tmp_path, [POINT], crs="EPSG:4549")
        collection = self.written(tmp_path, [POINT], crs="4549", profile="legacy")
        assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4549"
        assert collection["features"][0]["geometry"]["coordinates"] == pytest.approx([511126, 3985526], abs=30)

    def test_cgcs2000_keeps_the_numbers(self, tmp_path: Path) -> None:
        plain = self.written(tmp_path, [POINT])
        assert self.written(tmp_path, [POINT], crs="EPSG:4490") == plain
        legacy = self.written(tmp_path, [POINT], crs="EPSG:4490", profile="legacy")
        assert legacy["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4490"
        assert legacy["features"] == plain["features"]

    @pytest.mark.parametrize(
        ("options", "reason"), [({"crs": "moon"}, "no such coordinate"), ({"profile": "x"}, "rfc7946")]
    )
    def test_options_that_do_not_exist(self, tmp_path: Path, options: dict, reason: str) -> None:
        with pytest.raises(InvalidParameter, match=reason):
            self.written(tmp_path, [POINT], **options)

    def test_nothing_to_write_is_an_empty_collection(self, tmp_path: Path) -> None:
        write(HOUSES, frame(TWO, [None, None]).iloc[:0], tmp_path / "a.geojson")
        assert json.loads((tmp_path / "a.geojson").read_text()) == {"type": "FeatureCollection", "features": []}


FORMULAS = [
    "=1+1",
    "+86",
    "-3号楼",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋86",
    "－3号楼",
    "＠SUM(A1)",
    " =1",
    "\u200b=1",
    '"=1',
    "'=1",
]


class TestCSV:
    def test_bytes_and_names(self, tmp_path: Path) -> None:
        write(HOUSES, frame(TWO, [BOX, None]), tmp_path / "a.csv")
        data = (tmp_path / "a.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbfcode,name,use,households,")
        rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
        assert rows[0]["wkt"].startswith("POLYGON ((120.2 36, ") and rows[1]["wkt"] == ""
        assert rows[0]["members"] == "a1;b2" and rows[0]["surveyed_on"] == "2025-02-06"

    def test_points_are_two_columns(self, tmp_path: Path) -> None:
        write(HOUSES, frame(TWO, [POINT, None]), tmp_path / "a.csv")
        rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
        assert [(row["lng"], row["lat"]) for row in rows] == [("120.1234568", "36.0"), ("", "")]

    def test_formulas_are_made_harmless_and_numbers_stay(self, tmp_path: Path) -> None:
        rows = [house(str(place), name=text, floor_area_m2=-2.5) for place, text in enumerate(FORMULAS)]
        write(HOUSES, frame(rows, [None] * len(rows)), tmp_path / "a.csv")
        with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as stream:
            found = list(csv.DictReader(stream))
        assert [row["name"] for row in found] == ["'" + text for text in FORMULAS]
        assert {row["floor_area_m2"] for row in found} == {"-2.5"}
        assert read_table(tmp_path / "a.csv").columns["name"] == FORMULAS


class TestXLSX:
    def book(self, tmp_path: Path, rows: list, shapes: list, **options: object) -> openpyxl.Workbook:
        write(HOUSES, frame(rows, shapes), tmp_path / "a.xlsx", WriteOptions(**options))
        return openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)

    @pytest.mark.parametrize(
        ("language", "names"), [("zh", ["汇总", "明细", "字段说明"]), ("en", ["Summary", "Details", "Fields"])]
    )
    def test_three_sheets(self, tmp_path: Path, language: str, names: list[str]) -> None:
        assert self.book(tmp_path, TWO, [None, None], language=language).sheetnames == names

    def test_details(self, tmp_path: Path) -> None:
        sheet = self.book(tmp_path, TWO, [POINT, None])["明细"]
        head, first, second, total = sheet.iter_rows(values_only=True)
        assert head[:6] == ("编码", "名称", "用途", "户数(户)", "建成年份", "建筑面积(㎡)")
        assert head[6:] == ("是否开放", "是否通广场", "摸排日期", "成员", "经度", "纬度")
        assert first[:6] == ("990101001001001", "一号院", "住宅", 56, 1987, 1234.5)
        assert first[6:] == ("是", None, dt.datetime(2025, 2, 6), "a1;b2", 120.1234568, 36)
        assert second[:4] == ("990101001001002", None, None, 44) and second[6] == "否"
        assert total[:6] == ("合计", None, None, 100, None, 1234.5)
        assert sheet["A2"].data_type == "s" and sheet["A2"].number_format == "@"
        assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref == "A1:L3"

    def test_details_are_set_up_for_paper(self, tmp_path: Path) -> None:
        sheet = self.book(tmp_path, TWO, [POINT, None])["明细"]
        assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) in ((1, 0), (None, 0))
        assert sheet.print_title_rows == "$1:$1"

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_sheet_fits_paper_and_says_what_it_is_of(self, tmp_path: Path, language: str) -> None:
        book = self.book(tmp_path, TWO, [POINT, None], language=language, title="Homes & gardens")
        upright, wide, fields = book.worksheets
        assert upright.page_setup.orientation == "portrait"
        assert wide.page_setup.orientation == fields.page_setup.orientation == "landscape"
        assert fields.print_title_rows == "$1:$1"
        for sheet in book.worksheets:
            assert sheet.page_setup.paperSize == 9 and sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.oddHeader.left.text == "Homes && gardens" and sheet.oddHeader.right.text == "&A"
            assert sheet.oddFooter.center.text == "&P / &N"

    def test_nothing_to_write_is_a_sheet_of_headings(self, tmp_path: Path) -> None:
        write(HOUSES, frame(TWO, [None, None]).iloc[:0], tmp_path / "a.xlsx")
        assert openpyxl.load_workbook(tmp_path / "a.xlsx")["明细"]["A1"].value == "编码"

    def test_text_never_becomes_a_formula(self, tmp_path: Path) -> None:
        rows = [house(text, name=text) for text in [*FORMULAS[:4], "http://x.y", "{=1}"]]
        write(HOUSES, frame(rows, [None] * len(rows)), tmp_path / "a.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["明细"]
        assert [cell.data_type for cell in sheet["A"]] == ["s"] * (len(rows) + 2)
        assert [cell.value for cell in sheet["B"]][1:-1] == [row["name"] for row in rows]

    def test_the_summary(self, tmp_path: Path) -> None:
        table = SummaryTable("按社区", ["社区", "户数"], [["望江社区", 100]])
        options = {
            "title": "无物业楼院",
            "as_of": "2025-02-06",
            "summary": [("覆盖率", 0.667, "6/9 栋")],
            "tables": [table],
        }
        rows = [
            row[:3] for row in self.book(tmp_path, TWO, [None, None], **options)["汇总"].iter_rows(values_only=True)
        ]
        assert rows[0][0] == "无物业楼院"
        assert (
            ("截至", "2025-02-06", None) in rows and ("条数", 2, None) in rows and ("覆盖率", 0.667, "6/9 栋") in rows
        )
        assert rows[-3:] == [("按社区", None, None), ("社区", "户数", None), ("望江社区", 100, None)]

    def test_when_a_record_was_written_is_told_by_the_clocks_of_the_office(self) -> None:
        field = Field("updated_at", "text", Label("更新时间", "Updated at"), system=True)
        export = prepare(HOUSES, frame(TWO, [None, None]), WriteOptions())
        kept = "2025-02-05T20:05:59.123456Z"
        assert export.text(field, kept, "zh") == "2025-02-06 04:05"
        assert export.text(field, kept) == kept  # as programs read it
        assert export.text(field, "20250205", "zh") == "20250205"

    def test_areas_are_left_out_and_it_says_so(self, tmp_path: Path) -> None:
        notes = write(HOUSES, frame(TWO, [BOX, None]), tmp_path / "a.xlsx")
        assert [note.key for note in notes] == ["formats.xlsx-without-geometry"]


class TestShapefile:
    def test_what_is_in_the_zip(self, tmp_path: Path) -> None:
        write(HOUSES, frame(TWO, [BOX, None]), tmp_path / "a.zip")
        with zipfile.ZipFile(tmp_path / "a.zip") as archive:
            assert archive.namelist() == [f"test_houses.{end}" for end in ("cpg", "dbf", "prj", "shp", "shx")] + [
                "字段说明.csv"
            ]
            assert archive.read("test_houses.cpg") == b"UTF-8"
            dictionary = archive.read("字段说明.csv").decode("utf-8-sig").splitlines()
        names = [line.split(",")[:2] for line in dictionary[1:]]
        assert ["flr_ar_m2", "floor_area_m2"] in names and ["opn_t_th_s", "open_to_the_street"] in names
        assert ["opn_t_th_2", "open_to_the_square"] in names
        assert all(len(short) <= 10 and short.isascii() for short, _ in names)

    def test_kinds_of_geometry_are_parted(self, tmp_path: Path) -> None:
        rows = [*TWO, house("3")]
        write(HOUSES, frame(rows, [POINT, BOX, None]), tmp_path / "a.zip")
        tables = {table.name: table for table in read_tables(tmp_path / "a.zip")}
        assert {name: table.columns["code"] for name, table in tables.items()} == {
            "test_houses_point": ["990101001001001", "3"], "test_houses_polygon": ["990101001001002"],
        }  # fmt: skip

    def test_without_geometry_it_is_a_table(self, tmp_path: Path) -> None:
        write(HOUSES, frame(TWO, [None, None]), tmp_path / "a.zip")
        table = read_table(tmp_path / "a.zip")
        assert table.geometry is None and table.columns["name"] == ["一号院", None]

    def test_long_text_is_cut_between_characters_and_told(self, tmp_path: Path) -> None:
        notes = write(HOUSES, frame([house("1", name="楼" * 100)], [BOX]), tmp_path / "a.zip")
        assert [(note.key, note.params["count"]) for note in notes] == [("formats.dbf-cut", 1)]
        assert read_table(tmp_path / "a.zip").columns["name"] == ["楼" * 84]


class TestAnyFormat:
    def test_an_ending_that_is_not_written(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidParameter, match=r"\.geojson, \.json, \.gpkg, \.zip, \.csv, \.xlsx"):
            write(HOUSES, frame(TWO, [None, None]), tmp_path / "a.docx")

    @pytest.mark.parametrize("ending", writable_endings())
    def test_a_failed_write_leaves_the_old_file(
        self, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = tmp_path / f"a{ending}"
        target.write_text("old")
        with pytest.raises(InvalidParameter):
            write(HOUSES, frame(TWO, [BOX, None]), target, WriteOptions(crs="moon"))
        monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(PermissionError(13, "locked")))
        with pytest.raises(InvalidParameter, match="cannot be written"):
            write(HOUSES, frame(TWO, [BOX, None]), target)
        assert target.read_text() == "old" and [path.name for path in tmp_path.iterdir()] == [target.name]

    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidParameter, match="cannot be written"):
            write(HOUSES, frame(TWO, [None, None]), tmp_path / "none" / "a.csv")

    def test_a_system_that_cannot_hold_the_place(self, tmp_path: Path) -> None:
        pole = frame(TWO[:1], [shapely.Point(120, 95)])
        with pytest.raises(InvalidParameter, match="cannot hold this feature"):
            write(HOUSES, pole, tmp_path / "a.gpkg", WriteOptions(crs="EPSG:4549"))


@pytest.mark.parametrize(
    ("language", "head", "problem", "remedy"),
    [
        ("zh", ("文件", "工作表", "行", "列", "值", "问题", "处理办法"), "坐标不是数值。",
         "请用小数填写度数，如 120.3826。"),
        ("en", ("File", "Sheet", "Row", "Column", "Value", "Problem", "What to do"), "The coordinate is not a number.",
         "Write degrees with a point, such as 120.3826."),
    ],
)  # fmt: skip
def test_the_report_of_faults(tmp_path: Path, language: str, head: tuple, problem: str, remedy: str) -> None:
    fault = Fault(Text("formats.coordinate-not-a-number"), {"row": 7, "column": "经度", "value": "=cmd"})
    write_report([fault], tmp_path / "a.xlsx", language)
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True))
    assert rows == [head, (None, None, 7, "经度", "=cmd", problem, remedy)]
