"""Who writes into the tables of layers? Triggers note every write that is not ours, whichever program makes it.

A feature that was edited so gets a negative version, the number of the last note about it, until it is adopted or taken
back (`layers.store.outside`). Therefore its ETag moves, and nothing of ours overwrites it unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from layers.store.schema import LayerTable

_MOVED = 40  # bits: below them a layer's revision, above them how often it moved without one
_ALONE = "NOT EXISTS (SELECT 1 FROM gridmap_writing)"
_NOTE = (
    "INSERT INTO gridmap_outside (layer, id, time) SELECT '{layer}', {id}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    " WHERE {when};"
)
_MOVE = "UPDATE gridmap_outside_layers SET moved = moved + 1 WHERE layer = '{layer}';"
# the same table is written within its own trigger, which must not note that again
_VERSION = (
    "INSERT INTO gridmap_writing VALUES (1);"
    ' UPDATE "{table}" SET version = -(SELECT max(number) FROM gridmap_outside) WHERE fid = NEW.fid;'
    " DELETE FROM gridmap_writing;"
)
_OLD, _NEW = _NOTE.format(layer="{layer}", id="OLD.id", when="1"), _NOTE.format(layer="{layer}", id="NEW.id", when="1")
_RENAMED = _NOTE.format(layer="{layer}", id="OLD.id", when="OLD.id IS NOT NEW.id")
_REPLACED = _NOTE.format(
    layer="{layer}", id='(SELECT id FROM "{table}" WHERE fid = NEW.fid)', when="1"
)  # INSERT OR REPLACE deletes without a word
_TRIGGERS = {
    "replace": (
        'BEFORE INSERT ON "{table}" WHEN ' + _ALONE + ' AND EXISTS (SELECT 1 FROM "{table}" WHERE fid = NEW.fid)',
        _REPLACED,
    ),
    "insert": ('AFTER INSERT ON "{table}" WHEN ' + _ALONE, f"{_NEW} {_MOVE} {_VERSION}"),
    "update": ('AFTER UPDATE ON "{table}" WHEN ' + _ALONE, f"{_RENAMED} {_NEW} {_MOVE} {_VERSION}"),
    "delete": ('AFTER DELETE ON "{table}" WHEN ' + _ALONE, f"{_OLD} {_MOVE}"),
}


def unwatched(connection: Connection, tables: Mapping[str, LayerTable]) -> list[LayerTable]:
    """Return the layers that lack a trigger."""
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars())
    return [layer for layer in tables.values() if not there.issuperset(_name(layer, verb) for verb in _TRIGGERS)]


def watch(connection: Connection, layer: LayerTable) -> None:
    """Have every write into a layer's table noted that is not ours."""
    names = {"table": layer.name, "layer": layer.layer.id}
    for verb, (when, then) in _TRIGGERS.items():
        name = _name(layer, verb)
        connection.exec_driver_sql(
            f'CREATE TRIGGER IF NOT EXISTS "{name}" {when.format(**names)} BEGIN {then.format(**names)} END'
        )
    connection.exec_driver_sql("INSERT OR IGNORE INTO gridmap_outside_layers VALUES (?, 0)", (layer.layer.id,))


def at_insert(layer: LayerTable) -> list[str]:
    """Return the names of the triggers that fire when a feature comes."""
    return [_name(layer, verb) for verb in ("replace", "insert")]


def move(connection: Connection, layer: LayerTable) -> None:
    """Let whatever is kept of a layer be made anew."""
    connection.exec_driver_sql(_MOVE.format(layer=layer.layer.id))


@contextmanager
def own_writing(connection: Connection) -> Iterator[None]:
    """Say that what is written now is ours; a transaction that fails takes it back with everything else."""
    connection.exec_driver_sql("INSERT INTO gridmap_writing VALUES (1)")
    yield
    connection.exec_driver_sql("DELETE FROM gridmap_writing")


def moved(revision: int, times: int) -> int:
    """Return one number for a layer that was last touched by a revision and moved some times without one."""
    return revision + (times << _MOVED)


def times_moved(number: int) -> int:
    """Return how often a layer had moved without a revision."""
    return number >> _MOVED


def revision_of(number: int) -> int:
    """Return the revision in what `moved` made of it."""
    return number & ((1 << _MOVED) - 1)


def edited(connection: Connection, layer: LayerTable, among: Collection[str]) -> set[str]:
    """Return those of some ids whose features were edited outside."""
    found = connection.exec_driver_sql(
        "SELECT DISTINCT id FROM gridmap_outside WHERE layer = ? AND id IN (SELECT value FROM json_each(?))",
        (layer.layer.id, msgspec.json.encode(list(among)).decode()),
    )
    return set(found.scalars())


def _name(layer: LayerTable, verb: str) -> str:
    return f"gridmap_outside_{layer.name}_{verb}"
