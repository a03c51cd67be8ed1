"""What makes no sense whatever its type: an end before its beginning, a name as long as a letter, a place nowhere near.

Some of it is refused; some is asked about, because it may be so all the same.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from shapely.geometry.base import BaseGeometry

from layers.catalogue import Layer
from layers.model.feature import Raw, Value
from layers.store.protocol import Query, Store
from layers.text import Text

# What comes first, and what cannot come before it.
ORDERS = (
    ("valid_from", "valid_to"), ("start_date", "end_date"), ("start_date", "terminated_on"),
    ("open_from", "open_to"), ("blacklisted_from", "blacklisted_to"),
)  # fmt: skip
LONGEST_NAME = 120
FIRST_YEAR, LAST_YEAR = 1900, 2100
MARKUP = re.compile(r"<\s*[A-Za-z/!][^>]*>")
NEAR_DEGREES = 0.02  # about 2 km
PLACED = ("communities", "courtyards", "buildings", "streets", "districts")


def disorders(
    layer: Layer, before: Mapping[str, Value], after: Mapping[str, Value]
) -> Iterator[tuple[str, Value, Text]]:
    """Yield field, value and reason of every date that comes before what it ends; only of those that are new."""
    for first, last in ORDERS:
        start, end = after.get(first), after.get(last)
        if first not in layer.by_name or not isinstance(start, dt.date) or not isinstance(end, dt.date):
            continue
        if end < start and (start, end) != (before.get(first), before.get(last)):
            label = layer.field(first).label
            yield last, end, Text("records.ends-before", start=start.isoformat(), end=end.isoformat(), first=label)


def too_long(name: Raw, before: Raw = None) -> Text | None:
    """Say that a name is none that anybody calls anything by; None where it is one, or stood on record `before`."""
    if not isinstance(name, str) or len(name) <= LONGEST_NAME or name == before:
        return None
    return Text("records.name-too-long", given=len(name), most=LONGEST_NAME)


def nonsense(
    layer: Layer, before: Mapping[str, Value], after: Mapping[str, Value]
) -> Iterator[tuple[str, Value, Text]]:
    """Yield field, value and reason of what nobody can mean: names without end, years of another age."""
    for name, value in after.items():
        field = layer.by_name.get(name)
        if field is None or field.system or value == before.get(name):
            continue
        if name == "name" and (text := too_long(value, before.get(name))) is not None:
            yield name, value, text
        if isinstance(value, dt.date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
            yield name, value, Text("records.odd-year", first=FIRST_YEAR, last=LAST_YEAR)


def marked_up(layer: Layer, before: Mapping[str, Value], after: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Yield the fields in which somebody wrote what looks like HTML, and what stands there."""
    for name, value in after.items():
        field = layer.by_name.get(name)
        if field is None or field.type != "text" or field.system or value == before.get(name):
            continue
        if isinstance(value, str) and MARKUP.search(value):
            yield name, value


def far_away(store: Store, shape: BaseGeometry) -> bool:
    """Say whether a shape lies nowhere near what the workspace knows: at sea, or in another city."""
    west, south, east, north = shape.bounds
    box = (west - NEAR_DEGREES, south - NEAR_DEGREES, east + NEAR_DEGREES, north + NEAR_DEGREES)
    box = (max(box[0], -180.0), max(box[1], -90.0), min(box[2], 180.0), min(box[3], 90.0))
    if any(store.page(layer, Query(bbox=box), 1).matched for layer in PLACED):
        return False
    return any(store.extent(layer).bbox is not None for layer in PLACED)
