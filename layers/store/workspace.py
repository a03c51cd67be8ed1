"""Opening a workspace file: is it one, is it ours, is it up to date; and creating one.

Whatever is created or brought up to date is so in one transaction: a process killed meanwhile leaves the file as it
was (an empty file counts as no file).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.schema import CreateTable

from layers.errors import Fault, StoreUnusable
from layers.store import connections, geopackage, journal, migrations, watching
from layers.store.schema import LayerTable
from layers.text import Param, Text

_OWN_TABLES = ("gridmap_changesets", "gridmap_changes", "gridmap_layer_revisions", "gridmap_settings")


def prepare(path: Path, engine: Engine, tables: Mapping[str, LayerTable], create: bool) -> None:
    """Make sure that `path` is a workspace which this version can use, creating or upgrading it if need be.

    Raises
    ------
    StoreUnusable
        It is none, it is damaged, it cannot be written, or a newer version made it.
    """
    journal.refuse_orphan(path)
    _check_file(path, create)
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise unusable("store.read-only", path)
    with connections.reading(engine, path) as connection:
        state = _state(connection, path, create)
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        ready = state == migrations.HEAD and not _missing(connection, tables)
        ready = ready and not watching.unwatched(connection, tables)
    if ready and mode == "wal":
        return
    with connections.translated(path), closing(connections.open_file(path)) as raw:
        # outside any transaction, as SQLite demands; it stays with the file
        raw.execute("PRAGMA journal_mode = WAL")
    with connections.writing(engine, path) as connection:
        # asked again, now that nobody else can be creating it
        if _state(connection, path, create) is None:
            geopackage.create_container(connection)
            migrations.upgrade(connection)
            geopackage.register_history(connection, (*_OWN_TABLES, migrations.VERSION_TABLE))
        else:
            migrations.upgrade(connection)
        _create_missing(connection, tables)
    with connections.translated(path), closing(connections.open_file(path)) as raw:
        # GDAL recognises a GeoPackage by the first bytes of the file itself, not of the journal beside it
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def check(path: Path) -> None:
    """Raise StoreUnusable unless `path` is a sound workspace that this version can use; it is not changed."""
    _check_file(path, create=False)
    engine = connections.engine_for(path, mode="ro")
    try:
        with connections.reading(engine, path) as connection:
            _state(connection, path, create=False)
            verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    finally:
        engine.dispose()
    if verdict != "ok":
        raise unusable("store.corrupt", path)


def unusable(key: str, path: Path, **params: Param) -> StoreUnusable:
    """Return the refusal to use a file."""
    return StoreUnusable(Fault(Text(key, **params), {"file": str(path)}))


def _check_file(path: Path, create: bool) -> None:
    if path.is_dir():
        raise unusable("store.directory", path)
    if not path.exists():
        if not create:
            raise unusable("store.missing", path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise unusable("store.unreachable", path, reason=error.strerror or str(error)) from error
    # Asked of SQLite, not read by us: closing any descriptor of the file would drop this process's locks on it.
    try:
        with connections.translated(path), closing(connections.looking_at(path)) as raw:
            raw.execute("PRAGMA application_id").fetchone()
    except StoreUnusable as error:
        if getattr(error.__cause__, "sqlite_errorname", None) == "SQLITE_NOTADB":
            raise unusable("store.not-a-workspace", path) from error
        raise


def _state(connection: Connection, path: Path, create: bool) -> str | None:
    """Return the revision of the system's tables, None where the file is still empty."""
    names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    if not names:
        if not create:
            raise unusable("store.not-a-workspace", path)
        return None
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    if application != geopackage.APPLICATION_ID or migrations.VERSION_TABLE not in names:
        raise unusable("store.not-a-workspace", path)
    stamps = list(connection.exec_driver_sql(f"SELECT version_num FROM {migrations.VERSION_TABLE}").scalars())
    if len(stamps) != 1:
        raise unusable("store.corrupt", path)
    if stamps[0] not in migrations.REVISIONS:
        raise unusable("store.newer", path, found=stamps[0], known=migrations.HEAD)
    return stamps[0]


def _missing(connection: Connection, tables: Mapping[str, LayerTable]) -> list[tuple[LayerTable, list[str]]]:
    """Return the layers that lack a table (all columns) or columns."""
    found: dict[str, set[str]] = {}
    for table, column in connection.exec_driver_sql(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        " AND m.sql NOT LIKE 'CREATE VIRTUAL%'"
    ):
        found.setdefault(table, set()).add(column)
    lacking = []
    for layer in tables.values():
        columns = [name for name in layer.columns if name not in found.get(layer.name, ())]
        if columns:
            lacking.append((layer, columns))
    return lacking


def _create_missing(connection: Connection, tables: Mapping[str, LayerTable]) -> None:
    for layer, columns in _missing(connection, tables):
        if len(columns) == len(layer.columns):
            connection.execute(CreateTable(layer.table))
            connection.exec_driver_sql(f'CREATE INDEX "{layer.name}_code" ON "{layer.name}" ("code")')
            geopackage.register_layer(connection, layer)
            continue
        for name in columns:
            declared = layer.table.columns[name].type.compile(connection.dialect)
            connection.exec_driver_sql(f'ALTER TABLE "{layer.name}" ADD COLUMN "{name}" {declared}')
        if geopackage.GEOMETRY in columns:
            geopackage.register_geometry(connection, layer)
    for layer in watching.unwatched(connection, tables):
        watching.watch(connection, layer)
