"""Who signs below a table."""

from __future__ import annotations

import pytest

from layers.model.values.signing import is_signature


@pytest.mark.parametrize(
    "row",
    [
        ["单位（盖章）："],
        ["审批领导：李某"],
        ["填报日期：2025年7月1日"],
        ["审批领导：", "李某"],
        ["审批领导：", "李某", "2025年7月1日"],
        ["填表人：王某", "联系电话：0532-1234567"],
        ["2025年7月1日"],
        ["（盖章）"],
        ["xx年xx月xx日"],
    ],
)
def test_a_row_that_signs(row: list[str]) -> None:
    assert is_signature(row)


@pytest.mark.parametrize(
    "row",
    [
        [],
        ["甲楼"],
        ["甲楼", "12"],
        ["审批领导：", "12"],  # a figure is no name
        ["审批领导：", ""],
        ["审批领导：", 12],
        ["李某", "审批领导："],
        ["2025年7月1日", "李某"],
    ],
)
def test_a_row_that_does_not(row: list[object]) -> None:
    assert not is_signature(row)
