"""The whole service on a city of a million buildings: memory, and questions asked anew after an edit.

    python tests/bench/bench_service.py [buildings] [workspace.gpkg]

The workspace is made once and kept, so that a second run begins at once. Peak memory is that of the process that
loads the workspace and answers, read from the operating system; times are given as ratios of each other.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

DAY = dt.date(2026, 6, 30)
NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def answer(path: Path) -> None:
    """Load the workspace and ask: cold, warm, after an arrangement was edited, after a building was edited."""
    import resource

    from layers.analyses.registry import analyses, decode, silent
    from layers.model.feature import Change, Feature
    from layers.store import open_store
    from layers.store.protocol import Draft

    store = open_store(path)

    def ask(id: str, **inputs: object) -> tuple[float, dict]:
        analysis = analyses()[id]
        started = time.perf_counter()
        outputs = analysis.run(store, decode(analysis, {"as_of": DAY, **inputs}, DAY), silent)
        return time.perf_counter() - started, outputs["summary"]

    def edit(layer: str, **amended: object) -> None:
        before = store.page(layer, Query(), 1).features[0]
        after = Feature(before.id, before.geometry, {**before.properties, **amended}, before.version)
        store.commit(Draft("bench", NOON, "edit", "edit", [Change(layer, before.id, before, after)]))

    from layers.store.protocol import Query

    cold, first = ask("coverage")
    warm, second = ask("coverage")
    assert first == second
    listed, summary = ask("unmanaged-buildings")
    assert summary["buildings"] == first["known"] - first["managed"]
    edit("arrangements", terminated_on=dt.date(2026, 1, 1))
    after_arrangement, third = ask("coverage")
    edit("buildings", households=int(time.time()) % 1000)
    after_building, _ = ask("coverage")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"buildings in scope {first['total']:.0f}, managed {first['managed']:.0f} → {third['managed']:.0f}")
    print(f"peak memory                            {peak:8.0f} MB")
    print(f"coverage, warm : cold                  1 : {cold / warm:8.1f}")
    print(f"unmanaged list, warm : cold coverage   1 : {cold / listed:8.1f}")
    print(f"after an arrangement's edit : cold     1 : {cold / after_arrangement:8.1f}")
    print(f"after a building's edit : cold         1 : {cold / after_building:8.1f}")


def asked_for(buildings: int) -> tuple[int, Path]:
    """Return how many buildings the command line asks for, else as many as given, and their workspace."""
    from tests.bench.make_city import build

    buildings = int(sys.argv[1]) if len(sys.argv) > 1 else buildings
    path = Path(sys.argv[2] if len(sys.argv) > 2 else f"instance/bench-{buildings}.gpkg")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        build(path, buildings)
    return buildings, path


def main() -> None:
    """Build where needed, then answer in a process of its own, so that its memory is its own."""
    _, path = asked_for(1_000_000)
    subprocess.run([sys.executable, __file__, "--answer", str(path)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--answer"]:
        answer(Path(sys.argv[2]))
    else:
        main()
