"""Which lines of the product the tests reach: what the quick run leaves to the deep one must be reached by it too.

    python -m tests.reached record FOLDER [what pytest takes]     # e.g. --deep
    python -m tests.reached compare FOLDER

The first runs tests and keeps which lines each of them reached, in whatever process; it needs Python 3.12 or newer, for
it listens to `sys.monitoring`. The second names the lines that only deep tests reached. Several runs may be recorded in
one folder, a part of the suite at a time. What numba compiles runs no lines, and what runs when a module is imported
counts for nobody. Of the browser's code the pages that are open when their context closes are counted.
"""

from __future__ import annotations

import base64
import itertools
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
KEPT = "TESTS_REACHED"  # the folder, for every process that is started
LINES = "TESTS_REACHED_LINES"  # the file in which the processes of one worker tick lines off
OF_A_FUNCTION = 0x1  # CO_OPTIMIZED, which the bodies of modules and classes have not
ROOMS = (("geo", "*.py"), ("layers", "*.py"), ("web", "*.py"), ("static/js", "*.js"))
AT_START = "import sys; sys.path.append({root!r}); from tests.reached import listen; listen()\n"


def product() -> dict[str, int]:
    """Return every file of the product, with the place of its first line among the lines of all."""
    files = [ROOT / "app.py", *(path for room, kind in ROOMS for path in sorted((ROOT / room).rglob(kind)))]
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
        bits = int(ticked[::-1].translate(bytes([48, 49]) + bytes(254)), 2).to_bytes(len(ticked) // 8 + 1)
        text = base64.b64encode(zlib.compress(bits, 1)).decode()
        self.kept.write(json.dumps([nodeid, nodeid in self.deep, round(self.seconds, 3), text]) + "\n")
        self.kept.flush()
        self.seconds = 0.0

    deep: frozenset[str] = frozenset()

    def pytest_collection_finish(self, session: object) -> None:
        self.deep = frozenset(item.nodeid for item in session.items if item.get_closest_marker("deep"))


def watch_pages(lines: Path) -> None:
    """Tick off where each block begins that a page's browser ran, until its context is closed."""
    from playwright.sync_api import BrowserContext, Error

    opened, closes = BrowserContext.new_page, BrowserContext.close
    sessions: dict[BrowserContext, list] = {}
    places = product()

    def new_page(self: BrowserContext) -> object:
        page = opened(self)
        session = self.new_cdp_session(page)
        session.send("Profiler.enable")
        session.send("Profiler.startPreciseCoverage", {"callCount": False, "detailed": True})
        sessions.setdefault(self, []).append(session)
        return page

    def close(self: BrowserContext, **options: object) -> None:
        for session in sessions.pop(self, []):
            try:
                scripts = session.send("Profiler.takePreciseCoverage")["result"]
            except Error:  # the page is gone
                continue
            tick(lines, places, scripts)
        closes(self, **options)

    BrowserContext.new_page, BrowserContext.close = new_page, close


def tick(lines: Path, places: dict[str, int], scripts: list[dict]) -> None:
    """Tick off what one page's browser says that it ran."""
    with lines.open("r+b") as file:
        for script in scripts:
            path = ROOT / script["url"].partition("/static/")[2].partition("?")[0]
            path = ROOT / "static" / path.relative_to(ROOT)
            if (begin := places.get(str(path))) is None:
                continue
            text = path.read_text("utf-8")
            ran = bytearray(len(text))
            for part in (part for function in script["functions"] for part in function["ranges"]):  # inner ones last
                begins, ends = part["startOffset"], part["endOffset"]
                ran[begins:ends] = bytes([part["count"] > 0]) * (ends - begins)
            at = 0
            for number, line in enumerate(text.splitlines(keepends=True), 1):
                if line.strip() and ran[at + len(line) - len(line.lstrip())]:
                    file.seek(begin + number)
                    file.write(b"\x01")
                at += len(line)


def pytest_configure(config: object) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    alone = config.getoption("numprocesses", None) in (None, 0)
    if KEPT in os.environ and LINES not in os.environ and (worker or alone):
        recorder = Recorder(Path(os.environ[KEPT]), worker or "here")
        config.pluginmanager.register(recorder)
        listen()
        watch_pages(recorder.lines)


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
    """Yield each test that was recorded: name, whether it is deep, seconds, and its lines as one large number."""
    for path in sorted(folder.glob("*.jsonl")):
        for row in path.read_text("utf-8").splitlines():
            name, deep, seconds, text = json.loads(row)
            yield name, deep, seconds, int.from_bytes(zlib.decompress(base64.b64decode(text)))


def named(lines: int) -> dict[str, list[int]]:
    """Return lines by the name of their file."""
    places = product()
    starts = list(places.items())
    return {
        str(Path(path).relative_to(ROOT)): numbers
        for (path, begin), (_, end) in itertools.pairwise(starts)
        if (numbers := [place - begin for place in range(begin, end) if lines >> place & 1])
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
