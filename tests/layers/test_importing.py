"""Imports as an office makes them: small files with the answers in the tests."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.places.offsets import wgs84_to_gcj02
from layers.errors import ImportRejected, InvalidParameter, NotFound, UnsupportedMedia
from layers.store.protocol import Query, Store
from layers.usecases.edits.demo import SOURCE
from layers.usecases.history import revert
from layers.usecases.imports.tables import ImportOptions, ImportReport, import_file
from tests import town

NOW = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)


def table(path: Path, *rows: tuple) -> Path:
    """Write rows as CSV with a BOM, as Excel does."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def collection(path: Path, *features: tuple[dict, shapely.Geometry | None], crs: str | None = None) -> Path:
    """Write a GeoJSON FeatureCollection."""
    body: dict = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties,
             "geometry": None if shape is None else shapely.geometry.mapping(shape)}
            for properties, shape in features
        ],
    }  # fmt: skip
    if crs:
        body["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(body), "utf-8")
    return path


def load(store: Store, layer: str, path: Path, **options: object) -> ImportReport:
    """Import a file."""
    return import_file(store, layer, path, ImportOptions(**options), "tests", NOW)


def said(report: ImportReport) -> str:
    """Return all notes in English."""
    return "\n".join(note.say("en") for note in report.notes)


HEADING = ("楼栋编码", "楼号", "用途", "户数", "经度", "纬度")


class TestUpsert:
    def test_new_same_changed_missing(self, empty: Store, tmp_path: Path) -> None:
        first = table(tmp_path / "a.csv", HEADING, ("001", "1号楼", "住宅", "12", "120.1", "36.1"),
                      ("002", "2号楼", "住宅", "13", "120.2", "36.1"))  # fmt: skip
        assert load(empty, "buildings", first).counts["buildings"] == {"new": 2, "changed": 0, "same": 0, "missing": 0}
        again = load(empty, "buildings", first)
        assert again.counts["buildings"] == {"new": 0, "changed": 0, "same": 2, "missing": 0}
        assert again.changeset is None
        second = table(tmp_path / "b.csv", HEADING, ("002", "2号楼", "住宅", "14户", "120.2", "36.1"),
                       ("003", "3号楼", "商业", "", "120.3", "36.1"))  # fmt: skip
        assert load(empty, "buildings", second).counts["buildings"] == {"new": 1, "changed": 1, "same": 0, "missing": 1}
        assert empty.get("buildings", "001").properties["households"] == 12  # missing from the file is not removed
        assert empty.get("buildings", "002").properties["households"] == 14
        assert empty.revision() == 2

    def test_columns_that_a_file_does_not_have_stay_as_they_are(self, small_town: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("楼栋编码", "户数"), ("b01", "11"))
        load(small_town, "buildings", path)
        building = small_town.get("buildings", "b01")
        assert building.properties["households"] == 11
        assert building.properties["courtyard_code"] == "CA"
        assert building.geometry.equals(town.house(1))

    def test_a_blank_cell_in_a_column_of_the_file_empties_the_value(self, small_town: Store, tmp_path: Path) -> None:
        load(small_town, "buildings", table(tmp_path / "a.csv", ("楼栋编码", "户数"), ("b01", "")))
        assert small_town.get("buildings", "b01").properties.get("households") is None

    def test_codes_keep_their_zeros(self, empty: Store, tmp_path: Path) -> None:
        load(empty, "managers", table(tmp_path / "a.csv", ("编码", "名称"), ("007", "诚信物业")))
        assert empty.get("managers", "007").properties["name"] == "诚信物业"

    def test_a_layer_that_can_makes_its_codes_the_same_each_time(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("名称", "类别", "lng", "lat"), ("驿站", "驿站", "120.1", "36.1"))
        assert load(empty, "stations", path).counts["stations"]["new"] == 1
        assert load(empty, "stations", path).counts["stations"]["same"] == 1

    def test_a_dry_run_writes_nothing(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", HEADING, ("001", "", "", "", "120.1", "36.1"))
        report = load(empty, "buildings", path, dry_run=True)
        assert report.counts["buildings"]["new"] == 1
        assert empty.revision() == 0

    def test_an_import_is_undone_whole(self, small_town: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("楼栋编码", "户数"), ("b01", "99"), ("new", "1"))
        done = load(small_town, "buildings", path)
        revert(small_town, done.changeset.revision, "tests", NOW)
        assert small_town.get("buildings", "b01").properties["households"] == 10
        assert small_town.get("buildings", "new") is None


class TestShapes:
    def test_a_building_of_many_parts_says_so(self, empty: Store, tmp_path: Path) -> None:
        boxes = [shapely.box(120.1 + each / 1000, 36.1, 120.1005 + each / 1000, 36.1005) for each in range(6)]
        path = table(tmp_path / "a.csv", ("编码", "wkt"), ("b1", shapely.MultiPolygon(boxes).wkt),
                     ("b2", boxes[0].wkt))  # fmt: skip
        assert "1 Buildings have 6 parts in all, rows 2" in said(load(empty, "buildings", path))

    def test_it_is_split_where_somebody_says_so(self, empty: Store, tmp_path: Path) -> None:
        boxes = [shapely.box(120.1 + each / 1000, 36.1, 120.1005 + each / 1000, 36.1005) for each in range(6)]
        path = table(tmp_path / "a.csv", ("编码", "户数", "层数", "用途", "wkt"),
                     ("b1", "600", "6", "住宅", shapely.MultiPolygon(boxes).wkt),
                     ("b2", "50", "3", "商业", boxes[0].wkt),
                     ("b3", "40", "", "", ""))  # fmt: skip
        done = load(empty, "buildings", path, split_parts=True)
        assert "1 feature of several parts was split into 6 features" in said(done)
        assert "of no part, and were left empty there: Households" in said(done)
        found = {each.id: each for each in empty.page("buildings", Query(), 50).features}
        assert sorted(found) == ["b1-1", "b1-2", "b1-3", "b1-4", "b1-5", "b1-6", "b2", "b3"]
        for number, box in enumerate(boxes, start=1):
            part = found[f"b1-{number}"]
            assert part.geometry.equals_exact(box, 1e-9, normalize=True)
            assert [part.properties.get(name) for name in ("households", "floors", "use")] == [None, 6, "residential"]
        assert [found[code].properties.get("households") for code in ("b2", "b3")] == [50, 40]
        again = load(empty, "buildings", path, split_parts=True)
        assert (again.counts["buildings"]["same"], again.changeset) == (8, None)

    @pytest.mark.parametrize(("inside", "kind"), [
        ("POLYGON((120 36,120.1 36,120.1 36.1,120 36)),POLYGON((121 36,121.1 36,121.1 36.1,121 36))", "MultiPolygon"),
        ("GEOMETRYCOLLECTION(POLYGON((120 36,120.1 36,120.1 36.1,120 36)))", "Polygon"),
        ("POINT(120 36)", "Point"),
    ])  # fmt: skip
    def test_a_collection_of_one_kind_is_what_it_collects(
        self, empty: Store, tmp_path: Path, inside: str, kind: str
    ) -> None:
        path = table(tmp_path / "a.csv", ("编码", "wkt"), ("b1", f"GEOMETRYCOLLECTION({inside})"))
        load(empty, "buildings", path)
        assert empty.get("buildings", "b1").geometry.geom_type == kind

    def test_a_collection_of_several_kinds_is_refused(self, empty: Store, tmp_path: Path) -> None:
        mixed = "GEOMETRYCOLLECTION(POINT(121 36),POLYGON((120 36,120.1 36,120.1 36.1,120 36)))"
        with pytest.raises(ImportRejected, match="a GeometryCollection does not fit here"):
            load(empty, "buildings", table(tmp_path / "a.csv", ("编码", "wkt"), ("b1", mixed)))


class TestWordsFromOutside:
    def test_a_word_without_a_value_of_its_own_is_kept_and_told(self, empty: Store, tmp_path: Path) -> None:
        heading = ("编码", "名称", "类别", "lng", "lat")
        path = table(tmp_path / "a.csv", heading, ("S1", "甲", "医院", "120.1", "36.1"),
                     ("S2", "乙", "school", "120.2", "36.1"), ("S3", "丙", "其他", "120.3", "36.1"))  # fmt: skip
        assert "count as “other”: 医院 1, school 1; new features keep their word under Remark" in said(
            load(empty, "stations", path)
        )
        kept = [empty.get("stations", code).properties for code in ("S1", "S2", "S3")]
        assert [each["kind"] for each in kept] == ["other"] * 3
        assert [each.get("remark") for each in kept] == ["医院", "school", None]
        assert load(empty, "stations", path).counts["stations"]["same"] == 3

    def test_a_remark_of_the_file_goes_before(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "名称", "类别", "备注"), ("S1", "甲", "医院", "二级"))
        load(empty, "stations", path)
        assert empty.get("stations", "S1").properties["remark"] == "二级"


class TestFaults:
    def test_all_at_once_with_row_column_and_value_and_nothing_written(self, empty: Store, tmp_path: Path) -> None:
        path = table(
            tmp_path / "a.csv", HEADING,
            ("001", "1号楼", "住宅", "12", "120.1", "36.1"),
            ("002", "2号楼", "宫殿", "若干", "120.1", "36.1"),
            ("", "3号楼", "住宅", "12", "120.1", "36.1"),
            ("001", "4号楼", "住宅", "-5", "120.1", "36.1"),
        )  # fmt: skip
        with pytest.raises(ImportRejected) as refused:
            load(empty, "buildings", path)
        found = {(fault.where.get("row"), fault.where.get("column")) for fault in refused.value.faults}
        assert found == {(3, "用途"), (3, "户数"), (4, None), (5, None), (5, "户数")}
        assert "住宅" in refused.value.say("zh")  # the allowed words are listed
        assert empty.revision() == 0

    def test_what_is_sound_is_imported_when_told_to(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", HEADING, ("001", "", "住宅", "12", "120.1", "36.1"),
                     ("002", "", "宫殿", "12", "120.1", "36.1"))  # fmt: skip
        report = load(empty, "buildings", path, only_sound=True)
        assert report.counts["buildings"]["new"] == 1
        assert len(report.faults) == 1
        assert "1 row with faults was left out" in said(report)

    def test_a_required_value(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "名称"), ("990301001001", ""))
        with pytest.raises(ImportRejected) as refused:
            load(empty, "communities", path)
        assert "Name is required" in refused.value.say("en")

    def test_a_required_column_that_the_file_does_not_have(self, empty: Store, tmp_path: Path) -> None:
        with pytest.raises(ImportRejected, match="Start date is required"):
            load(empty, "arrangements", table(tmp_path / "a.csv", ("编码", "管理区域"), ("R1", "A1")))
        assert empty.revision() == 0

    def test_an_update_may_leave_required_columns_out(self, small_town: Store, tmp_path: Path) -> None:
        load(small_town, "arrangements", table(tmp_path / "a.csv", ("编码", "合同截止"), ("RA", "2027-01-01")))
        assert small_town.get("arrangements", "RA").properties["start_date"] == dt.date(2024, 1, 1)

    def test_a_layer_that_does_not_exist(self, empty: Store, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="buildings"):
            load(empty, "castles", table(tmp_path / "a.csv", ("a",), ("1",)))

    def test_no_column_that_means_anything(self, empty: Store, tmp_path: Path) -> None:
        with pytest.raises(InvalidParameter) as refused:
            load(empty, "buildings", table(tmp_path / "a.csv", ("甲", "乙"), ("1", "2")))
        assert "--map" in refused.value.say("en")

    def test_an_empty_table(self, empty: Store, tmp_path: Path) -> None:
        with pytest.raises(ImportRejected, match="no rows"):
            load(empty, "buildings", table(tmp_path / "a.csv", HEADING))

    @pytest.mark.parametrize(
        ("code", "said"), [("A" * 201, "at most 200"), ("..", "dots and slashes"), ("//", "dots and slashes")]
    )
    def test_a_code_that_could_never_be_asked_for(self, empty: Store, tmp_path: Path, code: str, said: str) -> None:
        with pytest.raises(ImportRejected, match=said):
            load(empty, "buildings", table(tmp_path / "a.csv", ("code", "name"), (code, "x")))

    def test_an_unclosed_quote_swallows_nothing(self, empty: Store, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text('code,name,lng,lat\nS1,"x,121,31\nS2,y,121,31\n', "utf-8")
        with pytest.raises(UnsupportedMedia):
            load(empty, "stations", path)

    def test_a_number_beyond_all_numbers_is_named_by_row(self, empty: Store, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text(
            '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,'
            '"properties":{"code":"1","households":1e999}}]}',
            "utf-8",
        )
        with pytest.raises(ImportRejected, match="row 1"):
            load(empty, "buildings", path)

    def test_who_was_overtaken_lands_on_what_is_there(self, small_town: Store, tmp_path: Path, monkeypatch) -> None:
        path = table(tmp_path / "a.csv", ("code", "households"), ("b01", "11"))
        commit = type(small_town).commit

        def overtaken(store: Store, draft: object) -> object:
            monkeypatch.undo()
            town.amend(store, "buildings", "b01", households=12, floors=7)
            return commit(store, draft)

        monkeypatch.setattr(type(small_town), "commit", overtaken)
        assert load(small_town, "buildings", path).changeset.revision == 3
        found = small_town.get("buildings", "b01").properties
        assert (found["households"], found["floors"]) == (11, 7)


class TestColumns:
    def test_labels_english_names_and_aliases(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("code", "楼栋名称", "Floors", "建筑面积（万㎡）", "颜色"),
                     ("1", "一号", "６", "1.2", "red"))  # fmt: skip
        report = load(empty, "buildings", path)
        found = empty.get("buildings", "1").properties
        assert (found["name"], found["floors"], found["floor_area_m2"]) == ("一号", 6, 12_000)
        assert "颜色" in said(report)  # what was not used is said

    def test_told_columns_go_before_guesses(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "旧号", "名称"), ("1", "7", "x"))
        load(empty, "buildings", path, columns={"code": "旧号"})
        assert empty.get("buildings", "7").properties["name"] == "x"

    @pytest.mark.parametrize("columns", [{"kode": "编码"}, {"code": "没有"}])
    def test_a_wrong_map_is_explained(self, empty: Store, tmp_path: Path, columns: dict) -> None:
        with pytest.raises(InvalidParameter):
            load(empty, "buildings", table(tmp_path / "a.csv", ("编码",), ("1",)), columns=columns)

    def test_two_columns_for_one_field_are_not_guessed_between(self, empty: Store, tmp_path: Path) -> None:
        with pytest.raises(InvalidParameter, match="--map households="):
            load(empty, "buildings", table(tmp_path / "a.csv", ("楼栋编码", "户数", "households"), ("1", "2", "3")))

    def test_a_month_alone_is_its_first_day_as_a_start_and_its_last_as_an_end(
        self, empty: Store, tmp_path: Path
    ) -> None:
        path = table(
            tmp_path / "a.csv", ("编码", "管理区域", "合同起始", "合同截止"), ("R1", "A1", "2024.2", "2024年2月")
        )
        load(empty, "arrangements", path)
        found = empty.get("arrangements", "R1").properties
        assert (found["start_date"], found["end_date"]) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))

    def test_defaults_are_used_and_said(self, empty: Store, tmp_path: Path) -> None:
        report = load(empty, "communities", table(tmp_path / "a.csv", ("编码", "名称"), ("990301001001", "和平社区")))
        assert empty.get("communities", "990301001001").properties["kind"] == "urban"
        assert "urban community" in said(report)


