"""The rooms of the browser's code: who imports whom, who draws with Leaflet, and who calls the service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOMS = Path(__file__).parent.parent / "static/js"
MODULES = {f"gridmap/{path.relative_to(ROOMS).as_posix()}": path for path in sorted(ROOMS.rglob("*.js"))}
# Pages are rooms that know neither each other nor more of the map than their own.
MAY_IMPORT = {
    "shared": set(),
    "map": {"shared"},
    "records": {"shared", "map"},
    "proposals": {"shared", "map"},
    "workbench": {"shared", "map", "records", "proposals"},  # whose rows are corrected where they stand
    "plan": {"shared", "map"},
    "import": {"shared", "map"},
    "site": {"shared"},
}
MAPS = {"workbench": "gridmap/map/workbench.js", "plan": "gridmap/map/plan.js", "import": "gridmap/map/import.js",
        "records": "gridmap/map/record.js", "proposals": "gridmap/map/comparing.js"}  # fmt: skip


def room(module: str) -> str:
    return module.split("/")[1]


def imported(module: str) -> set[str]:
    return set(re.findall(r'(?:from|import) "(gridmap/[^"]+)"', MODULES[module].read_text("utf-8")))


def test_every_module_is_in_a_room():
    assert {path.relative_to(ROOMS).parts[0] for path in MODULES.values()} == set(MAY_IMPORT)
    assert {len(path.relative_to(ROOMS).parts) for path in MODULES.values()} == {2}


@pytest.mark.parametrize("of", MAY_IMPORT)
def test_a_room_imports_only_from_itself_and_from_below(of: str):
    others = {
        (module, each)
        for module in MODULES
        if room(module) == of
        for each in imported(module)
        if room(each) not in MAY_IMPORT[of] | {of}
    }
    assert others == set()


@pytest.mark.parametrize("of", MAPS)
def test_a_page_knows_its_own_map_alone(of: str):
    used = {each for module in MODULES if room(module) == of for each in imported(module) if room(each) == "map"}
    assert used == {MAPS[of]}


def test_only_the_map_touches_leaflet():
    touching = {
        module for module, path in MODULES.items() if re.search(r"\bL\.\w|window\.L\b", path.read_text("utf-8"))
    }
    assert {room(module) for module in touching} == {"map"}


def test_one_module_calls_the_service():
    calls = r"\bfetch\(|XMLHttpRequest|sendBeacon|EventSource|WebSocket"
    assert [m for m, path in MODULES.items() if re.search(calls, path.read_text("utf-8"))] == ["gridmap/shared/ask.js"]


def test_no_module_waits_for_itself():
    """Modules that import each other in a ring see half of each other while they load."""
    done: set[str] = set()

    def walk(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " → ".join((*above, module))
        if module not in done:
            for each in imported(module):
                walk(each, (*above, module))
            done.add(module)

    for module in MODULES:
        walk(module, ())
