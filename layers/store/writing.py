"""Writing one changeset: stream, check, write, all inside the one writer's transaction.

Changes are taken in batches, so that a city is written without being held in memory. After the first fault nothing
more is written, but everything is still looked at, so that all faults are told at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import shapely
from sqlalchemy import Connection

from layers.errors import Conflict, Fault, GridmapError, InvalidParameter, NotFound, StaleRevision, StoreUnusable
from layers.model.feature import Change, Feature, Value
from layers.store import geometry as geom
from layers.store import geopackage, history, packing, reading, values, watching
from layers.store.protocol import Changeset, Draft
from layers.store.rows import Plan, Row, encode_together, insert
from layers.store.rows import plan as plan_of
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
    was_empty: dict[str, bool] = field(default_factory=dict)
    put_away: dict[str, list[str]] = field(default_factory=dict)

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
            if name not in self.was_empty:
                self.was_empty[name] = _is_empty(self.connection, layer)
            rows = self._checked(layer, changes)
            if not self.faults:
                self._write(layer, rows)

    def finish(self) -> Changeset:
        """Write the changeset itself, or refuse the whole."""
        for name, shared in self._shared_codes():
            for code in shared:
                self._fault(Conflict, Text("store.shared-code", code=code), layer=name, value=code)
        for kind in (InvalidParameter, NotFound, Conflict, StaleRevision):
            if kind in self.faults:
                raise kind(*self.faults[kind])
        if not self.counts and not self.draft.settings:
            raise InvalidParameter(Text("store.nothing"))
        for statement in itertools.chain.from_iterable(self.put_away.values()):
            self._driver().execute(statement)
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

    def _checked(self, layer: LayerTable, changes: Sequence[Change]) -> list[Row]:
        """Return the changes of one layer with what the workspace holds, every fault noted."""
        plans: dict[tuple[str, ...], Plan] = {}
        ids = [change.id for change in changes]
        rows = [Row(change) for change in changes]
        last_touched = _last_revisions(self.connection, layer, ids)
        # what came into an empty layer came by this very changeset
        known = () if self.was_empty[layer.layer.id] and not last_touched else ids
        stored = {row[0]: row for row in reading.stored_rows(self.connection, layer, known)} if known else {}
        outside = watching.edited(self.connection, layer, ids)
        new = not stored and not last_touched and not outside and all(change.before is None for change in changes)
        if new and len(set(ids)) == len(ids) and encode_together(layer, rows, self.time):
            self._shape(layer, rows)
            return rows
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

    def _check_new(self, layer: LayerTable, row: Row, exists: bool, used: bool) -> None:
        change = row.change
        where = {"layer": layer.layer.id, "feature": change.id}
        if exists:
            self._fault(Conflict, Text("store.exists", id=change.id), **where)
        elif used and self.draft.reverts is None and not self.draft.revives:
            self._fault(Conflict, Text("store.used", id=change.id), **where)
        elif used:
            # brought back: the version goes on, so that nothing takes the new one for the old
            row.version = reading.last_version(self.connection, layer, change.id) + 1

    def _check_base(self, layer: LayerTable, row: Row, before: Feature, stored: Sequence[Any] | None) -> None:
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
        self, layer: LayerTable, row: Row, given: Mapping[str, Value], plans: dict[tuple[str, ...], Plan]
    ) -> None:
        """Turn the properties of a change into a row's values, those that are set, in the order of the fields."""
        change = row.change
        names = tuple(given)
        plan = plans.get(names)
        if plan is None:
            plan = plans[names] = plan_of(layer, names)
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

    def _shape(self, layer: LayerTable, rows: list[Row]) -> None:
        """Give every row its geometry in simplest form, before and after, and check that the layer accepts it."""
        after = np.empty(len(rows), dtype=object)
        after[:] = [row.change.after.geometry if row.change.after else None for row in rows]
        finite = geom.all_finite(after)
        after[~finite] = None
        simple = geom.simplest(after)
        accepted = layer.layer.accepts if layer.layer.spatial else ()
        wrong = ~np.isin(shapely.get_type_id(after), geom.types_of(accepted))
        if "point" in accepted and len(accepted) == 1:
            wrong |= shapely.get_type_id(simple) != shapely.GeometryType.POINT
        for place in np.flatnonzero(~finite | (wrong & ~shapely.is_missing(simple))).tolist():
            text = Text("store.geometry", layer=layer.layer.label, accepts=accepted)
            self._fault(InvalidParameter, text, layer=layer.layer.id, feature=rows[place].change.id)
        _remember(self.added, layer, simple)
        wkb, boxes = geom.to_wkb(simple), shapely.bounds(simple)
        for row, *made in zip(rows, wkb, geom.wrapped(simple, wkb, boxes), boxes.tolist(), strict=True):
            row.wkb_after, row.blob, row.box = made
        if any(row.stored for row in rows):
            before = self._stored_shapes(layer, rows)
            _remember(self.removed, layer, before)
            for row, body in zip(rows, geom.to_wkb(before), strict=True):
                row.wkb_before = body

    def _stored_shapes(self, layer: LayerTable, rows: list[Row]) -> np.ndarray:
        try:
            return geom.from_blobs([row.stored[-1] if row.stored else None for row in rows])
        except ValueError as error:
            text = Text("store.foreign-value", layer=layer.layer.id, reason=str(error))
            raise StoreUnusable(Fault(text, {"layer": layer.layer.id})) from error

    def _write(self, layer: LayerTable, rows: Sequence[Row]) -> None:
        tail, run = layer.layer.spatial, self.connection.exec_driver_sql
        created = [row for row in rows if row.change.before is None]
        deleted = [row for row in rows if row.change.after is None]
        updated = [row for row in rows if row.change.before is not None and row.change.after is not None]
        if created:
            self._insert(layer, created)
        if updated:
            names = [each.name for each in layer.layer.fields]
            run(layer.update_statement(), [(*row.columns(names, tail)[1:], row.change.id) for row in updated])
        if deleted:
            run(f'DELETE FROM "{layer.name}" WHERE id = ?', [(row.change.id,) for row in deleted])
        start, fields = self.seq, layer.layer.fields
        self.seq += len(rows)
        name, revision = layer.layer.id, self.revision
        insert(run, _CHANGE, [
            (revision, seq, name, row.change.id, row.change.op, row.packed_before(fields), row.packed_after())
            for seq, row in enumerate(rows, start + 1)
        ])  # fmt: skip
        counts = self.counts.setdefault(name, {"create": 0, "update": 0, "delete": 0})
        for op, done in (("create", created), ("update", updated), ("delete", deleted)):
            counts[op] += len(done)
        self._note_codes(layer, rows)

    def _insert(self, layer: LayerTable, rows: Sequence[Row]) -> None:
        spatial, run = layer.layer.spatial, self.connection.exec_driver_sql
        # most columns of most imports are empty, and to bind nothing costs as much as anything
        set_by_any = {name for row in rows for name in row.values}
        names = [each.name for each in layer.layer.fields if each.name in set_by_any]
        shaped = spatial and any(row.blob is not None for row in rows)
        statement = layer.insert_statement([*layer.columns[:2], *names, *(layer.columns[-1:] if shaped else ())])
        told = [row.columns(names, shaped) for row in rows]
        if len(rows) == _BATCH and layer.layer.id not in self.put_away:
            self.put_away[layer.layer.id] = packing.put_away(self._driver(), layer)
        if not spatial or (len(rows) < _MANY and layer.layer.id not in self.put_away):
            insert(run, statement, told)
            return
        with packing.asleep(self._driver().triggers):
            insert(run, statement, told)
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

    def _note_codes(self, layer: LayerTable, rows: Sequence[Row]) -> None:
        """Note codes that two features have by now; at the end each must have gone back to one."""
        if self.was_empty[layer.layer.id]:
            return  # every code in it is of this changeset
        codes = {str(row.values["code"]) for row in rows if "code" in row.values}
        shared = _shared(self.connection, layer, codes)
        if shared:
            self.shared_codes.setdefault(layer.layer.id, set()).update(shared)

    def _shared_codes(self) -> Iterator[tuple[str, list[str]]]:
        """Yield layer and the codes that two of its features have."""
        for name, codes in self.shared_codes.items():
            yield name, _shared(self.connection, self.tables[name], codes)
        for name in self.counts:
            if self.was_empty[name]:
                yield name, _shared(self.connection, self.tables[name])

    def _fault(self, kind: type[GridmapError], text: Text, **where: object) -> None:
        self.faults.setdefault(kind, []).append(Fault(text, where))


