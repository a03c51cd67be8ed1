"""The past of a layer on one open connection: as it stood after a revision, and as it was on a day.

A changeset holds from its effective day on, or on all days. A layer on a day is what the changes that hold on that day
made of it, in the order in which they were written; each sets those fields that it changed, and no others. So a
correction of one field does not carry into February what a later statement says of another.

Only features with a change that does not hold on the day are looked at: where there is none, as today, nothing is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, CursorResult

from layers.model.feature import Feature
from layers.store import geometry as geom
from layers.store import values
from layers.store.schema import LayerTable

PAST, CHANGED = "temp.gridmap_past", "temp.gridmap_changed"
_LAST = 2**62  # after every revision
_OWN = 1 << 51  # versions that no feature reaches by being edited, and that JSON still holds exactly
_AT_ONCE = 10_000
_LATER = "effective > :day AND opening = 0 AND effective IS NOT NULL AND revision <= :revision"
_NOT_MOVED = "AND feature_id NOT IN (SELECT id FROM temp.gridmap_moved)"

Logged = tuple[str, bytes | None, bytes | None, int]  # id, before, after, whether it holds on the day
Then = tuple[str, values.Snapshot | None]


def lay_out(connection: Connection, layer: LayerTable, revision: int | None, day: dt.date | None) -> bool:
    """Fill temporary tables with what was otherwise after `revision` and on `day`; False when nothing was.

    The tables go with the connection's transaction, which is never committed.
    """
    names = ", ".join(f'"{name}"' for name in layer.columns)
    marks = ", ".join("?" for _ in layer.columns)
    started = False
    otherwise = differing(connection, layer, revision, day)
    while chunk := list(itertools.islice(otherwise, _AT_ONCE)):
        if not started:
            connection.exec_driver_sql("CREATE TEMP TABLE gridmap_changed (id TEXT PRIMARY KEY)")
            connection.exec_driver_sql(f'CREATE TEMP TABLE gridmap_past AS SELECT * FROM "{layer.name}" WHERE 0')
            connection.exec_driver_sql("CREATE UNIQUE INDEX temp.gridmap_past_id ON gridmap_past (id)")
            started = True
        connection.exec_driver_sql(f"INSERT INTO {CHANGED} VALUES (?)", [(id,) for id, _ in chunk])
        found = [(id, snapshot) for id, snapshot in chunk if snapshot is not None]
        if found:
            connection.exec_driver_sql(f"INSERT INTO {PAST} ({names}) VALUES ({marks})", rows_of(layer, found))
    return started


def differing(connection: Connection, layer: LayerTable, revision: int | None, day: dt.date | None) -> Iterator[Then]:
    """Yield id and feature (None = not there) of what was otherwise after `revision` and on `day`."""
    moved = False
    if day is not None and _find_moved(connection, layer, revision, day):
        moved = True
        yield from _replayed(connection, layer, revision, day)
    if revision is not None:
        yield from _before(
            connection, layer, revision, "AND feature_id NOT IN (SELECT id FROM temp.gridmap_moved)" if moved else ""
        )


def features(connection: Connection, layer: LayerTable, revision: int | None, day: dt.date | None, limit: int) -> (
    dict[str, Feature | None] | None
):  # fmt: skip
    """Return what `differing` yields as features by id, or None for more than `limit`."""
    found = list(itertools.islice(differing(connection, layer, revision, day), limit + 1))
    return None if len(found) > limit else dict(zip((id for id, _ in found), _as_features(layer, found), strict=True))


def on_day(
    connection: Connection, layer: LayerTable, id: str, revision: int | None, day: dt.date
) -> tuple[bool, Feature | None]:
    """Say whether a feature was otherwise on a day than after a revision (None = now), and how it was."""
    rows = connection.exec_driver_sql(
        "SELECT c.feature_id, c.before, c.after, s.effective IS NULL OR s.opening OR s.effective <= :day"
        " FROM gridmap_changes c JOIN gridmap_changesets s ON s.revision = c.revision"
        " WHERE c.layer = :layer AND c.feature_id = :id AND c.revision <= :revision ORDER BY c.revision",
        {"layer": layer.layer.id, "id": id, **_then(revision, day)},
    )
    # what comes before the first that does not hold is already in what that one found
    unsettled = list(itertools.dropwhile(lambda row: row[3], rows))
    if not unsettled:
        return False, None
    return True, _as_features(layer, [(id, _state(unsettled))])[0]


def rows_of(layer: LayerTable, found: list[tuple[str, values.Snapshot]]) -> list[tuple[Any, ...]]:
    """Return the rows of a layer's table that hold features as history keeps them."""
    blobs = geom.to_blobs(geom.from_wkb([snapshot.geometry for _, snapshot in found]))
    tail = (lambda blob: (blob,)) if layer.layer.spatial else (lambda blob: ())
    return [
        (id, snapshot.version, *(snapshot.values.get(field.name) for field in layer.layer.fields), *tail(blob))
        for (id, snapshot), blob in zip(found, blobs, strict=True)
    ]


def _then(revision: int | None, day: dt.date) -> dict[str, str | int]:
    return {"day": day.isoformat(), "revision": _LAST if revision is None else revision}


