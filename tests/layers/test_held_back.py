"""Rows of a file that do not come in: counted as what they are, and a name that is none is one more reason."""

from __future__ import annotations

import csv
import datetime as dt
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from layers.cli import run
from layers.errors import ImportRejected
from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.protocol import Draft, Store
from layers.usecases.edits.sense import LONGEST_NAME
from layers.usecases.imports.ledger import import_ledger
from layers.usecases.imports.osm import OsmOptions, import_osm
from layers.usecases.imports.tables import ImportOptions, ImportReport, import_file
from tests.formats import osm_town
from tests.formats.osm_town import WAYS

NOW = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)
PASTED = "和平路小区位于和平路与解放街交叉口东北侧，" * 10
HEADING = ("楼栋编码", "楼号", "用途", "户数", "经度", "纬度")
LEDGER = ("社区", "小区名称", "楼院编码", "楼栋编码", "总套数", "管理单位", "管理模式", "合同起始")


def table(path: Path, *rows: tuple) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows((HEADING, *rows))
    return path


def building(code: str, name: str = "1号楼", households: str = "12") -> tuple:
    return code, name, "住宅", households, "120.0005", "36.0005"


def load(store: Store, path: Path, **options: object) -> ImportReport:
    return import_file(store, "buildings", path, ImportOptions(**options), "tests", NOW)


def ledger(store: Store, path: Path, *rows: tuple, **options: object) -> ImportReport:
    book = openpyxl.Workbook()
    for row in (("小城区物业台账",), LEDGER, *rows):
        book.active.append(row)
    book.save(path)
    return import_ledger(store, path, ImportOptions(**options), "tests", NOW)


class TestCounted:
    def test_a_record_whose_row_is_held_back_is_in_the_file(self, empty: Store, tmp_path: Path) -> None:
        load(empty, table(tmp_path / "a.csv", building("b1"), building("b2"), building("b3")))
        later = table(tmp_path / "b.csv", building("b1"), building("b2", households="若干"), building("b4", "", "若干"))
        counts = load(empty, later, only_sound=True).counts["buildings"]
        assert counts == {"new": 0, "changed": 0, "same": 1, "held": 1, "missing": 1}  # b4 is not on record

    def test_nothing_is_said_of_rows_held_back_where_there_are_none(self, empty: Store, tmp_path: Path) -> None:
        counts = load(empty, table(tmp_path / "a.csv", building("b1"))).counts["buildings"]
        assert counts == {"new": 1, "changed": 0, "same": 0, "missing": 0}

    def test_a_code_that_stands_twice_came_in_once(self, empty: Store, tmp_path: Path) -> None:
        load(empty, table(tmp_path / "a.csv", building("b1")))
        twice = table(tmp_path / "b.csv", building("b1"), building("b1", "2号楼"))
        assert load(empty, twice, only_sound=True).counts["buildings"] == {
            "new": 0, "changed": 0, "same": 1, "missing": 0}  # fmt: skip

    def test_a_ledger_row_is_about_its_courtyard_area_contract_and_manager(
        self, small_town: Store, tmp_path: Path
    ) -> None:
        kept = ("和平社区", "乙院", "CB", "b05", 40, "诚信物业", "专业化", "2024-01-01")
        rows = (kept, ("和平社区", "新院", "CG", "b10", 9, "和睦物业", "专业化", "2024-01-01"))
        before = ledger(small_town, tmp_path / "a.xlsx", *rows, confirmed=True).counts
        assert before["courtyards"]["new"] + before["courtyards"]["changed"] == 2
        wrong = (kept, (*rows[1][:7], "见合同"))
        counts = ledger(small_town, tmp_path / "b.xlsx", *wrong, only_sound=True, confirmed=True).counts
        assert {layer: each.get("held") for layer, each in counts.items()} == {
            "courtyards": 1, "managed-areas": 1, "managers": 1, "arrangements": 1}  # fmt: skip
        for layer, each in counts.items():
            assert sum(each.values()) == small_town.count(layer), layer  # everything on record stands in one place

    def test_the_command_line_says_so(self, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
        workspace = tmp_path / "w.gpkg"
        with closing(open_store(workspace, create=True)) as store:
            load(store, table(tmp_path / "a.csv", building("b1"), building("b2")))
        later = table(tmp_path / "b.csv", building("b1"), building("b2", households="若干"))
        assert run(None, ["--lang", "en", "-w", str(workspace), "import", "buildings", str(later), "--only-sound"]) != 0
        told = "Buildings: 0 new, 0 changed, 1 same, 0 on record but not in the file, 1 on record in rows held back"
        assert told in capsys.readouterr().out


class TestNamesThatAreNone:
    def test_a_pasted_paragraph_is_a_fault_of_its_row(self, empty: Store, tmp_path: Path) -> None:
        path = table(tmp_path / "a.csv", building("b1"), building("b2", PASTED))
        with pytest.raises(ImportRejected) as refused:
            load(empty, path)
        (fault,) = refused.value.faults
        assert (fault.text.key, fault.where["row"], fault.where["column"]) == ("records.name-too-long", 3, "楼号")
        assert load(empty, path, only_sound=True).counts["buildings"]["new"] == 1
        assert empty.get("buildings", "b2") is None

    def test_the_longest_name_that_the_page_takes_comes_in(self, empty: Store, tmp_path: Path) -> None:
        load(empty, table(tmp_path / "a.csv", building("b1", "楼" * LONGEST_NAME)))
        assert empty.get("buildings", "b1").properties["name"] == "楼" * LONGEST_NAME

    def test_what_is_on_record_so_is_not_in_the_way(self, empty: Store, tmp_path: Path) -> None:
        old = Feature("b1", None, {"code": "b1", "name": PASTED, "use": "residential", "households": 3})
        empty.commit(Draft("tests", NOW, "an older gridmap took it", "edit", [Change("buildings", "b1", None, old)]))
        assert load(empty, table(tmp_path / "a.csv", building("b1", PASTED))).counts["buildings"]["changed"] == 1

    @pytest.mark.parametrize(("place", "column"), [(1, "小区名称"), (5, "管理单位")])
    def test_in_a_ledger_too(self, small_town: Store, tmp_path: Path, place: int, column: str) -> None:
        row = ["和平社区", "新院", "CG", "b10", 10, "诚信物业", "专业化", "2024-01-01"]
        row[place] = PASTED
        with pytest.raises(ImportRejected) as refused:
            ledger(small_town, tmp_path / "a.xlsx", tuple(row))
        found = {(each.text.key, each.where.get("row"), each.where.get("column")) for each in refused.value.faults}
        assert ("records.name-too-long", 3, column) in found

    def test_a_map_of_the_world_keeps_its_road_without_the_name(self, empty: Store, tmp_path: Path) -> None:
        ways = WAYS | {1: (WAYS[1][0], {**WAYS[1][1], "name": PASTED})}
        done = import_osm(empty, osm_town.write(tmp_path / "town.osm.pbf", ways=ways), OsmOptions(), "tests", NOW)
        assert empty.get("roads", "osm-w1-1").properties.get("name") is None
        assert any(note.key == "osm.merge-unnamed" and note.params["count"] == 2 for note in done.notes)
