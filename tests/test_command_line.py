"""The command line as a planner uses it: exact names, exit codes, one line for what is wrong."""

from __future__ import annotations

import csv
import json
import socket
from pathlib import Path

import openpyxl
import pytest

from layers.errors import StorageFull
from layers.store import open_store
from layers.store.protocol import Store
from layers.text import Text
from tests import town


def test_import_run_export(at_town) -> None:
    Path("new.csv").write_text("楼栋编码,楼号,用途,户数\nb11,11号楼,住宅,7\n", "utf-8")
    code, out, _ = at_town("import", "buildings", "new.csv")
    assert (code, "1 new, 0 changed, 0 same, 10 on record" in out) == (0, True)
    code, out, _ = at_town("run", "unmanaged-buildings", "--as-of", "2025-02-06", "-o", "list.json")
    assert code == 0
    listed = json.loads(Path("list.json").read_text("utf-8"))
    assert listed["summary"]["buildings"] == len(listed["buildings"]["features"]) == 3
    assert at_town("export", "buildings", "b.geojson")[0] == 0
    assert len(json.loads(Path("b.geojson").read_text("utf-8"))["features"]) == 11


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "zip", "csv", "xlsx", "fgb", "parquet", "kml"])
def test_every_format_of_an_export(at_town, ending: str) -> None:
    code, out, _ = at_town("export", "buildings", f"b.{ending}")
    assert (code, "10 features written" in out) == (0, True)
    code, out, _ = at_town("import", "buildings", f"b.{ending}", "--dry-run", "--workspace", "again.gpkg")
    assert code == 0, out
    assert "10 new" in out


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "csv", "kml"])
def test_an_export_read_again_changes_nothing(at_town, ending: str) -> None:
    at_town("export", "buildings", f"b.{ending}")
    code, out, _ = at_town("import", "buildings", f"b.{ending}")
    assert (code, "0 new, 0 changed, 10 same, 0 on record" in out) == (0, True), out


def test_the_first_output_in_every_format_says_the_same(at_town) -> None:
    as_of = ("--as-of", "2025-02-06")
    for ending in ("geojson", "xlsx", "csv", "gpkg"):
        assert at_town("run", "unmanaged-buildings", *as_of, "-o", f"u.{ending}")[0] == 0
    found = json.loads(Path("u.geojson").read_text("utf-8"))["features"]
    assert [each["properties"]["code"] for each in found] == ["b07", "b08", "b09"]
    with open("u.csv", encoding="utf-8-sig") as file:
        assert [row["code"] for row in csv.DictReader(file)] == ["b07", "b08", "b09"]
    book = openpyxl.load_workbook("u.xlsx")
    assert book.sheetnames == ["Summary", "Details", "Fields"]
    details = list(book["Details"].iter_rows(values_only=True))
    assert len(details) == 1 + 3 + 1  # heading, rows, total
    households = details[0].index(next(each for each in details[0] if "Households" in str(each)))
    assert details[-1][households] == "=SUBTOTAL(109,G2:G4)"
    values = openpyxl.load_workbook("u.xlsx", data_only=True)["Details"]
    assert values.cell(5, households + 1).value == 30  # also for who does not calculate


def test_a_rejected_file_prints_its_faults_writes_them_and_exits_with_1(cli) -> None:
    Path("bad.csv").write_text("楼栋编码,户数\nb1,many\nb2,-1\n", "utf-8")
    code, _, err = cli("import", "buildings", "bad.csv", "--errors", "faults.xlsx")
    assert code == 1
    assert "row 2" in err and "row 3" in err
    book = openpyxl.load_workbook("faults.xlsx")
    assert [row[1] for row in book.active.iter_rows(min_row=4, values_only=True)] == ["B2", "B3"]
    assert "not a number" in book["bad"]["B2"].comment.text
    assert cli("history")[1].strip() == "No changes on record"


