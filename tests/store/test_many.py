"""Many new features at once are written as each alone would be, and whatever watches a layer watches it afterwards."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.catalogue import catalogue
from layers.errors import Conflict, InvalidParameter
from layers.model.feature import Change, Feature
from layers.store import values
from layers.store.protocol import Query, Store
from layers.store.rows import Row, encode_together, insert
from layers.store.schema import layer_tables
from tests.outsider import outsider
from tests.store.examples import building, create, house_at
from tests.store.test_geopackage import assert_index_is_right, file
from tests.store.test_packing import scattered

__all__ = ["file"]  # the fixture

BUILDINGS = layer_tables(catalogue())["buildings"]
CELLS = {
    "name": st.sampled_from([None, "", "a", "甲", "\ud800", 3]),
    "households": st.sampled_from([None, 0, -(2**63), 2**63 - 1, 2**63, 1.0, True]),
    "floor_area_m2": st.sampled_from([None, 0.5, 3, float("nan"), "3"]),
    "in_scope": st.sampled_from([None, True, 1]),
    "survey_date": st.sampled_from([None, dt.date(2025, 2, 6), dt.datetime(2025, 2, 6)]),
    "updated_at": st.none(),
    "nonsense": st.none(),
}


def one_by_one(properties: dict[str, object]) -> dict[str, object]:
    """Encode the properties of one feature, field by field."""
    kinds = {each.name: each.type for each in BUILDINGS.layer.fields}
    told = {name: values.encode(kinds[name], value) for name, value in properties.items()} | {"updated_at": "now"}
    return {each: told[each] for each in kinds if told.get(each) is not None}


@given(st.lists(st.lists(st.sampled_from(list(CELLS)), unique=True), min_size=1, max_size=2), st.data())
def test_columns_hold_what_single_values_would_be(shapes: list[list[str]], data: st.DataObject) -> None:
    features = [
        Feature(f"B{at}", None, {name: data.draw(CELLS[name]) for name in shapes[at % len(shapes)]}) for at in range(4)
    ]
    rows = [Row(Change("buildings", each.id, None, each)) for each in features]
    try:
        wanted = [one_by_one({**each.properties}) for each in features]
    except (KeyError, TypeError, ValueError):
        assert not encode_together(BUILDINGS, rows, "now")
        assert not any(row.values for row in rows)
    else:
        assert encode_together(BUILDINGS, rows, "now")
        assert [list(row.values.items()) for row in rows] == [list(each.items()) for each in wanted]


@pytest.mark.parametrize("count", [0, 1, 98, 99, 100, 250])
@pytest.mark.parametrize("width", [1, 10, 600, 1200])
def test_rows_come_in_their_order(count: int, width: int) -> None:
    rows = [tuple(range(at, at + width)) for at in range(count)]
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute(f"CREATE TABLE t ({', '.join(f'c{at}' for at in range(width))})")
        insert(base.executemany, f"INSERT INTO t VALUES ({', '.join('?' * width)})", rows)
        assert base.execute("SELECT * FROM t ORDER BY rowid").fetchall() == rows


def triggers(path: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as base:
        return sorted(base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))


def test_the_layer_is_watched_afterwards(workspace: Store, file) -> None:
    """4,100 come in batches, and the last has too few for itself to be indexed together."""
    before = triggers(workspace.url)
    create(workspace, *scattered(4100))
    assert triggers(workspace.url) == before
    assert_index_is_right(file)
    with outsider(workspace.url) as other:
        other.execute("INSERT INTO buildings (id, version, code) VALUES ('X', 1, 'X')")
    assert [each.id for each in workspace.outside_edits("buildings")] == ["X"]
    create(workspace, building("C1", house_at(125, 36)))
    assert list(workspace.read("buildings", Query(bbox=(124, 35, 126, 37))).index) == ["C1"]


def test_it_is_watched_when_many_are_refused(workspace: Store) -> None:
    before = triggers(workspace.url)
    with pytest.raises(InvalidParameter):
        create(workspace, *scattered(2500), building("wrong", floors="six"))
    assert triggers(workspace.url) == before
    assert workspace.count("buildings") == 0


def test_an_id_twice_far_apart(workspace: Store) -> None:
    with pytest.raises(Conflict) as refused:
        create(workspace, *scattered(2500), building("B7"))
    assert [fault.text.key for fault in refused.value.faults] == ["store.twice"]


@pytest.mark.parametrize("there", [0, 1])
def test_a_code_twice_far_apart(workspace: Store, there: int) -> None:
    if there:
        create(workspace, building("A"))
    with pytest.raises(Conflict) as refused:
        create(workspace, *scattered(2500), Feature("other", None, {"code": "B7"}), Feature("third", None, {}))
    assert [(fault.text.key, fault.where["value"]) for fault in refused.value.faults] == [("store.shared-code", "B7")]
    assert workspace.count("buildings") == there
