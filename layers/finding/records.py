"""What the records of a workspace are called, layer by layer, kept until a layer changes.

Of a large layer in which little changed the names stay as they were laid out, and what changed stands beside them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from layers.catalogue import catalogue
from layers.finding.names import Found, Names
from layers.keeping import OfEach, Recent
from layers.store.frames import frames_of
from layers.store.protocol import Query, Store

# In the order in which they are told. Roads of one name are one thing to look for.
SOUGHT = (
    "communities", "courtyards", "grids", "stations", "managers", "buildings", "roads", "managed-areas", "joint-units",
    "streets", "districts",
)  # fmt: skip
BY_NAME = ("roads",)
MANY, FEW_CHANGES = 20_000, 2_000
_TEXT = pd.StringDtype(na_value=np.nan)
FIELDS = ("code", "name", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that was found; of roads `id` is the name that they share."""

    layer: str
    id: str
    code: str
    name: str
    rank: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a layer were found; with `more`, at least so many."""

    layer: str
    count: int
    more: bool


@dataclass(frozen=True)
class Called:
    """The records of a layer by what they are called; `changed` stand in `beside`, whatever is said of them here."""

    revision: int
    ids: ExtensionArray
    names: ExtensionArray
    codes: ExtensionArray
    days: tuple[np.ndarray, np.ndarray]  # by number: int32
    laid: Names
    changed: frozenset[str] = frozenset()
    beside: Called | None = None

    def find(self, text: str, day: dt.date) -> Iterator[tuple[Called, Found]]:
        """Yield what is found of what is valid on a day."""
        found = self.laid.find(text)
        on = _number(day.isoformat())
        valid = (self.days[0][found.rows] <= on) & (on <= self.days[1][found.rows])
        if self.changed:
            valid &= np.fromiter((id not in self.changed for id in self.ids[found.rows]), bool, len(found.rows))
        yield self, Found(found.rows[valid], found.rank[valid], found.more)
        if self.beside is not None:
            yield from self.beside.find(text, day)


def search(
    store: Store, text: str, day: dt.date, most: int, layers: Sequence[str] = SOUGHT
) -> tuple[list[Hit], list[Tally]]:
    """Return the best of what a text finds in any layer, and how many records it finds in each.

    What is so called comes first, then what begins so, then what has it within; every layer that has something has a
    place among the best.
    """
    revisions, known = store.layer_revisions(), _KEPT(store)
    hits: list[list[Hit]] = []
    tallies = []
    for layer in layers:
        called = known.of(store, layer, revisions.get(layer, 0))
        pieces = list(called.find(text, day))
        count = sum(len(found.rows) for _, found in pieces)
        if count:
            tallies.append(Tally(layer, count, any(found.more for _, found in pieces)))
            hits.append(_best(layer, pieces, most))
    return _shared_out(hits, most), tallies


def ids_of(store: Store, layer: str, id: str, day: dt.date) -> list[str]:
    """Return the ids of the records that a hit stands for: of roads all of that name."""
    if layer not in BY_NAME:
        return [id]
    frame = store.read(layer, Query(as_of=day, equals={"name": id}, columns=("name",), geometry=False))
    return [str(each) for each in frame.index]


def _best(layer: str, pieces: list[tuple[Called, Found]], most: int) -> list[Hit]:
    found = []
    for called, each in pieces:
        first = np.argsort(each.rank, kind="stable")[:most]
        for row, rank in zip(each.rows[first].tolist(), each.rank[first].tolist(), strict=True):
            code = _text(called.codes, row)
            found.append(Hit(layer, called.ids[row], code, _text(called.names, row) or code, rank))
    return sorted(found, key=lambda hit: hit.rank)[:most]


def _shared_out(hits: list[list[Hit]], most: int) -> list[Hit]:
    """Return the best of all layers, so many of each that none takes the places of another."""
    taken = [0] * len(hits)
    while sum(taken) < min(most, sum(map(len, hits))):
        for n, each in enumerate(hits):
            if taken[n] < len(each) and sum(taken) < most:
                taken[n] += 1
    chosen = [hit for n, each in zip(taken, hits, strict=True) for hit in each[:n]]
    return sorted(chosen, key=lambda hit: hit.rank)


class _Layers:
    """What was laid out of each layer of a workspace."""

    def __init__(self) -> None:
        self._kept: dict[str, Recent[tuple[int, str], Called]] = {layer: Recent(1) for layer in SOUGHT}

    def of(self, store: Store, layer: str, revision: int) -> Called:
        kept = self._kept[layer]
        before = next(iter(kept.values()), None)
        return kept.made((revision, layer), lambda: _followed(store, layer, revision, before))


def _followed(store: Store, layer: str, revision: int, before: Called | None) -> Called:
    """Return what a layer's records are called at a revision, made of what was known `before` where that saves work."""
    if before is not None and len(before.ids) > MANY and layer not in BY_NAME:
        changes = store.changes_since(layer, before.revision, FEW_CHANGES)
        if changes is not None:
            ids = before.changed | {str(each.id) for each in changes}
            if len(ids) <= FEW_CHANGES:
                beside = _laid(store, layer, revision, tuple(ids))
                laid = (before.ids, before.names, before.codes, before.days, before.laid)
                return Called(revision, *laid, frozenset(ids), beside)
    return _laid(store, layer, revision)


def _laid(store: Store, layer: str, revision: int, ids: tuple[str, ...] | None = None) -> Called:
    fields = tuple(each for each in FIELDS if each in catalogue().layer(layer).by_name)
    if ids is None and layer not in BY_NAME:
        read = pd.DataFrame(frames_of(store).get(layer))  # whose columns are kept anyway
    else:
        read = pd.DataFrame(store.read(layer, Query(columns=fields, geometry=False, ids=ids)))
    days = {"since": _days(read, "valid_from", "0001-01-01"), "until": _days(read, "valid_to", "9999-12-31")}
    frame = pd.DataFrame({"id": read.index, **{name: _texts(read, name) for name in ("name", "code")}, **days})
    if layer in BY_NAME:
        together = {"name": "first", "code": "first", "since": "min", "until": "max"}
        frame = frame[frame["name"].notna()].assign(code="")
        frame = frame.assign(id=frame["name"]).groupby("id", sort=True, as_index=False).agg(together)
    # As columns of texts: a million objects of Python take four times the memory.
    kept = [pd.array(frame[name].array, dtype=_TEXT) for name in ("id", "name", "code")]
    since, until = (frame[name].to_numpy(dtype=np.int32) for name in ("since", "until"))
    return Called(revision, kept[0], kept[1], kept[2], (since, until), Names(kept[1], kept[2]))


def _texts(frame: pd.DataFrame, name: str) -> ExtensionArray:
    return frame[name].array if name in frame else pd.array([None] * len(frame), dtype=_TEXT)


def _days(frame: pd.DataFrame, name: str, otherwise: str) -> np.ndarray:
    """Return days by number: int32[n]."""
    if name not in frame:
        return np.full(len(frame), _number(otherwise))
    found = pd.to_datetime(frame[name]).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(found), _number(otherwise), found.astype(np.int64).astype(np.int32))


def _number(day: str) -> np.int32:
    return np.datetime64(day, "D").astype(np.int32)


def _text(column: ExtensionArray, row: int) -> str:
    found = column[row]
    return found if isinstance(found, str) else ""


_KEPT: OfEach[Store, _Layers] = OfEach(lambda store: _Layers())
