"""Reading the present and, by `at_revision`, the past of a layer on one open connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import CompoundSelect, Connection, Select, func, select

from layers.model.feature import Feature
from layers.store import queries, schema, values
from layers.store.protocol import Page, Query
from layers.store.schema import LayerTable

if TYPE_CHECKING:
    import geopandas as gpd

_CHUNK_ROWS = 20_000


def read(connection: Connection, layer: LayerTable, query: Query) -> gpd.GeoDataFrame:
    """Return the features that match as a frame; ValueError where the table holds what its columns do not allow."""
    from layers.store import columns  # brings pandas and geopandas, which single features do not need

    fields = queries.fields_of(layer, query)
    spatial = layer.layer.spatial and query.geometry
    names = ("id", "version", *(field.name for field in fields), *(("geom",) if spatial else ()))
    statement = queries.matching(layer, query, names, queries.lay_out_past(connection, layer, query.at_revision))
    return columns.frame(fields, _chunks(connection, statement), spatial)


def page(connection: Connection, layer: LayerTable, query: Query, limit: int, after: str | None) -> Page:
    """Return at most `limit` features after the id `after`, and how many match in all."""
    past = queries.lay_out_past(connection, layer, query.at_revision)
    matched = _counted(connection, queries.matching(layer, query, ("id",), past))
    rows = connection.execute(queries.matching(layer, query, layer.columns, past, after).limit(limit + 1)).all()
    features = values.feature_rows(layer.layer, _with_geometry(layer, rows[:limit]))
    more = len(rows) > limit and bool(features)
    return Page(tuple(features), matched, features[-1].id if more else None)


def count(connection: Connection, layer: LayerTable, query: Query) -> int:
    """Return how many features match."""
    past = queries.lay_out_past(connection, layer, query.at_revision)
    return _counted(connection, queries.matching(layer, query, ("id",), past))


def get(connection: Connection, layer: LayerTable, id: str, at_revision: int | None) -> Feature | None:
    """Return one feature as it is, or as it was after `at_revision`, or None."""
    if at_revision is not None:
        log = schema.changes.c
        later = (
            select(log.before)
            .where(log.layer == layer.layer.id, log.feature_id == id, log.revision > at_revision)
            .order_by(log.revision)
            .limit(1)
        )
        first = connection.execute(later).first()
        if first is not None:
            return values.features(layer.layer, [(id, first.before)])[0]
    return stored(connection, layer, [id]).get(id)


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


def stored_rows(connection: Connection, layer: LayerTable, ids: Sequence[str]) -> list[Sequence]:
    """Return the table's rows ``(id, version, *fields, blob)`` of those of some features that there are."""
    selection = queries.matching(layer, Query(ids=tuple(ids)), layer.columns)
    return _with_geometry(layer, connection.execute(selection).all())


def _counted(connection: Connection, selection: Select | CompoundSelect) -> int:
    return connection.scalar(select(func.count()).select_from(selection.order_by(None).subquery()))


def _with_geometry(layer: LayerTable, rows: Sequence[Sequence]) -> list[Sequence]:
    return list(rows) if layer.layer.spatial else [(*row, None) for row in rows]


def _chunks(connection: Connection, statement: Select | CompoundSelect) -> Iterator[list[tuple]]:
    # rows as the driver gives them: a million of SQLAlchemy's would double the time
    result = connection.execute(statement)
    while rows := result.cursor.fetchmany(_CHUNK_ROWS):
        yield rows
