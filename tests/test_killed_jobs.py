"""Whatever is killed, no job is lost, none is run twice at the same time, and no process is left behind."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app import create_app
from layers.jobs import process
from layers.jobs.dispatcher import Dispatcher
from layers.model.job import ACCEPTED, DISMISSED, FAILED, RUNNING, SUCCESSFUL, Order, Request
from layers.settings import Settings
from layers.store import open_store
from layers.store.protocol import Store
from layers.usecases.jobs import message

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")

ROOT = Path(__file__).parent.parent
DAY = {"as_of": "2025-02-06"}
PATIENCE_SECONDS = 120


def until(what: Callable[[], object], describe: str) -> object:
    """Return the first thing that is true of what is asked for again and again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, f"{describe} never came"
        time.sleep(0.02)
    return found


def is_gone(pid: int) -> bool:
    """Say whether there is no such process, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where workers say that they are there, and wait."""
    folder = tmp_path / "gate"
    folder.mkdir()
    monkeypatch.setenv("JOB_GATE", str(folder))
    monkeypatch.setattr(process, "COMMAND", [*process.COMMAND[:-1], "tests.patient_worker"])
    return folder


def pids(gate: Path, job: str = "[!w]*") -> list[int]:
    """Return the workers that came, the first ones first."""
    came = sorted(gate.glob(f"{job}.*"), key=lambda path: path.stat().st_mtime_ns)
    return [int(path.suffix[1:]) for path in came]


def worker(gate: Path, number: int, job: str = "[!w]*") -> int:
    """Return the pid of the nth worker, once it is there."""
    return until(lambda: pids(gate, job)[number - 1 : number], f"worker {number}")[0]


def handed_in(store: Store, id: str, inputs: dict = DAY) -> None:
    given = {"basis": "broad", "within": None} | inputs
    order = Order("coverage", given, ("rows", "summary"), "document", "en")
    store.jobs().add(id, Request(order), now())


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Turning:
    """A dispatcher that is turned by the test."""

    def __init__(self, store: Store) -> None:
        self.store, self.dispatcher = store, Dispatcher(store)

    def status(self, id: str) -> str:
        self.dispatcher.turn()
        return self.store.jobs().get(id).status

    def attempts(self, id: str) -> int:
        self.dispatcher.turn()
        return self.store.jobs().get(id).attempts


@pytest.fixture
def turning(small_town: Store) -> Iterator[Turning]:
    """A dispatcher over the small town."""
    found = Turning(small_town)
    yield found
    found.dispatcher.close()


def at_once(folder: Path, prepared: Path) -> bytes:
    """Return what a service answers to the same question without a job."""
    # A copy: a process must not open one workspace twice, since closing a file drops every lock that it has on it.
    app = create_app(Settings(workspace=str(shutil.copy(prepared / "town.gpkg", folder / "copy.gpkg")), language="en"))
    with closing(app.extensions["gridmap"].store):
        return app.test_client().post("/api/processes/coverage/execution", json={"inputs": DAY}).data


@pytest.mark.deep
def test_a_killed_worker_is_replaced_and_the_answer_is_the_same(
    turning: Turning, gate: Path, prepared: Path, tmp_path: Path
) -> None:
    handed_in(turning.store, "j")
    turning.dispatcher.turn()
    os.kill(worker(gate, 1), signal.SIGKILL)
    until(lambda: turning.attempts("j") == 2, "the second attempt")
    worker(gate, 2)
    (gate / "open").touch()
    until(lambda: turning.status("j") == SUCCESSFUL, "success")
    answer = turning.store.jobs().answer("j")
    assert gzip.decompress(answer.body) == at_once(tmp_path, prepared)
    assert len(pids(gate)) == 2
    turning.dispatcher.close()
    assert all(map(is_gone, pids(gate)))


def test_killed_twice_is_failed_and_says_so(turning: Turning, gate: Path) -> None:
    handed_in(turning.store, "j")
    turning.dispatcher.turn()
    os.kill(worker(gate, 1), signal.SIGKILL)
    until(lambda: turning.attempts("j") == 2, "the second attempt")
    os.kill(worker(gate, 2), signal.SIGKILL)
    until(lambda: turning.status("j") == FAILED, "the end")
    job = turning.store.jobs().get("j")
    assert (job.status, job.attempts) == (FAILED, 2)
    assert "Both attempts were interrupted" in message(job).say("en")
    assert len(pids(gate)) == 2


def test_a_dismissed_worker_is_ended_and_the_next_job_begins(turning: Turning, gate: Path) -> None:
    handed_in(turning.store, "j")
    turning.dispatcher.turn()
    first = worker(gate, 1)
    handed_in(turning.store, "k")
    turning.store.jobs().dismiss("j", now())
    until(lambda: turning.status("k") == RUNNING, "the next job")
    assert is_gone(first)
    assert turning.store.jobs().get("j").status == DISMISSED
    turning.dispatcher.close()
    assert turning.store.jobs().get("k").status == ACCEPTED
    assert all(map(is_gone, pids(gate)))


