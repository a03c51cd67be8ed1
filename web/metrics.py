"""What the service does, in figures, as Prometheus reads them: requests, how long they took, the workspace, jobs.

Figures are of this process since its start. They name nobody and show no record, so whoever may read, may read them.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app

from layers.errors import StoreBusy, StoreUnusable
from layers.model.job import STATUSES
from web.http.parameters import no_others
from web.service import service

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

blueprint = Blueprint("metrics", __name__)
COUNTED = "gridmap-metrics"
MEDIA = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


class Metrics:
    """Counts requests; every thread may count at the same time."""

    def __init__(self, started: float | None = None) -> None:
        self._lock = threading.Lock()
        self._started = time.time() if started is None else started
        self._under_way = 0
        self._requests: Counter[tuple[str, str]] = Counter()
        self._taken = [0] * (len(BUCKETS_SECONDS) + 1)
        self._taken_seconds = 0.0

    def begin(self) -> None:
        """Note that a request is being answered."""
        with self._lock:
            self._under_way += 1

    def answered(self, method: str, status: int, seconds: float) -> None:
        """Note that an answer is ready to be sent; a request that never reached the application counts here too."""
        with self._lock:
            # Whatever else is said in its place is somebody's own word, of which there may be any number.
            self._requests[method if method in METHODS else "other", f"{status // 100}xx"] += 1
            self._taken[bisect_left(BUCKETS_SECONDS, seconds)] += 1
            self._taken_seconds += seconds

    def end(self) -> None:
        """Note that an answer was sent, or given up."""
        with self._lock:
            self._under_way -= 1

    def lines(self) -> Iterator[str]:
        """Say everything that was counted."""
        with self._lock:
            requests, taken, taken_seconds = sorted(self._requests.items()), list(self._taken), self._taken_seconds
            under_way = self._under_way
        yield from _metric("process_start_time_seconds", "gauge", "When the service was started, in Unix time.")
        yield f"process_start_time_seconds {self._started:.3f}"
        yield from _metric("gridmap_requests_total", "counter", "Answers by method and class of status.")
        yield from (f'gridmap_requests_total{{method="{m}",status="{s}"}} {n}' for (m, s), n in requests)
        yield from _metric("gridmap_requests_under_way", "gauge", "Requests being answered, this one included.")
        yield f"gridmap_requests_under_way {under_way}"
        yield from _metric("gridmap_answer_seconds", "histogram", "Time until an answer was ready to be sent.")
        below = 0
        for bound, number in zip((*BUCKETS_SECONDS, "+Inf"), taken, strict=True):
            below += number
            yield f'gridmap_answer_seconds_bucket{{le="{bound}"}} {below}'
        yield f"gridmap_answer_seconds_sum {taken_seconds:.6f}"
        yield f"gridmap_answer_seconds_count {below}"


def counted(app: WSGIApplication, metrics: Metrics) -> WSGIApplication:
    """Return a WSGI application in front of `app` that counts what it answers."""

    def enter(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start, method = time.perf_counter(), environ["REQUEST_METHOD"]

        def answer(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            metrics.answered(method, int(status[:3]), time.perf_counter() - start)
            return start_response(status, headers, *error)

        metrics.begin()
        try:
            body = app(environ, answer)
        except BaseException:
            metrics.end()
            raise
        if isinstance(body, environ.get("wsgi.file_wrapper", ())):  # a file that the server sends in its own way
            metrics.end()
            return body
        return _Counted(body, metrics)

    return enter


class _Counted:
    """A body that says when it was sent or given up, once."""

    def __init__(self, body: Iterable[bytes], metrics: Metrics) -> None:
        self._body, self._metrics, self._open = body, metrics, True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            if self._open:
                self._open = False
                self._metrics.end()


@blueprint.get("/metrics")
def figures() -> Response:
    """Answer the figures as Prometheus text; without a workspace that can be read, those of the process alone."""
    no_others()
    text = "\n".join([*current_app.extensions[COUNTED].lines(), *_workspace()])
    return Response(f"{text}\n", content_type=MEDIA)


def _workspace() -> Iterator[str]:
    """Say what the workspace says of itself."""
    store = service().store
    try:
        revision, jobs = store.revision(), store.jobs().counts()
    except (StoreBusy, StoreUnusable):
        revision, jobs = None, {}
    yield from _metric("gridmap_workspace_readable", "gauge", "1 where the workspace can be read.")
    yield f"gridmap_workspace_readable {int(revision is not None)}"
    if revision is not None:
        yield from _metric("gridmap_workspace_revision", "gauge", "Changesets so far.")
        yield f"gridmap_workspace_revision {revision}"
        yield from _metric("gridmap_jobs", "gauge", "Jobs that are kept, by state.")
        yield from (f'gridmap_jobs{{status="{each}"}} {jobs.get(each, 0)}' for each in STATUSES)


def _metric(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"
