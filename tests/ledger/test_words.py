"""What headings and stages mean, word by word."""

from __future__ import annotations

import pytest

from layers.catalogue import catalogue
from layers.ledger import read_ledger
from layers.ledger.stages import stage_in_mode, stage_in_remark
from layers.ledger.words import MANAGER_COLUMN, Column, folded, known_words, label_of, role_of, roles
from tests.ledger.sheets import faults, only, sheet


@pytest.mark.parametrize(
    ("parts", "role"),
    [
        (("楼院编码",), "courtyard.code"),
        (("基本情况", "户数"), "courtyard.households"),
        (("楼栋编码", "起"), "buildings.first"),
        (("楼栋编码", "止"), "buildings.last"),
        (("合同", "起"), "arrangement.start_date"),
        (("物业企业", "名称"), MANAGER_COLUMN),
        (("党支部", "名称"), None),  # of something else
        (("户数(户)",), "courtyard.households"),
        (("起",), None),
        (("随便",), None),
    ],
)
def test_a_heading_is_read_from_its_lowest_row_up(parts: tuple[str, ...], role: str | None) -> None:
    assert role_of(parts) == role


def test_marks_at_the_ends_of_a_heading_do_not_count() -> None:
    assert folded("*户 数：") == "户数" == folded("户数·")


def test_places_come_first_then_the_courtyard_and_who_manages_it() -> None:
    groups = list(dict.fromkeys(role.partition(".")[0] if "." in role else "" for role in roles()))
    assert [each for each in groups if each] == ["courtyard", "buildings", "manager", "arrangement"]
    assert groups[0] == "" and set(roles()) == set(known_words().values())


def test_every_role_has_a_name_in_both_languages() -> None:
    assert label_of("courtyard.households").say("en") == "Households"
    assert "Manager" in label_of("manager.name").say("en")
    assert all(label_of(role).say("zh") and label_of(role).say("en") for role in roles())


def test_only_roles_of_layers_have_fields() -> None:
    def field(role: str | None) -> str | None:
        found = Column(0, "x", role, "x").field
        return found and found.name

    assert [field(role) for role in ("courtyard.households", "manager.name", "buildings.first", "seq", None)] == [
        "households",
        "name",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("remark", "expected"),
    [
        ("", (None, False)),
        ("过渡期", ("trial", False)),
        ("试运营三个月", ("trial", False)),
        ("应急", ("emergency", False)),
        ("过渡期已满", (None, True)),  # the word is there, the stage is over
        ("应急后转试运营", (None, True)),  # which of the two?
    ],
)
def test_a_stage_in_a_remark(remark: str, expected: tuple) -> None:
    assert stage_in_remark(remark) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("专业化（过渡期）", ("专业化", "trial")),
        ("专业化-试运营", ("专业化", "trial")),
        ("过渡期", (None, "trial")),
        ("专业化", (None, None)),
    ],
)
def test_a_stage_behind_the_mode(mode: str, expected: tuple) -> None:
    assert stage_in_mode(mode) == expected


def test_a_column_of_community_codes_is_read_as_codes() -> None:
    ledger = read_ledger(sheet("社区编码 | 小区名称 | 楼院编码 | 户数\n９９０１０１００１００１ | 甲 | A-1 | 5"))
    assert only(ledger).community_code == "990101001001"
    wrong = read_ledger(sheet("社区编码 | 小区名称 | 楼院编码 | 户数\n#REF! | 甲 | A-1 | 5"))
    assert faults(wrong) == [("excel-error", 2, "社区编码")]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("楼栋编码（起）", "buildings.first"),
        ("楼栋编码-起", "buildings.first"),
        ("小区（楼院）名称", "courtyard.name"),
        ("小区名称（全称）", "courtyard.name"),
        ("（3）小区名称", "courtyard.name"),
        ("一、小区名称", "courtyard.name"),
        ("小区名称-全称", None),
    ],
)
def test_marks_brackets_and_numbers_around_a_heading(heading: str, role: str | None) -> None:
    assert role_of((heading,)) == role


@pytest.mark.parametrize(
    ("word", "code"),
    [(word, each.code) for each in catalogue().layer("arrangements").field("stage").values for word in each.words()],
)
def test_every_word_of_a_stage_is_taken_whole_out_of_the_mode(word: str, code: str) -> None:
    assert stage_in_mode(f"专业化（{word}）") == ("专业化", code)
