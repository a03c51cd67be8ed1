"""The types that are written are true: `geo` and the model without errors, every other room within its ceiling."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from docs import rooms

ROOT = Path(__file__).parents[1]
CEILINGS = tomllib.loads((Path(__file__).parent / "type_ceilings.toml").read_text("utf-8"))
FILES = rooms.modules(ROOT)
WITHOUT_ERRORS = ("geo.", "layers.model.")
# Each NumPy types its functions a little differently; the ceilings are counted with the last one for Python 3.11.
COUNTED_WITH = "2.4"
SEEN = ROOT / ".mypy_cache"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
KEPT = CACHE / "gridmap" / f"mypy-{version('mypy')}-python-{sys.version_info.major}.{sys.version_info.minor}"


def copied(source: Path, target: Path) -> None:
    """Copy a folder whole or not at all, for others may be at the same; without it all is only looked at again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, ignore_cleanup_errors=True) as beside, suppress(OSError):
        new = Path(shutil.copytree(source, Path(beside) / "new"))
        if target.exists():
            target.rename(Path(beside) / "old")
        new.rename(target)


def errors() -> list[tuple[str, str]]:
    """Return room and what is wrong, of every error; the checker keeps what it saw, so the next run is quick.

    What it saw of the libraries takes nine tenths of a first run. A new checkout begins with what an older one left in
    the user's cache: the checker itself looks what of it still holds.
    """
    room_of = {str(path.relative_to(ROOT)): rooms.room_of(name, FILES) for name, path in FILES.items()}
    new = not SEEN.exists()
    if new and KEPT.exists():
        copied(KEPT, SEEN)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--output", "json"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "MYPYPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr  # 2: it could not look at all
    if new:
        copied(SEEN, KEPT)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [
        (room_of.get(each["file"], "app"), f"{each['file']}:{each['line']}: {each['message']} [{each['code']}]")
        for each in found
        if each["severity"] == "error"
    ]


@pytest.mark.skipif(
    not np.__version__.startswith(f"{COUNTED_WITH}."), reason=f"the ceilings are counted with NumPy {COUNTED_WITH}"
)
def test_every_room_has_as_many_errors_as_its_ceiling_says() -> None:
    """More is a new error; fewer is good news, and the ceiling is lowered, so that it cannot rise again."""
    found = errors()
    counts = Counter(room for room, _ in found)
    too_many = {room for room in counts if counts[room] > CEILINGS.get(room, 0)}
    shown = [words for room, words in found if room in too_many]
    assert not too_many, "\n".join(["These rooms are above their ceilings; among the errors is a new one:", *shown])
    lower = {room: counts[room] for room, ceiling in CEILINGS.items() if counts[room] < ceiling}
    assert not lower, f"Good news: lower the ceilings in tests/type_ceilings.toml, or strike out a room at 0: {lower}"


def test_geo_and_the_model_have_no_ceiling() -> None:
    assert not [room for room in CEILINGS if f"{room}.".startswith(WITHOUT_ERRORS)]


def test_every_ceiling_is_of_a_room() -> None:
    assert set(CEILINGS) <= {"app", *(rooms.room_of(module, FILES) for module in FILES)}


def public(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Yield functions and methods that others may call, with what makes and what calls an object."""
    for each in body:
        if isinstance(each, ast.FunctionDef):
            if not each.name.startswith("_") or each.name in ("__init__", "__call__"):
                yield each
        elif isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
            yield from public(each.body)


def vague(text: str) -> list[str]:
    """Return the lines of public signatures that say `Any` or `object` and not why: a comment on the line does."""
    lines, found = text.splitlines(), []
    for each in public(ast.parse(text).body):
        own = each.args
        given = [*own.posonlyargs, *own.args, *own.kwonlyargs, *filter(None, (own.vararg, own.kwarg))]
        for said in [*(one.annotation for one in given), each.returns]:
            if isinstance(said, ast.Name) and said.id in ("Any", "object") and "#" not in lines[said.lineno - 1]:
                found.append(f"{said.lineno}: {lines[said.lineno - 1].strip()}")
    return found


def test_any_and_bare_object_have_a_reason_in_public_signatures() -> None:
    """A type of its own is better; an alias beside which the reason stands serves many functions at once."""
    found = [f"{path.relative_to(ROOT)}:{line}" for path in FILES.values() for line in vague(path.read_text("utf-8"))]
    assert not found, "\n".join(found)


def test_a_reason_is_a_comment_on_the_line() -> None:
    assert vague("def f(a: object) -> int:\n    return 1") == ["1: def f(a: object) -> int:"]
    assert vague("class C:\n    def f(self, **more: Any) -> None: ...") == ["2: def f(self, **more: Any) -> None: ..."]
    assert vague("def f(a: object) -> int:  # whatever can be counted\n    return 1") == []
    assert vague("def _f(a: object) -> list[object]: ...") == []
