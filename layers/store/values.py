"""Values at rest: how each type of field is written into a column and into history, and read back.

text and enum are text, integer and number numbers, boolean 0 or 1, date ``YYYY-MM-DD``, list a JSON array.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from layers.catalogue import Layer
from layers.model.feature import Feature, Raw, Value
from layers.store import geometry as geom

Stored = str | int | float | None
_MANY = 100  # rows from which on it pays to look for columns that hold nothing
_LEAST, _MOST = -(2**63), 2**63 - 1
SAFE = 2**63  # an integer that is smaller, whatever its sign, can be held


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    if not value.isascii():
        value.encode("utf-8")  # a lone surrogate is no text
    return value


def is_text(value: str) -> bool:
    """Say whether a text can be kept: a lone surrogate, as broken decoders leave them, is none."""
    try:
        _text(value)
    except UnicodeEncodeError:
        return False
    return True


def _integer(value: object) -> int:
    # by type, as a bool is an int to Python; a range would try a number of NumPy member by member
    if (type(value) is not int and not isinstance(value, np.integer)) or not _LEAST <= value <= _MOST:
        raise TypeError
    return int(value)


def _number(value: object) -> float:
    if not isinstance(value, (float, int, np.floating, np.integer)) or isinstance(value, bool):
        raise TypeError
    if not math.isfinite(value):
        raise ValueError
    return float(value)


def _boolean(value: object) -> int:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError
    return int(value)


def _date(value: object) -> str:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise TypeError
    return value.isoformat()


def _list(value: object) -> str | None:
    if not isinstance(value, (tuple, list)):
        raise TypeError
    return msgspec.json.encode([_text(each) for each in value]).decode("utf-8") if value else None


WORDS = frozenset({"text", "enum"})  # of ASCII they are held as they are
ENCODE: dict[str, Callable[[object], Stored]] = {
    "text": _text,
    "enum": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "list": _list,
}

_DECODE: dict[str, Callable[..., Value]] = {
    "boolean": bool,
    "date": dt.date.fromisoformat,
    "list": lambda stored: tuple(msgspec.json.decode(stored)),
}


def encode(kind: str, value: Raw) -> Stored:
    """Return `value` as a column of a field of type `kind` holds it; TypeError or ValueError if it cannot."""
    return None if value is None else ENCODE[kind](value)


def decode(kind: str, stored: Stored) -> Value:
    """Return the value that a column of a field of type `kind` holds."""
    if stored is None or kind not in _DECODE:
        return stored
    return _DECODE[kind](stored)


class Snapshot(msgspec.Struct, array_like=True):
    """A feature in history: its values as columns hold them, its geometry as WKB."""

    version: int
    geometry: bytes | None
    values: dict[str, Stored]


_packer = msgspec.msgpack.Encoder()
_unpacker = msgspec.msgpack.Decoder(Snapshot)


def pack(version: int, wkb: bytes | None, stored: Mapping[str, Stored]) -> bytes:
    """Return one feature as history keeps it: values that are not set are left out."""
    return pack_set(version, wkb, {name: value for name, value in stored.items() if value is not None})


def pack_set(version: int, wkb: bytes | None, stored: dict[str, Stored]) -> bytes:
    """Return what `pack` does of values that are all set."""
    return _packer.encode(Snapshot(version, wkb, stored))


def unpack(blob: bytes) -> Snapshot:
    """Return what history keeps of one feature."""
    return _unpacker.decode(blob)


def features(layer: Layer, rows: Iterable[tuple[str, bytes | None]]) -> list[Feature | None]:
    """Return features from pairs of id and history blob; None where there is no blob."""
    return from_snapshots(layer, [(id, None if blob is None else unpack(blob)) for id, blob in rows])


def from_snapshots(layer: Layer, pairs: Sequence[tuple[str, Snapshot | None]]) -> list[Feature | None]:
    """Return features from pairs of id and what history keeps; None where there is nothing."""
    shapes = geom.from_wkb([snapshot.geometry if snapshot else None for _, snapshot in pairs])
    kinds = {field.name: field.type for field in layer.fields}
    found: list[Feature | None] = []
    for (id, snapshot), shape in zip(pairs, shapes, strict=True):
        if snapshot is None:
            found.append(None)
            continue
        # a field that the catalogue has dropped since stays in history as it was written
        properties = {name: decode(kinds.get(name, "text"), value) for name, value in snapshot.values.items()}
        found.append(Feature(id, shape, properties, snapshot.version))
    return found


def feature_rows(layer: Layer, rows: Sequence[Sequence[Any]]) -> list[Feature]:
    """Return features from table rows ``(id, version, *fields, blob)``."""
    shapes = geom.from_blobs([row[-1] for row in rows])
    # most columns hold their values as they are: a page of 1,000 features would else call `decode` 20,000 times;
    # and most of the others hold nothing
    cells = [] if len(rows) < _MANY else list(zip(*rows, strict=True))
    fields = [each for each in enumerate(layer.fields, 2) if not cells or cells[each[0]].count(None) < len(rows)]
    plain = [(place, field.name) for place, field in fields if field.type not in _DECODE]
    coded = [(place, field.name, _DECODE[field.type]) for place, field in fields if field.type in _DECODE]
    del cells
    found = []
    for row, shape in zip(rows, shapes, strict=True):
        properties = {name: row[place] for place, name in plain if row[place] is not None}
        for place, name, read in coded:
            if row[place] is not None:
                properties[name] = read(row[place])
        found.append(Feature(row[0], shape, properties, row[1]))
    return found
