"""Arrangements of a managed area: which are in force when, and how they are said in a line."""

from __future__ import annotations

import datetime as dt

from layers.catalogue import catalogue
from layers.filters import Literal, Op, Property
from layers.model.feature import Feature, day_of, text_of
from layers.store.protocol import Query, Store
from layers.text import Text

MOST = 1_000
LAYER = "arrangements"
TERMS = ("managed_area", "start_date", "end_date", "terminated_on", "continued_service")
DAY = dt.timedelta(days=1)


def of_area(store: Store, area: str) -> list[Feature]:
    """Return every arrangement of a managed area, the latest beginning first."""
    found = store.page("arrangements", Query(equals={"managed_area": area}), MOST).features
    return sorted(found, key=lambda each: str(each.properties.get("start_date")), reverse=True)


def areas_listing(store: Store, courtyard: str) -> list[Feature]:
    """Return the managed areas that list a courtyard."""
    names = Op("a_contains", (Property("courtyard_codes", "list"), Literal((courtyard,), "list")))
    return list(store.page("managed-areas", Query(filter=names), MOST).features)


def courtyards_of(area: Feature) -> int:
    """Return how many courtyards an area lists."""
    listed = area.properties.get("courtyard_codes")
    return len(listed) if isinstance(listed, tuple) else 0


def first_day(contract: Feature) -> dt.date:
    """Return the first day of an arrangement."""
    return day_of(contract.properties, "start_date") or dt.date.min


def last_day(contract: Feature) -> dt.date:
    """Return the last day on which an arrangement is in force, as far as it says."""
    terminated = day_of(contract.properties, "terminated_on")
    end = day_of(contract.properties, "end_date")
    served_on = bool(contract.properties.get("continued_service"))
    last = dt.date.max if end is None or served_on else end
    return last if terminated is None else min(last, terminated - DAY)


def in_force(contract: Feature, day: dt.date) -> bool:
    """Say whether an arrangement is in force on a day; its manager's standing aside."""
    return first_day(contract) <= day <= last_day(contract)


def terms_changed(old: Feature | None, made: Feature) -> bool:
    """Say whether an arrangement is new, or is to be in force on other days or elsewhere."""
    return old is None or any(old.properties.get(name) != made.properties.get(name) for name in TERMS)


def beside(store: Store, contract: Feature) -> list[Feature]:
    """Return the other arrangements of the same area that are in force on a day on which this one is."""
    area = text_of(contract.properties, "managed_area")
    if area is None:
        return []
    start, end = first_day(contract), last_day(contract)
    return [
        other
        for other in of_area(store, area)
        if other.id != contract.id and max(start, first_day(other)) <= min(end, last_day(other))
    ]


def said(store: Store, contract: Feature) -> Text:
    """Say an arrangement in a line: who, how, since when, until when."""
    properties = contract.properties
    code = text_of(properties, "manager")
    manager = store.page("managers", Query(equals={"code": code}), 1).features if code else ()
    name = (text_of(manager[0].properties, "name") if manager else code) or "—"
    mode = catalogue().layer("arrangements").field("mode").choice(properties.get("mode"))
    start, end = day_of(properties, "start_date"), last_day(contract)
    until = "…" if end == dt.date.max else end.isoformat()
    since = start.isoformat() if start else "—"
    return Text("records.contract", manager=name, mode=mode.label if mode else "—", start=since, end=until)
