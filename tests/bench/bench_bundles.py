"""Bundles of a whole city: seconds, the gap that is stated, and memory, for a workspace that `make_city` built.

    python -m tests.bench.bench_bundles FILE.gpkg [DAY]

All of its buildings that nobody manages are bundled, by the command that a planner uses.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from layers.store import open_store
from tests.bench.measured import measured


def main(arguments: list[str]) -> int:
    """Bundle them, and print what it took."""
    path, day = arguments[0], arguments[1] if len(arguments) > 1 else "2026-06-30"
    store = open_store(Path(path))
    within = f"districts:{store.read('communities')['code'].iloc[0][:6]}"
    store.close()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "bundles.json"
        words = ["run", "bundle-buildings", "--within", within, "--as-of", day, "--seconds", "60", "-o", str(target)]
        seconds, computing, megabytes = measured(sys.executable, "app.py", "-w", path, *words)
        summary = json.loads(target.read_text("utf-8"))["summary"]
    told = ("buildings", "bundles", "bundled", "left", "status", "gap", "stopped")
    print({name: summary[name] for name in told})
    print(f"{seconds:.1f} s, {computing:.1f} s of computing, {megabytes:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
