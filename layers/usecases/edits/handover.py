"""Somebody takes over a courtyard: the manager, its area, the new arrangement and the end of the former, at once.

What is written holds from the day of the hand-over on (see docs/adr/0029-effective-days.md), so that no figure of an
earlier day changes with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from layers import clock
from layers.catalogue import catalogue
from layers.errors import Fault, NotFound, StaleRevision
from layers.filters import Literal, Op, Property
from layers.model.feature import Change, Feature, Value, codes_of, day_of, text_of
from layers.model.values import derived_code, fold
from layers.store.protocol import Changeset, Query, Store
from layers.text import Text
from layers.usecases.edits import contracts
from layers.usecases.edits.byhand import Doubts
from layers.usecases.edits.features import KEEP, Given, Writer, commit, fresh_id, judged
from layers.usecases.edits.sense import too_long
from layers.usecases.edits.telling import codes_among

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class HandOver:
    """Who takes over what, since when.

    Parameters
    ----------
    courtyard, area : str, optional
        The code of what is taken over: a courtyard, or a whole managed area.
    manager, manager_name : str, optional
        The code of a manager on record, or the name of one that may be new.
    start : date
        The first day.
    end : date, optional
        The last day; indefinite without one.
    whole : bool, optional
        Whether all of a bundle goes over, where the courtyard is part of one.
    terms : mapping
        Further fields of the arrangement.
    based_on : int
        The workspace's revision that the person saw, to notice what others wrote since.
    """

    start: dt.date
    mode: str | None = None
    stage: str | None = None
    courtyard: str | None = None
    area: str | None = None
    manager: str | None = None
    manager_name: str | None = None
    end: dt.date | None = None
    whole: bool | None = None
    terms: dict[str, object] = field(default_factory=dict)
    based_on: int | None = None


@dataclass(frozen=True)
class Standing:
    """What is on record of a courtyard or an area before somebody takes it over.

    Parameters
    ----------
    own : Feature or None
        The managed area of this courtyard alone, or the area itself.
    shared : list of Feature
        Areas that hold the courtyard together with others.
    contracts : list of Feature
        Of all of these, the latest beginning first.
    """

    courtyard: Feature | None
    own: Feature | None
    shared: list[Feature]
    contracts: list[Feature]


@dataclass(frozen=True)
class Done:
    """What a hand-over wrote."""

    changeset: Changeset
    arrangement: str
    ended: list[str]


def standing(store: Store, courtyard: str | None = None, area: str | None = None) -> Standing:
    """Return what is on record of a courtyard, or of an area.

    Raises
    ------
    NotFound
        There is no such courtyard or area.
    """
    if courtyard is None:
        found = _called(store, "managed-areas", area or "")
        return Standing(None, found, [], contracts.of_area(store, str(found.properties["code"])))
    court = _called(store, "courtyards", courtyard)
    areas = contracts.areas_listing(store, courtyard)
    if not areas:
        areas = _by_buildings(store, courtyard)
    own = next((each for each in areas if _only(each, courtyard)), None)
    shared = [each for each in areas if each is not own]
    every = [one for each in areas for one in contracts.of_area(store, str(each.properties["code"]))]
    every.sort(key=lambda each: str(each.properties.get("start_date")), reverse=True)
    return Standing(court, own, shared, every)


def hand_over(writer: Writer, order: HandOver, sure: Sequence[str] = ()) -> Done:
    """Write who takes over, as one changeset.

    Raises
    ------
    NotFound
        There is no such courtyard or area.
    InvalidParameter
        With every fault of the form, a pointer to its field.
    Conflict
        What is asked about; see `byhand.save`.
    StaleRevision
        Others wrote arrangements or areas here since the form was opened.
    """
    now, doubts = standing(writer.store, order.courtyard, order.area), Doubts(sure)
    _overtaken(writer.store, order, now)
    work = _Work(writer, order, doubts)
    manager = work.manager()
    area = work.area(now)
    arrangement = work.arrangement(area, manager)
    ended = work.ended(now, area, manager)
    work.stated(now)
    doubts.settle()
    day = order.start if order.start <= clock.day_of(writer.now) else None
    what = now.courtyard or now.own or area
    called = {"name": _name(what), "start": order.start.isoformat()}
    taker = "—" if manager is None else _name(manager)
    said = Text("records.did-handover", manager=taker, **called)
    layer = catalogue().layer("arrangements")
    done = commit(writer._replace(effective=day), work.changes, said, layer)
    return Done(done, arrangement.id, ended)


class _Work:
    """The changes of a hand-over in the making."""

    def __init__(self, writer: Writer, order: HandOver, doubts: Doubts) -> None:
        self.store, self.order, self.doubts = writer.store, order, doubts
        self.today = clock.day_of(writer.now)
        self.changes: list[Change] = []
        self.there: dict[tuple[str, str], bool] = {}

    def fault(self, pointer: str, text: Text, value: object = None) -> None:
        where = {"pointer": pointer} | ({} if value is None else {"value": str(value)[:80]})
        self.doubts.faults.append(Fault(text, where))

    def manager(self) -> Feature | None:
        """Return who takes over; one that is not on record is added."""
        order, store = self.order, self.store
        if order.manager:
            found = store.page("managers", Query(equals={"code": order.manager}), 1).features
            if not found:
                text = Text("features.refers-to-nothing", layer=catalogue().layer("managers").label)
                self.fault("/manager", text, order.manager)
                return None
            return self._allowed(found[0])
        name = (order.manager_name or "").strip()
        if not name:
            label = catalogue().layer("arrangements").field("manager").label
            self.fault("/manager", Text("features.required", field=label))
            return None
        if (refusal := too_long(name)) is not None:
            self.fault("/manager", refusal, name)
            return None
        known = store.read("managers", Query(columns=("name",), geometry=False))
        same = [id for id, each in zip(known.index, known["name"], strict=True) if each and fold(each) == fold(name)]
        if same and (called := store.get("managers", same[0])) is not None:
            return self._allowed(called)
        if any(character in name for character in "<>"):
            field = catalogue().layer("managers").field("name").label
            self.doubts.ask("markup", Text("records.markup", field=field), pointer="/manager")
        code = fresh_id(store, "managers", derived_code(name))
        new = Feature(code, None, {"code": code, "name": name})
        self.changes.append(Change("managers", code, None, new))
        self.there["managers", code] = True
        return new

    def _allowed(self, manager: Feature) -> Feature:
        since, until = (day_of(manager.properties, f"blacklisted_{each}") for each in ("from", "to"))
        if since is not None and since <= self.order.start and (until is None or self.order.start <= until):
            name = text_of(manager.properties, "name")
            text = Text("records.blacklisted", manager=name, since=since.isoformat())
            self.doubts.ask("blacklisted", text, pointer="/manager")
        return manager

    def area(self, now: Standing) -> Feature:
        """Return the area that is taken over: the courtyard's own, all of its bundle, or one made for it."""
        order = self.order
        shared = [each for each in now.shared if now.own is None or _held(now, each, order.start)]
        if shared and order.whole is None:
            names = [_name(each) for each in shared]
            self.fault("/whole", Text("records.bundle", areas=names, count=contracts.courtyards_of(shared[0])))
            return shared[0]
        if shared and order.whole:
            return shared[0]
        for bundle in shared:
            self._leave(bundle)
        if now.own is not None:
            return now.own
        court = now.courtyard
        assert court is not None and order.courtyard is not None  # an area that is named is its own
        code = fresh_id(self.store, "managed-areas", order.courtyard)
        said: dict[str, Value] = {"code": code, "name": court.properties.get("name"), "kind": "natural",
                                  "courtyard_codes": (order.courtyard,)}  # fmt: skip
        new = Feature(code, None, {name: value for name, value in said.items() if value is not None})
        self.changes.append(Change("managed-areas", code, None, new))
        self.there["managed-areas", code] = True
        return new

    def _leave(self, bundle: Feature) -> None:
        """Take the courtyard out of a bundle, from the day of the hand-over on."""
        if self.order.start > self.today:
            self.fault("/start", Text("records.bundle-to-come", today=self.today.isoformat()), self.order.start)
            return
        kept = tuple(each for each in codes_of(bundle.properties, "courtyard_codes") if each != self.order.courtyard)
        own = _buildings(self.store, self.order.courtyard or "")
        listed = tuple(each for each in codes_of(bundle.properties, "building_codes") if each not in own)
        changed = {**bundle.properties, "courtyard_codes": kept, "building_codes": listed}
        after = replace(bundle, properties={name: value for name, value in changed.items() if value not in (None, ())})
        self.changes.append(Change("managed-areas", bundle.id, bundle, after))

    def arrangement(self, area: Feature, manager: Feature | None) -> Feature:
        """Return the new arrangement, checked by the catalogue."""
        order, layer = self.order, catalogue().layer("arrangements")
        code = derived_code(area.properties["code"], None if manager is None else manager.properties["code"],
                            order.start.isoformat())  # fmt: skip
        said: dict[str, object] = {
            **order.terms,
            "code": code,
            "managed_area": area.properties["code"],
            "manager": None if manager is None else manager.properties["code"],
            "mode": order.mode,
            "stage": order.stage,
            "start_date": order.start.isoformat(),
            "end_date": None if order.end is None else order.end.isoformat(),
        }
        if codes_among(self.store, "arrangements", [code]):
            self.fault("/start", Text("records.taken-over-already", code=code), order.start)
        if not order.mode:
            self.fault("/mode", Text("features.required", field=layer.field("mode").label))
        made, faults = judged(self.store, layer, None, Given(said, KEEP), self.there)
        renamed = {"start_date": "start", "end_date": "end"}
        for each in faults:
            name = str(each.where.get("pointer", "")).rpartition("/")[2]
            if name != "manager" or manager is not None:
                self.doubts.faults.append(Fault(each.text, {**each.where, "pointer": f"/{renamed.get(name, name)}"}))
        made = replace(made, id=fresh_id(self.store, "arrangements", code))
        self.changes.append(Change("arrangements", made.id, None, made))
        return made

    def ended(self, now: Standing, area: Feature, manager: Feature | None) -> list[str]:
        """End what was in force before, the day before; return which arrangements that were."""
        start, found = self.order.start, []
        for old in now.contracts:
            if old.properties.get("managed_area") != area.properties["code"]:
                continue
            said = contracts.said(self.store, old)
            if contracts.first_day(old) >= start:
                if self.order.end is None or contracts.first_day(old) <= self.order.end:
                    text = Text("records.later-contract", terms=said)
                    self.doubts.ask("later-contract", text, pointer="/start")
            elif contracts.in_force(old, start):
                if manager is not None and old.properties.get("manager") == manager.properties["code"]:
                    self.doubts.ask("same-manager", Text("records.same-manager", terms=said), pointer="/manager")
                self._end(old, said)
                found.append(old.id)
        return found

    def _end(self, old: Feature, said: Text) -> None:
        start, end = self.order.start, day_of(old.properties, "end_date")
        if end is None:
            change: dict[str, Value] = {"end_date": start - DAY}
        else:
            change = {"terminated_on": start}  # what the contract says of its end stays as it is
            if end >= start:
                text = Text("records.ends-early", terms=said, end=end.isoformat(), start=start.isoformat())
                self.doubts.ask("ends-early", text, pointer="/start")
        after = replace(old, properties={**old.properties, **change})
        self.changes.append(Change("arrangements", old.id, old, after))

    def stated(self, now: Standing) -> None:
        """Ask where a ledger stated later that nobody manages here, and take that back where it is so."""
        stated = None if now.courtyard is None else day_of(now.courtyard.properties, "unmanaged_stated_on")
        if now.courtyard is None or stated is None or stated < self.order.start:
            return
        self.doubts.ask("stated-unmanaged", Text("records.stated-unmanaged", day=stated.isoformat()), pointer="/start")
        kept = {name: value for name, value in now.courtyard.properties.items() if name != "unmanaged_stated_on"}
        after = replace(now.courtyard, properties=kept)
        self.changes.append(Change("courtyards", now.courtyard.id, now.courtyard, after))


