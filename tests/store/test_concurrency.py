"""Many writers at once: an acknowledged commit is there, a refused one is not, and no update is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from layers.errors import StaleRevision, StoreBusy
from layers.model.feature import Change
from layers.store import open_store
from layers.store.embedded import EmbeddedStore
from layers.store.protocol import Query, Store
from tests.store.examples import building, change_of, create, draft

ROOT = Path(__file__).parents[2]

COUNTING = """
import json, sys
from layers.store import open_store
from tests.store.test_concurrency import count_up

store = open_store(sys.argv[1])
print(json.dumps(count_up(store, int(sys.argv[2]))))
store.close()
"""


def count_up(store: Store, times: int) -> list[int]:
    """Add one to B1's floors `times` times, starting over whenever somebody else was faster."""
    done: list[int] = []
    while len(done) < times:
        before = store.get("buildings", "B1")
        after = building("B1", floors=before.properties["floors"] + 1)
        try:
            done.append(store.commit(draft([Change("buildings", "B1", before, after)])).revision)
        except (StaleRevision, StoreBusy):
            continue
    return done


def test_threads_lose_no_update(store):
    create(store, building("B1", floors=0))
    with ThreadPoolExecutor(4) as pool:
        done = [revision for each in pool.map(lambda _: count_up(store, 8), range(4)) for revision in each]

    assert sorted(done) == list(range(2, 34))
    assert store.get("buildings", "B1").properties["floors"] == 32
    assert store.get("buildings", "B1").version == 33


def test_processes_lose_no_update(store):
    create(store, building("B1", floors=0))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTING, store.url, "6"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=120) for process in running]

    assert [error for _, error in answers] == ["", "", ""]
    acknowledged = sorted(revision for output, _ in answers for revision in json.loads(output))
    assert acknowledged == list(range(2, 20))
    assert [each.revision for each in store.changesets(limit=100)] == list(range(19, 0, -1))
    assert store.get("buildings", "B1").properties["floors"] == 18


def test_of_two_who_start_from_the_same_version_one_loses(store, open_again):
    create(store, building("B1"))
    other = open_again()
    mine, theirs = change_of(store, "B1", floors=1), change_of(other, "B1", floors=2)

    other.commit(draft([theirs]))
    with pytest.raises(StaleRevision):
        store.commit(draft([mine]))
    assert store.get("buildings", "B1").properties["floors"] == 2


def test_a_reader_is_not_disturbed_by_a_writer(store, open_again):
    create(store, building("B1"))
    other = open_again()

    def slowly():
        yield from (change_of(store, "B1", floors=floors) for floors in [5])
        assert other.get("buildings", "B1").version == 1
        assert other.count("buildings") == 1

    store.commit(draft(slowly()))
    assert other.get("buildings", "B1").version == 2


def test_a_frame_shows_one_moment(store):
    create(store, *(building(f"B{n}", floors=0) for n in range(200)))
    done, seen = threading.Event(), []

    def look():
        while not done.is_set():
            seen.append(store.read("buildings", Query(columns=("floors",)))["floors"].nunique())

    reader = threading.Thread(target=look)
    reader.start()
    for floors in range(1, 5):
        there = store.page("buildings", Query(), limit=200).features
        store.commit(draft([Change("buildings", each.id, each, building(each.id, floors=floors)) for each in there]))
    done.set()
    reader.join()
    assert set(seen) == {1}


def test_two_processes_may_make_the_workspace_at_once(tmp_path):
    path = tmp_path / "new.gpkg"
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(lambda _: open_store(path), range(4)):
            assert store.revision() == 0
            store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_forked_process_opens_connections_of_its_own(tmp_path):
    program = (
        "import os, sys; from layers.store import open_store; from tests.store.examples import *\n"
        "store = open_store(sys.argv[1]); create(store, building('B1'))\n"
        "child = os.fork()\n"
        "create(store, building('B2' if child else 'B3'))\n"
        "if child: assert os.waitpid(child, 0)[1] == 0; assert store.count('buildings') == 3; store.close()\n"
        "else: os._exit(0)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "w.gpkg")], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_writer_gives_up_while_another_one_writes(tmp_path):
    store, other = (EmbeddedStore(tmp_path / "w.gpkg", busy_seconds=0.1) for _ in range(2))
    with closing(store), closing(other):

        def meanwhile():
            with pytest.raises(StoreBusy):
                create(other, building("X1"))
            yield Change("buildings", "B1", None, building("B1"))

        assert store.commit(draft(meanwhile())).revision == 1
        assert create(other, building("X1")).revision == 2
