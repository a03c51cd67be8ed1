"""Whose records an exported table holds: in Parquet's metadata, and in a file beside CSV; both come back in silence."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from pathlib import Path

import pytest

import app
from layers.store import open_store
from layers.store.protocol import Draft
from layers.usecases.workspace import CHECKED, NAME

CALLED, DAY = "栖霞区住建局", "2025-02-06"


@pytest.fixture
def cli(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run commands in the small town, which has a name and a day; returns exit code and what was said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.gpkg").write_bytes((prepared / "town.gpkg").read_bytes())
    monkeypatch.setenv("GRIDMAP_WORKSPACE", str(tmp_path / "w.gpkg"))
    monkeypatch.setenv("GRIDMAP_LANGUAGE", "en")
    call(CALLED, DAY)
    return lambda *words: (app.main(list(words)), capsys.readouterr().out)


def call(name: str, day: str) -> None:
    with closing(open_store("w.gpkg")) as store:
        settings = {NAME: name, CHECKED: day}
        store.commit(Draft("甲", dt.datetime(2025, 3, 1, tzinfo=dt.UTC), "named", "edit", (), settings=settings))


def test_parquet_says_it_in_its_metadata(cli) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert cli("export", "buildings", "b.parquet")[0] == 0
    said = json.loads(parquet.read_schema("b.parquet").metadata[b"PANDAS_ATTRS"])
    assert said == {"workspace": CALLED, "data_date": DAY}
    code, told = cli("import", "buildings", "b.parquet")
    assert code == 0 and "0 new, 0 changed, 10 same" in told


def test_csv_has_it_in_a_file_beside(cli) -> None:
    code, told = cli("export", "buildings", "b.csv", "--as-of", "2025-01-31")
    assert code == 0 and "b.csv-metadata.json" in told
    about = json.loads(Path("b.csv-metadata.json").read_text("utf-8"))
    assert (about["url"], about["dc:source"], about["dc:temporal"]) == ("b.csv", CALLED, "2025-01-31")
    assert CALLED in about["dc:description"] and DAY in about["dc:description"]
    head = Path("b.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert [column["name"] for column in about["tableSchema"]["columns"]] == head
    code, told = cli("import", "buildings", "b.csv", "b.csv-metadata.json")  # as b.* is written
    assert code == 0 and "0 new, 0 changed, 10 same" in told


def test_results_of_an_analysis_have_it_too(cli) -> None:
    assert cli("run", "coverage", "-o", "c.csv")[0] == 0
    assert json.loads(Path("c.csv-metadata.json").read_text("utf-8"))["dc:source"] == CALLED


def test_no_earlier_description_stays_beside_records_that_nobody_called(cli) -> None:
    assert cli("export", "buildings", "b.csv")[0] == 0
    call("", "")
    assert cli("export", "buildings", "b.csv")[0] == 0
    assert not Path("b.csv-metadata.json").exists()