class TestPlaces:
    def test_metres_become_degrees(self, empty: Store, tmp_path: Path) -> None:
        # 4549 has its central meridian at 120°E, where the easting is 500,000 m
        path = collection(tmp_path / "a.geojson", ({"code": "1"}, shapely.box(500_000, 3_985_000, 500_010, 3_985_010)),
                          crs="urn:ogc:def:crs:EPSG::4549")  # fmt: skip
        load(empty, "buildings", path)
        west, south, _, _ = empty.get("buildings", "1").geometry.bounds
        assert (west, south) == (pytest.approx(120.0, abs=1e-9), pytest.approx(35.996, abs=1e-3))
        assert empty.setting("metric_crs") == "EPSG:4549"

    def test_metres_without_a_name_are_not_guessed_but_suggested(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "x", "y"), ("1", "40500000", "3985000"))
        with pytest.raises(InvalidParameter) as refused:
            load(empty, "buildings", path)
        assert "EPSG:4528" in refused.value.say("en")  # the zone prefix 40 of the easting

    def test_a_removed_offset_is_announced(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "lng", "lat"), ("1", "121.50", "31.24"))
        report = load(empty, "stations", path, crs="gcj02")
        place = empty.get("stations", "1").geometry
        assert 300 < 111_000 * ((place.x - 121.5) ** 2 * 0.73 + (place.y - 31.24) ** 2) ** 0.5 < 700
        assert "GCJ-02" in said(report)

    def test_an_offset_is_suspected_with_its_evidence_and_nothing_is_converted(
        self, empty: Store, tmp_path: Path
    ) -> None:
        places = [(120 + 0.003 * (n % 5), 36 + 0.003 * (n // 5)) for n in range(20)]
        heading = ("编码", "lng", "lat")
        load(empty, "stations", table(tmp_path / "a.csv", heading, *((n, *place) for n, place in enumerate(places))))
        moved = [wgs84_to_gcj02(np.array([lon]), np.array([lat])) for lon, lat in places]
        rows = [(f"n{n}", lon[0], lat[0]) for n, (lon, lat) in enumerate(moved)]
        report = load(empty, "stations", table(tmp_path / "b.csv", heading, *rows))
        assert "probably GCJ-02" in said(report)
        assert empty.get("stations", "n0").geometry.x == pytest.approx(moved[0][0][0], abs=1e-12)
        sound = [(f"s{n}", lon + 1e-5, lat) for n, (lon, lat) in enumerate(places)]
        assert "probably" not in said(load(empty, "stations", table(tmp_path / "c.csv", heading, *sound)))

    def test_a_bow_tie_is_repaired_and_reported(self, empty: Store, tmp_path: Path) -> None:
        bow_tie = shapely.Polygon([(120, 36), (120.001, 36.001), (120.001, 36), (120, 36.001)])
        report = load(empty, "buildings", collection(tmp_path / "a.geojson", ({"code": "1"}, bow_tie)))
        assert empty.get("buildings", "1").geometry.is_valid
        assert "rows 1" in said(report)

    def test_a_line_is_no_building(self, empty: Store, tmp_path: Path) -> None:
        path = collection(tmp_path / "a.geojson", ({"code": "1"}, shapely.LineString([(120, 36), (121, 36)])))
        with pytest.raises(ImportRejected, match="LineString"):
            load(empty, "buildings", path)

    def test_no_place_on_earth(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "lng", "lat"), ("1", "36.1", "120.1"))
        with pytest.raises((ImportRejected, InvalidParameter)):
            load(empty, "stations", path)


class TestMembers:
    """Courtyards that list their buildings, in either order of import."""

    def courtyards(self, path: Path, *ranges: str) -> Path:
        rows = [(f"C{number}", f"{number}院", each) for number, each in enumerate(ranges, start=1)]
        return table(path, ("楼院编码", "名称", "楼栋编码清单"), *rows)

    def buildings(self, path: Path) -> Path:
        return collection(path, *(({"code": f"b{n:02}"}, town.house(n)) for n in range(1, 7)))

    def test_buildings_first(self, empty: Store, tmp_path: Path) -> None:
        load(empty, "buildings", self.buildings(tmp_path / "b.geojson"))
        report = load(empty, "courtyards", self.courtyards(tmp_path / "c.csv", "b01~b03", "b05"))
        assert empty.get("buildings", "b02").properties["courtyard_code"] == "C1"
        assert empty.get("buildings", "b04").properties.get("courtyard_code") is None
        assert "4 buildings were assigned" in said(report)

    def test_courtyards_first(self, empty: Store, tmp_path: Path) -> None:
        report = load(empty, "courtyards", self.courtyards(tmp_path / "c.csv", "b01~b03", "b05"))
        assert "none of its listed buildings is on record yet" in said(report)
        load(empty, "buildings", self.buildings(tmp_path / "b.geojson"))
        assert empty.get("buildings", "b05").properties["courtyard_code"] == "C2"

    def test_claimed_twice_goes_to_none(self, empty: Store, tmp_path: Path) -> None:
        load(empty, "buildings", self.buildings(tmp_path / "b.geojson"))
        report = load(empty, "courtyards", self.courtyards(tmp_path / "c.csv", "b01~b03", "b03~b05"))
        assert empty.get("buildings", "b03").properties.get("courtyard_code") is None
        assert "b03" in said(report)

    def test_a_boundary_is_derived_marked_and_follows_its_buildings(self, empty: Store, tmp_path: Path) -> None:
        load(empty, "buildings", self.buildings(tmp_path / "b.geojson"))
        load(empty, "courtyards", self.courtyards(tmp_path / "c.csv", "b01"))
        courtyard = empty.get("courtyards", "C1")
        assert courtyard.properties["geometry_derived"] is True
        assert courtyard.geometry.covers(town.house(1))
        load(empty, "buildings", collection(tmp_path / "moved.geojson", ({"code": "b01"}, town.house(9))))
        assert empty.get("courtyards", "C1").geometry.covers(town.house(9))

    def test_a_drawn_boundary_replaces_a_derived_one_and_stays(self, empty: Store, tmp_path: Path) -> None:
        load(empty, "buildings", self.buildings(tmp_path / "b.geojson"))
        load(empty, "courtyards", self.courtyards(tmp_path / "c.csv", "b01"))
        drawn = town.box(0, 0, 100, 100)
        load(empty, "courtyards", collection(tmp_path / "c.geojson", ({"code": "C1"}, drawn)))
        courtyard = empty.get("courtyards", "C1")
        assert courtyard.properties.get("geometry_derived") is None
        assert courtyard.geometry.equals_exact(drawn, 1e-9)


class TestDemo:
    """The invented district makes way for real records."""

    @pytest.fixture
    def demo(self, small_town: Store) -> Store:
        town.amend(small_town, "districts", "990301", source=SOURCE)
        for code in ("b01", "b02"):
            town.amend(small_town, "buildings", code, source=SOURCE)
        return small_town

    def test_records_of_another_place_take_its_room_and_reverting_brings_it_back(
        self, demo: Store, tmp_path: Path
    ) -> None:
        path = collection(
            tmp_path / "a.geojson", ({"code": "110101001001", "name": "真社区"}, shapely.box(116, 39, 116.1, 39.1))
        )
        report = load(demo, "communities", path)
        assert "demo district was removed" in said(report)
        assert demo.get("buildings", "b01") is None
        assert demo.get("buildings", "b03") is not None  # what is not marked as demo is nobody's to remove
        revert(demo, report.changeset.revision, "tests", NOW)
        assert demo.get("buildings", "b01") is not None

    def test_records_of_the_demo_itself_leave_it_alone(self, demo: Store, tmp_path: Path) -> None:
        load(demo, "buildings", collection(tmp_path / "a.geojson", ({"code": "b01"}, town.house(1))))
        assert demo.get("buildings", "b02") is not None

    def test_it_stays_when_told(self, demo: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", ("编码", "名称"), ("110101001001", "真社区"))
        load(demo, "communities", path, keep_demo=True)
        assert demo.count("buildings", Query(equals={"source": SOURCE})) == 2
