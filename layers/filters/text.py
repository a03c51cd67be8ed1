"""CQL2 text (OGC 21-065r2, annex B) → the JSON form of the same filter.

A parser of our own, because those that can be had misbehave on hostile text: one takes time exponential in the number
of open brackets and dies of deep ones, the other knows half of the language (ADR 14). This one looks at every token
once and nests no deeper than `DEEPEST`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, NoReturn, TypeVar

from layers.errors import Fault, InvalidParameter
from layers.text import Text

LONGEST, DEEPEST = 16_000, 32
T = TypeVar("T")

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>"[^"]+")
  | (?P<name>[^\W\d][\w.:]*)
  | (?P<sign><>|<=|>=|[=<>+\-*/%^(),])
  | (?P<end>\Z)
  )""",
    re.VERBOSE,
)
_COMPARISONS = {"=", "<>", "<", ">", "<=", ">="}
_RESERVED = {"and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div"}
_SHAPES = {
    "point": ("Point", 0),
    "linestring": ("LineString", 1),
    "polygon": ("Polygon", 2),
    "multipoint": ("MultiPoint", 1),
    "multilinestring": ("MultiLineString", 2),
    "multipolygon": ("MultiPolygon", 3),
}


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def from_text(text: str) -> object:  # CQL2 JSON, not checked yet
    """Return the CQL2 JSON of a filter in CQL2 text.

    Raises
    ------
    InvalidParameter
        It is too long or too deep, or no CQL2; the place is said.
    """
    if len(text) > LONGEST:
        raise InvalidParameter(Fault(Text("filters.too-long", most=LONGEST), {"parameter": "filter"}))
    parser = _Parser(text)
    found = parser.either()
    if parser.now.kind != "end":
        parser.fail()
    return found