def _find_moved(connection: Connection, layer: LayerTable, revision: int | None, day: dt.date) -> bool:
    """Fill a temporary table with the features that a statement of a later day changed, and its first revision."""
    bounds = _then(revision, day)
    run = connection.exec_driver_sql
    if run(f"SELECT 1 FROM gridmap_changesets WHERE {_LATER} LIMIT 1", bounds).first() is None:
        return False
    run("DROP TABLE IF EXISTS temp.gridmap_moved")
    run("CREATE TEMP TABLE gridmap_moved (id TEXT PRIMARY KEY, first INTEGER) WITHOUT ROWID")
    run(
        "INSERT INTO temp.gridmap_moved SELECT c.feature_id, min(c.revision)"
        f" FROM (SELECT revision FROM gridmap_changesets WHERE {_LATER}) s"
        " CROSS JOIN gridmap_changes c ON c.layer = :layer AND c.revision = s.revision GROUP BY c.feature_id",
        {**bounds, "layer": layer.layer.id},
    )
    return run("SELECT 1 FROM temp.gridmap_moved LIMIT 1").first() is not None


def _replayed(connection: Connection, layer: LayerTable, revision: int | None, day: dt.date) -> Iterator[Then]:
    rows = connection.exec_driver_sql(
        "SELECT m.id, c.before, c.after, s.effective IS NULL OR s.opening OR s.effective <= :day"
        " FROM temp.gridmap_moved m"
        " CROSS JOIN gridmap_changes c ON c.layer = :layer AND c.feature_id = m.id"
        " AND c.revision BETWEEN m.first AND :revision"
        " JOIN gridmap_changesets s ON s.revision = c.revision ORDER BY m.id, c.revision",
        {"layer": layer.layer.id, **_then(revision, day)},
    )
    for id, changes in itertools.groupby(_plain(rows), key=lambda row: row[0]):
        yield id, _state(changes)


def _before(connection: Connection, layer: LayerTable, revision: int, but: str) -> Iterator[Then]:
    """Yield what the first changes after a revision found; what was edited outside is no part of the past."""
    rows = connection.exec_driver_sql(
        "SELECT feature_id, before, min(revision) FROM gridmap_changes WHERE layer = :layer AND revision > :revision"
        f" {but} GROUP BY feature_id UNION ALL"
        " SELECT n.id, (SELECT after FROM gridmap_changes WHERE layer = :layer AND feature_id = n.id"
        " ORDER BY revision DESC LIMIT 1), 0"
        " FROM (SELECT DISTINCT id AS id, id AS feature_id FROM gridmap_outside WHERE layer = :layer) n"
        " WHERE NOT EXISTS (SELECT 1 FROM gridmap_changes WHERE layer = :layer AND feature_id = n.id"
        " AND revision > :revision)"
        f" {but}",
        {"layer": layer.layer.id, "revision": revision},
    )
    for id, blob, _ in _plain(rows):
        yield id, None if blob is None else values.unpack(blob)


def _plain(rows: CursorResult[Any]) -> Iterator[tuple[Any, ...]]:  # whatever columns hold
    """Walk through rows as the driver gives them: SQLAlchemy's cost as much as what is done with them."""
    while some := rows.cursor.fetchmany(_AT_ONCE) if rows.cursor else []:
        yield from map(tuple, some)


def _state(changes: Iterable[Logged]) -> values.Snapshot | None:
    """Return what a feature was on a day, from its changes in order since the first that does not hold on it."""
    state: values.Snapshot | None = None
    gone: tuple[values.Snapshot | None, values.Snapshot | None] | None = None
    own = False
    for place, (_, before, after, holds) in enumerate(changes):
        if place == 0:
            state = None if before is None else values.unpack(before)
        if not holds:
            continue
        old, new = (None if each is None else values.unpack(each) for each in (before, after))
        own = True
        if new is None:
            gone, state = (state, old), None
        elif old is not None:
            state = _changed(state, old, new)
        elif gone is not None:  # a deletion was undone: it is again what it was on that day
            state = _changed(*gone, new)
        else:
            state = new
    return _versioned(state) if own and state is not None else state


def _changed(
    state: values.Snapshot | None, old: values.Snapshot | None, new: values.Snapshot
) -> values.Snapshot | None:
    """Return a feature with the fields set that a change set."""
    if state is None or old is None:
        return None
    set_to = {
        name: new.values.get(name)
        for name in old.values.keys() | new.values.keys()
        if old.values.get(name) != new.values.get(name)
    }
    merged: dict[str, values.Stored] = {
        name: value for name, value in {**state.values, **set_to}.items() if value is not None
    }
    shape = state.geometry if old.geometry == new.geometry else new.geometry
    return values.Snapshot(new.version, shape, merged)


def _versioned(state: values.Snapshot) -> values.Snapshot:
    """Give what was never stored like this a version of its own, by which others tell what they keep apart."""
    content = msgspec.msgpack.encode((state.version, state.geometry, sorted(state.values.items())))
    number = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest()) % _OWN
    return values.Snapshot(_OWN | number, state.geometry, state.values)


def _as_features(layer: LayerTable, found: list[Then]) -> list[Feature | None]:
    return values.from_snapshots(layer.layer, found)