def _names_one_feature(change: Change) -> bool:
    if change.after is None:
        if change.before is None:
            return False
    elif change.after.id != change.id:
        return False
    return type(change.id) is str and change.id != "" and values.is_text(change.id)


def _is_empty(connection: Connection, layer: LayerTable) -> bool:
    return bool(connection.exec_driver_sql(f'SELECT NOT EXISTS (SELECT 1 FROM "{layer.name}")').scalar_one())


def _last_revisions(connection: Connection, layer: LayerTable, ids: Iterable[str]) -> dict[str, int]:
    """Return the last revision that touched each of some ids, for those that were ever used."""
    rows = connection.exec_driver_sql(
        "SELECT feature_id, max(revision) FROM gridmap_changes WHERE layer = ?"
        " AND feature_id IN (SELECT value FROM json_each(?)) GROUP BY feature_id",
        (layer.layer.id, msgspec.json.encode(list(ids)).decode()),
    )
    return dict(rows.all())


def _shared(connection: Connection, layer: LayerTable, codes: Iterable[str] | None = None) -> list[str]:
    """Return those of some codes, or of all, that more than one feature has."""
    among = "code IN (SELECT value FROM json_each(?))" if codes is not None else "code NOT NULL"
    rows = connection.exec_driver_sql(
        f'SELECT code FROM "{layer.name}" WHERE {among} GROUP BY code HAVING count(*) > 1',
        () if codes is None else (msgspec.json.encode(list(codes)).decode(),),
    )
    return list(rows.scalars())


def _remember(boxes: dict[str, geopackage.Box], layer: LayerTable, shapes: np.ndarray) -> None:
    bounds = shapely.total_bounds(shapes)
    if np.isfinite(bounds).all():
        known, (west, south, east, north) = boxes.get(layer.layer.id), bounds.tolist()
        new = (west, south, east, north)
        boxes[layer.layer.id] = new if known is None else geopackage.around(known, new)
