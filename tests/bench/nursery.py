"""Reading processes that are forked instead of started, for whoever reads thousands of files.

A reading process takes half a second to load its libraries and a few milliseconds to read a small file. Here one
process for each kind of file loads them once and forks for every file; the fork binds itself and answers as
`layers.formats.worker` does, and is alone with its file in the same way.

    python -m tests.bench.nursery KIND       reads "seconds, folder" of each file, writes "exit code, late"
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from layers.formats import frames, gdal, sandbox, waiting, worker
from layers.formats.sink import READERS

ORDER, ANSWER, COMPLAINTS = "order", "answer", "complaints"
BESIDE = {
    "csv": ("shapely",),
    "geojson": ("shapely",),
    "xlsx": ("python_calamine", "shapely"),
    "parquet": ("pyarrow.parquet",),
    "osm-pbf": ("osmium", "pyproj", "shapely"),
    "osm-xml": ("osmium", "pyproj", "shapely"),
}
OF_GDAL = ("zip", "shp", "dbf", "fgb", "kml")


class Nurseries:
    """Stands for `sandbox._ask`; one forking process for each kind of file, which reads one file at a time.

    No file gets longer than `seconds`, nor longer than its own limit.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder, self._seconds = folder, seconds
        self._processes: dict[tuple[str, tuple[str, ...]], subprocess.Popen] = {}
        self._asking = threading.Lock()
        self.complaints = b""
        self.code = 0

    def ask(self, request: sandbox.Request, private: Path, skipped: tuple[str, ...]) -> sandbox.Answer:
        """Let a fork read a file; what it wrote to its error stream is kept until the next one."""
        with (private.parent / ORDER).open("wb") as order:
            frames.write_frame(order, sandbox.order_of(request, private))
        seconds = min(self._seconds, request.limits.seconds)
        with self._asking:
            process = self._process(request.kind, skipped)
            process.stdin.write(f"{seconds} {private.parent}\n".encode())
            process.stdin.flush()
            code, late = map(int, process.stdout.readline().split())
            self.code, self.complaints = code, (private.parent / COMPLAINTS).read_bytes()
        answer = sandbox.Answer(request.limits)
        with (private.parent / ANSWER).open("rb") as said:
            answer.take(said)
        answer.ended(code, bool(late), request.path.name)
        return answer

    def close(self) -> None:
        """End the forking processes."""
        for process in self._processes.values():
            process.stdin.close()
            process.wait()
            process.stdout.close()

    def _process(self, kind: str, skipped: tuple[str, ...]) -> subprocess.Popen:
        if (kind, skipped) not in self._processes:
            command = [sys.executable, "-P", "-X", "utf8", "-m", "tests.bench.nursery", kind]
            self._processes[kind, skipped] = subprocess.Popen(
                command, cwd=self._folder, env=waiting.environment(self._folder, skipped),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return self._processes[kind, skipped]


def main(kind: str) -> None:
    """Fork for every folder that is named on standard input."""
    import_module(READERS[kind])
    for each in BESIDE.get(kind, ()):
        import_module(each)
    if kind in OF_GDAL:
        with suppress(gdal.UnlistedDrivers):  # the fork finds that too, and says so
            gdal.lean_pyogrio()
    for line in sys.stdin:
        seconds, _, folder = line.rstrip("\n").partition(" ")
        child = os.fork()
        if child == 0:
            _read(Path(folder))
        ends = os.pidfd_open(child)
        late = not select.select([ends], [], [], float(seconds))[0]
        if late:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(ends)
        print(os.waitstatus_to_exitcode(status), int(late), flush=True)


def _read(folder: Path) -> None:
    os.chdir(folder)
    writing = os.O_WRONLY | os.O_CREAT
    streams = ((0, ORDER, os.O_RDONLY), (1, ANSWER, writing), (2, COMPLAINTS, writing))
    for stream, name, mode in streams:
        opened = os.open(name, mode, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    try:
        worker.main()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
