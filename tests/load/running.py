"""A gridmap of its own for a load script: a real process on a free port of loopback, over a workspace of its own."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180


@dataclass(frozen=True)
class Running:
    """A service in a process: where it answers, its workspace, its temporary folder, its process id."""

    port: int
    workspace: Path
    temporary: Path
    pid: int

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        seconds: float = 60,
    ) -> tuple[int, bytes, dict[str, str]]:
        """Ask once, on a connection of its own: status, body, headers in lower case."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()


@contextmanager
def running(
    workspace: Path | None = None, *, demo: bool = True, ready: str = "/maps/coverage", **settings: object
) -> Iterator[Running]:
    """Serve a workspace until the end of the block; `settings` are those of `layers.settings`.

    It begins when `ready` is answered. A service that was killed meanwhile may be started again by another call.
    """
    with tempfile.TemporaryDirectory(prefix="gridmap-load-") as room:
        temporary = Path(room) / "tmp"
        temporary.mkdir()
        workspace = workspace or Path(room) / "load.gpkg"
        environ = os.environ | {"TMPDIR": str(temporary), "GRIDMAP_LANGUAGE": "en"}
        environ |= {f"GRIDMAP_{name.upper()}": str(value) for name, value in settings.items()}
        command = [sys.executable, "app.py", "serve", "--port", "0", "--workspace", str(workspace)]
        process = subprocess.Popen(
            command if demo else [*command, "--no-demo"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
        )
        try:
            service = Running(_port(process), workspace, temporary, process.pid)
            _wait_until_ready(service, ready)
            yield service
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen) -> int:
    """Read the port out of the line that the service prints when it listens."""
    line = process.stdout.readline()
    if "http://" not in line:
        raise RuntimeError(f"the service did not start: {line!r}")
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return int(line.rsplit(":", 1)[1].split()[0].strip("/ \n"))


def _wait_until_ready(service: Running, path: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if service.ask("GET", path)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the service was not ready in time")


@dataclass
class Watch:
    """Asks the same address again and again from a thread, and remembers how long each answer took."""

    service: Running
    path: str
    every_seconds: float = 0.1
    taken_seconds: list[float] = field(default_factory=list)
    begun_at: list[float] = field(default_factory=list)
    statuses: dict[object, int] = field(default_factory=dict)

    def __enter__(self) -> Watch:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=120)

    def _ask(self) -> None:
        while not self._stop.wait(self.every_seconds):
            start = time.perf_counter()
            self.begun_at.append(start)
            try:
                status: object = self.service.ask("GET", self.path)[0]
            except OSError as error:
                status = type(error).__name__
            self.taken_seconds.append(time.perf_counter() - start)
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def percentile(self, share: float) -> float:
        """Return the answer time that this share of the questions did not exceed."""
        return percentile(self.taken_seconds, share)


def percentile(seconds: Iterable[float], share: float) -> float:
    """Return the time that this share of some times does not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
