"""From a checked filter to SQL: names are the catalogue's, values are bound, NULL is CQL2's "not known".

Spatial predicates are asked twice: the R-tree offers what could meet the box of the given geometry, and
`layers.store.predicates` says exactly, planar in longitude and latitude.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
import shapely
from sqlalchemy import ColumnElement, Float, and_, case, cast, column, func, literal, not_, or_, select, table
from sqlalchemy.sql.selectable import FromClause

from layers.filters import Literal, Node, Op, Property
from layers.store.geopackage import rtree
from layers.store.patterns import LONG_TEXT, glob_of
from layers.store.schema import LayerTable

FIRST_DAY, LAST_DAY = "0000-01-01", "9999-12-31"
Plain = TypeVar("Plain")
Ends = tuple[ColumnElement[Any], ColumnElement[Any]]
Relation = Callable[[Ends, Ends], ColumnElement[bool]]


def condition(layer: LayerTable, source: FromClause, filter: Node, indexed: bool) -> ColumnElement[bool]:
    """Return a filter as a condition on `source`, which is the layer's table (`indexed`) or a copy of rows of it."""
    return _Compiler(layer, source, indexed).holds(filter, True)


def starts_with(value: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """Return the condition that a text begins so: a range, which an index answers; SQLite orders by code point."""
    for cut in range(len(prefix), 0, -1):
        last = ord(prefix[cut - 1])
        if last < 0x10FFFF:
            after = 0xE000 if last == 0xD7FF else last + 1  # surrogates are no characters
            return and_(value >= prefix, value < prefix[: cut - 1] + chr(after))
    return value >= prefix


class _Compiler:
    def __init__(self, layer: LayerTable, source: FromClause, indexed: bool) -> None:
        self.layer, self.source, self.indexed = layer, source, indexed

    def holds(self, node: Node, plainly: bool) -> ColumnElement[bool]:
        """Return a node as a condition; `plainly` says that no NOT stands above, so that false and NULL are one."""
        if not isinstance(node, Op):
            return self.value(node) == 1
        name, args = node.name, node.args
        if name in ("and", "or"):
            return {"and": and_, "or": or_}[name](*(self.holds(each, plainly) for each in args))
        if name == "not":
            return not_(self.holds(args[0], False))
        if name.startswith("s_"):
            return self._spatial(name, _given(args[1], bytes), plainly)
        if name.startswith("t_"):
            return _TEMPORAL[name](self._ends(args[0]), self._ends(args[1]))
        if name.startswith("a_"):
            return self._array(name, args[0], args[1])
        if name == "isnull":
            return self._raw(_named(args[0])).is_(None)
        if name == "like":
            return self._like(args[0], _given(args[1], str))
        if name == "in":
            return self._among(self.value(args[0]), _given(args[1], tuple))
        values = [self.value(each) for each in args]
        if name == "between":
            return values[0].between(values[1], values[2])
        return _COMPARE[name](*values)

    def value(self, node: Node) -> ColumnElement[Any]:
        """Return a node as a value."""
        if isinstance(node, Property):
            return self._raw(node)
        if isinstance(node, Literal):
            return literal(int(node.value) if isinstance(node.value, bool) else node.value)
        if node.kind == "boolean":
            return self.holds(node, False)
        if node.name in _FOLD:
            return _FOLD[node.name](self.value(node.args[0]))
        left, right = (self.value(each) for each in node.args)
        return _ARITHMETIC[node.name](left, right)

    def _raw(self, node: Property) -> ColumnElement[Any]:
        return self.source.c["geom" if node.kind == "geometry" else node.name]

    def _among(self, value: ColumnElement[Any], items: Sequence[object]) -> ColumnElement[bool]:
        # one bound value however long the list; what JSON calls true is 1 here
        plain = [int(each) if isinstance(each, bool) else each for each in items]
        listed = func.json_each(msgspec.json.encode(plain).decode()).table_valued("value")
        return value.in_(select(listed.c.value))

    def _like(self, text: Node, wanted: str) -> ColumnElement[bool]:
        beginning, rest = wanted[:-1], wanted[-1:]
        if rest == "%" and beginning and not set(beginning) & set("%_\\"):
            return starts_with(self.value(text), beginning)
        value = self.value(text)
        ours = func.gridmap_like(value, wanted)
        if isinstance(text, Op):  # folded by a function of ours, which must not be asked twice
            return ours == 1
        # where a row's text is short SQLite matches by itself, without the interpreter
        return case((func.length(value) > LONG_TEXT, ours), else_=func.glob(glob_of(wanted), value)) == 1

    def _spatial(self, name: str, wkb: bytes, plainly: bool) -> ColumnElement[bool]:
        geom = self.source.c.geom
        exact = func.gridmap_relates(name, geom, wkb) == 1
        if not self.indexed or name == "s_disjoint":
            return exact
        west, south, east, north = shapely.bounds(shapely.from_wkb(wkb)).tolist()
        tree = table(rtree(self.layer), *map(column, ("id", "minx", "maxx", "miny", "maxy")))
        offered = select(tree.c.id).where(
            tree.c.maxx >= west, tree.c.minx <= east, tree.c.maxy >= south, tree.c.miny <= north
        )
        found = and_(self.source.c.fid.in_(offered), exact)
        # under NOT, a feature without geometry must not turn from "not known" into "yes"
        return found if plainly else case((geom.is_(None), None), else_=found)

    def _ends(self, node: Node) -> Ends:
        """Return the first and the last day of an instant or an interval; an interval's unknown end is open."""
        if isinstance(node, Op) and node.name == "interval":
            start, end = (None if _is_open(each) else self.value(each) for each in node.args)
            return (
                literal(FIRST_DAY) if start is None else func.coalesce(start, FIRST_DAY),
                literal(LAST_DAY) if end is None else func.coalesce(end, LAST_DAY),
            )
        day = self.value(node)
        return day, day

    def _array(self, name: str, left: Node, right: Node) -> ColumnElement[bool]:
        mine, theirs = self._json(left), self._json(right)
        if name == "a_containedby":
            return _holds_all(theirs, mine)
        if name == "a_overlaps":
            one, other = (func.json_each(each).table_valued("value") for each in (mine, theirs))
            return select(one.c.value).where(one.c.value.in_(select(other.c.value))).exists()
        found = _holds_all(mine, theirs)
        return found if name == "a_contains" else and_(found, _holds_all(theirs, mine))

    def _json(self, node: Node) -> ColumnElement[Any]:
        if isinstance(node, Literal):
            return literal(msgspec.json.encode(_given(node, tuple)).decode())
        return func.coalesce(self._raw(_named(node)), "[]")


def _holds_all(whole: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[bool]:
    among, each = (func.json_each(text).table_valued("value") for text in (whole, part))
    return not_(select(each.c.value).where(each.c.value.not_in(select(among.c.value))).exists())


def _named(node: Node) -> Property:
    """Return what stands where only a property may: whoever read the filter has seen to it."""
    assert isinstance(node, Property)
    return node


def _given(node: Node, kind: type[Plain]) -> Plain:
    """Return the value that stands where only one of a kind may."""
    assert isinstance(node, Literal) and isinstance(node.value, kind)
    return node.value


def _is_open(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


_COMPARE: dict[str, Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[Any]]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_FOLD = {"casei": func.gridmap_casei, "accenti": func.gridmap_accenti}
_ARITHMETIC: dict[str, Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[Any]]] = {
    "+": lambda a, b: a.op("+")(b),
    "-": lambda a, b: a.op("-")(b),
    "*": lambda a, b: a.op("*")(b),
    "/": lambda a, b: cast(a, Float).op("/")(b),
    "%": lambda a, b: a.op("%")(b),
    "div": lambda a, b: func.round(cast(a, Float).op("/")(b) - 0.5),
}
# Allen's relations as CQL2 names them; each end is a day
_TEMPORAL: dict[str, Relation] = {
    "t_after": lambda a, b: a[0] > b[1],
    "t_before": lambda a, b: a[1] < b[0],
    "t_contains": lambda a, b: and_(a[0] < b[0], a[1] > b[1]),
    "t_disjoint": lambda a, b: or_(a[1] < b[0], a[0] > b[1]),
    "t_during": lambda a, b: and_(a[0] > b[0], a[1] < b[1]),
    "t_equals": lambda a, b: and_(a[0] == b[0], a[1] == b[1]),
    "t_finishedby": lambda a, b: and_(a[0] < b[0], a[1] == b[1]),
    "t_finishes": lambda a, b: and_(a[0] > b[0], a[1] == b[1]),
    "t_intersects": lambda a, b: and_(a[0] <= b[1], a[1] >= b[0]),
    "t_meets": lambda a, b: a[1] == b[0],
    "t_metby": lambda a, b: a[0] == b[1],
    "t_overlappedby": lambda a, b: and_(a[0] > b[0], a[0] < b[1], a[1] > b[1]),
    "t_overlaps": lambda a, b: and_(a[0] < b[0], a[1] > b[0], a[1] < b[1]),
    "t_startedby": lambda a, b: and_(a[0] == b[0], a[1] > b[1]),
    "t_starts": lambda a, b: and_(a[0] == b[0], a[1] < b[1]),
}
