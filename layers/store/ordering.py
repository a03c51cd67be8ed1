"""The order of pages: by fields, then by id, so that every place in it has one name and a page can go on from there.

What has no value comes last, whichever way. The end of a page is the last feature's id, or with fields a JSON array of
their values and the id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.sql.selectable import FromClause

from layers.errors import Fault, InvalidParameter
from layers.store.schema import LayerTable
from layers.text import Text

Sort = tuple[tuple[str, bool], ...]
_END = msgspec.json.Decoder(list[str | int | float | None])


def sortable(layer: LayerTable) -> tuple[str, ...]:
    """Return the columns that features can be sorted by."""
    return ("id", *(field.name for field in layer.layer.fields if field.type != "list"))


def by(layer: LayerTable, source: FromClause, sort: Sort) -> list[ColumnElement[Any]]:
    """Return what to order by."""
    terms: list[ColumnElement[Any]] = []
    for name, descending in _checked(layer, sort):
        value = source.c[name]
        terms += [value.is_(None), value.desc() if descending else value.asc()]
    return [*terms, source.c.id]


def beyond(layer: LayerTable, source: FromClause, sort: Sort, after: str) -> ColumnElement[bool]:
    """Return the condition that a feature comes after the end of a page."""
    if not sort:
        return source.c.id > after
    *values, id = _read(after, len(sort) + 1)
    found: ColumnElement[bool] = source.c.id > id
    for (name, descending), value in zip(reversed(_checked(layer, sort)), reversed(values), strict=True):
        here = source.c[name]
        if value is None:
            further: ColumnElement[bool] = false()
        else:
            further = or_(here < value if descending else here > value, here.is_(None))
        found = or_(further, and_(here.is_not_distinct_from(value), found))
    return found


def end_of(layer: LayerTable, sort: Sort, row: Sequence[Any]) -> str:
    """Return the end of a page whose last row, in the order of the layer's columns, this is."""
    places = {name: place for place, name in enumerate(layer.columns)}
    if not sort:
        return row[places["id"]]
    return msgspec.json.encode([*(row[places[name]] for name, _ in sort), row[places["id"]]]).decode()


def _checked(layer: LayerTable, sort: Sort) -> Sort:
    known = sortable(layer)
    faults = [
        Fault(Text("filters.no-sort", known=known), {"parameter": "sortby", "value": name})
        for name, _ in sort
        if name not in known
    ]
    if faults:
        raise InvalidParameter(*faults)
    return sort


def _read(after: str, length: int) -> list[str | int | float | None]:
    try:
        values = _END.decode(after.encode())
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        values = []
    whole = [each for each in values if not isinstance(each, int) or -(2**63) <= each < 2**63]
    if len(whole) != length or not isinstance(whole[-1], str):
        raise InvalidParameter(Fault(Text("filters.bad-cursor"), {"parameter": "cursor"}))
    return whole
