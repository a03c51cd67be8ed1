"""Ledgers as offices really keep them: the same records as the plain one, or a report that names what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from layers.model.feature import Value
from layers.store import open_store
from layers.store.protocol import Store
from tests.desk.conftest import Command, records
from tests.suite import quickly

LAYERS = ("courtyards", "managed-areas", "managers", "arrangements")
Said = dict[tuple[str, str], dict[str, Value]]
Ledger = Callable[..., tuple[int, str, str]]


def said(store: Store) -> Said:
    """Return (layer, id) → what is on record of it, and which building is whose."""
    found: Said = {}
    for layer in LAYERS:
        for id, each in records(store, layer).items():
            kept = {name: value for name, value in each.properties.items() if value is not None and name != "source"}
            found[layer, id] = {name: value for name, value in kept.items() if not name.endswith(("_at", "phone"))}
    for id, each in records(store, "buildings").items():
        found["buildings", id] = {"courtyard_code": each.properties.get("courtyard_code")}
    return found


@pytest.fixture
def plain(office_with_ledger: Store) -> Said:
    """What the plain ledger says."""
    return said(office_with_ledger)


@pytest.fixture
def ledger(at_desk: Command, desk_data: Path) -> Ledger:
    """Import the ledger of a case."""

    def run(case: str, *options: str) -> tuple[int, str, str]:
        (file,) = (desk_data / case).glob("*.xlsx")
        return at_desk("import", "ledger", str(file), *options)

    return run


def differences(store: Store, plain: Said) -> dict[tuple[str, str], dict[str, tuple[Value, Value]]]:
    """Return what differs from the plain ledger: (layer, id) → field → (plain, now)."""
    now = said(store)
    found = {}
    for key in sorted({*now, *plain}):
        one, other = plain.get(key, {}), now.get(key, {})
        fields = {name: (one.get(name), other.get(name)) for name in {*one, *other} if one.get(name) != other.get(name)}
        if fields or (key in now) != (key in plain):
            found[key] = fields
    return found


SAME = [
    "L03-merged-subtotals", "L05-notes-between", "L13-dates", "L14-modes", "L25b0", "L25b3", "L25c2",
    "L26b-column-number-row", "L27e-共计",
]  # fmt: skip


@pytest.mark.parametrize("case", quickly(SAME, 0, 4, 8))
def test_the_same_records_as_the_plain_ledger(case: str, ledger: Ledger, desk: Store, plain: Said) -> None:
    assert ledger(case)[0] == 0
    assert differences(desk, plain) == {}


def test_what_was_passed_over_is_named(ledger: Ledger) -> None:
    _, told, _ = ledger("L05-notes-between")
    assert "注：该院正在协商引进物业" in told and "以下为老旧小区" in told
    _, told, _ = ledger("L26b-column-number-row")
    assert "Row 4 numbers the columns" in told


def test_a_row_of_column_numbers_is_no_courtyard(ledger: Ledger, desk: Store) -> None:
    assert ledger("L26e-column-number-row-short")[0] == 0
    assert len(records(desk, "courtyards")) == 7


def test_codes_are_proposed_and_the_mode_is_asked_once(ledger: Ledger, desk: Store) -> None:
    # Three courtyards of 清河 and two of 东岭 claim houses 1 to 4, which are there once.
    code, _, wrong = ledger("L01-no-codes")
    lines = wrong.splitlines()
    assert code == 1 and "4 rows" in lines[1] and "--value mode:=" in lines[1]
    assert [re.search(r"row (\d+) column 楼栋号", line)[1] for line in lines[2:]] == ["3", "4", "5", "6", "7"]
    code, told, _ = ledger("L01-no-codes", "--value", "mode:=unknown", "--only-sound")
    assert code == 1 and "5 of 7 rows held back" in told
    assert sorted(records(desk, "courtyards")) == ["990801002001-北苑里", "990801002002-南塘新村"]
    # Read again, they are known by community and name.
    _, told, _ = ledger("L01-no-codes", "--value", "mode:=unknown", "--only-sound")
    assert "recognised by community and name" in told and len(records(desk, "courtyards")) == 2


def test_a_ledger_without_modes_is_asked_once(ledger: Ledger, desk: Store, plain: Said) -> None:
    code, _, wrong = ledger("L02-no-mode")
    assert (code, len(wrong.splitlines())) == (1, 1) and "4 rows" in wrong
    assert ledger("L02-no-mode", "--value", "mode:=unknown")[0] == 0
    assert {name for fields in differences(desk, plain).values() for name in fields} == {"mode"}
    assert {each.properties["mode"] for each in records(desk, "arrangements").values()} == {"unknown"}
    code, told, _ = ledger("L02-no-mode")
    assert code == 0 and "As answered before" in told


def test_telephone_numbers_are_no_reason_to_refuse_and_never_public(ledger: Ledger, desk: Store, plain: Said) -> None:
    assert ledger("L06-order-unknown-phones")[0] == 0
    assert differences(desk, plain) == {}
    assert all("public_phone" not in each.properties or each.properties["public_phone"] is None
               for each in records(desk, "managers").values())  # fmt: skip


def test_a_persons_number_in_the_column_of_public_ones_is_left_out(at_desk: Command, desk: Store, desk_data: Path):
    code, told, _ = at_desk("import", "managers", str(desk_data / "L06d-联系电话" / "pub.csv"))
    assert code == 0 and "mobile phone" in told
    assert {each.properties.get("public_phone") for each in records(desk, "managers").values()} == {None}


def test_numbers_with_words_are_read_and_told(ledger: Ledger, desk: Store, plain: Said) -> None:
    code, told, _ = ledger("L08-households-text")
    assert code == 0 and "约120户 → 120" in told
    # 南塘新村 says 1,150 where the plain ledger says 150.
    assert differences(desk, plain) == {("courtyards", "9908010020020001"): {"households": (150, 1150)}}


def test_house_numbers_are_matched_to_buildings(ledger: Ledger, desk: Store, plain: Said) -> None:
    code, told, _ = ledger("L09-house-numbers-col-楼栋")
    assert code == 0 and "另有2栋在建" in told
    # 南塘新村 lists 1-3 and 5: building 4 is not its.
    assert differences(desk, plain) == {
        ("buildings", "99080100200200004"): {"courtyard_code": ("9908010020020001", None)},
        ("courtyards", "9908010020020001"): {
            "building_codes": (
                ("99080100200200001~99080100200200005",),
                ("99080100200200001~99080100200200003", "99080100200200005"),
            )
        },
    }


def test_two_managers_in_one_cell_are_asked_about(ledger: Ledger, desk: Store) -> None:
    code, _, wrong = ledger("L10-two-managers")
    assert code == 1 and "安居物业, 清河物业" in wrong and "城建国资物业, 安居物业" in wrong
    code, told, _ = ledger(
        "L10-two-managers",
        "--value", "manager:安居物业、清河物业=安居物业",
        "--value", "manager.name:城建国资物业（1-3号楼） 安居物业（4-6号楼）=城建国资物业",
    )  # fmt: skip
    assert code == 0 and "As answered" in told
    assert sorted(records(desk, "managers")) == ["城建国资物业", "安居物业", "清河社区居委会"]


def test_nobody_and_the_residents_themselves(ledger: Ledger, desk: Store) -> None:
    code, _, wrong = ledger("L16-nobody")
    assert code == 1 and len(wrong.splitlines()) == 3
    assert "row 4: The row says that nobody manages" in wrong  # 无物业, and yet a contract
    assert "row 9: Somebody manages here, but the start date is missing" in wrong  # 自治 since when?
    code, told, _ = ledger("L16-nobody", "--only-sound")
    assert (
        code == 1 and "2 of 7 rows held back with everything that rests on them: row 4 清河花园, row 9 北苑里" in told
    )
    assert sorted(records(desk, "courtyards")) == [
        "9908010010010002", "9908010010010003", "9908010010020001", "9908010010020002", "9908010020020001",
    ]  # fmt: skip
    assert "弃管" not in records(desk, "managers")


def test_a_row_with_an_unreadable_end_is_held_back_whole(ledger: Ledger, desk: Store, plain: Said) -> None:
    code, told, wrong = ledger("L17b-only-sound-date", "--only-sound")
    assert code == 1
    assert "1 of 7 rows held back with everything that rests on them: row 7 东岭小区" in told
    assert "row 7" in wrong and "续签中" in wrong
    # 2026年2月底 is the last of February, as the plain ledger has it.
    gone = differences(desk, plain)
    assert {key for key in gone if key[0] != "buildings"} == {
        ("arrangements", "9908010010020001-城建国资物业-2024-01-01"),
        ("courtyards", "9908010010020001"),
        ("managed-areas", "9908010010020001"),
        ("managers", "城建国资物业"),
    }
    assert [fields for key, fields in gone.items() if key[0] == "buildings"] == [
        {"courtyard_code": ("9908010010020001", None)}
    ] * 6


@pytest.mark.parametrize("case", ["L34-row-per-building-repeated", "L34c-row-per-building-only-sound"])
def test_a_row_for_each_building_is_one_courtyard(case: str, ledger: Ledger, desk: Store, plain: Said) -> None:
    code, told, _ = ledger(case, "--only-sound")
    assert code == 0 and "6 courtyards stand on several rows" in told
    # Four buildings of 30 households each in 机修宿舍, where the plain ledger says 90.
    assert differences(desk, plain) == {("courtyards", "9908010010010002"): {"households": (90, 120)}}


def test_a_real_one_comes_in_with_one_question(ledger: Ledger, at_desk: Command, desk: Store) -> None:
    code, _, wrong = ledger("M01-realistic")
    assert (code, len(wrong.splitlines())) == (1, 1) and "物业公司" in wrong
    code, told, _ = ledger("M01-realistic", "--value", "mode:物业公司=professional")
    assert code == 0
    counts = [len(records(desk, layer)) for layer in LAYERS]
    assert counts == [28, 12, 3, 12]
    for passed in ("栏次", "约30 → 30", "23.5.1 → 2023-05-01", "三年 → 2026-04-30", "28+2 → 30", "（2025年起）"):
        assert passed in told
    # As counted by hand: three of each community's seven courtyards have a contract in force.
    _, figures, _ = at_desk("run", "coverage", "--as-of", "2025-06-30")
    assert '"managed": 12' in figures and '"known": 28' in figures
    stages = [each.properties["stage"] for _, each in sorted(records(desk, "arrangements").items())]
    assert stages == ["formal", "trial", "formal"] * 4
    assert not any("拟引进" in str(each.properties.get("stage")) for each in records(desk, "arrangements").values())


def test_an_answer_is_remembered_and_forgotten(ledger: Ledger) -> None:
    assert ledger("M01-realistic", "--value", "mode:物业公司=professional")[0] == 0
    code, told, _ = ledger("M01-realistic")
    assert code == 0 and "As answered before: arrangement.mode:物业公司=professional" in told
    code, _, wrong = ledger("M01-realistic", "--value", "mode:物业公司=")
    assert code == 1 and "物业公司" in wrong


def test_an_answer_that_is_none_is_refused_with_those_that_are(ledger: Ledger) -> None:
    code, _, wrong = ledger("M01-realistic", "--value", "mode:物业公司=commercial")
    assert code == 2 and "professional, soe, joint, autonomous, fallback, unknown" in wrong
    code, _, wrong = ledger("M01-realistic", "--value", "manner:物业公司=soe")
    assert code == 2 and "arrangement.mode" in wrong


def changed(desk_data: Path, target: Path, column: str, *cells: object) -> str:
    """Write the plain ledger with other cells in a column, from the first row on; None leaves a cell alone."""
    book = openpyxl.load_workbook(desk_data / "L00-baseline" / "ledger.xlsx")
    sheet = book.active
    place = [cell.value for cell in sheet[3]].index(column) + 1
    for row, cell in enumerate(cells, start=4):
        if cell is not None:
            sheet.cell(row, place).value = cell
    book.save(target)
    return str(target)


UNREADABLE = [
    ("合同截止", "续签中"), ("合同截止", "#N/A "), ("管理模式", "新型模式"), ("管理单位", "#REF! "),
    ("管理单位", "甲物业、乙物业"),
    ("户数", "若干"), ("合同起始", "见合同"), ("是否开放式", "待核"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cell"), quickly(UNREADABLE, 0, 3, 6))
def test_what_cannot_be_read_erases_nothing_on_record(
    column: str, cell: str, ledger: Ledger, at_desk: Command, desk: Store, plain: Said, desk_data: Path, tmp_path: Path
) -> None:
    assert ledger("L00-baseline")[0] == 0
    file = changed(desk_data, tmp_path / "again.xlsx", column, cell)
    code, _, wrong = at_desk("import", "ledger", file)
    assert code == 1 and column in wrong and "row 4" in wrong
    code, told, _ = at_desk("import", "ledger", file, "--only-sound")
    assert code == 1 and "1 of 7 rows held back" in told and "row 4 清河花园" in told
    assert differences(desk, plain) == {}


def test_unknown_may_be_answered_and_erases_nothing(
    ledger: Ledger, at_desk: Command, desk: Store, plain: Said, desk_data: Path, tmp_path: Path
) -> None:
    assert ledger("L00-baseline")[0] == 0
    file = changed(desk_data, tmp_path / "again.xlsx", "户数", "若干")
    assert at_desk("import", "ledger", file, "--value", "households:若干=unknown")[0] == 0
    assert differences(desk, plain) == {}
    # An end that is not known has no place in the records: blank there is "indefinite".
    file = changed(desk_data, tmp_path / "third.xlsx", "合同截止", "续签中")
    code, _, wrong = at_desk("import", "ledger", file, "--value", "end_date:续签中=unknown")
    assert code == 2 and "YYYY-MM-DD, indefinite" in wrong
    assert at_desk("import", "ledger", file, "--value", "end_date:续签中=2026-02-28")[0] == 0
    assert differences(desk, plain) == {}


def test_managers_without_a_single_contract_are_refused(
    at_desk: Command, desk: Store, desk_data: Path, tmp_path: Path
) -> None:
    file = changed(
        desk_data, tmp_path / "x.xlsx", "合同起始", *["见合同", None, "见合同", "见合同", None, None, "见合同"]
    )
    code, _, wrong = at_desk("import", "ledger", file, "--only-sound")
    assert code == 1 and "4 rows name who manages" in wrong.splitlines()[1] and "0 of 7" in wrong
    assert records(desk, "courtyards") == {}
    assert at_desk("import", "ledger", file, "--only-sound", "--confirm")[0] == 1
    assert len(records(desk, "courtyards")) == 3


def test_nothing_sound_is_no_success(at_desk: Command, desk: Store, desk_data: Path, tmp_path: Path) -> None:
    file = changed(desk_data, tmp_path / "x.xlsx", "类型", *["怪"] * 7)
    code, _, wrong = at_desk("import", "ledger", file, "--only-sound", "--confirm")
    assert code == 1 and "No row is without faults" in wrong and records(desk, "courtyards") == {}


def test_a_ledger_that_changes_most_of_what_is_on_record_is_asked_about(
    ledger: Ledger, at_desk: Command, desk: Store, desk_data: Path, tmp_path: Path
) -> None:
    assert ledger("L00-baseline")[0] == 0
    file = changed(desk_data, tmp_path / "x.xlsx", "小区（楼院）名称", "甲", "乙", "丙", "丁")
    code, _, wrong = at_desk("import", "ledger", file)
    assert code == 1 and "4 of 7 in Courtyards" in wrong
    assert at_desk("import", "ledger", file, "--allow", "no-contracts")[0] == 1
    assert at_desk("import", "ledger", file, "--dry-run")[0] == 0  # a look says it, and refuses nothing
    assert at_desk("import", "ledger", file, "--allow", "overwritten")[0] == 0
    assert records(desk, "courtyards")["9908010010010001"].properties["name"] == "甲"


@pytest.mark.parametrize(
    ("heading", "role"), [("合约终", "arrangement.end_date"), ("合约始", "arrangement.start_date")]
)
def test_a_heading_that_nobody_knows_is_the_first_that_is_said(
    heading: str, role: str, at_desk: Command, desk: Store, plain: Said, desk_data: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(desk_data / "L00-baseline" / "ledger.xlsx")
    known = {"arrangement.end_date": "合同截止", "arrangement.start_date": "合同起始"}[role]
    place = [cell.value for cell in book.active[3]].index(known) + 1
    book.active.cell(3, place).value = heading
    book.save(tmp_path / "x.xlsx")
    code, _, wrong = at_desk("import", "ledger", str(tmp_path / "x.xlsx"))
    assert code == 1 and f"--map {role}={heading}" in (wrong.splitlines()[1:] or wrong.splitlines())[0]
    assert at_desk("import", "ledger", str(tmp_path / "x.xlsx"), "--map", f"{role}={heading}")[0] == 0
    assert differences(desk, plain) == {}


def test_a_fault_on_another_sheet_holds_the_courtyard_back(
    at_desk: Command, desk: Store, desk_data: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(desk_data / "L12-two-sheets-same-courtyards" / "ledger.xlsx")
    sheet = book["物业情况"]
    sheet.cell(3, [cell.value for cell in sheet[2]].index("合同截止") + 1).value = "续签中"
    book.save(tmp_path / "x.xlsx")
    code, told, wrong = at_desk("import", "ledger", str(tmp_path / "x.xlsx"), "--only-sound")
    assert code == 1 and "1 of 7 rows held back" in told and "清河花园" in told
    assert "sheet 物业情况 row 3" in wrong
    assert "9908010010010001" not in records(desk, "courtyards") and len(records(desk, "courtyards")) == 6


@pytest.mark.parametrize("case", ["L21e-end-formula-nocache", "L46b-error-end-expired"])
def test_an_end_without_a_value_is_a_fault_of_its_cell(case: str, ledger: Ledger, desk: Store) -> None:
    code, _, wrong = ledger(case)
    assert code == 1 and "合同截止" in wrong
    code, told, _ = ledger(case, "--only-sound")
    assert code == 1 and "of 7 rows held back" in told
    # 河沿楼's contract has no end, as the plain ledger says (长期); no other has lost its.
    open_ended = [id for id, each in records(desk, "arrangements").items() if each.properties.get("end_date") is None]
    assert open_ended == ["9908010010010003-清河社区居委会-2024-07-01"]


@pytest.mark.parametrize("many", [None, 1_700])  # as the case has them; as many as a cell of a workbook can hold
def test_a_cell_may_hold_a_list_of_any_length(many: int | None, cli: Command, desk_data: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(desk_data / "F11-long-list" / "long.xlsx")
    cell = book.active["D2"]
    if many is not None:
        cell.value = "、".join(f"990101001001{n:05}" for n in range(1, many + 1))
    book.save(tmp_path / "long.xlsx")
    codes = str(cell.value).split("、")
    rows = "".join(f"{code},{n}号楼,住宅,120.{n:05},36.2\n" for n, code in enumerate(codes, start=1))
    (tmp_path / "buildings.csv").write_text("楼栋编码,楼号,用途,经度,纬度\n" + rows, "utf-8")
    assert cli("import", "buildings", "buildings.csv")[0] == 0
    assert cli("import", "ledger", "long.xlsx")[0] == 0
    with closing(open_store(tmp_path / "w.gpkg")) as store:
        owners = {each.id: each.properties.get("courtyard_code") for each in records(store, "buildings").values()}
    assert owners == dict.fromkeys(codes, "9901010010010001")
