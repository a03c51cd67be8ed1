"""A proposal taken over, whole or in part: read from its job, compared with today's records, written."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import shapely

from layers.catalogue import catalogue
from layers.errors import Conflict, Fault, InvalidParameter
from layers.model.feature import Change, Feature
from layers.model.job import DOCUMENT
from layers.proposals.kinds import Accepted, Kind, Part, Taken, Told, kind_called
from layers.proposals.recording import recorded_of
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases import jobs as usecase
from layers.usecases.plans.writing import Writer

MOST_CHANGES = 20_000
MOST_NAMED = 20
NEAR_DEGREES = 1e-3  # about a hundred metres: streets along the border bound cells, too


@dataclass(frozen=True)
class Since:
    """What has changed in a layer, where a proposal lies, since it was made.

    Attributes
    ----------
    layer : str
    count : int or None
        How many features; None where it is too many to be counted.
    features : list of str
        Some of them.
    """

    layer: str
    count: int | None
    features: list[str]


class Outdated(Conflict):
    """The records moved on since the proposal was made; `since` says how, `process` and `inputs` compute it again."""

    def __init__(self, since: Sequence[Since], process: str, inputs: Mapping[str, Any]) -> None:
        layers = [catalogue().layer(each.layer).label for each in since]
        super().__init__(Fault(Text("proposals.outdated", layers=layers), {"parameter": "proposal"}))
        self.since, self.process, self.inputs = list(since), process, dict(inputs)


@dataclass(frozen=True)
class Wish:
    """What is to be accepted.

    Attributes
    ----------
    job : str
        The job whose result the proposal is.
    parts : sequence of str or None
        The parts to take over; all of them when None.
    anyway : bool
        Take it over although the records have changed since.
    into : str or None
        The layer that the parts become features of; the kind's usual one when None.
    name : str or None
        What it is to be called, where the kind asks for a name.
    """

    job: str
    parts: Sequence[str] | None = None
    anyway: bool = False
    into: str | None = None
    name: str | None = None


def accept(store: Store, wish: Wish, writer: Writer, today: dt.date) -> Accepted:
    """Write a proposal, or some of its parts, as a draft or as records: what its kind makes.

    Raises
    ------
    NotFound
        There is no such job, or it has not ended.
    InvalidParameter
        It has no such part, or none was picked; its kind makes nothing of the layer, or asks for no name; a part is
        nothing that the layer can hold.
    Outdated
        The records changed since, and nobody said to take it over anyway.
    Conflict
        The job made no proposal; a part was taken over before; what the kind refuses.
    """
    taken, kind = read(store, wish)
    since = changed_since(store, kind, taken)
    if since and not wish.anyway:
        raise Outdated(since, kind.id, taken.inputs)
    return kind.accept(store, taken, writer, today)


def read(store: Store, wish: Wish) -> tuple[Taken, Kind]:
    """Read the picked parts of a proposal from its job; errors as `accept`."""
    told, kind = whole(store, wish.job)
    into, parts = _into(wish, kind), told.parts
    wanted = list(dict.fromkeys(wish.parts)) if wish.parts is not None else list(parts)
    unknown = [each for each in wanted if each not in parts]
    if unknown or not wanted:
        text = Text("proposals.no-such-part", parts=unknown[:MOST_NAMED] or ["—"], known=list(parts)[:MOST_NAMED])
        raise InvalidParameter(Fault(text, {"parameter": "parts"}))
    return Taken(wish.job, told.inputs, told.summary, [parts[each] for each in wanted], into, wish.name), kind


def whole(store: Store, job: str) -> tuple[Told, Kind]:
    """Read a proposal from its job.

    Raises
    ------
    NotFound
        There is no such job, or it has not ended.
    Conflict
        The job made no proposal, or not all of it was asked for.
    """
    jobs = store.jobs()
    found = usecase.found(jobs, job)
    kind = kind_called(found.order.process, job)
    kept = usecase.answer(jobs, job)
    if found.order.response != DOCUMENT or not {"proposal", "summary"} <= set(found.order.outputs):
        raise Conflict(Fault(Text("proposals.not-whole", job=job), {"parameter": "proposal"}))
    outputs = msgspec.json.decode(zlib.decompress(kept.body, wbits=31))
    parts = {
        str(each["id"]): Part(str(each["id"]), _shape(each["geometry"]), each["properties"])
        for each in outputs["proposal"]["features"]
    }
    return Told(found, outputs, parts), kind


def _into(wish: Wish, kind: Kind) -> str:
    """Return the layer that parts become features of; InvalidParameter where the kind makes nothing of that layer."""
    into = wish.into or kind.into[0]
    if into not in kind.into:
        where = {"parameter": "into", "value": into[:40]}
        raise InvalidParameter(Fault(Text("proposals.into", kind=kind.id, known=list(kind.into)), where))
    if wish.name is not None and into not in kind.named:
        raise InvalidParameter(Fault(Text("plans.beside-proposal"), {"parameter": "name"}))
    return into


def _shape(told: Mapping[str, Any] | None) -> shapely.Geometry | None:
    return None if told is None else shapely.geometry.shape(told)


def changed_since(store: Store, kind: Kind, taken: Taken) -> list[Since]:
    """Say what has changed where the picked parts lie, in the layers that the proposal rests on.

    What came and went again has not changed anything, nor have other parts that were taken over.
    """
    now, then = store.layer_revisions(), taken.summary["revisions"]
    around, own = _around(taken), recorded_of(store, taken.job)
    found = []
    for layer in kind.rests_on:
        if now[layer] <= then.get(layer, 0):
            continue
        changes = store.changes_since(layer, then.get(layer, 0), MOST_CHANGES)
        if changes is None:
            found.append(Since(layer, None, []))
            continue
        ended = {each.id: each.after for each in changes}
        began = {each.id: each.before for each in reversed(changes)}
        same = {id for id, after in ended.items() if began[id] is None and _gone_or_own(after, own.get(layer, ()))}
        left = [each for each in changes if each.id not in same]
        near = sorted({each.id for each in left if _concerns(kind, taken, each, around)})
        if near:
            found.append(Since(layer, len(near), near[:MOST_NAMED]))
    return found


def _around(taken: Taken) -> shapely.Geometry | None:
    """Return where the picked parts lie, and a little more; None where they lie nowhere, or one does."""
    shapes = [each.geometry for each in taken.parts]
    if any(each is None for each in shapes):
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    return shapely.box(west - NEAR_DEGREES, south - NEAR_DEGREES, east + NEAR_DEGREES, north + NEAR_DEGREES)


def _gone_or_own(after: Feature | None, own: Collection[str]) -> bool:
    """Say whether nothing is left of what is new since, or it is another part as it was taken over."""
    return after is None or (after.id in own and after.version == 1)


def _concerns(kind: Kind, taken: Taken, change: Change, around: shapely.Geometry | None) -> bool:
    if kind.concerns is not None:
        return kind.concerns(taken, change)
    return around is None or _meets(change, around)


def _meets(change: Change, place: shapely.Geometry) -> bool:
    """Say whether a feature lies or lay in a place; what lies nowhere counts, since it may be meant."""
    shapes = [each.geometry for each in (change.before, change.after) if each is not None]
    return all(each is None for each in shapes) or any(
        each is not None and bool(shapely.intersects(each, place)) for each in shapes
    )
