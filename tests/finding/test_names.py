"""Names are found by any part, by pinyin in full or by initials, and codes by both ends."""

from __future__ import annotations

import sys

import pytest

from layers.finding import Names, sounds, spelt

NAMES = ("鼓楼社区", "望河街道", "重庆路小区", "滨江花园", "A区3号楼", "长安里", "西安里", "线路所", "诚信物业", "")
CODES = ("990201001001", "990201", "M001", "B12", "x-3", "", "", "", "G01", "R7")


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(NAMES, CODES)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("gulou", "鼓楼社区"), ("gul", "鼓楼社区"), ("gls", "鼓楼社区"), ("wanghe", "望河街道"), ("wh", "望河街道"),
        ("鼓楼", "鼓楼社区"), ("花园", "滨江花园"), ("huayuan", "滨江花园"), ("bjhy", "滨江花园"), ("BJHY", "滨江花园"),
        ("cq", "重庆路小区"), ("chongqing", "重庆路小区"), ("changan", "长安里"), ("xi'an", "西安里"),
        ("a区", "A区3号楼"), ("3hl", "A区3号楼"), ("区3号", "A区3号楼"), ("chengxin", "诚信物业"), ("wuye", "诚信物业"),
    ],
)  # fmt: skip
def test_a_name_is_found(names: Names, typed: str, first: str) -> None:
    found = names.find(typed)
    assert first in [NAMES[row] for row in found.rows]


def test_a_syllable_is_not_the_end_of_one_and_the_beginning_of_another(names: Names) -> None:
    assert "鼓楼社区" not in [NAMES[row] for row in names.find("ulou").rows]
    assert list(names.find("zhongqing").rows) == []  # 重 is chong in 重庆


def test_xian_is_one_syllable_or_two(names: Names) -> None:
    assert {NAMES[row] for row in names.find("xian").rows} == {"西安里", "线路所"}


def test_what_is_called_so_ranks_before_what_begins_so_and_that_before_what_has_it_within() -> None:
    names = Names(["新和平里", "和平里", "和平"], ["", "", ""])
    found = names.find("和平")
    assert dict(zip(found.rows.tolist(), found.rank.tolist(), strict=True)) == {0: 2, 1: 1, 2: 0}


def test_a_code_is_found_by_both_its_ends(names: Names) -> None:
    assert list(names.find("9902").rows) == [0, 1]
    whole = names.find("990201")
    assert dict(zip(whole.rows.tolist(), whole.rank.tolist(), strict=True)) == {0: 1, 1: 0}
    assert list(names.find("1001").rows) == [0]


@pytest.mark.parametrize("typed", ["", "  ", "\n", "zzqqzz", "龘龘", "\U00020000", "a" * 500, "%_*", "'", "'''"])
def test_what_stands_nowhere_is_not_found(names: Names, typed: str) -> None:
    assert list(names.find(typed).rows) == []


def test_nothing_is_found_across_two_names_and_nothing_in_none() -> None:
    assert list(Names(["鼓", "楼"], ["", ""]).find("鼓楼").rows) == []
    assert list(Names([], []).find("a").rows) == []


def test_a_name_beyond_the_basic_plane_is_kept() -> None:
    assert list(Names(["\U00020000家园"], [""]).find("家园").rows) == [0]


def test_how_names_are_read() -> None:
    assert ["".join(spelt(each)) for each in ("重庆路", "重点", "3号楼A座", "Ω 区", "", "\U00020000家")] == [
        "chongqinglu", "zhongdian", "3haolouazuo", "qu", "", "jia"]  # fmt: skip


def test_of_the_library_of_readings_nothing_is_kept() -> None:
    sounds.sounds.cache_clear()
    assert spelt("重庆") == ["chong", "qing"]
    assert not [name for name in sys.modules if name.partition(".")[0] == "pypinyin"]


def test_codes_in_any_order_are_found_by_their_beginning() -> None:
    names = Names(["c", "a", "b"], ["a9", "a1", "a5"])
    assert list(names.find("a1").rows) == [1]
    assert sorted(names.find("a").rows) == [0, 1, 2]


def test_what_stands_everywhere_is_told_as_more() -> None:
    names = Names([f"{n}号楼" for n in range(30_000)], [""] * 30_000)
    found = names.find("楼")
    assert found.more and len(found.rows) == 20_000
    assert not names.find("29999号").more and list(names.find("29999号").rows) == [29_999]
