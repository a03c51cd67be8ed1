"""Shapes as lists of points in one cell: 120.400,36.200;120.401,36.200;…"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import shapely

from layers.formats.readers.point_lists import looks_listed, read_points
from layers.formats.table import RawTable
from layers.formats.wkb import BadGeometry
from tests.formats.hostile import read_here

CORNERS = [(120.4, 36.2), (120.401, 36.2), (120.401, 36.201)]


def of_csv(folder: Path, heading: str, *cells: str) -> RawTable:
    path = folder / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["编码", heading], *([str(row), cell] for row, cell in enumerate(cells))])
    return read_here(path)


@pytest.mark.parametrize(
    "cell",
    [
        "120.4,36.2;120.401,36.2;120.401,36.201",
        "120.4，36.2；120.401，36.2；120.401，36.201；",
        "120.4 36.2;120.401 36.2;120.401 36.201",
        "120.4 36.2, 120.401 36.2, 120.401 36.201",
        "120.4,36.2|120.401,36.2|120.401,36.201",
        "(120.4, 36.2); (120.401, 36.2); (120.401, 36.201)",
        "120.4,36.2\n120.401,36.2\n120.401,36.201",
        "120.4,36.2,8.5;120.401,36.2,8.5;120.401,36.201,8.5",
        "[[120.4,36.2],[120.401,36.2],[120.401,36.201]]",
        "[[120.4,36.2,8],[120.401,36.2,8],[120.401,36.201,8]]",
    ],
)
def test_points_in_one_cell_are_a_line(tmp_path: Path, cell: str) -> None:
    table = of_csv(tmp_path, "边界坐标", cell)
    assert list(table.columns) == ["编码"] and table.faults == []
    assert shapely.get_coordinates(table.geometry[0]).tolist() == [list(each) for each in CORNERS]
    assert table.geometry[0].geom_type == "LineString"
    assert [note.key for note in table.notes if note.params.get("column") == "边界坐标"] == ["formats.points-read"]


def test_nested_brackets_are_areas_with_holes(tmp_path: Path) -> None:
    ring, hole = "[[0.5,0.5],[9.5,0.5],[9.5,9.5],[0.5,9.5]]", "[[2.5,2.5],[3.5,2.5],[3.5,3.5],[2.5,2.5]]"
    one, two = of_csv(tmp_path, "边界", f"[{ring},{hole}]", f"[[{ring},{hole}]]").geometry
    assert (one.geom_type, one.area, two.area) == ("Polygon", 80.5, 80.5)


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("楼栋范围", ["1,2;3,4", "5,6;7"]),
        ("楼栋编码", ["37010200,37010201;37010202,37010203"]),
        ("备注", ["1.5,2.5;3.5,4.5"]),
        ("坐标", ["120.40,36.20"]),
        ("备注", ["[[见附件]]"]),
        ("边界", [None, "", 7]),
    ],
)
def test_what_is_no_list_of_points(heading: str, cells: list[object]) -> None:
    assert not looks_listed(heading, cells)


def test_exact_points_are_known_below_any_heading() -> None:
    assert looks_listed("备注2", ["120.4001,36.2001;120.4002,36.2001"])
    assert looks_listed("范围线", ["40500123.45,4012345.67;40500125.45,4012345.67"])


def test_one_broken_list_is_a_fault_of_its_row(tmp_path: Path) -> None:
    good = "120.4,36.2;120.401,36.2"
    table = of_csv(tmp_path, "坐标", good, good, "120.4,36.2;一百二", "", good)
    assert [(fault.text.key, fault.where["row"]) for fault in table.faults] == [("formats.points-broken", 4)]
    assert [shape is not None for shape in table.geometry] == [True, True, False, False, True]


@pytest.mark.parametrize(
    "cell",
    ["[" * 500 + "1.5" + "]" * 500, "[[1.5,2.5],[1e999,3.5]]", "[[1.5],[2.5]]", "[[[1.5,2.5],[2.5,3.5]]]",
     "[[1.5,null]]", "[[1.5,2.5],[" + "9" * 400 + ",3.5]]", "1.5" + " " * 5000 + ";",
     "[[true,false],[1.5,2.5]]", "[[{}]]"],
)  # fmt: skip
def test_what_is_hostile_is_refused(cell: str) -> None:
    with pytest.raises(BadGeometry):
        read_points(cell)
