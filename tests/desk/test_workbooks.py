"""Workbooks and CSV as offices keep them: the records of the plain ledger, or the cell that is in question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from layers.store.protocol import Store
from tests.desk.conftest import Command, records
from tests.formats.workbooks import ods, xlsx

COLOUR = "FFFFC7CE"
Said = Mapping[str, Mapping[str, object]]


def told(store: Store) -> dict[str, dict[str, dict]]:
    """Return what a ledger tells: layer → code → properties, without where they come from."""
    ways = ("source", "updated_at")
    found = {
        layer: {
            code: {name: value for name, value in each.properties.items() if name not in ways}
            for code, each in records(store, layer).items()
        }
        for layer in ("courtyards", "arrangements", "managers", "managed-areas")
    }
    found["buildings"] = {
        code: {"courtyard": each.properties.get("courtyard_code")} for code, each in records(store, "buildings").items()
    }
    return found


@pytest.fixture
def plain(office_with_ledger: Store) -> dict:
    """What the plain ledger tells."""
    return told(office_with_ledger)


def without(said: Said, layer: str, *names: str) -> dict:
    return {
        **said,
        layer: {
            code: {name: value for name, value in each.items() if name not in names}
            for code, each in said[layer].items()
        },
    }


class TestTheSameAsThePlainLedger:
    @pytest.mark.parametrize(
        "case",
        ["L03-merged-subtotals", "L05-notes-between", "L11-two-sheets-split", "L18b-hidden-sheet-lastyear", "L20-xls",
         "L22b-1904-general-format", "W01-docprops-bad", "W02-rels-absolute", "W05-strict"],
    )  # fmt: skip
    def test_variants(self, at_desk: Command, desk: Store, desk_data: Path, plain: dict, case: str) -> None:
        (file,) = (desk_data / case).iterdir()
        code, _, errors = at_desk("import", "ledger", str(file))
        assert (code, errors) == (0, "")
        assert told(desk) == plain

    def test_two_sheets_about_the_same_courtyards(
        self, at_desk: Command, desk: Store, desk_data: Path, plain: dict
    ) -> None:
        code, said, _ = at_desk("import", "ledger", str(desk_data / "L12-two-sheets-same-courtyards" / "ledger.xlsx"))
        assert code == 0 and "joined by code: 7 stand on both" in said
        # Neither sheet names the day that it holds for.
        days = ("survey_date", "unmanaged_stated_on")
        assert without(told(desk), "courtyards", *days) == without(plain, "courtyards", *days)

    @pytest.mark.parametrize("ending", [".csv", ".txt", ".xlsm", ".ods"])
    def test_other_kinds_of_file(
        self, at_desk: Command, desk: Store, desk_data: Path, plain: dict, tmp_path: Path, ending: str
    ) -> None:
        sheet = openpyxl.load_workbook(desk_data / "L00-baseline" / "ledger.xlsx").active
        rows = [["" if each is None else str(each) for each in row] for row in sheet.iter_rows(values_only=True)]
        file = tmp_path / f"台账{ending}"
        if ending == ".xlsm":
            xlsx(file, [list(row) for row in sheet.iter_rows(values_only=True)])
        elif ending == ".ods":
            lines = (
                "".join(
                    f'<table:table-cell office:value-type="string"><text:p>{each}</text:p></table:table-cell>'
                    for each in row
                )
                for row in rows
            )
            body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
            ods(file, f'<table:table table:name="台账">{body}</table:table>')
        else:
            mark = "\t" if ending == ".txt" else ","
            file.write_bytes("\n".join(mark.join(row) for row in rows).encode("gb18030"))
        assert at_desk("import", "ledger", str(file))[0] == 0
        assert told(desk) == plain

    def test_a_hidden_sheet_is_told(self, at_desk: Command, desk_data: Path) -> None:
        code, said, _ = at_desk("import", "ledger", str(desk_data / "L18b-hidden-sheet-lastyear" / "ledger.xlsx"))
        assert code == 0 and "Hidden sheets were passed over: 2024年" in said

    def test_a_hidden_sheet_can_be_chosen(self, at_desk: Command, desk: Store, desk_data: Path) -> None:
        file = desk_data / "L18b-hidden-sheet-lastyear" / "ledger.xlsx"
        assert at_desk("import", "ledger", str(file), "--sheet", "2024年")[0] == 0
        assert records(desk, "courtyards")["9908010010010001"].properties["survey_date"] == dt.date(2024, 6, 30)


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("case", "cells"),
        [("L46b-error-end-expired", ["sheet 台账 row 10 column 合同截止 value #N/A"]),
         ("L21e-end-formula-nocache", [f"sheet 台账 row {row} column 合同截止" for row in (4, 7, 10)])],
    )  # fmt: skip
    def test_an_end_date_is_not_indefinite(
        self, at_desk: Command, desk: Store, desk_data: Path, plain: dict, case: str, cells: list[str]
    ) -> None:
        assert at_desk("import", "ledger", str(desk_data / "L00-baseline" / "ledger.xlsx"))[0] == 0
        code, _, errors = at_desk("import", "ledger", str(desk_data / case / "ledger.xlsx"))
        assert code == 1
        assert all(cell in errors for cell in cells)
        assert told(desk) == plain

    def test_nothing_on_record_is_erased(self, at_desk: Command, desk: Store, desk_data: Path) -> None:
        code, _, errors = at_desk("import", "buildings", str(desk_data / "X03-formula-nocache" / "x.xlsx"))
        assert code == 1
        assert all(f"row 2 column {heading}" in errors for heading in ("层数", "户数", "摸排日期"))
        kept = records(desk, "buildings")["99080100100100001"].properties
        assert (kept["floors"], kept["households"]) == (6, 30)

    @pytest.mark.parametrize("column", range(1, 14))
    def test_an_error_in_any_column_of_a_ledger(
        self, at_desk: Command, desk: Store, desk_data: Path, tmp_path: Path, column: int
    ) -> None:
        book = openpyxl.load_workbook(desk_data / "L00-baseline" / "ledger.xlsx")
        book.active.cell(5, column + 1).value = "#REF!"
        heading = book.active.cell(3, column + 1).value
        book.save(tmp_path / "a.xlsx")
        code, _, errors = at_desk("import", "ledger", str(tmp_path / "a.xlsx"))
        assert code == 1
        assert f"sheet 台账 row 5 column {heading} value #REF!" in errors
        assert records(desk, "courtyards") == {}

    def test_an_error_in_a_column_that_means_nothing(self, at_desk: Command, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [["楼栋编码", "楼号", "辅助列"], ["99080100100100001", "1号楼", "#N/A"]])
        assert at_desk("import", "buildings", str(path))[0] == 0


class TestLayerFiles:
    @pytest.mark.parametrize("case", ["X07-two-row-header", "X08-merged-values", "X16b-two-tables"])
    def test_headings_merges_and_sheets(self, at_desk: Command, desk: Store, desk_data: Path, case: str) -> None:
        assert at_desk("import", "buildings", str(desk_data / case / "x.xlsx"))[0] == 0
        for code in ("99080100100100001", "99080100100100002"):
            found = records(desk, "buildings")[code].properties
            assert (found["floors"], found["households"], found["survey_date"]) == (6, 30, dt.date(2025, 3, 1))
            if case == "X08-merged-values":
                assert found["community_code"] == "990801001001"

    def test_faults_of_joined_sheets_name_theirs(self, at_desk: Command, tmp_path: Path) -> None:
        head = ["楼栋编码", "楼号", "户数"]
        path = xlsx(tmp_path / "a.xlsx", [head, ["1", "a", 3]], [["东岭"], head, ["2", "b", "x"], ["1", "c", 4]])
        code, _, errors = at_desk("import", "buildings", str(path))
        assert code == 1
        assert "sheet 2 row 3 column 户数" in errors
        assert "sheet 2 row 4: code 1 stands again in row 1!2" in errors

    def test_the_sheet_that_is_about_the_layer_is_read(self, at_desk: Command, desk: Store, tmp_path: Path) -> None:
        path = xlsx(
            tmp_path / "a.xlsx", [["类别", "代码"], ["住宅", "1"]], [["楼栋编码", "楼号"], ["99080100100100001", "甲"]]
        )
        assert at_desk("import", "buildings", str(path))[0] == 0
        assert records(desk, "buildings")["99080100100100001"].properties["name"] == "甲"

    def test_merged_counts_are_a_question(self, at_desk: Command, tmp_path: Path) -> None:
        rows = [["楼栋编码", "楼号", "户数"], ["99080100100100001", "1号楼", 60], ["99080100100100002", "2号楼", None]]
        code, _, errors = at_desk("import", "buildings", str(xlsx(tmp_path / "a.xlsx", rows, merged=("C2:C3",))))
        assert code == 1 and errors.count("merged over several rows") == 2

    def test_a_title_above_a_csv(self, at_desk: Command, desk: Store, desk_data: Path) -> None:
        code, said, _ = at_desk("import", "stations", str(desk_data / "T19-title-row" / "x.csv"))
        assert code == 0 and "Row 1 stands above the headings" in said
        assert {each.properties["name"] for each in records(desk, "stations").values()} == {"清河站", "东岭站"}

    def test_a_moment_is_a_day_in_china(self, at_desk: Command, desk: Store, desk_data: Path) -> None:
        before = set(records(desk, "buildings"))
        assert at_desk("import", "buildings", str(desk_data / "P02b-tz-utc" / "x.gpkg"))[0] == 0
        new = [each for code, each in records(desk, "buildings").items() if code not in before]
        assert {each.properties["survey_date"] for each in new} == {dt.date(2025, 3, 1)}


class TestTheClerksOwnWorkbook:
    def marked(self, book: openpyxl.Workbook) -> dict[str, str]:
        """Sheet!address → why, of the coloured cells."""
        return {
            f"{sheet.title}!{cell.coordinate}": cell.comment.text
            for sheet in book.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.fill.fgColor.rgb == COLOUR
        }

    def faulty(self, desk_data: Path, path: Path) -> Path:
        """The plain ledger with two wrong cells, a colour, a width, a comment and a formula of the clerk's own."""
        book = openpyxl.load_workbook(desk_data / "L00-baseline" / "ledger.xlsx")
        sheet = book.active
        sheet["M4"], sheet["I5"], sheet["P4"] = "明年", "#N/A", "=1+1"
        sheet["C4"].fill = openpyxl.styles.PatternFill("solid", fgColor="FF00FF00")
        sheet["I5"].comment = openpyxl.comments.Comment("问过居委会", "某某")
        sheet.column_dimensions["C"].width = 33
        book.save(path)
        return path

    def test_comes_back_is_corrected_and_comes_in(
        self, at_desk: Command, desk: Store, desk_data: Path, plain: dict, tmp_path: Path
    ) -> None:
        file, back = self.faulty(desk_data, tmp_path / "台账.xlsx"), tmp_path / "back.xlsx"
        assert at_desk("--lang", "zh", "import", "ledger", str(file), "--errors", str(back))[0] == 1
        book = openpyxl.load_workbook(back)
        assert book.sheetnames == ["gridmap 问题清单", "台账"] and book.active.title == "gridmap 问题清单"
        assert set(self.marked(book)) == {"台账!M4", "台账!I5"}
        sheet = book["台账"]
        assert "明年" in sheet["M4"].comment.text and sheet["I5"].comment.text.startswith("问过居委会")
        assert (sheet["C4"].fill.fgColor.rgb, sheet.column_dimensions["C"].width) == ("FF00FF00", 33)
        assert sheet["P4"].value == "=1+1"
        questions = list(book.worksheets[0].iter_rows(min_row=4, values_only=True))
        assert [row[:3] for row in questions] == [("台账", "M4", "合同截止"), ("台账", "I5", "户数")]
        sheet["M4"] = "2026-02-28"  # one of the two
        book.save(back)
        again = tmp_path / "again.xlsx"
        assert at_desk("--lang", "en", "import", "ledger", str(back), "--errors", str(again))[0] == 1
        book = openpyxl.load_workbook(again)
        assert book.sheetnames == ["gridmap questions", "台账"]
        assert set(self.marked(book)) == {"台账!I5"}
        assert book["台账"]["M4"].comment is None and book["台账"]["I5"].comment.text.count("gridmap") == 1
        book["台账"]["I5"] = 90
        book.save(again)
        code, _, errors = at_desk("import", "ledger", str(again))
        assert (code, errors) == (0, "")
        assert told(desk) == plain

    def test_a_question_about_a_heading_is_at_the_heading_and_one_about_rows_at_each_of_them(
        self, at_desk: Command, tmp_path: Path
    ) -> None:
        book = openpyxl.Workbook()
        for row in (
            ["某社区楼院台账"],
            ["社区", "小区名称", "楼号", "户数", "物业公司", "管理模式", "进场日", "合同截止"],
            ["河湾社区", "河湾院", "1号楼", 30, "安居物业", "专业化物业", "2020-01-01", "2026-01-01"],
            ["河湾社区", "新村", "2号楼", 40, "和美物业", "专业化物业", "2021-01-01", "2027-01-01"],
        ):
            book.active.append(row)
        book.save(tmp_path / "台账.xlsx")
        back = tmp_path / "back.xlsx"
        assert at_desk("--lang", "zh", "import", "ledger", str(tmp_path / "台账.xlsx"), "--errors", str(back))[0] == 1
        marked = self.marked(openpyxl.load_workbook(back))
        assert {"Sheet!G2", "Sheet!A3", "Sheet!A4"} <= set(marked)
        assert "“进场日”" in marked["Sheet!G2"] and "共 2 行" in marked["Sheet!A3"] == marked["Sheet!A4"]
        assert "Sheet!G2" in {f"Sheet!{row[1]}" for row in openpyxl.load_workbook(back).worksheets[0].values}

    def test_of_an_old_workbook_a_csv_and_an_ods(self, at_desk: Command, desk_data: Path, tmp_path: Path) -> None:
        head, row = ["楼栋编码", "楼号", "户数"], ["=1号", "1号楼", "#N/A"]
        (tmp_path / "a.csv").write_text("一览表\n" + ",".join(head) + "\n001,一号,x\n", encoding="utf-8")
        cells = (
            "".join(
                f'<table:table-cell office:value-type="string"><text:p>{each}</text:p></table:table-cell>'
                for each in line
            )
            for line in (head, row)
        )
        lines = "".join(f"<table:table-row>{line}</table:table-row>" for line in cells)
        ods(tmp_path / "b.ods", f'<table:table table:name="楼">{lines}</table:table>')
        for name, cell in (("a.csv", "a!C3"), ("b.ods", "楼!C2")):
            assert at_desk("import", "buildings", str(tmp_path / name), "--errors", "back.xlsx")[0] == 1
            book = openpyxl.load_workbook("back.xlsx")
            assert list(self.marked(book)) == [cell]
        assert book["楼"]["A2"].value == "=1号" and book["楼"]["A2"].data_type == "s"

    def test_questions_about_the_file_come_first(self, at_desk: Command, tmp_path: Path) -> None:
        head = ["序号", "小区名称", "楼院编码", "户数", "物业公司", "管理模式", "合同起始"]
        path = xlsx(tmp_path / "a.xlsx", [head, [1, "一号院", "9908010010010001", "x", "", "", ""]],
                    [head, [1, "一号院", "9908010010010001", 3, "", "", ""]])  # fmt: skip
        assert at_desk("import", "ledger", str(path), "--errors", "back.xlsx")[0] == 1
        rows = list(openpyxl.load_workbook("back.xlsx").worksheets[0].iter_rows(min_row=4, values_only=True))
        assert [row[1] for row in rows] == [None, "D2"]
        assert "say which sheet to read" in rows[0][4] + str(rows[0][5])

    def test_what_would_be_lost_gives_the_list(self, at_desk: Command, desk_data: Path, tmp_path: Path) -> None:
        book = openpyxl.load_workbook(self.faulty(desk_data, tmp_path / "a.xlsx"))
        chart = openpyxl.chart.BarChart()
        chart.add_data(openpyxl.chart.Reference(book.active, min_col=9, min_row=4, max_row=9))
        book.active.add_chart(chart, "R2")
        book.save(tmp_path / "a.xlsx")
        code, _, errors = at_desk("import", "ledger", str(tmp_path / "a.xlsx"), "--errors", "back.xlsx")
        assert code == 1 and "charts, images, shapes or controls" in errors
        rows = list(openpyxl.load_workbook("back.xlsx").active.iter_rows(min_row=2, values_only=True))
        assert "list of the faults instead" in rows[0][5] and len(rows) == 3
