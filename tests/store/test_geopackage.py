"""The workspace is a GeoPackage that other tools read, and may write, while it is open."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from layers.catalogue import catalogue
from layers.errors import StoreUnusable
from layers.model.feature import Feature
from layers.store import geometry
from layers.store.protocol import Query
from tests.outsider import outsider
from tests.store.examples import HOUSE, building, change_of, create, delete, draft, edit, house_at

OLD_GDAL = "ignore:This version of GeoPackage:RuntimeWarning"  # before 3.7 GDAL does not know 1.4
pytestmark = pytest.mark.filterwarnings(OLD_GDAL)


@pytest.fixture
def district(workspace):
    """Some features of several layers, with every type of value."""
    create(
        workspace,
        building("B1", name="一号楼", floors=6, floor_area_m2=1234.5, in_scope=True, survey_date=dt.date(2025, 2, 6)),
        building("B2", shapely.Point(120.5, 36.5), in_scope=False),
        building("B3", None),
        building("B4", shapely.MultiPolygon([house_at(120.2, 36.2), house_at(120.3, 36.3)])),
    )
    areas = [Feature("M1", HOUSE, {"code": "M1", "courtyard_codes": ("C1", "C2")})]
    create(workspace, *areas, layer="managed-areas")
    create(workspace, Feature("G1", None, {"code": "G1", "name": "好物业"}), layer="managers")
    create(workspace, Feature("R1", shapely.LineString([(120, 36), (121, 37)]), {"code": "R1"}), layer="roads")
    return workspace


@pytest.fixture
def file(workspace):
    """A plain connection to the open workspace, as another tool makes it."""
    with outsider(workspace.url) as connection:
        yield connection


def assert_index_is_right(file, table="buildings"):
    assert file.execute(f"SELECT rtreecheck('rtree_{table}_geom')").fetchone() == ("ok",)
    boxes = {fid: geometry.envelope(blob) for fid, blob in file.execute(f"SELECT fid, geom FROM {table}")}
    stored = {row[0]: row[1:] for row in file.execute(f"SELECT * FROM rtree_{table}_geom")}
    assert set(stored) == {fid for fid, box in boxes.items() if box is not None}
    for fid, box in stored.items():
        assert np.allclose(box, boxes[fid], atol=1e-4)
        assert box[0] <= boxes[fid][0] and box[1] >= boxes[fid][1]


def test_the_file_says_that_it_is_a_geopackage_1_4(file):
    assert file.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert file.execute("PRAGMA user_version").fetchone() == (10400,)
    assert {row[0] for row in file.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")} == {-1, 0, 4326, 4490}
    assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_every_layer_is_registered(file):
    contents = dict(file.execute("SELECT table_name, data_type FROM gpkg_contents"))
    assert contents == {layer.table: "features" if layer.spatial else "attributes" for layer in catalogue()}
    types = dict(file.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns"))
    assert (types["districts"], types["roads"], types["appeals"]) == ("MULTIPOLYGON", "MULTILINESTRING", "POINT")
    assert types["buildings"] == types["stations"] == "GEOMETRY"
    triggers = {row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type='trigger'")}
    for table in types:
        for suffix in ("insert", "update2", "update4", "update5", "update6", "update7", "delete"):
            assert f"rtree_{table}_geom_{suffix}" in triggers


def test_stored_geometries_have_the_type_of_their_column(district, file):
    kinds = {}
    for table in ("managed_areas", "roads", "buildings"):
        blobs = [row[0] for row in file.execute(f"SELECT geom FROM {table} WHERE geom NOT NULL ORDER BY id")]
        kinds[table] = [shapely.from_wkb(blob[40:]).geom_type for blob in blobs]
    assert kinds == {
        "managed_areas": ["MultiPolygon"],
        "roads": ["MultiLineString"],
        "buildings": ["MultiPolygon", "Point", "MultiPolygon"],
    }


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs ogrinfo")
def test_ogrinfo_reads_the_live_file(district):
    run = subprocess.run(
        ["ogrinfo", "-ro", "-al", "-so", district.url], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert "ERROR" not in run.stderr
    reports = run.stdout.split("Layer name: ")[1:]
    counted = {report.splitlines()[0]: int(report.split("Feature Count: ")[1].split()[0]) for report in reports}
    assert {layer.table: district.count(layer.id) for layer in catalogue()} == counted
    assert "IDENTIFIER=楼栋 buildings" in run.stdout
    assert "Extent: (120.000000, 36.000000) - (120.500000, 36.500000)" in run.stdout
    for column in ("in_scope: Integer(Boolean)", "survey_date: Date", "floors: Integer64", "floor_area_m2: Real"):
        assert column in run.stdout


def test_pyogrio_reads_the_same_values(district, tmp_path):
    copy = tmp_path / "copy.gpkg"  # GDAL in our own process would take our locks for its own
    district.backup(copy)
    theirs = pyogrio.read_dataframe(copy, layer="buildings").set_index("id")
    ours = district.read("buildings")

    assert list(theirs.index) == list(ours.index)
    assert theirs["name"]["B1"] == "一号楼"
    assert theirs["survey_date"]["B1"].date() == dt.date(2025, 2, 6)
    assert (bool(theirs["in_scope"]["B1"]), bool(theirs["in_scope"]["B2"])) == (True, False)
    assert theirs["floor_area_m2"]["B1"] == 1234.5
    assert all(
        theirs.geometry.dropna().normalize()
        == shapely.normalize([shapely.multipolygons([HOUSE]), shapely.Point(120.5, 36.5), ours.geometry["B4"]])
    )
    assert json.loads(pyogrio.read_dataframe(copy, layer="managed_areas")["courtyard_codes"][0]) == ["C1", "C2"]
    assert pyogrio.read_dataframe(copy, layer="managers")["name"].tolist() == ["好物业"]
    near = pyogrio.read_dataframe(copy, layer="buildings", bbox=(120.4, 36.4, 120.6, 36.6))
    assert near["id"].tolist() == ["B2"]


def test_the_index_follows_our_edits(district, file):
    assert_index_is_right(file)
    edit(district, "B1", geometry=None)
    edit(district, "B3", geometry=house_at(121, 37))
    edit(district, "B4", geometry=house_at(119, 35))
    delete(district, "B2")
    assert_index_is_right(file)
    assert district.count("buildings", Query(bbox=(118, 34, 120, 36))) == 1


def test_the_index_follows_other_tools_edits(district, file):
    blob = geometry.to_blobs(geometry.one(house_at(122, 37)))[0]
    empty = b"GP\x00\x11" + (4326).to_bytes(4, "little") + shapely.to_wkb(shapely.MultiPolygon())
    for statement, bound in (
        ("UPDATE buildings SET geom = ? WHERE id = 'B1'", (blob,)),
        ("UPDATE buildings SET geom = ? WHERE id = 'B2'", (empty,)),
        ("UPDATE buildings SET geom = ? WHERE id = 'B2'", (blob,)),
        ("UPDATE buildings SET fid = 77 WHERE id = 'B1'", ()),
        ("UPDATE buildings SET fid = 78, geom = NULL WHERE id = 'B2'", ()),
        ("INSERT INTO buildings (id, version, geom) VALUES ('X1', 1, ?)", (blob,)),
        (
            "INSERT INTO buildings (fid, id, version, geom) VALUES (77, 'B1', 1, ?)"
            " ON CONFLICT (fid) DO UPDATE SET geom = excluded.geom",
            (blob,),
        ),
        ("DELETE FROM buildings WHERE id = 'B4'", ()),
    ):
        file.execute(statement, bound)
        assert_index_is_right(file)
    assert district.count("buildings", Query(bbox=(122, 37, 123, 38))) == 2


def test_pyogrio_appends_to_the_open_workspace(district, file):
    program = (
        "import sys, warnings, pyogrio; warnings.simplefilter('ignore')\n"
        "frame = pyogrio.read_dataframe(sys.argv[1], layer='buildings')[:2]\n"
        "frame['id'] = frame['code'] = ['新1', '新2']\n"
        "frame.geometry = frame.geometry.translate(1.0)\n"
        "pyogrio.write_dataframe(frame.drop(columns='updated_at'), sys.argv[1], layer='buildings', append=True)\n"
    )
    subprocess.run([sys.executable, "-c", program, district.url], check=True)

    assert_index_is_right(file)
    assert district.count("buildings") == 6
    assert district.get("buildings", "新1").properties["name"] == "一号楼"
    assert district.count("buildings", Query(bbox=(120.9, 35, 122, 37))) == 2
    assert "新1" in district.known_ids("buildings")
    assert district.outside()["buildings"].added == 2


def test_the_extent_follows(workspace, file):
    def extent():
        return file.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'buildings'"
        ).fetchone()

    assert extent() == (None, None, None, None)
    create(workspace, *(building(f"B{n}", shapely.Point(120 + n, 30 + n)) for n in range(4)))
    assert extent() == (120, 30, 123, 33)
    delete(workspace, "B1")
    assert extent() == (120, 30, 123, 33)
    workspace.commit(draft([change_of(workspace, "B3", geometry=shapely.Point(121, 31))]))
    assert extent() == (120, 30, 122, 32)
    delete(workspace, "B0", "B2", "B3")
    assert extent() == (None, None, None, None)
    changed = file.execute("SELECT last_change FROM gpkg_contents WHERE table_name = 'buildings'").fetchone()
    assert changed == ("2025-02-06T12:00:00.000Z",)


@pytest.mark.parametrize("table", ["gridmap_changesets", "gridmap_changes"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET revision = 9", "DELETE FROM {}"])
def test_history_cannot_be_rewritten_by_anybody(district, file, table, statement):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        file.execute(statement.format(table))


@pytest.mark.parametrize(
    ("column", "value"),
    [("geom", b"GP\x00\x01nonsense"), ("floors", "many"), ("survey_date", "soon"), ("geom", b"no geometry")],
)
def test_what_another_tool_wrote_wrongly_is_named(district, file, column, value):
    for number in (2, 6, 7):  # a tool that writes such blobs takes care of no index
        file.execute(f"DROP TRIGGER rtree_buildings_geom_update{number}")
    file.execute(f"UPDATE buildings SET {column} = ? WHERE id = 'B1'", (value,))
    with pytest.raises(StoreUnusable) as refused:
        district.read("buildings")
    assert "buildings" in refused.value.say("en")


def test_no_file_is_left_beside_a_closed_workspace(tmp_path: Path):
    from layers.store import open_store

    store = open_store(tmp_path / "one.gpkg")
    create(store, building("B1"))
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["one.gpkg"]
