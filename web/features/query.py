"""What a request for features asks for: the conditions, the order, the fields, the coordinate system."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from layers.catalogue import Layer
from layers.errors import Fault, InvalidParameter
from layers.filters import LANGUAGES, Filter, join, parse_filter, property_filter
from layers.filters.named import named_in
from layers.store.protocol import Query
from layers.text import Text
from web.features.publicity import askable, fields_of, refuse
from web.http.crs import LONLAT, Reference, reference, references
from web.http.parameters import bbox, day, names, no_others, one_of, period
from web.service import service

PARAMETERS = ("bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "limit", "cursor",
              "properties", "sortby", "as_of", "known_at", "public", "f", "lang")  # fmt: skip
LONGEST_CURSOR = 20_000


@dataclass(frozen=True)
class Asked:
    """A request for features, understood."""

    query: Query
    crs: Reference
    properties: tuple[str, ...]


def systems() -> dict[str, Reference]:
    """Return URI → coordinate system of this workspace."""
    return references(service().store.setting("metric_crs"))


def asked(layer: Layer) -> Asked:
    """Read the parameters of a request for features; InvalidParameter names everything that cannot be used."""
    fields = [field.name for field in layer.fields if field.name not in PARAMETERS]
    no_others(*PARAMETERS, *fields)
    box = bbox(system("bbox-crs"))
    refuse(layer, [name for name in fields if name in request.args], "filter")
    equal = [property_filter(layer, name, request.args[name]) for name in fields if name in request.args]
    during, on_day = period(), day("as_of")
    if on_day is None and during is not None and during[0] == during[1]:
        on_day, during = during[0], None  # a period of one day is that day
    query = Query(as_of=on_day, during=during, bbox=box, filter=join(filter_of(layer), *equal), sort=_sort(layer))
    every = [field.name for field in fields_of(layer)]
    listed = names("properties", [*every, "geometry"], Text("features.no-property", known=every))
    wanted = tuple(every) if listed is None else tuple(name for name in every if name in listed)
    return Asked(query, system("crs"), wanted)


def filter_of(layer: Layer) -> Filter | None:
    """Read ``filter`` with ``filter-lang`` and ``filter-crs``."""
    language = one_of("filter-lang", LANGUAGES, LANGUAGES[0])
    place = system("filter-crs")
    text = request.args.get("filter")
    if text is None:
        return None
    if "filter-lang" not in request.args and text.lstrip().startswith("{"):
        language = "cql2-json"
    found = parse_filter(text, language, layer, None if place == LONLAT else place.read)
    refuse(layer, sorted(named_in(found)), "filter")
    return found


def system(name: str) -> Reference:
    """Read a parameter that names a coordinate system; CRS84, for which nothing need be looked up, by default."""
    text = request.args.get(name)
    return LONLAT if text is None else reference(name, text, systems())


def cursor() -> str | None:
    """Read ``cursor``, which only a ``next`` link should have made."""
    text = request.args.get("cursor")
    if text is not None and (not text or len(text) > LONGEST_CURSOR or "\x00" in text):
        raise InvalidParameter(Fault(Text("web.bad-cursor"), {"parameter": "cursor"}))
    return text


def sortables(layer: Layer) -> tuple[str, ...]:
    """Return what features can be sorted by."""
    return ("id", *(name for name in askable(layer) if layer.field(name).type != "list"))


def _sort(layer: Layer) -> tuple[tuple[str, bool], ...]:
    """Read ``sortby``: names, each with ``-`` before it for the largest first; ``+`` comes as a space out of a URL."""
    text = request.args.get("sortby")
    if text is None:
        return ()
    terms: dict[str, bool] = {}
    known, faults = sortables(layer), []
    for each in text.split(",", len(known)):  # no name may come twice, so that what is left over is none
        name = each.strip().lstrip("+-").strip()
        if name not in known or name in terms:
            faults.append(Fault(Text("filters.no-sort", known=known), {"parameter": "sortby", "value": each[:80]}))
        terms[name] = each.strip().startswith("-")
    if faults:
        raise InvalidParameter(*faults)
    return tuple(terms.items())
