"""A process that is killed while it writes leaves every acknowledged changeset whole and nothing of the other."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from layers.store import open_store
from tests.outsider import outsider
from tests.store.test_geopackage import assert_index_is_right

ROOT = Path(__file__).parents[2]
ROUNDS = (3, 6)  # few, and deep
SIZE = 700

# writes changesets of SIZE creations, updates and deletions for ever, and says so after each
ENDLESS = """
import itertools, sys
from layers.model.feature import Change
from layers.store import open_store
from layers.store.protocol import Query
from tests.store.examples import building, draft, house_at

store, size = open_store(sys.argv[1]), int(sys.argv[2])
for turn in itertools.count(store.revision()):
    made = [building(f"{turn}-{n}", house_at(120 + n / 1000, 36 + turn / 1000), floors=turn) for n in range(size)]
    changes = [Change("buildings", each.id, None, each) for each in made]
    for old in store.page("buildings", Query(), limit=100).features:
        moved = building(old.id, house_at(119, 35), floors=turn)
        changes.append(Change("buildings", old.id, old, moved if hash(old.id) % 2 else None))
    done = store.commit(draft(iter(changes), message=str(len(changes))))
    print(done.revision, len(changes), flush=True)
"""


@pytest.mark.deep  # a service is killed again and again
def test_killed_at_random_moments(tmp_path, at_depth):
    rounds, path = at_depth(*ROUNDS), tmp_path / "workspace.gpkg"
    chance = random.Random(6)
    acknowledged: dict[int, int] = {}
    for _ in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(path), str(SIZE)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        # at least one more changeset, then any moment of the next ones, the opening included every other time
        if chance.random() < 0.7:
            first = process.stdout.readline().split()
            acknowledged[int(first[0])] = int(first[1])
        time.sleep(chance.uniform(0.0, 0.8))
        process.kill()
        rest, _ = process.communicate()
        acknowledged |= {int(line.split()[0]): int(line.split()[1]) for line in rest.splitlines()}
        check(path, acknowledged)
    assert len(acknowledged) >= rounds / 2


def check(path: Path, acknowledged: dict[int, int]) -> None:
    """Everything acknowledged is there and whole; what is there is sound."""
    with closing(open_store(path)) as store:
        changesets = {each.revision: each for each in store.changesets(limit=10_000)}
        # one more may be there: killed between the commit and its being told
        assert set(acknowledged) <= set(changesets)
        assert sorted(changesets) == list(range(1, store.revision() + 1))
        there: set[str] = set()
        for revision in sorted(changesets):
            changes = store.changes(revision)
            assert str(len(changes)) == changesets[revision].message
            there |= {change.id for change in changes if change.after is not None}
            there -= {change.id for change in changes if change.after is None}
        assert set(store.read("buildings").index) == there
        assert store.layer_revisions()["buildings"] == store.revision()
    with outsider(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        assert_index_is_right(file)
