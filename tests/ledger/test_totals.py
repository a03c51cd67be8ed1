"""Rows of sums: how near is near enough, and which rows a sum may stand for."""

from __future__ import annotations

import pytest

from layers.ledger import Ledger, read_ledger
from tests.ledger.sheets import NAMES, faults, notes, row, sheet, table


def areas(total: str, *parts: str, heading: str = "建筑面积") -> Ledger:
    """A ledger of courtyards with these areas, and a sum."""
    lines = [f"{number}号院 | A-{number} | {part}" for number, part in enumerate(parts, start=1)]
    return read_ledger(sheet("\n".join([f"小区名称 | 楼院编码 | {heading}", *lines, f"合计 | | {total}"])))


def agrees(total: str, *parts: str, heading: str = "建筑面积") -> bool:
    (found,) = areas(total, *parts, heading=heading).totals
    return found.agrees


class TestRounding:
    """A sum is as exact as it is written: half of its last digit may be missing or too much."""

    def test_to_whole_square_metres(self) -> None:
        # 100.4 + 100.1 = 200.5 is rounded to 200 or to 201, never to 199 or 202.
        assert [agrees(total, "100.4", "100.1") for total in ("199", "200", "201", "202")] == [False, True, True, False]

    def test_to_the_last_decimal_that_is_shown(self) -> None:
        assert agrees("200.5", "100.4", "100.1")
        assert not agrees("200.3", "100.4", "100.1")
        assert agrees("200.54", "100.4", "100.135") and not agrees("200.55", "100.4", "100.135")

    def test_the_digit_is_one_of_the_unit_in_the_heading(self) -> None:
        # 1.24 + 1.21 = 2.45 万㎡: to one decimal 2.4 or 2.5 (half a digit is 500 ㎡), to two decimals 2.45 alone.
        heading = "建筑面积（万㎡）"
        stated = ("2.3", "2.4", "2.5", "2.6", "2.45", "2.44")
        assert [agrees(total, "1.24", "1.21", heading=heading) for total in stated] == [
            False, True, True, False, True, False,
        ]  # fmt: skip
        assert agrees("2", "1.24", "1.21", heading=heading) and not agrees("3", "1.24", "1.21", heading=heading)

    def test_the_magnitude_in_the_cell_goes_before(self) -> None:
        assert agrees("2.5万", "12400", "12100") and not agrees("2.6万", "12400", "12100")
        assert agrees("1.2亿", "60000000", "63000000") and not agrees("1.3亿", "60000000", "63000000")

    def test_floating_point_is_no_difference(self) -> None:
        assert agrees("0.3", "0.1", "0.2") and agrees("0.300000000000", "0.1", "0.2")

    def test_of_large_sums_a_millionth_is_slack(self) -> None:
        assert agrees("20000010", "10000000", "10000000") and not agrees("20000030", "10000000", "10000000")

    def test_whole_numbers_must_be_equal(self) -> None:
        for total, same in (("29", False), ("30", True), ("31", False)):
            ledger = read_ledger(table(row(1), row(2, households="20"), f"合计 | | | | | | | | {total}"))
            assert [each.agrees for each in ledger.totals] == [same]

    def test_what_differs_is_told_with_both_figures_and_the_difference(self) -> None:
        ledger = areas("12,000.25", "10000", "1000.5")
        assert ledger.faults[0].text.say("en").count("11,000.5") == 1
        assert "12,000.25" in ledger.faults[0].text.say("en") and "999.75" in ledger.faults[0].text.say("en")
        assert ledger.faults[0].where["value"] == "12,000.25"
        assert (ledger.totals[0].counted, ledger.totals[0].stated) == (11000.5, 12000.25)


class TestWhatIsSummed:
    def test_years_and_fees_are_not(self) -> None:
        ledger = read_ledger(
            sheet("小区名称 | 楼院编码 | 建成年份 | 户数\n甲 | A-1 | 1992 | 5\n乙 | A-2 | 1994 | 6\n合计 | | 1 | 11")
        )
        assert [(each.column, each.agrees) for each in ledger.totals] == [("户数", True)]

    @pytest.mark.parametrize("count", ["2", "2个", "共2个", "合计2处", "计２个小区", "2个小区(楼院)"])
    def test_courtyards_are_counted_where_their_name_stands(self, count: str) -> None:
        ledger = read_ledger(table(row(1), row(2), f"合计 | | {count} | | | | | | 20"))
        assert [(each.column, each.stated, each.counted) for each in ledger.totals] == [
            ("小区名称", 2, 2), ("户数", 20, 20),
        ]  # fmt: skip

    @pytest.mark.parametrize("words", ["若干", "见附表", "2个街道", "—"])
    def test_words_there_are_no_count(self, words: str) -> None:
        assert [each.column for each in read_ledger(table(row(1), f"合计 | | {words} | | | | | | 10")).totals] == [
            "户数"
        ]

    def test_a_sum_that_cannot_be_read_is_a_fault_of_its_own(self) -> None:
        ledger = read_ledger(table(row(1), "合计 | | | | | | | | 约10"))
        assert faults(ledger) == [("approximate", 4, "户数")]
        assert ledger.faults[0].where["value"] == "约10" and ledger.totals == ()

    def test_blank_households_add_nothing(self) -> None:
        assert faults(read_ledger(table(row(1), row(2, households=""), "合计 | | | | | | | | 10"))) == []

    def test_a_short_row_of_sums_says_nothing_of_the_columns_it_does_not_reach(self) -> None:
        ledger = read_ledger(table(row(1), "合计 | | 1个"))
        assert [each.column for each in ledger.totals] == ["小区名称"]

    def test_a_sheet_without_sums_says_so(self) -> None:
        assert "no-sum" in notes(read_ledger(table(row(1))))
        assert "no-sum" not in notes(read_ledger(table(row(1), "合计 | | | | | | | | 10")))


