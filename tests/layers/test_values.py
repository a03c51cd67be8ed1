"""Cells as offices write them, and what they mean."""

from __future__ import annotations

import datetime as dt
import string
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.catalogue import catalogue
from layers.model.values.cells import is_placeholder
from layers.model.values.dates import parse_period
from layers.model.values.parsing import enclosure_from_open_flag, ordinary_text, parse, written
from layers.model.values.quantities import split_heading

COURTYARD = catalogue().layer("courtyards").field
ARRANGEMENT = catalogue().layer("arrangements").field
START, END = ARRANGEMENT("start_date"), ARRANGEMENT("end_date")


def value(field, raw, **how):
    parsed = parse(field, raw, **how)
    assert parsed.problem is None, parsed.problem.say("en")
    return parsed.value


def problem(field, raw, **how) -> str:
    parsed = parse(field, raw, **how)
    assert parsed.value is None
    return parsed.problem.key.removeprefix("values.")


# --- text and codes


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  望江里１号院 ", "望江里１号院"),  # a name keeps its width
        ("\u3000望江里\u200b\ufeff", "望江里"),  # ideographic space, marks that nobody sees
        (3.0, "3"),
        (3.5, "3.5"),
        ("'=1+1", "=1+1"),  # the apostrophe by which exports neutralise formulas
        ("甲\r\n乙", "甲\n乙"),
        (None, None),
        ("   ", None),
        ("——", None),
    ],
)
def test_a_name_is_kept_as_written_without_what_nobody_sees(raw, expected):
    assert value(COURTYARD("name"), raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("９９０１０１００１００１", "990101001001"),
        ("9901 0100 1001", "990101001001"),
        ("'001", "001"),
        ('="001"', "001"),
        (990101001001, "990101001001"),
        (990101001001.0, "990101001001"),
        (np.int64(990101001001), "990101001001"),
    ],
)
def test_a_code_has_one_form(raw, expected):
    assert value(COURTYARD("code"), raw) == expected


def test_a_code_that_excel_has_rounded_is_refused():
    # 9901010010010001 cannot be told from 9901010010010000 once it was a number.
    assert problem(COURTYARD("code"), 9901010010010001.0) == "digits-destroyed"
    assert problem(COURTYARD("code"), "9.90101E+15") == "digits-destroyed"
    assert problem(COURTYARD("code"), dt.date(2024, 1, 2)) == "code-became-date"
    # A whole number of a file that keeps whole numbers exactly (JSON, GeoPackage) is fine.
    assert value(COURTYARD("code"), 9901010010010001) == "9901010010010001"


def test_the_length_of_a_code_is_checked_where_the_catalogue_gives_it():
    community = catalogue().layer("communities").field("code")
    assert problem(community, "99010100100") == "wrong-length"


@pytest.mark.parametrize("raw", ["a\x00b", "a\x1bb", "\ud800"])
def test_control_characters_are_refused(raw):
    assert problem(COURTYARD("name"), raw) == "control-characters"


@pytest.mark.parametrize("field", ["name", "code", "households", "survey_date", "form", "is_old", "building_codes"])
def test_an_error_of_a_formula_is_no_value(field):
    parsed = parse(COURTYARD(field), "#REF!")
    assert parsed.problem.key == "values.excel-error"


# --- numbers


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("573户", 573),
        ("２７１", 271),
        ("1,234", 1234),
        ("1，234", 1234),  # a full-width comma
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("3.0", 3),
        (3.0, 3),
        ("0.5万户", 5000),
        ("1.2万", 12000),
        ("'573", 573),
        ("/", None),
        ("", None),
        (np.float64(7), 7),
    ],
)
def test_households(raw, expected):
    assert value(COURTYARD("households"), raw) == expected


@pytest.mark.parametrize(
    ("raw", "slug"),
    [
        ("约300", "approximate"),
        ("300多户", "approximate"),
        ("100-200", "approximate"),
        ("三百", "not-a-number"),
        ("1,23", "not-a-number"),  # a decimal comma, or a slip
        ("12,345,6", "not-a-number"),
        (True, "not-a-number"),
        (dt.date(2024, 1, 1), "not-a-number"),
        ("573.5", "not-whole"),
        (573.5, "not-whole"),
        ("1e19", "not-whole"),
        ("1e999", "not-finite"),
        (float("nan"), "not-finite"),
        (float("inf"), "not-finite"),
        ("NaN", "not-a-number"),
        ("573㎡", "unit-does-not-fit"),
        (-1, "too-small"),
        ("9" * 100, "not-a-number"),
    ],
)
def test_what_is_no_number_of_households(raw, slug):
    assert problem(COURTYARD("households"), raw) == slug


