"""The embedded store: one GeoPackage file, many readers, one writer at a time, any number of processes.

What may be done by an outside tool: everything that reads. What it writes has no history and is noticed only by a
service that starts afterwards: hand such edits in as an import.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from layers.catalogue import Catalogue, catalogue
from layers.errors import Fault, NotFound
from layers.model.feature import Change, Feature
from layers.store import connections, copies, history, reading, schema, workspace, writing
from layers.store.jobs import JobTable
from layers.store.protocol import Changeset, Draft, Extent, Page, Query
from layers.text import Text

if TYPE_CHECKING:
    import geopandas as gpd


_ALL = Query()


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
    ) -> None:
        self._path = Path(path).absolute()
        self.url = str(self._path)
        self._tables = schema.layer_tables(layers or catalogue())
        self._engine = connections.engine_for(self._path, busy_seconds)
        try:
            workspace.prepare(self._path, self._engine, self._tables, create)
        except BaseException:
            self._engine.dispose()
            raise
        self._identity = workspace.identity(self._path)
        self._kept = reading.Kept()

    def revision(self) -> int:
        """Return the workspace's revision; 0 when nothing was ever written."""
        with self._reading() as connection:
            return history.revision(connection)

    def layer_revisions(self) -> dict[str, int]:
        """Return layer → the last revision that touched it (0 = never)."""
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
        self._check_identity()
        with connections.reading(self._engine, self._path) as connection:
            with self._own_values(layer):
                held = reading.Snapshot(connection, table, query, lambda: self._own_values(layer))
            with closing(held):
                yield held

    def page(self, layer: str, query: Query, limit: int, after: str | None = None) -> Page:
        """Return at most `limit` features after the end `after` of a page."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return reading.page(connection, table, query, limit, after, self._kept)

    def count(self, layer: str, query: Query = _ALL) -> int:
        """Return how many features match."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return reading.count(connection, table, query, self._kept)

    def extent(self, layer: str) -> Extent:
        """Return where a layer's features lie and when they are valid."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return reading.extent(connection, table, self._kept)

    def get(self, layer: str, id: str, at_revision: int | None = None) -> Feature | None:
        """Return one feature, or None."""
        table = self._table(layer)
        if at_revision is None:
            self._check_identity()
            with connections.glancing(self._engine, self._path) as cursor, self._own_values(layer):
                return reading.get(cursor, table, id)
        with self._reading(layer) as connection:
            return reading.get_at(connection, table, id, at_revision)

    def known_ids(self, layer: str) -> set[str]:
        """Return every id that the layer ever used."""
        table = self._table(layer)
        with self._reading(layer) as connection:
            return history.known_ids(connection, table)

    def commit(self, draft: Draft) -> Changeset:
        """Write one changeset, all of it or nothing, durably.

        A draft without changes and settings is refused as InvalidParameter. `updated_at` is set to the draft's time,
        which must say its zone. Two features of a layer with one code are a Conflict.
        """
        with self._writing() as connection:
            return writing.commit(connection, self._tables, draft)

    def changesets(self, before: int | None = None, limit: int = 50) -> list[Changeset]:
        """Return the latest changesets, newest first, older than `before`."""
        with self._reading() as connection:
            return history.changesets(connection, before, limit)

    def changeset(self, revision: int) -> Changeset | None:
        """Return one changeset, or None."""
        with self._reading() as connection:
            return history.changeset(connection, revision)

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
        copies.copy(self._path, Path(target))

    def close(self) -> None:
        """Let go of the workspace."""
        self._engine.dispose()

    def _table(self, layer: str) -> schema.LayerTable:
        if layer not in self._tables:
            raise NotFound(Fault(Text("store.no-layer", layer=layer), {"layer": layer}))
        return self._tables[layer]

    def _check_identity(self) -> None:
        """Refuse to go on with a file that is gone or another one: an open connection would not notice."""
        if workspace.identity(self._path) != self._identity:
            raise workspace.unusable("store.replaced", self._path)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._check_identity()
        with connections.writing(self._engine, self._path) as connection:
            yield connection

    @contextmanager
    def _reading(self, layer: str | None = None) -> Iterator[Connection]:
        self._check_identity()
        with connections.reading(self._engine, self._path) as connection, self._own_values(layer):
            yield connection

    @contextmanager
    def _own_values(self, layer: str | None = None) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            # written by another tool: our own writes are checked
            key = "store.foreign-value"
            raise workspace.unusable(key, self._path, layer=layer or "gridmap", reason=str(error)) from error
