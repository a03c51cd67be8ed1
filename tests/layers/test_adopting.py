"""What another program wrote into the workspace's file becomes one changeset, or the records come back."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing

import pytest
import shapely

from layers.catalogue import catalogue
from layers.errors import Conflict, ImportRejected
from layers.model.feature import Feature
from layers.store import open_store
from layers.store.geometry import one, to_blobs
from layers.usecases.adopting import adopt, discard, edits_of
from layers.usecases.edits import features
from layers.usecases.edits.features import Given, Writer
from layers.usecases.history import revert
from tests.outsider import outsider
from tests.store.examples import building, create, house_at, in_gdal, needs_gdal

NOW = dt.datetime(2025, 2, 7, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path):
    """Two buildings, and a courtyard that lists the first."""
    with closing(open_store(tmp_path / "workspace.gpkg")) as opened:
        create(opened, building("B1", house_at(120, 36), floors=1), building("B2", house_at(120.01, 36), floors=2))
        writer = Writer(opened, "王工", NOW)
        features.create(
            writer, catalogue().layer("courtyards"), [Given({"code": "C1", "building_codes": ["B1"]}, None)]
        )
        yield opened


@pytest.fixture
def writer(store):
    return Writer(store, "李工", NOW)


@pytest.fixture
def theirs(store):
    with outsider(store.url) as connection:
        yield connection


def refusals(writer) -> str:
    with pytest.raises((ImportRejected, Conflict)) as refused:
        adopt(writer)
    assert refused.value.say("zh")
    return refused.value.say("en")


@needs_gdal
def test_edits_in_gdal_become_one_changeset_and_are_undone_as_any(store, writer):
    in_gdal(store.url, "UPDATE buildings SET floors = 9, name = '新名' WHERE id = 'B1'")
    in_gdal(store.url, "DELETE FROM buildings WHERE id = 'B2'")
    in_gdal(store.url, "INSERT INTO buildings (id, code, version, floors) VALUES ('B3', 'B3', 1, 3)")
    done = adopt(writer)
    assert (done.edits, done.changeset.author) == (3, "李工")
    assert done.changeset.counts["buildings"] == {"create": 1, "update": 1, "delete": 1}
    changed = {change.id: change for change in store.changes(done.changeset.revision)}
    assert (changed["B1"].before.properties["floors"], changed["B1"].after.properties["floors"]) == (1, 9)
    assert changed["B1"].after.version == changed["B1"].before.version + 1
    assert store.outside() == {}

    revert(store, done.changeset.revision, "王工", NOW)
    assert store.get("buildings", "B1").properties["floors"] == 1
    assert sorted(store.read("buildings").index) == ["B1", "B2"]


def test_what_follows_is_in_the_same_changeset(store, writer, theirs):
    theirs.execute('UPDATE courtyards SET building_codes = \'["B1", "B2"]\'')
    done = adopt(writer)
    assert store.get("buildings", "B2").properties["courtyard_code"] == "C1"
    assert set(done.changeset.counts) == {"buildings", "courtyards"}


def test_a_row_gets_its_code_as_id_and_one_without_code_its_id_as_code(store, writer, theirs):
    theirs.execute("INSERT INTO buildings (id, version, code) VALUES ('x', 1, 'B7')")
    theirs.execute("INSERT INTO buildings (id, version) VALUES ('B8', 1)")
    adopt(writer)
    assert {"B7", "B8"} < set(store.read("buildings").index)
    assert store.get("buildings", "B8").properties["code"] == "B8"
    assert store.get("buildings", "x") is None


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE buildings SET floors = 'many' WHERE id = 'B1'", "integer"),
        ("UPDATE buildings SET floors = -3 WHERE id = 'B1'", "floors"),
        ("UPDATE buildings SET use = 'castle' WHERE id = 'B1'", "residential"),
        ("UPDATE buildings SET survey_date = 'soon' WHERE id = 'B1'", "cannot be read"),
        ("UPDATE buildings SET code = 'other' WHERE id = 'B1'", "code"),
        ("UPDATE buildings SET courtyard_code = 'nowhere' WHERE id = 'B2'", "nowhere"),
        ("INSERT INTO buildings (id, version, code) VALUES ('x', 1, 'B1')", "B1"),
        ("DELETE FROM courtyards", "B1"),
        ("INSERT INTO plans (id, version, code) VALUES ('p', 1, 'p')", "/api/plans"),
    ],
)
def test_what_cannot_be_kept_is_named_and_nothing_changes(store, writer, theirs, statement, says):
    revision = store.revision()
    theirs.execute(statement)
    assert says in refusals(writer)
    assert store.revision() == revision and len(edits_of(store)) == 1
    assert discard(store) == 1
    assert store.outside() == {}
    assert store.get("buildings", "B1").properties["floors"] == 1


def test_a_shape_that_crosses_itself(store, writer, theirs):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    theirs.execute("UPDATE buildings SET geom = ? WHERE id = 'B1'", to_blobs(one(bow)))
    assert "buildings" in refusals(writer)
    theirs.execute("UPDATE buildings SET geom = ? WHERE id = 'B1'", to_blobs(one(house_at(120.02, 36))))
    assert adopt(writer).changeset is not None


def test_every_fault_is_told_and_the_sound_ones_can_be_taken_one_by_one(store, writer, theirs):
    theirs.execute("UPDATE buildings SET floors = 'many' WHERE id = 'B1'")
    theirs.execute("UPDATE buildings SET use = 'castle', floors = 3 WHERE id = 'B2'")
    theirs.execute("INSERT INTO buildings (id, version, code) VALUES ('B3', 1, 'B3')")
    said = refusals(writer)
    assert "B1" in said and "B2" in said
    assert adopt(writer, "buildings", "B3").changeset.counts == {"buildings": {"create": 1, "update": 0, "delete": 0}}
    assert discard(store, "buildings", "B1") == 1
    assert [edit.id for edit in edits_of(store)] == ["B2"]


def test_an_edit_that_was_taken_back_by_hand_is_no_changeset(store, writer, theirs):
    theirs.execute("UPDATE buildings SET floors = 5 WHERE id = 'B1'")
    theirs.execute("UPDATE buildings SET floors = 1 WHERE id = 'B1'")
    assert (adopt(writer).changeset, store.outside()) == (None, {})


def test_ids_are_not_used_again(store, writer, theirs):
    features.delete(writer, catalogue().layer("buildings"), "B2", 1)
    theirs.execute("INSERT INTO buildings (id, version, code) VALUES ('B2', 1, 'B2')")
    adopt(writer)
    assert [id for id in store.read("buildings").index if id != "B1"] == ["B2~2"]


def test_nothing_that_rests_on_what_is_recorded_overwrites_it(store, writer, theirs):
    layer = catalogue().layer("buildings")
    theirs.execute("UPDATE buildings SET floors = 5 WHERE id = 'B1'")
    for version in (2, store.get("buildings", "B1").version):
        with pytest.raises(Conflict, match="adopt-outside"):
            features.update(writer, layer, "B1", version, Given({"floors": 7}, features.KEEP))
    with pytest.raises(Conflict, match="adopt-outside"):
        revert(store, 1, "王工", NOW)
    assert store.get("buildings", "B1").properties["floors"] == 5
    adopt(writer)
    assert features.update(writer, layer, "B1", 3, Given({"floors": 7}, features.KEEP)).version == 4


def test_the_check_tells_it(store, theirs):
    from layers.analyses.registry import analyses, decode

    theirs.execute("UPDATE buildings SET floors = 5 WHERE id = 'B1'")
    theirs.execute("DELETE FROM buildings WHERE id = 'B2'")
    chosen = analyses()["data-quality"]
    defects = chosen.run(store, decode(chosen, {}, NOW.date()), lambda *_: None)["defects"]
    ours = defects[defects["kind"] == "outside-edit"]
    assert ours["feature"].tolist() == ["B1", "B2"]
    assert "removed" in ours["detail"].iloc[1].say("en")


def test_a_layer_without_geometry(store, writer):
    create(store, Feature("G1", None, {"code": "G1", "name": "物业"}), layer="managers")
    with closing(sqlite3.connect(store.url, isolation_level=None)) as plain:
        plain.execute("UPDATE managers SET name = '新物业'")
    adopt(writer)
    assert store.get("managers", "G1").properties["name"] == "新物业"