def part(total: int, word: str = "小计") -> str:
    return f"{word} | | | | | | | | {total}"


class TestWhichRows:
    """Ten households, then 20, 40, 80: every sum of some of them is another number."""

    ROWS = tuple(row(number, households=str(5 * 2**number)) for number in range(1, 5))

    def check(self, *lines: str) -> list[tuple[float, bool]]:
        return [(each.counted, each.agrees) for each in read_ledger(table(*lines)).totals]

    def test_a_subtotal_stands_for_the_rows_since_the_sum_before(self) -> None:
        one, two, three, four = self.ROWS
        assert self.check(one, two, part(30), three, four, part(120)) == [(30, True), (120, True)]

    def test_a_wrong_one_is_held_against_these_rows_first(self) -> None:
        one, two, three, four = self.ROWS
        assert self.check(one, two, part(31), three, four, part(121)) == [(30, False), (120, False)]

    def test_or_for_the_rows_below_it_up_to_the_next(self) -> None:
        one, two, three, four = self.ROWS
        assert self.check(part(30), one, two, part(120), three, four) == [(30, True), (120, True)]
        assert self.check(part(150), one, two, three, four) == [(150, True)]

    def test_a_total_takes_in_what_subtotals_took(self) -> None:
        one, two, three, four = self.ROWS
        assert self.check(one, two, part(30), three, part(40), four, "总计 | | | | | | | | 150")[-1] == (150, True)

    def test_a_total_may_stand_above_all_rows(self) -> None:
        assert self.check("合计 | | | | | | | | 150", *self.ROWS) == [(150, True)]

    def test_all_but_the_first_row_is_not_a_total(self) -> None:
        # 10 + 20 + 40 are 70, not 60.
        one, two, three, _ = self.ROWS
        assert self.check(one, two, three, "合计 | | | | | | | | 60") == [(70, False)]

    def test_a_second_total_may_stand_for_the_rows_since_the_first(self) -> None:
        one, two, three, four = self.ROWS
        assert self.check(one, two, "合计 | | | | | | | | 30", three, four, "合计 | | | | | | | | 120") == [
            (30, True), (120, True),
        ]  # fmt: skip

    def test_a_subtotal_with_a_name_stands_for_its_community_wherever_its_rows_are(self) -> None:
        one, two, three, four = (
            row(number, community=community, households=str(5 * 2**number))
            for number, community in enumerate(("望江社区", "栖霞社区", "望江社区", "栖霞社区"), start=1)
        )
        lines = (one, two, three, four, part(50, "望江社区小计"), part(100, "栖霞社区小计"))
        assert self.check(*lines) == [(50, True), (100, True)]

    def test_the_rows_of_another_table_are_not_in_the_sum_of_this_one(self) -> None:
        ledger = read_ledger(
            sheet("""
            小区名称 | 楼院编码 | 户数
            甲 | A-1 | 6
            丁 | A-4 | 3
            戊 | A-5 | 1
            合计 | | 10
            楼院编码 | 小区名称 | 建成年份 | 户数
            A-2 | 乙 | 1992 | 20
            A-3 | 丙 | 1992 | 40
            小计 | | | 61
            合计 | | | 61
            """)
        )
        assert [(each.counted, each.agrees, each.part) for each in ledger.totals] == [
            (10, True, False), (60, False, True), (60, False, False),
        ]  # fmt: skip

    def test_a_subtotal_above_everything_with_nothing_below_counts_nothing(self) -> None:
        ledger = read_ledger(table(part(0), part(5), self.ROWS[0]))
        assert [(each.stated, each.counted, each.agrees) for each in ledger.totals][1] == (5, 10, False)


def test_the_households_of_a_ledger_are_those_that_are_given() -> None:
    assert read_ledger(table(row(1), row(2, households=""))).households == 10


def test_sums_that_stand_above_their_rows_one_below_the_other():
    rows = ["小计 | | 30", "望江社区小计 | | 30", "甲 | A-1 | 10", "乙 | A-2 | 20"]
    ledger = read_ledger(sheet("\n".join(["小区名称 | 楼院编码 | 户数", *rows])))
    assert [each.agrees for each in ledger.totals] == [True, True]


def test_what_adds_up_is_a_sum_though_a_courtyard_goes_on_for_a_row_that_has_no_figure() -> None:
    def line(**cells: str) -> str:
        return " | ".join({**dict.fromkeys(NAMES, ""), **cells}.values())

    more = line(first="99010100100100100", last="99010100100100109")  # buildings of the first courtyard
    ledger = read_ledger(table(row(1), more, row(2, households="20"), line(community="望江社区", households="30")))
    assert (len(ledger.entries), faults(ledger)) == (2, []) and "row-adds-up" in notes(ledger)
    assert [(each.stated, each.agrees) for each in ledger.totals] == [(30, True)]


def test_a_wrong_sum_of_a_community_is_told_beside_what_its_own_rows_add_up_to() -> None:
    rows = [
        row(1, community="望江社区", households="10"),
        row(2, community="栖霞社区", households="20"),
        row(3, community="望江社区", households="40"),
    ]
    (told,) = read_ledger(table(*rows, part(99, "望江社区小计"))).totals
    assert (told.stated, told.counted, told.agrees) == (99, 50, False)


def test_a_sum_that_stands_above_rows_left_blank_says_how_many_they_are() -> None:
    (unchecked,) = areas("300", "100", "").totals
    (wrong,) = areas("150", "100", "100").totals
    assert (unchecked.agrees, unchecked.blank) == (False, 1)
    assert (wrong.agrees, wrong.blank) == (False, 0)
