"""Frames equal a fresh read, whatever happened in between."""

from __future__ import annotations

import datetime as dt
import threading

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from layers.errors import NotFound
from layers.model.feature import Change
from layers.store import frames as frames_module
from layers.store.frames import Frames
from layers.store.protocol import Query
from tests.store.examples import building, change_of, create, delete, draft, edit, house_at
from tests.suite import examples


def assert_fresh(frames, store, layer="buildings", as_of=None):
    pd.testing.assert_frame_equal(frames.get(layer, as_of), store.read(layer, Query(as_of=as_of)))


class Counting:
    """A store that counts how often whole layers are read."""

    def __init__(self, store):
        self.store, self.reads = store, 0

    def __getattr__(self, name):
        return getattr(self.store, name)

    def read(self, *args):
        self.reads += 1
        return self.store.read(*args)


def test_a_layer_is_read_once_and_then_follows_the_log(store, open_again):
    counting = Counting(store)
    frames = Frames(counting)
    create(store, *(building(f"B{n}", house_at(120 + n / 100, 36), floors=n) for n in range(9)))
    assert_fresh(frames, store)
    edit(store, "B3", floors=33, geometry=None, valid_to=dt.date(2024, 1, 1))
    assert_fresh(frames, store)
    delete(store, "B4")
    create(open_again(), building("B35"))
    assert_fresh(frames, store)
    assert counting.reads == 1


def test_rows_of_a_large_layer_are_found_by_halves(store, monkeypatch):
    monkeypatch.setattr(frames_module, "_LARGE", 0)
    counting = Counting(store)
    frames = Frames(counting)
    create(store, *(building(f"B{n}", floors=n) for n in range(9)))
    assert_fresh(frames, store)
    edit(store, "B0", floors=33)
    edit(store, "B8", geometry=house_at(120, 36))
    assert_fresh(frames, store)
    delete(store, "B4")
    create(store, building("A"), building("B35"), building("Z"))
    assert_fresh(frames, store)
    assert counting.reads == 1


def test_texts_of_a_large_layer_are_copied_by_pieces(store, monkeypatch):
    monkeypatch.setattr(frames_module, "_LARGE", 0)
    monkeypatch.setattr(frames_module, "_PIECE", 4)
    frames = Frames(store)
    create(store, *(building(f"B{n}", name=f"{n} 号楼" if n % 3 else None) for n in range(10)))
    held = [frames.get("buildings")]
    for names in ({"B0": "甲"}, {"B3": None, "B4": "乙"}, {"B9": "丙", "B0": None}, {"B5": "丁"}):
        held.append(frames.get("buildings"))
        store.commit(draft([change_of(store, id, name=name) for id, name in names.items()]))
        assert_fresh(frames, store)
    assert held[0]["name"].tolist()[1:3] == ["1 号楼", "2 号楼"]  # and whoever held it has what it had
    assert held[2]["name"].tolist()[0] == "甲"


def test_what_an_edit_does_not_change_is_not_copied(store):
    frames = Frames(store)
    create(store, *(building(f"B{n}", name=f"{n}", floors=n, floor_area_m2=n + 0.5, in_scope=True) for n in range(9)))
    before = frames.get("buildings")
    edit(store, "B3", households=7)
    after = frames.get("buildings")
    for name in ("floors", "in_scope"):
        assert np.shares_memory(after[name].array._data, before[name].array._data)
    assert np.shares_memory(after["floor_area_m2"].to_numpy(), before["floor_area_m2"].to_numpy())
    assert not np.shares_memory(after["households"].array._data, before["households"].array._data)


def test_rows_that_differ_in_the_columns_that_are_asked_for(store):
    create(store, *(building(f"B{n}", house_at(120 + n / 100, 36), floors=n or None) for n in range(5)))
    before = store.read("buildings")
    edit(store, "B0", floors=1)
    edit(store, "B1", households=5)
    edit(store, "B2", geometry=house_at(121, 36))
    edit(store, "B3", geometry=None)
    now, rows = store.read("buildings"), np.arange(5)
    every = now.drop(columns=["version", "updated_at"])
    assert frames_module.rows_alike(before, every, rows).tolist() == [False, False, False, False, True]
    assert frames_module.rows_alike(before, now[["floors", "geometry"]], rows[:2]).tolist() == [False, True]


