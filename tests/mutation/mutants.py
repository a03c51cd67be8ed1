"""What can be changed in a module: comparisons, numbers, operators, conditions, slices, answers.

Left aside is what says nothing about behaviour: annotations, docstrings, decorators, messages (`Text`, errors that are
raised), and `strict=` of zip.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

LONGEST_SNIPPET = 70
COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum"}
MESSAGES = frozenset({"Text", "Label", "compile", "field"})
SILENT_KEYWORDS = frozenset({"strict", "dtype", "kind"})
LAYOUTS = frozenset({"reshape"})  # any number below 0 means the same, every other one breaks off

Functions = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class _Place:
    """A node that may change, what is above it (the module first), and where it hangs in the last of these."""

    node: ast.AST
    above: tuple[ast.AST, ...]
    name: str
    at: int | None

    def put(self, node: ast.AST) -> None:
        """Hang a node here."""
        if self.at is None:
            setattr(self.above[-1], self.name, node)
        else:
            getattr(self.above[-1], self.name)[self.at] = node


@dataclass(frozen=True)
class Mutant:
    """One change to one module.

    Attributes
    ----------
    file : str
        From the root of the repository, with slashes.
    line : int
    function : str
        The function or method that holds it; empty for what runs when the module is imported.
    span : (int, int)
        First and last line of that function; (0, 0) without one.
    change : str
        ``before → after``, of the largest expression around it that is still short.
    number : int
        Which of several like this in the function, from 1.
    place, changed
        The node in the tree of the module, and what takes its place.
    """

    file: str
    line: int
    function: str
    span: tuple[int, int]
    change: str
    number: int
    place: _Place
    changed: ast.AST

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What stays the same when lines move: file, function, change, number."""
        return self.file, self.function, self.change, self.number

    def code(self, path: Path) -> CodeType:
        """Compile the changed module under the name of its file."""
        self.place.put(self.changed)
        try:
            return compile(self.place.above[0], str(path), "exec", dont_inherit=True)
        finally:
            self.place.put(self.place.node)


def mutants_of(file: str, root: Path) -> list[Mutant]:
    """List the mutants of a module, in the order of its text."""
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    found: list[Mutant] = []
    seen: dict[tuple[str, str], int] = {}
    for place in _places(tree, ()):
        function, span = _function(place)
        for edit in _edits(place.node):
            new = ast.fix_missing_locations(ast.copy_location(edit(copy.deepcopy(place.node)), place.node))
            change = _shown(place, new)
            number = seen[function, change] = seen.get((function, change), 0) + 1
            found.append(Mutant(file, place.node.lineno, function, span, change, number, place, new))
    return sorted(found, key=lambda each: each.line)


def _places(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[_Place]:
    """Give every node that may change."""
    above = (*above, node)
    for name, value in ast.iter_fields(node):
        if _silent(node, name):
            continue
        for at, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _message(child):
                if isinstance(child, ast.expr | ast.stmt):
                    yield _Place(child, above, name, at)
                yield from _places(child, above)


def _silent(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg in SILENT_KEYWORDS
    if isinstance(node, ast.Call) and name == "args":
        return isinstance(node.func, ast.Attribute) and node.func.attr in LAYOUTS
    return name in ("annotation", "returns", "decorator_list", "bases", "type_params", "format_spec")


def _message(node: ast.AST) -> bool:
    """Say whether a part of the tree is words for people, or raises them."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert):
        return True
    if isinstance(node, ast.If):  # if TYPE_CHECKING
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in MESSAGES
    return False


def _edits(node: ast.AST) -> Iterator[Callable[[ast.AST], ast.AST]]:
    """Give the changes to a node as functions on a copy of it."""
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            yield from (_setting("ops", other(), at) for other in COMPARISONS[type(op)])
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS and not _joins_words(node):
        yield _setting("op", OPERATORS[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield _setting("op", ast.And() if isinstance(node.op, ast.Or) else ast.Or())
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd):
        yield lambda copied: copied.operand
    elif isinstance(node, ast.Constant):
        yield from _numbers(node.value)
    elif isinstance(node, ast.Slice):
        yield from (_setting(end, None) for end in ("lower", "upper") if getattr(node, end) is not None)
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield _setting("value", ast.Constant(None))
    elif isinstance(node, ast.Break | ast.Continue):
        yield lambda copied: ast.Continue() if isinstance(copied, ast.Break) else ast.Break()
    elif isinstance(node, ast.Call):
        yield from _calls(node)


def _numbers(value: object) -> Iterator[Callable[[ast.AST], ast.AST]]:
    if isinstance(value, bool):
        yield _setting("value", not value)
    elif isinstance(value, int):
        yield _setting("value", value + 1)
        yield _setting("value", value - 1)
    elif isinstance(value, float):
        yield _setting("value", value * 2 if value else 1.0)


def _calls(node: ast.Call) -> Iterator[Callable[[ast.AST], ast.AST]]:
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield lambda copied: _with_function(copied, "id")
    elif isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
        yield lambda copied: _with_function(copied, "attr")


def _with_function(call: ast.Call, name: str) -> ast.Call:
    setattr(call.func, name, CALLS[getattr(call.func, name)])
    return call


def _setting(name: str, value: object, at: int | None = None) -> Callable[[ast.AST], ast.AST]:
    def edit(node: ast.AST) -> ast.AST:
        if at is None:
            setattr(node, name, value)
        else:
            getattr(node, name)[at] = value
        return node

    return edit


def _joins_words(node: ast.BinOp | ast.AugAssign) -> bool:
    sides = [node.value] if isinstance(node, ast.AugAssign) else [node.left, node.right]
    return any(isinstance(side, ast.JoinedStr) or isinstance(getattr(side, "value", None), str) for side in sides)


def _function(place: _Place) -> tuple[str, tuple[int, int]]:
    """Return the outermost function or method around a place, and its lines; defaults belong to the module."""
    names = []
    for node, below in zip(place.above, (*place.above[1:], place.node), strict=True):
        if isinstance(node, ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, Functions):
            if below is node.args:
                return "", (0, 0)
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            return ".".join([*names, node.name]), (first, node.end_lineno)
    return "", (0, 0)


def _shown(place: _Place, new: ast.AST) -> str:
    """Return ``before → after`` of the largest expression around a place that is still short."""
    around = [node for node in place.above if isinstance(node, ast.expr | ast.stmt) and not hasattr(node, "body")]
    for node in around:
        before = ast.unparse(node)
        if len(before) <= LONGEST_SNIPPET and "\n" not in before:
            place.put(new)
            after = ast.unparse(node)
            place.put(place.node)
            return f"{before} → {after}"
    return f"{ast.unparse(place.node)} → {ast.unparse(new)}"
