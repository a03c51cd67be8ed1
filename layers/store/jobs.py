"""The table of jobs. Every change is a compare-and-set: it says what must still be so, and whether it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from layers.model.job import (
    ACCEPTED,
    DISMISSED,
    FAILED,
    MOST_ATTEMPTS,
    RUNNING,
    SUCCESSFUL,
    Answer,
    Job,
    Order,
    Request,
)

if TYPE_CHECKING:
    import sqlite3

_metadata = sa.MetaData()
jobs = sa.Table(
    "gridmap_jobs",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("id", "process", "request", "key", "fingerprint", "status", "stage")),
    *(
        sa.Column(name, sa.Text)
        for name in ("created", "updated", "started", "finished", "holder", "lease_until", "problem", "submitted_by")
    ),
    *(sa.Column(name, sa.Integer) for name in ("progress", "attempts", "revision", "result_bytes")),
)
results = sa.Table(
    "gridmap_job_results",
    _metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("media", sa.Text),
    sa.Column("body", sa.LargeBinary),
    sa.Column("words", sa.LargeBinary),
)
_job = jobs.c
_OPEN = _job.status.in_((ACCEPTED, RUNNING))
_QUEUED = {"status": ACCEPTED, "progress": 0, "stage": None, "holder": None, "lease_until": None}
_ENDED = {"stage": None, "holder": None, "lease_until": None}

Using = Callable[[], AbstractContextManager[sa.Connection]]


class JobTable:
    """The jobs of a workspace; see `layers.store.protocol.Jobs` for what each method promises.

    Parameters
    ----------
    reading, writing : callable
        Open a connection that reads one snapshot, and one that is the only writer and keeps all or nothing.
    """

    def __init__(self, reading: Using, writing: Using) -> None:
        self._reading = reading
        self._writing = writing

    def add(
        self, id: str, request: Request, now: dt.datetime, admit: Callable[[int, int], None] | None = None
    ) -> tuple[Job, bool]:
        """Put an order at the end of the queue, unless one with the same key is there."""
        client = request.client and request.client.address
        row = {
            "id": id,
            "process": request.order.process,
            "request": msgspec.json.encode(request.order).decode(),
            "key": request.key,
            "fingerprint": request.fingerprint,
            "submitted_by": client,
            "status": ACCEPTED,
            "progress": 0,
            "created": _moment(now),
            "updated": _moment(now),
            "attempts": 0,
            "result_bytes": 0,
        }
        with self._writing() as connection:
            if request.key is not None:
                known = connection.execute(sa.select(jobs).where(_job.key == request.key)).first()
                if known is not None:
                    return _decoded(known), known.fingerprint == request.fingerprint
            if admit is not None:
                admit(_count(connection, _OPEN), _count(connection, sa.and_(_OPEN, _job.submitted_by == client)))
            connection.execute(sa.insert(jobs), [row])
            return _decoded(connection.execute(sa.select(jobs).where(_job.id == id)).one()), True

    def get(self, id: str) -> Job | None:
        """Return a job, or None."""
        with self._reading() as connection:
            return _one(connection, id)

    def waiting(self) -> int:
        """Return how many jobs are queued or running."""
        with self._reading() as connection:
            return _count(connection, _OPEN)

    def counts(self) -> dict[str, int]:
        """Return state → how many jobs are in it."""
        statement = sa.select(_job.status, sa.func.count()).group_by(_job.status)
        with self._reading() as connection:
            return dict(connection.execute(statement).all())

    def page(
        self, limit: int, before: int | None = None, status: str | None = None, process: str | None = None
    ) -> list[Job]:
        """Return the latest jobs, newest first."""
        asked = {_job.status: status, _job.process: process}
        statement = sa.select(jobs).where(*(column == value for column, value in asked.items() if value is not None))
        if before is not None:
            statement = statement.where(_job.number < before)
        with self._reading() as connection:
            return [_decoded(row) for row in connection.execute(statement.order_by(_job.number.desc()).limit(limit))]

    def claim(self, holder: str, now: dt.datetime, until: dt.datetime) -> Job | None:
        """Begin the oldest job of the queue."""
        oldest = sa.select(_job.id).where(_job.status == ACCEPTED).order_by(_job.number).limit(1)
        with self._reading() as connection:  # an idle queue costs no write
            if connection.execute(oldest).first() is None:
                return None
        with self._writing() as connection:
            id = connection.execute(oldest).scalar()
            values = {"status": RUNNING, "attempts": _job.attempts + 1, "holder": holder, "revision": None,
                      "started": _moment(now), "updated": _moment(now), "lease_until": _moment(until)}  # fmt: skip
            done = connection.execute(sa.update(jobs).where(_job.id == id, _job.status == ACCEPTED).values(values))
            return _one(connection, id) if done.rowcount else None

    def beat(self, id: str, holder: str, until: dt.datetime) -> bool:
        """Renew a lease; False when the job is no longer the holder's."""
        return self._set(_held(id, holder), lease_until=_moment(until))

    def report(
        self, id: str, holder: str, now: dt.datetime, progress: int, stage: str | None, revision: int | None = None
    ) -> bool:
        """Note how far a job is; False when the job is no longer the holder's."""
        values = {"progress": progress, "stage": stage, "updated": _moment(now)}
        return self._set(_held(id, holder), **values, **({} if revision is None else {"revision": revision}))

    def succeed(self, id: str, holder: str, now: dt.datetime, answer: Answer, most_bytes: int | None = None) -> bool:
        """Keep the answer and end the job, both or neither; False when the job is no longer the holder's."""
        values = {"status": SUCCESSFUL, "progress": 100, "finished": _moment(now), "updated": _moment(now)}
        with self._writing() as connection:
            size = len(answer.body) + len(answer.words or b"")
            statement = sa.update(jobs).where(_held(id, holder)).values(**_ENDED, **values, result_bytes=size)
            if not connection.execute(statement).rowcount:
                return False
            if most_bytes is not None:
                _make_room(connection, id, most_bytes)
            row = {"job": id, "media": answer.media, "body": answer.body, "words": answer.words}
            connection.execute(sa.insert(results), [row])
        return True

    def fail(self, id: str, holder: str, now: dt.datetime, problem: str, again: bool) -> bool:
        """End an attempt; with `again` the job is queued once more while it has attempts left."""
        with self._writing() as connection:
            return _give_up(connection, _held(id, holder), now, problem, again) > 0

    def release(self, id: str, holder: str, now: dt.datetime) -> bool:
        """Put a job back into the queue through no fault of its own: the attempt does not count."""
        return self._set(_held(id, holder), **_QUEUED, attempts=_job.attempts - 1, updated=_moment(now))

    def expire(self, now: dt.datetime, problem: str) -> int:
        """Take the jobs whose lease is over from their holders: queued once more, or failed. Return how many."""
        over = sa.and_(_job.status == RUNNING, _job.lease_until < _moment(now))
        with self._reading() as connection:
            if connection.execute(sa.select(_job.id).where(over).limit(1)).first() is None:
                return 0
        with self._writing() as connection:
            return _give_up(connection, over, now, problem, again=True)

    def dismiss(self, id: str, now: dt.datetime) -> Job | None:
        """Stop a job that is not finished, drop the result of one that is; None when there is no such job."""
        with self._writing() as connection:
            values = {"status": DISMISSED, "problem": None, "result_bytes": 0, "updated": _moment(now),
                      "finished": sa.func.coalesce(_job.finished, _moment(now))}  # fmt: skip
            connection.execute(
                sa.update(jobs).where(_job.id == id, _job.status != DISMISSED).values(**_ENDED, **values)
            )
            connection.execute(sa.delete(results).where(results.c.job == id))
            return _one(connection, id)

    def answer(self, id: str) -> Answer | None:
        """Return what a job answered, or None."""
        with self._reading() as connection:
            row = connection.execute(sa.select(results).where(results.c.job == id)).first()
        return None if row is None else Answer(row.media, row.body, row.words)

    def in_both_languages(self, id: str) -> bool:
        """Say whether what a job answered can be told in either language."""
        statement = sa.select(results.c.words.is_not(None)).where(results.c.job == id)
        with self._reading() as connection:
            return bool(connection.execute(statement).scalar())

    def sweep(self, before: dt.datetime, most_bytes: int) -> int:
        """Forget jobs that ended before a moment, and the oldest that do not fit; return how many."""
        size = sa.func.length(_job.request) + _job.result_bytes
        ended = sa.select(_job.id, _job.finished, size.label("size")).where(~_OPEN)
        with self._reading() as connection:
            rows = connection.execute(ended.order_by(_job.finished.desc(), _job.number.desc())).all()
        gone, kept_bytes = [], 0
        for row in rows:
            kept_bytes += row.size
            if row.finished < _moment(before) or kept_bytes > most_bytes:
                gone.append(row.id)
        if gone:
            with self._writing() as connection:
                for id in gone:
                    _forget(connection, id)
        return len(gone)

    def thin_out(self, most: int) -> int:
        """Forget jobs that have ended until so many are left; return how many."""
        with self._reading() as connection:
            spare = _count(connection, ~_OPEN) - most
        if spare <= 0:
            return 0
        with self._writing() as connection:
            first = sa.select(_job.id).where(~_OPEN).order_by(_job.status != DISMISSED, _job.number).limit(spare)
            for id in connection.execute(first).scalars().all():
                _forget(connection, id)
        return spare

    def _set(self, condition: sa.ColumnElement[bool], **values: object) -> bool:
        with self._writing() as connection:
            return connection.execute(sa.update(jobs).where(condition).values(**values)).rowcount > 0


