"""Reading the present and, by `at_revision`, the past of a layer on one open connection."""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import CompoundSelect, Connection, Select, func, select
from sqlalchemy.engine.interfaces import DBAPICursor

from layers.keeping import Recent
from layers.model.feature import Feature
from layers.store import history, ordering, past, queries, schema, values, watching
from layers.store.deadlines import Allowance, told
from layers.store.protocol import Extent, Page, Query
from layers.store.schema import LayerTable

if TYPE_CHECKING:
    import geopandas as gpd

_CHUNK_ROWS = 20_000
_LEAST_AT_ONCE = 20_000  # rows: fewer are read by the driver as quickly as a kernel is loaded
COUNTS_KEPT = 500
Counts = Recent[tuple[object, ...], Any]

log = logging.getLogger("gridmap")


class Snapshot:
    """What matches a query on one open connection; see `layers.store.protocol.Snapshot`.

    Parameters
    ----------
    checked : callable
        Makes a context in which a ValueError, for a table that holds what its columns do not allow, is told.
    seconds : float or None
        How long SQLite may work for one walk, beside what is due for the features that it finds.
    path : Path
        The workspace.
    """

    def __init__(
        self,
        connection: Connection,
        layer: LayerTable,
        query: Query,
        checked: Callable[[], AbstractContextManager[None]],
        seconds: float | None,
        path: Path,
    ) -> None:
        self.revision = history.revision(connection)
        self._connection = connection
        self._checked = checked
        self._allowed = lambda: Allowance(seconds, layer.layer.id, query)
        self._fields = queries.fields_of(layer, query)
        self._spatial = layer.layer.spatial and query.geometry
        names = ("id", "version", *(field.name for field in self._fields), *(("geom",) if self._spatial else ()))
        with self._allowed().spent(driver(connection)):
            laid = past.lay_out(connection, layer, query.at_revision, query.day)
        self._statement = queries.matching(layer, query, names, laid)
        self._table, self._names, self._path = layer.name, names, path
        everything = replace(query, columns=None, geometry=True, on_day=None, at_revision=None) == Query()
        self._everything = everything and not laid
        self._walks: list[Generator[gpd.GeoDataFrame]] = []

    def frames(self, size: int | None = None) -> Iterator[gpd.GeoDataFrame]:
        """Yield the features as frames of at most `size`, or as one."""
        self._walks.append(self._walk(size))
        return self._walks[-1]

    def close(self) -> None:
        """End walks that were broken off while the connection is open: later each would complain on its own."""
        for walk in self._walks:
            walk.close()

    def _walk(self, size: int | None) -> Generator[gpd.GeoDataFrame]:
        from layers.store import columns  # brings pandas and geopandas, which single features do not need

        if size is None and self._everything and self._is_large():
            with self._checked():
                frame = self._at_once()
            if frame is not None:
                yield frame
                return
        walk = _chunks(self._connection, self._statement, size or _CHUNK_ROWS, self._allowed())
        with self._checked(), closing(walk) as chunks:
            found = False
            for part in [chunks] if size is None else ([rows] for rows in chunks):
                found = True
                yield columns.frame(self._fields, part, self._spatial)
            if not found:
                yield columns.frame(self._fields, [], self._spatial)

    def _is_large(self) -> bool:
        last = self._connection.exec_driver_sql(f'SELECT max(fid) FROM "{self._table}"').scalar()
        return (last or 0) >= _LEAST_AT_ONCE

    def _at_once(self) -> gpd.GeoDataFrame | None:
        """Return the whole layer by its columns; None where only rows say what is in it."""
        from layers.store import cells, columns

        kinds, names = columns.types_of(self._fields, self._spatial), ", ".join(f'"{name}"' for name in self._names)
        state = history.STATE, history.state(self._connection)
        try:
            pieces = cells.fetched(self._path, f'SELECT {names} FROM "{self._table}"', kinds, state)
            return columns.whole_frame(self._fields, pieces, self._spatial)
        except cells.Unreadable as reason:
            log.info("%s is read row by row: %s", self._table, reason)
            return None


