"""Who a cell of the column of managers names, what a heading that nobody knows means, and what a row contradicts."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.ledger.answers import role_called
from layers.ledger.checks import contradictions
from layers.ledger.likeness import likely_role
from layers.ledger.managers import alike, is_body, read_managers
from layers.ledger.words import MANAGER_COLUMN

DAY = dt.date(2025, 2, 6)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("公司", False),  # a word alone is no name
        ("甲公司", True),
        ("清河社区居委会", True),
        ("安居物业（2025年起）", True),
        ("(物业)", False),
        ("一号院", False),
    ],
)
def test_what_is_called_as_bodies_are(text: str, body: bool) -> None:
    assert is_body(text) == body


@pytest.mark.parametrize(
    ("cell", "names", "remarks"),
    [
        ("安 居 物 业", ("安居物业",), ()),  # blanks that only spread its signs
        ("安 居物业", ("安 居物业",), ()),
        ("、安居物业。", ("安居物业",), ()),
        ("甲物业、乙物业", ("甲物业", "乙物业"), ()),
        ("甲物业和乙物业", ("甲物业", "乙物业"), ()),
        ("甲物业-乙物业", ("甲物业", "乙物业"), ()),
        ("甲物业和平里", ("甲物业和平里",), ()),  # no two bodies
        ("甲物业（2025年起）", ("甲物业",), ("（2025年起）",)),
        ("城建物业\n（2025年起）", ("城建物业",), ("（2025年起）",)),
    ],
)
def test_the_names_in_a_cell(cell: str, names: tuple[str, ...], remarks: tuple[str, ...]) -> None:
    read = read_managers(cell)
    assert (read.names, read.remarks, read.nobody) == (names, remarks, False)


def test_nobody_with_a_remark_is_nobody() -> None:
    read = read_managers("弃管（2023年）")
    assert (read.names, read.nobody, read.remarks) == ((), True, ("（2023年）",))


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("小区名字", "courtyard.name"),
        ("楼院编号码", "courtyard.code"),
        ("合同终止时间日", "arrangement.end_date"),
        ("xyz", None),
    ],
)
def test_a_heading_that_nobody_knows_means_what_it_is_most_like(heading: str, role: str | None) -> None:
    assert likely_role(heading, [], set()) == role
    assert role is None or likely_role(heading, [], {role}) != role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("manager", MANAGER_COLUMN),
        ("arrangement.manager", MANAGER_COLUMN),
        ("arrangement.mode", "arrangement.mode"),
        ("mode", "arrangement.mode"),
        ("households", "courtyard.households"),
        ("name", "courtyard.name"),  # a courtyard's goes before a manager's
        ("户数", "courtyard.households"),
        ("nothing", None),
    ],
)
def test_what_a_role_may_be_called(name: str, role: str | None) -> None:
    assert role_called(name) == role


@pytest.mark.parametrize(
    ("values", "nobody", "wrong"),
    [
        ({}, True, []),
        ({"arrangement.accepted_on": DAY}, True, ["ledger.nobody-with-contract"]),
        ({MANAGER_COLUMN: "甲物业"}, True, ["ledger.nobody-with-contract"]),
        ({"arrangement.start_date": DAY}, True, ["ledger.nobody-with-contract"]),
        ({"manager.phone": "1"}, True, []),  # telephone numbers stand on rows of whatever kind
        ({"arrangement.accepted_on": DAY}, False, ["ledger.dates-without-manager"]),
    ],
)
def test_what_contradicts_that_nobody_manages(values: dict, nobody: bool, wrong: list[str]) -> None:
    found, faults = contradictions({"courtyard.code": "1", **values}, set(), {"row": 3}, nobody)
    assert ([each.key for each in found], faults) == (wrong, [])


def test_an_end_before_the_start_is_a_fault_and_one_on_its_day_is_none() -> None:
    for days, count in ((-1, 1), (0, 0)):
        terms = {"arrangement.start_date": DAY, "arrangement.end_date": DAY + dt.timedelta(days)}
        contract = {"courtyard.code": "1", MANAGER_COLUMN: "甲物业", "arrangement.mode": "soe", **terms}
        found, faults = contradictions(contract, set(), {"row": 3}, False)
        assert (found, len(faults)) == ([], count)


@pytest.mark.parametrize(("names", "found"), [
    (["安居物业", "安居物业管理有限公司", "清河物业"], [["安居物业", "安居物业管理有限公司"]]),
    (["安居物业服务公司", "安居物业"], [["安居物业服务公司", "安居物业"]]),
    (["安居物业", "安民物业", "安居社区居委会", "安居社区"], []), (["物业公司", "物业"], []),
])  # fmt: skip
def test_names_that_may_be_one_firms(names: list[str], found: list[list[str]]) -> None:
    assert alike(names) == found
