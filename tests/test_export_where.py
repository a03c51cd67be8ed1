"""`export --where`: the condition of the API on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import app


@pytest.fixture
def cli(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run commands in the small town; returns exit code and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.gpkg").write_bytes((prepared / "town.gpkg").read_bytes())
    monkeypatch.setenv("GRIDMAP_WORKSPACE", str(tmp_path / "w.gpkg"))
    monkeypatch.setenv("GRIDMAP_LANGUAGE", "en")
    return lambda *words: (app.main(list(words)), capsys.readouterr().err)


def codes(file: str) -> list[str]:
    return [each["properties"]["code"] for each in json.loads(Path(file).read_text("utf-8"))["features"]]


def test_what_a_condition_leaves(cli) -> None:
    where = "courtyard_code = 'CE' OR name LIKE '1号%'"
    assert cli("export", "buildings", "some.geojson", "--where", where)[0] == 0
    assert codes("some.geojson") == ["b01", "b08", "b09"]
    assert cli("export", "buildings", "none.geojson", "--where", "households > 10")[0] == 0
    assert codes("none.geojson") == []


@pytest.mark.parametrize("where", ["colour = 1", "households = 'many'", "code = '; --", "(" * 5000, ""])
def test_no_condition(cli, where: str) -> None:
    code, said = cli("export", "buildings", "x.geojson", "--where", where)
    assert code == 2 and "filter" in said
    assert not Path("x.geojson").exists()
