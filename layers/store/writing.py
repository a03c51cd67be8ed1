"""Writing one changeset: stream, check, write, all inside the one writer's transaction.

Changes are taken in batches, so that a city is written without being held in memory. After the first fault nothing
more is written, but everything is still looked at, so that all faults are told at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import shapely
from sqlalchemy import Connection

from layers.catalogue import Field
from layers.errors import Conflict, Fault, GridmapError, InvalidParameter, NotFound, StaleRevision, StoreUnusable
from layers.model.feature import Change, Feature, Value
from layers.store import geometry as geom
from layers.store import geopackage, history, packing, reading, values, watching
from layers.store.protocol import Changeset, Draft
from layers.store.schema import LayerTable
from layers.text import Text

_BATCH = 2_000
_MANY = 200  # new features in a batch from which on they are indexed together, at the end
_FAULTS_TOLD = 10_000
_CHANGE = "INSERT INTO gridmap_changes (revision, seq, layer, feature_id, op, before, after) VALUES (?,?,?,?,?,?,?)"


def commit(connection: Connection, tables: Mapping[str, LayerTable], draft: Draft) -> Changeset:
    """Write a draft as the next changeset; the caller's transaction makes it last or undoes it.

    Raises
    ------
    InvalidParameter
        Nothing to change, or a value, geometry or field that the layer cannot hold.
    NotFound, Conflict, StaleRevision
        See `layers.store.protocol.Store.commit`.
    """
    try:
        time = history.encode_time(draft.time)
    except ValueError as error:
        raise InvalidParameter(Fault(Text("store.no-zone"), {"value": str(draft.time)})) from error
    with watching.own_writing(connection):
        return _written(connection, tables, draft, time)


def _written(connection: Connection, tables: Mapping[str, LayerTable], draft: Draft, time: str) -> Changeset:
    work = _Work(connection, tables, draft, history.revision(connection) + 1, time)
    changes = iter(draft.changes)
    while batch := list(itertools.islice(changes, _BATCH)):
        work.take(batch)
        if sum(map(len, work.faults.values())) >= _FAULTS_TOLD:
            break
    return work.finish()


_Plan = list[tuple[str, Field | None, bool]]


@dataclass(slots=True)
class _Work:
    """One commit on its way."""

    connection: Connection
    tables: Mapping[str, LayerTable]
    draft: Draft
    revision: int
    time: str
    seq: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: dict[type[GridmapError], list[Fault]] = field(default_factory=dict)
    added: dict[str, geopackage.Box] = field(default_factory=dict)
    removed: dict[str, geopackage.Box] = field(default_factory=dict)
    shared_codes: dict[str, set[str]] = field(default_factory=dict)
    to_index: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def take(self, batch: Sequence[Change]) -> None:
        """Check one batch, and write it unless there were faults."""
        by_layer: dict[str, list[Change]] = {}
        for change in batch:
            by_layer.setdefault(change.layer, []).append(change)
        for name, changes in by_layer.items():
            layer = self.tables.get(name)
            if layer is None:
                self._fault(NotFound, Text("store.no-layer", layer=name), layer=name)
                continue
            bad = [change for change in changes if not _names_one_feature(change)]
            for change in bad:
                self._fault(InvalidParameter, Text("store.bad-change"), layer=name, feature=repr(change.id))
            if bad:
                continue
            rows = self._checked(layer, changes)
            if not self.faults:
                self._write(layer, rows)

    def finish(self) -> Changeset:
        """Write the changeset itself, or refuse the whole."""
        for name, codes in self.shared_codes.items():
            for code in _shared(self.connection, self.tables[name], codes):
                self._fault(Conflict, Text("store.shared-code", code=code), layer=name, value=code)
        for kind in (InvalidParameter, NotFound, Conflict, StaleRevision):
            if kind in self.faults:
                raise kind(*self.faults[kind])
        if not self.counts and not self.draft.settings:
            raise InvalidParameter(Text("store.nothing"))
        self._index()
        draft, run = self.draft, self.connection.exec_driver_sql
        run(
            "INSERT INTO gridmap_changesets"
            " (revision, author, time, message, kind, reverts, counts, effective, opening) VALUES (?,?,?,?,?,?,?,?,?)",
            (
                *(self.revision, draft.author, self.time, draft.message, draft.kind, draft.reverts),
                msgspec.json.encode(self.counts).decode(),
                values.encode("date", draft.holding.effective),
                int(draft.holding.opening),
            ),
        )
        for name, value in draft.settings.items():
            run(
                "INSERT INTO gridmap_settings VALUES (?,?) ON CONFLICT DO UPDATE SET value = excluded.value",
                (name, value),
            )
        for name in self.counts:
            run(
                "INSERT INTO gridmap_layer_revisions VALUES (?,?)"
                " ON CONFLICT DO UPDATE SET revision = excluded.revision",
                (name, self.revision),
            )
            layer = self.tables[name]
            geopackage.touch_layer(self.connection, layer, self.time)
            if layer.layer.spatial:
                geopackage.keep_extent(self.connection, layer, self.added.get(name), self.removed.get(name))
        written = history.changeset(self.connection, self.revision)
        assert written is not None  # a few lines above
        return written

    def _checked(self, layer: LayerTable, changes: Sequence[Change]) -> list[_Row]:
        """Return the changes of one layer with what the workspace holds, every fault noted."""
        plans: dict[tuple[str, ...], _Plan] = {}
        ids = [change.id for change in changes]
        rows = [_Row(change) for change in changes]
        stored = {row[0]: row for row in reading.stored_rows(self.connection, layer, ids)}
        last_touched = _last_revisions(self.connection, layer, ids)
        outside = watching.edited(self.connection, layer, ids)
        seen: set[str] = set()
        for row in rows:
            id = row.change.id
            if id in seen or last_touched.get(id) == self.revision:
                self._fault(Conflict, Text("store.twice", id=id), layer=layer.layer.id, feature=id)
            elif id in outside:
                self._fault(Conflict, Text("store.outside", id=id), layer=layer.layer.id, feature=id)
            elif row.change.before is None:
                self._check_new(layer, row, id in stored, id in last_touched)
            else:
                self._check_base(layer, row, row.change.before, stored.get(id))
            seen.add(id)
            if row.change.after is not None:
                self._encode(layer, row, row.change.after.properties, plans)
        self._shape(layer, rows)
        return rows

    def _check_new(self, layer: LayerTable, row: _Row, exists: bool, used: bool) -> None:
        change = row.change
        where = {"layer": layer.layer.id, "feature": change.id}
        if exists:
            self._fault(Conflict, Text("store.exists", id=change.id), **where)
        elif used and self.draft.reverts is None and not self.draft.revives:
            self._fault(Conflict, Text("store.used", id=change.id), **where)
        elif used:
            # brought back: the version goes on, so that nothing takes the new one for the old
            row.version = reading.last_version(self.connection, layer, change.id) + 1

    def _check_base(self, layer: LayerTable, row: _Row, before: Feature, stored: Sequence[Any] | None) -> None:
        change = row.change
        where = {"layer": layer.layer.id, "feature": change.id}
        if stored is None:
            self._fault(StaleRevision, Text("store.gone", id=change.id), **where)
        elif stored[1] != before.version:
            text = Text("store.stale", id=change.id, stored=stored[1], given=before.version)
            self._fault(StaleRevision, text, **where)
        else:
            row.stored, row.version = stored, stored[1] + 1

    def _encode(
        self, layer: LayerTable, row: _Row, given: Mapping[str, Value], plans: dict[tuple[str, ...], _Plan]
    ) -> None:
        """Turn the properties of a change into a row's values, those that are set, in the order of the fields."""
        change = row.change
        names = tuple(given)
        plan = plans.get(names)
        if plan is None:
            plan = plans[names] = _plan(layer, names)
        encoded: dict[str, values.Stored] = {}
        row.values = encoded
        for name, of, words in plan:
            value = self.time if name == "updated_at" and of is not None else given[name]
            if words and type(value) is str and value.isascii():
                encoded[name] = value
            elif of is None:
                text = Text("store.no-field", field=name, layer=layer.layer.label)
                self._fault(InvalidParameter, text, layer=layer.layer.id, feature=change.id, parameter=name)
            elif value is not None:
                try:
                    stored = values.ENCODE[of.type](value)
                    if stored is not None:
                        encoded[name] = stored
                except (TypeError, ValueError):
                    text = Text("store.bad-value", field=of.label, type=of.type)
                    self._fault(InvalidParameter, text, layer=layer.layer.id, feature=change.id, value=repr(value))

    def _shape(self, layer: LayerTable, rows: list[_Row]) -> None:
        """Give every row its geometry in simplest form, before and after, and check that the layer accepts it."""
        after = np.empty(len(rows), dtype=object)
        after[:] = [row.change.after.geometry if row.change.after else None for row in rows]
        finite = geom.all_finite(after)
        after[~finite] = None
        kinds = geom.kinds_of(after)
        simple = geom.simplest(after)
        accepted = layer.layer.accepts if layer.layer.spatial else ()
        single_point = "point" in accepted and len(accepted) == 1
        for place, row in enumerate(rows):
            shape = simple[place]
            wrong = shape is not None and (
                kinds[place] not in accepted or (single_point and shape.geom_type != "Point")
            )
            if not finite[place] or wrong:
                text = Text("store.geometry", layer=layer.layer.label, accepts=accepted)
                self._fault(InvalidParameter, text, layer=layer.layer.id, feature=row.change.id)
        before = self._stored_shapes(layer, rows)
        _remember(self.added, layer, simple)
        _remember(self.removed, layer, before)
        wkb, boxes = geom.to_wkb(simple), shapely.bounds(simple)
        bodies = zip(rows, geom.to_wkb(before), wkb, geom.wrapped(simple, wkb, boxes), boxes, strict=True)
        for row, *made in bodies:
            row.wkb_before, row.wkb_after, row.blob, row.box = made

    def _stored_shapes(self, layer: LayerTable, rows: list[_Row]) -> np.ndarray:
        try:
            return geom.from_blobs([row.stored[-1] if row.stored else None for row in rows])
        except ValueError as error:
            text = Text("store.foreign-value", layer=layer.layer.id, reason=str(error))
            raise StoreUnusable(Fault(text, {"layer": layer.layer.id})) from error

    def _write(self, layer: LayerTable, rows: Sequence[_Row]) -> None:
        by_op: dict[str, list[_Row]] = {}
        for row in rows:
            by_op.setdefault(row.change.op, []).append(row)
        tail, run = layer.layer.spatial, self.connection.exec_driver_sql
        if created := by_op.get("create"):
            self._insert(layer, created)
        if updated := by_op.get("update"):
            names = [each.name for each in layer.layer.fields]
            run(layer.update_statement(), [(*row.columns(names, tail)[1:], row.change.id) for row in updated])
        if deleted := by_op.get("delete"):
            run(f'DELETE FROM "{layer.name}" WHERE id = ?', [(row.change.id,) for row in deleted])
        start, fields = self.seq, layer.layer.fields
        self.seq += len(rows)
        packed = (
            (layer.layer.id, row.change.id, row.change.op, row.packed_before(fields), row.packed_after())
            for row in rows
        )
        run(_CHANGE, [(self.revision, seq, *change) for seq, change in enumerate(packed, start + 1)])
        counts = self.counts.setdefault(layer.layer.id, {"create": 0, "update": 0, "delete": 0})
        for op, done in by_op.items():
            counts[op] += len(done)
        self._note_codes(layer, rows)

    def _insert(self, layer: LayerTable, rows: Sequence[_Row]) -> None:
        spatial, run = layer.layer.spatial, self.connection.exec_driver_sql
        # most columns of most imports are empty, and to bind nothing costs as much as anything
        set_by_any = {name for row in rows for name in row.values}
        names = [each.name for each in layer.layer.fields if each.name in set_by_any]
        shaped = spatial and any(row.blob is not None for row in rows)
        insert = (
            layer.insert_statement([*layer.columns[:2], *names, *(layer.columns[-1:] if shaped else ())]),
            [row.columns(names, shaped) for row in rows],
        )
        if not spatial or len(rows) < _MANY:
            run(*insert)
            return
        with packing.asleep(self._driver().triggers):
            run(*insert)
        # the one writer's fids follow one another, as the key is AUTOINCREMENT
        last = run("SELECT seq FROM sqlite_sequence WHERE name = ?", (layer.name,)).scalar_one()
        cells = packing.cells(last - len(rows) + 1, np.array([row.box for row in rows]))
        self.to_index.setdefault(layer.layer.id, []).append(cells)

    def _index(self) -> None:
        driver = self._driver()
        for name, batches in self.to_index.items():
            packing.add(driver, self.tables[name], np.concatenate(batches))

    def _driver(self) -> Any:
        """Return SQLite's own connection, which knows its triggers (`layers.store.connecting`)."""
        return self.connection.connection.driver_connection

    def _note_codes(self, layer: LayerTable, rows: Sequence[_Row]) -> None:
        """Note codes that two features have by now; at the end each must have gone back to one."""
        codes = {str(row.values["code"]) for row in rows if "code" in row.values}
        shared = _shared(self.connection, layer, codes)
        if shared:
            self.shared_codes.setdefault(layer.layer.id, set()).update(shared)

    def _fault(self, kind: type[GridmapError], text: Text, **where: object) -> None:
        self.faults.setdefault(kind, []).append(Fault(text, where))