class _Parser:
    """Recursive descent, one token ahead; each method reads one level of precedence, the loosest first."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.now = self._next()

    def _next(self) -> _Token:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            spaces = len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
            self.now = _Token("odd", self.text[self.at + spaces :][:1], self.at + spaces)
            self.fail()
        self.at = match.end()
        kind = match.lastgroup
        assert kind is not None  # every alternative of `_TOKEN` has a name
        return _Token(kind, match[kind], match.start(kind))

    def take(self) -> _Token:
        token, self.now = self.now, self._next()
        return token

    def word(self, *words: str) -> str | None:
        """Take the next token if it is one of these words or signs."""
        text = self.now.text.lower()
        if self.now.kind in ("name", "sign") and text in words:
            self.take()
            return text
        return None

    def need(self, sign: str) -> None:
        if self.word(sign) is None:
            self.fail(sign)

    def fail(self, wanted: str | None = None) -> NoReturn:
        found = self.now.text[:20] or "∎"
        key = Text("filters.syntax", at=self.now.at + 1, found=found)
        if wanted is not None:
            key = Text("filters.syntax-wanted", at=self.now.at + 1, found=found, wanted=wanted)
        raise InvalidParameter(Fault(key, {"parameter": "filter", "value": self.text[:80]}))

    def deeper(self, read: Callable[[], T]) -> T:
        self.depth += 1
        if self.depth > DEEPEST:
            raise InvalidParameter(Fault(Text("filters.too-deep", most=DEEPEST), {"parameter": "filter"}))
        found = read()
        self.depth -= 1
        return found

    def either(self) -> object:
        return self._joined("or", self._both)

    def _both(self) -> object:
        return self._joined("and", self._negated)

    def _joined(self, word: str, read: Callable[[], object]) -> object:
        args = [read()]
        while self.word(word):
            args.append(read())
        return args[0] if len(args) == 1 else {"op": word, "args": args}

    def _negated(self) -> object:
        if self.word("not"):
            return {"op": "not", "args": [self.deeper(self._negated)]}
        return self._predicate()

    def _predicate(self) -> object:
        left = self._sum()
        if self.now.kind == "sign" and self.now.text in _COMPARISONS:
            return {"op": self.take().text, "args": [left, self._sum()]}
        if self.word("is"):
            negated = self.word("not")
            self.need("null")
            return _unless(negated, {"op": "isNull", "args": [left]})
        negated = self.word("not")
        if self.word("like"):
            return _unless(negated, {"op": "like", "args": [left, self._sum()]})
        if self.word("between"):
            low = self._sum()
            self.need("and")
            return _unless(negated, {"op": "between", "args": [left, low, self._sum()]})
        if self.word("in"):
            self.need("(")
            return _unless(negated, {"op": "in", "args": [left, self.deeper(lambda: self._listed(self.either))]})
        if negated:
            self.fail("LIKE, BETWEEN, IN")
        return left

    def _sum(self) -> object:
        return self._chained(("+", "-"), self._product)

    def _product(self) -> object:
        return self._chained(("*", "/", "%", "div"), self._power)

    def _chained(self, signs: tuple[str, ...], read: Callable[[], object]) -> object:
        found = read()
        while sign := self.word(*signs):
            found = {"op": sign, "args": [found, read()]}
        return found

    def _power(self) -> object:
        base = self._signed()
        if self.word("^"):
            return {"op": "^", "args": [base, self.deeper(self._power)]}
        return base

    def _signed(self) -> object:
        if self.word("-"):
            value = self.deeper(self._signed)
            return -value if isinstance(value, int | float) else {"op": "*", "args": [-1, value]}
        self.word("+")
        return self._primary()

    def _primary(self) -> object:
        kind, text = self.now.kind, self.now.text
        if kind == "number":
            return _number(self.take().text)
        if kind == "string":
            return self.take().text[1:-1].replace("''", "'")
        if kind == "quoted":
            return {"property": self.take().text[1:-1]}
        if self.word("("):
            items = self.deeper(lambda: self._listed(self.either))
            return items[0] if len(items) == 1 else items
        if kind != "name":
            self.fail()
        if text.lower() in ("true", "false"):
            return self.take().text.lower() == "true"
        if text.lower() in _RESERVED:
            self.fail()
        return self._named(self.take())

    def _named(self, name: _Token) -> object:
        """Read what begins with a name: a geometry, a function, or a property."""
        word = name.text.lower()
        if word in _SHAPES and (self.now.text == "(" or self.now.text.lower() in ("z", "m", "zm", "empty")):
            return self._shape(word)
        if self.word("(") is None:
            return {"property": name.text}
        if word == "geometrycollection":
            return {"type": "GeometryCollection", "geometries": self.deeper(lambda: self._listed(self._member))}
        args = [] if self.word(")") else self.deeper(lambda: self._listed(self.either))
        if word in ("date", "timestamp") and len(args) == 1:
            return {word: args[0]}
        if word == "interval":
            return {"interval": args}
        return {"bbox": args} if word == "bbox" else {"op": word, "args": args}

    def _listed(self, read: Callable[[], T]) -> list[T]:
        """Read what stands between an opening bracket, taken already, and its closing one, a comma between each."""
        items = [read()]
        while self.word(","):
            items.append(read())
        self.need(")")
        return items

    def _member(self) -> object:
        if self.now.text.lower() not in _SHAPES:
            self.fail("POINT, LINESTRING, POLYGON, MULTI…")
        return self._shape(self.take().text.lower())

    def _shape(self, word: str) -> object:
        kind, nesting = _SHAPES[word]
        self.word("z", "m", "zm")
        if self.word("empty"):
            return {"type": kind, "coordinates": []}
        self.need("(")
        found = self._coordinates(nesting, loose=kind == "MultiPoint")
        if kind == "Point":
            self.need(")")
        return {"type": kind, "coordinates": found}

    def _coordinates(self, nesting: int, loose: bool = False) -> list[object]:
        """Read coordinates after an opening bracket; `loose` lets each position stand in brackets or not."""
        if nesting == 0:
            position: list[object] = []
            while self.now.kind == "number" or self.now.text in ("-", "+"):
                minus = self.word("-", "+") == "-"
                if self.now.kind != "number":
                    self.fail()
                position.append(_number(self.take().text) * (-1 if minus else 1))
            return position
        if nesting == 1:
            read = self._loose_position if loose else partial(self._coordinates, 0)
            return list(self._listed(read))
        return list(self._listed(lambda: self._in_brackets(nesting - 1)))

    def _in_brackets(self, nesting: int) -> list[object]:
        self.need("(")
        return self._coordinates(nesting)

    def _loose_position(self) -> list[object]:
        if self.word("(") is None:
            return self._coordinates(0)
        position = self._coordinates(0)
        self.need(")")
        return position


def _unless(negated: str | None, found: object) -> object:
    return {"op": "not", "args": [found]} if negated else found


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() and len(text) < 19 else float(text)
