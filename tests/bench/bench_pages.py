"""Pages of a city as a planner asks them: processor seconds of the whole service, over sizes that grow tenfold.

    python -m tests.bench.bench_pages [--write] [10000 100000 1000000] [--keep FOLDER]

Each city is made once (`make_city`) and kept in FOLDER; what is asked is a copy of it. A service of its own is started
for it and asked over HTTP, one question after the other. What is counted is the processor time of the service and of
all its processes, not the clock; beside it stand memory and the exponent of growth from the smallest city to the
largest. With ``--write`` the table goes to docs/reference/performance.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.bench.make_city import build
from tests.bench.measured_page import put, table
from tests.load.running import Running, running

DAY, OTHER_DAY, THIRD_DAY = "2026-06-30", "2026-01-15", "2025-06-01"
SIZES = (10_000, 100_000, 1_000_000)
SECONDS = 900
# The service is left alone until it computes less than this share of so long, or for the most. When nobody has asked
# for two seconds a process tidies up (0.15 s of a million buildings); that is to be over before the next question is
# asked, or it would be counted to that one.
QUIET_SECONDS, QUIET_SHARE, MOST_SECONDS = 3.0, 0.02, 60.0
# After so long without a question a process has given back what it does not need.
IDLE_SECONDS = 6.0
# What is over in a moment is asked so often, each time something else.
KEYS = ("b", "ab", "abc", "yh", "12", "1", "c", "%E5%B0%8F", "a1", "d")
SEVERAL = 10
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "performance.md"
AREA = "/maps/service-area"
# Of all processes together, right after one of the answers; and when nobody has asked for a while.
MOST, IDLE = "memory, the most after an answer", "memory when nobody asks"
# What is asked, what it may cost at a million (seconds), and of what.
GOALS = {
    "first page after the start": 10.0,
    "the page again": 0.3,
    "another basis": 1.0,
    "another day": 1.0,
    "after one edit": 0.3,
    "a tile": None,
    "a tile, another basis": None,
    "a tile, after one edit": None,
    "the table": None,
    "the table again": 0.02,
    "the next rows": 0.02,
    "sorted by another column": None,
    "rows with a text": None,
    "search, first key": None,
    "search, a key": 0.01,
    "unmanaged buildings": None,
    "service area": 10.0,
    "service area again": 0.3,
    "service area, other minutes": 2.0,
}


def processes(root: int) -> list[int]:
    """Return a process and everything it started."""
    parents = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parents[int(each.name)] = int((each / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has just ended
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def computing(root: int) -> float:
    """Return the processor seconds that a process and everything it started have taken."""
    ticks = 0
    for pid in processes(root):
        try:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:  # it has just ended, and is in the count of its parent
            continue
    return ticks / TICKS


def memory_mb(root: int) -> float:
    """Return the memory that the processes hold together, what they share counted once."""
    held = 0
    for pid in processes(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        held += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return held / 1024


def settled(service: Running) -> float:
    """Wait until the service has little to do; return what it has computed so far."""
    before, end = computing(service.pid), time.monotonic() + MOST_SECONDS
    while True:
        time.sleep(QUIET_SECONDS)
        now = computing(service.pid)
        if now - before < QUIET_SHARE * QUIET_SECONDS or time.monotonic() > end:
            return now
        before = now


def edit(workspace: Path) -> None:
    """Change the households of one building, as another process does."""
    from layers.model.feature import Change
    from layers.store import open_store
    from layers.store.protocol import Draft, Query

    store = open_store(workspace)
    try:
        before = store.page("buildings", Query(), 1).features[0]
        after = replace(before, properties={**before.properties, "households": int(time.time()) % 97 + 1})
        change = Change("buildings", before.id, before, after)
        store.commit(Draft("bench", dt.datetime.now(dt.UTC), "edit", "edit", [change]))
    finally:
        store.close()


def asked(service: Running, path: str, body: dict | None = None) -> tuple[bytes, float]:
    """Ask once; return the answer, and what it took of the processors."""
    before = settled(service)
    sent = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    status, answer, _ = service.ask("GET" if body is None else "POST", path, sent, headers, SECONDS)
    if status != 200:
        raise RuntimeError(f"{path}: {status} {answer[:300]!r}")
    return answer, computing(service.pid) - before


def tile_of(workspace: Path, zoom: int) -> str:
    """Return the address of the tile in the middle of the city."""
    from layers.store import open_store

    store = open_store(workspace)
    west, south, east, north = store.extent("communities").bbox
    store.close()
    lon, lat = (west + east) / 2, math.radians((south + north) / 2)
    across = int((lon + 180) / 360 * (1 << zoom))
    down = int((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * (1 << zoom))
    return f"tiles/{zoom}/{across}/{down}"


def questions(workspace: Path) -> dict[str, Callable[[Running], float]]:
    """Return what is asked, in this order."""
    tile, on = tile_of(workspace, 14), f"as_of={DAY}"

    def get(path: str) -> Callable[[Running], float]:
        return lambda service: asked(service, path)[1]

    def edited(path: str) -> Callable[[Running], float]:
        def ask(service: Running) -> float:
            edit(workspace)
            return asked(service, path)[1]

        return ask

    def each(paths: list[str]) -> Callable[[Running], float]:
        """Ask several one after the other: the system counts in hundredths of a second."""

        def ask(service: Running) -> float:
            before = settled(service)
            for path in paths:
                status, answer, _ = service.ask("GET", path, seconds=SECONDS)
                if status != 200:
                    raise RuntimeError(f"{path}: {status} {answer[:300]!r}")
            return (computing(service.pid) - before) / len(paths)

        return ask

    coverage = "/maps/coverage"
    return {
        "the page again": get(f"{coverage}?{on}"),
        "another basis": get(f"{coverage}?{on}&basis=strict"),
        "another day": get(f"{coverage}?as_of={OTHER_DAY}"),
        "after one edit": edited(f"{coverage}?{on}"),
        "a tile": get(f"{coverage}/{tile}?{on}"),
        "a tile, another basis": get(f"{coverage}/{tile}?{on}&basis=strict"),
        "a tile, after one edit": edited(f"{coverage}/{tile}?{on}"),
        "the table": get(f"{coverage}/rows?{on}&rows=all"),
        "the table again": get(f"{coverage}/rows?{on}&rows=all"),
        "the next rows": each([f"{coverage}/rows?{on}&rows=all&offset={place}00" for place in range(1, SEVERAL + 1)]),
        "sorted by another column": get(f"{coverage}/rows?{on}&rows=all&sort=households.down"),
        "rows with a text": get(f"{coverage}/rows?{on}&rows=all&text=12"),
        "search, first key": get(f"{coverage}/search?{on}&q=a"),
        "search, a key": each([f"{coverage}/search?{on}&q={key}" for key in KEYS]),
        "unmanaged buildings": lambda service: asked(
            service, "/api/processes/unmanaged-buildings/execution", {"inputs": {"as_of": DAY}}
        )[1],
        "service area": get(f"{AREA}?{on}&minutes=5,10,15"),
        "service area again": get(f"{AREA}?{on}&minutes=5,10,15"),
        "service area, other minutes": get(f"{AREA}?{on}&minutes=4,8"),
    }


def measured(city: Path, wanted: Callable[[str], bool]) -> dict[str, float]:
    """Serve a copy of a city and ask everything that is `wanted`."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="gridmap-pages-") as room:
        workspace = Path(room) / "city.gpkg"
        shutil.copyfile(city, workspace)
        with running(workspace, demo=False, ready="/health/live") as service:
            service.ask("GET", f"/maps/coverage?as_of={DAY}", seconds=SECONDS)
            found["first page after the start"] = computing(service.pid)
            print(f"  {'first page after the start':30} {found['first page after the start']:8.2f} s", flush=True)
            most = memory_mb(service.pid)
            for name, ask in questions(workspace).items():
                if wanted(name):
                    try:
                        found[name] = ask(service)
                        most = max(most, memory_mb(service.pid))
                    except (RuntimeError, OSError) as error:
                        print(f"  {name:30} {error}", flush=True)
                        continue
                    print(f"  {name:30} {found[name]:8.2f} s", flush=True)
            time.sleep(IDLE_SECONDS)
            found |= {MOST: most, IDLE: memory_mb(service.pid)}
            for name in (MOST, IDLE):
                print(f"  {name:30} {found[name]:8.0f} MB", flush=True)
    return found


