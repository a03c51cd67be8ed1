"""The embedded store: one GeoPackage file, many readers, one writer at a time, any number of processes.

What may be done by an outside tool: everything that reads. What it writes into layers has no history until it is
adopted, and is noticed at once (`layers.store.watching`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from layers.catalogue import Catalogue, catalogue
from layers.errors import Fault, NotFound
from layers.keeping import Recent
from layers.model.feature import Change, Feature
from layers.store import connections, copies, history, past, reading, schema, soundness, workspace, writing
from layers.store.deadlines import Allowance
from layers.store.jobs import JobTable
from layers.store.journal import Journal
from layers.store.outside import counts as outside_counts
from layers.store.outside import edits as outside_edits
from layers.store.outside import refuse_shared_codes, take_back
from layers.store.protocol import Changeset, Draft, Extent, OutsideCounts, OutsideEdit, Page, Query
from layers.text import Text

if TYPE_CHECKING:
    import geopandas as gpd


_ALL = Query()
_NOTHING: Mapping[tuple[str, str], int] = MappingProxyType({})


class EmbeddedStore:
    """A workspace in a GeoPackage file; see `layers.store.protocol.Store` for what each method promises.

    Parameters
    ----------
    path : Path
        The file.
    create : bool
        Whether to make it if it is not there.
    layers : Catalogue, optional
        The layers that it must have; by default those that ship with gridmap.
    busy_seconds : float
        How long a writer waits for another one before it gives up.
    query_seconds : float, optional
        How long SQLite may work on one `page` or `count`, one `extent`, or on reading through a filter; then TooCostly.
        What asks for whole layers, as tiles and analyses do, is never stopped: its cost is the workspace's size.
    writable : bool
        Whether SQLite lets anything be written through this store; a workspace that must be brought up to date first
        is refused without it.

    Raises
    ------
    StoreUnusable
        The file is no workspace of this version, or cannot be read and written.
    """

    def __init__(
        self,
        path: Path,
        create: bool = True,
        layers: Catalogue | None = None,
        busy_seconds: float = connections.BUSY_SECONDS,
        query_seconds: float | None = None,
        writable: bool = True,
    ) -> None:
        self._query_seconds = query_seconds
        self._path = Path(path).absolute()
        self.url = str(self._path)
        self._tables = schema.layer_tables(layers or catalogue())
        self._engine = connections.engine_for(self._path, busy_seconds, "rw" if writable else "ro")
        try:
            workspace.prepare(self._path, self._engine, self._tables, create)
            self._journal = Journal(self._path, self._tables)
        except BaseException:
            self._engine.dispose()
            raise
        self._damage = soundness.Damage(self._looked)
        self._kept: reading.Counts = Recent(reading.COUNTS_KEPT)

    def revision(self) -> int:
        """Return the workspace's revision; 0 when nothing was ever written."""
        with self._reading() as connection:
            return history.revision(connection)

    def layer_revisions(self) -> dict[str, int]:
        """Return layer → a number that grows whenever it changes (0 = never)."""
        with self._reading() as connection:
            touched = history.layer_revisions(connection)
        return {name: touched.get(name, 0) for name in self._tables}

    def setting(self, name: str) -> str | None:
        """Return a value that travels with the workspace, or None."""
        with self._reading() as connection:
            found = connection.exec_driver_sql("SELECT value FROM gridmap_settings WHERE name = ?", (name,))
            return found.scalar_one_or_none()

    def read(self, layer: str, query: Query = _ALL) -> gpd.GeoDataFrame:
        """Return features as a frame indexed by id, in id order."""
        with self.snapshot(layer, query) as snapshot:
            (whole,) = snapshot.frames()
        return whole

    @contextmanager
    def snapshot(self, layer: str, query: Query = _ALL) -> Iterator[reading.Snapshot]:
        """Hold a layer still for reading it piece by piece."""
        table = self._table(layer)
        self._journal.check()
        with self._damage.met(layer), connections.reading(self._engine, self._path) as connection:
            with self._own_values(layer):
                seconds = None if query.filter is None else self._query_seconds
                held = reading.Snapshot(connection, table, query, lambda: self._own_values(layer), seconds, self._path)
            with closing(held):
                yield held

    def page(self, layer: str, query: Query, limit: int, after: str | None = None) -> Page:
        """Return at most `limit` features after the end `after` of a page."""
        table = self._table(layer)
        with self._reading(layer) as connection, self._limited(connection, layer, query):
            return reading.page(connection, table, query, limit, after, self._kept)

    def count(self, layer: str, query: Query = _ALL) -> int:
        """Return how many features match."""
        table = self._table(layer)
        with self._reading(layer) as connection, self._limited(connection, layer, query):
            return reading.count(connection, table, query, self._kept)

    def extent(self, layer: str) -> Extent:
        """Return where a layer's features lie and when they are valid."""
        table = self._table(layer)
        with self._reading(layer) as connection, self._limited(connection, layer):
            return reading.extent(connection, table, self._kept)

    def get(self, layer: str, id: str, at_revision: int | None = None, on_day: dt.date | None = None) -> Feature | None:
        """Return one feature, or None."""
        table = self._table(layer)
        if at_revision is None and on_day is None:
            self._journal.check()
            with (
                self._damage.met(layer),
                connections.glancing(self._engine, self._path) as cursor,
                self._own_values(layer),
            ):
                return reading.get(cursor, table, id)
        with self._reading(layer) as connection:
            return reading.get_then(connection, table, id, at_revision, on_day)

    def differing(
        self, layer: str, on_day: dt.date | None, at_revision: int | None, limit: int
    ) -> dict[str, Feature | None] | None:
        """Return what was otherwise on a day, or after a revision, than it is now; None for more than `limit`."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return past.features(connection, table, at_revision, on_day, limit)

    def known_ids(self, layer: str) -> set[str]:
        """Return every id that the layer ever used."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return history.known_ids(connection, table)

    def commit(self, draft: Draft, outside: Mapping[tuple[str, str], int] = _NOTHING) -> Changeset:
        """Write one changeset, all of it or nothing, durably; other programs' edits that it adopts are put back first.

        A draft without changes and settings is refused as InvalidParameter. `updated_at` is set to the draft's time,
        which must say its zone. Two features of a layer with one code are a Conflict.
        """
        with self._writing() as connection:
            take_back(connection, self._tables, outside)
            return writing.commit(connection, self._tables, draft)

    def outside(self) -> dict[str, OutsideCounts]:
        """Return what other programs wrote and nobody has adopted yet."""
        with self._reading() as connection:
            found = {name: outside_counts(connection, table) for name, table in self._tables.items()}
        return {name: counts for name, counts in found.items() if counts is not None}

    def outside_edits(self, layer: str, id: str | None = None) -> list[OutsideEdit]:
        """Return what other programs edited in a layer, or of one feature."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return list(outside_edits(connection, table, id))

    def take_back(self, outside: Mapping[tuple[str, str], int]) -> None:
        """Put features that other programs edited back to what is recorded."""
        with self._writing() as connection:
            take_back(connection, self._tables, outside)
            refuse_shared_codes(connection, self._tables, outside)

    def damaged(self) -> tuple[str, ...]:
        """Return the layers that are known to be damaged."""
        return self._damage.layers

    def look(self) -> tuple[str, ...]:
        """Look through the whole workspace for damage, with a connection of its own."""
        self._journal.check()
        self._damage.found(self._looked())
        return self._damage.layers

    def changesets(self, before: int | None = None, limit: int = 50) -> list[Changeset]:
        """Return the latest changesets, newest first, older than `before`."""
        with self._reading() as connection:
            return history.changesets(connection, before, limit)

    def changeset(self, revision: int) -> Changeset | None:
        """Return one changeset, or None."""
        with self._reading() as connection:
            return history.changeset(connection, revision)

    def revision_at(self, moment: dt.datetime) -> int:
        """Return the last revision written at a moment or before it."""
        with self._reading() as connection:
            return history.revision_at(connection, moment)

    def last_effective(self, *layers: str) -> dt.date | None:
        """Return the latest effective day of the imports that touched one of some layers."""
        with self._reading() as connection:
            return history.last_effective(connection, layers)

    def changes(self, revision: int) -> list[Change]:
        """Return what one changeset changed."""
        return list(self.each_change(revision))

    def each_change(self, revision: int, backwards: bool = False) -> Iterator[Change]:
        """Yield what one changeset changed."""
        with self._reading() as connection:
            yield from history.changes(connection, self._tables, revision, backwards)

    def changes_since(self, layer: str, revision: int, limit: int) -> list[Change] | None:
        """Return the changes of a layer after `revision` in order, or None when more than `limit`."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return history.changes_since(connection, table, revision, limit)

    def each_change_since(self, layer: str, revision: int) -> Iterator[Change]:
        """Yield the changes of a layer after `revision` in order, however many."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            yield from history.each_change_since(connection, table, revision)

    def feature_history(self, layer: str, id: str) -> list[tuple[Changeset, Change]]:
        """Return every change of one feature, newest first."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return history.feature_history(connection, table, id)

    def jobs(self) -> JobTable:
        """Return the workspace's jobs."""
        return JobTable(self._reading, self._writing)

    def backup(self, target: Path) -> None:
        """Write a consistent copy of the workspace to the new file `target`, while others read and write."""
        self._journal.check()
        copies.copy(self._path, Path(target), self._tables)

    def close(self) -> None:
        """Let go of the workspace."""
        self._engine.dispose()
        self._journal.close()

    def _table(self, layer: str) -> schema.LayerTable:
        if layer not in self._tables:
            raise NotFound(Fault(Text("store.no-layer", layer=layer), {"layer": layer}))
        return self._tables[layer]

    def _looked(self) -> list[str]:
        with connections.translated(self._path), closing(connections.open_file(self._path)) as raw:
            return soundness.damaged(raw, self._tables)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._journal.check()
        with self._damage.met(None), connections.writing(self._engine, self._path) as connection:
            yield connection
        self._journal.check_written()

    @contextmanager
    def _reading(self, layer: str | None = None) -> Iterator[Connection]:
        self._journal.check()
        with (
            self._damage.met(layer),
            connections.reading(self._engine, self._path) as connection,
            self._own_values(layer),
        ):
            yield connection

    def _limited(self, connection: Connection, layer: str, query: Query | None = None) -> AbstractContextManager[None]:
        return Allowance(self._query_seconds, layer, query).spent(reading.driver(connection))

    @contextmanager
    def _own_values(self, layer: str | None = None) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            # written by another tool: our own writes are checked
            key = "store.foreign-value"
            raise workspace.unusable(key, self._path, layer=layer or "gridmap", reason=str(error)) from error
