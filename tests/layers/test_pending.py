"""A changeset in the making: what comes in and says nothing new leaves the record as it is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.model.feature import Feature
from layers.store import open_store
from layers.store.protocol import Store
from layers.usecases.edits.pending import Pending, same_place

SHAPE = shapely.box(120.1, 36.1, 120.2, 36.2)
VALUES = st.sampled_from([None, (), 0, "", False, True, "甲", "乙", 1, 2.5])
PROPERTIES = st.dictionaries(st.sampled_from(["name", "use", "floors", "remark"]), VALUES)
NUDGED = shapely.transform(SHAPE, lambda xy: xy + 1e-9)
SHAPES = st.sampled_from([SHAPE, SHAPE.reverse(), NUDGED, SHAPE.buffer(0.1)])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(Path(tmp_path_factory.mktemp("pending")) / "w.gpkg", create=True)
    yield store
    store.close()


@settings(max_examples=200)
@given(st.data())
def test_a_feature_is_new_only_where_something_differs(empty: Store, data) -> None:
    old = Feature("B1", data.draw(st.one_of(st.none(), SHAPES)), {"code": "B1", **data.draw(PROPERTIES)}, 3)
    given_properties, shape = data.draw(PROPERTIES), data.draw(st.one_of(st.none(), SHAPES))
    pending = Pending(empty, {"buildings": [old]})
    now = pending.put("buildings", "B1", given_properties, shape)
    kept = old.geometry if same_place(old.geometry, shape) else shape
    whole = Feature("B1", kept, {**old.properties, **given_properties}, 3)
    assert now.same_content(whole) and now.version == 3
    assert (now is old) is whole.same_content(old)
    counts = pending.counts("buildings")
    assert counts == {"new": 0, "changed": int(now is not old), "same": int(now is old), "missing": 0}
    assert [each.after for each in pending.changes()] == ([] if now is old else [now])


def test_the_record_is_what_it_was_whatever_is_put(empty: Store) -> None:
    old = Feature("7", SHAPE, {"code": "B7"}, 1)
    pending = Pending(empty, {"buildings": [old]})
    pending.put("buildings", "B7", {"name": "甲", "survey_date": dt.date(2025, 2, 6)})
    pending.put("buildings", "B8", {"name": "乙"}, SHAPE)
    assert pending.on_record("buildings") == {"B7": old}
    assert pending.stored_codes("buildings") == {"B7"}