def driver(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection."""
    found = connection.connection.dbapi_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def page(connection: Connection, layer: LayerTable, query: Query, limit: int, after: str | None, kept: Counts) -> Page:
    """Return at most `limit` features after the end `after` of a page, and how many match in all."""
    laid = past.lay_out(connection, layer, query.at_revision, query.day)
    matched = count(connection, layer, query, kept, laid)
    statement = queries.matching(layer, query, layer.columns, laid, after).limit(limit + 1)
    rows = connection.execute(statement).cursor.fetchall()  # as the driver gives them
    more = len(rows) > limit and limit > 0
    rows = rows[:limit]
    features = values.feature_rows(layer.layer, _with_geometry(layer, rows))
    return Page(tuple(features), matched, ordering.end_of(layer, query.sort, rows[-1]) if more else None)


def count(connection: Connection, layer: LayerTable, query: Query, kept: Counts, laid: bool | None = None) -> int:
    """Return how many features match."""
    order_aside = replace(query, sort=(), columns=None, geometry=True)

    def counted() -> int:
        with told(driver(connection)):
            laid_out = past.lay_out(connection, layer, query.at_revision, query.day) if laid is None else laid
            return _counted(connection, queries.matching(layer, order_aside, ("id",), laid_out))

    # a tree of plain values says all of itself when it is printed
    return kept.made((layer.layer.id, history.layer_revision(connection, layer), repr(order_aside)), counted)


def extent(connection: Connection, layer: LayerTable, kept: Counts) -> Extent:
    """Return where a layer's features lie and when they are valid."""

    def measured() -> Extent:
        with told(driver(connection)):
            box = connection.exec_driver_sql(
                "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (layer.name,)
            ).first()
            first, last = connection.exec_driver_sql(f'SELECT min(valid_from), max(valid_to) FROM "{layer.name}"').one()
        days = [None if day is None else dt.date.fromisoformat(day) for day in (first, last)]
        return Extent(None if box is None or None in box else tuple(box), *days)

    return kept.made((layer.layer.id, history.layer_revision(connection, layer), "extent"), measured)


def get(cursor: DBAPICursor, layer: LayerTable, id: str) -> Feature | None:
    """Return one feature as it is, or None; straight from the driver, as describing a result costs more than a row."""
    found = cursor.execute(layer.select_statement, (id,)).fetchall()
    features = values.feature_rows(layer.layer, _with_geometry(layer, found)) if found else None
    return features[0] if features else None


def get_then(
    connection: Connection, layer: LayerTable, id: str, at_revision: int | None, day: dt.date | None
) -> Feature | None:
    """Return one feature as it was after `at_revision`, on `day`, or None."""
    if day is not None:
        otherwise, found = past.on_day(connection, layer, id, at_revision, day)
        if otherwise:
            return found
    if at_revision is not None:
        log = schema.changes.c
        mine = log.layer == layer.layer.id, log.feature_id == id
        later = select(log.before).where(*mine, log.revision > at_revision).order_by(log.revision).limit(1)
        first = connection.execute(later).first()
        if first is not None:
            return values.features(layer.layer, [(id, first.before)])[0]
        if watching.edited(connection, layer, [id]):
            last = select(log.after).where(*mine).order_by(log.revision.desc()).limit(1)
            return values.features(layer.layer, [(id, connection.execute(last).scalar())])[0]
    return get(connection.connection.cursor(), layer, id)


def last_version(connection: Connection, layer: LayerTable, id: str) -> int:
    """Return the version that a deleted feature had last."""
    log = schema.changes.c
    last = (
        select(log.before)
        .where(log.layer == layer.layer.id, log.feature_id == id)
        .order_by(log.revision.desc())
        .limit(1)
    )
    return values.unpack(connection.execute(last).scalar_one()).version


def stored(connection: Connection, layer: LayerTable, ids: Sequence[str]) -> dict[str, Feature]:
    """Return those of some features that there are, by id."""
    rows = stored_rows(connection, layer, ids)
    return {feature.id: feature for feature in values.feature_rows(layer.layer, rows)}


def stored_rows(connection: Connection, layer: LayerTable, ids: Sequence[str]) -> list[Sequence[Any]]:
    """Return the table's rows ``(id, version, *fields, blob)`` of those of some features that there are."""
    wanted = msgspec.json.encode(list(ids)).decode()
    found = connection.connection.cursor().execute(layer.select_listed, (wanted,)).fetchall()
    return _with_geometry(layer, found)


def _counted(connection: Connection, selection: Select[Any] | CompoundSelect[Any]) -> int:
    return connection.execute(select(func.count()).select_from(selection.order_by(None).subquery())).scalar_one()


def _with_geometry(layer: LayerTable, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return list(rows) if layer.layer.spatial else [(*row, None) for row in rows]


def _chunks(
    connection: Connection, statement: Select[Any] | CompoundSelect[Any], size: int, allowance: Allowance
) -> Generator[Sequence[Sequence[Any]]]:
    with allowance.spent(driver(connection)):
        result = connection.execute(statement)
    with closing(result):
        while True:
            # rows as the driver gives them: a million of SQLAlchemy's would double the time
            with allowance.spent(driver(connection)):
                rows = result.cursor.fetchmany(size)
            if not rows:
                return
            allowance.earn(len(rows))
            yield rows
