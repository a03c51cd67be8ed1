"""Rows of layer files that are sums or remarks are no records, and numbered headings are known by their words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.catalogue import catalogue
from layers.formats.table import RawTable
from layers.store.protocol import Store
from layers.usecases.imports.matching import match_columns, matching
from layers.usecases.imports.sums import without_sums, without_words
from layers.usecases.imports.tables import ImportOptions, import_file

NOW = dt.datetime(2025, 7, 2, tzinfo=dt.UTC)

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


def among_codes(*codes: object, beside: int = 1) -> list[object]:
    """Return the codes of stations that are left of some, beside each of which that many of three cells are filled."""
    names = ("名称", "类别", "服务能力")
    columns: dict[str, list] = {"站点编码": [*codes, "F01", "F02", 3]}
    for place, name in enumerate(names):
        columns[name] = ["x" if place < beside - 1 else None for _ in codes] + ["y"] * 3
    stations = catalogue().layer("stations")
    table, told = without_words(RawTable("x", columns, list(range(2, 2 + len(columns["站点编码"])))), matching(
        stations, columns, {}))  # fmt: skip
    assert bool(told) is (len(table) < len(columns["站点编码"]))
    return table.columns["站点编码"][: -3]


@pytest.mark.parametrize("word", ["甲社区", "一、", "合计5", "数据来源：民政局", "（盖章）", "*带星号的为新建"])
def test_headings_and_remarks_where_codes_stand_are_left_out_and_told(word: str) -> None:
    assert among_codes(word) == among_codes(word, beside=2) == []


def test_a_record_is_none_of_them() -> None:
    assert among_codes("甲社区站", beside=3) == ["甲社区站"]
    assert among_codes("F09", "12", None) == ["F09", "12", None]
    assert among_codes("甲", "乙", "丙", "丁") == ["甲", "乙", "丙", "丁"], "codes are words here"


def test_numbered_headings() -> None:
    matches, unused = match_columns(
        catalogue().layer("buildings"), ["1.楼栋编码", "②户数", "3、层数", "60岁以上老人"], {}
    )
    found = {each.column: each.field.name for each in matches}
    assert (
        found == {"1.楼栋编码": "code", "②户数": "households", "3、层数": "floors", "60岁以上老人": "elderly_60"}
        and not unused
    )


@pytest.mark.parametrize("row", [
    "审批领导：,,,,填报日期：2025年7月1日", "填报人：,张三,,审核人：,李四",
    ",（公章）,,,", "2025年7月1日,,,,",
])  # fmt: skip
def test_who_signs_below_a_table_is_no_feature(empty: Store, tmp_path: Path, row: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"编码,名称,经度,纬度,地址\nS1,甲,120.1,36.1,1号\nS2,乙,120.2,36.2,2号\n{row}\n", "utf-8")
    report = import_file(empty, "stations", path, ImportOptions(), "tests", NOW)
    assert report.counts["stations"]["new"] == 2
    assert any(each.key in ("imports.sums-left-out", "imports.words-left-out") for each in report.notes)
