"""Parts of a proposal written as records of a layer: checked as records by hand are, one changeset, once a part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import shapely

from layers.catalogue import Layer, catalogue
from layers.errors import Conflict, Fault, InvalidParameter
from layers.model.feature import Change, Feature
from layers.proposals.kinds import Accepted, Taken
from layers.store.protocol import Changeset, Draft, Query, Store
from layers.text import Text
from layers.usecases.edits.byhand import NUMBER_AT_END, next_code
from layers.usecases.edits.consequences import with_consequences
from layers.usecases.edits.features import KEEP, Given, free_id, judged
from layers.usecases.plans.turns import digest_of
from layers.usecases.plans.writing import Writer

PARTS, KEY = "proposal-parts.", "proposal-key."


@dataclass(frozen=True)
class Record:
    """What a part becomes.

    Attributes
    ----------
    part : str
        Its id; several records may come of one part.
    properties : mapping
        Fields of the layer; what the layer has a default for may be left out, and the code, which is the next free one
        then.
    geometry : Geometry or None
        Longitude and latitude.
    """

    part: str
    properties: Mapping[str, Any]  # as the fields of the layer have them
    geometry: shapely.Geometry | None = None


def record(store: Store, taken: Taken, records: Sequence[Record], writer: Writer) -> Accepted:
    """Write records into the layer that is meant, as one changeset that names the proposal.

    A record without a `source` names the proposal and the part there.

    Raises
    ------
    InvalidParameter
        The layer cannot hold some of them; each part is named with what is wrong.
    Conflict
        A part was taken over before and still stands; a code is a feature's already; the key stands for another write.
    """
    return _Recording(store, taken, catalogue().layer(taken.into), records, writer).written()


def refused(reasons: Iterable[tuple[str, Text]]) -> InvalidParameter:
    """Return the refusal that names each part with its reason."""
    return InvalidParameter(*(_refused(part, why, {}) for part, why in reasons))


def recorded_of(store: Store, job: str) -> dict[str, set[str]]:
    """Return layer → the features that parts of a proposal became, those that are gone again among them."""
    kept = _kept(store, job)
    return {layer: {id for ids in parts.values() for id in ids} for layer, parts in kept.items()}


class _Before(Exception):
    """This very write was done already."""

    def __init__(self, done: Accepted) -> None:
        super().__init__()
        self.done = done


class _Recording:
    """Records on their way into a layer; `settings` keep which part became what, and under which key."""

    def __init__(self, store: Store, taken: Taken, layer: Layer, records: Sequence[Record], writer: Writer) -> None:
        self.store, self.taken, self.layer, self.writer = store, taken, layer, writer
        self.records = [replace(each, properties=self._told(each)) for each in records]
        told = [taken.job, taken.into, taken.name, [each.id for each in taken.parts]]
        self.key: str | None = None if writer.key is None else KEY + digest_of(writer.key)
        self.digest = digest_of(told)
        self.settings: dict[str, str] = {}
        self.ids: list[str] = []

    def written(self) -> Accepted:
        """Write them, or say what this very write made."""
        done = self._before()
        if done is not None:
            return done
        self._refuse_taken()
        made = self._judged()
        said = Text("proposals.did-accept", layer=self.layer.label, job=self.taken.job, n=len(made)).in_both()
        author, now = self.writer.author, self.writer.now
        draft = Draft(author, now, said, "edit", self._changes(made), None, self.settings)
        try:
            changeset = self.store.commit(draft)
        except _Before as before:
            return before.done
        return Accepted(self.layer.id, tuple(self.ids), changeset)

    def _told(self, record: Record) -> dict[str, Any]:
        source = Text("proposals.source", job=self.taken.job, part=record.part).say("zh")
        given = {"source": source, **record.properties}
        given = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in given.items()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}

    def _judged(self) -> list[Feature]:
        """Return the features that they are, the code left open where none is given; every fault is named."""
        faults: list[Fault] = []
        there: dict[tuple[str, str], bool] = {}
        made = []
        for each in self.records:
            open_code = not each.properties.get("code")
            properties = {**each.properties, "code": "new"} if open_code else dict(each.properties)
            shape = KEEP if each.geometry is None else each.geometry
            feature, found = judged(self.store, self.layer, None, Given(properties, shape), there)
            faults += [_refused(each.part, fault.text, fault.where) for fault in found]
            made.append(replace(feature, id="") if open_code else feature)
        taken = self._codes_taken(feature.id for feature in made if feature.id)
        faults += [
            _refused(each.part, Text("features.code-taken"), {"value": feature.id})
            for each, feature in zip(self.records, made, strict=True)
            if feature.id in taken
        ]
        if faults:
            raise InvalidParameter(*faults)
        return made

    def _codes_taken(self, given: Iterable[str]) -> set[str]:
        codes = list(given)
        twice = {code for code in codes if codes.count(code) > 1} if len(set(codes)) < len(codes) else set()
        if not codes:
            return twice
        stored = self.store.read(self.layer.id, Query(columns=("code",), geometry=False))["code"]
        return twice | (set(stored) & set(codes))

    def _changes(self, made: Sequence[Feature]) -> Iterator[Change]:
        """Yield what is written. It is walked as the one writer, so that nobody is faster with the same part or key."""
        done = self._before()
        if done is not None:
            raise _Before(done)
        self._refuse_taken()
        features = self._named(made)
        self.ids = [each.id for each in features]
        kept = _kept(self.store, self.taken.job)
        parts = kept.setdefault(self.layer.id, {})
        for each in self.records:
            parts[each.part] = []
        for each, feature in zip(self.records, features, strict=True):
            parts[each.part].append(feature.id)
        self.settings[PARTS + self.taken.job] = msgspec.json.encode(kept).decode()
        if self.key is not None:
            said = _Key(self.digest, self.layer.id, self.ids)
            self.settings[self.key] = msgspec.json.encode(said).decode()
        changes = [Change(self.layer.id, each.id, None, each) for each in features]
        yield from with_consequences(self.store, changes, self.store.setting("metric_crs"))

    def _named(self, made: Sequence[Feature]) -> list[Feature]:
        """Give features codes where they have none, and ids that were never used."""
        used, last = self.store.known_ids(self.layer.id), dict[object, str]()
        found = []
        for each in made:
            code = str(each.properties["code"]) if each.id else self._next_code(each, used, last)
            id = free_id(code, used.__contains__)
            used |= {code, id}
            found.append(replace(each, id=id, properties={**each.properties, "code": code}))
        return found

    def _next_code(self, feature: Feature, used: set[str], last: dict[object, str]) -> str:
        place = feature.properties.get("community_code")
        known = NUMBER_AT_END.match(last[place]) if place in last else None
        if known is None:
            code = next_code(self.store, self.layer, {"community_code": place}, used)
        else:
            number = int(known[2])
            code = last[place]
            while code in used:
                number += 1
                code = f"{known[1]}{number:0{len(known[2])}}"
        last[place] = code
        return code

    def _before(self) -> Accepted | None:
        """Return what this very write made, while any of it still stands; Conflict where its key is another write's."""
        kept = None if self.key is None else self.store.setting(self.key)
        if kept is None:
            return None
        said = msgspec.json.decode(kept, type=_Key)
        if all(self.store.get(said.layer, id) is None for id in said.ids):
            return None
        if said.digest != self.digest:
            layer = catalogue().layer(said.layer).label
            text = Text("proposals.key-used", given=self.writer.key, layer=layer, ids=said.ids[:20])
            raise Conflict(Fault(text, {"parameter": "Idempotency-Key"}))
        return Accepted(said.layer, tuple(said.ids), self._made_by(said.layer, said.ids[0]), replayed=True)

    def _made_by(self, layer: str, id: str) -> Changeset:
        """Return the changeset that made a feature."""
        return self.store.feature_history(layer, id)[-1][0]

    def _refuse_taken(self) -> None:
        """Refuse parts that became records which still stand: twice the same record is what nobody means."""
        kept = _kept(self.store, self.taken.job).get(self.layer.id, {})
        faults = []
        for part in dict.fromkeys(each.part for each in self.records):
            standing = [id for id in kept.get(part, ()) if self.store.get(self.layer.id, id) is not None]
            if standing:
                by = self._made_by(self.layer.id, standing[0]).revision
                text = Text("proposals.taken-before", layer=self.layer.label, ids=standing[:20], by=by)
                faults.append(_refused(part, text, {}))
        if faults:
            raise Conflict(*faults)


class _Key(msgspec.Struct):
    """What was written under a key."""

    digest: str
    layer: str
    ids: list[str]


def _refused(part: str, why: Text, where: Mapping[str, object]) -> Fault:
    places = {"pointer": where["pointer"]} if "pointer" in where else {}
    return Fault(Text("proposals.part-refused", part=part, why=why), {"parameter": "parts", "value": part, **places})


def _kept(store: Store, job: str) -> dict[str, dict[str, list[str]]]:
    """Return layer → part → the features that it became."""
    kept = store.setting(PARTS + job)
    return {} if kept is None else msgspec.json.decode(kept, type=dict[str, dict[str, list[str]]])