def _overtaken(store: Store, order: HandOver, now: Standing) -> None:
    """Refuse a form that was opened before others wrote what it rests on."""
    if order.based_on is None:
        return
    faults = []
    areas = now.shared if now.own is None else [*now.shared, now.own]
    for layer, features in (("arrangements", now.contracts), ("managed-areas", areas)):
        for each in features:
            for last, _ in store.feature_history(layer, each.id)[:1]:
                if last.revision > order.based_on:
                    text = Text("records.overtaken", author=last.author, revision=last.revision)
                    faults.append(Fault(text, {"layer": layer, "feature": each.id}))
    if faults:
        raise StaleRevision(*faults)


def _called(store: Store, layer: str, code: str) -> Feature:
    found = store.page(layer, Query(equals={"code": code}), 1).features
    if not found:
        text = Text("features.no-such-feature", layer=catalogue().layer(layer).label)
        raise NotFound(Fault(text, {"value": code[:80]}))
    return found[0]


def _by_buildings(store: Store, courtyard: str) -> list[Feature]:
    """Return the areas that list the courtyard's buildings, where none lists the courtyard."""
    own = sorted(_buildings(store, courtyard))
    if not own:
        return []
    names = Op("a_overlaps", (Property("building_codes", "list"), Literal(tuple(own), "list")))
    return list(store.page("managed-areas", Query(filter=names), contracts.MOST).features)


def _buildings(store: Store, courtyard: str) -> set[str]:
    found = store.page("buildings", Query(equals={"courtyard_code": courtyard}), 10_000).features
    return {str(each.properties["code"]) for each in found}


def _held(now: Standing, area: Feature, day: dt.date) -> bool:
    """Say whether somebody manages an area on a day or later."""
    own = (each for each in now.contracts if each.properties.get("managed_area") == area.properties["code"])
    return any(contracts.last_day(each) >= day for each in own)


def _only(area: Feature, courtyard: str) -> bool:
    return codes_of(area.properties, "courtyard_codes") == (courtyard,)


def _name(feature: Feature) -> str:
    return text_of(feature.properties, "name") or feature.id
