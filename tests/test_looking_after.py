"""`backup`, `doctor`, `check` and `adopt-outside` when somebody else had their hands in the workspace's file."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import app
from layers.store.geopackage import register_functions
from tests.store.test_damage import overwrite_pages


@pytest.fixture
def cli(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run commands in the small town; returns exit code, output and errors."""
    shutil.copy(prepared / "town.gpkg", tmp_path / "w.gpkg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRIDMAP_WORKSPACE", str(tmp_path / "w.gpkg"))
    monkeypatch.setenv("GRIDMAP_LANGUAGE", "en")

    def run(*words: str) -> tuple[int, str, str]:
        code = app.main(list(words))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def elsewhere(*statements: str) -> None:
    """Write into the workspace as another program does."""
    with closing(sqlite3.connect("w.gpkg", isolation_level=None)) as theirs:
        register_functions(theirs)
        for statement in statements:
            theirs.execute(statement)


def test_edits_outside_are_told_and_adopted(cli) -> None:
    assert cli("adopt-outside") == (0, "No other program edited the records\n", "")
    elsewhere("UPDATE buildings SET households = 99 WHERE id = 'b01'", "DELETE FROM buildings WHERE id = 'b10'")
    code, out, _ = cli("check")
    assert (code, "Buildings: another program added 0, changed 1 and removed 1 since 20" in out) == (1, True)
    assert "     2  outside-edit  (buildings)" in out
    code, out, _ = cli("doctor")
    assert (code, "adopt-outside --discard" in out) == (1, True)
    code, out, _ = cli("adopt-outside", "--author", "王工")
    assert (code, "2 edits adopted as changeset 2" in out) == (0, True)
    assert "王工" in cli("history")[1]
    assert cli("doctor")[0] == 0
    assert cli("revert", "2")[0] == 0


def test_what_cannot_be_adopted_is_named_and_discarded(cli) -> None:
    elsewhere("UPDATE buildings SET households = 'many' WHERE id = 'b01'")
    code, _, err = cli("adopt-outside")
    assert (code, "b01" in err, "--discard" in err) == (1, True, True)
    assert cli("adopt-outside", "--discard", "stations")[1] == "No other program edited the records\n"
    assert cli("adopt-outside", "--discard", "buildings", "b01")[1].startswith("1 edits discarded")
    assert cli("doctor")[0] == 0


def test_what_is_damaged_is_not_backed_up(cli) -> None:
    overwrite_pages(Path("w.gpkg"), "buildings", 1)
    code, _, err = cli("backup", "copy.gpkg")
    assert (code, "buildings" in err, ".recover" in err) == (2, True, True)
    assert not Path("copy.gpkg").exists()
    code, out, _ = cli("doctor")
    assert (code, "layer buildings: The workspace is damaged here" in out) == (1, True)
    code, _, err = cli("check")
    assert (code, "buildings" in err) == (2, True)
    assert cli("export", "stations", "stations.geojson")[0] == 0


def test_a_rescued_copy_is_named(cli) -> None:
    shutil.copy("w.gpkg", "w.rescued.gpkg")
    code, out, _ = cli("doctor")
    assert (code, "w.rescued.gpkg" in out) == (1, True)
    Path("w.gpkg").write_bytes(b"nothing that could be opened")
    code, out, _ = cli("doctor")
    assert (code, "w.rescued.gpkg" in out) == (2, True)
