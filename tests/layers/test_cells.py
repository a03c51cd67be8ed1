"""One cell before it has a type, and the smallest rules of what it may hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from layers.catalogue import catalogue
from layers.model.values import parse
from layers.model.values.cells import LONGEST_SHOWN, cleaned, fold, is_placeholder, plain, refusal, shown
from layers.model.values.parsing import LONGEST_CODE, LONGEST_TEXT, enclosure_from_open_flag, heading_sense, written
from layers.model.values.quantities import parse_number, read_unit, split_heading

COURTYARD = catalogue().layer("courtyards").field


class TestCleaning:
    @pytest.mark.parametrize(
        ("raw", "clean"),
        [
            (" a ", "a"),
            ("a\tb", "a b"),
            ("a\rb", "a\nb"),
            ("\u200b", None),
            ("", None),
            ("'-1", "-1"),
            ("'a", "'a"),
            ("'=1", "=1"),
            ("=1", "=1"),
            (np.int64(3), 3),
            (np.float64(1.5), 1.5),
            (np.array(["a"]), ["a"]),
            (pd.NaT, None),
            (None, None),
            (0, 0),
            (False, False),
        ],
    )
    def test_what_nobody_sees_goes(self, raw: object, clean: object) -> None:
        assert cleaned(raw) == clean and type(cleaned(raw)) is type(clean)

    def test_a_day_stays_a_day(self) -> None:
        assert cleaned(dt.datetime(2024, 5, 1)) == dt.datetime(2024, 5, 1)

    @pytest.mark.parametrize(
        ("cell", "slug"),
        [
            (float("nan"), "not-finite"),
            (float("inf"), "not-finite"),
            (float("-inf"), "not-finite"),
            (1.5, None),
            ("#N/A", "excel-error"),
            ("#n/a", "excel-error"),
            ("#1", None),
            ("a\x07", "control-characters"),
            ("a\nb", None),
            ("a\u200d", None),
            (3, None),
            (None, None),
        ],
    )
    def test_what_is_refused_whatever_the_type(self, cell: object, slug: str | None) -> None:
        found = refusal(cell)
        assert (found and found.key) == (slug and f"values.{slug}")

    def test_marks_for_left_empty(self) -> None:
        assert is_placeholder("——") and is_placeholder("N/A") and not is_placeholder("无") and not is_placeholder(0)

    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            (3.0, "3"),
            (3.5, "3.5"),
            (True, "true"),
            (False, "false"),
            (7, "7"),
            (dt.date(2024, 5, 1), "2024-05-01"),
            (dt.datetime(2024, 5, 1), "2024-05-01"),
            (dt.datetime(2024, 5, 1, 8, 30), "2024-05-01 08:30:00"),
        ],
    )
    def test_as_a_reader_would_type_it(self, cell: object, text: str) -> None:
        assert plain(cell) == text

    def test_words_are_compared_without_width_case_and_space(self) -> None:
        assert fold(" Ａ b\u3000C ") == "abc" and fold(3.0) == "3"

    def test_a_message_shows_sixty_characters_and_no_more(self) -> None:
        assert shown("x" * LONGEST_SHOWN) == "x" * LONGEST_SHOWN
        assert shown("x" * (LONGEST_SHOWN + 1)) == "x" * (LONGEST_SHOWN - 1) + "…"
        assert shown("a\nb\x00") == "a b�"


class TestNumbers:
    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            ("1,234,567", 1234567.0),
            ("12,34", None),
            ("1234,567", None),
            ("-5", -5.0),
            ("−5", -5.0),
            ("+5", 5.0),
            (".5", 0.5),
            ("5.", None),
            ("1e3", 1000.0),
            ("1e300", 1e300),
            ("1e301", None),
            ("-1e301", None),
            ("0e999", 0.0),
            (2.5, 2.5),
            (Decimal("1"), None),
            ("5 m2", 5.0),
            ("5平方米", 5.0),
            ("5 公顷", 50000.0),
            ("5x", None),
            ("0.5平方公里", 500000.0),
        ],
    )
    def test_as_an_area(self, cell: object, value: float | None) -> None:
        read = parse_number(cell, "㎡")
        assert read.value == value and (read.problem is None) == (value is not None)

    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            (2**63 - 1, 2**63 - 1),
            (2**63, None),
            (str(2**63 - 1), 2**63 - 1),
            (str(2**63), None),
            (-5, -5),
            ("1e18", 10**18),
            ("9.3e18", None),
            ("1e-1", None),
            ("10e-1", 1),
            (5.0, 5),
            (5.5, None),
            (-(2**63), -(2**63)),
            ("-9223372036854775808", None),
        ],
    )
    def test_whole_numbers_fit_eight_bytes(self, cell: object, value: int | None) -> None:
        read = parse_number(cell, None, whole=True)
        assert read.value == value and isinstance(read.value, int | None)

    def test_a_text_longer_than_any_number_is_none(self) -> None:
        assert parse_number("0" * 59 + "7", None).value == 7
        assert parse_number("0" * 60 + "7", None).value is None

    @pytest.mark.parametrize(
        ("cell", "stated", "value"),
        [
            ("1.2", "万㎡", 12000.0),
            (1.2, "万㎡", 12000.0),
            ("1.2㎡", "万㎡", 1.2),
            ("3", "户", None),
            ("1.2万", "㎡", 12000.0),
            ("1.2万", "万㎡", None),
            ("1.2万", "户", None),
            ("1.2万", "亩", 8000040.0),
            ("2百", "公顷", 2000000.0),
            ("3亩", None, 2000.01),
            ("1", "千", 1000.0),
            ("2", "亿", 2e8),
            ("2千", None, 2000.0),
            ("2 km", None, None),
        ],
    )
    def test_units_of_cell_and_heading(self, cell: object, stated: str | None, value: float | None) -> None:
        assert parse_number(cell, "㎡", stated).value == (None if value is None else pytest.approx(value))

    @pytest.mark.parametrize(
        ("cell", "value"),
        [("3个", 3.0), ("1992年", 1992.0), ("40%", 40.0), ("6层", 6.0), ("3户", None), ("2万", 2e4), ("3x", None)],
    )
    def test_a_field_without_a_unit_counts_things(self, cell: str, value: float | None) -> None:
        assert parse_number(cell, None).value == value

    def test_other_measures(self) -> None:
        assert parse_number("1.5小时", "分钟").value == 90
        assert parse_number("2公里", "米").value == 2000
        assert parse_number("2.5元/月/m2", "元/㎡·月").value == 2.5
        assert parse_number("60", "米", "公里").value == 60000

    def test_what_a_unit_measures(self) -> None:
        assert read_unit("万㎡") == ("area", Decimal(10000)) and read_unit("万") == (None, Decimal(10000))
        assert read_unit("") is read_unit(None) is read_unit("万x") is read_unit("x") is None
        assert split_heading(" 面积 （ 万㎡ ） ") == ("面积", "万㎡") and split_heading("(㎡)") == ("(㎡)", None)

    @pytest.mark.parametrize("cell", ["约300", "300多", "300余户", "100-200", "100~200", ">300", "300左右", "3?"])
    def test_about_so_many_is_no_number(self, cell: str) -> None:
        assert parse_number(cell, "户").problem.key == "values.approximate"


class TestTexts:
    def test_the_longest_text_and_the_longest_code(self) -> None:
        name, code = COURTYARD("name"), COURTYARD("code")
        assert parse(name, "x" * LONGEST_TEXT).value == "x" * LONGEST_TEXT
        assert parse(name, "x" * (LONGEST_TEXT + 1)).problem.key == "values.too-long"
        assert parse(code, "x" * LONGEST_CODE).value == "x" * LONGEST_CODE
        assert parse(code, "x" * (LONGEST_CODE + 1)).problem.key == "values.too-long"

    def test_a_number_of_fifteen_digits_is_exact_and_one_of_sixteen_is_not(self) -> None:
        code = COURTYARD("code")
        assert parse(code, 999999999999999.0).value == "999999999999999"
        assert parse(code, 1e15).problem.key == parse(code, -1e15).problem.key == "values.digits-destroyed"

    @pytest.mark.parametrize("raw", [{"a": 1}, b"a", {1}, (1,)])
    def test_things_with_parts_are_no_text(self, raw: object) -> None:
        assert parse(COURTYARD("name"), raw).problem.key == "values.not-simple"

    @pytest.mark.parametrize("raw", [".", "..", "/", "./", "\\"])
    def test_a_code_that_would_be_a_path_is_refused(self, raw: str) -> None:
        parsed = parse(COURTYARD("code"), raw)
        assert (parsed.problem and parsed.problem.key) == ("values.code-is-a-path" if raw not in ("/", "\\") else None)

    def test_bounds_are_included(self) -> None:
        households, year = COURTYARD("households"), COURTYARD("build_year")
        assert parse(households, 0).value == 0 and parse(households, -1).problem.key == "values.too-small"
        low, high = int(year.minimum), int(year.maximum)
        assert (parse(year, low).value, parse(year, high).value) == (low, high)
        assert parse(year, low - 1).problem.key == "values.too-small"
        assert parse(year, high + 1).problem.key == "values.too-big"
        assert str(high) in parse(year, high + 1).problem.say("en")

    @pytest.mark.parametrize(
        ("cell", "items"),
        [
            ("[1, 2", ("[1, 2",)),
            ('["a"]', ("a",)),
            ("[[1]]", ("[[1]]",)),
            (5, ("5",)),
            ({"a"}, ("a",)),
            ("a,,b", ("a", "b")),
            ("[a]", ("[a]",)),
        ],
    )
    def test_lists_of_codes(self, cell: object, items: tuple[str, ...]) -> None:
        expected = tuple(each for item in items for each in (item.split(", ") if item.startswith("[1") else [item]))
        assert parse(COURTYARD("building_codes"), cell).value == expected

    def test_one_bad_item_spoils_a_list(self) -> None:
        assert parse(COURTYARD("building_codes"), ["a", "#REF!"]).problem.key == "values.excel-error"
        assert parse(COURTYARD("building_codes"), ["a", 1e15]).problem.key == "values.digits-destroyed"

    def test_yes_and_no_in_a_list_that_says_them_otherwise(self) -> None:
        assert (
            heading_sense("是否开放") == "open"
            and heading_sense("是否封闭") == "closed"
            and heading_sense("类型") is None
        )
        assert enclosure_from_open_flag("/").value is None and enclosure_from_open_flag("/").problem is None
        assert enclosure_from_open_flag("是", yes="closed").value == "closed"
        assert enclosure_from_open_flag("○").problem.key == "values.not-yes-or-no"
        assert parse(COURTYARD("enclosure"), True, heading="是否开放").value == "open"
        assert parse(COURTYARD("enclosure"), False, heading="是否封闭").value == "open"

    def test_values_are_written_in_either_language(self) -> None:
        assert [written(COURTYARD("is_old"), each) for each in (True, False, None)] == ["是", "否", ""]
        assert [written(COURTYARD("is_old"), each, "en") for each in (True, False)] == ["yes", "no"]
        assert written(COURTYARD("building_codes"), ("a", "b")) == "a、b"
        assert written(COURTYARD("building_codes"), ("a", "b"), "en") == "a; b"
        assert (
            written(COURTYARD("enclosure"), "open", "zh") == "开放式" and written(COURTYARD("households"), 3.0) == "3"
        )
        assert written(COURTYARD("survey_date"), dt.date(2024, 5, 1)) == "2024-05-01"
