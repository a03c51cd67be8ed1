"""The checked tree of a filter: every name is a field of the layer, every value of the type it is compared with.

Values are plain: a date is ``YYYY-MM-DD``, a geometry WKB in longitude and latitude; so a tree can be compared, hashed
and kept as the key of a count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import shapely

from layers.catalogue import Layer
from layers.errors import Fault, InvalidParameter
from layers.filters.folding import FOLDS
from layers.filters.prices import pattern_refusal
from layers.filters.text import DEEPEST, LONGEST, from_text
from layers.model.shapes import SOUGHT, BadShape, shape_of, wrong_with
from layers.model.values import read_instant
from layers.text import Text

LANGUAGES = ("cql2-text", "cql2-json")
GEOMETRY_NAMES = ("geometry", "geom")
MOST_NODES, MOST_PARTS = 2_000, 900  # values count as nodes; SQLite nests conditions 1,000 deep, a row of ORs too
KIND = {"text": "text", "enum": "text", "integer": "number", "number": "number", "boolean": "boolean", "date": "date",
        "list": "list"}  # fmt: skip
COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
ARITHMETIC = ("+", "-", "*", "/", "%", "div")
SPATIAL = ("s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps", "s_crosses", "s_contains")
TEMPORAL = ("t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedby", "t_finishes",
            "t_intersects", "t_meets", "t_metby", "t_overlappedby", "t_overlaps", "t_startedby",
            "t_starts")  # fmt: skip
ARRAYS = ("a_equals", "a_contains", "a_containedby", "a_overlaps")
SWAPPED = {"s_within": "s_contains", "s_contains": "s_within"}
OPEN = ".."
FARTHEST = 1e9  # metres or degrees
ToLonLat = Callable[[shapely.Geometry], shapely.Geometry]


@dataclass(frozen=True, slots=True)
class Property:
    """A field of the layer, or its ``id`` or ``geometry``; `kind` is text, number, boolean, date, list or geometry."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; a list is a tuple, a geometry WKB, an open end of an interval None."""

    value: str | float | int | bool | bytes | tuple[Any, ...] | None  # what a list holds was read as values before
    kind: str


@dataclass(frozen=True, slots=True)
class Op:
    """An operator of CQL2 in lower case and what it is applied to; `kind` is the type of what it gives."""

    name: str
    args: tuple[Node, ...]
    kind: str = "boolean"


Node = Property | Literal | Op
Filter = Node


def parse_filter(text: str, language: str, layer: Layer, to_lonlat: ToLonLat | None = None) -> Filter:
    """Read and check a filter.

    Parameters
    ----------
    language : {"cql2-text", "cql2-json"}
    to_lonlat : function, optional
        Brings the geometries in the filter to longitude and latitude; by default they are.

    Raises
    ------
    InvalidParameter
        With every name that the layer does not have and every value of a wrong type.
    """
    reader = _Reader(layer, to_lonlat)
    found = reader.read(from_text(text) if language == "cql2-text" else _json(text), 0)
    if found.kind not in ("boolean", "any"):
        reader.fault(Text("filters.not-a-condition"), text)
    if reader.faults:
        raise InvalidParameter(*reader.faults)
    return found


def property_filter(layer: Layer, name: str, text: str) -> Filter:
    """Return the condition that a field equals what a parameter of its name says."""
    field = layer.field(name)
    kind = KIND[field.type]
    value: object = text
    if kind == "number":
        try:
            value = int(text) if text.lstrip("-").isdigit() and len(text) < 19 else float(text)
        except ValueError:
            value = math.nan
    elif kind == "boolean":
        value = {"true": True, "false": False}.get(text)
    listed = kind == "list"
    reader = _Reader(layer, None)
    node = {"op": "a_contains" if listed else "=", "args": [{"property": name}, [value] if listed else value]}
    found = reader.read(node, 0)
    if reader.faults:
        where = {"parameter": name, "value": text[:80]}
        raise InvalidParameter(Fault(Text("filters.bad-value", type=field.type), where))
    return found


