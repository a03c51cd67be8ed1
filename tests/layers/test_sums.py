"""Rows of layer files that are sums or remarks are no records, and numbered headings are known by their words."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.catalogue import catalogue
from layers.formats.table import RawTable
from layers.usecases.imports.matching import match_columns
from layers.usecases.imports.sums import without_sums

COLUMNS = {"楼栋编码": ["b01", "b02", "合计", "注：以上为初步统计"], "户数": [3, 4, 7, None]}


def test_sums_and_remarks_are_left_out_and_told() -> None:
    table, told = without_sums(RawTable("x", COLUMNS, [2, 3, 4, 5]))
    assert (table.columns, table.rows) == ({"楼栋编码": ["b01", "b02"], "户数": [3, 4]}, [2, 3])
    assert told[0].params["which"] == ["4 合计", "5 注：以上为初步统计"]


@pytest.mark.parametrize("cell", ["东岭小计", "总 计：", "Total", "共计", "Subtotal:"])
def test_words_for_sums(cell: str) -> None:
    assert len(without_sums(RawTable("x", {"楼栋编码": ["b01", cell]}, [2, 3]))[0]) == 1


@pytest.mark.parametrize("cell", ["合计小区", "备注楼", "计量局宿舍", "b01"])
def test_names_that_are_none(cell: str) -> None:
    assert len(without_sums(RawTable("x", {"楼栋编码": [cell]}, [2]))[0]) == 1


def test_what_has_a_shape_is_a_feature_whatever_it_is_called() -> None:
    shapes = np.array([shapely.Point(120, 36), None], dtype=object)
    table, _ = without_sums(RawTable("x", {"名称": ["合计", "合计"]}, [1, 2], shapes))
    assert table.rows == [1] and len(table.geometry) == 1


def test_numbered_headings() -> None:
    matches, unused = match_columns(
        catalogue().layer("buildings"), ["1.楼栋编码", "②户数", "3、层数", "60岁以上老人"], {}
    )
    found = {each.column: each.field.name for each in matches}
    assert (
        found == {"1.楼栋编码": "code", "②户数": "households", "3、层数": "floors", "60岁以上老人": "elderly_60"}
        and not unused
    )