def queue_again(copied: sqlite3.Connection) -> None:
    """Put what was running when a copy of the workspace was made back into the copy's queue: nobody runs it there."""
    known = copied.execute("SELECT count(*) FROM sqlite_master WHERE name = 'gridmap_jobs'").fetchone()
    if known != (0,):
        copied.execute(
            "UPDATE gridmap_jobs SET status = 'accepted', progress = 0, stage = NULL, attempts = attempts - 1,"
            " holder = NULL, lease_until = NULL WHERE status = 'running'"
        )


def _count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(jobs).where(which)).scalar_one()


def _forget(connection: sa.Connection, id: str) -> None:
    connection.execute(sa.delete(results).where(results.c.job == id))
    connection.execute(sa.delete(jobs).where(_job.id == id, ~_OPEN))


def _make_room(connection: sa.Connection, id: str, most_bytes: int) -> None:
    """Forget the jobs that ended first until all answers fit, with that of a job that has just ended."""
    kept = sa.select(_job.id, _job.result_bytes).where(_job.result_bytes > 0)
    kept_bytes = 0
    for row in connection.execute(kept.order_by(_job.id != id, _job.finished.desc(), _job.number.desc())).all():
        kept_bytes += row.result_bytes
        if kept_bytes > most_bytes and row.id != id:
            _forget(connection, row.id)