@dataclass(slots=True, eq=False)
class _Row:
    """One change, and what is to be written for it."""

    change: Change
    version: int = 1
    stored: Sequence[Any] | None = None
    values: dict[str, values.Stored] = field(default_factory=dict)
    wkb_before: bytes | None = None
    wkb_after: bytes | None = None
    blob: bytes | None = None
    box: np.ndarray | None = None

    def columns(self, names: Iterable[str], spatial: bool) -> tuple[object, ...]:
        """Return the row of the layer's table, of its fields those that are named."""
        told = map(self.values.get, names)
        return (self.change.id, self.version, *told, self.blob) if spatial else (self.change.id, self.version, *told)

    def packed_before(self, fields: Iterable[Field]) -> bytes | None:
        """Return what history keeps of the feature as it was stored."""
        if self.stored is None:
            return None
        stored = zip((each.name for each in fields), self.stored[2:-1], strict=True)
        return values.pack(self.stored[1], self.wkb_before, dict(stored))

    def packed_after(self) -> bytes | None:
        """Return what history keeps of the feature as it becomes."""
        return None if self.change.after is None else values.pack(self.version, self.wkb_after, self.values)


def _plan(layer: LayerTable, names: Iterable[str]) -> _Plan:
    """Return what to write of properties with these names: each with its field, and whether that takes words."""
    fields, given = layer.layer.by_name, dict.fromkeys(names)
    known = [each for each in layer.layer.fields if each.name in given or each.name == "updated_at"]
    unknown = [(name, None, False) for name in given if name not in fields]
    return [*((each.name, each, each.type in values.WORDS) for each in known), *unknown]


