"""An analysis run on the command line, as a planner types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import app
from tests import town


def typed(workspace: Path, id: str, file: str | None = None, **inputs: object) -> dict[str, Any]:
    """Run an analysis on the day of the tests and return what it writes into a file beside the workspace."""
    target = workspace.parent / f"{file or id}.json"
    given = {"as-of": town.DAY.isoformat(), **inputs}
    words = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    assert app.main(["-w", str(workspace), "--lang", "en", "run", id, *words, "-o", str(target)]) == 0
    return json.loads(target.read_text("utf-8"))
