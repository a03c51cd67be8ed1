"""A large layer is read by its columns: the same as row by row, whatever its cells hold."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given, settings
from shapely.geometry import Point

from layers.errors import StoreUnusable
from layers.store import cells, reading
from layers.store.protocol import Query, Store
from tests.outsider import outsider
from tests.store.examples import HOUSE, building, create, delete, edit
from tests.store.test_round_trip import features
from tests.suite import examples

EVERYTHING = Query()

@pytest.fixture(autouse=True)
def every_layer_is_large(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(reading, "_LEAST_AT_ONCE", 0)
    caplog.set_level(logging.INFO, "gridmap")


def by_rows(store: Store, layer: str, query: Query) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_LEAST_AT_ONCE", 10**9)
        return store.read(layer, query)


def assert_same(
    store: Store, caplog: pytest.LogCaptureFixture, query: Query = EVERYTHING, layer: str = "buildings"
) -> None:
    caplog.clear()
    pd.testing.assert_frame_equal(store.read(layer, query), by_rows(store, layer, query))
    assert "row by row" not in caplog.text


@pytest.fixture
def numbered(store: Store) -> tuple[Store, Callable[[], int]]:
    numbers = iter(range(10**9))
    return store, lambda: next(numbers)


@settings(max_examples=examples(60))
@given(made=features(), backwards=st.booleans())
def test_columns_are_what_rows_are(numbered, caplog, made, backwards):
    store, number = numbered
    layer, shape, properties = made
    count = number()
    id = f"编号 {10**6 - count if backwards else count}"  # in the order of their ids, or in another
    create(store, building(id, shape, **{**properties, "code": id}), layer=layer.id)
    assert_same(store, caplog, layer=layer.id)
    assert_same(store, caplog, Query(columns=("code",), geometry=False), layer.id)


def test_texts_and_shapes_longer_than_the_room_for_them(workspace, caplog, monkeypatch):
    monkeypatch.setattr(cells, "_TEXT_BYTES", 8)
    monkeypatch.setattr(cells, "_BLOB_BYTES", 8)
    create(workspace, *(building(f"B{n}", HOUSE.buffer(n / 1e4) if n else None, name="长" * n) for n in range(40)))
    assert_same(workspace, caplog)


def test_more_rows_than_are_read_at_a_time(workspace, caplog, monkeypatch):
    monkeypatch.setattr(cells, "_ROWS", 7)
    own = ({"floors": n or None, "floor_area_m2": n * 1.5 or None} for n in range(28))
    create(workspace, *(building(f"B{n}", Point(120, 36), **each) for n, each in enumerate(own)))
    assert_same(workspace, caplog)
    delete(workspace, "B5")
    assert_same(workspace, caplog)
    delete(workspace, *(f"B{n}" for n in range(28) if n != 5))
    assert_same(workspace, caplog)


def test_what_another_program_wrote_is_told_as_ever(workspace, caplog):
    create(workspace, building("B1"), building("B2"))
    for column, value in (("floors", "three"), ("floors", 2.5), ("name", 7), ("households", b"x"), ("in_scope", 2)):
        with outsider(workspace.url) as other:
            other.execute(f"UPDATE buildings SET {column} = ? WHERE id = 'B2'", (value,))
        try:
            expected = by_rows(workspace, "buildings", EVERYTHING)
        except StoreUnusable as error:
            with pytest.raises(StoreUnusable) as told:
                workspace.read("buildings")
            assert str(told.value) == str(error)
        else:
            pd.testing.assert_frame_equal(workspace.read("buildings"), expected)
        with outsider(workspace.url) as other:
            other.execute(f"UPDATE buildings SET {column} = NULL WHERE id = 'B2'")


def test_no_text_in_utf_8_is_told_as_ever(workspace):
    create(workspace, building("B1", name="x"))
    with outsider(workspace.url) as other:
        other.execute("UPDATE buildings SET name = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreUnusable):
        workspace.read("buildings")


def test_a_snapshot_stays_what_it_is(workspace, open_again_beside, caplog):
    create(workspace, building("B1", floors=1))
    with workspace.snapshot("buildings") as held:
        edit(open_again_beside(), "B1", floors=2)
        (frame,) = held.frames()
    assert frame["floors"].tolist() == [1]
    assert "has just changed" in caplog.text
    assert workspace.read("buildings")["floors"].tolist() == [2]


def test_without_sqlites_functions_rows_are_read(workspace, caplog, monkeypatch):
    def nowhere() -> None:
        raise cells.Unreadable("it is built in")

    create(workspace, building("B1", floors=1))
    monkeypatch.setattr(cells, "_library", nowhere)
    assert workspace.read("buildings")["floors"].tolist() == [1]
    assert "it is built in" in caplog.text


def test_our_locks_outlive_the_reading(workspace):
    create(workspace, building("B1"))
    workspace.read("buildings")
    theirs = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM buildings'); c.close()"
    subprocess.run([sys.executable, "-c", theirs, workspace.url], check=True)
    # who closes as the last takes the journal away: we still have the workspace open
    assert Path(f"{workspace.url}-wal").exists()


@pytest.fixture
def open_again_beside(workspace):
    from contextlib import ExitStack, closing

    from layers.store import open_store

    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(open_store(workspace.url)))
