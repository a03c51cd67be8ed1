"""Who may enter which room: from outside by its face alone, and never both ways."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from docs import rooms
from web.maps.registry import MODULES

ROOT = Path(__file__).parents[1]
FILES = rooms.modules(ROOT)


@cache
def all_calls() -> list[rooms.Call]:
    """Return who calls what, read once and not before it is asked."""
    return list(rooms.calls(FILES))


def faces() -> dict[str, set[str]]:
    """Return room → what its face hands on, of every room that has a face."""
    found = {}
    for room, path in FILES.items():
        for node in ast.parse(path.read_text("utf-8")).body if path.name == "__init__.py" else ():
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "__all__":
                found[room] = set(ast.literal_eval(node.value))
    return found


def test_a_room_is_entered_by_its_face() -> None:
    """Its face is `__all__`: names that it hands on, or modules that others may use."""
    doors, passed = faces(), set()
    for call in all_calls():
        room, _, module = call.called.rpartition(".")
        entered = (room, module) if room in doors and call.called not in doors else (call.called, call.name)
        if entered[0] not in doors or f"{call.caller}.".startswith(f"{entered[0]}.") or entered[1] is None:
            continue
        if entered[1] not in doors[entered[0]]:
            passed.add(f"{call.caller} takes {entered[1]} from {entered[0]}")
    assert not passed


def test_what_a_face_hands_on_is_wanted_outside() -> None:
    """A name that nobody outside uses is not handed on: faces stay small."""
    doors = faces()
    others = [*(path for top in ("data", "docs", "tests") for path in (ROOT / top).rglob("*.py")), ROOT / "app.py"]
    wanted = {(node.module, alias.name) for path in others for node in ast.walk(ast.parse(path.read_text("utf-8")))
              if isinstance(node, ast.ImportFrom) for alias in node.names}  # fmt: skip
    wanted |= {tuple(room.rsplit(".", 1)) for room, _ in wanted if room and "." in room}
    for call in all_calls():
        room, _, module = call.called.rpartition(".")
        wanted |= {(call.called, call.name)} if call.called in doors else set()
        wanted |= set() if f"{call.caller}.".startswith(f"{room}.") else {(room, module)}
    assert not {(room, name) for room, names in doors.items() for name in names} - wanted


@pytest.mark.parametrize("top", rooms.HOUSE)
def test_every_room_says_what_it_is_for(top: str) -> None:
    for module, path in FILES.items():
        if path.name == "__init__.py" and module.startswith(top) and path.read_text("utf-8").strip():
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), module


def test_two_rooms_never_call_each_other() -> None:
    assert not rooms.both_ways(rooms.arrows(FILES))


def test_nobody_calls_a_map_but_the_registry() -> None:
    """Who serves maps asks for one by its id, so that a new map is one module."""
    own = ("web.maps.service", *MODULES.values())
    calls = {(each.caller, each.called) for each in all_calls() if each.called.startswith(own)}
    assert {each for each in calls if not each[0].startswith(own)} == set()
    assert all(module in FILES for module in MODULES.values())
