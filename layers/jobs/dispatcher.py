"""The dispatcher: a thread of the service that hands queued jobs to worker processes and looks after them.

Any number of services may do so over one workspace: a job is claimed by compare-and-set and belongs to its holder while
the lease is renewed. A service that vanishes renews nothing, and the next one takes the job.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from layers.errors import GridmapError, TooLarge
from layers.jobs.process import WorkerProcess
from layers.text import Text
from layers.usecases.jobs import interrupted, packed, sweep

if TYPE_CHECKING:
    from layers.store.protocol import Store

# Longer than most imports hold the workspace, during which no lease can be renewed.
LEASE = dt.timedelta(seconds=60)
LONGEST = dt.timedelta(hours=1)
SWEEP_EVERY = dt.timedelta(hours=1)
IDLE_SECONDS, BUSY_SECONDS, TROUBLED_SECONDS = 1.0, 0.2, 5.0
log = logging.getLogger("gridmap.jobs")


class Worker(Protocol):
    """An attempt at a job that goes on elsewhere."""

    def ended(self) -> bool:
        """Say whether it is over, well or badly."""

    def kill(self) -> None:
        """Make it be over."""


@dataclass(slots=True)
class _Attempt:
    id: str
    holder: str
    began: dt.datetime
    worker: Worker
    until: dt.datetime
    called_off: bool = False


class Dispatcher:
    """Runs jobs of a workspace, `at_once` at a time; 0 leaves them to other services.

    Parameters
    ----------
    clock : callable
        The time, with its zone. Services over one workspace need clocks that agree within a fraction of the lease.
    names : callable
        A word for every attempt that nothing else in the workspace has.
    lease : timedelta
        After how long a job is taken from a service that no longer answers for it.
    start : callable
        Starts a worker for workspace, job and holder.
    """

    def __init__(
        self,
        store: Store,
        at_once: int = 1,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        names: Callable[[], str] = lambda: uuid.uuid4().hex,
        lease: dt.timedelta = LEASE,
        start: Callable[[str, str, str], Worker] = WorkerProcess,
    ) -> None:
        self._workspace, self._jobs = store.url, store.jobs()
        self._at_once, self._clock, self._names, self._lease, self._start = at_once, clock, names, lease, start
        self._attempts: list[_Attempt] = []
        self._swept = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._awake, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def open(self) -> None:
        """Begin; nothing is done before."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now rather than in a second."""
        self._awake.set()

    def close(self) -> None:
        """Stop every worker and put its job back into the queue."""
        self._closing = True
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join()
        for attempt in self._attempts:
            attempt.worker.kill()
        for attempt in self._attempts:
            try:
                self._jobs.release(attempt.id, attempt.holder, self._clock())
            except GridmapError as error:  # the lease ends by itself
                log.warning("job %s could not be put back: %s", attempt.id, error)
        self._attempts = []

    def turn(self) -> None:
        """Look once after everything: workers that ended, leases, the queue."""
        for attempt in list(self._attempts):
            if self._is_over(attempt, self._clock()):
                self._attempts.remove(attempt)
        self._jobs.expire(self._clock(), interrupted())
        while len(self._attempts) < self._at_once and not self._closing:
            now, holder = self._clock(), self._names()
            job = self._jobs.claim(holder, now, now + self._lease)
            if job is None:
                break
            worker = self._begin(job.id, holder)
            self._attempts.append(_Attempt(job.id, holder, now, worker, now + self._lease))
        if self._clock() - self._swept >= SWEEP_EVERY:
            sweep(self._jobs, self._clock())
            self._swept = self._clock()

    def _begin(self, id: str, holder: str) -> Worker:
        try:
            return self._start(self._workspace, id, holder)
        except OSError:  # no process to be had: not the job's fault
            self._jobs.release(id, holder, self._clock())
            raise

    def _is_over(self, attempt: _Attempt, now: dt.datetime) -> bool:
        """Renew an attempt's lease, or see that nothing of it goes on."""
        id, holder = attempt.id, attempt.holder
        # With a third of the lease left: a renewal that waits for the workspace must not end after the lease does.
        if attempt.called_off or attempt.until - now <= self._lease / 3:
            # Another service may begin the job soon, so that it must not go on here; that is no fault of the job.
            attempt.called_off = True
            attempt.worker.kill()
            self._jobs.release(id, holder, now)
            return True
        if attempt.worker.ended():
            # A worker writes its own end; one that was killed has not.
            if self._jobs.fail(id, holder, now, interrupted(), again=True):
                log.warning("the worker of job %s was killed", id)
            return True
        if now - attempt.began >= LONGEST:
            attempt.worker.kill()
            too_long = TooLarge(Text("jobs.too-long", minutes=LONGEST // dt.timedelta(minutes=1)))
            self._jobs.fail(id, holder, now, packed(too_long), again=False)
            return True
        if attempt.until - now <= self._lease * 3 / 4:
            held = self._jobs.beat(id, holder, now + self._lease)
            attempt.until = now + self._lease
        else:
            job = self._jobs.get(id)
            held = job is not None and job.holder == holder
        if not held and not attempt.worker.ended():
            attempt.worker.kill()  # dismissed
        return not held

    def _run(self) -> None:
        while not self._closing:
            self._awake.clear()
            try:
                self.turn()
                pause = BUSY_SECONDS if self._attempts else IDLE_SECONDS
            except GridmapError as error:
                log.warning("jobs wait: %s", error)
                pause = BUSY_SECONDS if self._attempts else TROUBLED_SECONDS
            except Exception:
                # the one thread that must go on: without it no job would ever run again
                log.exception("jobs wait")
                pause = TROUBLED_SECONDS
            self._awake.wait(pause)
