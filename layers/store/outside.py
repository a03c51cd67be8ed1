"""What other programs have written into the tables of layers: told beside what is recorded, and taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import msgspec
from sqlalchemy import Connection

from layers.errors import Conflict, Fault, NotFound, StaleRevision
from layers.model.feature import Feature
from layers.store import geopackage, past, reading, values, watching
from layers.store.protocol import OutsideCounts, OutsideEdit
from layers.store.schema import LayerTable
from layers.text import Text

_AT_ONCE = 2_000
_RECORDED = (
    "(SELECT c.after FROM gridmap_changes c WHERE c.layer = n.layer AND c.feature_id = n.id"
    " ORDER BY c.revision DESC LIMIT 1)"
)
_NOTED = (
    "SELECT layer, id, max(number) AS number, min(time) AS since FROM gridmap_outside"
    " WHERE layer = ? GROUP BY layer, id"
)


def counts(connection: Connection, layer: LayerTable) -> OutsideCounts | None:
    """Return how many features of a layer were edited outside; None where none was."""
    statement = (
        f'SELECT {_RECORDED} IS NOT NULL, EXISTS (SELECT 1 FROM "{layer.name}" t WHERE t.id = n.id), count(*),'
        f" min(since) FROM ({_NOTED}) n GROUP BY 1, 2"
    )
    rows = connection.exec_driver_sql(statement, (layer.layer.id,)).all()
    if not rows:
        return None
    found = {(bool(recorded), bool(there)): count for recorded, there, count, _ in rows}
    since = min(dt.datetime.fromisoformat(row[3]) for row in rows)
    return OutsideCounts(found.get((False, True), 0), found.get((True, True), 0), found.get((True, False), 0), since)


def edits(connection: Connection, layer: LayerTable, id: str | None = None) -> Iterator[OutsideEdit]:
    """Yield what was edited outside in a layer, in the order of ids: what is recorded, and what is there."""
    notes = connection.exec_driver_sql(
        f"SELECT n.id, n.number, n.since, {_RECORDED} FROM ({_NOTED}) n ORDER BY n.id", (layer.layer.id,)
    ).all()
    notes = [note for note in notes if id in (None, note.id)]
    for start in range(0, len(notes), _AT_ONCE):
        some = notes[start : start + _AT_ONCE]
        before = values.features(layer.layer, [(note.id, note[3]) for note in some])
        there, faults = _found(connection, layer, [note.id for note in some])
        for note, recorded in zip(some, before, strict=True):
            since = dt.datetime.fromisoformat(note.since)
            state = there.get(note.id), faults.get(note.id)
            yield OutsideEdit(layer.layer.id, note.id, note.number, since, recorded, *state)


def take_back(connection: Connection, tables: Mapping[str, LayerTable], which: Mapping[tuple[str, str], int]) -> None:
    """Put features back to what is recorded of them, and forget that they were edited outside.

    Parameters
    ----------
    which : mapping
        Layer and id → the number of the note that the caller knows.

    Raises
    ------
    StaleRevision
        Somebody edited one of them again meanwhile.
    NotFound
        A feature was not edited outside.
    """
    by_layer: dict[str, dict[str, int]] = {}
    for (name, id), number in which.items():
        by_layer.setdefault(name, {})[id] = number
    for name, wanted in by_layer.items():
        layer = tables[name]
        rows = connection.exec_driver_sql(f"SELECT n.id, n.number, {_RECORDED} FROM ({_NOTED}) n", (name,)).all()
        notes = {row.id: row for row in rows if row.id in wanted}
        for id, number in wanted.items():
            if id not in notes:
                raise NotFound(Fault(Text("store.not-outside", id=id), {"layer": name, "feature": id}))
            if notes[id].number != number:
                raise StaleRevision(Fault(Text("store.outside-again", id=id), {"layer": name, "feature": id}))
        _put(connection, layer, {id: row[2] for id, row in notes.items()})
        connection.exec_driver_sql(
            "DELETE FROM gridmap_outside WHERE layer = ? AND id IN (SELECT value FROM json_each(?))",
            (name, msgspec.json.encode(list(wanted)).decode()),
        )
        watching.move(connection, layer)


def refuse_shared_codes(
    connection: Connection, tables: Mapping[str, LayerTable], which: Mapping[tuple[str, str], int]
) -> None:
    """Raise Conflict where a feature has come back whose code another one has by now."""
    faults = []
    for name in {layer for layer, _ in which}:
        listed = msgspec.json.encode([id for layer, id in which if layer == name]).decode()
        shared = connection.exec_driver_sql(
            f'SELECT code FROM "{tables[name].name}" WHERE code IN (SELECT code FROM "{tables[name].name}" WHERE id IN'
            " (SELECT value FROM json_each(?))) GROUP BY code HAVING count(*) > 1",
            (listed,),
        ).scalars()
        faults += [Fault(Text("store.shared-code", code=code), {"layer": name, "value": code}) for code in shared]
    if faults:
        raise Conflict(*faults)


def _put(connection: Connection, layer: LayerTable, states: Mapping[str, bytes | None]) -> None:
    """Make the table hold some features as they are recorded, None for no feature."""
    run, listed = connection.exec_driver_sql, msgspec.json.encode(list(states)).decode()
    there = set(run(f'SELECT id FROM "{layer.name}" WHERE id IN (SELECT value FROM json_each(?))', (listed,)).scalars())
    snapshots = [(id, values.unpack(blob)) for id, blob in states.items() if blob is not None]
    with watching.own_writing(connection):
        gone = [(id,) for id, blob in states.items() if blob is None and id in there]
        if gone:
            run(f'DELETE FROM "{layer.name}" WHERE id = ?', gone)
        rows = past.rows_of(layer, snapshots)
        if old := [(*row[1:], row[0]) for row in rows if row[0] in there]:
            run(layer.update_statement(), old)
        if lost := [row for row in rows if row[0] not in there]:
            run(layer.insert_statement(layer.columns), lost)
    if layer.layer.spatial:
        geopackage.measure_extent(connection, layer)


def _found(connection: Connection, layer: LayerTable, ids: list[str]) -> tuple[dict[str, Feature], dict[str, str]]:
    """Return some features as they are in the table, and of those that cannot be read why."""
    try:
        return reading.stored(connection, layer, ids), {}
    except ValueError as error:
        if len(ids) == 1:
            return {}, {ids[0]: str(error)}
    there: dict[str, Feature] = {}
    faults: dict[str, str] = {}
    for id in ids:  # one of them is at fault
        found, fault = _found(connection, layer, [id])
        there |= found
        faults |= fault
    return there, faults