@pytest.fixture
def serve() -> Iterator[Callable[[Path], tuple[subprocess.Popen, str]]]:
    """Start a service in a process group of its own; gives it and its address."""
    started: list[subprocess.Popen] = []

    def start(workspace: Path) -> tuple[subprocess.Popen, str]:
        command = [sys.executable, "-m", "tests.hurried_service", "-w", str(workspace), "serve", "--port", "0"]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True))
        return started[-1], re.search(r"http://[\d.:]+", started[-1].stdout.readline()).group()

    yield start
    for service in started:
        with service:
            if service.poll() is None:
                os.killpg(service.pid, signal.SIGTERM)


def ask(url: str, method: str = "GET", body: dict | None = None) -> dict:
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
        return json.loads(answer.read())


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path) -> Path:
    """The small town's file, which nobody has opened."""
    return Path(shutil.copy(prepared / "town.gpkg", tmp_path / "served.gpkg"))


@pytest.mark.deep  # a service is started and killed
def test_a_job_outlives_a_service_that_is_killed(
    serve: Callable, workspace: Path, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB_ECHO", "1")
    service, url = serve(workspace)
    id = ask(f"{url}/api/processes/coverage/execution", "POST", {"inputs": DAY})["jobID"]
    first = worker(gate, 1)
    os.killpg(service.pid, signal.SIGKILL)
    service.wait()
    until(lambda: is_gone(first), "the end of a worker without a service")
    (gate / "open").touch()
    service, url = serve(workspace)
    until(lambda: ask(f"{url}/api/jobs/{id}")["status"] == SUCCESSFUL, "success after the restart")
    assert ask(f"{url}/api/jobs/{id}/results") == ask(f"{url}/api/jobs/{id}")["inputs"]
    assert ask(f"{url}/api/jobs/{id}")["attempts"] == 2
    service.terminate()
    service.wait()
    assert all(map(is_gone, pids(gate)))


def test_a_service_that_is_stopped_puts_its_job_back(serve: Callable, workspace: Path, gate: Path) -> None:
    service, url = serve(workspace)
    id = ask(f"{url}/api/processes/coverage/execution", "POST", {"inputs": DAY})["jobID"]
    first = worker(gate, 1)
    os.kill(first, signal.SIGTERM)  # as systemd does, which tells every process of a service
    service.terminate()
    assert service.wait() == 0
    assert is_gone(first)
    with closing(open_store(workspace)) as store:
        assert (store.jobs().get(id).status, store.jobs().get(id).attempts) == (ACCEPTED, 0)


DISPATCHING = """
import sys
from layers.jobs import process
from layers.jobs.dispatcher import Dispatcher
from layers.store import open_store

process.COMMAND[-1] = "tests.patient_worker"
dispatcher = Dispatcher(open_store(sys.argv[1]))
dispatcher.open()
sys.stdin.read()
dispatcher.close()
"""


@pytest.mark.deep  # a service is started and killed
def test_two_services_share_the_work(small_town: Store, gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_ECHO", "1")
    (gate / "open").touch()
    for number in range(4):
        handed_in(small_town, f"j{number}")
    command = [sys.executable, "-c", DISPATCHING, small_town.url]
    services = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) for _ in range(2)]
    until(lambda: small_town.jobs().waiting() == 0, "the end of the queue")
    for each in services:
        each.communicate()
    assert sorted(path.stem for path in gate.glob("j*")) == ["j0", "j1", "j2", "j3"]


def waiting(gate: Path, spared: set[str]) -> list[tuple[str, int]]:
    """Return job and pid of the workers that wait at the gate, some jobs left out."""
    found = [path.name.split(".")[1:] for path in gate.glob("waiting.*")]
    return [(job, int(pid)) for job, pid in found if job not in spared and not is_gone(int(pid))]


def many(store: Store, gate: Path, jobs: int, kills: int) -> None:
    """Run jobs two at a time, killing workers on the way; each job ends, with its own answer, and none runs twice."""
    chance = random.Random(11)
    for number in range(jobs):
        handed_in(store, f"j{number}", {"number": number})
    services = [Dispatcher(store), Dispatcher(store)]
    for each in services:
        each.open()
    victims: set[str] = set()
    for round in range(kills):
        (gate / "open").unlink(missing_ok=True)
        job, pid = chance.choice(until(lambda: waiting(gate, victims), "a victim"))
        time.sleep(chance.uniform(0, 0.1))
        os.kill(pid, signal.SIGKILL)
        victims.add(job)
        (gate / "open").touch()
        left = jobs - (round + 1) * jobs // (kills + 1)
        until(lambda: store.jobs().waiting() <= left, "some more jobs")  # noqa: B023
    until(lambda: store.jobs().waiting() == 0, "the end of the queue")
    for each in services:
        each.close()
    for number in range(jobs):
        job, answer = store.jobs().get(f"j{number}"), store.jobs().answer(f"j{number}")
        assert job.status == SUCCESSFUL
        assert json.loads(gzip.decompress(answer.body))["number"] == number
        assert job.attempts == len(pids(gate, f"j{number}")) == (2 if job.id in victims else 1)
    assert all(map(is_gone, pids(gate)))


@pytest.mark.deep  # a service is started and killed
def test_nothing_is_lost_of_many(small_town: Store, gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_ECHO", "1")
    many(small_town, gate, jobs=5, kills=2)