def _held(id: str, holder: str) -> sa.ColumnElement[bool]:
    return sa.and_(_job.id == id, _job.holder == holder, _job.status == RUNNING)


def _give_up(
    connection: sa.Connection, which: sa.ColumnElement[bool], now: dt.datetime, problem: str, again: bool
) -> int:
    """End attempts: those that may be tried again are queued, the others have failed."""
    final = which if not again else sa.and_(which, _job.attempts >= MOST_ATTEMPTS)
    values = {"status": FAILED, "problem": problem, "finished": _moment(now), "updated": _moment(now)}
    failed = connection.execute(sa.update(jobs).where(final).values(**_ENDED, **values)).rowcount
    if not again:
        return failed
    return failed + connection.execute(sa.update(jobs).where(which).values(**_QUEUED, updated=_moment(now))).rowcount


def _one(connection: sa.Connection, id: str | None) -> Job | None:
    row = connection.execute(sa.select(jobs).where(_job.id == id)).first()
    return None if row is None else _decoded(row)


def _decoded(row: sa.Row[Any]) -> Job:
    moments: dict[str, Any] = {
        name: None if (text := row._mapping[name]) is None else dt.datetime.fromisoformat(text)
        for name in ("created", "updated", "started", "finished", "lease_until")
    }
    kept = ("id", "number", "status", "progress", "stage", "attempts", "holder", "revision", "problem", "submitted_by")
    order = msgspec.json.decode(row.request, type=Order)
    return Job(order=order, **moments, **{name: row._mapping[name] for name in kept})


def _moment(time: dt.datetime) -> str:
    """Return a moment in UTC, always of the same length."""
    return time.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
