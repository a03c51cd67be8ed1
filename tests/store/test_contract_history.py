"""What history promises, whatever the backend."""

from __future__ import annotations

from contextlib import closing

import pytest

from layers.errors import StoreBusy
from layers.model.feature import Change, Feature
from layers.store.embedded import EmbeddedStore
from tests.store.examples import building, create, delete, draft, edit, revert


def test_changesets_newest_first_in_pages(store):
    for number in range(5):
        create(store, building(f"B{number}"), message=f"第{number}次")

    assert [each.revision for each in store.changesets()] == [5, 4, 3, 2, 1]
    assert [each.revision for each in store.changesets(before=4, limit=2)] == [3, 2]
    assert store.changeset(3).message == "第2次"
    assert store.changeset(99) is None


def test_a_changeset_keeps_each_feature_before_and_after(store):
    create(store, building("B1", floors=6), building("B2"))
    store.commit(
        draft(
            [
                Change("buildings", "B2", store.get("buildings", "B2"), None),
                Change("buildings", "B1", store.get("buildings", "B1"), building("B1", floors=7)),
                Change("managers", "M1", None, Feature("M1", None, {"code": "M1", "name": "物业"})),
            ]
        )
    )

    removed, changed, made = store.changes(2)
    assert (removed.op, removed.id, removed.before.version, removed.after) == ("delete", "B2", 1, None)
    assert (changed.before.properties["floors"], changed.after.properties["floors"]) == (6, 7)
    assert (changed.before.version, changed.after.version) == (1, 2)
    assert (made.layer, made.before, made.after.properties["name"]) == ("managers", None, "物业")
    assert store.changes(99) == []
    assert [each.id for each in store.each_change(2, backwards=True)] == ["M1", "B1", "B2"]


def test_a_long_changeset_is_walked_either_way_while_others_write(store):
    create(store, *(building(f"B{n:04d}", None) for n in range(2500)))
    walk = store.each_change(1, backwards=True)
    seen = [next(walk).id]
    edit(store, "B0000", floors=7)
    seen += [each.id for each in walk]
    assert seen == [f"B{n:04d}" for n in reversed(range(2500))]
    assert [each.id for each in store.changes(1)] == seen[::-1]


def test_history_keeps_what_was_stored_whatever_the_draft_says(store):
    create(store, building("B1", floors=6))
    store.commit(draft([Change("buildings", "B1", Feature("B1", None, {}, version=1), None)]))

    assert store.changes(2)[0].before.properties["floors"] == 6


def test_a_revert_undoes_and_is_itself_undone(store):
    create(store, building("B1", floors=6))
    edit(store, "B1", floors=7)
    undo = revert(store, 2)
    assert store.get("buildings", "B1").properties["floors"] == 6
    assert (undo.reverts, store.changeset(2).reverted_by) == (2, 3)

    revert(store, 3)
    assert store.get("buildings", "B1").properties["floors"] == 7
    assert store.changeset(3).reverted_by == 4
    assert [each.reverted_by for each in store.changesets()] == [None, 4, 3, None]


def test_what_changed_in_a_layer_since_a_revision(store):
    create(store, building("B1"), building("B2"))
    edit(store, "B1", floors=2)
    create(store, Feature("M1", None, {"code": "M1", "name": "物业"}), layer="managers")
    delete(store, "B2")

    since = store.changes_since("buildings", 1, limit=10)
    assert [(change.id, change.op) for change in since] == [("B1", "update"), ("B2", "delete")]
    assert store.changes_since("buildings", 1, limit=2) is not None
    assert store.changes_since("buildings", 1, limit=1) is None
    assert store.changes_since("buildings", 4, limit=0) == []
    assert list(store.each_change_since("buildings", 1)) == since
    assert list(store.each_change_since("buildings", 4)) == []


def test_changes_are_walked_by_the_one_writer_and_may_decide_on_settings(store):
    create(store, building("B1"))
    impatient, settings = EmbeddedStore(store.url, busy_seconds=0.05), {}

    def changes():
        with pytest.raises(StoreBusy):
            edit(impatient, "B1", floors=9)
        settings["seen"] = str(store.get("buildings", "B1").version)
        yield Change("buildings", "B2", None, building("B2"))

    with closing(impatient):
        store.commit(draft(changes(), settings=settings))
    assert store.setting("seen") == "1" and store.get("buildings", "B2") is not None


def test_the_life_of_a_feature_newest_first(store):
    create(store, building("B1"), building("B2"))
    edit(store, "B1", floors=2)
    delete(store, "B1")
    revert(store, 3)

    life = store.feature_history("buildings", "B1")
    assert [(changeset.revision, change.op) for changeset, change in life] == [
        (4, "create"),
        (3, "delete"),
        (2, "update"),
        (1, "create"),
    ]
    assert life[0][0].kind == "revert"
    assert store.feature_history("buildings", "no such") == []


def test_known_ids_are_those_of_one_layer(store):
    create(store, building("B1"), building("B2"))
    create(store, Feature("M1", None, {"code": "M1", "name": "物业"}), layer="managers")
    delete(store, "B2")
    assert store.known_ids("buildings") == {"B1", "B2"}
    assert store.known_ids("managers") == {"M1"}