def exponent(small: float, large: float, times: float) -> float | None:
    """Return with which power of the size a cost grows; None of costs too small to be told from nothing."""
    return None if small < 0.05 or large < 0.05 or times <= 1 else math.log(large / small) / math.log(times)


def main() -> None:
    """Build where needed, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("buildings", type=int, nargs="*", default=SIZES)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", default="", help="a word of what is to be asked")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    found = {}
    for size in chosen.buildings or SIZES:
        city = chosen.keep / f"pages-{size}.gpkg"
        if not city.exists():
            build(city, size)
        print(f"{size:,} buildings, load {os.getloadavg()[0]:.1f}", flush=True)
        found[size] = measured(city, lambda name: chosen.only in name)
    first, last = min(found), max(found)
    rows = []
    for name, goal in {**GOALS, MOST: None, IDLE: None}.items():
        figures = {f"{size:,}": _figure(found[size].get(name), name) for size in found}
        if any(each is not None for each in figures.values()):
            ends = found[first].get(name, 0.0), found[last].get(name, 0.0)
            power = None if name in (MOST, IDLE) else exponent(*ends, last / first)
            limit = "2,048 MB" if name == MOST else None if goal is None else f"{goal:g} s"
            grows = None if power is None else f"{power:.2f}"
            rows.append({"asked": name, **figures, "grows with": grows, "goal at a million": limit})
    text = f"{table(rows)}\n\nMeasured on {dt.date.today()}, {machine()}; load {os.getloadavg()[0]:.1f} at the end."
    print(text)
    if chosen.write:
        put("pages", text, PAGE)


def _figure(value: float | None, name: str) -> str | None:
    if value is None:
        return None
    return f"{value:,.0f} MB" if name in (MOST, IDLE) else f"{value:.2f} s"


def machine() -> str:
    """Return of what class the machine is."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory_gb:.0f} GB, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
