"""Workbooks as offices keep them: what cannot be read is never empty, and tables are found where people see them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from layers.errors import Fault, GridmapError, InvalidParameter, TooLarge, UnsupportedMedia
from layers.formats import Limits, ReadOptions, read_sheets, read_table, read_tables
from layers.formats.marking import write_marked
from layers.formats.table import RawSheet, RawTable
from layers.model.values import Shared, Unreadable
from layers.text import Text
from tests.formats.hostile import read_here, zipped
from tests.formats.workbooks import biff, edited, ods, xlsx
from tests.suite import examples

SHEET = "xl/worksheets/sheet1.xml"
HEAD = ["编码", "名称", "户数"]


def noted(table: RawTable) -> list[str]:
    return [note.key.partition(".")[2] for note in table.notes]


def cell(table: RawTable | RawSheet, row: int = 0) -> object:
    """The last cell of a row below the headings."""
    if isinstance(table, RawSheet):
        return table.cells[row + 1][-1]
    return list(table.columns.values())[-1][row]


class TestUnreadable:
    @pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
    def test_an_error_is_no_blank(self, tmp_path: Path, error: str) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", error], ["2", "二号院", 5]])
        assert cell(read_here(path)) == Unreadable(error)
        assert cell(read_sheets(path)[0]) == Unreadable(error)

    def test_a_picture_over_an_empty_cell_is_no_blank(self, tmp_path: Path) -> None:
        rows = [["某街道台账", None, None], HEAD, ["1", "一号院", None], ["2", None, 5], ["3", "三号院", None]]
        path = xlsx(tmp_path / "a.xlsx", rows, pictures=("C3", "B4", "C5"))
        cells = read_sheets(path)[0].cells
        pictured = Unreadable("#IMAGE", "image")
        assert [row[1:] for row in cells[2:]] == [["一号院", pictured], [pictured, 5], ["三号院", pictured]]

    def test_a_picture_elsewhere_is_an_ornament(self, tmp_path: Path) -> None:
        rows = [["某街道台账", None, None], HEAD, ["1", "一号院", 9], ["（盖章）", None, None]]
        path = xlsx(tmp_path / "a.xlsx", rows, pictures=("B1", "C3", "C4", "J20"))
        assert read_sheets(path)[0].cells == rows

    def test_a_formula_without_its_result(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", "=1+2"], ["2", "二号院", 5]])
        assert cell(read_here(path)) == Unreadable("=1+2", "uncomputed")

    @pytest.mark.parametrize(
        ("result", "value"),
        [('t="n"><f>1+2</f><v>3</v>', 3), ('t="str"><f>""</f><v></v>', None), ('t="b"><f>1=1</f><v>1</v>', True),
         ('t="str"><f>A1</f><v>编码</v>', "编码"), ("><f>0*1</f><v>0</v>", 0),
         ('t="str"><f>A1</f>', Unreadable("=A1", "uncomputed")), ("><f>A1&lt;3</f>", Unreadable("=A1<3", "uncomputed")),
         ('t="e"><f>A1</f><v>#REF!</v>', Unreadable("#REF!")),
         ('t="e" vm="1"><v>#VALUE!</v>', Unreadable("#VALUE!", "image"))],
    )  # fmt: skip
    def test_what_a_formula_gave_is_read(self, tmp_path: Path, result: str, value: object) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", 77], ["2", "二号院", 5]])
        edited(path, SHEET, lambda text: text.replace('t="n"><v>77</v>', result))
        edited(path, "xl/workbook.xml", lambda text: text.replace(' fullCalcOnLoad="1"', ""))
        assert cell(read_here(path)) == value

    def test_zeros_of_a_program_that_computed_nothing(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", "=SUM(1,2)"], ["2", "二号院", 5]])
        edited(path, SHEET, lambda text: text.replace("<v></v>", "<v>0</v>").replace("<v/>", "<v>0</v>"))
        assert cell(read_here(path)) == Unreadable("=SUM(1,2)", "uncomputed")

    def test_cells_that_do_not_say_where_they_stand(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", "#N/A"], ["2", "二号院", "=1"]])

        def without_places(text: str) -> str:
            for row in (1, 2, 3):
                text = text.replace(f'<row r="{row}">', "<row>")
                for column in "ABC":
                    text = text.replace(f' r="{column}{row}"', "")
            return text

        table = read_here(edited(path, SHEET, without_places))
        assert table.columns["户数"] == [Unreadable("#N/A"), Unreadable("=1", "uncomputed")]

    def test_prefixes_and_quotes_of_other_writers(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", "#N/A"], ["2", "二号院", 5]])
        edited(path, SHEET, lambda text: text.replace('t="e"', "t='e'"))
        assert cell(read_here(path)) == Unreadable("#N/A")

    def test_an_error_beyond_the_last_cell_that_has_a_value(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [[*HEAD, None], ["1", "一号院", 5, None], [None, None, None, "#REF!"]])
        assert read_sheets(path)[0].cells[2] == [None, None, None, Unreadable("#REF!")]

    def test_an_image_of_wps(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", 77], ["2", "二号院", 5]])
        shown = 't="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v>'
        edited(path, SHEET, lambda text: text.replace('t="n"><v>77</v>', shown))
        assert cell(read_here(path)) == Unreadable('=DISPIMG("ID_1",1)', "image")

    def test_an_error_in_an_old_workbook(self, tmp_path: Path) -> None:
        path = biff(tmp_path / "a.xls", [HEAD, ["1", "一号院", "#N/A"], ["2", "二号院", 5.0]])
        assert read_table(path).columns["户数"] == [Unreadable("#N/A"), 5]

    def test_an_error_in_a_csv(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("编码,名称,户数\n1,一号院,#N/A\n", encoding="utf-8")
        assert cell(read_sheets(tmp_path / "a.csv")[0]) == Unreadable("#N/A")

    @settings(max_examples=examples(40), deadline=None)
    @given(st.data())
    def test_no_cell_with_an_error_ends_as_empty(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        kinds = st.sampled_from(["#N/A", "#REF!", "=A1", "=SUM(B2:B9)", "字", 7, None, "#DIV/0!"])
        rows = data.draw(st.lists(st.lists(kinds, min_size=3, max_size=3), min_size=2, max_size=12))
        path = xlsx(tmp_path_factory.mktemp("any") / "a.xlsx", [HEAD, *rows])
        (sheet,) = read_sheets(path)
        for written, read in zip(rows, sheet.cells[1:], strict=False):
            for before, after in zip(written, read, strict=True):
                assert isinstance(after, Unreadable) == (isinstance(before, str) and before[0] in "#=")
        assert all(not any(isinstance(each, str) for each in row if each) for row in rows[len(sheet.cells) - 1 :])


class TestPackages:
    """Workbooks that are not built as Excel builds them."""

    @pytest.mark.parametrize("folder", ["/xl/worksheets", "worksheets"])
    def test_a_sheet_is_found_where_it_is_said_to_be(self, tmp_path: Path, folder: str) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", "#N/A"]])
        edited(path, "xl/_rels/workbook.xml.rels", lambda text: text.replace("/xl/worksheets", folder))
        assert cell(read_here(path)) == Unreadable("#N/A")

    def test_a_sheet_that_is_nowhere_is_refused(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", 5]])
        edited(path, "xl/_rels/workbook.xml.rels", lambda text: text.replace("sheet1.xml", "sheet7.xml"))
        with pytest.raises(UnsupportedMedia):
            read_here(path)

    def test_declared_entities_are_refused_when_it_is_to_be_marked(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", 5]])
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
        edited(path, "docProps/core.xml", lambda text: f"<!DOCTYPE x [{laughs}]><x>&l11;</x>")
        fault = Fault(Text("values.not-finite", value="x"), {"row": 2, "column": "户数"})
        (told,) = write_marked([fault], path, tmp_path / "b.xlsx", "en", limits=Limits(seconds=20))
        assert told.key == "formats.list-instead"
        assert len(list(openpyxl.load_workbook(tmp_path / "b.xlsx").active.values)) == 3


class TestDays:
    def book(self, path: Path, value: object) -> Path:
        book = openpyxl.Workbook()
        book.epoch = CALENDAR_MAC_1904
        for row in (["编码", "户数", "日期"], ["1", 40000, value]):
            book.active.append(row)
        book.save(path)
        return path

    def test_a_1904_workbook_in_general_format(self, tmp_path: Path) -> None:
        from layers.catalogue import catalogue
        from layers.model.values import parse

        table = read_here(self.book(tmp_path / "a.xlsx", 43524))
        layer = catalogue().layer("courtyards")
        assert parse(layer.field("survey_date"), table.columns["日期"][0]).value == dt.date(2023, 3, 1)
        assert parse(layer.field("households"), table.columns["户数"][0]).value == 40000

    def test_a_1904_workbook_with_dates(self, tmp_path: Path) -> None:
        table = read_here(self.book(tmp_path / "a.xlsx", dt.date(2023, 3, 1)))
        assert table.columns["日期"] == [dt.date(2023, 3, 1)]


class TestSheets:
    def test_a_hidden_sheet_is_passed_over_and_told(self, tmp_path: Path) -> None:
        last, now = [HEAD, ["1", "一号院", 4]], [HEAD, ["1", "一号院", 5]]
        path = xlsx(tmp_path / "a.xlsx", last, now, hidden=("1",))
        table = read_here(path)
        assert (table.columns["户数"], noted(table)) == ([5], ["sheets-hidden"])
        assert read_here(path, ReadOptions(sheet="1")).columns["户数"] == [4]
        assert [(each.name, each.hidden) for each in read_sheets(path)] == [("1", True), ("2", False)]

    def test_a_sheet_for_each_community_is_one_table(self, tmp_path: Path) -> None:
        cover = [["本表由各社区填报"], ["填报人：某某"]]
        path = xlsx(
            tmp_path / "a.xlsx",
            cover,
            [["清河社区"], HEAD, ["1", "一号院", 4]],
            [["名称", "编码", "户数", "备注"], ["二号院", "2", 5, "x"], ["三号院", "3", "#N/A", None]],
        )
        table = read_here(path)
        assert table.columns == {"编码": ["1", "2", "3"], "名称": ["一号院", "二号院", "三号院"],
                                 "户数": [4, 5, Unreadable("#N/A")], "备注": [None, "x", None]}  # fmt: skip
        assert [table.place(row) for row in table.rows] == [
            {"sheet": "2", "row": 3}, {"sheet": "3", "row": 2}, {"sheet": "3", "row": 3}
        ]  # fmt: skip
        assert noted(table) == ["sheets-without-table", "sheets-joined"]
        assert read_here(path, ReadOptions(sheet="3")).columns["编码"] == ["2", "3"]
        assert read_here(path, ReadOptions(sheet=table.name)).columns == table.columns

    def test_sheets_about_other_things_stay_apart(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", 4]], [["姓名", "电话"], ["某某", "1"]])
        assert noted(read_here(path)) == ["sheets-with-other-tables"]
        assert [table.name for table in read_tables(path)] == ["1", "2"]

    def test_sixty_sheets(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", *([HEAD, [str(number), "院", number]] for number in range(60)))
        table = read_here(path)
        assert table.columns["户数"] == list(range(60))
        assert table.place(table.rows[59]) == {"sheet": "60", "row": 2}
        with pytest.raises(TooLarge, match="60 sheets; at most 50"):
            read_here(path, limits=Limits(sheets=50))

    def test_a_sheet_of_ours_is_no_sheet(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", [HEAD, ["1", "一号院", 4]], [HEAD, ["2", "二号院", 4]])
        book = openpyxl.load_workbook(path)
        book["1"].title = "gridmap 问题清单"
        book.save(path)
        assert read_here(path).columns["编码"] == ["2"]
        assert [each.name for each in read_sheets(path)] == ["2"]
        with pytest.raises(InvalidParameter):
            read_here(path, ReadOptions(sheet="gridmap 问题清单"))


class TestHeadings:
    def read(self, path: Path, rows: list[list], *merged: str) -> dict[str, list]:
        return dict(read_here(xlsx(path / "a.xlsx", rows, merged=merged)).columns)

    def test_two_rows_as_merged_cells_say(self, tmp_path: Path) -> None:
        rows = [["标题", *[None] * 4], ["编码", "名称", "情况", None, None], [None, None, "户数", "层数", "日期"],
                ["1", "一号楼", 30, 6, "2025-03-01"]]  # fmt: skip
        found = self.read(tmp_path, rows, "A1:E1", "A2:A3", "B2:B3", "C2:E2")
        assert found == {"编码": ["1"], "名称": ["一号楼"], "户数": [30], "层数": [6], "日期": ["2025-03-01"]}

    @pytest.mark.parametrize("width", [2, 6])
    def test_two_rows_that_nothing_merges(self, tmp_path: Path, width: int) -> None:
        leaves = ["户数", "层数", "单元数", "电梯", "面积", "日期"][:width]
        rows = [["编码", "名称", "情况", *[None] * (width - 1)], [None, None, *leaves], ["1", "一号楼", *range(width)]]
        assert self.read(tmp_path, rows) == {
            "编码": ["1"], "名称": ["一号楼"], **{name: [at] for at, name in enumerate(leaves)}
        }  # fmt: skip

    def test_groups_tell_equal_headings_apart(self, tmp_path: Path) -> None:
        rows = [["编码", "楼栋", None, "合同", None], [None, "起", "止", "起", "止"], ["1", "2", "3", "4", "5"]]
        found = self.read(tmp_path, rows, "A1:A2", "B1:C1", "D1:E1")
        assert list(found) == ["编码", "楼栋起", "楼栋止", "合同起", "合同止"]

    def test_a_first_row_of_words_is_no_heading(self, tmp_path: Path) -> None:
        rows = [["编码", "名称", None], ["a", "一号楼", "备注"], ["b", "二号楼", None]]
        assert self.read(tmp_path, rows) == {"编码": ["a", "b"], "名称": ["一号楼", "二号楼"]}

    def test_a_row_that_numbers_the_columns(self, tmp_path: Path) -> None:
        for number, row in enumerate((["甲", "乙", 1, 2], [1, 2, 3, 4], ["1", "2", "3", "4"])):
            (tmp_path / str(number)).mkdir()
            rows = [[*HEAD, "层数"], row, ["1", "一号院", 4, 6]]
            assert self.read(tmp_path / str(number), rows)["编码"] == ["1"]

    def test_merged_values_hold_for_every_row(self, tmp_path: Path) -> None:
        rows = [["社区编码", "编码", "户数"], ["990801001001", "1", 60], [None, "2", None], [990801001002, "3", 5]]
        rows += [[None, "4", 6]]
        found = self.read(tmp_path, rows, "A2:A3", "C2:C3", "A4:A5")
        assert found["社区编码"] == ["990801001001"] * 2 + [990801001002] * 2
        assert found["户数"] == [60, 60, 5, 6]
        assert [isinstance(each, Shared) for each in found["户数"]] == [True, True, False, False]


class TestDelimited:
    def read(self, path: Path, text: str) -> RawTable:
        (path / "a.csv").write_bytes(text.encode("utf-8-sig"))
        return read_here(path / "a.csv")

    @pytest.mark.parametrize(
        "title", ["站点一览表,,,\n", "站点一览表\n", "站点一览表,,,\n单位：兴业街道,,,\n", "sep=,\n一览表\n"]
    )
    def test_a_title_above_the_headings(self, tmp_path: Path, title: str) -> None:
        table = self.read(tmp_path, title + "编码,名称,类型,备注\nF1,清河站,诊所,\nF2,东岭站,诊所,x\n")
        assert table.columns["编码"] == ["F1", "F2"]
        assert set(noted(table)) == {"title-left-out"}
        assert table.rows == [2 + title.count("\n"), 3 + title.count("\n")]

    def test_a_title_above_tabs(self, tmp_path: Path) -> None:
        assert list(self.read(tmp_path, "一览表\n编码\t名称\nF1\t清河站\n").columns) == ["编码", "名称"]

    def test_a_table_of_one_column_has_no_title(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, "编码\nF1\nF2\n").columns == {"编码": ["F1", "F2"]}

    def test_a_sheet_of_cells(self, tmp_path: Path) -> None:
        (tmp_path / "台账.csv").write_bytes("台账\n\n编码,户数\n001,12\n".encode("gb18030"))
        (sheet,) = read_sheets(tmp_path / "台账.csv")
        assert (sheet.name, sheet.cells) == ("台账", [["台账", None], [None, None], ["编码", "户数"], ["001", "12"]])


class TestOpenDocument:
    def row(self, *cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    def text(self, value: str, more: str = "") -> str:
        return f'<table:table-cell office:value-type="string" {more}><text:p>{value}</text:p></table:table-cell>'

    def test_what_cells_hold(self, tmp_path: Path) -> None:
        cell = "table:table-cell"
        cells = [
            self.text("001<text:s text:c='2'/>a<text:line-break/>b"),
            f'<{cell} office:value-type="float" office:value="370202001001"><text:p>3.7E11</text:p></{cell}>',
            f'<{cell} office:value-type="date" office:date-value="2025-03-01"><text:p>1.3.25</text:p></{cell}>',
            f'<{cell} table:number-columns-repeated="2"/>',
            f'<{cell} office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></{cell}>',
            f'<{cell} table:formula="of:=NA()" office:value-type="string" office:string-value=""'
            f' calcext:value-type="error"><text:p>#N/A</text:p></{cell}>',
            f'<{cell} table:formula="of:=1+2"/>',
            f'<{cell} table:formula="of:=2+2" office:value-type="float" office:value="4"><text:p>4</text:p></{cell}>',
            f'<{cell} table:number-columns-repeated="16000"/>',
        ]
        rows = self.row(*cells)
        rows += f'<table:table-row table:number-rows-repeated="1048000"><{cell}/></table:table-row>'
        (sheet,) = read_sheets(ods(tmp_path / "a.ods", f'<table:table table:name="台账">{rows}</table:table>'))
        assert sheet.cells == [
            ["001  a\nb", 370202001001, dt.date(2025, 3, 1), None, None, True, Unreadable("#N/A"),
             Unreadable("=1+2", "uncomputed"), 4]
        ]  # fmt: skip

    def test_merges_and_hidden_sheets(self, tmp_path: Path) -> None:
        rows = self.row(self.text("编码"), self.text("名称")) + self.row(
            self.text("1", 'table:number-rows-spanned="2"'), self.text("a")
        )
        rows += self.row("<table:covered-table-cell/>", self.text("b"))
        tables = f'<table:table table:name="去年" table:style-name="away">{rows}</table:table>'
        tables += f'<table:table table:name="今年">{rows}</table:table>'
        first, second = read_sheets(ods(tmp_path / "a.ods", tables))
        assert (first.hidden, second.hidden, second.merged) == (True, False, [(1, 0, 2, 0)])
        assert read_table(tmp_path / "a.ods").columns == {"编码": ["1", "1"], "名称": ["a", "b"]}

    def test_a_hostile_one(self, tmp_path: Path) -> None:
        cell = self.text("x", 'table:number-columns-repeated="9999999"')
        row = f'<table:table-row table:number-rows-repeated="9999999">{cell}</table:table-row>'
        with pytest.raises(TooLarge):
            read_sheets(ods(tmp_path / "a.ods", f'<table:table table:name="1">{row}</table:table>'))
        laughs = "<!DOCTYPE x [<!ENTITY l 'lol'>]><x/>"
        with pytest.raises(UnsupportedMedia, match="not a readable ODS"):
            read_sheets(zipped(tmp_path / "b.ods", {"content.xml": laughs.encode()}))
        with pytest.raises(UnsupportedMedia, match="not a readable ODS"):
            read_sheets(zipped(tmp_path / "c.ods", {"a.txt": b""}))
        bomb = zipped(tmp_path / "d.ods", {"content.xml": b" " * (80 << 20)})
        with pytest.raises(TooLarge):
            read_sheets(bomb)
        locked = ods(tmp_path / "e.ods", "", {"META-INF/manifest.xml": "<m><manifest:encryption-data/></m>"})
        with pytest.raises(UnsupportedMedia, match="password"):
            read_sheets(locked)


class TestKinds:
    def test_macros_are_not_run_and_do_not_matter(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsm", [HEAD, ["1", "一号院", 4]])
        assert read_table(path).columns["户数"] == [4]

    @pytest.mark.parametrize("content", [b"\0" * 600, b"\xff" * 4000, b""])
    def test_a_broken_old_workbook(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content)
        with pytest.raises(UnsupportedMedia, match=r"save it as \.xlsx"):
            read_table(tmp_path / "a.xls")

    def test_every_cut_of_an_old_workbook_is_read_or_refused(self, tmp_path: Path, shared_data: Path) -> None:
        whole = (shared_data / "desk" / "L20-xls" / "ledger.xls").read_bytes()
        for cut in (600, 2000, len(whole) // 2, len(whole) - 512):
            (tmp_path / "a.xls").write_bytes(whole[:cut])
            with pytest.raises(GridmapError):
                read_sheets(tmp_path / "a.xls")

    def test_a_web_page_called_xls(self, tmp_path: Path) -> None:
        (tmp_path / "a.xls").write_text("<html><table><tr><td>1</td></tr></table></html>")
        with pytest.raises(UnsupportedMedia, match="XML"):
            read_table(tmp_path / "a.xls")

    def test_what_is_no_workbook_has_no_sheets(self, tmp_path: Path) -> None:
        (tmp_path / "a.kml").write_text("<kml/>")
        with pytest.raises(UnsupportedMedia, match=r"\.xlsx, \.xlsm, \.xls, \.ods"):
            read_sheets(tmp_path / "a.kml")
