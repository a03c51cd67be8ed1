"""House numbers as ledgers write them, one cell at a time."""

from __future__ import annotations

import pytest

from layers.ledger.houses import House, KnownHouses, looks_like_code, looks_like_houses, may_be_count, read_houses


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("1-4号楼", ["1号楼", "2号楼", "3号楼", "4号楼"]),
        ("1号楼至3号楼", ["1号楼", "2号楼", "3号楼"]),
        ("5-5号楼", ["5号楼"]),
        ("1#、2#", ["1号楼", "2号楼"]),
        ("1#2#3#", ["1号楼", "2号楼", "3号楼"]),
        ("A区1-3栋", ["A区1号楼", "A区2号楼", "A区3号楼"]),
        ("A区1栋、2栋，B区1栋", ["A区1号楼", "A区2号楼", "B区1号楼"]),  # a zone holds up to the next
        ("3号院7#8#9#", ["3号院7号楼", "3号院8号楼", "3号院9号楼"]),
        ("2号楼", ["2号楼"]),  # 号楼 is no zone
        ("A座", ["A"]),
        ("a1-a3", ["A1", "A2", "A3"]),
        ("A1-3", ["A1", "A2", "A3"]),
        ("3A号楼", ["3A"]),
        ("三号楼、十二栋", ["3号楼", "12号楼"]),
        ("第3栋", ["3号楼"]),
        ("1号楼、1号楼", ["1号楼"]),
        ("A座-D座", ["A", "B", "C", "D"]),
        ("A-C座", ["A", "B", "C"]),
        ("甲1-甲3", ["甲1", "甲2", "甲3"]),
        ("甲1号楼、乙2-3号楼", ["甲1", "乙2", "乙3"]),
        ("甲座至丙座", ["甲", "乙", "丙"]),
        ("A1-A3栋、B1-2栋", ["A1", "A2", "A3", "B1", "B2"]),
        ("7；9\n11", ["7号楼", "9号楼", "11号楼"]),
    ],
)
def test_which_houses_a_cell_means(cell: str, numbers: list[str]) -> None:
    read = read_houses(cell)
    assert [str(each) for each in read.numbers] == numbers
    assert (read.passed_over, read.unread) == ((), ())


@pytest.mark.parametrize(
    "cell",
    ["5-4号楼", "1-501号楼", "A1-B3", "1-3A号楼", "1A-3号楼", "1-6（除2、5外）", "1-4号楼（不含3号楼）", "D座-A座",
     "A座-丙座", "A1-甲3", "1A-1D"],
)
def test_what_may_mean_several_things_is_not_read(cell: str) -> None:
    read = read_houses(cell)
    assert (read.numbers, read.unread) == ((), (cell,))


def test_numbers_with_a_dash_that_are_no_ranges() -> None:
    read = read_houses("1-1、1-2、1-3")  # the second building of the first yard, and no range
    assert read.unread == ("1-2", "1-3")


def test_a_building_called_by_a_stem_is_met() -> None:
    known = KnownHouses({"c1": "甲1号楼", "c2": "1号楼"})
    assert known.meant(read_houses("甲1").numbers) == {House("", "甲1"): ["c1"]}


def test_a_range_of_as_many_houses_as_a_courtyard_may_have() -> None:
    assert len(read_houses("1-500号楼").numbers) == 500
    assert [each.number for each in read_houses("7-506").numbers][::499] == ["7", "506"]


def test_remarks_among_the_numbers_are_passed_over_and_told() -> None:
    read = read_houses("1号楼、其中2栋在建")
    assert ([str(each) for each in read.numbers], read.passed_over) == (["1号楼"], ("其中2栋在建",))
    assert [str(each) for each in read_houses("2号楼 另有3栋").numbers] == ["2号楼"]


def test_what_stands_behind_a_number_and_is_none_is_told() -> None:
    read = read_houses("1号楼、待定")
    assert ([str(each) for each in read.numbers], read.unread) == (["1号楼"], ("待定",))


@pytest.mark.parametrize(
    ("cell", "houses", "count", "code"),
    [
        ("1-4号楼", True, False, False),
        ("3", True, True, False),
        ("1、3、5", True, False, False),
        ("A12", True, False, False),
        ("5栋", True, True, False),
        ("共5栋", True, True, False),
        ("990101", False, False, True),
        ("LY-01_7", False, False, True),
        ("望江社区", False, False, False),
    ],
)
def test_what_a_cell_looks_like(cell: str, houses: bool, count: bool, code: bool) -> None:
    assert (looks_like_houses(cell), may_be_count(cell), looks_like_code(cell)) == (houses, count, code)
    assert may_be_count(5) and not may_be_count(None)
