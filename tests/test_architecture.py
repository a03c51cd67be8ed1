"""The law of the house, as tests: small rooms, calls that go down, nothing that starts at import."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("app.py", "geo", "layers", "web", "data")
FILES = sorted(
    path
    for room in ROOMS
    for path in ([ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py"))
    if "versions" not in path.parts
)
MOST_LINES, MOST_FUNCTION_LINES, MOST_ARGUMENTS = 400, 60, 7
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
TOP_LEVEL = {
    "app.py",
    "geo",
    "layers",
    "static",
    "data",
    "pyproject.toml",
    "tests",
    "README.md",
    "web",
    "docs",
    "deploy",
}


@cache
def parsed(path: Path) -> ast.Module:
    """Return a file's tree, parsed once for all laws."""
    return ast.parse(path.read_text("utf-8"))


def offences(law: Callable[[Path], Iterator[str]]) -> list[str]:
    """Return what a law finds in any file, with the file's name."""
    return [f"{path.relative_to(ROOT)}: {found}" for path in FILES for found in law(path)]


def test_a_file_reads_in_one_sitting() -> None:
    def too_much(path: Path) -> Iterator[str]:
        lines = len(path.read_text("utf-8").splitlines())
        if lines > MOST_LINES:
            yield f"has {lines} lines"
        if path.stem in VAGUE:
            yield "has a vague name"
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = node.args
                every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                count = len([each for each in every if each.arg not in ("self", "cls")])
                if count > MOST_ARGUMENTS:
                    yield f"{node.name} takes {count} arguments"
                if _length(node) > MOST_FUNCTION_LINES:
                    yield f"{node.name} has {_length(node)} lines"

    assert offences(too_much) == []


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines without its docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = first.end_lineno - first.lineno + 1 if is_docstring else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_what_is_public_says_what_it_means() -> None:
    def unsaid(path: Path) -> Iterator[str]:
        tree = parsed(path)
        body = [each for each in tree.body if not isinstance(each, ast.ImportFrom)]
        if body and not ast.get_docstring(tree):
            yield "a module begins with what it is for"
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                is_error = isinstance(node, ast.ClassDef) and path.name == "errors.py"
                if not is_error and not ast.get_docstring(node):
                    yield f"{node.name} has no docstring"

    assert offences(unsaid) == []


# What click, the server, the parser of HTML and SQLAlchemy call.
CALLED_FROM_OUTSIDE = {
    "write_dl", "write_heading", "maintenance", "handle_starttag", "handle_endtag", "handle_data", "get_col_spec",
}  # fmt: skip


def test_what_is_defined_is_used() -> None:
    """A name that stands nowhere but where it is defined, tests aside, is nobody's."""
    papers = [*FILES, *(ROOT / "docs").rglob("*.py"), ROOT / "pyproject.toml", *(ROOT / "web").rglob("*.html")]
    words = Counter(chain.from_iterable(re.findall(r"\w+", path.read_text("utf-8")) for path in papers))

    def unused(path: Path) -> Iterator[str]:
        for node in ast.walk(parsed(path)):
            called = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.decorator_list
            if called and words[node.name] == 1 and not node.name.startswith("__"):
                yield node.name

    assert {each.rpartition(" ")[2] for each in offences(unused)} == CALLED_FROM_OUTSIDE


def test_calls_go_down() -> None:
    """The contracts stand in pyproject.toml."""
    lint = Path(sys.executable).with_name("lint-imports" + (".exe" if os.name == "nt" else ""))
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nobody_imports_the_application() -> None:
    for path in FILES:
        nodes = list(ast.walk(parsed(path)))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        sources = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert "app" not in names | sources, path


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """The command line answers at once: no data frame, no map and no server for `--help`."""
    code = "import sys, app; from layers import cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"geopandas", "pandas", "folium", "flask", "numba", "alembic", "pyogrio", "waitress", "scipy"}
    assert not heavy & set(loaded.stdout.split())


def test_maps_are_known_without_what_searches_for_proposals() -> None:
    code = "import sys; from web.maps.registry import maps; maps(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numba", "scipy", "highspy"} & set(loaded.stdout.split())


def test_the_top_level_holds_the_rooms_of_the_house_and_papers() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {Path(line).parts[0] for line in listed.splitlines()}
    papers = {name for name in top if name.endswith(".md") or name == "LICENSE" or name.startswith(".")}
    assert top - papers <= TOP_LEVEL
