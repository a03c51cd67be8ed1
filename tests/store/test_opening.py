"""Opening: what is a workspace, what is not, what is too old or too new; backup and restore."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point

from layers.catalogue import CATALOG, load
from layers.errors import Conflict, InvalidParameter, StorageFull, StoreBusy, StoreUnusable
from layers.model.feature import Feature
from layers.store import connections, geopackage, migrations, open_store, restore
from layers.store.embedded import EmbeddedStore
from layers.store.protocol import Query
from tests.store.examples import HOUSE, building, create, edit

ROOT = Path(__file__).parents[2]


def refusal(path: Path, **more: object) -> str:
    """What opening says."""
    with pytest.raises(StoreUnusable) as refused:
        open_store(path, **more)
    assert refused.value.say("zh")
    return refused.value.say("en")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "workspace.gpkg"


@pytest.fixture
def made(path: Path) -> Path:
    """A closed workspace with one building."""
    with closing(open_store(path)) as store:
        create(store, building("B1", name="一号楼"))
    return path


def test_folders_are_made_on_the_way(tmp_path):
    with closing(open_store(tmp_path / "instance" / "区" / "w.gpkg")) as store:
        assert store.revision() == 0


def test_what_is_not_there_is_only_made_when_asked(path):
    assert "no workspace here" in refusal(path, create=False)
    assert not path.exists()


@pytest.mark.parametrize("url", ["workspace.db", "https://example.org/w.gpkg", "sqlite:///w.gpkg", ""])
def test_an_unknown_kind_of_workspace(url):
    with pytest.raises(InvalidParameter):
        open_store(url)


def test_postgis_is_not_here_yet():
    with pytest.raises(StoreUnusable) as refused:
        open_store("postgresql://localhost/gridmap")
    assert "not available in this version" in refused.value.say("en")


def test_a_folder(tmp_path):
    folder = tmp_path / "folder.gpkg"
    folder.mkdir()
    assert "folder" in refusal(folder)


def test_a_file_of_another_kind_is_left_alone(path):
    path.write_text("not a database at all, but long enough to be one")
    assert "not a gridmap workspace" in refusal(path)
    assert path.read_text().startswith("not a database")


def test_somebody_elses_geopackage_is_left_alone(path):
    gpd.GeoDataFrame(geometry=[HOUSE], crs=4326).to_file(path, layer="theirs")
    before = path.read_bytes()
    assert "not a gridmap workspace" in refusal(path)
    assert path.read_bytes() == before


def test_an_empty_file_counts_as_no_file(path):
    path.touch()
    assert "not a gridmap workspace" in refusal(path, create=False)
    with closing(open_store(path)) as store:
        assert store.revision() == 0


@pytest.mark.parametrize("keep", [0.2, 0.7])
def test_a_file_cut_short(made, keep):
    whole = made.read_bytes()
    made.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(StoreUnusable), closing(open_store(made)) as store:
        store.read("buildings")
        restore(made, made.with_name("copy.gpkg"))


def test_a_file_with_rubbish_in_it(made):
    whole = bytearray(made.read_bytes())
    whole[100:] = os.urandom(len(whole) - 100)
    made.write_bytes(whole)
    assert "damaged" in refusal(made)


@pytest.mark.parametrize("locked", ["file", "folder"])
def test_a_workspace_that_cannot_be_written(made, locked, monkeypatch):
    target = made if locked == "file" else made.parent
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != target)
    assert "cannot be written" in refusal(made)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system which files are open")
@pytest.mark.parametrize("damage", ["rubbish", "somebody's text", "cut short"])
def test_what_is_refused_is_let_go_at_once(made, damage):
    whole = bytearray(made.read_bytes())
    if damage == "rubbish":
        whole[100:] = bytes(len(whole) - 100)
    made.write_bytes({"rubbish": whole, "somebody's text": b"no workspace " * 100}.get(damage, whole[:5_000]))
    with pytest.raises(StoreUnusable) as refused:
        open_store(made)
    assert refused.value.__traceback__ is not None  # which keeps alive whatever was left to be found as garbage
    opened = [os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert [each for each in opened if each.startswith(str(made))] == []


def test_a_workspace_of_a_newer_version(made):
    with closing(sqlite3.connect(made)) as file:
        file.execute(f"UPDATE {migrations.VERSION_TABLE} SET version_num = '9999'")
        file.commit()
    before = made.read_bytes()
    assert re.search("newer version .* 9999", refusal(made))
    assert made.read_bytes() == before


def test_a_workspace_of_an_older_version_is_brought_up_to_date(path):
    path.touch()
    engine = connections.engine_for(path)
    with connections.writing(engine, path) as connection:
        geopackage.create_container(connection)
        migrations.upgrade(connection, "0001")
        connection.exec_driver_sql(
            "INSERT INTO gridmap_changesets VALUES (1, '王工', '2025-02-06T12:00:00Z', '旧', 'edit', NULL, '{}')"
        )
    engine.dispose()

    with closing(open_store(path)) as store:
        assert store.changeset(1).message == "旧"
        assert create(store, building("B1")).revision == 2
    with closing(sqlite3.connect(path)) as file:
        assert file.execute(f"SELECT version_num FROM {migrations.VERSION_TABLE}").fetchall() == [(migrations.HEAD,)]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            file.execute("DELETE FROM gridmap_changesets")


def test_a_migration_that_fails_leaves_the_workspace_as_it_was(path, monkeypatch):
    path.touch()
    monkeypatch.setattr(geopackage, "register_layer", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_store(path)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        assert file.execute("PRAGMA application_id").fetchone() == (0,)


def test_the_known_migrations_are_those_in_the_folder():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in reversed([*scripts.walk_revisions()])) == migrations.REVISIONS


def test_adding_a_layer_is_adding_a_file(made, tmp_path):
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    (folder / "trees.toml").write_text(
        'order = 200\nid = "street-trees"\nsingular = "tree"\nzh = "行道树"\nen = "Street trees"\ngeometry = "point"\n'
        '[[fields]]\nname = "code"\ntype = "text"\nzh = "编码"\nen = "Code"\nrequired = true\n',
        encoding="utf-8",
    )
    with (folder / "buildings.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[fields]]\nname = "solar"\ntype = "boolean"\nzh = "光伏"\nen = "Solar panels"\n')

    with closing(EmbeddedStore(made, layers=load(folder))) as store:
        assert store.count("street-trees") == 0
        assert store.get("buildings", "B1").properties["name"] == "一号楼"
        edit(store, "B1", solar=True)
        assert store.read("buildings")["solar"]["B1"]
    with closing(open_store(made)) as store:
        assert "solar" not in store.get("buildings", "B1").properties
        edit(store, "B1", floors=2)
    with closing(EmbeddedStore(made, layers=load(folder))) as store:
        assert store.get("buildings", "B1").properties["solar"] is True


def test_a_layer_that_gets_geometry(made, tmp_path):
    with closing(open_store(made)) as store:
        create(store, Feature("G1", None, {"code": "G1", "name": "物业"}), layer="managers")
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    declaration = (folder / "managers.toml").read_text("utf-8")
    (folder / "managers.toml").write_text(declaration.replace('geometry = "none"', 'geometry = "point"'), "utf-8")
    with closing(EmbeddedStore(made, layers=load(folder))) as store:
        edit(store, "G1", layer="managers", geometry=Point(120, 36))
        assert store.count("managers", Query(bbox=(119, 35, 121, 37))) == 1
    with closing(open_store(made)) as store:
        assert store.get("managers", "G1").properties["name"] == "物业"


def test_an_up_to_date_workspace_opens_and_writes_without_heavy_libraries(made):
    program = (
        "import sys; from layers.store import open_store; from tests.store.examples import *\n"
        f"store = open_store({str(made)!r}); create(store, building('B2')); edit(store, 'B1', floors=3)\n"
        "from layers.store.protocol import Query\n"
        "assert store.page('buildings', Query(bbox=(119, 35, 121, 37)), 10).matched == store.count('buildings') == 2\n"
        "print(sorted({'alembic', 'pandas', 'geopandas', 'pyarrow', 'pyogrio'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def test_a_backup_is_one_sound_file_and_restores(made, tmp_path):
    backup, restored = tmp_path / "备份.gpkg", tmp_path / "restored.gpkg"
    with closing(open_store(made)) as store:
        store.backup(backup)
        edit(store, "B1", floors=9)
        with pytest.raises(Conflict):
            store.backup(backup)
    restore(backup, restored)

    with closing(open_store(restored)) as store:
        assert store.revision() == 1
        assert "floors" not in store.get("buildings", "B1").properties
    with pytest.raises(Conflict):
        restore(backup, made)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["restored.gpkg", "workspace.gpkg", "备份.gpkg"]


def test_a_backup_to_a_stick_without_links(made, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError("not supported")))
    with closing(open_store(made)) as store:
        store.backup(tmp_path / "stick.gpkg")
    with closing(open_store(tmp_path / "stick.gpkg", create=False)) as store:
        assert store.count("buildings") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stick.gpkg", "workspace.gpkg"]


def test_a_backup_that_cannot_be_written_is_restored_all_the_same(made, tmp_path, monkeypatch):
    target = tmp_path / "target.gpkg"
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != made)
    made.chmod(0o444)
    restore(made, target)
    with closing(open_store(target)) as store:
        assert store.count("buildings") == 1


def test_only_a_sound_workspace_is_restored(tmp_path, made):
    theirs, damaged, target = tmp_path / "theirs.gpkg", tmp_path / "damaged.gpkg", tmp_path / "target.gpkg"
    gpd.GeoDataFrame(geometry=[HOUSE], crs=4326).to_file(theirs)
    whole = bytearray(made.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 40_000] = bytes(40_000)
    damaged.write_bytes(whole)
    for source in (theirs, damaged, tmp_path / "missing.gpkg", tmp_path):
        with pytest.raises(StoreUnusable):
            restore(source, target)
    assert not target.exists()


def test_a_backup_into_nowhere(made, tmp_path):
    with closing(open_store(made)) as store, pytest.raises(StoreUnusable):
        store.backup(tmp_path / "no" / "such" / "folder.gpkg")


def test_a_full_disk_leaves_everything_as_it_was(made):
    with closing(open_store(made)) as store:
        with store._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connections.event.listen(
            store._engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count = {pages + 5}")
        )
        store._engine.dispose()
        with pytest.raises(StorageFull):
            create(store, *(building(f"X{n}", remark="很长的备注" * 50) for n in range(3_000)))
        assert store.revision() == 1
        assert store.count("buildings") == 1


def test_a_writer_waits_and_then_says_that_it_is_busy(made):
    with closing(EmbeddedStore(made, busy_seconds=0.1)) as store, closing(sqlite3.connect(made)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            create(store, building("B2"))
        assert store.count("buildings") == 1
        other.rollback()
        assert create(store, building("B2")).revision == 2
