"""What a file claims of itself and cannot be: systems, codes, names, completeness; asked or told before."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely

from geo.places.offsets import wgs84_to_bd09
from layers.errors import ImportRejected, InvalidParameter
from layers.store.protocol import Store
from layers.usecases.imports.tables import ImportOptions, import_file
from tests.layers.test_importing import collection, load, said, table

SQUARE = shapely.box(120.1, 36.1, 120.1003, 36.1003)
NOW = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)


def asked(store: Store, path: Path, **options: object) -> set[object]:
    """Return the words that say yes to what is asked."""
    with pytest.raises(ImportRejected) as refused:
        load(store, "buildings", path, **options)
    assert {each.where.get("parameter") for each in refused.value.faults} == {"allow"}
    return {each.where["value"] for each in refused.value.faults}


class TestSystems:
    def test_degrees_under_a_system_in_metres(self, empty: Store, tmp_path: Path) -> None:
        path = collection(tmp_path / "a.geojson", ({"code": "b1"}, SQUARE), crs="EPSG:4549")
        with pytest.raises(InvalidParameter, match=r"in metres, but the coordinates are degrees .*EPSG:4490"):
            load(empty, "buildings", path)
        load(empty, "buildings", path, crs="EPSG:4490")
        assert empty.get("buildings", "b1").geometry.equals(SQUARE)

    @pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:3857"])
    def test_a_foreign_system_puts_everything_abroad(self, empty: Store, tmp_path: Path, crs: str) -> None:
        far = shapely.box(480_000, 4_000_000, 480_030, 4_000_030)
        path = collection(tmp_path / "a.geojson", ({"code": "b1"}, far), crs=crs)
        assert asked(empty, path) == {"outside"}
        assert empty.count("buildings") == 0
        load(empty, "buildings", path, crs="EPSG:4549")
        assert 119 < empty.get("buildings", "b1").geometry.centroid.x < 120

    def test_who_says_that_it_is_abroad_is_believed(self, empty: Store, tmp_path: Path) -> None:
        far = shapely.box(480_000, 4_000_000, 480_030, 4_000_030)
        path = collection(tmp_path / "a.geojson", ({"code": "b1"}, far), crs="EPSG:32633")
        load(empty, "buildings", path, allow=("outside",))
        assert empty.count("buildings") == 1

    @pytest.mark.parametrize(
        ("crs", "shape"),
        [
            (None, shapely.box(10, 50, 10.001, 50.001)),
            ("EPSG:3067", shapely.box(385_000, 6_672_000, 385_030, 6_672_030)),  # Helsinki in its own system
            ("EPSG:2056", shapely.box(2_760_000, 1_222_000, 2_760_030, 1_222_030)),  # Liechtenstein in its own
        ],
    )
    def test_what_can_only_lie_abroad_is_told_and_not_asked(
        self, empty: Store, tmp_path: Path, crs: str | None, shape: shapely.Polygon
    ) -> None:
        path = collection(tmp_path / "a.geojson", ({"code": "b1"}, shape), crs=crs)
        assert "Every place of the file is outside China" in said(load(empty, "buildings", path))
        assert empty.count("buildings") == 1

    def test_a_system_that_cannot_be_read_is_named_before_the_question(self, empty: Store, tmp_path: Path) -> None:
        far = shapely.box(480_000, 4_000_000, 480_030, 4_000_030)
        path = collection(tmp_path / "a.geojson", ({"code": "b1"}, far), crs="南京地方坐标系")
        with pytest.raises(InvalidParameter) as refused:
            load(empty, "buildings", path)
        assert [each.text.key for each in refused.value.faults] == ["imports.crs-unreadable", "imports.crs-missing"]

    def test_an_offset_that_the_heading_names_is_undone_and_stays_on_record(self, empty: Store, tmp_path: Path) -> None:
        lon, lat = (float(each[0]) for each in wgs84_to_bd09(*(np.array([x]) for x in (120.1, 36.1))))
        path = table(tmp_path / "a.csv", ("编码", "名称", "百度经度", "百度纬度"), ("S1", "甲", str(lon), str(lat)))
        report = load(empty, "stations", path)
        assert "The heading 百度经度 says that the coordinates are BD-09" in said(report)
        station = empty.get("stations", "S1")
        assert station.geometry.distance(shapely.Point(120.1, 36.1)) < 2e-5
        assert station.properties["source"] == "a.csv (bd09)"

    def test_an_area_with_its_label_is_the_area(self, empty: Store, tmp_path: Path) -> None:
        labelled = shapely.GeometryCollection([SQUARE.centroid, SQUARE])
        report = load(empty, "buildings", collection(tmp_path / "a.geojson", ({"code": "b1"}, labelled)))
        assert empty.get("buildings", "b1").geometry.equals(SQUARE)
        assert "1 area had a point for their label" in said(report)


class TestPlaces:
    def test_a_file_without_places_says_so(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "名称", "四至"), ("S1", "甲", "120.1,36.1"))
        assert "1 new Stations have no place" in said(load(empty, "stations", path))

    def test_not_of_those_that_have_one_on_record(self, empty: Store, tmp_path: Path) -> None:
        placed = ("编码", "名称", "经度", "纬度"), ("S1", "甲", "120.1", "36.1")
        load(empty, "stations", table(tmp_path / "a.csv", *placed))
        path = table(tmp_path / "b.csv", ("编码", "名称"), ("S1", "乙"))
        assert "have no place" not in said(load(empty, "stations", path))


class TestParts:
    def part(self, path: Path, **says: object) -> Path:
        body = json.loads(collection(path, ({"code": "b1"}, SQUARE)).read_text("utf-8"))
        path.write_text(json.dumps(body | says), "utf-8")
        return path

    def test_a_page_of_a_larger_answer_is_asked_about(self, empty: Store, tmp_path: Path) -> None:
        path = self.part(tmp_path / "a.geojson", numberMatched=20)
        with pytest.raises(ImportRejected, match="holds 1 feature of 20"):
            load(empty, "buildings", path)
        assert asked(empty, path) == {"part"} and empty.count("buildings") == 0
        load(empty, "buildings", path, allow=("part",))
        assert empty.count("buildings") == 1

    def test_a_whole_answer_is_not(self, empty: Store, tmp_path: Path) -> None:
        load(empty, "buildings", self.part(tmp_path / "a.geojson", numberMatched=1))
        assert empty.count("buildings") == 1


class TestCodesAndNames:
    def test_zeros_that_a_spreadsheet_took_away(self, empty: Store, tmp_path: Path) -> None:
        load(empty, "stations", table(tmp_path / "a.csv", ("编码", "名称"), ("0012", "甲"), ("13", "乙")))
        path = table(tmp_path / "b.csv", ("编码", "名称"), ("12", "甲"), ("13", "乙"), ("14", "丙"))
        with pytest.raises(ImportRejected, match="12 is on record as 0012") as refused:
            load(empty, "stations", path)
        assert [each.where["row"] for each in refused.value.faults] == [2]

    def test_both_codes_may_be_on_record(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "名称"), ("012", "甲"), ("12", "乙"))
        load(empty, "stations", path)
        assert load(empty, "stations", path).counts["stations"]["same"] == 2

    def test_a_name_that_became_a_day(self, empty: Store, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        for row in (("楼栋编码", "楼号"), ("b1", dt.date(2025, 3, 1)), ("b2", "3-2")):
            book.active.append(row)
        book.save(tmp_path / "a.xlsx")
        with pytest.raises(ImportRejected, match="2025-03-01 is a date where a name belongs"):
            load(empty, "buildings", tmp_path / "a.xlsx")

    def test_columns_that_say_the_same_are_no_question(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "name", "名称"), ("S1", "甲", "甲"), ("S2", "乙", " 乙"))
        with pytest.raises(InvalidParameter, match="all mean Name"):
            load(empty, "stations", path)
        load(empty, "stations", table(path, ("编码", "name", "名称"), ("S1", "甲", "甲"), ("S2", "", "")))
        assert empty.get("stations", "S1").properties["name"] == "甲"

    @pytest.mark.parametrize("heading", ["*楼栋编码", "楼栋编码*", "楼栋编码（必填）", "★楼栋编码"])
    def test_marks_of_what_must_be_filled_in(self, empty: Store, tmp_path: Path, heading: str) -> None:
        load(empty, "buildings", table(tmp_path / "a.csv", (heading, "户数"), ("b1", "3")))
        assert empty.get("buildings", "b1").properties["households"] == 3


def test_a_unit_above_the_table_holds_for_bare_numbers(empty: Store, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ((None, "单位：万㎡"), ("楼栋编码", "楼号", "建筑面积", "户数"), ("b1", "1号楼", 1.2, 30)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    report = import_file(empty, "buildings", tmp_path / "a.xlsx", ImportOptions(), "tests", NOW)
    assert "Floor area: bare numbers count in 万㎡" in said(report)
    found = empty.get("buildings", "b1").properties
    assert (found["floor_area_m2"], found["households"]) == (12_000.0, 30)