@pytest.mark.parametrize(
    ("raw", "heading", "expected"),
    [
        ("1.2万㎡", "建筑面积", 12000),
        ("1.2万平方米", "建筑面积", 12000),
        ("3亩", "建筑面积", 2000.01),  # 666.67 ㎡ each
        ("1公顷", "建筑面积", 10000),
        (1.2, "建筑面积（万㎡）", 12000),  # the heading's unit holds for bare numbers …
        ("1.2", "建筑面积(单位：万㎡)", 12000),
        ("350㎡", "建筑面积（万㎡）", 350),  # … and a unit in the cell goes before it
        ("2", "面积（亩）", 1333.34),
    ],
)
def test_areas_are_converted_into_square_metres(raw, heading, expected):
    assert value(COURTYARD("floor_area_m2"), raw, heading=heading) == pytest.approx(expected)


def test_a_magnitude_below_a_heading_with_a_magnitude_is_not_decided():
    assert problem(COURTYARD("floor_area_m2"), "1.2万", heading="面积（万㎡）") == "unit-does-not-fit"


def test_a_unit_is_split_off_a_heading_and_other_brackets_stay():
    assert split_heading("建筑面积（万㎡）") == ("建筑面积", "万㎡")
    assert split_heading("户数(户)") == ("户数", "户")
    assert split_heading("小区（楼院）名称") == ("小区（楼院）名称", None)
    assert split_heading("类别（请选择）") == ("类别（请选择）", None)


def test_fields_without_a_unit_take_counting_words_and_years():
    assert value(COURTYARD("build_year"), "1992年") == 1992
    assert value(catalogue().layer("buildings").field("lifts"), "2部") == 2
    assert problem(COURTYARD("build_year"), "1992户") == "unit-not-expected"
    assert problem(COURTYARD("build_year"), 92) == "too-small"


@given(st.integers(0, 10**9))
def test_every_whole_number_reads_back_however_it_is_grouped(number):
    field = COURTYARD("households")
    full_width = str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for text in (str(number), f"{number:,}", f"{number:,}".replace(",", " "), f"{number}户", full_width, f"{number}.0"):
        assert value(field, text) == number


# --- yes and no


@pytest.mark.parametrize("raw", ["是", "√", "有", "Y", "yes", "1", 1, 1.0, True, "true", "Ｙ", "✔"])
def test_yes(raw):
    assert value(COURTYARD("is_old"), raw) is True


@pytest.mark.parametrize("raw", ["否", "×", "无", "N", "no", "0", 0, False, "FALSE", "没有"])
def test_no(raw):
    assert value(COURTYARD("is_old"), raw) is False


def test_neither_yes_nor_no():
    assert value(COURTYARD("is_old"), None) is None
    assert value(COURTYARD("is_old"), "不详") is None
    assert problem(COURTYARD("is_old"), "○") == "not-yes-or-no"
    assert problem(COURTYARD("is_old"), 2) == "not-yes-or-no"


# --- dates


