"""From a `Query` to SQL: names come from the catalogue, values are bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    MetaData,
    Select,
    and_,
    column,
    func,
    literal,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.sql.selectable import FromClause

from layers.catalogue import Field
from layers.errors import Fault, InvalidParameter
from layers.store import filtering, ordering, values
from layers.store.filtering import starts_with
from layers.store.geopackage import rtree
from layers.store.past import CHANGED
from layers.store.protocol import Query
from layers.store.schema import LayerTable
from layers.text import Text


def fields_of(layer: LayerTable, query: Query) -> tuple[Field, ...]:
    """Return the fields that a query asks for, in its order."""
    if query.columns is None:
        return layer.layer.fields
    return tuple(_field(layer, name) for name in query.columns)


def matching(
    layer: LayerTable, query: Query, columns: Sequence[str], past: bool = False, after: str | None = None
) -> Select[Any] | CompoundSelect[Any]:
    """Return a selection of the features that match in the query's order, those after the end `after` of a page only.

    With `past`, `layers.store.past.lay_out` must have been called on the same transaction and have said so.
    """
    now = layer.table
    present = select(*(now.c[name] for name in columns)).where(
        *_conditions(layer, now, query, after, indexed=True), *_in_box(layer, now, query, indexed=True)
    )
    if not past:
        return present.order_by(*ordering.by(layer, now, query.sort))
    then = now.to_metadata(MetaData(), name="gridmap_past", schema="temp")
    changed: Select[Any] = select(column("id")).select_from(text(CHANGED))
    # a plain compound in the order of both tables' indexes: SQLite merges the two and sorts nothing
    both = (
        present.where(now.c.id.not_in(changed))
        .union_all(
            select(*(then.c[name] for name in columns)).where(
                *_conditions(layer, then, query, after, indexed=False), *_in_box(layer, then, query, indexed=False)
            )
        )
    )
    if not query.sort:
        return both.order_by("id")
    whole = both.subquery()
    return select(whole).order_by(*ordering.by(layer, whole, query.sort))


def _conditions(
    layer: LayerTable, source: FromClause, query: Query, after: str | None, indexed: bool
) -> list[ColumnElement[bool]]:
    conditions = [] if after is None else [ordering.beyond(layer, source, query.sort, after)]
    if query.filter is not None:
        conditions.append(filtering.condition(layer, source, query.filter, indexed))
    if query.during is not None:
        first, last = query.during
        if last is not None:
            conditions.append(or_(source.c.valid_from.is_(None), source.c.valid_from <= last.isoformat()))
        if first is not None:
            conditions.append(or_(source.c.valid_to.is_(None), source.c.valid_to >= first.isoformat()))
    if query.as_of is not None:
        day = query.as_of.isoformat()
        conditions.append(or_(source.c.valid_from.is_(None), source.c.valid_from <= day))
        conditions.append(or_(source.c.valid_to.is_(None), source.c.valid_to >= day))
    for name, value in query.equals.items():
        field = _field(layer, name)
        conditions.append(source.c[name].is_not_distinct_from(_value(field, value)))
    for name, prefix in query.starts_with.items():
        if _field(layer, name).type not in ("text", "enum") or not isinstance(prefix, str):
            raise InvalidParameter(Fault(Text("store.no-prefix", field=name), {"parameter": name}))
        conditions.append(starts_with(source.c[name], prefix))
    if query.ids is not None:
        listed = func.json_each(msgspec.json.encode(list(query.ids)).decode()).table_valued("value")
        conditions.append(source.c.id.in_(select(listed.c.value)))
    return conditions


def _in_box(layer: LayerTable, source: FromClause, query: Query, indexed: bool) -> list[ColumnElement[bool]]:
    """Return the condition that a feature's bounds touch the query's box, which may go over the antimeridian.

    The R-tree keeps single precision, rounded outwards: what it says lies within the box does touch it, of the rest
    that it offers the exact envelope decides.
    """
    if query.bbox is None:
        return []
    box = query.bbox
    if len(box) != 4 or not all(math.isfinite(edge) for edge in box) or box[1] > box[3]:
        raise InvalidParameter(Fault(Text("store.bad-box"), {"parameter": "bbox", "value": str(box)}))
    if not layer.layer.spatial:
        return [literal(0) == 1]
    west, south, east, north = map(float, box)
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    exact = or_(*(func.gridmap_touches(source.c.geom, low, south, high, north) == 1 for low, high in spans))
    if not indexed:
        return [source.c.geom.is_not(None), exact]
    tree = table(rtree(layer), *map(column, ("id", "minx", "maxx", "miny", "maxy"))).alias("r")
    across = or_(*(and_(tree.c.maxx >= low, tree.c.minx <= high) for low, high in spans))
    offered = and_(across, tree.c.maxy >= south, tree.c.miny <= north)
    inside = or_(*(and_(tree.c.minx >= low, tree.c.maxx <= high) for low, high in spans))
    certain = and_(inside, tree.c.miny >= south, tree.c.maxy <= north)
    return [tree.c.id == source.c.fid, offered, or_(certain, exact)]


def _field(layer: LayerTable, name: str) -> Field:
    field = layer.layer.by_name.get(name)
    if field is None:
        fault = Fault(Text("store.no-field", field=name, layer=layer.layer.label), {"parameter": name})
        raise InvalidParameter(fault)
    return field


def _value(field: Field, value: object) -> values.Stored:
    try:
        return values.encode(field.type, value)
    except (TypeError, ValueError) as error:
        fault = Fault(Text("store.bad-value", field=field.label, type=field.type), {"value": repr(value)})
        raise InvalidParameter(fault) from error
