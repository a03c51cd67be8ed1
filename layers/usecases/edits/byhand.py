"""Several records corrected by hand in one changeset, as people do it: values as they write them, doubts asked about.

What cannot be is refused, every fault of it at its field. What is odd but may be so is asked about: the refusal names
what was asked, and who sends the same again with these names in `sure` is believed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shapely.geometry.base import BaseGeometry

from layers import clock
from layers.catalogue import Field, Layer
from layers.errors import Conflict, Fault, InvalidParameter, NotFound, StaleRevision
from layers.model.feature import Change, Feature, text_of
from layers.model.values import derived_code, parse
from layers.store.protocol import Changeset, Draft, Holding, Store
from layers.text import Text
from layers.usecases.edits import contracts, sense
from layers.usecases.edits.features import KEEP, Given, Writer, based_on, commit, free_id, judged, writable
from layers.usecases.edits.referring import referrers
from layers.usecases.edits.telling import codes_among

WRITTEN = ("integer", "number", "date", "boolean", "list")
MOBILE = "values.mobile-not-public"
NUMBER_AT_END = re.compile(r"^(.*?)(\d+)$")


@dataclass(frozen=True)
class Step:
    """What becomes of one record.

    Parameters
    ----------
    layer : Layer
    id, version : str, int, optional
        The record and the version that its change is based on; a new record has neither.
    given : Given
        Values as somebody writes them: numbers, dates and lists may be texts.
    delete : bool
    """

    layer: Layer
    id: str | None = None
    version: int | None = None
    given: Given = field(default_factory=lambda: Given({}, KEEP))
    delete: bool = False


@dataclass
class Doubts:
    """Faults, and what is asked about and nobody has said yes to."""

    sure: Collection[str]
    faults: list[Fault] = field(default_factory=list)
    asked: list[Fault] = field(default_factory=list)

    def ask(self, name: str, text: Text, **where: object) -> None:  # as `Fault` takes it
        """Ask about something, unless somebody is sure of it."""
        if name not in self.sure:
            self.asked.append(Fault(text, {"parameter": "sure", "value": name, **where}))

    def settle(self) -> None:
        """Raise the faults, else what is asked; a question makes no sense while something must be changed anyway."""
        if self.faults:
            raise InvalidParameter(*self.faults)
        if self.asked:
            raise Conflict(*self.asked)


def save(
    writer: Writer, steps: Sequence[Step], sure: Collection[str] = (), based_on_revision: int | None = None
) -> tuple[Changeset | None, list[Change]]:
    """Write steps as one changeset; None where nothing changes. Returns what was asked for, not what follows from it.

    Parameters
    ----------
    based_on_revision : int, optional
        The workspace's revision that steps without a version are based on.

    Raises
    ------
    StaleRevision
        Records were changed or deleted since; each is named, with who changed what.
    InvalidParameter
        What cannot be, with a pointer to its field.
    Conflict
        What is asked about (`parameter` is ``sure``, `value` the name to be sure of); records that others refer to.
    """
    doubts, there = Doubts(sure), dict[tuple[str, str], bool]()
    for layer in {step.layer.id: step.layer for step in steps}.values():
        writable(layer)
    olds = _standing(writer.store, steps, based_on_revision)
    changes: list[Change] = []
    for place, (step, old) in enumerate(zip(steps, olds, strict=True)):
        beginning = f"/changes/{place}" if len(steps) > 1 else ""
        change = _change(writer.store, step, old, there, doubts, beginning)
        if change is not None:
            changes.append(change)
    _refuse_twice(changes, doubts)
    doubts.settle()
    if not changes:
        return None, []
    what = "delete" if all(each.after is None for each in changes) else "update"
    what = "create" if all(each.before is None for each in changes) else what
    return commit(writer, changes, what, steps[0].layer), changes


def restore(writer: Writer, layer: Layer, id: str) -> Changeset:
    """Bring a deleted record back as it was, under its own id.

    Raises
    ------
    NotFound
        There never was such a record.
    Conflict
        It is there, or another record has its code by now.
    """
    writable(layer)
    store, where = writer.store, {"layer": layer.id, "feature": id[:80]}
    if store.get(layer.id, id) is not None:
        raise Conflict(Fault(Text("records.not-gone"), where))
    last = next((change for _, change in store.feature_history(layer.id, id) if change.before is not None), None)
    if last is None or last.before is None:
        raise NotFound(Fault(Text("features.no-such-feature", layer=layer.id), where))
    code = text_of(last.before.properties, "code")
    if code is not None and codes_among(store, layer.id, [code]):
        raise Conflict(Fault(Text("records.code-used-since", code=code), where))
    message = Text("records.did-restore", layer=layer.label, id=id).in_both()
    again = Change(layer.id, id, None, replace(last.before, version=0))
    draft = Draft(writer.author, writer.now, message, "edit", [again], holding=Holding(writer.effective), revives=True)
    return store.commit(draft)


def next_code(store: Store, layer: Layer, given: Mapping[str, object], used: Collection[str] | None = None) -> str:
    """Return a code for a record that somebody adds without one: made from what identifies it, else the next number.

    `used` are the ids that the layer ever used, where who asks knows them.
    """
    used = store.known_ids(layer.id) if used is None else used
    words = [str(given[name]) for name in ("name", "managed_area", "manager", "start_date") if given.get(name)]
    if layer.id in ("managers", "arrangements") and words:
        return free_id(derived_code(*words), used.__contains__)
    start = str(given.get("community_code") or given.get("courtyard_code") or "")
    numbered = (NUMBER_AT_END.match(each) for each in used if each.startswith(start))
    ends = [(each[1], int(each[2]), len(each[2])) for each in numbered if each and len(each[2]) < 12]
    if not ends:
        return free_id(f"{start}{layer.singular[:1].upper()}001", used.__contains__)
    head, number, width = max(ends, key=lambda each: (sum(each[0] == other[0] for other in ends), each[1]))
    return free_id(f"{head}{number + 1:0{width}}", used.__contains__)


def _standing(store: Store, steps: Sequence[Step], revision: int | None) -> list[Feature | None]:
    """Return every record as its step knows it; otherwise say of all that were changed or deleted by whom."""
    olds: list[Feature | None] = []
    stale: list[Fault] = []
    for step in steps:
        try:
            version = step.version if step.id is None else _version_meant(store, step, revision)
            olds.append(None if step.id is None else based_on(store, step.layer, step.id, version or 0))
        except StaleRevision as error:
            stale.extend(error.faults)
        except NotFound:
            stale.extend(gone := _gone(store, step))
            if not gone:
                raise
    if stale:
        raise StaleRevision(*stale)
    return olds


def _version_meant(store: Store, step: Step, revision: int | None) -> int | None:
    """Return the version that a step is based on: its own, else the one of a revision if it is still that one."""
    standing = store.get(step.layer.id, step.id or "")
    if step.version is not None or revision is None or standing is None:
        return step.version
    for changeset, _ in store.feature_history(step.layer.id, step.id or "")[:1]:
        if changeset.revision > revision:
            text = Text("records.overtaken", author=changeset.author, revision=changeset.revision)
            raise StaleRevision(Fault(text, {"layer": step.layer.id, "feature": step.id}))
    return standing.version


def _gone(store: Store, step: Step) -> list[Fault]:
    for changeset, change in store.feature_history(step.layer.id, step.id or ""):
        if change.after is None:
            when = clock.shown(changeset.time)
            text = Text("records.gone-by", author=changeset.author, when=when, revision=changeset.revision)
            return [Fault(text, {"layer": step.layer.id, "feature": step.id})]
    return []


def _change(
    store: Store, step: Step, old: Feature | None, there: dict[tuple[str, str], bool], doubts: Doubts, beginning: str
) -> Change | None:
    layer = step.layer
    if step.delete:
        assert old is not None  # only what is there can be meant
        names = referrers(store, layer, str(old.properties.get("code", old.id)))
        if names:
            raise Conflict(*names)
        return Change(layer.id, old.id, old, None)
    values = dict(_read(layer, step.given.properties, doubts, beginning))
    if old is None and not values.get("code"):
        values["code"] = next_code(store, layer, values)
    made, faults = judged(store, layer, old, replace(step.given, properties=values), there)
    told = {each.where.get("pointer") for each in doubts.faults}
    placed = (_placed(each, beginning) for each in faults)
    doubts.faults.extend(each for each in placed if each.where.get("pointer") not in told)
    if old is None:
        taken = codes_among(store, layer.id, [made.id])
        if taken:
            doubts.faults.append(Fault(Text("features.code-taken"), {"pointer": f"{beginning}/properties/code"}))
        made = replace(made, id=free_id(made.id, lambda id: bool(store.feature_history(layer.id, id))))
    _weigh(store, layer, old, made, doubts, beginning)
    if old is not None and made.same_content(old):
        return None
    return Change(layer.id, made.id, old, made)


def _weigh(store: Store, layer: Layer, old: Feature | None, made: Feature, doubts: Doubts, beginning: str) -> None:
    before = {} if old is None else old.properties
    for name, _ in sense.marked_up(layer, before, made.properties):
        text = Text("records.markup", field=layer.field(name).label)
        doubts.ask("markup", text, pointer=f"{beginning}/properties/{name}")
    moved = old is None or old.geometry != made.geometry
    if moved and isinstance(made.geometry, BaseGeometry) and sense.far_away(store, made.geometry):
        at = made.geometry.representative_point()
        text = Text("records.far-away", lon=f"{at.x:.4f}", lat=f"{at.y:.4f}")
        doubts.ask("far-away", text, pointer=f"{beginning}/geometry")
    if layer.id == contracts.LAYER and contracts.terms_changed(old, made):
        for other in contracts.beside(store, made):
            text = Text("records.beside", other=other.id, terms=contracts.said(store, other))
            doubts.ask("beside", text, pointer=f"{beginning}/properties/start_date")


def _read(
    layer: Layer, given: Mapping[str, object], doubts: Doubts, beginning: str
) -> Iterator[tuple[str, object]]:
    """Yield values as the catalogue's types want them: what a person writes is read as a cell of a ledger is."""
    for name, raw in given.items():
        known = layer.by_name.get(name)
        if known is None or not isinstance(raw, str):
            yield name, raw
            continue
        value, problem = _written(known, raw)
        if problem is not None:
            where = {"pointer": f"{beginning}/properties/{name}", "value": raw[:80]}
            doubts.faults.append(Fault(problem, where))
        else:
            yield name, value