def test_after_many_changes_it_is_read_anew(store):
    counting = Counting(store)
    frames = Frames(counting, most_changes=3)
    frames.get("buildings")
    create(store, *(building(f"B{n}") for n in range(4)))
    assert_fresh(frames, store)
    assert counting.reads == 2


def test_a_layer_without_features_or_geometry(store):
    frames = Frames(store)
    assert_fresh(frames, store, "managers")
    create(store, building("B1"))
    assert_fresh(frames, store)
    delete(store, "B1")
    assert_fresh(frames, store)


def test_as_of_a_day(store):
    frames = Frames(store, most_days=2)
    create(store, building("A", valid_to=dt.date(2024, 12, 31)), building("B", valid_from=dt.date(2025, 1, 1)))
    for day in (dt.date(2024, 12, 31), dt.date(2025, 1, 1), dt.date(2026, 1, 1), dt.date(2024, 12, 31)):
        assert_fresh(frames, store, as_of=day)
    edit(store, "A", valid_to=None)
    assert_fresh(frames, store, as_of=dt.date(2025, 1, 1))


def test_a_callers_additions_stay_its_own(store):
    frames = Frames(store)
    create(store, building("B1", floors=6))
    mine = frames.get("buildings")
    mine["managed"] = True
    mine.loc["B1", "floors"] = 99
    assert_fresh(frames, store)


def test_a_layer_that_there_is_not(store):
    with pytest.raises(NotFound):
        Frames(store).get("castles")


def test_threads_share_frames_while_others_write(store):
    create(store, *(building(f"B{n}", floors=0) for n in range(20)))
    frames, failures, done = Frames(store), [], threading.Event()

    def look():
        try:
            while not done.is_set():
                floors = frames.get("buildings")["floors"]
                assert floors.nunique() == 1  # every changeset gives all of them the same
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for floors in range(1, 8):
        store.commit(draft([change_of(store, f"B{n}", floors=floors) for n in range(20)]))
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_fresh(frames, store)


EDITS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["create", "update", "delete"]), st.integers(0, 9), st.integers(0, 99)),
        min_size=1,
        max_size=5,
        unique_by=lambda each: each[1],
    ),
    max_size=6,
)


@pytest.fixture
def shared(store):
    return store, Frames(store), iter(range(10**9))


@settings(max_examples=examples(12))
@given(edits=EDITS)
def test_random_edits(shared, edits):
    store, frames, numbers = shared
    for group in edits:
        there = store.page("buildings", Query(), limit=1_000).features
        changes = []
        for verb, place, value in group:
            if verb == "create" or not there:
                made = building(f"B{next(numbers) * 7919 % 10007}", house_at(120 + value, 36), floors=value)
                changes.append(Change("buildings", made.id, None, made))
                continue
            before = there[place % len(there)]
            if any(change.id == before.id for change in changes):
                continue
            extra = {"name": None, "in_scope": bool(value % 2), "survey_date": dt.date(2025, 1, 1 + value % 28)}
            after = building(before.id, None if value % 3 else house_at(121, 36), floors=value, **extra)
            changes.append(Change("buildings", before.id, before, after if verb == "update" else None))
        store.commit(draft(changes))
        assert_fresh(frames, store)


def test_a_digest_of_ids_is_of_their_order_and_nothing_else():
    ids = pd.Index(["a", "bc", "", "楼"], dtype="string[pyarrow]")
    told = frames_module.digest_of_ids(ids)
    assert told == frames_module.digest_of_ids(pd.Index(["a", "bc", "", "楼"], dtype=object))
    assert told == frames_module.digest_of_ids(pd.Index(["x", *ids, "y"], dtype="string[pyarrow]")[1:5])
    others = [["ab", "c", "", "楼"], ["bc", "a", "", "楼"], ["a", "bc", "楼"], ["a", "bc", "楼", ""], []]
    assert len({told, *(frames_module.digest_of_ids(pd.Index(each, dtype=object)) for each in others)}) == 6
