"""Our style sheets and modules, either served or written into the page.

Modules import each other by bare names ("gridmap/shared/dom.js"); an import map says where they are: at an address
that changes with the file's content, or in a `data:` URL. The same files work both ways, without a build step.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).parents[2] / "static"
STYLES = (
    "css/base.css", "css/frame.css", "css/panels.css", "css/table.css", "css/map.css", "css/asking.css",
    "css/proposals.css", "css/print.css",
)  # fmt: skip
ENTRY = "gridmap/workbench/main.js"
IMPORTED = re.compile(r'(?:from|import) "(gridmap/[^"]+)"')


def modules() -> dict[str, str]:
    """Return bare module name → path below `static/`."""
    folder = STATIC / "js"
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.js"))
    return {f"gridmap/{name}": f"js/{name}" for name in names}


def needed(entry: str = ENTRY) -> dict[str, str]:
    """Return those modules that a page with this entry loads, in the manner of `modules`."""
    known, found, waiting = modules(), {}, [entry]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = known[name]
            waiting += _imported(known[name], _changed(known[name]))
    return dict(sorted(found.items()))


def served_imports(url: Callable[[str], str], entry: str = ENTRY) -> dict[str, object]:
    """Return an import map to served files; `url` turns a path below `static/` into an address."""
    return {"imports": {name: url(path) for name, path in needed(entry).items()}}


def inlined_imports() -> dict[str, object]:
    """Return an import map to `data:` URLs that hold the modules."""
    return {"imports": {name: _data_url(read(path)) for name, path in needed().items()}}


def read(path: str) -> str:
    """Return the text of a file below `static/`."""
    return (STATIC / path).read_text("utf-8")


def version(path: str) -> str:
    """Return a short digest of a file below `static/`, so that browsers fetch it anew when it changes."""
    return _digest(path, _changed(path))


def _changed(path: str) -> int:
    return (STATIC / path).stat().st_mtime_ns


@lru_cache(maxsize=1024)
def _imported(path: str, changed: int) -> list[str]:
    return IMPORTED.findall(read(path))


@lru_cache(maxsize=256)
def _digest(path: str, changed: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def _data_url(text: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
