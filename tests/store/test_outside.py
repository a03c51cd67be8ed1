"""Another program writes into the workspace's file: it is noticed, kept apart from the records, and taken back."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.schema import CreateTable

from layers.catalogue import catalogue
from layers.errors import Conflict, StaleRevision
from layers.model.feature import Feature
from layers.store import connections, geopackage, migrations, open_store, schema
from layers.store.frames import Frames
from layers.store.protocol import Query
from tests.outsider import outsider
from tests.store.examples import building, create, delete, edit, in_gdal, needs_gdal


@pytest.fixture
def three(workspace):
    """Three buildings on record."""
    create(workspace, building("B1", floors=1), building("B2", floors=2), building("B3", floors=3))
    return workspace


@pytest.fixture
def theirs(three):
    """A connection as another program has it; it brings the functions of GeoPackage along."""
    with outsider(three.url) as connection:
        yield connection


def numbers(store, layer="buildings", id=None):
    return {edit.place: edit.number for edit in store.outside_edits(layer, id)}


def told(store, layer="buildings"):
    """What was added, changed and removed."""
    counts = store.outside().get(layer)
    return counts and (counts.added, counts.changed, counts.removed)


def test_our_own_writes_are_none(three):
    edit(three, "B1", floors=9)
    delete(three, "B2")
    assert three.outside() == {}
    assert three.layer_revisions()["buildings"] == three.revision() == 3


@needs_gdal
def test_edits_in_gdal_are_counted_and_move_versions(three):
    in_gdal(three.url, "UPDATE buildings SET floors = 9 WHERE id = 'B1'")
    in_gdal(three.url, "DELETE FROM buildings WHERE id = 'B2'")
    in_gdal(three.url, "INSERT INTO buildings (id, code, version) VALUES ('N1', 'N1', 1)")
    assert told(three) == (1, 1, 1)
    found = three.get("buildings", "B1")
    assert (found.properties["floors"], found.version) == (9, -1)
    in_gdal(three.url, "UPDATE buildings SET floors = 10 WHERE id = 'B1'")
    assert three.get("buildings", "B1").version == -4


def test_a_plain_connection_can_write_a_layer_without_geometry_and_is_noticed(three):
    create(three, Feature("G1", None, {"code": "G1", "name": "物业"}), layer="managers")
    with closing(sqlite3.connect(three.url, isolation_level=None)) as plain:
        plain.execute("UPDATE managers SET name = '别人'")
    assert told(three, "managers") == (0, 1, 0)


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ("REPLACE INTO buildings (fid, id, version) SELECT fid, 'X', 1 FROM buildings WHERE id = 'B1'", (1, 0, 1)),
        ("INSERT OR REPLACE INTO buildings (id, version) VALUES ('B1', 1)", (0, 1, 0)),
        ("UPDATE buildings SET id = 'X' WHERE id = 'B1'", (1, 0, 1)),
        ("UPDATE buildings SET fid = 70 WHERE id = 'B1'", (0, 1, 0)),
        ("INSERT INTO buildings (id, version) VALUES ('B1', 1) ON CONFLICT (id) DO UPDATE SET floors = 8", (0, 1, 0)),
        ("UPDATE buildings SET version = 77", (0, 3, 0)),
        ("DELETE FROM buildings", (0, 0, 3)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_whatever_the_statement(three, theirs, statement, counts, recursive):
    before = three.read("buildings")
    theirs.execute(f"PRAGMA recursive_triggers = {recursive}")
    theirs.execute(statement)
    assert told(three) == counts
    assert (three.read("buildings")["version"].drop(["B2", "B3"], errors="ignore") < 0).all()
    three.take_back(numbers(three))
    assert three.read("buildings").equals(before)
    assert theirs.execute("SELECT rtreecheck('rtree_buildings_geom')").fetchone() == ("ok",)


def test_what_was_edited_is_not_overwritten(three, theirs):
    theirs.execute("UPDATE buildings SET floors = 9 WHERE id = 'B1'")
    theirs.execute("DELETE FROM buildings WHERE id = 'B2'")
    for write in (
        lambda: edit(three, "B1", floors=4),
        lambda: delete(three, "B1"),
        lambda: create(three, building("B2")),
    ):
        with pytest.raises(Conflict) as refused:
            write()
        assert "adopt-outside" in refused.value.say("en")
    assert edit(three, "B3", floors=4).revision == 2


def test_running_services_notice(three, theirs):
    frames, seen = Frames(three), three.layer_revisions()["buildings"]
    assert frames.get("buildings")["floors"].tolist() == [1, 2, 3]
    assert three.count("buildings", Query(equals={"floors": 9})) == 0
    theirs.execute("UPDATE buildings SET floors = 9 WHERE id = 'B1'")
    assert three.layer_revisions()["buildings"] > seen
    assert frames.get("buildings")["floors"].tolist() == [9, 2, 3]
    assert three.count("buildings", Query(equals={"floors": 9})) == 1
    three.take_back(numbers(three))
    assert frames.get("buildings")["floors"].tolist() == [1, 2, 3]
    edit(three, "B2", floors=5)
    assert frames.get("buildings")["floors"].tolist() == [1, 5, 3]


def test_the_past_is_what_is_recorded(three, theirs):
    edit(three, "B3", floors=30)
    theirs.execute("UPDATE buildings SET floors = 9")
    theirs.execute("DELETE FROM buildings WHERE id = 'B1'")
    theirs.execute("INSERT INTO buildings (id, version) VALUES ('N1', 1)")
    assert three.read("buildings", Query(at_revision=1))["floors"].to_dict() == {"B1": 1, "B2": 2, "B3": 3}
    assert three.read("buildings", Query(at_revision=2))["floors"].to_dict() == {"B1": 1, "B2": 2, "B3": 30}
    assert three.get("buildings", "B1", 2).properties["floors"] == 1
    assert three.get("buildings", "N1", 2) is None


def test_nothing_is_put_back_that_was_edited_once_more(three, theirs):
    theirs.execute("UPDATE buildings SET floors = 9 WHERE id = 'B1'")
    seen = numbers(three)
    theirs.execute("UPDATE buildings SET floors = 10 WHERE id = 'B1'")
    with pytest.raises(StaleRevision):
        three.take_back(seen)
    assert three.get("buildings", "B1").properties["floors"] == 10


def test_a_code_that_was_given_away_meanwhile_is_not_given_twice(three, theirs):
    theirs.execute("DELETE FROM buildings WHERE id = 'B1'")
    create(three, Feature("B9", None, {"code": "B1"}))
    with pytest.raises(Conflict, match="B1"):
        three.take_back(numbers(three))


def test_a_workspace_of_the_last_version_is_watched_from_now_on(tmp_path):
    path = tmp_path / "old.gpkg"
    path.touch()
    engine = connections.engine_for(path)
    table = schema.layer_tables(catalogue())["buildings"]
    with connections.writing(engine, path) as connection:
        geopackage.create_container(connection)
        migrations.upgrade(connection, "0003")
        connection.execute(CreateTable(table.table))
        geopackage.register_layer(connection, table)
        connection.exec_driver_sql("INSERT INTO buildings (id, version, code) VALUES ('B1', 1, 'B1')")
    engine.dispose()

    with closing(open_store(path)) as store:
        assert store.outside() == {}
        edit(store, "B1", floors=2)
        with outsider(path) as theirs:
            theirs.execute("UPDATE buildings SET floors = 3")
        assert told(store) == (0, 1, 0)
