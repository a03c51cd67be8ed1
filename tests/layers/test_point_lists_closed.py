"""Boundaries that come as lists of points: closed for layers of areas, lines for roads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from layers.catalogue import catalogue
from layers.formats.table import POINTS_COLUMN, RawTable
from layers.usecases.imports.closing import with_areas
from layers.usecases.imports.ranking import rank

SQUARE = [(120.4, 36.2), (120.401, 36.2), (120.401, 36.201), (120.4, 36.201)]
BOW_TIE = [(120.4, 36.2), (120.401, 36.2), (120.4, 36.201), (120.401, 36.201)]


def table(*lines: list[tuple[float, float]]) -> RawTable:
    shapes = np.array([shapely.LineString(each) for each in lines], dtype=object)
    rows = list(range(2, 2 + len(lines)))
    return RawTable("边界", {"编码": [str(row) for row in rows]}, rows, shapes, choices={POINTS_COLUMN: "边界"})


def test_a_list_goes_round_an_area_whether_it_is_closed_or_not() -> None:
    found = with_areas(catalogue().layer("courtyards"), table(SQUARE, [*SQUARE, SQUARE[0]]))
    assert [shape.equals(shapely.Polygon(SQUARE)) for shape in found.geometry] == [True, True]
    assert [(note.key, note.params["count"]) for note in found.notes] == [("imports.points-closed", 2)]


def test_what_crosses_itself_is_repaired_and_told() -> None:
    found = with_areas(catalogue().layer("communities"), table(SQUARE, BOW_TIE))
    assert (found.repaired, found.geometry[1].geom_type, found.geometry[1].is_valid) == ([3], "MultiPolygon", True)


def test_a_list_of_points_on_one_line_has_no_area() -> None:
    found = with_areas(catalogue().layer("courtyards"), table(SQUARE, [(120.4, 36.2), (120.41, 36.2), (120.42, 36.2)]))
    assert [(fault.text.key, fault.where["row"]) for fault in found.faults] == [("formats.geometry-without-area", 3)]


def test_roads_and_walls_stay_lines() -> None:
    for layer in ("roads", "barriers"):
        assert with_areas(catalogue().layer(layer), table(SQUARE)).geometry[0].geom_type == "LineString"


def test_the_layer_of_a_file_is_not_guessed_by_lists_of_points() -> None:
    lists = replace(table(SQUARE), columns={"小区编码": ["A-1"], "小区名称": ["一号院"]})
    assert rank(lists, "a")[0].layer == "courtyards"
