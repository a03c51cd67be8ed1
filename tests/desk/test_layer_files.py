"""Files of layers as offices keep them: codes, names and places as they stand in the file, or the row or cause named.

What a clerk should get stands in the README of the cases. Cases are about two footprints, 清河花园 at 120.4, 36.2 and
东岭小区 a hundred metres east of it, or about stations near them.
"""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
import shapely

from layers.model.feature import Feature
from layers.store.protocol import Store
from tests.desk.conftest import Command, records

WEST, EAST = (120.40033, 36.20027), (120.40144, 36.20027)
NEAR = 1e-4  # degrees, about ten metres


@pytest.fixture
def read(at_desk: Command, desk_data, desk: Store):
    """Import a case into a layer; return exit code, what was said, and the records that are new."""

    def ask(case: str, layer: str = "buildings", *more: str) -> tuple[int, str, dict[str, Feature]]:
        (file,) = [each for each in (desk_data / case).iterdir() if each.suffix in
                   (".zip", ".csv", ".kml", ".json", ".geojson")]  # fmt: skip
        before = set(records(desk, layer))
        code, out, err = at_desk("import", layer, str(file), *more)
        return code, out + err, {id: each for id, each in records(desk, layer).items() if id not in before}

    return ask


def places(found: dict[str, Feature]) -> dict[str, tuple[float, float]]:
    """Return what each record is called → its middle."""
    return {
        str(each.properties.get("name")): tuple(shapely.centroid(each.geometry).coords[0]) for each in found.values()
    }


def is_about(found: dict[str, Feature], expected: dict[str, tuple[float, float]]) -> bool:
    got = places(found)
    return got.keys() == expected.keys() and all(
        abs(got[name][0] - lon) < NEAR and abs(got[name][1] - lat) < NEAR for name, (lon, lat) in expected.items()
    )


BOTH = {"清河花园": WEST, "东岭小区": EAST}


def test_a_zone_number_in_x_is_named_and_nothing_is_read(read) -> None:
    code, said, new = read("C03-zone-coords-cm-prj")
    assert code == 2 and not new and "EPSG:4528" in said
    code, _, new = read("C03-zone-coords-cm-prj", "buildings", "--crs", "EPSG:4528")
    assert code == 0 and is_about(new, BOTH)


def test_xian_1980_is_read_and_how_exactly_is_said(read) -> None:
    code, said, new = read("C06c-xian80-cm120")
    assert code == 2 and not new and "EPSG:4549" in said  # no .prj: it must be said
    code, said, new = read("C06c-xian80-cm120", "buildings", "--crs", "EPSG:2385")
    assert code == 0 and is_about(new, BOTH)
    assert "Xian 1980" in said and " m" in said


def test_a_broken_prj_yields_to_what_is_told(read) -> None:
    code, said, new = read("C12-unknown-engineering", "buildings", "--crs", "EPSG:4549")
    assert code == 0 and is_about(new, BOTH) and "cannot be read and was passed over" in said


@pytest.mark.parametrize(("case", "lie"), [("S03-utf8-cpg-gbk", "gb18030"), ("S04b-cpg-iso88591", "iso8859-1")])
def test_an_encoding_that_lies_is_distrusted_and_told(read, case: str, lie: str) -> None:
    code, said, new = read(case)
    assert code == 0 and is_about(new, BOTH) and lie in said
    assert {each.properties["households"] for each in new.values()} == {120, 90}


def test_a_heading_cut_by_bytes_is_matched_by_its_beginning_or_named(read) -> None:
    code, said, new = read("S05-cn-fields-utf8")
    assert code == 0 and "楼院编 → courtyard_code" in said and "小区楼" in said
    assert {each.properties["courtyard_code"]: each.properties["households"] for each in new.values()} == {
        "A1": 120, "A2": 90,
    }  # fmt: skip


