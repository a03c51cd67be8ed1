"""Coordinates in tables: which columns hold them, what headings say of the system, how degrees are written."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.formats import read_table
from layers.formats.readers.coordinate_columns import Pair, pair_of, system_of, together
from layers.formats.readers.degrees import half_width, one_of, two_of
from layers.formats.table import RawTable
from tests.suite import examples

LON, LAT = 118.790795, 32.060315
FORMS = ("{}°{}′{:.6f}″", "{}度{}分{:.6f}秒", "{}:{}:{:.6f}", "{} {} {:.6f}")


def table(path: Path, *rows: tuple) -> RawTable:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return read_table(path)


@pytest.mark.parametrize("pair", [
    ("经度", "纬度"), ("POINT_X", "POINT_Y"), ("中心点经度", "中心点纬度"), ("东经", "北纬"),
    ("坐标X", "坐标Y"), ("*经度", "*纬度"),
    ("lon_wgs84", "lat_wgs84"), ("经度E", "纬度N"), ("GPS经度", "GPS纬度"), ("横坐标", "纵坐标"),
    ("经  度", "纬　度"),
    ("经度（°）", "纬度（°）"), ("center_lng", "center_lat"), ("Longitude", "Latitude"), ("经度坐标", "纬度坐标"),
])  # fmt: skip
def test_headings_of_two_columns(pair: tuple[str, str]) -> None:
    assert pair_of(["名称", *pair]) == Pair(1, 2)
    assert pair_of(["名称", *pair[::-1]]) == Pair(2, 1)


@pytest.mark.parametrize(("pair", "system"), [
    (("百度经度", "百度纬度"), "bd09"), (("bd09_lng", "bd09_lat"), "bd09"), (("经度（BD-09）",
    "纬度（BD-09）"), "bd09"),
    (("经度(GCJ02)", "纬度(GCJ02)"), "gcj02"), (("高德经度", "高德纬度"), "gcj02"), (("gcj_lng", "gcj_lat"), "gcj02"),
])  # fmt: skip
def test_headings_that_name_an_offset(pair: tuple[str, str], system: str) -> None:
    assert pair_of(list(pair)) == Pair(0, 1, system)
    assert pair_of([*pair, "经度", "纬度"]) == Pair(2, 3), "true places go before those with an offset"


@pytest.mark.parametrize("headings", [
    ("起点经度", "终点纬度"), ("经济", "纬线数"), ("长", "宽"), ("经度",), ("百度经度", "纬度"),
])  # fmt: skip
def test_headings_of_none(headings: tuple[str, ...]) -> None:
    assert pair_of(list(headings)) is None


@pytest.mark.parametrize("heading", [
    "坐标", "经纬度", "经度,纬度", "经度，纬度", "经度/纬度", "坐标（经度,纬度）", "GPS坐标",
    "坐标点", "中心坐标", "location", "高德坐标",
])  # fmt: skip
def test_headings_of_both_in_one(heading: str) -> None:
    assert together(["名称", heading]) == [1]
    assert system_of(heading) == ("gcj02" if "高德" in heading else "")


@pytest.mark.parametrize("heading", ["边界坐标", "名称", "坐标来源", "点", "xy"])
def test_headings_that_are_about_something_else(heading: str) -> None:
    assert together([heading]) == []


@pytest.mark.parametrize("text", [
    "118°47′26.862″", "118°47′26.862″E", "E118°47'26.862\"", "118°47’26.862”", "118°47‘26.862“", "118度47分26.862秒",
    "东经118°47′26.862″", "118:47:26.862", "118 47 26.862", "118-47-26.862", "118˚47´26.862´´",
    "118.790795°", "'118.790795",
    "１１８．７９０７９５", "118.790795E", "经度118.790795", "118°47.4477′", "118.47.26.862", "118.47.26.862E",
])  # fmt: skip
def test_one_number_of_degrees(text: str) -> None:
    assert one_of(half_width(text)) == pytest.approx(LON, abs=1e-6)


@pytest.mark.parametrize("text", [
    "118°75′10″", "118°15′75″", "118:60:01", "118,79", "一百一十八", "118-75-10", "118.75.10", "118.4.5.6.7",
    "118.47.262", "",
])  # fmt: skip
def test_what_is_no_number_of_degrees(text: str) -> None:
    assert math.isnan(one_of(half_width(text)))


@pytest.mark.parametrize("text", [
    "118.790795,32.060315", "118.790795，32.060315", "（118.790795，32.060315）",
    "【118.790795,32.060315】", "118.790795 32.060315",
    "经度118.790795，纬度32.060315", "经度:118.790795,纬度:32.060315",
    "东经118.790795°，北纬32.060315°", "N32.060315,E118.790795",
    "118.790795,32.060315,12.5", "118°47′26.862″E，32°3′37.134″N", "118.790795;32.060315", "118.47.26.862,32.3.37.134",
])  # fmt: skip
def test_two_numbers_of_degrees(text: str) -> None:
    assert two_of(half_width(text)) == pytest.approx((LON, LAT), abs=1e-6)


@settings(max_examples=examples(200))
@given(st.floats(0, 179.999, allow_nan=False), st.sampled_from(FORMS))
def test_degrees_come_back_as_they_were_written(degrees: float, form: str) -> None:
    seconds = round(degrees * 3600, 6)
    whole, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if f"{left:.6f}" == "60.000000":
        left = 59.999999
    assert one_of(half_width(form.format(int(whole), int(minutes), left))) == pytest.approx(degrees, abs=1e-8)


def test_an_offset_that_a_heading_names_is_the_files_system_and_told(tmp_path: Path) -> None:
    found = table(tmp_path / "a.csv", ("编码", "百度经度", "百度纬度"), ("A1", LON, LAT))
    assert (found.crs, [each.key for each in found.notes]) == ("bd09", ["formats.coordinates-offset"])
    assert found.columns == {"编码": ["A1"]}


@pytest.mark.parametrize("written", [
    shapely.Point(120, 36).wkt, shapely.to_geojson(shapely.Point(120, 36)), shapely.Point(120, 36).wkb_hex,
])  # fmt: skip
@pytest.mark.parametrize("heading", ["geometry", "坐标", "几何"])
def test_shapes_as_text(tmp_path: Path, written: str, heading: str) -> None:
    found = table(tmp_path / "a.csv", ("编码", heading), ("A1", written))
    assert found.geometry[0] == shapely.Point(120, 36) and found.columns == {"编码": ["A1"]}


@pytest.mark.parametrize("written", [
    "POINT (120 36)", "SRID=4326;Point(120 36)", "POINT Z (120 36 4)", shapely.to_geojson(shapely.Point(120, 36)),
])  # fmt: skip
def test_shapes_are_read_below_any_heading_and_told(tmp_path: Path, written: str) -> None:
    found = table(tmp_path / "a.csv", ("编码", "图斑"), ("A1", written), ("A2", None))
    assert found.geometry[0] == shapely.Point(120, 36) and found.columns == {"编码": ["A1", "A2"]}
    assert [each.key for each in found.notes] == ["formats.shapes-read"]


@pytest.mark.parametrize("words", ["point of view", "Polygon", "MULTIPOINT 3号", '{"a": 1}'])
def test_words_that_only_sound_like_shapes_stay_words(tmp_path: Path, words: str) -> None:
    found = table(tmp_path / "a.csv", ("编码", "图斑"), ("A1", words))
    assert found.columns == {"编码": ["A1"], "图斑": [words]} and found.geometry is None


def test_shapes_as_broken_text_are_faults_of_their_rows(tmp_path: Path) -> None:
    good = shapely.to_geojson(shapely.Point(120, 36))
    found = table(tmp_path / "a.csv", ("编码", "geometry"), ("A1", good), ("A2", "{}"), ("A3",
    "0101zz"), ("A4", good))
    assert [each.where["row"] for each in found.faults] == [3, 4]