def _names_one_feature(change: Change) -> bool:
    if change.before is None and change.after is None:
        return False
    if change.after is not None and change.after.id != change.id:
        return False
    try:
        return bool(values.encode("text", change.id))
    except (TypeError, ValueError):
        return False


def _last_revisions(connection: Connection, layer: LayerTable, ids: Iterable[str]) -> dict[str, int]:
    """Return the last revision that touched each of some ids, for those that were ever used."""
    rows = connection.exec_driver_sql(
        "SELECT feature_id, max(revision) FROM gridmap_changes WHERE layer = ?"
        " AND feature_id IN (SELECT value FROM json_each(?)) GROUP BY feature_id",
        (layer.layer.id, msgspec.json.encode(list(ids)).decode()),
    )
    return dict(rows.all())


def _shared(connection: Connection, layer: LayerTable, codes: Iterable[str]) -> list[str]:
    """Return those of some codes that more than one feature has."""
    rows = connection.exec_driver_sql(
        f'SELECT code FROM "{layer.name}" WHERE code IN (SELECT value FROM json_each(?))'
        " GROUP BY code HAVING count(*) > 1",
        (msgspec.json.encode(list(codes)).decode(),),
    )
    return list(rows.scalars())


def _remember(boxes: dict[str, geopackage.Box], layer: LayerTable, shapes: np.ndarray) -> None:
    bounds = shapely.total_bounds(shapes)
    if np.isfinite(bounds).all():
        known, (west, south, east, north) = boxes.get(layer.layer.id), bounds.tolist()
        new = (west, south, east, north)
        boxes[layer.layer.id] = new if known is None else geopackage.around(known, new)
