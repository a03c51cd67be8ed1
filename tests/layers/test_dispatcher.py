"""The dispatcher with a clock and workers of our own: every turn is one call, nothing sleeps."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field

import pytest

from layers.errors import StoreBusy
from layers.jobs.dispatcher import LONGEST, Dispatcher
from layers.model.job import ACCEPTED, DISMISSED, FAILED, RUNNING, SUCCESSFUL, Answer, Job, Order, Request
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.jobs import failure, message

NOON = dt.datetime(2025, 2, 6, 12, tzinfo=dt.UTC)
ORDER = Order("coverage", {}, ("rows",))
ANSWER = Answer("application/json", b"")
LEASE = dt.timedelta(seconds=30)


@dataclass
class Pretended:
    """A worker that goes on until it is told otherwise."""

    job: str
    holder: str
    over: bool = False
    killed: bool = False

    def ended(self) -> bool:
        return self.over

    def kill(self) -> None:
        self.over = self.killed = True


@dataclass
class Scene:
    """A workspace, the time, and every worker that was ever started."""

    store: Store
    now: dt.datetime = NOON
    workers: list[Pretended] = field(default_factory=list)
    names: itertools.count = field(default_factory=itertools.count)

    def service(self, at_once: int = 1) -> Dispatcher:
        return Dispatcher(self.store, at_once, lambda: self.now, lambda: f"h{next(self.names)}", LEASE, self.start)

    def start(self, _workspace: str, job: str, holder: str) -> Pretended:
        self.workers.append(Pretended(job, holder))
        return self.workers[-1]

    def hand_in(self, *ids: str) -> None:
        for id in ids:
            self.store.jobs().add(id, Request(ORDER), self.now)

    def job(self, id: str = "j1") -> Job:
        return self.store.jobs().get(id)

    def pass_(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)

    def finish(self, worker: Pretended) -> None:
        assert self.store.jobs().succeed(worker.job, worker.holder, self.now, ANSWER)
        worker.over = True


@pytest.fixture
def scene(empty: Store) -> Scene:
    return Scene(empty)


def test_one_at_a_time_in_the_order_of_arrival(scene: Scene) -> None:
    scene.hand_in("j1", "j2")
    service = scene.service()
    service.turn()
    service.turn()
    assert [worker.job for worker in scene.workers] == ["j1"]
    scene.finish(scene.workers[0])
    service.turn()
    assert [worker.job for worker in scene.workers] == ["j1", "j2"]
    assert (scene.job("j1").status, scene.job("j2").status) == (SUCCESSFUL, RUNNING)


def test_as_many_at_once_as_the_setting_says(scene: Scene) -> None:
    scene.hand_in("j1", "j2", "j3")
    scene.service(at_once=0).turn()
    assert scene.workers == []
    scene.service(at_once=2).turn()
    assert [worker.job for worker in scene.workers] == ["j1", "j2"]


def test_a_lease_is_renewed_as_long_as_the_worker_lives(scene: Scene) -> None:
    scene.hand_in("j1")
    service, other = scene.service(), scene.service()
    for _ in range(20):
        service.turn()
        other.turn()
        scene.pass_(10)
    assert len(scene.workers) == 1
    assert scene.job().attempts == 1


def test_a_killed_worker_is_followed_by_a_second_and_no_third(scene: Scene) -> None:
    scene.hand_in("j1")
    service = scene.service()
    service.turn()
    scene.workers[0].over = True
    service.turn()
    assert (scene.job().status, scene.job().attempts) == (RUNNING, 2)
    assert message(scene.job()).say("en") == "Running."
    scene.workers[1].over = True
    service.turn()
    assert (scene.job().status, len(scene.workers)) == (FAILED, 2)
    assert "Both attempts were interrupted" in message(scene.job()).say("en")
    assert (failure(scene.job()).slug, failure(scene.job()).status) == ("internal-error", 500)


def test_a_dismissed_job_is_stopped(scene: Scene) -> None:
    scene.hand_in("j1", "j2")
    service = scene.service()
    service.turn()
    scene.store.jobs().dismiss("j1", scene.now)
    scene.store.jobs().dismiss("j2", scene.now)
    service.turn()
    assert scene.workers[0].killed
    assert len(scene.workers) == 1
    assert (scene.job("j1").status, scene.job("j2").status) == (DISMISSED, DISMISSED)


def test_the_job_of_a_service_that_vanished_is_taken_over(scene: Scene) -> None:
    scene.hand_in("j1")
    scene.service().turn()  # and never again
    other = scene.service()
    scene.pass_(29)
    other.turn()
    assert len(scene.workers) == 1
    scene.pass_(2)
    other.turn()
    assert (scene.job().holder, scene.job().attempts) == (scene.workers[1].holder, 2)


def test_a_service_that_slept_stops_its_worker_before_it_asks(scene: Scene) -> None:
    """A notebook was closed for an hour: what another service may have begun meanwhile must not go on here."""
    scene.hand_in("j1")
    service = scene.service()
    service.turn()
    scene.pass_(3600)
    service.turn()
    assert scene.workers[0].killed
    assert (scene.job().status, scene.job().attempts) == (RUNNING, 1)
    assert scene.job().holder == scene.workers[1].holder


def test_a_workspace_that_is_busy_for_a_while_costs_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.hand_in("j1")
    service = scene.service()
    service.turn()
    scene.pass_(10)

    def busy(*_: object) -> bool:
        raise StoreBusy(Text("store.busy"))

    with monkeypatch.context() as patch:
        patch.setattr(type(scene.store.jobs()), "beat", busy)
        with pytest.raises(StoreBusy):
            service.turn()
    scene.pass_(9)
    service.turn()
    scene.pass_(15)
    service.turn()
    assert (len(scene.workers), scene.job().attempts) == (1, 1)


def test_a_workspace_that_is_busy_for_too_long_calls_the_attempt_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.hand_in("j1")
    service = scene.service()
    service.turn()

    def busy(*_: object) -> bool:
        raise StoreBusy(Text("store.busy"))

    with monkeypatch.context() as patch:
        patch.setattr(type(scene.store.jobs()), "beat", busy)
        patch.setattr(type(scene.store.jobs()), "release", busy)
        for _ in range(3):
            scene.pass_(10)
            with pytest.raises(StoreBusy):
                service.turn()
    assert scene.workers[0].killed
    service.turn()
    assert (scene.job().status, scene.job().attempts, len(scene.workers)) == (RUNNING, 1, 2)


def test_what_takes_too_long_is_stopped_for_good(scene: Scene) -> None:
    scene.hand_in("j1")
    service = scene.service()
    while scene.now - NOON <= LONGEST + LEASE and not any(worker.killed for worker in scene.workers):
        service.turn()
        scene.pass_(15)
    assert scene.workers[0].killed
    service.turn()
    assert (scene.job().status, scene.job().attempts) == (FAILED, 1)
    assert failure(scene.job()).say("en").startswith("The job took longer than 60 minutes")


def test_a_service_that_is_stopped_puts_its_jobs_back(scene: Scene) -> None:
    scene.hand_in("j1")
    service = scene.service()
    service.turn()
    service.close()
    assert scene.workers[0].killed
    assert (scene.job().status, scene.job().attempts) == (ACCEPTED, 0)
    scene.service().turn()
    assert scene.job().status == RUNNING


def test_a_process_that_cannot_be_started_is_not_the_jobs_fault(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.hand_in("j1")

    def refuse(*_: object) -> Pretended:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(scene, "start", refuse)
    with pytest.raises(BlockingIOError):
        scene.service().turn()
    assert (scene.job().status, scene.job().attempts) == (ACCEPTED, 0)


def test_what_ended_a_week_ago_is_forgotten(scene: Scene) -> None:
    scene.hand_in("j1", "j2")
    service = scene.service()
    service.turn()
    scene.finish(scene.workers[0])
    service.turn()
    scene.pass_(7 * 24 * 3600 + 1)
    service.turn()
    assert scene.job("j1") is None
    assert scene.job("j2").status == RUNNING
