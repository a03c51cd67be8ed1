"""Pages of the file are overwritten: it is noticed, told by name, and no backup takes it over."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from layers.errors import StoreUnusable
from layers.model.feature import Feature
from layers.store import copies, open_store, restore
from tests.store.examples import building, create, house_at


@pytest.fixture
def path(tmp_path):
    """A closed workspace with 2,000 buildings and a station."""
    path = tmp_path / "workspace.gpkg"
    with closing(open_store(path)) as store:
        create(store, *(building(f"B{n:04}", house_at(120 + n / 1000, 36), remark="备注" * 20) for n in range(2_000)))
        create(store, Feature("S1", house_at(120, 36).centroid, {"code": "S1"}), layer="stations")
    return path


def overwrite_pages(path: Path, table: str, how_many: int = 3) -> None:
    """Overwrite some pages in the middle of a table, as a bad disk does."""
    with closing(sqlite3.connect(path)) as file:
        size = file.execute("PRAGMA page_size").fetchone()[0]
        pages = [row[0] for row in file.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (table,)
        )]  # fmt: skip
    middle = len(pages) // 2
    with path.open("rb+") as raw:
        for page in pages[middle : middle + how_many]:
            raw.seek((page - 1) * size)
            raw.write(os.urandom(size))


def refusal(call) -> str:
    with pytest.raises(StoreUnusable) as refused:
        call()
    assert refused.value.say("zh")
    return refused.value.say("en")


@pytest.mark.parametrize(
    ("table", "named"),
    [("buildings", "buildings"), ("rtree_buildings_geom_node", "buildings"), ("gridmap_changes", "gridmap")],
)
def test_what_is_damaged_is_found_by_looking(path, table, named):
    overwrite_pages(path, table)
    with closing(open_store(path)) as store:
        assert store.damaged() == ()
        assert store.look() == (named,)
        assert store.damaged() == (named,)


def test_a_reader_who_meets_it_is_told_and_others_are_served(path):
    overwrite_pages(path, "buildings")
    with closing(open_store(path)) as store:
        said = refusal(lambda: store.read("buildings"))
        assert "buildings" in said and ".recover" in said and str(path.parent) not in said
        assert store.damaged() == ("buildings",)
        assert store.get("stations", "S1").properties["code"] == "S1"
        assert store.read("stations").index.tolist() == ["S1"]


def test_a_writer_who_meets_it_finds_out_where(path):
    overwrite_pages(path, "buildings", 1_000)
    with closing(open_store(path)) as store:
        assert "buildings" in refusal(lambda: create(store, building("B0500~2", remark="新")))
        assert store.damaged() == ("buildings",)
        assert create(store, Feature("S2", None, {"code": "S2"}), layer="stations").revision == 3


def test_what_is_sound_again_is_no_longer_named(path, tmp_path):
    whole = tmp_path / "whole.gpkg"
    shutil.copy(path, whole)
    overwrite_pages(path, "buildings")
    with closing(open_store(path)) as store:
        assert store.look() == ("buildings",)
        with path.open("rb+") as raw:  # the very same file
            raw.write(whole.read_bytes())
        assert store.look() == ()


def test_no_backup_is_made_of_what_is_damaged(path, tmp_path):
    overwrite_pages(path, "buildings")
    with closing(open_store(path)) as store:
        said = refusal(lambda: store.backup(tmp_path / "backup.gpkg"))
    assert "buildings" in said and "latest backup" in said
    assert [each.name for each in tmp_path.iterdir()] == ["workspace.gpkg"]
    refusal(lambda: restore(path, tmp_path / "restored.gpkg"))
    assert not (tmp_path / "restored.gpkg").exists()


def test_a_backup_that_was_written_badly_is_removed(path, tmp_path, monkeypatch):
    queue_again = copies.jobs.queue_again

    def on_a_bad_disk(copied: sqlite3.Connection) -> None:
        queue_again(copied)
        copied.execute("DELETE FROM stations")

    monkeypatch.setattr(copies.jobs, "queue_again", on_a_bad_disk)
    with closing(open_store(path)) as store:
        monkeypatch.setattr(copies.soundness, "is_sound", lambda _: True)
        assert "another disk" in refusal(lambda: store.backup(tmp_path / "backup.gpkg"))
    assert [each.name for each in tmp_path.iterdir()] == ["workspace.gpkg"]