@pytest.mark.parametrize(
    ("raw", "start", "end"),
    [
        ("2024-05-01", "2024-05-01", "2024-05-01"),
        ("2024/5/1", "2024-05-01", "2024-05-01"),
        ("2024.5.1", "2024-05-01", "2024-05-01"),
        ("20240501", "2024-05-01", "2024-05-01"),
        (20240501, "2024-05-01", "2024-05-01"),
        ("2024年5月1日", "2024-05-01", "2024-05-01"),
        ("２０２４年５月１日", "2024-05-01", "2024-05-01"),
        ("2024 年 5 月 1 号", "2024-05-01", "2024-05-01"),
        ("2024-05-01 00:00:00", "2024-05-01", "2024-05-01"),
        ("2024-05-01T08:30:00Z", "2024-05-01", "2024-05-01"),
        (dt.datetime(2024, 5, 1, 9, 30), "2024-05-01", "2024-05-01"),
        (dt.date(2024, 5, 1), "2024-05-01", "2024-05-01"),
        (45413, "2024-05-01", "2024-05-01"),  # Excel's day number, 1900 system
        (45413.75, "2024-05-01", "2024-05-01"),
        ("45413", "2024-05-01", "2024-05-01"),
        # A month or a year alone: its first day as a start, its last as an end.
        ("2024.5", "2024-05-01", "2024-05-31"),
        (2024.5, "2024-05-01", "2024-05-31"),
        ("2024年2月", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("202405", "2024-05-01", "2024-05-31"),
        (2024.12, "2024-12-01", "2024-12-31"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024年", "2024-01-01", "2024-12-31"),
        (2024, "2024-01-01", "2024-12-31"),
    ],
)
def test_dates(raw, start, end):
    assert value(START, raw).isoformat() == start
    assert value(END, raw).isoformat() == end
    assert value(START, raw, end_of_period=True).isoformat() == end


@pytest.mark.parametrize("raw", ["长期", "长期有效", "无固定期限", "至今", " 长 期 ", "9999-12-31", "Indefinite"])
def test_an_indefinite_end_is_null_with_a_note(raw):
    parsed = parse(END, raw)
    assert (parsed.value, parsed.problem, parsed.note.key) == (None, None, "values.open-end")


@pytest.mark.parametrize(
    ("raw", "slug"),
    [
        ("2024-02-30", "no-such-date"),
        ("2023.2.29", "no-such-date"),
        ("2024年13月", "no-such-date"),
        ("20240230", "no-such-date"),
        ("2024-05-00", "no-such-date"),
        ("24.5.1", "two-digit-year"),
        ("24年5月", "two-digit-year"),
        ("200105", "two-digit-year"),  # May 2001, or 5 January 2020
        ("01/05/2024", "year-last"),
        ("5月1日", "no-year"),
        (2024.1, "january-or-october"),  # 2024.10 as a number
        ("2024年上半年", "date-not-understood"),
        ("待定", "date-not-understood"),
        (True, "date-not-understood"),
        (123456, "no-such-date"),  # month 56
        ("0001-01-01", "year-out-of-range"),
    ],
)
def test_what_is_no_date(raw, slug):
    parsed = parse(START, raw)
    assert parsed.value is None
    assert parsed.problem.key == f"values.{slug}"
    assert str(raw) in parsed.problem.say("zh") or raw is True


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
def test_every_date_reads_back_from_every_style(date):
    y, m, d = date.year, date.month, date.day
    plain = (f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}{m:02}{d:02}")
    for text in (*plain, f"{y}年{m}月{d}日", f"{y}．{m}．{d}"):
        assert value(START, text) == date
    assert value(START, written(START, date)) == date
    last = dt.date(y + m // 12, m % 12 + 1, 1) - dt.timedelta(days=1)
    for text in (f"{y}.{m}", f"{y}年{m}月", f"{y}-{m:02}", f"{y}/{m}"):
        assert value(START, text) == date.replace(day=1)
        assert value(END, text) == last


@given(st.dates(dt.date(1954, 10, 3), dt.date(2119, 1, 11)))
def test_every_day_number_of_excel_reads_as_excel_shows_it(date):
    # Excel's own anchor: 45292 is 2024-01-01.
    assert value(START, 45292 + (date - dt.date(2024, 1, 1)).days) == date


@pytest.mark.parametrize(
    ("raw", "start", "end"),
    [
        ("2021.3-2024.2", "2021-03-01", "2024-02-29"),
        ("2021-03-01-2024-02-28", "2021-03-01", "2024-02-28"),
        ("2021年3月1日至2024年2月28日", "2021-03-01", "2024-02-28"),
        ("2021.3～长期", "2021-03-01", None),
        ("2021.3至今", "2021-03-01", None),
    ],
)
def test_two_dates_in_one_cell(raw, start, end):
    first, last = parse_period(raw)
    assert first.value.isoformat() == start
    assert (last.value.isoformat() if last.value else None) == end
    assert first.problem is last.problem is None


def test_a_span_that_is_no_two_dates_is_a_problem():
    assert parse_period("三年")[0].problem.key == "values.period-not-understood"


# --- enumerations and lists


@pytest.mark.parametrize("raw", ["closed", "封闭式", "封闭", " 封 闭 式 ", "ＣＬＯＳＥＤ"])
def test_an_allowed_word_in_any_spelling(raw):
    assert value(COURTYARD("enclosure"), raw) == "closed"


def test_an_unknown_word_shows_the_allowed_ones_and_blank_is_no_guess():
    parsed = parse(COURTYARD("enclosure"), "半透明")
    assert parsed.problem.say("zh") == "“半透明”不在允许的取值之内：封闭式、半开放式、开放式、不明。"
    assert value(COURTYARD("enclosure"), "") is None
    assert value(COURTYARD("enclosure"), "未摸排") == "unknown"


def test_no_word_of_an_enumeration_means_two_values():
    for layer in catalogue():
        for field in layer.fields:
            seen = {}
            for choice in field.values:
                # "unknown" is on every list, and a list's own words go before its.
                for word in choice.words() if choice.code != "unknown" else ():
                    known = seen.setdefault(word.casefold(), choice.code)
                    assert known == choice.code, (layer.id, field.name, word)


@pytest.mark.parametrize(
    ("heading", "raw", "expected"),
    [
        ("是否开放式", "是", "open"),
        ("是否开放式", "√", "open"),
        ("是否开放", "否", "closed"),
        ("是否封闭", "是", "closed"),
        ("是否封闭", "×", "open"),
        ("是否开放式", "半开放", "semi"),  # a better word in the same column
        ("是否开放式", None, None),
        ("Open?", "Y", "open"),
    ],
)
def test_yes_and_no_have_the_sense_that_the_heading_gives_them(heading, raw, expected):
    assert value(COURTYARD("enclosure"), raw, heading=heading) == expected


def test_reading_not_open_as_closed_is_said():
    assert enclosure_from_open_flag("否").note.key == "values.assumed-closed"
    assert enclosure_from_open_flag("是").note is None
    assert enclosure_from_open_flag("否", yes="closed").note.key == "values.assumed-open"
    assert enclosure_from_open_flag(None).value is None
    # Without such a heading 是 means nothing.
    assert problem(COURTYARD("enclosure"), "是") == "not-allowed"


LISTS = ["a、b", "a，b", "a, b", "a;b", "a；b", "a/b", "a\nb", "a、b、a", '["a", "b"]', ["a", "b"]]


@pytest.mark.parametrize("raw", [*LISTS, np.array(["a", "b"])])
def test_lists(raw):
    assert value(COURTYARD("building_codes"), raw) == ("a", "b")


def test_no_list_is_an_empty_one():
    assert value(COURTYARD("building_codes"), None) == ()


# --- there and back


def _values_of(field):
    if field.type == "enum":
        return st.sampled_from([choice.code for choice in field.values])
    bounds = (field.minimum, field.maximum)
    if field.type == "integer":
        return st.integers(*(None if b is None else int(b) for b in (bounds[0] or 0, bounds[1] or 10**12)))
    if field.type == "number":
        return st.floats(bounds[0] or 0, bounds[1] or 1e12, allow_nan=False)
    if field.type == "date":
        return st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
    if field.type == "boolean":
        return st.booleans()
    letters = string.ascii_letters + string.digits + "望江里楼院号"
    word = st.text(letters, min_size=field.length or 1, max_size=field.length or 20)
    word = word.filter(lambda text: not is_placeholder(text))  # NULL means that a cell was left empty
    return st.lists(word, max_size=3, unique=True).map(tuple) if field.type == "list" else word


@given(st.data())
def test_what_is_written_reads_back(data):
    layer = data.draw(st.sampled_from(list(catalogue())))
    field = data.draw(st.sampled_from(layer.own_fields()))
    language = data.draw(st.sampled_from(["zh", "en"]))
    given_value = data.draw(_values_of(field))
    assert value(field, written(field, given_value, language)) == given_value


@given(st.data())
def test_no_cell_whatever_raises(data):
    layer = data.draw(st.sampled_from(list(catalogue())))
    field = data.draw(st.sampled_from(layer.own_fields()))
    numeric = st.text("0123456789.-/年月日,万户㎡e约~至", max_size=12)
    others = (st.floats(), st.integers(), st.booleans(), st.datetimes(), st.dates(), st.none())
    raw = data.draw(st.one_of(st.text(), numeric, *others))
    parsed = parse(field, raw)
    assert parsed.problem is None or parsed.value is None
    for said in filter(None, (parsed.problem, parsed.note)):
        assert said.say("zh") and said.say("en")
        assert all(unicodedata.category(each) != "Cc" for each in said.say("zh"))


@pytest.mark.parametrize("raw", ["3月1日", "1-Mar", "Mar-01", "12月3日"])
def test_a_code_or_a_name_that_a_table_of_text_has_as_a_day_is_refused(raw):
    assert parse(COURTYARD("code"), raw).problem.key == "values.code-became-date"
    assert parse(COURTYARD("name"), raw).problem.key == "values.name-became-date"
    known = ordinary_text(COURTYARD("code"))
    assert known is None or not known(raw)


@pytest.mark.parametrize("raw", ["90①", "90²", "1½", "90 ③", "12(②)"])
def test_what_stands_raised_or_circled_behind_figures_is_none_of_them(raw):
    for name in ("households", "code", "oc_term_end"):
        assert parse(COURTYARD(name), raw).problem.key == "values.footnote-mark"
    assert value(COURTYARD("name"), raw) == raw
    assert value(COURTYARD("floor_area_m2"), "90m²") == 90

