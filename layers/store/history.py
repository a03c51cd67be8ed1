"""The log: changesets and what they changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, select

from layers.catalogue import Layer
from layers.model.feature import Change
from layers.store import schema, values, watching
from layers.store.protocol import Changeset
from layers.store.schema import LayerTable

_sets, _log = schema.changesets.c, schema.changes.c
_inverse = schema.changesets.alias("inverse")
_AT_ONCE = 2_000


STATE = (
    "SELECT (SELECT coalesce(max(revision), 0) FROM gridmap_changesets),"
    " (SELECT coalesce(sum(moved), 0) FROM gridmap_outside_layers)"
)
"""Which state of the layers a connection sees: what is the same in two of them is read alike."""


def state(connection: Connection) -> tuple[int, int]:
    """Return what `STATE` says."""
    revision, moved = connection.exec_driver_sql(STATE).one()
    return revision, moved


def revision(connection: Connection) -> int:
    """Return the last revision, 0 before the first."""
    return connection.exec_driver_sql("SELECT coalesce(max(revision), 0) FROM gridmap_changesets").scalar_one()


def layer_revisions(connection: Connection) -> dict[str, int]:
    """Return layer → a number that grows whenever the layer changes: the last revision that touched it, and more where
    other programs did."""
    rows = connection.exec_driver_sql(
        "SELECT o.layer, coalesce(r.revision, 0), o.moved FROM gridmap_outside_layers o"
        " LEFT JOIN gridmap_layer_revisions r ON r.layer = o.layer"
    )
    return {layer: watching.moved(revision, times) for layer, revision, times in rows}


def layer_revision(connection: Connection, layer: LayerTable) -> int:
    """Return what `layer_revisions` does of one layer; 0 = never touched."""
    revision, times = connection.exec_driver_sql(
        "SELECT coalesce((SELECT revision FROM gridmap_layer_revisions WHERE layer = :layer), 0),"
        " coalesce((SELECT moved FROM gridmap_outside_layers WHERE layer = :layer), 0)",
        {"layer": layer.layer.id},
    ).one()
    return watching.moved(revision, times)


def changesets(connection: Connection, before: int | None, limit: int) -> list[Changeset]:
    """Return the latest changesets, newest first, older than `before`."""
    statement = _changesets().order_by(_sets.revision.desc()).limit(limit)
    if before is not None:
        statement = statement.where(_sets.revision < before)
    return [_changeset(row) for row in connection.execute(statement)]


def changeset(connection: Connection, number: int) -> Changeset | None:
    """Return one changeset, or None."""
    row = connection.execute(_changesets().where(_sets.revision == number)).first()
    return None if row is None else _changeset(row)


def changes(connection: Connection, tables: Mapping[str, LayerTable], number: int, backwards: bool) -> Iterator[Change]:
    """Yield what one changeset changed, in order; a layer that the catalogue has dropped is left out."""
    order = _log.seq.desc() if backwards else _log.seq
    yield from _streamed(connection, tables, _changes(_log.revision == number).order_by(order))


def each_change_since(connection: Connection, layer: LayerTable, number: int) -> Iterator[Change]:
    """Yield the changes of a layer after a revision, in order."""
    statement = _changes(_log.layer == layer.layer.id, _log.revision > number)
    yield from _streamed(connection, {layer.layer.id: layer}, statement.order_by(_log.revision, _log.seq))


def changes_since(connection: Connection, layer: LayerTable, number: int, limit: int) -> list[Change] | None:
    """Return the changes of a layer after a revision in order; None for more than `limit`, or if the log lacks some."""
    if watching.times_moved(number) != watching.times_moved(layer_revision(connection, layer)):
        return None
    statement = _changes(_log.layer == layer.layer.id, _log.revision > watching.revision_of(number))
    rows = connection.execute(statement.order_by(_log.revision, _log.seq).limit(limit + 1)).all()
    return None if len(rows) > limit else _decoded({layer.layer.id: layer}, rows)


def revision_at(connection: Connection, moment: dt.datetime) -> int:
    """Return the last revision that was written at a moment or before it; 0 before the first."""
    # as texts, times compare to the second only: a fraction comes after the seconds, and so does the zone
    rows = connection.exec_driver_sql(
        "SELECT revision, time FROM gridmap_changesets WHERE substr(time, 1, 19) <= ? ORDER BY revision DESC",
        (encode_time(moment)[:19],),
    )
    with closing(rows):
        written = (number for number, time in rows if dt.datetime.fromisoformat(time) <= moment)
        return next(written, 0)


def last_effective(connection: Connection, layers: Sequence[str]) -> dt.date | None:
    """Return the latest effective day of the imports that touched one of some layers and are not undone.

    What is written by hand from a day on says nothing of the rest of the records on that day.
    """
    undone: set[int] = set()
    reverts = "SELECT revision, reverts FROM gridmap_changesets WHERE reverts IS NOT NULL ORDER BY revision DESC"
    for revision, of in connection.exec_driver_sql(reverts).all():
        if revision not in undone:  # an undo that was undone itself took nothing back
            undone.add(of)
    imports = connection.exec_driver_sql(
        "SELECT s.revision, s.effective FROM gridmap_changesets s WHERE s.effective IS NOT NULL AND s.kind = 'import'"
        " AND EXISTS (SELECT 1 FROM json_each(s.counts) t WHERE t.key IN (SELECT value FROM json_each(?)))",
        (msgspec.json.encode(layers).decode(),),
    )
    day = max((day for revision, day in imports.all() if revision not in undone), default=None)
    return None if day is None else dt.date.fromisoformat(day)


def feature_history(connection: Connection, layer: LayerTable, id: str) -> list[tuple[Changeset, Change]]:
    """Return every change of one feature, newest first."""
    statement = _changes(_log.layer == layer.layer.id, _log.feature_id == id).order_by(_log.revision.desc())
    rows = connection.execute(statement).all()
    sets = connection.execute(_changesets().where(_sets.revision.in_([row.revision for row in rows])))
    by_revision = {row.revision: _changeset(row) for row in sets}
    decoded = _decoded({layer.layer.id: layer}, rows)
    return [(by_revision[row.revision], change) for row, change in zip(rows, decoded, strict=True)]


def known_ids(connection: Connection, layer: LayerTable) -> set[str]:
    """Return every id that the layer ever used."""
    logged = connection.exec_driver_sql(
        "SELECT DISTINCT feature_id FROM gridmap_changes WHERE layer = ?", (layer.layer.id,)
    )
    known = set(logged.scalars())
    # another tool may have added features, which have no history
    known.update(connection.exec_driver_sql(f'SELECT id FROM "{layer.name}"').scalars())
    return known


def encode_time(time: dt.datetime) -> str:
    """Return a moment as it is kept: UTC; ValueError if it does not say its zone."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _changesets() -> Select[Any]:
    reverted_by = (
        select(_inverse.c.revision)
        .where(_inverse.c.reverts == _sets.revision)
        .order_by(_inverse.c.revision.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(schema.changesets, reverted_by.label("reverted_by"))


def _changes(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(_log.revision, _log.layer, _log.feature_id, _log.before, _log.after).where(*conditions)


def _changeset(row: Row[Any]) -> Changeset:
    return Changeset(
        revision=row.revision,
        author=row.author,
        time=dt.datetime.fromisoformat(row.time),
        message=row.message,
        kind=row.kind,
        counts=msgspec.json.decode(row.counts),
        reverts=row.reverts,
        reverted_by=row.reverted_by,
        effective=None if row.effective is None else dt.date.fromisoformat(row.effective),
        opening=bool(row.opening),
    )


def _streamed(connection: Connection, tables: Mapping[str, LayerTable], statement: Select[Any]) -> Iterator[Change]:
    with closing(connection.execute(statement)) as result:
        for rows in result.partitions(_AT_ONCE):
            yield from _decoded(tables, rows)


def _decoded(tables: Mapping[str, LayerTable], rows: Sequence[Row[Any]]) -> list[Change]:
    by_layer: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by_layer.setdefault(row.layer, []).append(place)
    found: dict[int, Change] = {}
    for name, places in by_layer.items():
        if name in tables:
            layer: Layer = tables[name].layer
            before = values.features(layer, [(rows[place].feature_id, rows[place].before) for place in places])
            after = values.features(layer, [(rows[place].feature_id, rows[place].after) for place in places])
            for place, old, new in zip(places, before, after, strict=True):
                found[place] = Change(name, rows[place].feature_id, old, new)
    return [found[place] for place in sorted(found)]