def _written(known: Field, raw: str) -> tuple[object, Text | None]:
    if not raw.strip():
        return None, None
    read = parse(known, raw)
    if read.note is not None and read.note.key == MOBILE:
        return None, Text("records.mobile")
    if known.type not in WRITTEN:
        return raw.strip(), None
    if read.problem is not None:
        return None, read.problem
    if known.type == "date":  # half a date would become its first day without a word
        last = parse(known, raw, end_of_period=True).value
        if read.value != last or parse(known, raw, end_of_period=False).value != last or last is None:
            return None, Text("records.whole-day")
        assert isinstance(last, dt.date)  # what a date is read as
        return last.isoformat(), None
    if known.type in ("integer", "number", "boolean") and read.value is None:
        return None, read.note or Text("values.not-yes-or-no", value=raw[:40])
    return (list(read.value) if isinstance(read.value, tuple) else read.value), None


def _placed(fault: Fault, beginning: str) -> Fault:
    pointer = fault.where.get("pointer")
    return Fault(fault.text, {**fault.where, "pointer": f"{beginning}{pointer}"}) if pointer else fault


def _refuse_twice(changes: Sequence[Change], doubts: Doubts) -> None:
    seen: set[tuple[str, str]] = set()
    for change in changes:
        if (change.layer, change.id) in seen:
            doubts.faults.append(Fault(Text("records.twice", id=change.id), {"layer": change.layer}))
        seen.add((change.layer, change.id))
