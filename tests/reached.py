"""Which lines of the product the tests reach: what the quick run leaves to the deep one must be reached by it too.

    python -m tests.reached record FOLDER [what pytest takes]     # e.g. --deep
    python -m tests.reached compare FOLDER

The first runs tests and keeps which lines each of them reached, in whatever process; it needs Python 3.12 or newer, for
it listens to `sys.monitoring`. The second names the lines that only deep tests reached. Several folders' worth may be recorded
into one, a part of the suite at a time. What numba compiles runs no lines, and what runs when a module is imported counts
for nobody.
"""

from __future__ import annotations

import base64
import json
import mmap
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parent.parent
KEPT = "GRIDMAP_REACHED"  # the folder, for every process that is started
LINES = "GRIDMAP_REACHED_LINES"  # the file in which the processes of one worker tick lines off
OF_A_FUNCTION = 0x1  # CO_OPTIMIZED, which the bodies of modules and classes have not
AT_START = "import sys; sys.path.append({root!r}); from tests.reached import listen; listen()\n"


def product() -> dict[str, int]:
    """Return every file of the product, with the place of its first line among the lines of all."""
    files = [ROOT / "app.py", *(path for room in ("geo", "layers", "web") for path in sorted((ROOT / room).rglob("*.py")))]
    places, place = {}, 0
    for path in files:
        places[str(path)] = place
        place += len(path.read_bytes().splitlines()) + 1
    places[""] = place
    return places


def listen() -> None:
    """Tick off each line of the product's functions that this process runs, and every process forked from it."""
    if LINES not in os.environ or not hasattr(sys, "monitoring"):
        return
    places = product()
    with Path(os.environ[LINES]).open("r+b") as file:
        ticks = mmap.mmap(file.fileno(), 0)
    watch = sys.monitoring
    if watch.get_tool(watch.COVERAGE_ID):
        return
    watch.use_tool_id(watch.COVERAGE_ID, "reached")

    def starts(code: CodeType, _: int) -> object:
        if code.co_filename in places and code.co_flags & OF_A_FUNCTION:
            watch.set_local_events(watch.COVERAGE_ID, code, watch.events.LINE)
        return watch.DISABLE

    def line(code: CodeType, number: int) -> None:
        ticks[places[code.co_filename] + number] = 1

    watch.register_callback(watch.COVERAGE_ID, watch.events.PY_START, starts)
    watch.register_callback(watch.COVERAGE_ID, watch.events.LINE, line)
    watch.set_events(watch.COVERAGE_ID, watch.events.PY_START)


class Recorder:
    """Keeps, after each test, what it and all processes of its worker reached."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.lines = folder / f"{worker}-{os.getpid()}.lines"
        self.lines.write_bytes(bytes(product()[""]))
        os.environ[LINES] = str(self.lines)
        self.kept = (folder / f"{worker}-{os.getpid()}.jsonl").open("a")
        self.seconds = 0.0

    def pytest_runtest_logreport(self, report: object) -> None:
        self.seconds += report.duration

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.write(nodeid)

    def write(self, nodeid: str) -> None:
        ticked = self.lines.read_bytes()
        with self.lines.open("r+b") as file:
            file.write(bytes(len(ticked)))
        bits = int(ticked.translate(bytes([48, 49]) + bytes(254)), 2).to_bytes(len(ticked) // 8 + 1)
        text = base64.b64encode(zlib.compress(bits, 1)).decode()
        self.kept.write(json.dumps([nodeid, nodeid in self.deep, round(self.seconds, 3), text]) + "\n")
        self.kept.flush()
        self.seconds = 0.0

    deep: frozenset[str] = frozenset()

    def pytest_collection_finish(self, session: object) -> None:
        self.deep = frozenset(item.nodeid for item in session.items if item.get_closest_marker("deep"))


def pytest_configure(config: object) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if KEPT in os.environ and LINES not in os.environ and (worker or config.getoption("numprocesses", None) in (None, 0)):
        config.pluginmanager.register(Recorder(Path(os.environ[KEPT]), worker or "here"))
        listen()


def record(folder: Path, asked: list[str]) -> int:
    """Run tests, and keep what they reach."""
    started = folder / "start"
    started.mkdir(parents=True, exist_ok=True)
    (started / "sitecustomize.py").write_text(AT_START.format(root=str(ROOT)), "utf-8")
    paths = os.pathsep.join(each for each in (str(started), os.environ.get("PYTHONPATH")) if each)
    told = {**os.environ, KEPT: str(folder), "PYTHONPATH": paths}
    command = [sys.executable, "-m", "pytest", "-p", "tests.reached", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return subprocess.call([*command, *asked], cwd=ROOT, env=told)


def read(folder: Path) -> Iterator[tuple[str, bool, float, int]]:
    """Yield each test that was recorded: its name, whether it is deep, its seconds and its lines as one large number."""
    for path in sorted(folder.glob("*.jsonl")):
        for row in path.read_text("utf-8").splitlines():
            name, deep, seconds, text = json.loads(row)
            yield name, deep, seconds, int.from_bytes(zlib.decompress(base64.b64decode(text)))


def named(lines: int) -> dict[str, list[int]]:
    """Return lines by the name of their file."""
    places = product()
    ticked = bin(lines)[2:].zfill(places[""])
    starts = list(places.items())
    return {
        str(Path(path).relative_to(ROOT)): numbers
        for (path, begin), (_, end) in zip(starts, starts[1:])
        if (numbers := [place - begin for place in range(begin, end) if ticked[place] == "1"])
    }


def compare(folder: Path) -> int:
    """Name the lines that deep tests alone reach; 1 where there are any."""
    quick = whole = 0
    for _, deep, _, lines in read(folder):
        whole |= lines
        quick |= 0 if deep else lines
    print(f"{whole.bit_count()} lines are reached, {quick.bit_count()} of them by the quick run")
    alone = named(whole & ~quick)
    for path, numbers in alone.items():
        print(f"{path}: {', '.join(map(str, numbers))}")
    return bool(alone)


if __name__ == "__main__":
    what, folder, *asked = sys.argv[1:]
    sys.exit(record(Path(folder).resolve(), asked) if what == "record" else compare(Path(folder)))