def test_two_folders_with_one_name_are_chosen_by_path(read) -> None:
    code, said, new = read("S12b-two-folders-same-name")
    assert code == 2 and not new and "2024/x" in said and "2025/x" in said
    code, _, new = read("S12b-two-folders-same-name", "buildings", "--sheet", "2025/x")
    assert code == 0 and len(new) == 2


def test_esri_json_is_read_with_its_chinese_names(read) -> None:
    code, _, new = read("G02-esrijson")
    assert code == 0 and is_about(new, {"x": WEST})
    assert [each.properties["courtyard_code"] for each in new.values()] == ["A1"]


def test_a_ring_without_area_is_a_fault_of_its_row(read) -> None:
    code, said, new = read("G28-tiny")
    assert code == 1 and not new and "row 1" in said and "no area" in said


def test_chinese_names_of_kml_are_columns(read) -> None:
    code, _, new = read("K12-cn-names", "stations")
    assert code == 0 and list(new) == ["F01"] and is_about(new, {"站1": (120.401, 36.201)})
    assert (new["F01"].properties["kind"], new["F01"].properties["remark"]) == ("post", "甲")


def test_a_place_in_one_cell_is_read(read) -> None:
    code, said, new = read("T04-one-cell-coord", "stations")
    assert code == 0 and "坐标" in said
    assert is_about(new, {"清河站": (120.401, 36.201), "东岭站": (120.408, 36.2012)})


@pytest.mark.parametrize(
    ("case", "said"), [("T07b-one-zero-of-11", "0, 0"), ("T07c-swapped-one", "the other way round")]
)
def test_one_bad_place_is_named_by_its_row_and_does_not_decide_over_the_others(read, case: str, said: str) -> None:
    code, told, new = read(case, "stations")
    assert code == 1 and not new and "row 12" in told and said in told
    code, _, new = read(case, "stations", "--only-sound")
    assert code == 1 and len(new) == 10
    assert all(120.4 < each.geometry.x < 120.41 and 36.2 < each.geometry.y < 36.21 for each in new.values())


def test_a_title_above_the_heading_of_a_csv_is_passed_over(read) -> None:
    code, _, new = read("T19-title-row", "stations")
    assert code == 0 and is_about(new, {"清河站": (120.401, 36.201), "东岭站": (120.408, 36.2012)})
    assert {each.properties["kind"] for each in new.values()} == {"party_service", "elder_canteen"}


def test_a_second_table_on_a_sheet_is_one_fault_that_names_it(
    cli: Command, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for line in (
        ["编码", "名称", "经度", "纬度"],
        *([f"Z{number}", f"{number}站", 120.4 + number / 1000, 36.2] for number in range(1, 6)),
        [],
        ["道路"],
        ["路名", "起点", "终点"],
        ["一路", "东门", "西门"],
    ):
        book.active.append(line)
    book.save(tmp_path / "stations.xlsx")
    code, _, errors = cli("--lang", "en", "import", "stations", "stations.xlsx")
    assert code == 1 and len(errors.splitlines()) == 1
    assert "row 9" in errors and "Another table begins here (路名, 起点, 终点)" in errors
    code, said, _ = cli("--lang", "en", "import", "stations", "stations.xlsx", "--only-sound")
    assert "5 new" in said


def test_a_shape_that_is_there_twice_is_told(cli: Command, tmp_path: Path) -> None:
    def block(code: str, west: float) -> dict:
        ring = [[west, 36.2], [west + 0.001, 36.2], [west + 0.001, 36.201], [west, 36.201], [west, 36.2]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "properties": {"编码": code, "名称": code}, "geometry": shape}

    blocks = [block("B1", 120.4), block("B2", 120.41), block("B3", 120.4)]
    (tmp_path / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": blocks}), "utf-8")
    code, said, _ = cli("--lang", "en", "import", "buildings", "b.geojson")
    assert code == 0 and "the very same shape as another of the file, under another code: rows 3" in said
