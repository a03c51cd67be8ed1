"""The process of one job: ``python -m layers.jobs.worker``, started by `dispatcher`, one attempt, then the end.

Its standard input is its lifeline: it says what to run, and ends when the service ends, however that comes about. What
it writes about the job it writes as the job's holder, so that an attempt that was given up changes nothing any more.
"""

from __future__ import annotations

import datetime as dt
import gzip
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from layers import clock, disks
from layers.clock import USUAL, use_zone
from layers.collecting import seldom
from layers.errors import Fault, GridmapError, NotFound, StoreBusy, StoreUnusable, TooLarge
from layers.model.job import Answer, Order
from layers.store import open_store
from layers.text import Text
from layers.usecases.jobs import KEPT_BYTES, packed

if TYPE_CHECKING:
    from layers.store.job_protocol import Jobs
    from layers.store.protocol import Store

ENDED, GONE, AGAIN = 0, 3, 4
MOST_RESULT_BYTES = 256 << 20
COMPRESSION = 4
REPORT_SECONDS = 0.5
# A large import holds the workspace for minutes; an answer that is computed is worth the wait.
SAVING_TRIES = 60
NICENESS = 10
Clock = Callable[[], dt.datetime]
log = logging.getLogger("gridmap.jobs")


class Call(msgspec.Struct):
    """What the dispatcher asks for: run this job of this workspace as this holder."""

    workspace: str
    job: str
    holder: str
    time_zone: str = USUAL


def main() -> int:
    """Run the job that standard input names."""
    logging.basicConfig(format="gridmap job: %(message)s")
    line = b""
    while not line.endswith(b"\n"):
        read = os.read(0, 1 << 16)
        if not read:
            return GONE
        line += read
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    # systemd tells every process of a service to end; the service itself ends this one, once the job is put back.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(os, "nice"):  # whoever looks at a map goes first
        os.nice(NICENESS)
    call = msgspec.json.decode(line, type=Call)
    use_zone(call.time_zone)
    store = open_store(call.workspace, create=False)
    try:
        with seldom():
            return run(store, call.job, call.holder, clock.now)
    finally:
        store.close()


def _end_with_the_service() -> None:
    while os.read(0, 1 << 10):
        pass
    os._exit(GONE)


def run(store: Store, id: str, holder: str, clock: Clock) -> int:
    """Make one attempt at a job and write down how it ended; `AGAIN` where the next attempt may fare better."""
    jobs = store.jobs()
    job = jobs.get(id)
    if job is None or job.holder != holder:
        return GONE
    try:
        if not jobs.report(id, holder, clock(), 0, "starting", store.revision()):
            return GONE
        answer = compute(store, job.order, Reporter(jobs, id, holder, clock))
        _patiently(lambda: jobs.succeed(id, holder, clock(), answer, KEPT_BYTES))
    except NoLongerOurs:
        return GONE
    except (StoreBusy, StoreUnusable, MemoryError):
        log.exception("%s was interrupted", id)
        return AGAIN
    except GridmapError as refusal:
        problem = packed(refusal)
        _patiently(lambda: jobs.fail(id, holder, clock(), problem, again=False))
    except Exception as error:
        log.exception("%s failed", id)
        problem = packed(disks.refusal(error) or GridmapError(Text("jobs.crashed")))
        _patiently(lambda: jobs.fail(id, holder, clock(), problem, again=False))
    return ENDED


def compute(store: Store, order: Order, progress: Callable[[float, str], None]) -> Answer:
    """Run an order's analysis; the answer's body is compressed, as it is kept."""
    from layers.analyses.registry import analyses
    from layers.jobs.answers import answered

    # Between order and run the service may have been brought up to date, or back.
    analysis = analyses().get(order.process)
    if analysis is None:
        raise NotFound(Fault(Text("analyses.no-such-analysis", id=order.process, known=list(analyses()))))
    inputs = msgspec.convert(order.inputs, analysis.Inputs)
    outputs = analysis.answer(store, inputs, progress)
    progress(0.95, "writing")
    answer = answered(analysis, outputs, order, keep_words=True)
    body = gzip.compress(answer.body, COMPRESSION, mtime=0)
    if len(body) > MOST_RESULT_BYTES:
        raise TooLarge(Text("jobs.too-large", most_mb=MOST_RESULT_BYTES >> 20))
    return Answer(answer.media, body, answer.words)


class NoLongerOurs(Exception):
    """The job was dismissed, or somebody else runs it."""


class Reporter:
    """Writes progress into the job's row, though not more often than anybody looks."""

    def __init__(
        self, jobs: Jobs, id: str, holder: str, clock: Clock, pause: Callable[[], float] = time.monotonic
    ) -> None:
        self._jobs, self._id, self._holder, self._clock, self._pause = jobs, id, holder, clock, pause
        self._next = 0.0

    def __call__(self, share: float, stage: str) -> None:
        """Note a share of 0-1 and what is being done."""
        now = self._pause()
        if now < self._next:
            return
        self._next = now + REPORT_SECONDS
        percent = min(99, max(0, round(share * 100)))
        try:
            ours = self._jobs.report(self._id, self._holder, self._clock(), percent, stage)
        except StoreBusy:
            return  # progress is not worth a failure: the next report tells more
        if not ours:
            raise NoLongerOurs


def _patiently(write: Callable[[], bool]) -> None:
    for left in reversed(range(SAVING_TRIES)):
        try:
            write()
            return
        except StoreBusy:
            if not left:
                raise


if __name__ == "__main__":
    sys.exit(main())