@pytest.mark.parametrize(
    "words",
    [
        ("import", "castles", "x.csv"),
        ("import", "buildings", "nowhere.csv"),
        ("import", "buildings", "x.csv", "--map", "code"),
        ("export", "buildings", "x.doc"),
        ("run", "divination"),
        ("run", "coverage", "--basis", "lax"),
        ("run", "coverage", "basis"),
        ("revert", "0"),
        ("revert", "99999999999999999999999"),
        ("serve", "--host", "999.1.1.1"),
        ("dance",),
        ("--workspace", "x.doc", "history"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(at_town, words: tuple) -> None:
    Path("x.csv").write_text("楼栋编码\nb1\n", "utf-8")
    code, _, err = at_town(*words)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Store]:
    """Every workspace that a service has opened, which nothing collects while it stands here."""
    found: list[Store] = []

    def opening(*given: object, **named: object) -> Store:
        found.append(open_store(*given, **named))
        return found[-1]

    monkeypatch.setattr("layers.store.open_store", opening)
    return found


def test_a_service_that_finds_its_port_taken_or_no_such_host_lets_go_of_the_workspace(at_town, opened) -> None:
    """SQLite takes the journal away when the last who held it has let go."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = at_town("serve", "--port", str(taken.getsockname()[1]))
        assert (code, "port" in err, len(opened), Path("w.gpkg-wal").exists()) == (2, True, 1, False)
    assert at_town("serve", "--host", "999.1.1.1")[0] == 2
    assert (len(opened), Path("w.gpkg-wal").exists()) == (2, False)


def test_a_service_whose_demo_finds_the_disk_full_lets_go_of_the_workspace(cli, opened, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise StorageFull(Text("store.full"))

    monkeypatch.setattr("layers.usecases.edits.demo.load_demo", full)
    assert cli("serve", "--port", "0")[0] != 0
    assert (len(opened), Path("w.gpkg").exists(), Path("w.gpkg-wal").exists()) == (1, True, False)


def test_history_and_revert(at_town) -> None:
    Path("new.csv").write_text("楼栋编码,户数\nb01,11\n", "utf-8")
    at_town("import", "buildings", "new.csv")
    _, out, _ = at_town("history")
    assert [line.split()[0] for line in out.splitlines()] == ["2", "1"]
    assert len(at_town("history", "managers")[1].splitlines()) == 1
    assert "update" in at_town("history", "buildings", "b01")[1]
    assert at_town("revert", "2")[0] == 0
    assert at_town("revert", "2")[0] == 2  # it was reverted already
    assert at_town("history", "buildings", "nobody")[0] == 2


def test_backup_and_restore(at_town) -> None:
    assert at_town("backup", "copy.gpkg")[0] == 0
    assert at_town("backup", "copy.gpkg")[0] == 2  # never overwritten
    assert at_town("restore", "copy.gpkg")[0] == 2
    assert at_town("restore", "copy.gpkg", "--workspace", "other.gpkg")[0] == 0
    store = open_store("other.gpkg", create=False)
    assert store.count("buildings") == 10
    store.close()


def test_check_exits_with_1_while_there_are_defects(at_town, cli) -> None:
    code, out, _ = at_town("check", "-o", "defects.json")
    assert (code, "4 defects" in out) == (1, True)
    assert json.loads(Path("defects.json").read_text("utf-8"))["summary"]["defects"] == 4


def test_doctor_tells_versions_and_counts(at_town) -> None:
    code, out, _ = at_town("doctor")
    assert code == 0
    assert "EPSG:4549" in out


def test_a_command_that_reads_does_not_make_a_workspace(cli) -> None:
    assert cli("history")[0] == 2
    assert not Path("w.gpkg").exists()


def test_settings_come_from_the_environment_all_faults_at_once(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMAP_SMALL_CELL", "few")
    monkeypatch.setenv("GRIDMAP_COLOUR", "red")
    code, _, err = cli("history")
    assert code == 2
    assert "GRIDMAP_SMALL_CELL" in err and "GRIDMAP_COLOUR" in err


def test_a_public_export_hides_small_counts_and_what_is_not_public(at_town, monkeypatch: pytest.MonkeyPatch) -> None:
    town_store = open_store("w.gpkg")
    town.amend(town_store, "buildings", "b01", households=4, remark="secret")
    town_store.close()
    assert at_town("export", "buildings", "p.geojson", "--public")[0] == 0
    found = {each["id"]: each["properties"] for each in json.loads(Path("p.geojson").read_text("utf-8"))["features"]}
    assert found["b01"]["households"] is None  # 4 < 5
    assert found["b02"]["households"] == 10
    assert found["b02"]["elderly_60"] is None  # 3 < 5
    assert "remark" not in found["b01"]
    code, _, err = at_town("export", "appeals", "a.geojson", "--public")
    assert (code, "not public" in err) == (2, True)


def test_an_export_as_of_a_day_and_in_metres(at_town) -> None:
    town_store = open_store("w.gpkg")
    town.amend(town_store, "buildings", "b01", valid_to=town.DAY)
    town_store.close()
    at_town("export", "buildings", "b.csv", "--as-of", "2025-02-07", "--crs", "EPSG:4549")
    text = Path("b.csv").read_text("utf-8-sig")
    assert "b01" not in text and "b02" in text
    assert "POLYGON" in text and "500" in text


def test_the_layer_of_a_geopackage_is_chosen_and_never_guessed(at_town) -> None:
    code, _, err = at_town("import", "buildings", "w.gpkg", "--workspace", "new.gpkg")
    assert (code, "courtyards" in err) == (2, True)  # the layers are listed
    code, out, _ = at_town("import", "buildings", "w.gpkg", "--sheet", "buildings", "--workspace", "new.gpkg")
    assert (code, "10 new" in out) == (0, True)


def test_a_file_over_the_limit_is_refused(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMAP_MAX_UPLOAD_MB", "0")
    Path("new.csv").write_text("楼栋编码\nb1\n", "utf-8")
    code, _, err = cli("import", "buildings", "new.csv")
    assert code == 2
    assert "arge" in err