def join(*filters: Filter | None) -> Filter | None:
    """Return what holds where all of some filters hold; None where there is none."""
    given = tuple(each for each in filters if each is not None)
    return given[0] if len(given) == 1 else Op("and", given) if given else None


def _json(text: str) -> object:
    if len(text) > LONGEST:
        raise InvalidParameter(Fault(Text("filters.too-long", most=LONGEST), {"parameter": "filter"}))
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidParameter(Fault(Text("filters.no-json"), {"parameter": "filter", "value": text[:80]})) from None


_NOTHING = Literal(None, "any")


class _Reader:
    """Reads CQL2 JSON; what cannot be used is noted, and stands as a value of any type so that reading goes on."""

    def __init__(self, layer: Layer, to_lonlat: ToLonLat | None) -> None:
        self.layer, self.to_lonlat = layer, to_lonlat
        self.faults: list[Fault] = []
        self.nodes = self.parts = 0

    def fault(self, text: Text, value: object = None) -> Literal:
        where = {"parameter": "filter"} if value is None else {"parameter": "filter", "value": str(value)[:80]}
        self.faults.append(Fault(text, where))
        return _NOTHING

    def read(self, node: object, depth: int) -> Node:
        """Read one node; `depth` is how deep it lies."""
        self.nodes += 1
        if depth > DEEPEST:
            raise InvalidParameter(Fault(Text("filters.too-deep", most=DEEPEST), {"parameter": "filter"}))
        if self.nodes > MOST_NODES:
            raise InvalidParameter(Fault(Text("filters.too-many", most=MOST_NODES), {"parameter": "filter"}))
        if isinstance(node, bool):
            return Literal(node, "boolean")
        if isinstance(node, int | float):
            return self._number(node)
        if isinstance(node, str):
            return self._text(node)
        if isinstance(node, list):
            return self._list(node, depth)
        if not isinstance(node, dict):
            return self.fault(Text("filters.null"))
        return self._object(node, depth)

    def _object(self, node: dict[str, object], depth: int) -> Node:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise InvalidParameter(Fault(Text("filters.too-many", most=MOST_PARTS), {"parameter": "filter"}))
        op, args = node.get("op"), node.get("args")
        if isinstance(op, str) and isinstance(args, list) and len(node) == 2:
            return self._operator(op.lower(), args, depth)
        if "type" in node and ("coordinates" in node or "geometries" in node):
            return self._shape(node)
        if len(node) == 1:
            ((name, value),) = node.items()
            if name == "property" and isinstance(value, str):
                return self._property(value)
            if name in ("date", "timestamp") and isinstance(value, str):
                return self._day(value)
            if name == "interval" and isinstance(value, list):
                return self._interval(value, depth)
            if name == "bbox" and isinstance(value, list):
                return self._box(value)
        return self.fault(Text("filters.no-node"), node)

    def _number(self, value: float) -> Literal:
        try:
            finite = math.isfinite(value)
        except OverflowError:  # an integer of JSON with hundreds of digits
            finite = False
        if not finite:
            return self.fault(Text("filters.not-finite"))
        # what SQLite keeps in 64 bits
        return Literal(value if isinstance(value, float) or -(2**63) <= value < 2**63 else float(value), "number")

    def _text(self, value: str) -> Literal:
        if "\x00" in value or any("\ud800" <= each <= "\udfff" for each in value):
            return self.fault(Text("filters.odd-text"))
        return Literal(value, "text")

    def _list(self, items: list[object], depth: int) -> Literal:
        read = [self.read(item, depth + 1) for item in items]
        values = [each for each in read if isinstance(each, Literal)]
        if len(values) < len(read):
            return self.fault(Text("filters.list-of-values"))
        return Literal(tuple(each.value for each in values), "list")

    def _property(self, name: str) -> Node:
        if name in GEOMETRY_NAMES and self.layer.spatial:
            return Property("geometry", "geometry")
        if name == "id":
            return Property("id", "text")
        field = self.layer.by_name.get(name)
        if field is None:
            known = [*(["geometry"] if self.layer.spatial else []), "id", *self.layer.by_name]
            return self.fault(Text("filters.no-property", layer=self.layer.label, known=known), name)
        return Property(name, KIND[field.type])

    def _day(self, text: str) -> Literal:
        try:
            day = read_instant(text)
        except ValueError:
            return self.fault(Text("filters.bad-date"), text)
        return Literal(day.isoformat(), "date")

    def _interval(self, ends: list[object], depth: int) -> Node:
        if len(ends) != 2:
            return self.fault(Text("filters.interval"), ends)
        read = [Literal(None, "date") if end == OPEN else self._as_date(self.read(end, depth + 1)) for end in ends]
        if any(isinstance(each, Literal) and each.kind not in ("date", "any") for each in read):
            return self.fault(Text("filters.interval"), ends)
        start, end = (each.value if isinstance(each, Literal) else None for each in read)
        if isinstance(start, str) and isinstance(end, str) and start > end:
            return self.fault(Text("filters.interval"), ends)
        return Op("interval", tuple(read), "interval")

    def _box(self, numbers: list[Any]) -> Literal:
        plain = len(numbers) in (4, 6) and all(type(each) in (int, float) for each in numbers)
        if not plain or not all(abs(each) <= FARTHEST for each in numbers):
            return self.fault(Text("filters.bbox"), numbers)
        half = len(numbers) // 2
        (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
        over_the_antimeridian = self.to_lonlat is None and -180 <= east < west <= 180
        if south > north or (west > east and not over_the_antimeridian):
            return self.fault(Text("filters.bbox"), numbers)
        spans = [(west, 180), (-180, east)] if over_the_antimeridian else [(west, east)]
        parts = [shapely.box(low, south, high, north) for low, high in spans]
        return self._placed(parts[0] if len(parts) == 1 else shapely.multipolygons(parts))

    def _shape(self, node: dict[str, object]) -> Literal:
        try:
            return self._placed(shape_of(node, allowance=SOUGHT))
        except BadShape as error:
            return self.fault(error.text, node)

    def _placed(self, shape: shapely.Geometry) -> Literal:
        if self.to_lonlat is not None:
            shape = self.to_lonlat(shape)
        if not shapely.is_valid(shape):
            return self.fault(Text("filters.invalid-geometry", reason=wrong_with(shape)))
        return Literal(shapely.to_wkb(shape), "geometry")

    def _operator(self, name: str, args: list[object], depth: int) -> Node:
        read = [self.read(each, depth + 1) for each in args]
        rule = _rule(name)
        if rule is None:
            return self.fault(Text("filters.no-operator"), name)
        if any(each is _NOTHING for each in read):
            return _NOTHING
        return rule(self, name, read)

    def junction(self, name: str, args: list[Node]) -> Node:
        if not args or (name == "not" and len(args) != 1):
            return self._wrong(name, args)
        return self._typed(name, args, *("boolean",) * len(args))

    def comparison(self, name: str, args: list[Node]) -> Node:
        args = self._alike(args)
        kinds = {each.kind for each in args}
        alike = len(args) == 2 and len(kinds) == 1 and kinds <= {"text", "number", "date", "boolean"}
        return Op(name, tuple(args)) if alike else self._wrong(name, args)

    def like(self, name: str, args: list[Node]) -> Node:
        pattern = args[1] if len(args) == 2 else None
        if pattern is not None and not isinstance(pattern, Literal):
            return self.fault(Text("filters.pattern"))
        if pattern is not None and pattern.kind == "text":
            text = str(pattern.value)
            refusal = pattern_refusal(text)
            if refusal is not None:
                return self.fault(refusal, text)
        return self._typed(name, args, "text", "text")

    def between(self, name: str, args: list[Node]) -> Node:
        args = self._alike(args)
        kind = args[0].kind if args else ""
        return self._typed(name, args, *(kind if kind in ("number", "date", "text") else "number",) * 3)

    def member(self, name: str, args: list[Node]) -> Node:
        if len(args) != 2 or args[1].kind != "list" or not isinstance(args[1], Literal):
            return self._wrong(name, args)
        found = self._alike([args[0], *(Literal(each, _kind_of(each)) for each in _items(args[1]))])
        if any(each.kind != found[0].kind or each.kind == "list" for each in found[1:]):
            return self._wrong(name, args)
        values = tuple(each.value for each in found[1:] if isinstance(each, Literal))  # which all of them are
        return Op(name, (found[0], Literal(values, "list")))

    def null(self, name: str, args: list[Node]) -> Node:
        return Op(name, tuple(args)) if len(args) == 1 and isinstance(args[0], Property) else self._wrong(name, args)

    def folded(self, name: str, args: list[Node]) -> Node:
        folded = self._typed(name, args, "text", gives="text")
        value = args[0] if folded is not _NOTHING else None
        if isinstance(value, Op) and value.name == name:  # folded once is folded for good
            return value
        return Literal(FOLDS[name](str(value.value)), "text") if isinstance(value, Literal) else folded

    def arithmetic(self, name: str, args: list[Node]) -> Node:
        return self._typed(name, args, "number", "number", gives="number")

    def spatial(self, name: str, args: list[Node]) -> Node:
        if len(args) == 2 and isinstance(args[0], Literal):
            name, args = SWAPPED.get(name, name), args[::-1]
        if len(args) != 2 or not isinstance(args[0], Property) or not isinstance(args[1], Literal):
            return self._wrong(name, args)
        return self._typed(name, args, "geometry", "geometry")

    def temporal(self, name: str, args: list[Node]) -> Node:
        args = [each if each.kind == "interval" else self._as_date(each) for each in args]
        if len(args) != 2 or any(each.kind not in ("date", "interval") for each in args):
            return self._wrong(name, args)
        return Op(name, tuple(args))

    def array(self, name: str, args: list[Node]) -> Node:
        # CQL2 text cannot tell a list of one from a value in brackets
        args = [
            Literal((each.value,), "list") if isinstance(each, Literal) and each.kind == "text" else each
            for each in args
        ]
        lists = [each for each in args if isinstance(each, Literal) and each.kind == "list"]
        if any(not isinstance(value, str) for each in lists for value in _items(each)):
            return self._wrong(name, args)
        return self._typed(name, args, "list", "list")

    def _typed(self, name: str, args: list[Node], *kinds: str, gives: str = "boolean") -> Node:
        if tuple(each.kind for each in args) != kinds:
            return self._wrong(name, args)
        return Op(name, tuple(args), gives)

    def _wrong(self, name: str, args: list[Node]) -> Node:
        return self.fault(Text("filters.types", op=name.upper(), given=[each.kind for each in args] or "–"))

    def _alike(self, args: list[Node]) -> list[Node]:
        """Read texts as dates where they stand beside one: ``valid_from > '2025-01-01'``."""
        return [self._as_date(each) for each in args] if any(each.kind == "date" for each in args) else args

    def _as_date(self, node: Node) -> Node:
        return self._day(str(node.value)) if isinstance(node, Literal) and node.kind == "text" else node


def _rule(name: str) -> Callable[[_Reader, str, list[Node]], Node] | None:
    if name in ("and", "or", "not"):
        return _Reader.junction
    for names, rule in ((COMPARISONS, _Reader.comparison), (ARITHMETIC, _Reader.arithmetic), (SPATIAL, _Reader.spatial),
                        (TEMPORAL, _Reader.temporal), (ARRAYS, _Reader.array)):  # fmt: skip
        if name in names:
            return rule
    single = {"like": _Reader.like, "between": _Reader.between, "in": _Reader.member, "isnull": _Reader.null}
    return {**single, **dict.fromkeys(FOLDS, _Reader.folded)}.get(name)


def _items(listed: Literal) -> tuple[Any, ...]:
    assert isinstance(listed.value, tuple)  # a literal of the kind list has nothing else
    return listed.value


def _kind_of(value: object) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "text"}
    return kinds.get(type(value), "list")
