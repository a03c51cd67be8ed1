"""Scenarios: which there are, what they would change, and making one real as one changeset."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from layers import clock
from layers.errors import Conflict, Fault, InvalidParameter, NotFound
from layers.model import travel
from layers.model.feature import Change, Feature, Value, day_of
from layers.store.protocol import Changeset, Draft, Query, Store
from layers.text import Text
from layers.usecases.edits.pending import every_feature

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from layers.model.roads import Overlay

LAYER = "scenario-measures"


@dataclass(frozen=True)
class Listed:
    """A scenario, and how many measures of each kind it has."""

    name: str
    measures: int
    actions: dict[str, int]


def measures(store: Store) -> list[Feature]:
    """Return the measures of every scenario."""
    return list(every_feature(store, LAYER))


def scenarios(store: Store) -> list[Listed]:
    """Return every scenario that has measures, by name."""
    actions: dict[str, Counter[str]] = {}
    for each in measures(store):
        name = str(each.properties["scenario"])
        actions.setdefault(name, Counter())[str(each.properties.get("action"))] += 1
    return [Listed(name, sum(count.values()), dict(sorted(count.items()))) for name, count in sorted(actions.items())]


def measures_of(store: Store, name: str, as_of: dt.date) -> tuple[list[Feature], list[Feature]]:
    """Return a scenario's measures: those in force on a day, and the others.

    Raises
    ------
    InvalidParameter
        There is none of this name; the known ones are named.
    """
    every = [each for each in every_feature(store, LAYER) if each.properties.get("scenario") == name]
    if not every:
        known = [each.name for each in scenarios(store)]
        text = Text("scenarios.unknown", known=known or Text("scenarios.none-known"))
        raise InvalidParameter(Fault(text, {"parameter": "scenario", "value": name[:80]}))
    in_force = [each for each in every if in_force_on(each, as_of)]
    return in_force, [each for each in every if not in_force_on(each, as_of)]


def in_force_on(measure: Feature, day: dt.date) -> bool:
    """Say whether a measure holds on a day."""
    since, until = day_of(measure.properties, "valid_from"), day_of(measure.properties, "valid_to")
    return (since is None or since <= day) and (until is None or day <= until)


def laid(store: Store, measures: Sequence[Feature], as_of: dt.date, crs: CRS) -> Overlay:
    """Lay measures over the roads and stations of a day."""
    from layers.model.roads import Place, lay, open_on

    stations = store.read("stations", Query(as_of=as_of))
    codes = store.read("stations", Query(columns=("code",), geometry=False))["code"]
    place = Place(
        roads=_roads_near(store, measures, as_of),
        any_roads=store.count("roads", Query(as_of=as_of)) > 0,
        stations=stations[open_on(stations, as_of).to_numpy()],
        station_codes=set(codes),
        crs=crs,
        get=lambda layer, id: _stored(store, layer, id),
    )
    return lay(measures, place)


def _stored(store: Store, layer: str, id: str) -> Feature:
    found = store.get(layer, id)
    if found is None:
        raise Conflict(Text("scenarios.overtaken"))
    return found


def _roads_near(store: Store, measures: Sequence[Feature], as_of: dt.date) -> gpd.GeoDataFrame:
    """Return the roads of a day that lie near any measure."""
    import pandas as pd

    near = [store.read("roads", Query(ids=()))]
    for each in measures:
        if each.geometry is not None:
            box = _around(each.geometry.bounds, travel.ACCESS_M * 1.1)
            near.append(store.read("roads", Query(as_of=as_of, bbox=box)))
    frame = pd.concat(near[1:]) if len(near) > 1 else near[0]
    return frame[~frame.index.duplicated()].sort_index()


def _around(bounds: tuple[float, float, float, float], metres: float) -> tuple[float, float, float, float]:
    """Return bounds in degrees with a margin in metres."""
    import math

    west, south, east, north = bounds
    up = metres / 110_000
    across = up / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.01)
    return west - across, south - up, east + across, north + up


def adopt_scenario(store: Store, name: str, author: str, now: dt.datetime, day: dt.date | None = None) -> Changeset:
    """Make a scenario real as one changeset, which `revert` undoes.

    From `day` on (the day of `now` unless given) new roads and stations are valid, a road that is closed or cut is
    valid until the day before and what is left of it are new roads from that day, and a closed station has the status
    closed and was open until the day before. So every earlier day keeps its answer. The measures are deleted.

    Raises
    ------
    NotFound
        There is no such scenario.
    Conflict
        A measure does nothing, is not in force on the day, or closes only for a time: all faults at once.
    StaleRevision
        What it changes was changed in the meantime.
    """
    from geo.places import parse_crs
    from layers.usecases.edits.measuring import metric_crs_of

    day = day or clock.day_of(now)
    try:
        measures, others = measures_of(store, name, day)
    except InvalidParameter as error:
        raise NotFound(*error.faults) from None
    faults = [_fault(each, Text("scenarios.not-in-force", day=day.isoformat())) for each in others]
    faults += [_fault(each, Text("scenarios.closes-for-a-time")) for each in measures if _closes_for_a_time(each)]
    if not measures:
        raise Conflict(*faults)
    placed = [each.geometry for each in measures if each.geometry is not None]
    named = store.setting("metric_crs") or (metric_crs_of(placed) if placed else "EPSG:4549")
    overlay = laid(store, measures, day, parse_crs(named))
    faults += [_fault(each.measure, each.fault) for each in overlay.outcomes if each.fault is not None]
    if faults:
        raise Conflict(*faults)
    changes = list(_Adoption(store, overlay, name, day).changes())
    changes += [Change(LAYER, each.id, each, None) for each in measures]
    message = Text("scenarios.message", name=name)
    return store.commit(Draft(author, now, message.in_both(), "edit", changes))


def delete_scenario(store: Store, name: str, author: str, now: dt.datetime) -> Changeset:
    """Delete every measure of a scenario as one changeset, which `revert` undoes.

    Raises
    ------
    NotFound
        There is no such scenario.
    StaleRevision
        A measure was changed in the meantime.
    """
    try:
        in_force, others = measures_of(store, name, clock.day_of(now))
    except InvalidParameter as error:
        raise NotFound(*error.faults) from None
    changes = [Change(LAYER, each.id, each, None) for each in (*in_force, *others)]
    return store.commit(Draft(author, now, Text("scenarios.delete-message", name=name).in_both(), "edit", changes))


def _fault(measure: Feature, text: Text) -> Fault:
    return Fault(text, {"layer": LAYER, "feature": measure.id})


def _closes_for_a_time(measure: Feature) -> bool:
    closes = str(measure.properties.get("action")).startswith("close_")
    return closes and measure.properties.get("valid_to") is not None


class _Adoption:
    """An overlay's changes with codes, dates and remarks that stay on record."""

    def __init__(self, store: Store, overlay: Overlay, name: str, day: dt.date) -> None:
        self._overlay, self._name, self._day = overlay, name, day
        self._eve = day - dt.timedelta(days=1)
        self._used = {layer: _used(store, layer) for layer in ("roads", "stations") if overlay.of(layer)}

    def changes(self) -> Iterator[Change]:
        """Yield what is written."""
        for each in self._overlay.changes:
            if each.after is None:
                assert each.before is not None  # or nothing would change
                yield self._ended(each.layer, each.before)
            else:
                new = self._begun(each.layer, each.after, self._overlay.made_of[each.after.id])
                yield Change(each.layer, new.id, None, new)

    def _ended(self, layer: str, old: Feature) -> Change:
        if layer == "stations":
            return Change(layer, old.id, old, _with(old, status="closed", open_to=self._eve))
        since = day_of(old.properties, "valid_from")
        gone = since is not None and since > self._eve  # it was never valid before, so there is no day to keep
        return Change(layer, old.id, old, None if gone else _with(old, valid_to=self._eve))

    def _begun(self, layer: str, new: Feature, made_of: Feature) -> Feature:
        given = made_of.properties
        code = self._free(layer, str(new.properties["code"]))
        if "action" in given:
            since, until = ("open_from", "open_to") if layer == "stations" else ("valid_from", "valid_to")
            dates = {since: self._day, until: given.get("valid_to")}
            origin = Text("scenarios.from-measure", name=self._name, code=str(given["code"]))
        else:
            dates = {"valid_from": self._day}
            origin = Text("scenarios.from-road", name=self._name, code=str(given["code"]))
        said = [str(given["remark"])] if given.get("remark") else []
        remark = "; ".join([*said, origin.say("zh"), origin.say("en")])
        source = given.get("source") or Text("scenarios.source", name=self._name).say("zh")
        record = {**new.properties, **dates, "code": code, "remark": remark, "source": source}
        return replace(new, id=code, properties=record, version=0)

    def _free(self, layer: str, code: str) -> str:
        """Return the code, or the code with a number where the layer used it before: ids are never reused."""
        candidate, number = code, 2
        while candidate in self._used[layer]:
            candidate, number = f"{code}~{number}", number + 1
        self._used[layer].add(candidate)
        return candidate


def _used(store: Store, layer: str) -> set[str]:
    return store.known_ids(layer) | set(store.read(layer, Query(columns=("code",), geometry=False))["code"])


def _with(feature: Feature, **properties: Value) -> Feature:
    return replace(feature, properties={**feature.properties, **properties})
