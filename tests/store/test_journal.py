"""The journal beside the workspace is deleted under a running service: nothing acknowledged is lost, and it is said."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from layers.errors import StoreUnusable
from layers.store import open_store, restore
from layers.store.journal import rescued
from tests.store.examples import building, create
from tests.suite import quickly

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
WRITES = 500

# writes one changeset after the other and says so after each; says why when it is refused, then waits to be killed
WRITER = """
import sys, time
from layers.errors import StoreUnusable
from layers.store import open_store
from tests.store.examples import building, create

store = open_store(sys.argv[1])
for turn in range(int(sys.argv[2])):
    try:
        create(store, building(f"B{turn}"))
    except StoreUnusable as error:
        print("refused", error.say("en"), flush=True)
    else:
        print("done", turn, flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "workspace.gpkg"


def refusal(call) -> str:
    with pytest.raises(StoreUnusable) as refused:
        call()
    assert refused.value.say("zh")
    return refused.value.say("en")


@pytest.mark.parametrize("gone", quickly([(("-wal",),), (("-shm",),), (("-wal", "-shm"),)], 2))
def test_every_acknowledged_write_is_there_after_a_restart(path, gone):
    command = [sys.executable, "-c", WRITER, str(path), str(WRITES)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as service:
        said = []
        for line in iter(service.stdout.readline, ""):
            said.append(line.split(maxsplit=1))
            if len(said) == WRITES // 2:
                for ending in gone:
                    Path(f"{path}{ending}").unlink()
            if len(said) == WRITES:
                break
        service.kill()
    acknowledged = {int(rest) for word, rest in said if word == "done"}
    refused = [rest for word, rest in said if word == "refused"]
    assert WRITES // 2 <= len(acknowledged) < WRITES
    assert [word for word, _ in said] == ["done"] * len(acknowledged) + ["refused"] * len(refused)
    assert "written into the workspace itself" in refused[0] and len(set(refused)) == 1
    with closing(open_store(path)) as store:
        assert {f"B{turn}" for turn in acknowledged} <= set(store.read("buildings").index)


def test_readers_are_refused_as_well(path):
    with closing(open_store(path)) as store:
        create(store, building("B1"))
        Path(f"{path}-wal").unlink()
        assert "journal" in refusal(store.revision)
        assert "journal" in refusal(lambda: store.get("buildings", "B1"))
        assert "journal" in refusal(lambda: store.backup(path.with_name("copy.gpkg")))
    with closing(open_store(path)) as store:
        assert store.count("buildings") == 1


def test_a_commit_on_its_way_is_not_acknowledged_and_saved_all_the_same(path):
    def changes():
        yield building("B2")
        Path(f"{path}-wal").unlink()

    with closing(open_store(path)) as store:
        create(store, building("B1"))
        assert "journal" in refusal(lambda: create(store, *changes()))
    with closing(open_store(path)) as store:
        assert "B1" in store.read("buildings").index


@pytest.mark.deep  # it waits until nobody may write any more
def test_where_another_program_began_a_new_journal_the_workspace_is_left_alone(path):
    with closing(open_store(path)) as store:
        for number in range(9):
            create(store, building(f"B{number}"))
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").unlink()
        with closing(sqlite3.connect(path)) as theirs:
            theirs.execute("UPDATE gridmap_settings SET value = value")
            theirs.execute("CREATE TABLE theirs (x)")
            said = refusal(store.revision)
        assert "workspace.rescued.gpkg" in said and str(path.parent) not in said
    (copy,) = rescued(path)
    restore(copy, path.with_name("again.gpkg"))
    with closing(open_store(path.with_name("again.gpkg"))) as store:
        assert store.count("buildings") == 9


def test_what_cannot_be_saved_is_tried_again(path, monkeypatch):
    with closing(open_store(path)) as store:
        create(store, building("B1"))
        Path(f"{path}-wal").unlink()
        with monkeypatch.context() as broken:
            broken.setattr("layers.store.journal.Journal._brought_home", lambda _: False)
            broken.setattr("layers.store.copies.copy_from", lambda *_: (_ for _ in ()).throw(OSError("no room")))
            assert "Do not stop the service" in refusal(store.revision)
        assert "written into the workspace itself" in refusal(store.revision)


def test_a_workspace_without_its_journal_is_not_opened_as_if_nothing_had_been(path):
    with closing(open_store(path)) as store:
        create(store, building("B1"))
        Path(f"{path}-wal").unlink()
        assert "workspace.gpkg-shm" in refusal(lambda: open_store(path))
        refusal(store.revision)


def test_a_journal_that_goes_rightfully_is_no_fault(path):
    with closing(open_store(path)) as store:
        create(store, building("B1"))
        for _ in range(2):
            with closing(open_store(path)) as other:
                create(other, building(f"B{other.revision() + 1}"))
        store._engine.dispose()  # every connection but the one that is kept
        with closing(sqlite3.connect(path)) as theirs:
            theirs.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert store.count("buildings") == 3
    assert [each.name for each in path.parent.iterdir()] == ["workspace.gpkg"]
