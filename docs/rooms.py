"""How many rooms the house has, and which call which: ``python -m docs.rooms [FOLDER]`` prints the arrows between them.

A room is a folder of modules; a module that stands by itself in `geo`, `layers` or `web` is a room too. An arrow is one
room that imports from another.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HOUSE = ("geo", "layers", "web")


@dataclass(frozen=True, slots=True)
class Call:
    """One module imports from another: a whole module (`name` is None) or a name in it."""

    caller: str
    called: str
    name: str | None


def modules(root: Path) -> dict[str, Path]:
    """Return dotted name → file of every module; a package goes by its own name."""
    found = {}
    for top in HOUSE:
        for path in sorted((root / top).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def calls(files: Mapping[str, Path]) -> Iterator[Call]:
    """Yield who imports what, also inside functions and for types alone."""
    for caller, path in files.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in files:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    yield Call(caller, whole, None) if whole in files else Call(caller, node.module, alias.name)


def room_of(module: str, files: Mapping[str, Path]) -> str:
    """Return the room that a module is in."""
    is_package = files[module].name == "__init__.py"
    return module if is_package or module.count(".") == 1 else module.rpartition(".")[0]


def arrows(files: Mapping[str, Path]) -> dict[tuple[str, str], list[Call]]:
    """Return (room, room) → the calls from the first to the second; a room and a room inside it count as two."""
    found: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls(files):
        ends = room_of(call.caller, files), room_of(call.called, files)
        if ends[0] != ends[1]:
            found[ends].append(call)
    return found


def both_ways(between: Mapping[tuple[str, str], list[Call]]) -> list[tuple[str, str]]:
    """Return the pairs of rooms that call each other, and of which neither is inside the other."""
    return sorted(
        (one, other)
        for one, other in between
        if one < other and (other, one) in between and not other.startswith(f"{one}.")
    )


def _told(root: Path) -> str:
    files = modules(root)
    between = arrows(files)
    rooms = sorted({room_of(module, files) for module in files})
    lines = [f"{room} -> {', '.join(sorted(b for a, b in between if a == room)) or 'nobody'}" for room in rooms]
    total = sum(len({(each.caller, each.called) for each in held}) for held in between.values())
    mutual = ", ".join(" and ".join(pair) for pair in both_ways(between)) or "none"
    sums = (
        f"{len(files)} modules in {len(rooms)} rooms; {len(between)} arrows between rooms, of {total} between their "
        f"modules; rooms that call each other: {mutual}"
    )
    return "\n".join([*lines, "", sums])


if __name__ == "__main__":
    print(_told(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]))
