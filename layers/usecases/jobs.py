"""Jobs as a user meets them: hand one in, follow it, fetch what it answered, dismiss it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache

import msgspec

from layers.errors import (
    Conflict,
    Fault,
    Forbidden,
    GridmapError,
    NotFound,
    Overloaded,
    TooLarge,
    TooManyRequests,
)
from layers.model.job import ACCEPTED, DISMISSED, FAILED, RUNNING, SUCCESSFUL, Answer, Client, Job, Request
from layers.store.job_protocol import Jobs
from layers.text import Text, Worded, words

# What waits longer than a morning is not waited for; what is kept longer than a week has been fetched or forgotten.
MOST_WAITING, KEPT_FOR_THIS_COMPUTER, MOST_OF_A_CLIENT = 100, 20, 10
# A list of features to look at, a scenario: what is longer is no order.
MOST_ORDER_BYTES = 1 << 18
MOST_ENDED = 1_000
KEPT = dt.timedelta(days=7)
KEPT_BYTES = 1 << 30
FAULTS_KEPT = 200


def submit(jobs: Jobs, request: Request, id: str, now: dt.datetime) -> Job:
    """Put an order into the queue under a new id, or return the job that its key already names.

    Raises
    ------
    Conflict
        The key was used for something else.
    TooLarge
        What is asked takes too many words.
    TooManyRequests
        So many jobs of this client wait or run already.
    Overloaded
        So many jobs of everybody wait or run already.
    """
    if len(msgspec.json.encode(request.order)) > MOST_ORDER_BYTES:
        raise TooLarge(Text("jobs.order-too-large", most_kb=MOST_ORDER_BYTES >> 10))
    jobs.thin_out(MOST_ENDED)
    job, same = jobs.add(id, request, now, _gate(request.client))
    if not same:
        raise Conflict(Fault(Text("jobs.key-used"), {"parameter": "Idempotency-Key", "value": request.key}))
    return job


def _gate(client: Client | None) -> Callable[[int, int], None]:
    """Return who is let in: of other computers each so many, and together not so many that this one has no place."""
    here = client is None or client.here

    def admit(waiting: int, of_this_client: int) -> None:
        if not here and of_this_client >= MOST_OF_A_CLIENT:
            raise TooManyRequests(Text("jobs.quota", most=MOST_OF_A_CLIENT))
        if waiting >= (MOST_WAITING if here else MOST_WAITING - KEPT_FOR_THIS_COMPUTER):
            raise Overloaded(Text("jobs.queue-full", most=waiting))

    return admit


def found(jobs: Jobs, id: str) -> Job:
    """Return a job; NotFound where there is none."""
    return _there(jobs.get(id), id)


def dismiss(jobs: Jobs, id: str, client: Client, now: dt.datetime) -> Job:
    """Stop a job, or drop the result of one that has ended.

    Raises
    ------
    NotFound
        There is no such job.
    Forbidden
        Somebody else's, and this is not the service's own computer.
    """
    if not client.here and found(jobs, id).submitted_by != client.address:
        raise Forbidden(Fault(Text("jobs.not-yours"), {"value": id[:80]}))
    return _there(jobs.dismiss(id, now), id)


def answer(jobs: Jobs, id: str) -> Answer:
    """Return what a job answered.

    Raises
    ------
    NotFound
        There is no such job, it has not ended, or it was dismissed.
    Failure
        The job failed, and so.
    """
    job = found(jobs, id)
    if job.status == FAILED:
        raise failure(job)
    kept = jobs.answer(id) if job.status == SUCCESSFUL else None
    if kept is None:
        key = "jobs.was-dismissed" if job.status == DISMISSED else "jobs.not-ready"
        raise NotFound(Fault(Text(key, progress=job.progress), {"value": id}))
    return kept


def sweep(jobs: Jobs, now: dt.datetime) -> None:
    """Forget what nobody will ask for any more."""
    jobs.sweep(now - KEPT, KEPT_BYTES)


class Failure(GridmapError):
    """The refusal or accident in which a job ended, told again."""

    def __init__(self, slug: str, status: int, faults: tuple[Fault, ...]) -> None:
        super().__init__(*faults)
        self.slug, self.status = slug, status


def packed(error: GridmapError) -> str:
    """Return a refusal as it is kept with a job: in both languages, since nobody knows yet who will read it."""
    faults = [
        {
            "text": {language: fault.text.say(language) for language in ("zh", "en")},
            "where": {name: value if isinstance(value, int | float) else str(value)
                      for name, value in fault.where.items()},
        }
        for fault in error.faults[:FAULTS_KEPT]
    ]  # fmt: skip
    return msgspec.json.encode({"slug": error.slug, "status": error.status, "faults": faults}).decode()


def failure(job: Job) -> Failure:
    """Return the refusal in which a job ended."""
    assert job.problem is not None  # what a job failed by is kept with it
    kept = msgspec.json.decode(job.problem)
    faults = tuple(Fault(Worded(**each["text"]), each["where"]) for each in kept["faults"])
    return Failure(kept["slug"], kept["status"], faults)


@lru_cache(maxsize=1)
def interrupted() -> str:
    """Return the problem of a job whose workers were all killed."""
    return packed(GridmapError(Text("jobs.interrupted")))


def message(job: Job) -> Text:
    """Say in one sentence how a job is."""
    if job.status == FAILED:
        faults = failure(job).faults
        return faults[0].text if faults else Text("jobs.failed")
    if job.status == RUNNING:
        stage, *told = (job.stage or "").split("|")
        key = f"jobs.stage-{_slug(stage)}"
        given = dict(each.split("=", 1) for each in told if "=" in each)
        return Text(key, **given) if key in words() else Text("jobs.running")
    if job.status == ACCEPTED:
        return Text("jobs.again" if job.attempts else "jobs.accepted")
    return Text("jobs.successful" if job.status == SUCCESSFUL else "jobs.dismissed")


def _slug(stage: str | None) -> str:
    return (stage or "").replace("_", "-").replace(" ", "-")


def _there(job: Job | None, id: str) -> Job:
    if job is None:
        raise NotFound(Fault(Text("jobs.no-such-job"), {"value": id[:80]}))
    return job
